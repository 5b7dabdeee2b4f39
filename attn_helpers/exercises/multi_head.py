"""Exercises of chapter 8: split, merge, the whole operation, shared keys, counting."""

from functools import partial

import numpy as np

from attn_helpers.exercises._programs import soft
from attn_helpers.exercises._types import Case, Exercise, Mistake

CHAPTER = "08_multi_head"


# ------------------------------------------------------------------ the answers
# [split-heads-solution]
def split_heads(x, num_heads):
    """(b, t, d_model) → (b, h, t, d_model / h): each head a block of columns."""
    b, t, d_model = x.shape
    blocks = x.reshape(b, t, num_heads, d_model // num_heads)  # cut the last axis
    return blocks.transpose(0, 2, 1, 3)  # then bring the heads before the tokens


# [split-heads-solution-end]


# [merge-heads-solution]
def merge_heads(heads):
    """(b, h, t, d) → (b, t, h · d): the heads of a token side by side."""
    b, h, t, d = heads.shape
    return heads.transpose(0, 2, 1, 3).reshape(b, t, h * d)


# [merge-heads-solution-end]


# [multi-head-solution]
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


# [multi-head-solution-end]


# [repeat-kv-solution]
def repeat_kv(k, num_heads):
    """(b, h_kv, t, d) → (b, h, t, d): neighbouring queries share a key head."""
    return np.repeat(k, num_heads // k.shape[1], axis=1)


# [repeat-kv-solution-end]


# [head-costs-solution]
def head_costs(t, d_model, num_heads, num_kv_heads):
    """Parameters without biases, and multiply-adds, of one layer's forward pass."""
    d = d_model // num_heads
    d_kv = num_kv_heads * d
    parameters = 2 * d_model * d_model + 2 * d_model * d_kv  # q and out, k and v
    projections = t * parameters
    meetings = 2 * num_heads * t * t * d  # scores, and weights times values
    return parameters, projections + meetings


# [head-costs-solution-end]


# ------------------------------------------------------------------ split-heads
def split_cases(seed):
    rng = np.random.default_rng(seed)
    sizes = {
        "2 samples, 5 tokens, 3 heads of 7": (2, 5, 21, 3),
        "as many heads as tokens": (2, 3, 21, 3),
        "as many heads as numbers in one": (2, 5, 9, 3),
        "one head": (2, 5, 7, 1),
        "one token": (2, 1, 21, 3),
        "one sample": (1, 5, 21, 3),
        "heads, tokens and numbers all 3": (2, 3, 9, 3),
    }
    return [
        Case(name, (rng.normal(size=(b, t, d)), h))
        for name, (b, t, d, h) in sizes.items()
    ]


def split_at_once(x, num_heads):
    return x.reshape(x.shape[0], num_heads, x.shape[1], -1)


def split_interleaved(x, num_heads):
    b, t, _ = x.shape
    return x.reshape(b, t, -1, num_heads).transpose(0, 3, 1, 2)


SPLIT = Exercise(
    id="split-heads",
    chapter=CHAPTER,
    title="Cut the columns, not the tokens",
    answer=split_heads,
    returns={"heads": "which columns of the token belong to head {1}?"},
    cases=split_cases,
    mistakes={
        "h-view": Mistake(
            split_at_once,
            "The shape is right and the numbers are not. One reshape straight to "
            "(b, h, t, d) fills head 0 with the first tokens, whole: it cuts across "
            "tokens. Cut the last axis first, then swap tokens and heads.",
        ),
        "h-interleaved": Mistake(
            split_interleaved,
            "Head j gets every h-th column. A head should get a block of neighbours: "
            "head j the columns from j · d up to (j + 1) · d.",
        ),
        "h-swapped-after": Mistake(
            lambda x, num_heads: split_at_once(x, num_heads).transpose(0, 2, 1, 3),
            "You reshape to (b, h, t, d) and swap afterwards, so the cut goes across "
            "tokens and the shape is (b, t, h, d). The two steps are right the other "
            "way about: cut into (b, t, h, d), and the swap gives (b, h, t, d).",
        ),
        "h-tokens": Mistake(
            lambda x, num_heads: np.stack(np.split(x, num_heads, axis=1), axis=1),
            "You cut the axis of the tokens, so each head has some of them, whole. "
            "Every head gets all tokens, and some columns of each: cut the last axis.",
        ),
        "h-batch": Mistake(
            lambda x, num_heads: x.reshape(
                x.shape[1], x.shape[0], num_heads, -1
            ).transpose(1, 2, 0, 3),
            "Your reshape changes the order of samples and tokens. A reshape moves no "
            "number; to change places takes a transpose.",
        ),
        "h-notranspose": Mistake(
            lambda x, num_heads: x.reshape(*x.shape[:2], num_heads, -1),
            "The heads still come after the tokens: (b, t, h, d). A matrix product of "
            "such queries and keys would let the heads of one token attend to each "
            "other. Bring the heads before the tokens.",
        ),
        "h-untangled": Mistake(
            lambda x, num_heads: x.transpose(0, 2, 1).reshape(
                x.shape[0], num_heads, x.shape[1], -1
            ),
            "You transpose before you cut. Then the tokens stand on the last axis, and "
            "the reshape cuts across them. Cut the last axis into (h, d) first.",
        ),
        "h-copy": Mistake(
            lambda x, num_heads: np.repeat(
                x[:, None, :, : x.shape[-1] // num_heads], num_heads, axis=1
            ),
            "Every head gets the same block, the first one.",
        ),
        "h-backwards": Mistake(
            lambda x, num_heads: split_heads(x, num_heads)[:, ::-1],
            "Your heads stand in reverse order: head 0 should hold the first columns.",
        ),
        "h-transposed": Mistake(
            lambda x, num_heads: split_heads(x, num_heads).transpose(0, 1, 3, 2),
            "The last two axes have changed places: (b, h, d, t). The numbers of a "
            "token belong on the last axis.",
        ),
        "h-batch-last": Mistake(
            lambda x, num_heads: split_heads(x, num_heads).transpose(1, 0, 2, 3),
            "Heads come before samples in yours: (h, b, t, d). The samples stay in "
            "front.",
        ),
    },
    also_right={
        "head by head": lambda x, num_heads: np.stack(
            np.split(x, num_heads, axis=-1), axis=1
        ),
        "axes swapped by name": lambda x, num_heads: np.swapaxes(
            x.reshape(*x.shape[:2], num_heads, -1), 1, 2
        ),
    },
    hints=(
        "Two steps. Which of them moves numbers, and which only reads them in another "
        "shape?",
        "`x.reshape(b, t, num_heads, d)` cuts every token's row into blocks. Then "
        "swap the axes of tokens and heads.",
    ),
    question_after=(
        "One question about your function: fill x with 0, 1, 2, … and look at head 0 "
        "of token 1. Where would the numbers of token 0 be after a single reshape?"
    ),
    answer_after=(
        "All in head 0: a single reshape hands the first numbers of the sample, token "
        "after token, to the first head. With 5 tokens and 3 heads of 7, head 0 then "
        "holds token 0 and two thirds of token 1."
    ),
)


# ------------------------------------------------------------------ merge-heads
def merge_cases(seed):
    rng = np.random.default_rng(seed)
    sizes = {
        "2 samples, 3 heads, 5 tokens": (2, 3, 5, 7),
        "as many heads as tokens": (2, 3, 3, 7),
        "one head": (2, 1, 5, 7),
        "one token": (2, 3, 1, 7),
        "one sample": (1, 3, 5, 7),
        "heads, tokens and numbers all 3": (2, 3, 3, 3),
    }
    return [Case(name, (rng.normal(size=size),)) for name, size in sizes.items()]


def merge_at_once(heads):
    b, h, t, d = heads.shape
    return heads.reshape(b, t, h * d)


def merge_interleaved(heads):
    """The heads of a token shuffled like cards."""
    return heads.transpose(0, 2, 3, 1).reshape(heads.shape[0], heads.shape[2], -1)


MERGE = Exercise(
    id="merge-heads",
    chapter=CHAPTER,
    title="And back",
    answer=merge_heads,
    returns={"merged": "which head does number {2} of the token come from?"},
    cases=merge_cases,
    mistakes={
        "g-view": Mistake(
            merge_at_once,
            "You reshape without bringing the heads behind the tokens first. Token 0 "
            "then holds what head 0 found for the first tokens. The shape is right, "
            "and a model may even train with it.",
        ),
        "g-sum": Mistake(
            lambda heads: heads.sum(axis=1),
            "You add the heads. They go side by side, h · d numbers a token; the "
            "output matrix mixes them later.",
        ),
        "g-mean": Mistake(
            lambda heads: heads.mean(axis=1),
            "You average the heads. They go side by side, h · d numbers a token.",
        ),
        "g-interleave": Mistake(
            merge_interleaved,
            "The heads are shuffled like cards: number 0 of each, then number 1 of "
            "each. Put whole heads side by side.",
        ),
        "g-first": Mistake(
            lambda heads: heads[:, 0],
            "Only head 0 comes back.",
        ),
        "g-backwards": Mistake(
            lambda heads: merge_heads(heads[:, ::-1]),
            "The last head stands first in yours.",
        ),
        "g-notmerged": Mistake(
            lambda heads: heads.transpose(0, 2, 1, 3),
            "The heads stand behind the tokens, and still on an axis of their own. "
            "The last two axes become one.",
        ),
    },
    also_right={
        "head after head": lambda heads: np.concatenate(
            [heads[:, i] for i in range(heads.shape[1])], axis=-1
        ),
        "token by token": lambda heads: np.stack(
            [heads[:, :, i].reshape(len(heads), -1) for i in range(heads.shape[2])],
            axis=1,
        ),
    },
    hints=(
        "The same two steps as in splitting, in the other order.",
        "A reshape joins axes that stand side by side. Which two must stand side by "
        "side?",
    ),
    question_after=(
        "One question about your function: what does merging after splitting give? And "
        "the two single reshapes, one after the other?"
    ),
    answer_after=(
        "Both give x back. So a test that only splits and merges finds nothing wrong "
        "with the two reshapes: what happens between them is wrong."
    ),
)


# ------------------------------------------------------------------- multi-head
def multi_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, b, t, d_model, num_heads, w_o=None):
        x = rng.normal(size=(b, t, d_model))
        w = [rng.normal(size=(d_model, d_model)) / np.sqrt(d_model) for _ in "qkvo"]
        return Case(name, (x, *w[:3], w[3] if w_o is None else w_o, num_heads))

    return [
        case("2 samples, 5 tokens, 3 heads of 7", 2, 5, 21, 3),
        case("as many heads as tokens", 2, 3, 21, 3),
        case("3 heads of 3", 2, 5, 9, 3),
        case("one head", 2, 5, 7, 1),
        case("one token", 2, 1, 21, 3),
        case("samples, tokens and heads all 3", 3, 3, 21, 3),
        case("w_o changes nothing", 2, 5, 21, 3, np.eye(21)),
    ]


def heads_of(x, w_q, w_k, w_v, w_o, num_heads, **trap):
    """Multi-head attention with one step replaced."""
    split, merge = trap.get("split", split_heads), trap.get("merge", merge_heads)
    q, k, v = (split(x @ w, num_heads) for w in (w_q, w_k, w_v))
    scale = trap.get("scale", lambda x, q, num_heads: np.sqrt(q.shape[-1]))
    scores = q @ np.swapaxes(k, -1, -2) / scale(x, q, num_heads)
    mixed = merge(trap.get("soft", soft)(scores, trap.get("axis", -1)) @ v)
    return mixed @ w_o if trap.get("output", True) else mixed


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

MULTI_HEAD = Exercise(
    id="multi-head",
    chapter=CHAPTER,
    title="Several heads, four matrices",
    answer=multi_head,
    returns={"output": "what do the heads find for token {1} of sample {0}?"},
    cases=multi_cases,
    mistakes={
        "mh-view": Mistake(
            partial(heads_of, split=split_at_once),
            "Your heads are cut out with a single reshape, so what one head calls a "
            "token is a mixture of several. Cut the last axis, then swap tokens and "
            "heads.",
        ),
        "mh-view-both": Mistake(
            partial(heads_of, split=split_at_once, merge=merge_at_once),
            "Both your reshapes are wrong, and each undoes the other's shape. Nothing "
            "stops, and a model learns around it; but every head attends among jumbled "
            "pieces of tokens. The transpose is missing, twice.",
        ),
        "mh-merge": Mistake(
            partial(heads_of, merge=merge_at_once),
            "You merge without bringing the heads behind the tokens: tokens receive "
            "what the heads found for other tokens.",
        ),
        "mh-notranspose": Mistake(
            partial(
                heads_of,
                split=lambda x, num_heads: x.reshape(*x.shape[:2], num_heads, -1),
                merge=lambda heads: heads.reshape(*heads.shape[:2], -1),
            ),
            "Your heads still come after the tokens, (b, t, h, d), so `@` lets the "
            "heads of one token attend to each other, and no token sees another. Bring "
            "the heads before the tokens, where a batch would stand.",
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
            "Your merge shuffles the heads like cards: number 0 of each, then number 1 "
            "of each. The rows of w_o expect whole heads side by side.",
        ),
        "mh-scale-model": Mistake(
            partial(heads_of, scale=lambda x, q, h: np.sqrt(x.shape[-1])),
            "You divide by the root of d_model. The dot products run over a head's "
            "width d_model / h, and theirs is the root; yours makes the weights too "
            "flat.",
        ),
        "mh-scale-heads": Mistake(
            partial(heads_of, scale=lambda x, q, h: np.sqrt(h)),
            "You divide by the root of the number of heads. What counts is how many "
            "products a score adds up: the width of a head.",
        ),
        "mh-scale-tokens": Mistake(
            partial(heads_of, scale=lambda x, q, h: np.sqrt(x.shape[1])),
            "You divide by the root of the number of tokens. What counts is how many "
            "products a score adds up: the width of a head.",
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
            "You divide by the root of a head's width after the softmax. The scores "
            "are what it should make smaller, before the softmax.",
        ),
        "mh-scale-square": Mistake(
            partial(heads_of, scale=lambda x, q, h: q.shape[-1]),
            "You divide by the width of a head itself. Its root is enough: that is the "
            "spread of the scores.",
        ),
        "mh-noscale": Mistake(
            partial(heads_of, scale=lambda x, q, h: 1.0),
            "Your scores are not scaled. Divide them by the root of a head's width.",
        ),
        "mh-axis-heads": Mistake(
            partial(heads_of, axis=1),
            "Your softmax runs over the heads: they compete, and the keys do not. It "
            "belongs on the last axis.",
        ),
        "mh-axis-queries": Mistake(
            partial(heads_of, axis=-2),
            "Your softmax runs over the queries: each column sums to 1. Every query "
            "shares out its attention over the keys, on the last axis.",
        ),
        "mh-axis-samples": Mistake(
            partial(heads_of, axis=0),
            "Your softmax runs over the samples, which have nothing to do with each "
            "other. It belongs on the last axis, the keys.",
        ),
        "mh-axis-none": Mistake(
            partial(heads_of, axis=None),
            "Your softmax runs over all scores at once, samples and heads together. "
            "Each row of scores gets a softmax of its own: name the last axis.",
        ),
        "mh-nosoftmax": Mistake(
            partial(heads_of, soft=lambda scores, axis: scores),
            "There is no softmax: you mix the values with the scores themselves.",
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
            "You mask the future. This layer has no mask: every token reads every "
            "token.",
        ),
        "mh-noout": Mistake(
            partial(heads_of, output=False),
            "The output matrix w_o is missing. Without it the heads lie side by side "
            "and never mix.",
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
            "You add x to the result. A model may do that round the layer; here the "
            "layer alone is wanted.",
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
            "Your weights are used transposed. Here they are stored (in, out) and "
            "stand on the right: x @ w. torch's Linear stores (out, in).",
        ),
        "mh-transposed-out": Mistake(
            lambda x, w_q, w_k, w_v, w_o, num_heads: multi_head(
                x, w_q, w_k, w_v, w_o.T, num_heads
            ),
            "Only w_o is used transposed. It stands on the right like the others: "
            "merged @ w_o.",
        ),
        "mh-rawvalues": Mistake(
            lambda x, w_q, w_k, w_v, w_o, num_heads: multi_head(
                x, w_q, w_k, np.eye(len(w_v)), w_o, num_heads
            ),
            "Your values are x itself; w_v is not used.",
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
            "You apply w_o to the values before the heads are split. The columns of "
            "w_o mix heads, so after it a block of columns no longer belongs to one.",
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


# -------------------------------------------------------------------- repeat-kv
def repeat_cases(seed):
    rng = np.random.default_rng(seed)
    return [
        Case("6 query heads, 2 key heads", (rng.normal(size=(2, 2, 5, 3)), 6)),
        Case("6 query heads, 3 key heads", (rng.normal(size=(2, 3, 5, 2)), 6)),
        Case("as many key heads as tokens", (rng.normal(size=(2, 2, 2, 3)), 6)),
        Case("one key head for all", (rng.normal(size=(2, 1, 5, 3)), 6)),
        Case("a key head for each", (rng.normal(size=(2, 6, 5, 3)), 6)),
        Case("4 query heads, 2 key heads", (rng.normal(size=(1, 2, 3, 2)), 4)),
    ]


GROUP_SIZE = (
    "In yours a key head serves as many query heads as there are key heads, h_kv. It "
    "should serve num_heads / h_kv of them."
)

REPEAT_KV = Exercise(
    id="repeat-kv",
    chapter=CHAPTER,
    title="Eight askers, two answerers",
    answer=repeat_kv,
    returns={"keys": "which key head does query head {1} read?"},
    cases=repeat_cases,
    mistakes={
        "gq-tile": Mistake(
            lambda k, num_heads: np.tile(k, (1, num_heads // k.shape[1], 1, 1)),
            "The order is another one: yours is 0 1 0 1 0 1. Neighbouring query heads "
            "share a key head, 0 0 0 1 1 1: query head i reads key head "
            "i // (h / h_kv). Trained weights fit only one of the two.",
        ),
        "gq-all": Mistake(
            lambda k, num_heads: np.repeat(k, num_heads, axis=1),
            "You repeat each key head num_heads times. It is needed num_heads / h_kv "
            "times.",
        ),
        "gq-flat": Mistake(
            lambda k, num_heads: np.repeat(k, num_heads // k.shape[1]),
            "Your result is one long row: without an axis, `repeat` takes the array "
            "apart. It is the axis of the heads that grows, `axis=1`.",
        ),
        "gq-samples": Mistake(
            lambda k, num_heads: np.repeat(k, num_heads // k.shape[1], axis=0),
            "You repeat the samples. It is the axis of the heads that grows.",
        ),
        "gq-columns": Mistake(
            lambda k, num_heads: np.repeat(k, num_heads // k.shape[1], axis=-1),
            "You repeat the numbers within a key, which makes it wider. It is the axis "
            "of the heads that grows.",
        ),
        "gq-tokens": Mistake(
            lambda k, num_heads: np.repeat(k, num_heads // k.shape[1], axis=2),
            "You repeat along the tokens, so every key is there several times. It is "
            "the axis of the heads that grows.",
        ),
        "gq-first": Mistake(
            lambda k, num_heads: np.repeat(k[:, :1], num_heads, axis=1),
            "All query heads read key head 0.",
        ),
        "gq-mean": Mistake(
            lambda k, num_heads: np.repeat(
                k.mean(axis=1, keepdims=True), num_heads, axis=1
            ),
            "You average the key heads. (That is how a model may be converted before "
            "it is trained on; here each group keeps its own.)",
        ),
        "gq-factor": Mistake(
            lambda k, num_heads: np.repeat(k, k.shape[1], axis=1)[:, :num_heads],
            GROUP_SIZE,
        ),
        "gq-factor-clipped": Mistake(
            lambda k, num_heads: k[
                :, np.minimum(np.arange(num_heads) // k.shape[1], k.shape[1] - 1)
            ],
            GROUP_SIZE,
        ),
        "gq-mirror": Mistake(
            lambda k, num_heads: np.concatenate(
                [
                    k if i % 2 == 0 else k[:, ::-1]
                    for i in range(num_heads // k.shape[1])
                ],
                axis=1,
            ),
            "The order runs back and forth: 0 1 1 0 0 1. Neighbouring query heads "
            "share a key head, 0 0 0 1 1 1.",
        ),
        "gq-backwards": Mistake(
            lambda k, num_heads: repeat_kv(k[:, ::-1], num_heads),
            "The last key head stands first in yours.",
        ),
    },
    also_right={
        "broadcast and reshape": lambda k, num_heads: np.broadcast_to(
            k[:, :, None],
            (*k.shape[:2], num_heads // k.shape[1], *k.shape[2:]),
        ).reshape(k.shape[0], num_heads, *k.shape[2:]),
        "one index for each query head": lambda k, num_heads: k[
            :, np.arange(num_heads) * k.shape[1] // num_heads
        ],
    },
    hints=(
        "With 6 query heads and 2 key heads, query heads 0, 1, 2 read key head 0.",
        "`np.repeat` writes each entry several times in a row; `np.tile` writes the "
        "whole array several times.",
    ),
    question_after=(
        "One question about your function: how many bytes does the repeated array "
        "take, and how could a program avoid storing it?"
    ),
    answer_after=(
        "As many as with full heads, so nothing would be saved. What shrinks is what "
        "is kept between tokens, the keys and values before repeating; the product "
        "itself can be done by broadcasting over groups."
    ),
)


# ------------------------------------------------------------------- head-costs
def cost_cases(seed):
    return [
        Case("11 tokens, width 21, 3 heads", (11, 21, 3, 3)),
        Case("11 tokens, width 30, 10 heads, 5 for keys", (11, 30, 10, 5)),
        Case("7 tokens, width 30, 6 heads, 1 for keys", (7, 30, 6, 1)),
        Case("one head", (5, 7, 1, 1)),
        Case("one token", (1, 21, 3, 3)),
    ]


def counted(t, d_model, num_heads, num_kv_heads, **trap):
    d = d_model // num_heads
    d_kv = trap.get("kv", num_kv_heads) * d
    parameters = (
        trap.get("wide", 2) * d_model**2 + trap.get("narrow", 2) * d_model * d_kv
    )
    width = trap.get("width", num_heads * d)
    meetings = trap.get("products", 2) * t * trap.get("keys", t) * width
    return parameters, trap.get("tokens", t) * parameters + meetings


def cost_trap(make):
    return lambda t, d_model, num_heads, num_kv_heads: counted(
        t, d_model, num_heads, num_kv_heads, **make(t, d_model, num_heads, num_kv_heads)
    )


HEAD_COSTS = Exercise(
    id="head-costs",
    chapter=CHAPTER,
    title="What heads cost",
    answer=head_costs,
    returns={
        "parameters": "how many numbers do the four matrices hold?",
        "multiply-adds": "how many products are added up in one forward pass?",
    },
    cases=cost_cases,
    mistakes={
        "hc-noout": Mistake(
            cost_trap(lambda t, d, h, g: {"wide": 1}),
            "The output matrix is missing: there are four matrices, and two of them "
            "are d_model × d_model.",
        ),
        "hc-kv-full": Mistake(
            cost_trap(lambda t, d, h, g: {"kv": h}),
            "Your key and value matrices are as wide as the query's. With fewer key "
            "heads they have num_kv_heads × d columns.",
        ),
        "hc-times-heads": Mistake(
            cost_trap(lambda t, d, h, g: {"wide": 2 * h, "narrow": 2 * h}),
            "You count full matrices for every head. Each head's are narrower by the "
            "number of heads, so together they are as large as one head's would be.",
        ),
        "hc-biases": Mistake(
            lambda t, d_model, num_heads, num_kv_heads: (
                head_costs(t, d_model, num_heads, num_kv_heads)[0]
                + 2 * d_model
                + 2 * num_kv_heads * (d_model // num_heads),
                head_costs(t, d_model, num_heads, num_kv_heads)[1],
            ),
            "You count the biases, one for each column. Here the four matrices have "
            "none.",
        ),
        "hc-biases-in-both": Mistake(
            lambda t, d_model, num_heads, num_kv_heads: tuple(
                number + times * 2 * (d_model + num_kv_heads * (d_model // num_heads))
                for number, times in zip(
                    head_costs(t, d_model, num_heads, num_kv_heads), (1, t), strict=True
                )
            ),
            "You count the biases, in both numbers. Here the four matrices have none.",
        ),
        "hc-novalue": Mistake(
            cost_trap(lambda t, d, h, g: {"narrow": 1}),
            "One of the two narrow matrices is missing: keys and values have one each.",
        ),
        "hc-noout-work": Mistake(
            lambda t, d_model, num_heads, num_kv_heads: (
                head_costs(t, d_model, num_heads, num_kv_heads)[0],
                head_costs(t, d_model, num_heads, num_kv_heads)[1] - t * d_model**2,
            ),
            "The parameters are right. In the multiply-adds the output matrix is "
            "missing: it, too, is applied to every token.",
        ),
        "hc-exchanged": Mistake(
            lambda t, d_model, num_heads, num_kv_heads: head_costs(
                t, d_model, num_heads, num_kv_heads
            )[::-1],
            "The two numbers are right, and stand the other way round: the parameters "
            "come first.",
        ),
        "hc-meetings-model": Mistake(
            cost_trap(lambda t, d, h, g: {"width": h * d}),
            "In your scores each head works at the full width d_model. A head's dot "
            "products run over d_model / h numbers: all heads together cost as much as "
            "one wide one.",
        ),
        "hc-meetings-one": Mistake(
            cost_trap(lambda t, d, h, g: {"width": d // h}),
            "You count the scores and mixtures of one head only.",
        ),
        "hc-scores-only": Mistake(
            cost_trap(lambda t, d, h, g: {"products": 1}),
            "Tokens meet twice: in the scores, and when the weights mix the values. "
            "Both cost t² × width.",
        ),
        "hc-nomeetings": Mistake(
            cost_trap(lambda t, d, h, g: {"products": 0}),
            "You count the projections alone. The scores, and the mixtures of the "
            "values, are products too: t² × width each.",
        ),
        "hc-nowidth": Mistake(
            cost_trap(lambda t, d, h, g: {"width": h}),
            "You count the entries of the tables of weights. A score is a sum of "
            "d_model / h products, so each entry costs that many; likewise the "
            "mixtures.",
        ),
        "hc-softmax": Mistake(
            lambda t, d_model, num_heads, num_kv_heads: (
                head_costs(t, d_model, num_heads, num_kv_heads)[0],
                head_costs(t, d_model, num_heads, num_kv_heads)[1] + num_heads * t * t,
            ),
            "You count one more for each score, perhaps for the scaling or the "
            "softmax. Here the matrix products alone are counted.",
        ),
        "hc-causal": Mistake(
            cost_trap(lambda t, d, h, g: {"keys": (t + 1) / 2}),
            "You count each pair of tokens once, as under a causal mask. There is no "
            "mask: every token meets every token, t² times.",
        ),
        "hc-linear": Mistake(
            cost_trap(lambda t, d, h, g: {"keys": 1}),
            "Every token meets every token: the scores cost t², not t.",
        ),
        "hc-once": Mistake(
            cost_trap(lambda t, d, h, g: {"tokens": 1}),
            "The projections are done for every token: parameters × t.",
        ),
        "hc-noprojections": Mistake(
            cost_trap(lambda t, d, h, g: {"tokens": 0}),
            "The projections cost, too: parameters × t. For short texts they are most "
            "of the work.",
        ),
        "hc-kv-meetings": Mistake(
            cost_trap(lambda t, d, h, g: {"width": g * d // h}),
            "Shared keys save no meetings: every query head still scores every key. "
            "They save parameters, and memory between tokens.",
        ),
        "hc-flops": Mistake(
            lambda t, d_model, num_heads, num_kv_heads: (
                head_costs(t, d_model, num_heads, num_kv_heads)[0],
                2 * head_costs(t, d_model, num_heads, num_kv_heads)[1],
            ),
            "Those are FLOPs: a multiply-add counts as two. Here it counts as one.",
        ),
    },
    also_right={
        "matrix by matrix": lambda t, d_model, num_heads, num_kv_heads: (
            (q := d_model * d_model)
            + (kv := 2 * d_model * (d_model // num_heads) * num_kv_heads)
            + q,
            t * (2 * q + kv) + t * t * d_model + t * t * d_model,
        ),
        "from the shapes": lambda t, d_model, num_heads, num_kv_heads: (
            sum(
                d_model * (n * d_model // num_heads)
                for n in (num_heads, num_kv_heads, num_kv_heads, num_heads)
            ),
            sum(
                t * d_model * (n * d_model // num_heads)
                for n in (num_heads, num_kv_heads, num_kv_heads, num_heads)
            )
            + num_heads * (2 * t * t * (d_model // num_heads)),
        ),
    },
    hints=(
        "A product of (t, a) and (a, b) matrices costs t × a × b multiply-adds.",
        "Four projections, the scores, and the mixture of the values. Which of them "
        "know about num_kv_heads?",
    ),
    question_after=(
        "One question about your function: at which t do scores and mixtures cost as "
        "much as the projections, with as many key heads as query heads?"
    ),
    answer_after=(
        "At t = 2 d_model: 2 t² d_model = 4 t d_model². The number of heads is in "
        "neither."
    ),
)


EXERCISES = (SPLIT, MERGE, MULTI_HEAD, REPEAT_KV, HEAD_COSTS)
