"""A sequence that reads another."""

from functools import partial

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.self_and_cross_attention.programs import (
    FINITE,
    HALF_D,
    HERE_AND_THERE,
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
    real_in,
    real_places,
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


def cross_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, sizes, widths, real):
        x, source, *matrices = between(rng, *sizes, widths)
        return Case(name, (x, source, real, *matrices))

    every_token = np.ones(5, dtype=bool)
    return [
        *(
            case(f"5 ask 7, d_k 11, d_v 13, {kind}", (5, 7), (3, 2, 11, 13), real)
            for kind, real in real_places(7).items()
        ),
        case("7 ask 5, all real", (7, 5), (2, 3, 5, 3), every_token),
        *(
            case(f"{name}, padding here and there", sizes, widths, scattered(sizes[1]))
            for name, sizes, widths in (
                ("7 ask 5", (7, 5), (2, 3, 5, 3)),
                ("5 of everything", (5, 5), (5, 5, 5, 5)),
                ("5 ask 7, equal widths", (5, 7), (3, 3, 3, 3)),
                ("1 asks 5", (1, 5), (2, 3, 2, 1)),
                ("3 ask 2", (3, 2), (2, 3, 1, 2)),
                ("17 ask 19, d_k 23", (17, 19), (18, 20, 23, 21)),
            )
        ),
        *(Case(name, parts) for name, parts in extremes(rng).items()),
    ]


def scattered(t):
    return real_in(t, HERE_AND_THERE)[0]


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


def cross_scores(x, source, w_q, w_k):
    return (x @ w_q) @ (source @ w_k).T / np.sqrt(w_k.shape[1])


def cross_shared(share, hide=lambda scores, real: np.where(real, scores, -np.inf)):
    """Cross-attention with this way to hide, and this way from scores to weights."""

    def program(x, source, real, w_q, w_k, w_v):
        scores = cross_scores(x, source, w_q, w_k)
        return share(hide(scores, real)) @ (source @ w_v)

    return program


def cross_filled(number, of=lambda real: real):
    return cross_shared(soft, lambda scores, real: np.where(of(real), scores, number))


def over_queries(real):
    return real[:, None]


def cross_scaled(divisor):
    def program(x, source, real, w_q, w_k, w_v):
        factor = np.sqrt(w_k.shape[1]) / divisor(x, source, w_k, w_v)
        return attend(x @ w_q * factor, source @ w_k, source @ w_v, real[None])

    return program


def cross_loud_peak(x, source, real, w_q, w_k, w_v):
    """The largest of all scores is subtracted, that of padding too."""
    scores = cross_scores(x, source, w_q, w_k)
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True)) * real
    return grown / grown.sum(axis=-1, keepdims=True) @ (source @ w_v)


def first_places(t_q, t_k, real):
    """As many keys as are real, and always the first."""
    return np.tile(np.arange(t_k) < real.sum(), (t_q, 1))


REAL_ON_ROWS = (
    "Rows are hidden in yours, as `real[:, None]` does: it lines the source up with "
    "the queries. `real` says which keys are real, so it belongs on the columns: leave "
    "it (t_k,)."
)


