"""How far off a lookup is where it may not copy, and the slope of that error."""

import numpy as np

from attn_helpers._checks import check_count, check_positive, takes
from attn_helpers.reference.scoring import gaussian_score
from attn_helpers.reference.softmax import masked_softmax


@takes(x="(t,)", y="(t,)", bandwidth=check_positive)
def leave_one_out_error(x: np.ndarray, y: np.ndarray, bandwidth: float) -> float:
    """Give the typical miss when every point is estimated from all the others.

    Args:
        x: where y is known, ``(t,)``; two places or more.
        y: what is known there, ``(t,)``.
        bandwidth: how far the Gaussian kernel reaches, in units of ``x``.

    Returns:
        the root of the mean squared miss, in units of ``y``.

    Example:
        >>> round(leave_one_out_error([0.0, 1.0, 2.0], [0.0, 3.0, 0.0], 1.0), 3)
        2.648

    Source: Stone (1974), doi:10.1111/j.2517-6161.1974.tb00994.x.
    """
    check_count(len(x), least=2, function="leave_one_out_error", argument="t")
    miss, _ = _misses(x, y, bandwidth)
    return float(np.sqrt(np.mean(miss**2)))


@takes(x="(t,)", y="(t,)", bandwidth=check_positive)
def leave_one_out_slope(x: np.ndarray, y: np.ndarray, bandwidth: float) -> float:
    """Give the derivative of ``leave_one_out_error`` with respect to the bandwidth h.

    A score, -gap² / (2 h²), grows with h at the rate gap² / h³. A weight grows with
    its score as far as this rate exceeds the mean of its row.

    Args:
        x: where y is known, ``(t,)``; two places or more.
        y: what is known there, ``(t,)``.
        bandwidth: how far the Gaussian kernel reaches, in units of ``x``.

    Returns:
        the growth of the error in units of ``y``, per unit of ``x``; 0 where no point
        is missed.

    Example:
        >>> round(leave_one_out_slope([0.0, 1.0, 2.0], [0.0, 3.0, 0.0], 1.0), 3)
        -0.829
    """
    check_count(len(x), least=2, function="leave_one_out_slope", argument="t")
    miss, weights = _misses(x, y, bandwidth)
    squares = (x[:, None] - x) ** 2  # (t, t)
    nearest = np.where(weights > 0, squares, np.inf).min(axis=-1, keepdims=True)
    # what a whole row has in common moves no weight, and would hide what does
    score_rate = (squares - nearest) / bandwidth**3
    mean_rate = (weights * score_rate).sum(axis=-1, keepdims=True)
    estimate_rate = (weights * (score_rate - mean_rate)) @ y
    error = np.sqrt(np.mean(miss**2))
    return float(np.mean(miss * estimate_rate) / (error or 1.0))


def _misses(x, y, bandwidth):
    """Estimate minus y, ``(t,)``, and the weights, ``(t, t)``, 0 on the diagonal."""
    scores = gaussian_score(x[:, None], x[:, None], bandwidth)
    weights = masked_softmax(scores, ~np.eye(len(x), dtype=bool))
    return weights @ y - y, weights
