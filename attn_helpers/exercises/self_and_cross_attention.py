"""Exercises of chapter 6: self-attention, cross-attention, masks, and finding leaks."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from attn_helpers.exercises._types import Case, Exercise, Mistake

CHAPTER = "06_self_and_cross_attention"

OUTPUT = "where does component {1} of the output for token {0} come from?"
FINITE = (
    "A hidden score became a finite number. It is still read, a little, and where all "
    "the scores of a row are lower it is read most. Only -inf has the exponential 0."
)
WHOLE_SUM = (
    "You divided by the sum of the whole table. Each token that asks has one whole to "
    "share out: every row must sum to 1."
)
UNSHARED = (
    "Your rows do not sum to 1: the exponentials are to be divided by the sum of their "
    "row."
)


# ------------------------------------------------------------------ the answers
# [self-attention-solution]
def self_attention(x, w_q, w_k, w_v, mask):
    """Let every token of a sequence ask, answer and hand over."""
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    scores = q @ k.T / np.sqrt(k.shape[-1])  # (t, t)
    hidden = np.where(mask, scores, -np.inf)
    grown = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return weights @ v


# [self-attention-solution-end]


# [cross-attention-solution]
def cross_attention(x, source, real, w_q, w_k, w_v):
    """Let every token of ``x`` ask the real tokens of another sequence."""
    q, k, v = x @ w_q, source @ w_k, source @ w_v
    scores = q @ k.T / np.sqrt(k.shape[-1])  # (t_q, t_k)
    hidden = np.where(real, scores, -np.inf)  # real (t_k,): the same for every row
    grown = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return weights @ v


# [cross-attention-solution-end]


# [three-masks-solution]
def three_masks(source_real, target_real):
    """The masks of an encoder, of a decoder, and of its look at the source."""
    t_s, t_t = source_real.shape[1], target_real.shape[1]
    past = np.tril(np.ones((t_t, t_t), dtype=bool))
    encoder = np.repeat(source_real[:, None], t_s, axis=1)  # (b, t_s, t_s)
    decoder = target_real[:, None] & past  # (b, t_t, t_t), rows may be empty
    cross = np.repeat(source_real[:, None], t_t, axis=1)  # (b, t_t, t_s)
    return encoder, decoder, cross


# [three-masks-solution-end]


# [mask-for-folded-heads-solution]
def mask_for_folded_heads(real, num_heads, t_q):
    """A padding mask for heads that were folded into the batch axis."""
    per_head = np.repeat(real, num_heads, axis=0)  # (b * h, t_k)
    return np.repeat(per_head[:, None], t_q, axis=1)


# [mask-for-folded-heads-solution-end]


# [find-leaks-solution]
def my_leaks(layer, x, mask):
    """Which pairs that the mask forbids are felt all the same."""
    before, rng = layer(x), np.random.default_rng(0)
    felt = np.zeros(mask.shape, dtype=bool)
    for j in range(len(x)):
        nudged = x.copy()
        nudged[j] += rng.standard_normal(x.shape[1])
        felt[:, j] = (layer(nudged) != before).any(axis=-1)
    return felt & ~mask


# [find-leaks-solution-end]


# --------------------------------------------------------------- self-attention
def soft(scores, axis=-1):
    """The softmax that the wrong programs below are built from; a dead row is 0."""
    peak = scores.max(axis=axis, keepdims=True)
    grown = np.exp(scores - np.where(np.isfinite(peak), peak, 0.0))
    total = grown.sum(axis=axis, keepdims=True)
    return grown / np.where(total == 0.0, 1.0, total)


def attend(q, k, v, mask):
    scores = q @ k.T / np.sqrt(k.shape[-1])
    return soft(np.where(mask, scores, -np.inf)) @ v


def tokens(rng, t, d_model, d_k, d_v):
    shapes = (t, d_model), (d_model, d_k), (d_model, d_k), (d_model, d_v)
    return tuple(rng.standard_normal(shape) for shape in shapes)


def causal(t_q, t_k=None, shift=0):
    return np.tril(np.ones((t_q, t_k or t_q), dtype=bool), shift)


def self_cases(seed):
    rng = np.random.default_rng(seed)
    patchy = (rng.random((7, 7)) < 0.5) | np.eye(7, dtype=bool)
    return [
        Case("5 tokens, d_model 3, causal", (*tokens(rng, 5, 3, 2, 7), causal(5))),
        Case("7 tokens, a patchy mask", (*tokens(rng, 7, 5, 11, 3), patchy)),
        Case("5 of everything, causal", (*tokens(rng, 5, 5, 5, 5), causal(5))),
        Case(
            "5 of everything, all allowed",
            (*tokens(rng, 5, 5, 5, 5), np.ones((5, 5), dtype=bool)),
        ),
        Case("3 tokens, d_k 1", (*tokens(rng, 3, 2, 1, 2), causal(3))),
        Case("all scores far below 0", (*lowered(*tokens(rng, 5, 3, 3, 2)), causal(5))),
    ]


def lowered(x, w_q, w_k, *rest):
    """Tokens whose scores all lie between -100 and -700, where exp is not yet 0."""
    return 2 + x / 4, 2 + w_q / 4, -2 - w_k / 4, *rest


def scaled_scores(x, w_q, w_k):
    return (x @ w_q) @ (x @ w_k).T / np.sqrt(w_k.shape[1])


def filled_with(number):
    """Self-attention that puts a finite number in place of a hidden score."""

    def program(x, w_q, w_k, w_v, mask):
        scores = np.where(mask, scaled_scores(x, w_q, w_k), number)
        return soft(scores) @ (x @ w_v)

    return program


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


SELF_ATTENTION = Exercise(
    id="self-attention",
    chapter=CHAPTER,
    title="A sequence that reads itself",
    answer=self_attention,
    returns={"output": OUTPUT},
    cases=self_cases,
    mistakes={
        "s-tied": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_q, x @ w_q, x @ w_v, mask),
            "Your keys came out of the query's matrix. Asking and being found are two "
            "things: the keys are x @ w_k.",
        ),
        "s-tied-keys": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_k, x @ w_k, x @ w_v, mask),
            "Your queries came out of the keys' matrix: the queries are x @ w_q.",
        ),
        "s-roles": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_k, x @ w_q, x @ w_v, mask),
            "Queries and keys have changed places, so every score stands at the mirror "
            "image of its place. Rows belong to the tokens that ask: w_q on the left.",
        ),
        "s-raw-values": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_q, x @ w_k, x, mask),
            "You averaged the tokens themselves. What a token hands over is its value, "
            "x @ w_v.",
        ),
        "s-raw": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x, x, x, mask),
            "The three matrices have no effect: x stands for queries, keys and values "
            "at once. Each role has a matrix of its own.",
        ),
        "s-values-after": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_q, x @ w_k, x @ w_k, mask),
            "You averaged the keys. Keys decide where to look; the values, x @ w_v, "
            "are what is read.",
        ),
        "s-value-is-query": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_q, x @ w_k, x @ w_q, mask),
            "You averaged the queries. The values, x @ w_v, are what is read.",
        ),
        "s-transposed": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(
                x @ w_q.T, x @ w_k.T, x @ w_v.T, mask
            ),
            "You transposed the three matrices. They are stored as (d_model, d_k): a "
            "row of x meets a column of the matrix, x @ w. (A torch Linear stores them "
            "the other way round.)",
        ),
        "s-no-scale": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(
                x @ w_q * np.sqrt(w_k.shape[1]), x @ w_k, x @ w_v, mask
            ),
            "The scores are not divided by √d_k.",
        ),
        "s-scale-model": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(
                x @ w_q * np.sqrt(w_k.shape[1] / x.shape[1]), x @ w_k, x @ w_v, mask
            ),
            "You divided by the root of d_model, the width of x. The sum inside a "
            "score runs over d_k numbers, the width of the keys.",
        ),
        "s-scale-value": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(
                x @ w_q * np.sqrt(w_k.shape[1] / w_v.shape[1]), x @ w_k, x @ w_v, mask
            ),
            "You divided by the root of d_v, the width of the values. The sum inside a "
            "score runs over d_k numbers, the width of the keys.",
        ),
        "s-scale-d": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(
                x @ w_q / np.sqrt(w_k.shape[1]), x @ w_k, x @ w_v, mask
            ),
            "You divided by d_k. A typical score is √d_k, so that is what to divide "
            "by.",
        ),
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
            lambda x, w_q, w_k, w_v, mask: (
                plain(
                    np.where(
                        ~mask, (x @ w_q) @ (x @ w_k).T / np.sqrt(w_k.shape[1]), -np.inf
                    )
                )
                @ (x @ w_v)
            ),
            "Your queries read what they must not, and the last one finds nothing at "
            "all: 0/0. True means that the query may attend to the key.",
        ),
        "s-mask-transposed": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(x @ w_q, x @ w_k, x @ w_v, mask.T),
            "You used the mask transposed. Rows are the tokens that ask, columns those "
            "that are asked.",
        ),
        "s-mask-after": Mistake(
            lambda x, w_q, w_k, w_v, mask: (
                (soft((x @ w_q) @ (x @ w_k).T / np.sqrt(w_k.shape[1])) * mask)
                @ (x @ w_v)
            ),
            "You set weights to 0 after the softmax. The rest of the row no longer "
            "sums to 1, and the hidden keys are still felt in the sum it was divided "
            "by.",
        ),
        "s-mask-zero": Mistake(
            lambda x, w_q, w_k, w_v, mask: (
                soft((x @ w_q) @ (x @ w_k).T / np.sqrt(w_k.shape[1]) * mask) @ (x @ w_v)
            ),
            "A hidden score became 0, and exp(0) = 1: the key is still read. Only -inf "
            "has the exponential 0.",
        ),
        "s-weak": Mistake(filled_with(-10.0), FINITE),
        "s-weak-twenty": Mistake(filled_with(-20.0), FINITE),
        "s-weak-hundred": Mistake(filled_with(-100.0), FINITE),
        "s-own-causal": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(
                x @ w_q, x @ w_k, x @ w_v, causal(len(x))
            ),
            "Your program hides the future whatever the mask says. Use the mask it is "
            "given; it need not be causal.",
        ),
        "s-scale-length": Mistake(
            lambda x, w_q, w_k, w_v, mask: attend(
                x @ w_q * np.sqrt(w_k.shape[1] / len(x)), x @ w_k, x @ w_v, mask
            ),
            "You divided by the root of t, the number of tokens. The sum inside a "
            "score runs over d_k numbers, the width of the keys.",
        ),
        "s-lost-axis": Mistake(
            lambda x, w_q, w_k, w_v, mask: (
                normalised_by(x, w_q, w_k, mask, lambda grown: grown.sum(axis=-1))
                @ (x @ w_v)
            ),
            "You divided column j by the sum of row j: without `keepdims=True` the "
            "sums line up with the columns.",
        ),
        "s-whole-sum": Mistake(
            lambda x, w_q, w_k, w_v, mask: (
                normalised_by(x, w_q, w_k, mask, np.sum) @ (x @ w_v)
            ),
            WHOLE_SUM,
        ),
        "s-whole-sum-shifted": Mistake(
            lambda x, w_q, w_k, w_v, mask: (
                wholly_normalised(np.where(mask, scaled_scores(x, w_q, w_k), -np.inf))
                @ (x @ w_v)
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
            "You divided by √d_k after the softmax. The scores are to be divided, "
            "before it; a row of weights must still sum to 1.",
        ),
        "s-features": Mistake(
            features_against_features,
            "Your scores are q.T @ k, feature against feature. Each token is to meet "
            "each token: q @ k.T, a table (t, t).",
        ),
        "s-weights-transposed": Mistake(
            lambda x, w_q, w_k, w_v, mask: (
                normalised_by(
                    x, w_q, w_k, mask, lambda grown: grown.sum(axis=-1, keepdims=True)
                ).T
                @ (x @ w_v)
            ),
            "You transposed the weights before you multiplied: each token then gives "
            "by its row where it should receive. It is weights @ v.",
        ),
        "s-weights": Mistake(
            lambda x, w_q, w_k, w_v, mask: normalised_by(
                x, w_q, w_k, mask, lambda grown: grown.sum(axis=-1, keepdims=True)
            ),
            "You return the weights. The output is what they mix: weights @ v.",
        ),
        "s-axis": Mistake(
            lambda x, w_q, w_k, w_v, mask: (
                soft(
                    np.where(
                        mask, (x @ w_q) @ (x @ w_k).T / np.sqrt(w_k.shape[1]), -np.inf
                    ),
                    axis=0,
                )
                @ (x @ w_v)
            ),
            "Your softmax ran down the columns. Each token that asks has one whole to "
            "share out: every row must sum to 1.",
        ),
        "s-residual-token": Mistake(
            lambda x, w_q, w_k, w_v, mask: x + attend(x @ w_q, x @ w_k, x @ w_v, mask),
            "You added x on top. A shortcut round the layer comes later, in the "
            "Transformer block; here the output is the mixture alone.",
        ),
        "s-residual": Mistake(
            lambda x, w_q, w_k, w_v, mask: (
                x[:, :1] * 0 + attend(x @ w_q, x @ w_k, x @ w_v, mask) + x @ w_v
            ),
            "You added each token's own value on top. A shortcut round the layer comes "
            "later, in the Transformer block; here the output is the mixture alone.",
        ),
    },
    also_right={
        "one token after another": one_token_after_another,
        "one matrix for all three": one_matrix_for_all_three,
        "no peak subtracted": lambda x, w_q, w_k, w_v, mask: (
            normalised_by(x, w_q, w_k, mask, lambda grown: grown.sum(1, keepdims=True))
            @ (x @ w_v)
        ),
        "scaled queries": lambda x, w_q, w_k, w_v, mask: attend(
            x @ (w_q * 1.0), x @ w_k, x @ w_v, mask
        ),
    },
    hints=(
        "Three products with x give queries, keys and values; from there on it is the "
        "attention of chapter 3.",
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


def normalised_by(x, w_q, w_k, mask, total):
    """Exponentials of the right scores, divided by this total of them."""
    scores = (x @ w_q) @ (x @ w_k).T / np.sqrt(w_k.shape[1])
    grown = np.exp(np.where(mask, scores, -np.inf))
    return grown / total(grown)


def wholly_normalised(scores):
    """Each row from its own peak, and all divided by one sum."""
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / grown.sum()


def at_once(scores):
    """All exponentials divided by one sum."""
    grown = np.exp(scores - scores.max())
    return grown / grown.sum()


def plain(scores):
    """A softmax that makes nan of a row of -inf."""
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


# -------------------------------------------------------------- cross-attention
def two_sequences(rng, sizes, widths, hidden=0):
    """x, source, real and three matrices; the last ``hidden`` of source are padding."""
    (t_q, t_k), (d, d_source, d_k, d_v) = sizes, widths
    shapes = (t_q, d), (t_k, d_source), (d, d_k), (d_source, d_k), (d_source, d_v)
    x, source, *matrices = (rng.standard_normal(shape) for shape in shapes)
    return x, source, np.arange(t_k) < t_k - hidden, *matrices


def cross_cases(seed):
    rng = np.random.default_rng(seed)
    return [
        Case(
            "5 ask 7, of which 4 are real; d_k 11, d_v 13",
            two_sequences(rng, (5, 7), (3, 2, 11, 13), hidden=3),
        ),
        Case("7 ask 5, all real", two_sequences(rng, (7, 5), (2, 3, 5, 3))),
        Case(
            "5 of everything, 3 real",
            two_sequences(rng, (5, 5), (5, 5, 5, 5), hidden=2),
        ),
        Case("5 ask 7, equal widths", two_sequences(rng, (5, 7), (3, 3, 3, 3))),
        Case("3 ask 2, 1 real", two_sequences(rng, (3, 2), (2, 3, 2, 1), hidden=1)),
        Case(
            "all scores far below 0",
            lowered_pair(*two_sequences(rng, (7, 5), (3, 3, 3, 2), hidden=2)),
        ),
    ]


def lowered_pair(x, source, real, w_q, w_k, w_v):
    x, w_q, w_k, source = lowered(x, w_q, w_k, 2 + source / 4)
    return x, source, real, w_q, w_k, w_v


def crossed(ask, keys, values):
    """Cross-attention whose parts come from where these functions take them."""

    def program(x, source, real, w_q, w_k, w_v):
        parts = (x, source, w_q, w_k, w_v)
        q, k, v = ask(*parts), keys(*parts), values(*parts)
        mask = real[None] if len(k) == len(real) else np.ones((1, len(k)), dtype=bool)
        return attend(q, k, v, mask)

    return program


def right_q(x, source, w_q, w_k, w_v):
    return x @ w_q


def right_k(x, source, w_q, w_k, w_v):
    return source @ w_k


def right_v(x, source, w_q, w_k, w_v):
    return source @ w_v


def masked_cross(mask_of):
    """Right cross-attention under another mask, made from the shapes and ``real``."""

    def program(x, source, real, w_q, w_k, w_v):
        mask = mask_of(len(x), len(source), real)
        return attend(x @ w_q, source @ w_k, source @ w_v, mask)

    return program


def cross_shared(share, fill=-np.inf, of=lambda real: real):
    """Cross-attention with this fill, and this way from scores to weights."""

    def program(x, source, real, w_q, w_k, w_v):
        scores = (x @ w_q) @ (source @ w_k).T / np.sqrt(w_k.shape[1])
        return share(np.where(of(real), scores, fill)) @ (source @ w_v)

    return program


def over_queries(real):
    return real[:, None]


def cross_scaled(divisor):
    def program(x, source, real, w_q, w_k, w_v):
        factor = np.sqrt(w_k.shape[1]) / divisor(x, source, w_k, w_v)
        return attend(x @ w_q * factor, source @ w_k, source @ w_v, real[None])

    return program


REAL_ON_ROWS = (
    "You hid rows: `real[:, None]` lines the source up with the queries. `real` says "
    "which keys are real, so it belongs on the columns: leave it (t_k,)."
)

CROSS_ATTENTION = Exercise(
    id="cross-attention",
    chapter=CHAPTER,
    title="A sequence that reads another",
    answer=cross_attention,
    returns={"output": "what does token {0} of x receive in component {1}?"},
    cases=cross_cases,
    mistakes={
        "x-swapped": Mistake(
            crossed(
                lambda x, source, w_q, w_k, w_v: source @ w_q,
                lambda x, source, w_q, w_k, w_v: x @ w_k,
                lambda x, source, w_q, w_k, w_v: x @ w_v,
            ),
            "The roles are swapped: in yours the source asks. x asks, so the queries "
            "are x @ w_q; the source answers with keys and values.",
        ),
        "x-k-enc-v-dec": Mistake(
            crossed(right_q, right_k, lambda x, source, w_q, w_k, w_v: x @ w_v),
            "Your keys come from the source and your values from x. A value is filed "
            "under its own key, so both come from the source.",
        ),
        "x-v-enc-k-dec": Mistake(
            crossed(right_q, lambda x, source, w_q, w_k, w_v: x @ w_k, right_v),
            "Your values come from the source and your keys from x. A value is filed "
            "under its own key, so both come from the source.",
        ),
        "x-self": Mistake(
            crossed(
                right_q,
                lambda x, source, w_q, w_k, w_v: x @ w_k,
                lambda x, source, w_q, w_k, w_v: x @ w_v,
            ),
            "This is self-attention of x: the source is never read.",
        ),
        "x-self-source": Mistake(
            crossed(
                lambda x, source, w_q, w_k, w_v: source @ w_q,
                right_k,
                right_v,
            ),
            "This is self-attention of the source: x never asks.",
        ),
        "x-concat": Mistake(
            crossed(
                right_q,
                lambda x, source, w_q, w_k, w_v: np.vstack([source, x]) @ w_k,
                lambda x, source, w_q, w_k, w_v: np.vstack([source, x]) @ w_v,
            ),
            "You put x among the keys as well, which mixes self- and cross-attention "
            "in one softmax. Only the source is asked here.",
        ),
        "x-same-w": Mistake(
            crossed(right_q, lambda x, source, w_q, w_k, w_v: source @ w_q, right_v),
            "Your keys were made with the query's matrix: the keys are source @ w_k.",
        ),
        "x-value-is-key": Mistake(
            crossed(right_q, right_k, right_k),
            "You averaged the keys of the source. Its values, source @ w_v, are what "
            "is read.",
        ),
        "x-causal": Mistake(
            masked_cross(lambda t_q, t_k, real: real & causal(t_q, t_k)),
            "You added a causal mask. The whole source is known before the first token "
            "of x is asked for, so every query may read all of it.",
        ),
        "x-no-mask": Mistake(
            masked_cross(lambda t_q, t_k, real: np.ones((t_q, t_k), dtype=bool)),
            "The padding of the source is read: `real` has no effect in yours.",
        ),
        "x-inverted": Mistake(
            masked_cross(lambda t_q, t_k, real: np.tile(~real, (t_q, 1))),
            "Yours reads the padding and nothing else. `real` is True for the tokens "
            "that may be read.",
        ),
        "x-rows": Mistake(
            lambda x, source, real, w_q, w_k, w_v: attend(
                x @ w_q, source @ w_k, source @ w_v, real[:, None]
            ),
            REAL_ON_ROWS,
        ),
        "x-rows-nan": Mistake(cross_shared(plain, of=over_queries), REAL_ON_ROWS),
        "x-rows-low": Mistake(cross_shared(soft, -1e9, over_queries), REAL_ON_ROWS),
        "x-after": Mistake(
            lambda x, source, real, w_q, w_k, w_v: (
                (soft((x @ w_q) @ (source @ w_k).T / np.sqrt(w_k.shape[1])) * real)
                @ (source @ w_v)
            ),
            "You set weights to 0 after the softmax (or the values of the padding, "
            "which comes to the same): the rest of a row no longer sums to 1. Hide the "
            "scores before it.",
        ),
        "x-zero": Mistake(
            lambda x, source, real, w_q, w_k, w_v: attend(
                x @ w_q, (source * real[:, None]) @ w_k, source @ w_v, np.True_
            ),
            "The padding scores 0 in yours (its keys were set to 0, or its scores), "
            "and exp(0) = 1: it is still read. Only -inf has the exponential 0.",
        ),
        "x-weak": Mistake(cross_shared(soft, -10.0), FINITE),
        "x-weak-twenty": Mistake(cross_shared(soft, -20.0), FINITE),
        "x-weak-hundred": Mistake(cross_shared(soft, -100.0), FINITE),
        "x-whole-sum": Mistake(cross_shared(at_once), WHOLE_SUM),
        "x-whole-sum-shifted": Mistake(cross_shared(wholly_normalised), WHOLE_SUM),
        "x-zero-source": Mistake(
            lambda x, source, real, w_q, w_k, w_v: attend(
                x @ w_q,
                (source * real[:, None]) @ w_k,
                (source * real[:, None]) @ w_v,
                np.True_,
            ),
            "You set the padding itself to 0. It then hands over nothing, and still "
            "takes its share of the weights: its scores are 0, and exp(0) = 1.",
        ),
        "x-scale-d": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: w_k.shape[1]),
            "You divided by d_k. A typical score is √d_k, so that is what to divide "
            "by.",
        ),
        "x-scale-length": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: np.sqrt(len(source))),
            "You divided by the root of a number of tokens. The sum inside a score "
            "runs over the d_k numbers of a key.",
        ),
        "x-causal-unpadded": Mistake(
            masked_cross(lambda t_q, t_k, real: causal(t_q, t_k)),
            "You put a causal mask in place of `real`. The whole source is known, so "
            "nothing of it is in the future; only its padding is hidden.",
        ),
        "x-swapped-unmasked": Mistake(
            lambda x, source, real, w_q, w_k, w_v: attend(
                source @ w_q, x @ w_k, x @ w_v, np.True_
            ),
            "The roles are swapped: in yours the source asks. x asks, so the queries "
            "are x @ w_q; the source answers with keys and values.",
        ),
        "x-no-scale": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: 1.0),
            "The scores are not divided by √d_k.",
        ),
        "x-scale-v": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: np.sqrt(w_v.shape[1])),
            "You divided by √d_v. The sum inside a score runs over the d_k numbers of "
            "a key.",
        ),
        "x-scale-x": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: np.sqrt(x.shape[1])),
            "You divided by the root of the width of x. The sum inside a score runs "
            "over the d_k numbers of a key.",
        ),
        "x-scale-source": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: np.sqrt(source.shape[1])),
            "You divided by the root of the width of the source. The sum inside a "
            "score runs over the d_k numbers of a key.",
        ),
        "x-axis": Mistake(
            lambda x, source, real, w_q, w_k, w_v: (
                soft(
                    np.where(
                        real,
                        (x @ w_q) @ (source @ w_k).T / np.sqrt(w_k.shape[1]),
                        -np.inf,
                    ),
                    axis=0,
                )
                @ (source @ w_v)
            ),
            "Your softmax ran down the columns, so the source shares out the queries. "
            "Each query has one whole to share out: every row must sum to 1.",
        ),
    },
    also_right={
        "the padding cut off": lambda x, source, real, w_q, w_k, w_v: attend(
            x @ w_q, source[real] @ w_k, source[real] @ w_v, np.True_
        ),
        "no peak subtracted": cross_shared(
            lambda scores: np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
        ),
        "one query after another": lambda x, source, real, w_q, w_k, w_v: np.array(
            [
                attend(row[None] @ w_q, source @ w_k, source @ w_v, real[None])[0]
                for row in x
            ]
        ),
        "values averaged before their matrix": lambda x, source, real, w_q, w_k, w_v: (
            attend(x @ w_q, source @ w_k, source, real[None]) @ w_v
        ),
    },
    hints=(
        "Write the shape of each of the five products on paper. Who asks? Who answers?",
        "Queries come from x; keys and values both come from the source. The table of "
        "scores has as many rows as x and as many columns as the source.",
        "`real` has one entry a column: `np.where(real, scores, -np.inf)` lines it up "
        "with the last axis by itself.",
    ),
    question_after=(
        "One question about your function: exchange two rows of the source, and the "
        "same two entries of `real`. Which rows of the output move?"
    ),
    answer_after=(
        "None. Each output is a sum over the source, and a sum has no order. Exchange "
        "two rows of x, and two rows of the output change places."
    ),
)


# ------------------------------------------------------------------ three masks
def lengths_as_real(lengths, t):
    return np.arange(t) < np.array(lengths)[:, None]


def masks_cases(seed):
    del seed  # sizes, not numbers: nothing here is random
    pairs = {
        "2 pairs, 5 source and 3 target positions": (([3, 5], 5), ([3, 2], 3)),
        "one pair without padding": (([5], 5), ([3], 3)),
        "3 source and 7 target positions": (([2, 3], 3), ([7, 4], 7)),
        "as many source as target positions": (([2, 5, 4], 5), ([5, 3, 4], 5)),
        "padding in front": (([3, 5], 5), ([3, 2], 3)),
    }
    cases = []
    for name, (source, target) in pairs.items():
        source, target = lengths_as_real(*source), lengths_as_real(*target)
        if name == "padding in front":
            source, target = source[:, ::-1].copy(), target[:, ::-1].copy()
        cases.append(Case(name, (source, target)))
    return cases


def over_rows(real, t):
    return np.repeat(real[:, None], t, axis=1)


def altered(encoder=None, decoder=None, cross=None):
    """The three right masks with some of them replaced."""

    def program(source_real, target_real):
        right = three_masks(source_real, target_real)
        changes = (encoder, decoder, cross)
        return tuple(
            mask if change is None else change(source_real, target_real)
            for mask, change in zip(right, changes, strict=True)
        )

    return program


def causal_source(source, target):
    return source[:, None] & causal(source.shape[1])


def open_source(source, target):
    return np.ones((*source.shape, source.shape[1]), dtype=bool)


def unpadded(source, target):
    return np.tile(causal(target.shape[1]), (len(target), 1, 1))


def causal_look(source, target):
    return source[:, None] & causal(target.shape[1], source.shape[1])


def open_look(source, target):
    return np.ones((*target.shape, source.shape[1]), dtype=bool)


def both(first, second):
    """Rows and columns that are both real."""
    return first[:, :, None] & second[:, None]


THREE_MASKS = Exercise(
    id="three-masks",
    chapter=CHAPTER,
    title="Three masks of a translator",
    answer=three_masks,
    returns={
        "encoder": "in pair {0}, may source token {1} read source token {2}?",
        "decoder": "in pair {0}, may target token {1} read target token {2}?",
        "cross": "in pair {0}, may target token {1} read source token {2}?",
    },
    cases=masks_cases,
    mistakes={
        "t-encoder-causal": Mistake(
            altered(encoder=causal_source),
            "Your encoder is causal. The source is known as a whole, so each of its "
            "tokens may read every real one, the later ones too.",
        ),
        "t-encoder-open": Mistake(
            altered(encoder=open_source),
            "Your encoder reads the padding of the source.",
        ),
        "t-decoder-no-causal": Mistake(
            altered(decoder=lambda source, target: over_rows(target, target.shape[1])),
            "Your decoder sees the words it is to predict. Being real is not enough: a "
            "key must not lie in the future either.",
        ),
        "t-decoder-no-padding": Mistake(
            altered(decoder=unpadded),
            "Your decoder can read padding of the target. Where the padding stands in "
            "front, the causal mask does not hide it.",
        ),
        "t-decoder-strict": Mistake(
            altered(
                decoder=lambda source, target: (
                    target[:, None] & causal(target.shape[1], shift=-1)
                )
            ),
            "In your decoder a token may not read itself, and the first one nothing at "
            "all. It knows its own word already: it is to predict the next.",
        ),
        "t-decoder-peek": Mistake(
            altered(
                decoder=lambda source, target: (
                    target[:, None] & causal(target.shape[1], shift=1)
                )
            ),
            "In your decoder each token sees one word of the future, which is the word "
            "it is to predict.",
        ),
        "t-decoder-triu": Mistake(
            altered(
                decoder=lambda source, target: (
                    target[:, None] & causal(target.shape[1]).T
                )
            ),
            "Your decoder hides the past and shows the future. What came earlier lies "
            "below the diagonal, which is what np.tril keeps.",
        ),
        "t-decoder-or": Mistake(
            altered(
                decoder=lambda source, target: target[:, None] | causal(target.shape[1])
            ),
            "You joined the decoder's two conditions with or. A key must be real and "
            "must not lie in the future: `&`.",
        ),
        "t-cross-causal": Mistake(
            altered(cross=causal_look),
            "Your look at the source is causal. The whole source is known before the "
            "first word of the target is written.",
        ),
        "t-cross-open": Mistake(
            altered(cross=open_look),
            "Your decoder reads the padding of the source.",
        ),
        "t-cross-transposed": Mistake(
            altered(
                cross=lambda source, target: np.swapaxes(
                    over_rows(source, target.shape[1]), 1, 2
                )
            ),
            "Your third mask lies on its side. The decoder asks: its rows are target "
            "positions, its columns source positions.",
        ),
        "t-cross-target-padding": Mistake(
            altered(
                cross=lambda source, target: np.repeat(
                    target[:, :, None], source.shape[1], axis=2
                )
            ),
            "Your third mask asks whether the target token is real. Padding matters "
            "for those who are read: here the columns, the source.",
        ),
        "t-cross-both": Mistake(
            altered(cross=lambda source, target: both(target, source)),
            "Your third mask also empties the rows of padded target tokens. What they "
            "read harms nobody, and a needless empty row is a trap (0/0).",
        ),
        "t-decoder-rows": Mistake(
            altered(
                decoder=lambda source, target: (
                    both(target, target) & causal(target.shape[1])
                )
            ),
            "Your decoder also empties the rows of padded tokens. What they read harms "
            "nobody, and a needless empty row is a trap (0/0). Only keys are hidden.",
        ),
        "t-decoder-own": Mistake(
            altered(
                decoder=lambda source, target: (
                    (target[:, None] & causal(target.shape[1]))
                    | np.eye(target.shape[1], dtype=bool)
                )
            ),
            "You let padding read itself. That keeps its row from being empty, but "
            "here no query may read padding; leave the row empty, as the text says.",
        ),
        "t-encoder-rows": Mistake(
            altered(encoder=lambda source, target: both(source, source)),
            "Your encoder also empties the rows of padded tokens. What they read harms "
            "nobody, and a needless empty row is a trap (0/0). Only keys are hidden.",
        ),
        "t-encoder-decoder-rows": Mistake(
            altered(
                encoder=lambda source, target: both(source, source),
                decoder=lambda source, target: (
                    both(target, target) & causal(target.shape[1])
                ),
            ),
            "Encoder and decoder also empty the rows of padded tokens. What they read "
            "harms nobody, and a needless empty row is a trap (0/0). Only keys are "
            "hidden.",
        ),
        "t-encoder-cross-both": Mistake(
            altered(
                encoder=lambda source, target: both(source, source),
                cross=lambda source, target: both(target, source),
            ),
            "Your encoder and your third mask also empty the rows of padded tokens. "
            "What they read harms nobody, and a needless empty row is a trap (0/0).",
        ),
        "t-decoder-cross-both": Mistake(
            altered(
                decoder=lambda source, target: (
                    both(target, target) & causal(target.shape[1])
                ),
                cross=lambda source, target: both(target, source),
            ),
            "Your decoder and your third mask also empty the rows of padded tokens. "
            "What they read harms nobody, and a needless empty row is a trap (0/0).",
        ),
        "t-all-rows": Mistake(
            lambda source, target: (
                both(source, source),
                both(target, target) & causal(target.shape[1]),
                both(target, source),
            ),
            "All three masks empty the rows of padded tokens. Only keys are hidden; "
            "what a padded token reads harms nobody, and a needless empty row is a "
            "trap (0/0).",
        ),
        "t-inverted": Mistake(
            lambda source, target: tuple(~mask for mask in three_masks(source, target)),
            "Every entry is the opposite of what it should be. Here True means that "
            "the query may read the key.",
        ),
        "t-no-padding": Mistake(
            altered(open_source, unpadded, open_look),
            "None of your masks hides padding.",
        ),
        "t-source-open": Mistake(
            altered(encoder=open_source, cross=open_look),
            "Padding of the source is read, by the encoder and by the decoder.",
        ),
        "t-source-causal": Mistake(
            altered(encoder=causal_source, cross=causal_look),
            "Only the decoder's own mask hides the future; the source is known as a "
            "whole.",
        ),
        "t-rows-for-columns": Mistake(
            lambda source, target: (
                np.repeat(source[:, :, None], source.shape[1], axis=2),
                target[:, :, None] & causal(target.shape[1]),
                np.repeat(target[:, :, None], source.shape[1], axis=2),
            ),
            "Padding went onto the rows in all three. A row is a query; what must not "
            "be read is a column.",
        ),
        "t-swapped": Mistake(
            lambda source, target: three_masks(target, source),
            "Source and target have changed places: it is the target that is written "
            "word by word, and so needs the causal mask.",
        ),
    },
    also_right={
        "three loops": lambda source_real, target_real: tuple(
            np.array(
                [
                    [
                        [bool(r[j]) and (not c or j <= i) for j in range(len(r))]
                        for i in range(rows)
                    ]
                    for r in real
                ]
            )
            for real, rows, c in (
                (source_real, source_real.shape[1], False),
                (target_real, target_real.shape[1], True),
                (source_real, target_real.shape[1], False),
            )
        ),
        "comparison of positions": lambda source_real, target_real: (
            source_real[:, None] & np.ones((source_real.shape[1], 1), dtype=bool),
            target_real[:, None]
            & (
                np.arange(target_real.shape[1])
                <= np.arange(target_real.shape[1])[:, None]
            ),
            source_real[:, None] & np.ones((target_real.shape[1], 1), dtype=bool),
        ),
    },
    hints=(
        "For each mask: who asks (rows), who is asked (columns), and which of those "
        "asked must stay hidden?",
        "`real[:, None]` has the axes (b, 1, t_k) and says of each key whether it is "
        "real. Only one of the three masks also hides the future.",
        "`np.repeat(source_real[:, None], t, axis=1)` gives every query the same row; "
        "the decoder's is `target_real[:, None] & np.tril(...)`.",
    ),
    question_after=(
        "One question about your masks: the target is one word longer than before. "
        "Which of the three change shape?"
    ),
    answer_after=(
        "Two: the decoder's gains a row and a column, the third one a row. The "
        "encoder's knows nothing of the target."
    ),
)


# --------------------------------------------------------- mask for folded heads
def folded_cases(seed):
    del seed  # sizes, not numbers: nothing here is random
    return [
        Case("2 sentences, 3 heads", (lengths_as_real([3, 5], 5), 3, 2)),
        Case("3 sentences, 2 heads", (lengths_as_real([4, 1, 2], 5), 2, 7)),
        Case("1 sentence, 3 heads", (lengths_as_real([2], 3), 3, 5)),
        Case("2 sentences, 1 head", (lengths_as_real([4, 9], 11), 1, 2)),
        Case("as many heads as sentences", (lengths_as_real([2, 3], 3), 2, 3)),
    ]


def rows_of(per_head, t_q):
    return np.repeat(per_head[:, None], t_q, axis=1)


FOLDED_HEADS = Exercise(
    id="mask-for-folded-heads",
    chapter=CHAPTER,
    title="A mask for folded heads",
    answer=mask_for_folded_heads,
    returns={"mask": "may query {1} of folded row {0} read key {2}?"},
    cases=folded_cases,
    mistakes={
        "f-tile": Mistake(
            lambda real, num_heads, t_q: rows_of(np.tile(real, (num_heads, 1)), t_q),
            "Your rows run sentence 0, sentence 1, sentence 0, sentence 1. The heads "
            "of a sentence stand side by side, 0, 0, 1, 1, so yours hides one "
            "sentence's padding in another: repeat, where you tile.",
        ),
        "f-tile-queries": Mistake(
            lambda real, num_heads, t_q: np.tile(real, (num_heads, t_q, 1)).reshape(
                len(real) * num_heads, t_q, -1
            ),
            "In yours the queries of one folded row come from several sentences: "
            "np.tile says the list of sentences over and over. Repeat the row of a "
            "sentence for each of its heads, then for each query.",
        ),
        "f-causal": Mistake(
            lambda real, num_heads, t_q: (
                mask_for_folded_heads(real, num_heads, t_q) & causal(t_q, real.shape[1])
            ),
            "You added a causal mask. Only padding is to be hidden here.",
        ),
        "f-first": Mistake(
            lambda real, num_heads, t_q: rows_of(
                np.tile(real[:1], (len(real) * num_heads, 1)), t_q
            ),
            "Every row got the padding of the first sentence.",
        ),
        "f-any": Mistake(
            lambda real, num_heads, t_q: rows_of(
                np.tile(real.any(axis=0), (len(real) * num_heads, 1)), t_q
            ),
            "Every row may read whatever is real in any sentence. Each sentence has "
            "padding of its own.",
        ),
        "f-keys": Mistake(
            lambda real, num_heads, t_q: np.repeat(
                rows_of(real, t_q), num_heads, axis=-1
            ),
            "You repeated the keys. The heads lie on the batch axis, the first one.",
        ),
        "f-queries": Mistake(
            lambda real, num_heads, t_q: np.repeat(
                rows_of(real, t_q), num_heads, axis=1
            ),
            "You repeated the queries. The heads lie on the batch axis, the first one.",
        ),
        "f-unfolded": Mistake(
            lambda real, num_heads, t_q: np.repeat(
                rows_of(real, t_q)[:, None], num_heads, axis=1
            ),
            "The heads have an axis of their own in yours, (b, h, t_q, t_k). Here they "
            "are folded into the first: (b · h, t_q, t_k).",
        ),
        "f-no-heads": Mistake(
            lambda real, num_heads, t_q: rows_of(real, t_q),
            "There is one row for each sentence. Each of its heads needs one.",
        ),
        "f-no-queries": Mistake(
            lambda real, num_heads, t_q: np.repeat(real, num_heads, axis=0),
            "The axis of the queries is missing: (b · h, t_q, t_k) is asked for.",
        ),
        "f-one-query": Mistake(
            lambda real, num_heads, t_q: np.repeat(real, num_heads, axis=0)[:, None],
            "The axis of the queries has length 1. Where it is broadcast that would "
            "do; asked for is the whole mask, (b · h, t_q, t_k).",
        ),
        "f-rows": Mistake(
            lambda real, num_heads, t_q: np.repeat(
                np.repeat(real, num_heads, axis=0)[:, :, None], t_q, axis=2
            ),
            "Padding went onto the rows. A row is a query; what must not be read is a "
            "column.",
        ),
        "f-inverted": Mistake(
            lambda real, num_heads, t_q: ~mask_for_folded_heads(real, num_heads, t_q),
            "Every entry is the opposite of what it should be. Here True means that "
            "the query may read the key.",
        ),
    },
    also_right={
        "heads unfolded, then folded": lambda real, num_heads, t_q: np.broadcast_to(
            real[:, None, None], (len(real), num_heads, t_q, real.shape[1])
        ).reshape(-1, t_q, real.shape[1]),
        "a list of sentences": lambda real, num_heads, t_q: np.array(
            [[row] * t_q for row in real for _ in range(num_heads)]
        ),
        "by number": lambda real, num_heads, t_q: rows_of(
            real[np.arange(len(real) * num_heads) // num_heads], t_q
        ),
    },
    hints=(
        "`(b, h, t, d)` reshaped to `(b · h, t, d)`: write down which sentence and "
        "which head each row of the new first axis holds, for b = 2 and h = 3.",
        "`np.repeat` says everything h times before it goes on; `np.tile` says the "
        "whole list h times.",
        "`np.repeat(real, num_heads, axis=0)` gives (b · h, t_k); the queries all get "
        "the same row.",
    ),
    question_after=(
        "One question about your mask: with which batches does the wrong order go "
        "unnoticed?"
    ),
    answer_after=(
        "With one sentence, with sentences of equal length, and with one head. A test "
        "on such a batch passes and proves nothing."
    ),
)


# ------------------------------------------------------------------- find leaks
@dataclass(frozen=True)
class Layer:
    """Self-attention with a mask that is right or wrong, as a function of x."""

    fault: str
    mask: tuple
    form: str = "whole"  # of what it reads, or of what it says

    def __call__(self, x):
        if self.form == "centred":
            # rounded: one number added to every feature leaves no trace at all
            x = np.round(x - x.mean(axis=-1, keepdims=True), 9)
        if self.form in ("centred", "all but the first"):
            x = x[:, 1:]
        output = self.weights(x) @ x
        if self.form == "opposites":
            return output[:, :1] * [1.0, -1.0]
        if self.form == "one component":
            return output * [1.0, 0.0, 0.0]
        return output

    def weights(self, x):
        mask = np.array(self.mask)
        scores = x @ x[:, ::-1].T / np.sqrt(x.shape[1])
        if self.fault == "after":
            return soft(scores) * mask
        fill = {"none": -np.inf, "zero": 0.0, "weak": -21.0}[self.fault]
        return soft(np.where(mask, scores, fill))

    def __repr__(self):
        return "<a layer of self-attention>"


def leak_cases(seed):
    rng = np.random.default_rng(seed)
    past, own = causal(5), np.eye(5, dtype=bool)
    padding = (np.arange(5) < 3) | own
    window = causal(5) & ~causal(5, shift=-2)

    def case(name, fault, used, meant, x=None, form="whole"):
        x = rng.standard_normal((len(meant), 3)) if x is None else x
        layer = Layer(fault, tuple(map(tuple, used.tolist())), form)
        return Case(name, (layer, x, meant.copy()))

    small = rng.standard_normal((5, 3)) / 2
    empty = rng.standard_normal((5, 3)) * [[1], [1], [1], [0], [1]]
    eighths = rng.integers(-16, 17, (5, 4)) / 8  # their means are exact
    ahead, seen = causal(5, shift=1), "all but the first"
    return [
        case("a right layer", "none", past, past),
        case("the softmax before the mask", "after", past, past),
        case("off by one", "none", causal(5, shift=1), past),
        case("a mask that is hardly one", "weak", past, past, small),
        case("padding that scores 0", "zero", padding, padding),
        case("a mask upside down", "none", past.T, past),
        case("a window that is too wide", "none", past, window),
        case("a token of zeros", "zero", past, past, empty),
        case("7 tokens, one stray cell", "none", stray(7), causal(7)),
        case("a token that reads nothing, another out of reach", "none", cut(), past),
        case(
            "a layer that centres each token", "none", ahead, past, eighths, "centred"
        ),
        case("a layer blind to feature 0", "none", ahead, past, form=seen),
        case("outputs that sum to 0", "none", ahead, past, form="opposites"),
        case("two components at rest", "none", ahead, past, form="one component"),
    ]


def stray(t):
    mask = causal(t)
    mask[1, 4] = True
    return mask


def cut():
    """A mask where token 0 reads nothing, and token 4 neither reads nor is read."""
    mask = causal(5)
    mask[0] = mask[4] = False
    return mask


def nudging(change, moved=None):
    """A leak test that changes a token so, and calls so what has moved."""
    moved = moved or (lambda after, before: (after != before).any(axis=-1))

    def program(layer, x, mask):
        before = layer(x)
        felt = np.zeros(mask.shape, dtype=bool)
        for j in range(len(x)):
            nudged = x.copy()
            change(nudged, j)
            felt[:, j] = moved(layer(nudged), before)
        return felt & ~mask

    return program


def stir(x, j):
    x[j] += np.random.default_rng(j).standard_normal(x.shape[1])


def add_one(x, j):
    x[j] += 1.0


def add_one_draw(x, j):
    x[j] += np.random.default_rng(j).standard_normal()


def first_feature(x, j):
    x[j, 0] += 1.0


def set_zero(x, j):
    x[j] = 0.0


def add_crumb(x, j):
    x[j] += 1e-18 * np.arange(1, x.shape[1] + 1)


def change_rest(x, j):
    x[j:] += np.random.default_rng(j).standard_normal(x[j:].shape)


def felt_by(layer, x):
    """Who feels whom, by nudging one token after another."""
    nothing = np.zeros((len(x), len(x)), dtype=bool)
    return nudging(stir)(layer, x, nothing)


def alone(x, j):
    """A step for token j and none for the others."""
    step = np.zeros_like(x)
    stir(step, j)
    return step


def growing(layer, x, mask):
    """The nudges are never taken back."""
    x, felt = x.copy(), np.zeros(mask.shape, dtype=bool)
    before = layer(x)
    for j in range(len(x)):
        stir(x, j)
        felt[:, j] = (layer(x) != before).any(axis=-1)
    return felt & ~mask


ONE_NUMBER = (
    "You add the same number to every feature of a token. A layer that first subtracts "
    "each token's mean (chapter 9 has them) does not notice. Add a vector of different "
    "numbers."
)

FIND_LEAKS = Exercise(
    id="find-leaks",
    chapter=CHAPTER,
    title="Find the leak without a gradient",
    answer=my_leaks,
    returns={"leaks": "does output {0} move when token {1} does, and may it not?"},
    cases=leak_cases,
    mistakes={
        "l-felt": Mistake(
            lambda layer, x, mask: felt_by(layer, x),
            "You report every pair that is felt. A leak is a pair that is felt and "
            "that the mask forbids.",
        ),
        "l-allowed": Mistake(
            lambda layer, x, mask: felt_by(layer, x) & mask,
            "You report the pairs that are felt and allowed. A leak is felt and "
            "forbidden: `~mask`.",
        ),
        "l-cut": Mistake(
            lambda layer, x, mask: mask & ~felt_by(layer, x),
            "You report what is allowed and not felt. Those pairs are cut, which is "
            "worth knowing too; a leak is felt and forbidden.",
        ),
        "l-differ": Mistake(
            lambda layer, x, mask: mask ^ felt_by(layer, x),
            "You report every difference between mask and effect. That holds two kinds "
            "of fault: leaks, and pairs that are cut though allowed. Leaks alone are "
            "asked for.",
        ),
        "l-transposed": Mistake(
            lambda layer, x, mask: felt_by(layer, x).T & ~mask,
            "Your table lies on its side. Nudging token j shows who feels j, which is "
            "column j: rows are outputs, columns are tokens.",
        ),
        "l-forbidden": Mistake(
            lambda layer, x, mask: ~mask,
            "You report every forbidden pair, whether anything comes through or not. "
            "Nudge a token and see which outputs move.",
        ),
        "l-growing": Mistake(
            growing,
            "You never take a nudge back, so from the second token on several tokens "
            "have moved at once. Start each time from a copy of the untouched x.",
        ),
        "l-rest": Mistake(
            nudging(change_rest),
            "You nudge token j and all that follow it. Then an output may move because "
            "of a later token: nudge one token at a time.",
        ),
        "l-close": Mistake(
            nudging(
                stir, lambda after, before: ~np.isclose(after, before).all(axis=-1)
            ),
            "You let small changes pass, as np.isclose and np.allclose do. A mask that "
            "hides nearly everything still leaks; a weight of exactly 0 moves nothing "
            "at all, so compare with `!=`.",
        ),
        "l-zero": Mistake(
            nudging(set_zero),
            "You set a token to 0, or scale it. A token that is 0 already does not "
            "change by that: add something to it.",
        ),
        "l-constant": Mistake(
            nudging(add_one),
            ONE_NUMBER,
        ),
        "l-constant-random": Mistake(nudging(add_one_draw), ONE_NUMBER),
        "l-one-feature": Mistake(
            nudging(first_feature),
            "You change one feature of a token, and a layer need not look at that one. "
            "Change them all, each by another number.",
        ),
        "l-every-component": Mistake(
            nudging(stir, lambda after, before: (after != before).all(axis=-1)),
            "You ask whether every component of an output has moved. One is enough: "
            "`.any(axis=-1)`.",
        ),
        "l-sum": Mistake(
            nudging(stir, lambda after, before: (after - before).sum(axis=-1) != 0),
            "You add up how far the components have moved, and what goes up in one may "
            "go down in another. Ask whether any has moved: `.any(axis=-1)`.",
        ),
        "l-crumb": Mistake(
            nudging(add_crumb),
            "Your nudge is so small that it is lost in rounding: x + 1e-18 is x. "
            "Numbers about as large as 1 are good steps.",
        ),
        "l-all-move": Mistake(
            nudging(stir, lambda after, before: (after != before).all()),
            "You ask whether the whole output has moved, which gives the same answer "
            "for every query. Ask each row: `.any(axis=-1)`.",
        ),
        "l-any-move": Mistake(
            nudging(stir, lambda after, before: (after != before).any()),
            "You ask whether anything has moved anywhere, and mark the whole column. "
            "Ask each row: `.any(axis=-1)`.",
        ),
        "l-future": Mistake(
            lambda layer, x, mask: felt_by(layer, x) & ~causal(len(x)),
            "You look only at the future, above the diagonal. The mask says what is "
            "forbidden, and padding or a window forbid other pairs.",
        ),
        "l-blind-row": Mistake(
            lambda layer, x, mask: (
                felt_by(layer, x) & ~mask & (np.arange(len(x)) == len(x) - 1)
            ),
            "You nudge only the last token. A leak may start anywhere: nudge each of "
            "them in turn.",
        ),
    },
    also_right={
        "steps of different length": nudging(
            lambda x, j: np.subtract.at(x, j, np.arange(1, x.shape[1] + 1) / 3)
        ),
        "a tolerance far below the leak": nudging(
            stir, lambda after, before: (np.abs(after - before) > 1e-11).any(axis=-1)
        ),
        "forbidden pairs alone": lambda layer, x, mask: np.array(
            [
                [
                    not mask[i, j]
                    and bool((layer(x + alone(x, j)) != layer(x))[i].any())
                    for j in range(len(x))
                ]
                for i in range(len(x))
            ]
        ),
    },
    hints=(
        "If output i moves when token j is changed, then i feels j, by whatever way.",
        "For each j: copy x, add a random vector to row j, run the layer, and compare "
        "with its first output, row by row. That fills column j.",
        "Felt and forbidden: `felt & ~mask`. Which comparison notices even a weight of "
        "a millionth?",
    ),
    question_after=(
        "One question about your test: it runs the layer t + 1 times for t tokens. How "
        "many backward passes does the gradient test need?"
    ),
    answer_after=(
        "One for each number of the output, t times d_v: each gives a whole row of "
        "the Jacobian. The nudges find the columns, and need no gradient."
    ),
)

EXERCISES = (SELF_ATTENTION, CROSS_ATTENTION, THREE_MASKS, FOLDED_HEADS, FIND_LEAKS)
