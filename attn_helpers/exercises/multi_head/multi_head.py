"""Several heads, four matrices."""

from functools import partial

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.multi_head.merge_heads import merge_heads
from attn_helpers.exercises.multi_head.programs import (
    merge_at_once,
    merge_interleaved,
    split_at_once,
    split_interleaved,
)
from attn_helpers.exercises.multi_head.split_heads import split_heads
from attn_helpers.exercises.programs import soft


def multi_head(x, w_q, w_k, w_v, w_o, num_heads):
    """Self-attention in several heads at once, each on its own projections."""
    b, t, d_model = x.shape
    d = d_model // num_heads
    q, k, v = (
        (x @ w).reshape(b, t, num_heads, d).transpose(0, 2, 1, 3)
        for w in (w_q, w_k, w_v)
    )  # each (b, h, t, d)
    scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(d)  # (b, h, t, t)
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    mixed = (weights @ v).transpose(0, 2, 1, 3).reshape(b, t, d_model)
    return mixed @ w_o


def multi_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, b, t, d_model, num_heads, w_o=None, louder=1):
        x = rng.normal(size=(b, t, d_model))
        w = [rng.normal(size=(d_model, d_model)) / np.sqrt(d_model) for _ in "qkvo"]
        w[0] *= louder
        return Case(name, (x, *w[:3], w[3] if w_o is None else w_o, num_heads))

    return [
        case("2 samples, 5 tokens, 3 heads of 7", 2, 5, 21, 3),
        case("11 samples", 11, 5, 6, 2),
        case("as many tokens as columns", 2, 6, 6, 3),
        case("16 heads of 2", 2, 3, 32, 16),
        case("scores in the thousands", 2, 5, 21, 3, louder=3000),
        case("as many heads as tokens", 2, 3, 21, 3),
        case("3 heads of 3", 2, 5, 9, 3),
        case("one head", 2, 5, 7, 1),
        case("one token", 2, 1, 21, 3),
        case("samples, tokens and heads all 3", 3, 3, 21, 3),
        case("w_o changes nothing", 2, 5, 21, 3, np.eye(21)),
    ]


def root_of_the_width(x, q, num_heads):
    return np.sqrt(q.shape[-1])


def heads_of(
    x,
    w_q,
    w_k,
    w_v,
    w_o,
    num_heads,
    *,
    split=split_heads,
    scale=root_of_the_width,
    soft=soft,
    axis=-1,
    merge=merge_heads,
    output=True,
):
    """Multi-head attention with one step replaced."""
    q, k, v = (split(x @ w, num_heads) for w in (w_q, w_k, w_v))
    scores = q @ np.swapaxes(k, -1, -2) / scale(x, q, num_heads)
    mixed = merge(soft(scores, axis) @ v)
    return mixed @ w_o if output else mixed


def less(scores, axis, pick):
    """Shares of the exponentials of scores less another number than the largest."""
    grown = np.exp(scores - pick(scores))
    return grown / grown.sum(axis=axis, keepdims=True)


def merge_one(heads, number):
    """One head in its place, zeros in that of the others."""
    chosen = np.arange(heads.shape[1]) == number % heads.shape[1]
    return merge_heads(heads * chosen[:, None, None])


def slices_of_x(x, w_q, w_k, w_v, w_o, num_heads):
    """Each head projects only its own block of x."""
    d = x.shape[-1] // num_heads
    mixed = []
    for i in range(num_heads):
        block = slice(i * d, (i + 1) * d)
        q, k, v = (x[..., block] @ w[block, block] for w in (w_q, w_k, w_v))
        weights = soft(q @ np.swapaxes(k, -1, -2) / np.sqrt(d))
        mixed.append(weights @ v)
    return np.concatenate(mixed, axis=-1) @ w_o


def summed_heads(x, w_q, w_k, w_v, w_o, num_heads):
    """A loop over heads; each brings its own rows of w_o, and the results add up."""
    d = x.shape[-1] // num_heads
    total = 0.0
    for i in range(num_heads):
        block = slice(i * d, (i + 1) * d)
        q, k, v = (x @ w[:, block] for w in (w_q, w_k, w_v))
        total += soft(q @ np.swapaxes(k, -1, -2) / np.sqrt(d)) @ v @ w_o[block]
    return total


