"""Kernel regression: attention from before it had the name."""

import numpy as np

from attn_helpers._checks import check_choice, check_positive, takes
from attn_helpers.reference.attention import attention
from attn_helpers.reference.scoring import gaussian_score


def _known(kernel, **names):
    return check_choice(kernel, LOG_KERNELS, **names)


@takes(
    x_query="(t_q,)", x="(t_k,)", y="(t_k,)", bandwidth=check_positive, kernel=_known
)
def nadaraya_watson(
    x_query: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    bandwidth: float,
    kernel: str = "gaussian",
) -> tuple[np.ndarray, np.ndarray]:
    """Estimate y at new places: an average of the known ``y``, near ones counting more.

    This is attention with ``x_query`` as queries, ``x`` as keys and ``y`` as values,
    scored by the logarithm of the kernel: exp(log kernel), divided by its sum, is what
    Nadaraya and Watson wrote. The softmax keeps it exact far away from all data.

    Args:
        x_query: where to estimate, ``(t_q,)``.
        x: where y is known, ``(t_k,)``.
        y: what is known there, ``(t_k,)``.
        bandwidth: how far "near" reaches, in units of ``x``.
        kernel: "gaussian", "epanechnikov", "triangular" or "boxcar".

    Returns:
        estimate ``(t_q,)`` and weights ``(t_q, t_k)``; both are zero where a kernel of
        finite reach finds no neighbour.

    Example:
        >>> x, y = [0.0, 1.0, 2.0], [10.0, 20.0, 30.0]
        >>> nadaraya_watson([0.25], x, y, bandwidth=1.0, kernel="triangular")
        (array([12.5]), array([[0.75, 0.25, 0.  ]]))

    Source: Nadaraya (1964), doi:10.1137/1109020; Watson (1964), Sankhyā A 26(4),
    359-372.
    """
    # Far from all data the scores are huge: only float64 keeps their differences.
    q, k, v = (array.astype(np.float64)[:, None] for array in (x_query, x, y))
    estimate, weights = attention(
        q, k, v, score=lambda q, k: LOG_KERNELS[kernel](q, k, bandwidth)
    )
    dtype = np.result_type(x_query, x, y)
    return estimate[:, 0].astype(dtype), weights.astype(dtype)


def _epanechnikov_score(q, k, bandwidth):
    """The logarithm of 1 - u², u the gap in bandwidths; -inf out of reach."""
    u = _gaps(q, k, bandwidth)
    return np.log1p(-u * u, where=u < 1.0, out=np.full(u.shape, -np.inf))


def _triangular_score(q, k, bandwidth):
    """The logarithm of ``1 - |u|``, u the gap in bandwidths; -inf out of reach."""
    u = _gaps(q, k, bandwidth)
    return np.log1p(-u, where=u < 1.0, out=np.full(u.shape, -np.inf))


def _boxcar_score(q, k, bandwidth):
    """0 within one bandwidth, its edge included; -inf out of reach."""
    return np.where(_gaps(q, k, bandwidth) <= 1.0, 0.0, -np.inf)


LOG_KERNELS = {
    "gaussian": gaussian_score,
    "epanechnikov": _epanechnikov_score,
    "triangular": _triangular_score,
    "boxcar": _boxcar_score,
}


def _gaps(q, k, bandwidth):
    """``|q - k|`` in bandwidths, ``(t_q, t_k)``, for points on a line, ``(t, 1)``."""
    return np.abs(q - k.T) / bandwidth
