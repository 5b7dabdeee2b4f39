"""Weights that are exactly zero."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import WEIGHTS, soft


def sparsemax(scores):
    """Lower all scores of a row by one threshold, and cut off what falls below 0."""
    falling = -np.sort(-scores, axis=-1)  # the largest score first
    total = np.cumsum(falling, axis=-1)
    size = np.arange(1, scores.shape[-1] + 1)
    kept = (1 + size * falling > total).sum(axis=-1, keepdims=True)
    threshold = (np.take_along_axis(total, kept - 1, axis=-1) - 1) / kept
    return np.maximum(scores - threshold, 0)


FAR_APART = [
    [0.0, 2000.0, -2000.0, 1999.5, 0.5, 0.3],
    [-2000.0, -2000.2, -2000.3, -3000.0, -1e6, -2000.1],
    [1.0, 1.0, 0.9, 0.9, -1e6, 0.0],
]


def sparsemax_cases(seed):
    rng = np.random.default_rng(seed)
    return [
        Case("3 queries, 5 keys", (rng.normal(size=(3, 5)),)),
        Case("5 queries, 5 keys", (rng.normal(size=(5, 5)),)),
        Case("11 queries, 13 keys", (0.5 * rng.normal(size=(11, 13)),)),
        Case("one key", (rng.normal(size=(3, 1)),)),
        Case("scores 2000 apart", (np.array(FAR_APART),)),
        Case("1.0, 0.8 and 0.1", (np.array([[1.0, 0.8, 0.1]]),)),
        Case("1.0, 0.8 and 0.1 in another order", (np.array([[0.1, 1.0, 0.8]]),)),
        Case("scores close together", (0.1 * rng.normal(size=(2, 5)),)),
        Case("one score far above", (rng.normal(size=(3, 5)) + 9 * np.eye(3, 5),)),
        Case("all scores equal", (np.full((2, 7), 3.0),)),
        Case("scores near -100", (rng.normal(size=(2, 5)) - 100.0,)),
    ]


def by_threshold(scores, kept, total, less=1.0):
    """max(score - threshold, 0) for a number of kept scores and their total."""
    return np.maximum(scores - (total - less) / kept, 0)


def sorted_parts(scores, sort=True, first=1):
    """Running totals and how many scores stay; the traps are the arguments."""
    ordered = -np.sort(-scores, axis=-1) if sort else scores
    total = np.cumsum(ordered, axis=-1)
    size = np.arange(first, scores.shape[-1] + first)
    kept = (1 + size * ordered > total).sum(axis=-1, keepdims=True)
    return total, kept


def sparsemax_unsorted(scores):
    total, kept = sorted_parts(scores, sort=False)
    return by_threshold(scores, kept, np.take_along_axis(total, kept - 1, -1))


def sparsemax_counting_from_zero(scores):
    total, kept = sorted_parts(scores, first=0)
    return by_threshold(scores, kept, np.take_along_axis(total, kept - 1, -1))


def sparsemax_one_too_many(scores):
    total, kept = sorted_parts(scores)
    last = np.minimum(kept, scores.shape[-1] - 1)
    return by_threshold(scores, kept, np.take_along_axis(total, last, -1))


def sparsemax_without_the_one(scores):
    total, kept = sorted_parts(scores)
    return by_threshold(scores, kept, np.take_along_axis(total, kept - 1, -1), 0.0)


def sparsemax_uncut(scores):
    total, kept = sorted_parts(scores)
    return scores - (np.take_along_axis(total, kept - 1, -1) - 1) / kept


def sparsemax_threshold_of_all(scores):
    total = scores.sum(axis=-1, keepdims=True)
    return by_threshold(scores, scores.shape[-1], total)


def sparsemax_rows_reversed(scores):
    total = np.cumsum(np.sort(scores, axis=-1)[::-1], axis=-1)
    size = np.arange(1, scores.shape[-1] + 1)
    thresholds = (total - 1) / size
    kept = (np.sort(scores, axis=-1)[::-1] > thresholds).sum(axis=-1, keepdims=True)
    return np.maximum(scores - np.take_along_axis(thresholds, kept - 1, axis=-1), 0)


def sparsemax_last_threshold(scores):
    falling = -np.sort(-scores, axis=-1)
    size = np.arange(1, scores.shape[-1] + 1)
    thresholds = (np.cumsum(falling, axis=-1) - 1) / size
    return np.maximum(scores - thresholds[falling > thresholds][-1], 0)


def sparsemax_of_the_table(scores):
    return sparsemax(scores.reshape(1, -1)).reshape(scores.shape)


def cut_and_divide(scores, cut=0.0):
    kept = np.maximum(scores - cut, 0)
    total = kept.sum(axis=-1, keepdims=True)
    return kept / np.where(total == 0, 1.0, total)


def pruned_softmax(scores, least):
    weights = soft(scores)
    weights = np.where(weights < least, 0.0, weights)
    return weights / weights.sum(axis=-1, keepdims=True)


def sparsemax_by_dropping(scores):
    """Drop the scores below the threshold and take it afresh, until none falls."""
    rows = []
    for row in scores:
        kept = np.ones(len(row), bool)
        while True:
            threshold = (row[kept].sum() - 1) / kept.sum()
            if (row[kept] > threshold).all():
                break
            kept &= row > threshold
        rows.append(np.maximum(row - threshold, 0))
    return np.array(rows)


def sparsemax_by_halving(scores):
    low = scores.max(axis=-1, keepdims=True) - 1
    high = low + 1
    for _ in range(60):
        middle = (low + high) / 2
        heavy = np.maximum(scores - middle, 0).sum(axis=-1, keepdims=True) > 1
        low, high = np.where(heavy, middle, low), np.where(heavy, high, middle)
    return np.maximum(scores - low, 0)


EXERCISE = Exercise(
    title="Weights that are exactly zero",
    answer=sparsemax,
    returns={"weights": WEIGHTS},
    cases=sparsemax_cases,
    mistakes={
        "sp-softmax": Mistake(
            soft,
            "This is the softmax: every key gets something, and none gets exactly 0. "
            "Sparsemax subtracts one threshold from all scores of a row and cuts off "
            "what falls below 0; there is no `exp` in it.",
        ),
        "sp-divide": Mistake(
            cut_and_divide,
            "Adding 1 to every score changes your weights, as when one cuts at 0 and "
            "divides by the sum. The cut must move with the scores: the threshold is "
            "what makes the rest sum to 1 by itself, without a division.",
        ),
        **{
            f"sp-prune{variant}": Mistake(
                lambda scores, least=least: pruned_softmax(scores, least),
                "The zeros are there, and the other weights keep a softmax's ratios, "
                "as when its small weights are dropped and the rest divided again. "
                "Those of sparsemax differ by as much as their scores differ.",
            )
            for variant, least in (("", 0.1), ("-0.05", 0.05), ("-0.01", 0.01))
        },
        "sp-nosort": Mistake(
            sparsemax_unsorted,
            "Your running totals follow the keys as they stand. The k scores that may "
            "stay are the k largest: sort each row before you add.",
        ),
        "sp-from0": Mistake(
            sparsemax_counting_from_zero,
            "Too many or too few scores stay in yours, as when they are counted from "
            "0. The test for the k-th largest score s is 1 + k s > (sum of the k "
            "largest), with k = 1 for the first.",
        ),
        "sp-next": Mistake(
            sparsemax_one_too_many,
            "Your threshold adds up one score too many: the total of `kept` scores "
            "stands at index kept - 1.",
        ),
        "sp-no1": Mistake(
            sparsemax_without_the_one,
            "Your weights do not sum to 1. Kept scores minus a threshold t sum to "
            "total - kept × t. That is 1 when t = (total - 1) / kept: the 1 is "
            "missing.",
        ),
        "sp-nocut": Mistake(
            sparsemax_uncut,
            "Some of your weights are negative. What falls below the threshold is cut "
            "off: `np.maximum(..., 0)`.",
        ),
        "sp-all": Mistake(
            sparsemax_threshold_of_all,
            "Your threshold is the one for keeping every key. Once a score falls below "
            "it and is cut off, the others sum to more than 1. Only the kept scores "
            "count in it. (Sorted with the smallest first, the test keeps all, too.)",
        ),
        "sp-rows": Mistake(
            sparsemax_rows_reversed,
            "The largest score of a row comes last in yours, as when `[::-1]` turns "
            "the order of the rows round and each row still rises. To turn each row "
            "round, write `[..., ::-1]`.",
        ),
        "sp-last": Mistake(
            sparsemax_last_threshold,
            "One threshold, that of the last row, serves all your rows. Each row has "
            "its own: count how many scores of a row stay, and take its threshold at "
            "that place.",
        ),
        "sp-order": Mistake(
            lambda scores: -np.sort(-sparsemax(scores), axis=-1),
            "Your weights stand in the order of the sorted scores. The sorted row is "
            "for finding the threshold; subtract it from the scores as they stood.",
        ),
        "sp-table": Mistake(
            sparsemax_of_the_table,
            "Your whole table sums to 1. Each query, which is each row, has a "
            "threshold of its own.",
        ),
        "sp-axis0": Mistake(
            lambda scores: sparsemax(scores.T).T,
            "Each column of yours sums to 1. It is the query that shares out its "
            "attention: sort and add along the last axis.",
        ),
        "sp-hardmax": Mistake(
            lambda scores: (scores == scores.max(-1, keepdims=True)).astype(float),
            "Only the winner stays in yours. Sparsemax does that when the lead is 1 or "
            "more; closer scores share.",
        ),
        "sp-hardmax-first": Mistake(
            lambda scores: np.eye(scores.shape[-1])[scores.argmax(axis=-1)],
            "Only the winner stays in yours. Sparsemax does that when the lead is 1 or "
            "more; closer scores share.",
        ),
    },
    also_right={
        "dropping keys until none falls": sparsemax_by_dropping,
        "halving an interval": sparsemax_by_halving,
        "the largest score subtracted first": lambda scores: sparsemax(
            scores - scores.max(-1, keepdims=True)
        ),
    },
    hints=(
        "For 1.0, 0.8 and 0.1: keep the two largest. Which number must be taken from "
        "both so that the rest sums to 1?",
        "Sort each row, the largest first, and form running totals. The k-th score "
        "stays while 1 + k s_k > (total of the first k).",
        "The threshold is (total of the kept scores - 1) / (how many are kept), and "
        "the weights are `np.maximum(scores - threshold, 0)`.",
    ),
    question_after=(
        "One question about your function: two keys, the scores 0 and x. From which x "
        "on does the first key get nothing? And with a softmax?"
    ),
    answer_after=(
        "From x = 1 on. The softmax never gets there: at x = 1 it still gives the "
        "first key 0.27, at x = 5 still 0.007."
    ),
)
