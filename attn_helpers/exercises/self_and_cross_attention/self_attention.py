"""A sequence that reads itself."""

from functools import partial

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.self_and_cross_attention.programs import (
    FINITE,
    HALF_D,
    LOUD_PEAK,
    NO_PEAK,
    NOT_THE_PEAK,
    TWICE_D,
    WHOLE_SUM,
    attend,
    between,
    causal,
    extremes,
    plain,
    real_places,
    soft,
    wholly_normalised,
)


def self_attention(x, w_q, w_k, w_v, mask):
    """Let every token of a sequence ask, answer and hand over."""
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    scores = q @ k.T / np.sqrt(k.shape[-1])  # (t, t)
    hidden = np.where(mask, scores, -np.inf)
    grown = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return weights @ v


OUTPUT = "where does component {1} of the output for token {0} come from?"


UNSHARED = (
    "Your rows do not sum to 1: the exponentials are to be divided by the sum of their "
    "row."
)


LOST_SUM = (
    "Column j is divided by the sum of row j in yours. A sum drops its axis unless you "
    "say `keepdims=True`, and then lines up with the columns."
)


def patchy(rng, t):
    """A mask with holes anywhere, in which every row allows something."""
    mask = rng.random((t, t)) < 0.5
    mask[np.arange(t), rng.integers(t, size=t)] = True
    return mask


def in_one(x, source, real, w_q, w_k, w_v):
    """Two sequences side by side in one: the first half asks, the second answers."""
    unread, unasked = np.zeros((source.shape[1], w_q.shape[1])), np.zeros_like(w_q)
    without = np.zeros((x.shape[1], w_v.shape[1]))
    both = np.hstack([x, source])
    w_q, w_k = np.vstack([w_q, unread]), np.vstack([unasked, w_k])
    return both, w_q, w_k, np.vstack([without, w_v]), np.tile(real, (len(x), 1))


def self_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, sizes, mask):
        t, d_model, d_k, d_v = sizes
        x, _, *matrices = between(rng, t, t, (d_model, d_model, d_k, d_v))
        return Case(name, (x, *matrices, mask))

    small, five = (5, 3, 2, 7), (5, 5, 5, 5)
    return [
        case("5 tokens, d_model 3, causal", small, causal(5)),
        *(
            case(f"5 tokens, d_model 3, {kind}", small, np.tile(real, (5, 1)))
            for kind, real in real_places(5).items()
        ),
        case("7 tokens, d_k 11, a patchy mask", (7, 5, 11, 3), patchy(rng, 7)),
        case("5 of everything, causal", five, causal(5)),
        case("5 of everything, a patchy mask", five, patchy(rng, 5)),
        case("5 of everything, all allowed", five, np.ones((5, 5), dtype=bool)),
        case("3 tokens, d_k 1", (3, 2, 1, 2), causal(3)),
        case("one token", (1, 2, 3, 1), np.ones((1, 1), dtype=bool)),
        case("17 tokens, a patchy mask", (17, 19, 23, 18), patchy(rng, 17)),
        *(Case(name, in_one(*parts)) for name, parts in extremes(rng).items()),
    ]


def scaled_scores(x, w_q, w_k):
    return (x @ w_q) @ (x @ w_k).T / np.sqrt(w_k.shape[1])


def shared(share, hide=lambda scores, mask: np.where(mask, scores, -np.inf)):
    """Self-attention with this way to hide, and this way from scores to weights."""

    def program(x, w_q, w_k, w_v, mask):
        return share(hide(scaled_scores(x, w_q, w_k), mask)) @ (x @ w_v)

    return program


def filled_with(number):
    return shared(soft, lambda scores, mask: np.where(mask, scores, number))


def lowered_by(number):
    return shared(soft, lambda scores, mask: scores - number * ~mask)


def loud_peak(x, w_q, w_k, w_v, mask):
    """The largest of all scores is subtracted, hidden ones too."""
    scores = scaled_scores(x, w_q, w_k)
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True)) * mask
    return grown / grown.sum(axis=-1, keepdims=True) @ (x @ w_v)


def scaled(divisor):
    """Self-attention whose scores are divided by another number."""

    def program(x, w_q, w_k, w_v, mask):
        by = np.sqrt(w_k.shape[1]) / divisor(x, w_k, w_v)
        return attend(x @ w_q * by, x @ w_k, x @ w_v, mask)

    return program


