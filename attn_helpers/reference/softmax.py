"""From scores to weights: the softmax, with a mask, in logarithms, and its entropy."""

import numpy as np
from numpy.typing import DTypeLike

from attn_helpers._checks import (
    check_choice,
    check_positive,
    mask,
    minus_inf,
    shares,
    takes,
)

ROWS = minus_inf("(..., t_k)")


@takes(scores=ROWS, temperature=check_positive)
def softmax(scores: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Turn each row of scores into shares: never negative, summing to 1.

    The row's largest score is subtracted first; that changes no share and keeps ``exp``
    from overflowing. The arithmetic is done in float64 and rounded once at the end.

    Args:
        scores: ``(..., t_k)``; -inf means weight 0, and a row of nothing but -inf
            gives zeros.
        temperature: divides the scores; low is sharp, high is flat.

    Returns:
        weights, ``(..., t_k)``, in the dtype of ``scores`` (integers become float64).

    Example:
        >>> softmax([0.0, 1.0, 2.0]).round(3)
        array([0.09 , 0.245, 0.665])
        >>> softmax([0.0, 1.0, 2.0], temperature=0.1).round(3)
        array([0., 0., 1.])
    """
    return _normalise(scores, temperature)


@takes(scores=ROWS, mask=mask("(..., t_k)"), temperature=check_positive)
def masked_softmax(
    scores: np.ndarray, mask: np.ndarray | None = None, temperature: float = 1.0
) -> np.ndarray:
    """Share out each row among the keys that the mask allows.

    Args:
        scores: ``(..., t_k)``; -inf means weight 0, and what the mask hides may be
            anything.
        mask: boolean, broadcasts to ``scores``; True = may attend. None allows all.
        temperature: divides the scores.

    Returns:
        weights, ``(..., t_k)``; a row that may attend to nothing is all zeros.

    Example:
        >>> masked_softmax([0.0, 1.0, 2.0], mask=[True, True, False]).round(3)
        array([0.269, 0.731, 0.   ])
    """
    allowed = scores if mask is None else np.where(mask, scores, -np.inf)
    return _normalise(allowed, temperature)


@takes(scores=ROWS, temperature=check_positive)
def log_softmax(scores: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Give the logarithm of the softmax without ever taking the logarithm of 0.

    Args:
        scores: ``(..., t_k)``; -inf means weight 0.
        temperature: divides the scores.

    Returns:
        log weights, ``(..., t_k)``; -inf where the weight is 0.

    Example:
        >>> log_softmax([0.0, -2000.0])
        array([    0., -2000.])
    """
    gaps = _gaps_to_the_largest(scores, temperature)
    total = np.exp(gaps).sum(axis=-1, keepdims=True)
    log_total = np.log(np.where(total == 0.0, 1.0, total))
    return _round_to(gaps - log_total, scores.dtype)


@takes(weights=shares("(..., t_k)"))
def entropy(weights: np.ndarray) -> np.ndarray:
    """Say how spread out each row of weights is, in nats.

    0 when one key takes everything, log(n) when n keys share equally.

    Args:
        weights: ``(..., t_k)``, rows that sum to 1 (or to 0: entropy 0).

    Returns:
        entropy, ``(...)``.

    Example:
        >>> entropy([[1.0, 0.0], [0.5, 0.5]]).round(3)
        array([0.   , 0.693])
    """
    wide = weights.astype(np.float64)
    log_weights = np.log(np.where(wide > 0.0, wide, 1.0))  # 0 · log 0 counts as 0
    total = (wide * log_weights).sum(axis=-1)
    return (0.0 - total).astype(weights.dtype)  # 0.0 - x, as -x would print -0.0


def _precision(dtype, **names):
    """The name of a precision, of which there are three here."""
    name = dtype if isinstance(dtype, str) else getattr(dtype, "__name__", str(dtype))
    return check_choice(name, ("float16", "float32", "float64"), **names)


@takes(scores=ROWS, dtype=_precision)
def softmax_in_precision(
    scores: np.ndarray, dtype: DTypeLike, subtract_max: bool
) -> np.ndarray:
    """Show what a softmax does when every single step rounds to ``dtype``.

    A teaching tool, to watch ``exp`` overflow to inf and inf / inf become NaN. Use
    ``softmax`` for everything else.

    Args:
        scores: ``(..., t_k)``.
        dtype: "float16", "float32" or "float64".
        subtract_max: whether to subtract each row's largest score first.

    Returns:
        weights, ``(..., t_k)``, of type ``dtype``; NaN and 0 where the steps overflow.

    Example:
        >>> softmax_in_precision([11.0, 12.0], "float16", subtract_max=False)
        array([ 0., nan], dtype=float16)
    """
    with np.errstate(all="ignore"):  # overflow is the lesson
        scores = scores.astype(dtype)
        if subtract_max:
            scores = scores - scores.max(axis=-1, keepdims=True)
        exp = np.exp(scores)
        # cumsum adds from left to right and rounds each time; sum would not
        return exp / np.cumsum(exp, axis=-1, dtype=dtype)[..., -1:]


def _normalise(scores, temperature):
    exp = np.exp(_gaps_to_the_largest(scores, temperature))
    total = exp.sum(axis=-1, keepdims=True)
    weights = exp / np.where(total == 0.0, 1.0, total)  # total 0: nothing to attend to
    return weights.astype(scores.dtype)


def _gaps_to_the_largest(scores, temperature):
    """(score - largest) / temperature in float64: at most 0, and -inf stays -inf."""
    wide = scores.astype(np.float64)
    peak = wide.max(axis=-1, keepdims=True)
    with np.errstate(over="ignore"):  # a gap too wide for a float is -inf: weight 0
        return (wide - np.where(np.isfinite(peak), peak, 0.0)) / temperature


def _round_to(array, dtype):
    with np.errstate(over="ignore"):  # float16 ends at 65504: what lies below is -inf
        return array.astype(dtype)