def permuted_heads(x, w_q, w_k, w_v, w_o, num_heads):
    """Interleaved heads, with the columns of the weights put in that order."""
    order = np.arange(len(w_q)).reshape(num_heads, -1).T.ravel()
    return heads_of(
        x,
        *(w[:, order] for w in (w_q, w_k, w_v)),
        w_o[order],
        num_heads,
        split=split_interleaved,
        merge=merge_interleaved,
    )


EVERY_HTH = (
    "Your heads take every h-th column of q, k and v. A head is a block of neighbours: "
    "head 0 has the first d columns, head 1 the next d."
)


ONE_TABLE = (
    "All your heads share one table of weights, so several heads ask no more than one. "
    "Each has scores of its own, and a softmax of its own over them."
)


EXERCISE = Exercise(
    title="Several heads, four matrices",
    answer=multi_head,
    returns={"output": "what do the heads find for token {1} of sample {0}?"},
    cases=multi_cases,
    mistakes={
        "mh-view": Mistake(
            partial(heads_of, split=split_at_once),
            "What one head of yours calls a token is a mixture of several, as when "
            "heads are cut out with a single reshape. Cut the last axis, then swap "
            "tokens and heads.",
        ),
        "mh-view-both": Mistake(
            partial(heads_of, split=split_at_once, merge=merge_at_once),
            "Every head of yours attends among jumbled pieces of tokens, as with two "
            "single reshapes, each of which undoes the other's shape. Nothing stops, "
            "and a model learns around it. Both need a transpose.",
        ),
        "mh-merge": Mistake(
            partial(heads_of, merge=merge_at_once),
            "Tokens receive what the heads found for other tokens, as when the merge "
            "does not bring the heads behind the tokens first.",
        ),
        "mh-notranspose": Mistake(
            partial(
                heads_of,
                split=lambda x, num_heads: x.reshape(*x.shape[:2], num_heads, -1),
                merge=lambda heads: heads.reshape(*heads.shape[:2], -1),
            ),
            "The heads of one token attend to each other in yours, and no token sees "
            "another. So it is while the heads come after the tokens, (b, t, h, d): "
            "bring them before the tokens, where a batch would stand.",
        ),
        "mh-interleaved": Mistake(
            partial(heads_of, split=split_interleaved),
            EVERY_HTH,
        ),
        "mh-interleaved-both": Mistake(
            partial(heads_of, split=split_interleaved, merge=merge_interleaved),
            EVERY_HTH,
        ),
        "mh-merge-interleaved": Mistake(
            partial(heads_of, merge=merge_interleaved),
            "Your heads are shuffled like cards before w_o: number 0 of each, then "
            "number 1 of each. The rows of w_o expect whole heads side by side.",
        ),
        "mh-scale-model": Mistake(
            partial(heads_of, scale=lambda x, q, h: np.sqrt(x.shape[-1])),
            "Your scores are divided by the root of d_model, which makes the weights "
            "too flat. The dot products run over a head's width d_model / h, and "
            "theirs is the root.",
        ),
        "mh-scale-heads": Mistake(
            partial(heads_of, scale=lambda x, q, h: np.sqrt(h)),
            "Your scores are divided by the root of the number of heads. What counts "
            "is how many products a score adds up: the width of a head.",
        ),
        "mh-scale-tokens": Mistake(
            partial(heads_of, scale=lambda x, q, h: np.sqrt(x.shape[1])),
            "Your scores are divided by the root of the number of tokens. What counts "
            "is how many products a score adds up: the width of a head.",
        ),
        "mh-scale-weights": Mistake(
            lambda x, w_q, w_k, w_v, w_o, num_heads: heads_of(
                x,
                w_q,
                w_k,
                w_v / np.sqrt(x.shape[-1] // num_heads),
                w_o,
                num_heads,
                scale=lambda x, q, h: 1.0,
            ),
            "Your output is divided by the root of a head's width, and your weights "
            "are as sharp as those of unscaled scores. The scores are what it should "
            "make smaller, before the softmax.",
        ),
        "mh-scale-square": Mistake(
            partial(heads_of, scale=lambda x, q, h: q.shape[-1]),
            "Your scores are divided by the width of a head itself. Its root is "
            "enough: that is the spread of the scores.",
        ),
        "mh-scale-half": Mistake(
            partial(heads_of, scale=lambda x, q, h: q.shape[-1] / 2),
            "Your scores are divided by half the width of a head, as "
            "`/ (d ** 1/2)` would: the power comes before the division. Write "
            "`d ** 0.5` or `np.sqrt(d)`.",
        ),
        "mh-scale-twice": Mistake(
            partial(heads_of, scale=lambda x, q, h: 2 * q.shape[-1]),
            "Your scores are divided by twice the width of a head, as `/ d ** 1/2` "
            "would: that is by d, and then by 2. Write `/ d ** 0.5` or `/ np.sqrt(d)`.",
        ),
        "mh-noscale": Mistake(
            partial(heads_of, scale=lambda x, q, h: 1.0),
            "Your scores are not scaled. Divide them by the root of a head's width.",
        ),
        **{
            f"mh-peak{variant}": Mistake(
                partial(heads_of, soft=partial(less, pick=pick)),
                "Right while all scores are ordinary. With nothing subtracted before "
                "`exp`, or a mean, or what is largest in a whole table, some row of "
                "large scores is left with inf or with nothing but 0, and inf/inf and "
                "0/0 are nan. Only a row's own largest score is safe.",
            )
            for variant, pick in (
                ("", lambda scores: scores.mean(axis=-1, keepdims=True)),
                ("-none", lambda scores: 0.0),
                ("-table", lambda scores: scores.max(axis=(-2, -1), keepdims=True)),
                ("-all", np.max),
            )
        },
        "mh-lost-axis": Mistake(
            partial(
                heads_of, soft=lambda s, axis: np.exp(s) / np.exp(s).sum(axis=axis)
            ),
            "Scores are divided by the sums of other rows in yours, or nothing fits: "
            "a sum drops its axis and then lines up with the wrong ones. "
            "`keepdims=True` keeps each sum beside its own row.",
        ),
        "mh-axis-table": Mistake(
            partial(heads_of, axis=(-2, -1)),
            "The whole table of each head sums to 1 in yours. Each row of scores gets "
            "a softmax of its own: name the last axis alone.",
        ),
        "mh-axis-heads": Mistake(
            partial(heads_of, axis=1),
            "Your heads compete and the keys do not: the softmax runs over the heads. "
            "It belongs on the last axis.",
        ),
        "mh-axis-queries": Mistake(
            partial(heads_of, axis=-2),
            "Each column of your weights sums to 1: the softmax runs over the queries. "
            "Every query shares out its attention over the keys, on the last axis.",
        ),
        "mh-axis-samples": Mistake(
            partial(heads_of, axis=0),
            "Your samples compete, which have nothing to do with each other: the "
            "softmax runs over them. It belongs on the last axis, the keys.",
        ),
        "mh-axis-none": Mistake(
            partial(heads_of, axis=None),
            "All your weights together sum to 1, over samples and heads. Each row of "
            "scores gets a softmax of its own: name the last axis.",
        ),
        "mh-nosoftmax": Mistake(
            partial(heads_of, soft=lambda scores, axis: scores),
            "Your values are mixed with the scores themselves: the softmax is missing.",
        ),
        "mh-unnormalised": Mistake(
            partial(heads_of, soft=lambda scores, axis: np.exp(scores)),
            "Your weights are the exponentials themselves. Divide each row of them by "
            "its sum.",
        ),
        "mh-shared": Mistake(
            partial(
                heads_of, soft=lambda s, axis: soft(s, axis).mean(1, keepdims=True)
            ),
            ONE_TABLE,
        ),
        "mh-shared-mean": Mistake(
            partial(heads_of, soft=lambda s, axis: soft(s.mean(1, keepdims=True))),
            ONE_TABLE,
        ),
        "mh-shared-sum": Mistake(
            partial(heads_of, soft=lambda s, axis: soft(s.sum(1, keepdims=True))),
            ONE_TABLE,
        ),
        "mh-exchanged": Mistake(
            lambda x, w_q, w_k, w_v, w_o, num_heads: multi_head(
                x, w_k, w_q, w_v, w_o, num_heads
            ),
            "Queries and keys have changed places: in yours the keys ask. The rows of "
            "the scores belong to x @ w_q.",
        ),
        "mh-exchanged-values": Mistake(
            lambda x, w_q, w_k, w_v, w_o, num_heads: multi_head(
                x, w_q, w_v, w_k, w_o, num_heads
            ),
            "Keys and values have changed places: what is mixed should be x @ w_v.",
        ),
        "mh-causal": Mistake(
            partial(
                heads_of,
                soft=lambda scores, axis: soft(
                    np.where(np.tri(scores.shape[-1], dtype=bool), scores, -1e30), axis
                ),
            ),
            "No token of yours reads a later one. This layer has no mask: every token "
            "reads every token.",
        ),
        "mh-noout": Mistake(
            partial(heads_of, output=False),
            "The output matrix has no effect in your program. Without it the heads lie "
            "side by side and never mix.",
        ),
        "mh-first": Mistake(
            partial(heads_of, merge=partial(merge_one, number=0)),
            "Only head 0 reaches the result. Each head brings its own rows of w_o, and "
            "what they write is added up.",
        ),
        "mh-last": Mistake(
            partial(heads_of, merge=partial(merge_one, number=-1)),
            "Only the last head reaches the result. Each head brings its own rows of "
            "w_o, and what they write is added up.",
        ),
        "mh-residual": Mistake(
            lambda x, *rest: x + multi_head(x, *rest),
            "Your result has x itself added on top. A model may do that round the "
            "layer; here the layer alone is wanted.",
        ),
        "mh-one": Mistake(
            lambda x, w_q, w_k, w_v, w_o, num_heads: multi_head(
                x, w_q, w_k, w_v, w_o, 1
            ),
            "This is one wide head: `num_heads` has no effect in your program.",
        ),
        "mh-transposed": Mistake(
            lambda x, w_q, w_k, w_v, w_o, num_heads: multi_head(
                x, w_q.T, w_k.T, w_v.T, w_o.T, num_heads
            ),
            "Your four matrices act transposed. Here they are stored (in, out) and "
            "stand on the right: x @ w. torch's Linear stores (out, in).",
        ),
        "mh-transposed-out": Mistake(
            lambda x, w_q, w_k, w_v, w_o, num_heads: multi_head(
                x, w_q, w_k, w_v, w_o.T, num_heads
            ),
            "Only w_o acts transposed in yours. It stands on the right like the "
            "others: merged @ w_o.",
        ),
        "mh-rawvalues": Mistake(
            lambda x, w_q, w_k, w_v, w_o, num_heads: multi_head(
                x, w_q, w_k, np.eye(len(w_v)), w_o, num_heads
            ),
            "Your values are x itself: w_v has no effect.",
        ),
        "mh-tied": Mistake(
            lambda x, w_q, w_k, w_v, w_o, num_heads: multi_head(
                x, w_q, w_q, w_v, w_o, num_heads
            ),
            "Queries and keys use the same matrix in yours, so the scores are "
            "symmetric: if i looks at j, then j at i.",
        ),
        "mh-slices": Mistake(
            slices_of_x,
            "Each of your heads sees only its own slice of x. Every head projects the "
            "whole vector; only what comes out of the projection is narrow.",
        ),
        "mh-out-first": Mistake(
            lambda x, w_q, w_k, w_v, w_o, num_heads: multi_head(
                x, w_q, w_k, w_v @ w_o, np.eye(len(w_o)), num_heads
            ),
            "Your heads mix values that w_o has mixed already, as when it is applied "
            "before they are split. Its columns mix heads, so after it a block of "
            "columns no longer belongs to one.",
        ),
    },
    also_right={
        "a loop, the heads summed through their rows of w_o": summed_heads,
        "interleaved heads with the weights in that order": permuted_heads,
        "queries scaled instead of scores": (
            lambda x, w_q, w_k, w_v, w_o, num_heads: heads_of(
                x,
                w_q / np.sqrt(x.shape[-1] // num_heads),
                w_k,
                w_v,
                w_o,
                num_heads,
                scale=lambda x, q, h: 1.0,
            )
        ),
    },
    hints=(
        "Project, split, attend in every head at once, merge, project again.",
        "After the split the axes are (b, h, t, d); `@` multiplies the last two and "
        "leaves samples and heads alone.",
        "The scores are `q @ k.transpose(0, 1, 3, 2) / np.sqrt(d)` with d the width of "
        "one head.",
    ),
    question_after=(
        "One question about your function: with 5 tokens, 3 heads and a causal mask, "
        "which outputs change when token 0 changes? And which with the two wrong "
        "reshapes?"
    ),
    answer_after=(
        "All five. With the two wrong reshapes only outputs 0 and 1: each false head "
        "holds the pieces of two or three neighbouring tokens, and nobody sees beyond "
        "them. "
        "Nothing leaks, much is lost, and a gradient test shows what a falling loss "
        "hid."
    ),
)