SWAPPED = (
    "The roles are swapped: in yours the source asks. x asks, so the queries are "
    "x @ w_q; the source answers with keys and values."
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
            SWAPPED,
        ),
        "x-swapped-unmasked": Mistake(
            lambda x, source, real, w_q, w_k, w_v: attend(
                source @ w_q, x @ w_k, x @ w_v, np.True_
            ),
            SWAPPED,
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
            "Your queries read x as well, so self- and cross-attention are mixed in "
            "one softmax. Only the source is asked here.",
        ),
        "x-same-w": Mistake(
            crossed(right_q, lambda x, source, w_q, w_k, w_v: source @ w_q, right_v),
            "Your keys went through the query's matrix: the keys are source @ w_k.",
        ),
        "x-value-is-key": Mistake(
            crossed(right_q, right_k, right_k),
            "What you mix are the keys of the source. Its values, source @ w_v, are "
            "what is read.",
        ),
        "x-causal": Mistake(
            masked_cross(lambda t_q, t_k, real: real & causal(t_q, t_k)),
            "Your queries do not read the whole source: a causal mask hides what comes "
            "later in it. The source is known before the first token of x is asked "
            "for, so every query may read all of it.",
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
        "x-counted": Mistake(
            masked_cross(first_places),
            "Right while padding stands at the end: in yours the first tokens are read "
            "and the rest hidden, as if `real` only said how many there are. It says "
            "which.",
        ),
        "x-rows": Mistake(
            lambda x, source, real, w_q, w_k, w_v: attend(
                x @ w_q, source @ w_k, source @ w_v, real[:, None]
            ),
            REAL_ON_ROWS,
        ),
        "x-rows-nan": Mistake(
            cross_shared(
                plain, lambda scores, real: np.where(real[:, None], scores, -np.inf)
            ),
            REAL_ON_ROWS,
        ),
        "x-rows-low": Mistake(cross_filled(-1e9, over_queries), REAL_ON_ROWS),
        "x-after": Mistake(
            lambda x, source, real, w_q, w_k, w_v: (
                (soft(cross_scores(x, source, w_q, w_k)) * real) @ (source @ w_v)
            ),
            "What is left in a row no longer sums to 1: padding hands over nothing, "
            "and still takes its share of the weights. So it is when weights, or the "
            "values of the padding, are set to 0. Hide the scores before the softmax.",
        ),
        "x-zero": Mistake(
            cross_shared(soft, lambda scores, real: scores * real),
            "The padding scores 0 in yours (its keys were set to 0, or its scores), "
            "and exp(0) = 1: it is still read. Only -inf has the exponential 0.",
        ),
        "x-weak": Mistake(cross_filled(-10.0), FINITE),
        **{
            f"x-weak{fill:.0f}": Mistake(cross_filled(fill), FINITE)
            for fill in (-20.0, -100.0, -1e3, -1e4, -1e5, -1e6, -1e9, -1e30)
        },
        **{
            f"x-weak-lowered{-by:.0f}": Mistake(
                cross_shared(soft, lambda scores, real, by=by: scores - by * ~real),
                FINITE,
            )
            for by in (1e3, 1e4, 1e6, 1e9)
        },
        "x-nomax": Mistake(cross_shared(partial(plain, peak=lambda s: 0.0)), NO_PEAK),
        "x-nomax-late": Mistake(
            cross_shared(
                lambda grown: grown / grown.sum(axis=-1, keepdims=True),
                lambda scores, real: np.exp(scores) * real,
            ),
            NO_PEAK,
        ),
        **{
            f"x-peak{variant}": Mistake(
                cross_shared(
                    partial(plain, peak=lambda s: 0.0),
                    lambda scores, real, peak=peak: np.where(
                        real, scores - peak(scores, real), -np.inf
                    ),
                ),
                NOT_THE_PEAK,
            )
            for variant, peak in (
                ("", lambda s, real: s.mean(axis=-1, keepdims=True)),
                ("-table", lambda s, real: s[:, real].max()),
                ("-table-mean", lambda s, real: s.mean()),
                ("-smallest", lambda s, real: s.min(axis=-1, keepdims=True)),
            )
        },
        "x-loud-peak": Mistake(cross_loud_peak, LOUD_PEAK),
        "x-whole-sum": Mistake(
            cross_shared(lambda hidden: np.exp(hidden) / np.exp(hidden).sum()),
            WHOLE_SUM,
        ),
        "x-whole-sum-peak": Mistake(
            cross_shared(
                lambda hidden: (
                    np.exp(hidden - hidden.max()) / np.exp(hidden - hidden.max()).sum()
                )
            ),
            WHOLE_SUM,
        ),
        "x-whole-sum-shifted": Mistake(cross_shared(wholly_normalised), WHOLE_SUM),
        "x-zero-source": Mistake(
            lambda x, source, real, w_q, w_k, w_v: attend(
                x @ w_q,
                (source * real[:, None]) @ w_k,
                (source * real[:, None]) @ w_v,
                np.True_,
            ),
            "The padding hands over nothing in yours and still takes its share of the "
            "weights, as if its scores were 0, and exp(0) = 1. That is what comes of "
            "setting the padding itself to 0; hide its scores.",
        ),
        "x-scale-d": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: w_k.shape[1]),
            "Your scores are divided by d_k, the root taken twice or not at all. A "
            "typical score is √d_k, so that is what to divide by.",
        ),
        "x-scale-half": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: w_k.shape[1] / 2), HALF_D
        ),
        "x-scale-twice": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: 2 * w_k.shape[1]), TWICE_D
        ),
        "x-scale-length": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: np.sqrt(len(source))),
            "Your scores are divided by the root of a number of tokens. The sum inside "
            "a score runs over the d_k numbers of a key.",
        ),
        "x-causal-unpadded": Mistake(
            masked_cross(lambda t_q, t_k, real: causal(t_q, t_k)),
            "A causal mask stands in place of `real`. The whole source is known, so "
            "nothing of it is in the future; only its padding is hidden.",
        ),
        "x-no-scale": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: 1.0),
            "The scores are not divided by √d_k.",
        ),
        "x-scale-v": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: np.sqrt(w_v.shape[1])),
            "Your scores are divided by √d_v. The sum inside a score runs over the d_k "
            "numbers of a key.",
        ),
        "x-scale-x": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: np.sqrt(x.shape[1])),
            "Your scores are divided by the root of the width of x. The sum inside a "
            "score runs over the d_k numbers of a key.",
        ),
        "x-scale-source": Mistake(
            cross_scaled(lambda x, source, w_k, w_v: np.sqrt(source.shape[1])),
            "Your scores are divided by the root of the width of the source. The sum "
            "inside a score runs over the d_k numbers of a key.",
        ),
        "x-axis": Mistake(
            cross_shared(partial(soft, axis=0)),
            "The columns of your weights sum to 1, so the source shares out the "
            "queries. Each query has one whole to share out: every row must sum to 1.",
        ),
    },
    also_right={
        "the padding cut off": lambda x, source, real, w_q, w_k, w_v: attend(
            x @ w_q, source[real] @ w_k, source[real] @ w_v, np.True_
        ),
        "-inf added": cross_shared(
            soft, lambda scores, real: scores + np.where(real, 0.0, -np.inf)
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
