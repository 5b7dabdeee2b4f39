"""Six ways to say how well a query matches a key."""

import math

import numpy as np

from attn_helpers._checks import check_positive, takes

Q, K = "(..., t_q, d_k)", "(..., t_k, d_k)"


@takes(q=Q, k=K)
def dot_score(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Score each pair by the dot product: do the vectors point the same way, and far?

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.

    Returns:
        scores, ``(..., t_q, t_k)``.

    Example:
        >>> dot_score([[1.0, 2.0]], [[3.0, 0.0], [0.0, 4.0]])
        array([[3., 8.]])

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.1.
    """
    return q @ k.swapaxes(-2, -1)


@takes(q=Q, k=K)
def scaled_dot_score(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Score by the dot product over √d_k, so that its spread does not grow with d_k.

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.

    Returns:
        scores, ``(..., t_q, t_k)``.

    Example:
        >>> scaled_dot_score([[1.0, 1.0, 1.0, 1.0]], [[3.0, 1.0, 0.0, 0.0]])
        array([[2.]])

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.2.1.
    """
    # Scaling q is less work than scaling the scores, and lets float16 reach further.
    return (q / math.sqrt(q.shape[-1])) @ k.swapaxes(-2, -1)


@takes(
    q="(..., t_q, d_q)",
    k=K,
    w_q="(d_q, d_hidden)",
    w_k="(d_k, d_hidden)",
    w_out="(d_hidden,)",
)
def additive_score(
    q: np.ndarray, k: np.ndarray, w_q: np.ndarray, w_k: np.ndarray, w_out: np.ndarray
) -> np.ndarray:
    """Score with a small network of one hidden layer: tanh(q w_q + k w_k) · w_out.

    Queries and keys may have different widths.

    Args:
        q: queries, ``(..., t_q, d_q)``.
        k: keys, ``(..., t_k, d_k)``.
        w_q: ``(d_q, d_hidden)``.
        w_k: ``(d_k, d_hidden)``.
        w_out: ``(d_hidden,)``.

    Returns:
        scores, ``(..., t_q, t_k)``.

    Example:
        >>> one = [[1.0]]
        >>> additive_score(one, [[-1.0], [1.0]], one, one, [1.0]).round(3)
        array([[0.   , 0.964]])

    Source: Bahdanau, Cho and Bengio (2014), arXiv:1409.0473, appendix A.1.2.
    """
    pairs = (q @ w_q)[..., :, None, :] + (k @ w_k)[..., None, :, :]
    return np.tanh(pairs) @ w_out  # (..., t_q, t_k)


@takes(q="(..., t_q, d_q)", k=K, w="(d_q, d_k)")
def bilinear_score(q: np.ndarray, k: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Score by q w k: a learnt matrix says which parts of q and k should agree.

    Luong's "general" score. Queries and keys may have different widths.

    Args:
        q: queries, ``(..., t_q, d_q)``.
        k: keys, ``(..., t_k, d_k)``.
        w: ``(d_q, d_k)``.

    Returns:
        scores, ``(..., t_q, t_k)``.

    Example:
        >>> bilinear_score([[1.0, 0.0]], [[5.0, 7.0]], w=[[0.0, 1.0], [0.0, 0.0]])
        array([[7.]])

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.1.
    """
    return q @ w @ k.swapaxes(-2, -1)


@takes(q=Q, k=K)
def cosine_score(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Score by the cosine of the angle: direction counts, length does not.

    A vector of zeros has no direction; it scores 0 with everything.

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.

    Returns:
        scores from -1 to 1, ``(..., t_q, t_k)``.

    Example:
        >>> cosine_score([[3.0, 4.0]], [[30.0, 40.0], [0.0, 2.0], [0.0, 0.0]])
        array([[1. , 0.8, 0. ]])

    Source: Graves, Wayne and Danihelka (2014), arXiv:1410.5401, section 3.3.1.
    """
    return _unit(q) @ _unit(k).swapaxes(-2, -1)


@takes(q=Q, k=K, bandwidth=check_positive)
def gaussian_score(q: np.ndarray, k: np.ndarray, bandwidth: float = 1.0) -> np.ndarray:
    """Score by nearness: ``-|q - k|² / (2 · bandwidth²)``, 0 for the same place.

    The differences are formed first. The textbook shortcut ``|q|² + |k|² - 2 q·k``
    needs less memory but loses every digit for neighbours far from the origin.

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
        bandwidth: the distance at which the score has fallen to -1/2.

    Returns:
        scores, ``(..., t_q, t_k)``; -inf where the square is too large for the dtype.

    Example:
        >>> gaussian_score([[0.0, 0.0]], [[0.0, 0.0], [3.0, 4.0]], bandwidth=5.0)
        array([[ 0. , -0.5]])

    Source: Watson (1964), "Smooth regression analysis", Sankhyā A 26(4), 359-372.
    """
    with np.errstate(over="ignore"):  # too far to square: -inf
        gaps = (q[..., :, None, :] - k[..., None, :, :]) / bandwidth
        # 0.0 - x, as -x would print -0.0
        return 0.0 - 0.5 * (gaps * gaps).sum(axis=-1)  # (..., t_q, t_k)


def _unit(x):
    """Each vector at length 1; dividing by the largest entry first avoids overflow."""
    x = _over(x, np.abs(x).max(axis=-1, keepdims=True))
    return _over(x, np.sqrt((x * x).sum(axis=-1, keepdims=True)))


def _over(x, size):
    return x / np.where(size == 0, 1, size)
