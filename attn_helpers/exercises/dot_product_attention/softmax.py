"""Softmax, row by row."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.dot_product_attention.programs import (
    LOST_AXIS,
    LOST_PEAK,
    MEAN_OF_THE_TABLE,
    NO_PEAK,
    NOT_THE_PEAK,
    PEAK_OF_THE_TABLE,
    WHOLE_SUM,
    kept_flat,
    less,
    over_the_table,
    own_peak,
    row_mean,
    share,
    smallest,
    softmax_with_a_flat_peak,
    softmax_without_keepdims,
)
from attn_helpers.exercises.programs import WEIGHTS, soft


def softmax(scores):
    """Turn each row of scores into shares of 1."""
    peak = scores.max(axis=-1, keepdims=True)
    grown = np.exp(scores - peak)  # the largest becomes exp(0) = 1: no overflow
    return grown / grown.sum(axis=-1, keepdims=True)


def with_eps(grown, eps):
    """Divide each row by its sum and a small number that is meant to be harmless."""
    return grown / (grown.sum(axis=-1, keepdims=True) + eps)


def softmax_cases(seed):
    rng = np.random.default_rng(seed)
    square = rng.standard_normal((5, 5))
    low_row = rng.standard_normal((3, 5)) - [[0.0], [0.0], [3000.0]]
    wide = np.array([[1000.0, 999.0, -1000.0, -999.0, -1000.0]] * 2)
    wide[1] = wide[1, ::-1]
    return [
        Case("3 queries, 5 keys", (rng.standard_normal((3, 5)),)),
        Case("5 queries, 5 keys", (rng.standard_normal((5, 5)),)),
        Case("a symmetric table", (square + square.T,)),
        Case("one query, three scores", (np.array([[2.0, 1.0, 0.0]]),)),
        Case("three queries, one key", (rng.standard_normal((3, 1)),)),
        Case("11 queries, 13 keys", (rng.standard_normal((11, 13)),)),
        Case("scores near 1000", (rng.standard_normal((3, 5)) + 1000.0,)),
        Case("scores near -1000", (rng.standard_normal((3, 5)) - 1000.0,)),
        Case("one row 3000 below the others", (low_row,)),
        Case("1000 and -1000 in one row", (wide,)),
    ]


EXERCISE = Exercise(
    title="Softmax, row by row",
    answer=softmax,
    returns={"weights": WEIGHTS},
    cases=softmax_cases,
    mistakes={
        "sm-axis0": Mistake(
            lambda scores: soft(scores, axis=0),
            "Each column of yours sums to 1: each key shares itself out among the "
            "queries. It is the query that shares out its attention: every row must "
            "sum to 1. Which axis runs along a row?",
        ),
        **{
            f"sm-all{variant}": Mistake(
                lambda scores, pick=pick: over_the_table(less(scores, pick)), WHOLE_SUM
            )
            for variant, pick in (
                ("", np.max),
                ("-nomax", lambda scores: 0.0),
                ("-rows", own_peak),
            )
        },
        "sm-nomax": Mistake(lambda scores: share(np.exp(scores)), NO_PEAK),
        "sm-globalmax": Mistake(
            lambda scores: share(less(scores, np.max)), PEAK_OF_THE_TABLE
        ),
        "sm-mean": Mistake(lambda scores: share(less(scores, row_mean)), NOT_THE_PEAK),
        "sm-mean-smallest": Mistake(
            lambda scores: share(less(scores, smallest)), NOT_THE_PEAK
        ),
        "sm-mean-table": Mistake(
            lambda scores: share(less(scores, np.mean)), MEAN_OF_THE_TABLE
        ),
        **{
            f"sm-hidden{variant}": Mistake(
                lambda scores, eps=eps: with_eps(np.exp(scores), eps),
                "Near -1000 your weights sum to 0, and near 1000 they are nan. A small "
                "number in the denominator hides the 0/0 and not the inf/inf. Subtract "
                "each row's largest score before `exp` and nothing needs hiding.",
            )
            for variant, eps in (("", 1e-12), ("-1e-8", 1e-8), ("-1e-6", 1e-6))
        },
        **{
            f"sm-eps{variant}": Mistake(
                lambda scores, eps=eps: with_eps(
                    np.exp(scores - scores.max(-1, keepdims=True)), eps
                ),
                "Your rows sum to a little less than 1, as when a small number is "
                "added to the denominator. It protects from nothing: with the largest "
                "score subtracted the sum is at least 1.",
            )
            for variant, eps in (("", 1e-6), ("-1e-5", 1e-5), ("-1e-3", 1e-3))
        },
        "sm-base2": Mistake(
            lambda scores: share(2.0 ** (scores - scores.max(-1, keepdims=True))),
            "Your weights are shares of powers of 2. That is a softmax at the "
            "temperature 1/ln 2 = 1.44, flatter than the one asked for.",
        ),
        "sm-negative": Mistake(
            lambda scores: soft(-scores),
            "The order is upside down: the lowest score gets the largest share. There "
            "is no minus sign in a softmax.",
        ),
        "sm-noexp": Mistake(
            share,
            "Your shares are the raw scores over their sum. A negative score then "
            "gives a negative share, and scores that sum to nearly 0 explode. Make "
            "them positive first: that is what `exp` is for.",
        ),
        "sm-twice": Mistake(
            lambda scores: soft(soft(scores)),
            "Your shares are nearly equal, whatever the scores were: those of a "
            "softmax of a softmax. The second one sees only numbers between 0 and 1.",
        ),
        "sm-log": Mistake(
            lambda scores: np.log(soft(scores)),
            "These are the logarithms of the weights, all negative. `exp` turns them "
            "back; did a log_softmax slip in?",
        ),
        "sm-sigmoid": Mistake(
            lambda scores: 1 / (1 + np.exp(-scores)),
            "This is the sigmoid: it looks at each score alone, so ten good keys would "
            "all get a weight near 1. In a softmax the keys compete, because one sum "
            "divides them all.",
        ),
        "sm-keepdims": Mistake(
            softmax_without_keepdims,
            LOST_AXIS,
        ),
        "sm-keepdims-nomax": Mistake(
            lambda scores: np.exp(scores) / np.exp(scores).sum(axis=-1),
            LOST_AXIS,
        ),
        "sm-keepdims-both": Mistake(
            kept_flat,
            LOST_AXIS,
        ),
        "sm-lost-peak": Mistake(softmax_with_a_flat_peak, LOST_PEAK),
        "sm-hardmax": Mistake(
            lambda scores: (scores == scores.max(-1, keepdims=True)).astype(float),
            "The winner of each row takes everything in yours. The soft version gives "
            "every key a share, and only that has a slope to learn from.",
        ),
        "sm-unshared": Mistake(
            lambda scores: less(scores, own_peak),
            "The largest score of each row gets the weight 1, and the others come on "
            "top. One step is left: divide each row by its sum.",
        ),
        "sm-unshared-nomax": Mistake(
            np.exp,
            "These are the exponentials themselves. Two things are left: each row is "
            "to be divided by its sum, and so that nothing overflows, its largest "
            "score is subtracted before `exp`.",
        ),
        "sm-abs": Mistake(
            lambda scores: share(np.abs(scores)),
            "A strongly negative score counts as much as a strongly positive one in "
            "yours: absolute values do that. A softmax must keep the order of the "
            "scores, which `exp` does.",
        ),
        "sm-square": Mistake(
            lambda scores: share(scores**2),
            "In yours -3 outweighs 2: shares of squares do that. A softmax must keep "
            "the order of the scores, which `exp` does.",
        ),
    },
    also_right={
        "another constant subtracted": lambda scores: share(
            np.exp(scores - scores.max(-1, keepdims=True) + 3)
        ),
        "through the logarithm of the sum": lambda scores: np.exp(
            scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)
        ),
        "row by row": lambda scores: np.array([soft(row) for row in scores]),
    },
    hints=(
        "Two steps: make every number positive in a way that keeps their order, then "
        "divide each row by its sum.",
        "`x.sum(axis=-1, keepdims=True)` sums along each row and stays a column, so "
        "that it divides the row it came from.",
        "Adding one number to all scores of a row changes no share. Which number keeps "
        "`np.exp` from ever seeing anything above 0?",
    ),
    question_after=(
        "One question about your function: which of its weights move when 10 is added "
        "to a single score? And when 10 is added to all scores of one row?"
    ),
    answer_after=(
        "One score moves every weight of its row, because they share a sum, and none "
        "of another row. The whole row raised by 10 moves nothing: exp(10) multiplies "
        "above and below the fraction bar."
    ),
)