def flat(scores, peak_too=True, sum_too=True):
    """A softmax whose maximum or whose sum has lost its axis."""
    grown = np.exp(scores - scores.max(axis=-1, keepdims=not peak_too))
    return grown / grown.sum(axis=-1, keepdims=not sum_too)


def unshared(x, w_q, w_k, w_v, mask, from_peak=True):
    """Exponentials that are divided by nothing."""
    scores = np.where(mask, scaled_scores(x, w_q, w_k), -np.inf)
    peak = scores.max(axis=-1, keepdims=True) if from_peak else 0.0
    return np.exp(scores - peak) @ (x @ w_v)


def features_against_features(x, w_q, w_k, w_v, mask):
    scores = (x @ w_q).T @ (x @ w_k) / np.sqrt(w_k.shape[1])
    return soft(np.where(mask, scores, -np.inf)) @ (x @ w_v)


def one_token_after_another(x, w_q, w_k, w_v, mask):
    rows = []
    for i in range(len(x)):
        keys = x[mask[i]] @ w_k
        scores = keys @ (x[i] @ w_q) / np.sqrt(w_k.shape[1])
        rows.append(soft(scores) @ (x[mask[i]] @ w_v))
    return np.array(rows)


def one_matrix_for_all_three(x, w_q, w_k, w_v, mask):
    cuts = np.cumsum([w_q.shape[1], w_k.shape[1]])
    q, k, v = np.split(x @ np.hstack([w_q, w_k, w_v]), cuts, axis=1)
    return attend(q, k, v, mask)


