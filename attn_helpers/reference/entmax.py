"""From scores to weights that can be exactly zero: sparsemax and α-entmax."""

from functools import partial

import numpy as np

from attn_helpers._checks import check_at_least, minus_inf, takes
from attn_helpers.reference.softmax import softmax

ROWS = minus_inf("(..., t_k)")
HALVINGS = 60  # each halves the bracket: 60 leave nothing that float64 could show


@takes(scores=ROWS)
def sparsemax(scores: np.ndarray) -> np.ndarray:
    """Turn each row of scores into shares, and give the weak scores exactly 0.

    The shares are the point of the probability simplex nearest to the scores: every
    score is lowered by the same threshold and what falls below 0 is cut off. A sort
    finds the threshold exactly.

    Args:
        scores: ``(..., t_k)``; -inf means weight 0, and a row of nothing but -inf
            gives zeros.

    Returns:
        weights, ``(..., t_k)``, in the dtype of ``scores`` (integers become float64).

    Example:
        >>> sparsemax([0.0, 0.5, 1.0]).round(3)
        array([0.  , 0.25, 0.75])

    Source: Martins and Astudillo (2016), arXiv:1602.02068, algorithm 1.
    """
    gaps = _gaps_to_the_largest(scores)
    falling = -np.sort(-gaps, axis=-1)
    rank = np.arange(1, scores.shape[-1] + 1)
    with np.errstate(over="ignore"):  # -inf > -inf is False: not in the support
        in_support = 1 + rank * falling > np.cumsum(falling, axis=-1)
    size = in_support.sum(axis=-1, keepdims=True)  # 0 for a row of nothing but -inf
    largest = np.where(in_support, falling, 0.0).sum(axis=-1, keepdims=True)
    threshold = (largest - 1) / np.maximum(size, 1)
    return np.maximum(gaps - threshold, 0.0).astype(scores.dtype)


@takes(scores=ROWS, alpha=partial(check_at_least, least=1))
def entmax(scores: np.ndarray, alpha: float = 1.5) -> np.ndarray:
    """Turn each row of scores into shares, with more exact zeros the larger ``alpha``.

    The softmax divides ``exp(score)`` by a total, which is to subtract one number from
    all scores of the row. Here ``exp`` gives way to a power that reaches 0, and the
    number to subtract is found by halving an interval that must contain it.

    Args:
        scores: ``(..., t_k)``; -inf means weight 0, and a row of nothing but -inf
            gives zeros.
        alpha: 1 is the softmax, 2 is sparsemax; in between and above, in between and
            sparser.

    Returns:
        weights, ``(..., t_k)``, in the dtype of ``scores`` (integers become float64).

    Example:
        >>> entmax([0.0, 0.5, 1.0], alpha=1.5).round(3)
        array([0.084, 0.292, 0.624])
        >>> entmax([0.0, 0.5, 1.0], alpha=2.0).round(3)
        array([0.  , 0.25, 0.75])

    Source: Peters, Niculae and Martins (2019), arXiv:1905.05702, and Blondel, Martins
    and Niculae (2020), JMLR 21(35), algorithm 1.
    """
    if alpha == 1:
        return softmax(scores)
    if alpha == 2:
        return sparsemax(scores)
    gaps = _gaps_to_the_largest(scores)
    low = np.zeros((*gaps.shape[:-1], 1))  # the largest alone would already weigh 1
    high = low - np.expm1((1 - alpha) * np.log(gaps.shape[-1])) / (alpha - 1)
    for _ in range(HALVINGS):  # at ``high`` no weight exceeds 1 / t_k
        middle = (low + high) / 2
        too_much = _power(gaps - middle, alpha).sum(axis=-1, keepdims=True) >= 1
        low = np.where(too_much, middle, low)
        high = np.where(too_much, high, middle)
    weights = _power(gaps - low, alpha)
    total = weights.sum(axis=-1, keepdims=True)
    weights = weights / np.where(total == 0.0, 1.0, total)
    return weights.astype(scores.dtype)


def _power(x, alpha):
    """(1 + (α - 1) x) to the power 1 / (α - 1), 0 below the root; exp(x) as α → 1."""
    with np.errstate(divide="ignore", over="ignore"):  # log 0 is -inf: weight 0
        base = np.maximum((alpha - 1) * x, -1.0)
        return np.exp(np.log1p(base) / (alpha - 1))


def _gaps_to_the_largest(scores):
    """score - largest in float64: at most 0, and -inf stays -inf."""
    wide = scores.astype(np.float64)
    peak = wide.max(axis=-1, keepdims=True)
    with np.errstate(over="ignore"):  # a gap too wide for a float is -inf: weight 0
        return wide - np.where(np.isfinite(peak), peak, 0.0)
