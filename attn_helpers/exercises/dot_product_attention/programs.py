"""What several of these exercises are built from."""

import numpy as np

OUTPUT = "where does entry {1} of the output for query {0} come from?"


def share(grown):
    """Divide each row by its sum."""
    return grown / grown.sum(axis=-1, keepdims=True)


def softmax_without_keepdims(scores):
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1)


def softmax_with_a_flat_peak(scores):
    grown = np.exp(scores - scores.max(axis=-1))
    return share(grown)


def less(scores, pick):
    """The exponentials of scores, less a number for each row or for all."""
    return np.exp(scores - pick(scores))


def over_the_table(grown):
    return grown / grown.sum()


def own_peak(scores):
    return scores.max(axis=-1, keepdims=True)


def row_mean(scores):
    return scores.mean(axis=-1, keepdims=True)


def smallest(scores):
    return scores.min(axis=-1, keepdims=True)


def kept_flat(scores):
    """A softmax whose maximum and sum have both lost their axis."""
    grown = np.exp(scores - scores.max(axis=-1))
    return grown / grown.sum(axis=-1)


LOST_AXIS = (
    "With as many queries as keys yours divides column j by the sum of row j, and "
    "otherwise it stops: a sum drops its axis and then lines up with the columns. "
    "`keepdims=True` keeps each sum beside its own row."
)


LOST_PEAK = (
    "With as many queries as keys yours takes the largest score of row j away from "
    "column j, and otherwise it stops: a maximum drops its axis and then lines up with "
    "the columns. `keepdims=True` keeps each beside its own row."
)


NO_PEAK = (
    "Right for ordinary scores. In the thousands `exp` overflows to inf, far below 0 "
    "it is 0, and inf/inf and 0/0 are nan. Subtract each row's largest score before "
    "`exp`: that multiplies numerator and denominator by the same number."
)


NOT_THE_PEAK = (
    "Right while the scores of a row lie near each other. With another number "
    "subtracted, such as their mean or the smallest, a score far above it still "
    "overflows, and inf/inf is nan. Only the row's largest leaves nothing above 0."
)


PEAK_OF_THE_TABLE = (
    "Right while all rows lie near each other. With one number subtracted from all of "
    "them, such as the largest of the table, a row that lies 800 below it becomes "
    "exp(-800) = 0 everywhere, and 0/0 is nan. Each row needs its own maximum."
)


MEAN_OF_THE_TABLE = (
    "Right while all scores lie near each other. With one number subtracted from all "
    "of them, such as the mean of the table, a row far above it overflows and a row "
    "far below becomes 0 everywhere, and inf/inf and 0/0 are nan. Each row needs its "
    "own maximum."
)


WHOLE_SUM = (
    "Your whole table sums to 1, so a query gets less attention when there are more of "
    "them. Every row needs a denominator of its own: look at the `axis` and "
    "`keepdims` of your sum."
)


HALF_D = (
    "Your scores are divided by d_k / 2, as `/ (d_k ** 1/2)` would: the power comes "
    "before the division. Write `d_k ** 0.5` or `np.sqrt(d_k)`. At d_k = 4 nobody sees "
    "the difference."
)


TWICE_D = (
    "Your scores are divided by 2 d_k, as `/ d_k ** 1/2` would: that is by d_k, and "
    "then by 2. Write `/ d_k ** 0.5` or `/ np.sqrt(d_k)`."
)


def qkv(rng, t_q, t_k, d_k, d_v):
    """Random queries, keys and values."""
    shapes = (t_q, d_k), (t_k, d_k), (t_k, d_v)
    return tuple(rng.standard_normal(shape) for shape in shapes)


def scores_of(q, k):
    return q @ k.T / np.sqrt(q.shape[-1])


def mix(weights, v):
    return weights @ v, weights
