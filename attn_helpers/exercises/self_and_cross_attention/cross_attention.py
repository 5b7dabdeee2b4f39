"""A sequence that reads another."""

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


def cross_attention(x, source, real, w_q, w_k, w_v):
    """Let every token of ``x`` ask the real tokens of another sequence."""
    q, k, v = x @ w_q, source @ w_k, source @ w_v
    scores = q @ k.T / np.sqrt(k.shape[-1])  # (t_q, t_k)
    hidden = np.where(real, scores, -np.inf)  # real (t_k,): the same for every row
    grown = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return weights @ v


def at_once(scores):
    """All exponentials divided by one sum."""
    grown = np.exp(scores - scores.max())
    return grown / grown.sum()


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


EXERCISE = Exercise(
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
