"""Normalised rows: every token's vector brought to one length, each by itself."""

import numpy as np

from attn_helpers._checks import check_positive, takes


@takes(x="(..., d)", gain="(d,)", bias="(d,)", eps=check_positive)
def layer_norm(
    x: np.ndarray,
    gain: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
) -> np.ndarray:
    """Shift each row to a mean of 0 and scale it to a variance of 1.

    The arithmetic is done in float64 and rounded once at the end. Without ``gain`` and
    ``bias`` every row comes out with the length √d, unless all its entries are equal.

    Args:
        x: ``(..., d)``; only the last axis is normalised.
        gain: ``(d,)``, multiplies the normalised rows. None stands for ones.
        bias: ``(d,)``, is added last. None stands for zeros.
        eps: is added to the variance, so that a row of equal entries gives zeros.

    Returns:
        ``(..., d)``, in the dtype of ``x`` (integers become float64).

    Example:
        >>> layer_norm([1.0, 3.0, 5.0, 7.0]).round(3)
        array([-1.342, -0.447,  0.447,  1.342])
        >>> layer_norm([3.0, 3.0, 3.0])
        array([0., 0., 0.])

    Source: Ba, Kiros and Hinton (2016), arXiv:1607.06450, equation 4.
    """
    wide = x.astype(np.float64)
    centred = wide - wide.mean(axis=-1, keepdims=True)
    return (_scaled(centred, gain, eps) + _or(bias, 0.0)).astype(x.dtype)


@takes(x="(..., d)", gain="(d,)", eps=check_positive)
def rms_norm(
    x: np.ndarray, gain: np.ndarray | None = None, *, eps: float = 1e-5
) -> np.ndarray:
    """Scale each row so that the mean of its squares is 1; nothing is shifted.

    A row keeps its direction, and an entry of 0 stays 0. Without ``gain`` every row
    comes out with the length √d, unless it is all zeros.

    Args:
        x: ``(..., d)``; only the last axis is normalised.
        gain: ``(d,)``, multiplies the normalised rows. None stands for ones.
        eps: is added to the mean of the squares, so that a row of zeros gives zeros.

    Returns:
        ``(..., d)``, in the dtype of ``x`` (integers become float64).

    Example:
        >>> rms_norm([3.0, 0.0, 4.0, 0.0]).round(3)
        array([1.2, 0. , 1.6, 0. ])

    Source: Zhang and Sennrich (2019), arXiv:1910.07467, equation 4.
    """
    return _scaled(x.astype(np.float64), gain, eps).astype(x.dtype)


def _scaled(wide, gain, eps):
    """Rows over the root of the mean of their squares, times the gain."""
    square = (wide * wide).mean(axis=-1, keepdims=True)
    return wide / np.sqrt(square + eps) * _or(gain, 1.0)


def _or(vector, number):
    return number if vector is None else vector.astype(np.float64)