EXERCISE = Exercise(
    title="A sequence that reads itself",
    answer=self_attention,
    returns={"output": OUTPUT},
    cases=self_cases,
    mistakes={
        "s-tied": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_q, x @ w_q, x @ w_v, mask),
            "In your scores queries meet queries: `w_k` has no effect. Asking and "
            "being found are two things, and the keys are x @ w_k.",
        ),
        "s-tied-keys": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_k, x @ w_k, x @ w_v, mask),
            "In your scores keys meet keys: `w_q` has no effect. The queries are "
            "x @ w_q.",
        ),
        "s-roles": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_k, x @ w_q, x @ w_v, mask),
            "Queries and keys have changed places, so every score stands at the mirror "
            "image of its place. Rows belong to the tokens that ask: queries on the "
            "left.",
        ),
        "s-raw-values": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_q, x @ w_k, x, mask),
            "What you mix are the tokens themselves: `w_v` has no effect. What a token "
            "hands over is its value, x @ w_v.",
        ),
        "s-raw": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x, x, x, mask),
            "The three matrices have no effect: x stands for queries, keys and values "
            "at once. Each role has a matrix of its own.",
        ),
        "s-values-after": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_q, x @ w_k, x @ w_k, mask),
            "What you mix are the keys. Keys decide where to look; the values, "
            "x @ w_v, are what is read.",
        ),
        "s-value-is-query": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_q, x @ w_k, x @ w_q, mask),
            "What you mix are the queries. The values, x @ w_v, are what is read.",
        ),
        "s-transposed": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(
                x @ w_q.T, x @ w_k.T, x @ w_v.T, mask
            ),
            "The three matrices act transposed. They are stored as (d_model, d_k): a "
            "row of x meets a column of the matrix, x @ w. (A torch Linear stores them "
            "the other way round.)",
        ),
        "s-no-scale": Mistake(
            scaled(lambda x, w_k, w_v: 1.0),
            "The scores are not divided by √d_k.",
        ),
        "s-scale-model": Mistake(
            scaled(lambda x, w_k, w_v: np.sqrt(x.shape[1])),
            "Your scores are divided by the root of d_model, the width of x. The sum "
            "inside a score runs over d_k numbers, the width of the keys.",
        ),
        "s-scale-value": Mistake(
            scaled(lambda x, w_k, w_v: np.sqrt(w_v.shape[1])),
            "Your scores are divided by the root of d_v, the width of the values. The "
            "sum inside a score runs over d_k numbers, the width of the keys.",
        ),
        "s-scale-d": Mistake(
            scaled(lambda x, w_k, w_v: w_k.shape[1]),
            "Your scores are divided by d_k, the root taken twice or not at all. A "
            "typical score is √d_k, so that is what to divide by.",
        ),
        "s-scale-half": Mistake(scaled(lambda x, w_k, w_v: w_k.shape[1] / 2), HALF_D),
        "s-scale-twice": Mistake(scaled(lambda x, w_k, w_v: 2 * w_k.shape[1]), TWICE_D),
        "s-mask-ignored": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(
                x @ w_q, x @ w_k, x @ w_v, np.ones_like(mask)
            ),
            "The mask has no effect in your program.",
        ),
        "s-mask-inverted": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_q, x @ w_k, x @ w_v, ~mask),
            "Your queries read what they must not, and nothing else. True means that "
            "the query may attend to the key.",
        ),
        "s-mask-inverted-nan": Mistake(
            shared(plain, lambda scores, mask: np.where(mask, -np.inf, scores)),
            "Your queries read what they must not, and one that may read everything "
            "finds nothing at all: 0/0. True means that the query may attend to the "
            "key.",
        ),
        "s-mask-transposed": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_q, x @ w_k, x @ w_v, mask.T),
            "The mask acts transposed in yours. Its rows are the tokens that ask, its "
            "columns those that are asked.",
        ),
        "s-mask-after": Mistake(
            lambda x, w_q, w_k, w_v, mask: (
                (soft(scaled_scores(x, w_q, w_k)) * mask) @ (x @ w_v)
            ),
            "The weights that are left in a row no longer sum to 1: what is hidden is "
            "still felt in the sum they were divided by. So it is when weights are set "
            "to 0 after the softmax; hide the scores before it.",
        ),
        "s-mask-zero": Mistake(
            shared(soft, lambda scores, mask: scores * mask),
            "What is hidden counts as if its score were 0, and exp(0) = 1: it is still "
            "read. Only -inf has the exponential 0.",
        ),
        "s-weak": Mistake(filled_with(-10.0), FINITE),
        **{
            f"s-weak{fill:.0f}": Mistake(filled_with(fill), FINITE)
            for fill in (-20.0, -100.0, -1e3, -1e4, -1e5, -1e6, -1e9, -1e30)
        },
        **{
            f"s-weak-lowered{-by:.0f}": Mistake(lowered_by(by), FINITE)
            for by in (1e3, 1e4, 1e6, 1e9)
        },
        "s-nomax": Mistake(shared(partial(plain, peak=lambda s: 0.0)), NO_PEAK),
        "s-nomax-late": Mistake(
            shared(
                lambda grown: grown / grown.sum(axis=-1, keepdims=True),
                lambda scores, mask: np.exp(scores) * mask,
            ),
            NO_PEAK,
        ),
        **{
            f"s-peak{variant}": Mistake(
                shared(
                    partial(plain, peak=lambda s: 0.0),
                    lambda scores, mask, peak=peak: np.where(
                        mask, scores - peak(scores, mask), -np.inf
                    ),
                ),
                NOT_THE_PEAK,
            )
            for variant, peak in (
                ("", lambda s, mask: s.mean(axis=-1, keepdims=True)),
                ("-table", lambda s, mask: s[mask].max()),
                ("-table-mean", lambda s, mask: s.mean()),
                ("-smallest", lambda s, mask: s.min(axis=-1, keepdims=True)),
            )
        },
        "s-loud-peak": Mistake(loud_peak, LOUD_PEAK),
        "s-own-causal": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(
                x @ w_q, x @ w_k, x @ w_v, causal(len(x))
            ),
            "Your program hides the future whatever the mask says. Use the mask it is "
            "given; it need not be causal.",
        ),
        "s-scale-length": Mistake(
            scaled(lambda x, w_k, w_v: np.sqrt(len(x))),
            "Your scores are divided by the root of t, the number of tokens. The sum "
            "inside a score runs over d_k numbers, the width of the keys.",
        ),
        "s-lost-axis": Mistake(
            shared(partial(flat, peak_too=False)),
            LOST_SUM,
        ),
        "s-lost-axis-both": Mistake(
            shared(flat),
            LOST_SUM,
        ),
        "s-lost-axis-nomax": Mistake(
            shared(lambda hidden: np.exp(hidden) / np.exp(hidden).sum(axis=-1)),
            LOST_SUM,
        ),
        "s-lost-peak": Mistake(
            shared(partial(flat, sum_too=False)),
            "From column j of your scores the largest of row j is taken away, so each "
            "key loses another number. A maximum drops its axis unless you say "
            "`keepdims=True`.",
        ),
        "s-whole-sum": Mistake(
            shared(lambda hidden: np.exp(hidden) / np.exp(hidden).sum()), WHOLE_SUM
        ),
        "s-whole-sum-shifted": Mistake(shared(wholly_normalised), WHOLE_SUM),
        "s-whole-sum-peak": Mistake(
            shared(
                lambda hidden: (
                    np.exp(hidden - hidden.max()) / np.exp(hidden - hidden.max()).sum()
                )
            ),
            WHOLE_SUM,
        ),
        "s-unshared": Mistake(unshared, UNSHARED),
        "s-unshared-plain": Mistake(partial(unshared, from_peak=False), UNSHARED),
        "s-scale-after": Mistake(
            lambda x, w_q, w_k, w_v, mask: (
                attend(x @ w_q * np.sqrt(w_k.shape[1]), x @ w_k, x @ w_v, mask)
                / np.sqrt(w_k.shape[1])
            ),
            "Your output is divided by √d_k and your scores are not. The scores are to "
            "be divided, before the softmax; a row of weights must still sum to 1.",
        ),
        "s-features": Mistake(
            features_against_features,
            "Your scores compare feature with feature, as `q.T @ k` does. Each token "
            "is to meet each token: q @ k.T, a table (t, t).",
        ),
        "s-weights-transposed": Mistake(
            lambda x, w_q, w_k, w_v, mask: (
                soft(np.where(mask, scaled_scores(x, w_q, w_k), -np.inf)).T @ (x @ w_v)
            ),
            "Your weights mix the values transposed: each token gives by its row where "
            "it should receive. It is weights @ v.",
        ),
        "s-weights": Mistake(
            lambda x, w_q, w_k, w_v, mask: soft(
                np.where(mask, scaled_scores(x, w_q, w_k), -np.inf)
            ),
            "These are the weights. The output is what they mix: weights @ v.",
        ),
        "s-axis": Mistake(
            shared(partial(soft, axis=0)),
            "The columns of your weights sum to 1. Each token that asks has one whole "
            "to share out: every row must sum to 1, so the softmax runs along rows.",
        ),
        "s-residual-token": Mistake(
            lambda x, w_q, w_k, w_v, mask: x + attend(x @ w_q, x @ w_k, x @ w_v, mask),
            "Your output has x itself added on top. A shortcut round the layer comes "
            "later, in the Transformer block; here the output is the mixture alone.",
        ),
        "s-residual": Mistake(
            lambda x, w_q, w_k, w_v, mask: (
                attend(x @ w_q, x @ w_k, x @ w_v, mask) + x @ w_v
            ),
            "Each token's own value is added to your output. A shortcut round the "
            "layer comes later, in the Transformer block; here the output is the "
            "mixture alone.",
        ),
    },
    also_right={
        "one token after another": one_token_after_another,
        "one matrix for all three": one_matrix_for_all_three,
        "queries and keys in one matrix": lambda x, w_q, w_k, w_v, mask: attend(
            x @ (w_q @ w_k.T) * np.sqrt(x.shape[1] / w_k.shape[1]), x, x @ w_v, mask
        ),
        "scaled queries": lambda x, w_q, w_k, w_v, mask: (
            soft(
                (x @ (w_q / np.sqrt(w_q.shape[1]))) @ (x @ w_k).T
                + np.where(mask, 0.0, -np.inf)
            )
            @ (x @ w_v)
        ),
    },
    hints=(
        "Three products with x give queries, keys and values; from there on it is "
        "dot-product attention as you know it.",
        "`np.where(mask, scores, -np.inf)` hides; the softmax runs along the last "
        "axis, over the tokens that are asked.",
        "The root is that of `w_k.shape[1]`. Multiply the weights with `x @ w_v`.",
    ),
    question_after=(
        "One question about your function: exchange two rows of x, with a mask that "
        "allows everything. What happens to the output?"
    ),
    answer_after=(
        "The same two rows of the output change places, and nothing else happens: "
        "self-attention is equivariant."
    ),
)
