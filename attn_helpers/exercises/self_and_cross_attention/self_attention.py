"""A sequence that reads itself."""

from functools import partial

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.self_and_cross_attention.programs import (
    FINITE,
    WHOLE_SUM,
    attend,
    causal,
    lowered,
    plain,
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


def tokens(rng, t, d_model, d_k, d_v):
    shapes = (t, d_model), (d_model, d_k), (d_model, d_k), (d_model, d_v)
    return tuple(rng.standard_normal(shape) for shape in shapes)


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


def normalised_by(x, w_q, w_k, mask, total):
    """Exponentials of the right scores, divided by this total of them."""
    scores = (x @ w_q) @ (x @ w_k).T / np.sqrt(w_k.shape[1])
    grown = np.exp(np.where(mask, scores, -np.inf))
    return grown / total(grown)


EXERCISE = Exercise(
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
