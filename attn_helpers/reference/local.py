"""Local attention: look only near one place of the source, given or predicted."""

import numpy as np

from attn_helpers._checks import (
    check_count,
    check_integer,
    check_positive,
    mask,
    minus_inf,
    not_negative,
    spread,
    takes,
)
from attn_helpers.reference.softmax import masked_softmax

PAIRS = "(..., t_q, t_k)"


@takes(
    q="(..., t_q, d_q)",
    w_hidden="(d_q, d_hidden)",
    w_out="(d_hidden,)",
    lengths=spread(not_negative("(...)")),
)
def predicted_centres(
    q: np.ndarray, w_hidden: np.ndarray, w_out: np.ndarray, lengths: np.ndarray
) -> np.ndarray:
    """Let each query say where in the source it wants to look.

    A small network turns the query into a number from 0 to 1, which is then stretched
    over the source: ``p = length * sigmoid(tanh(q @ w_hidden) @ w_out)``.

    Args:
        q: queries, ``(..., t_q, d_q)``.
        w_hidden: ``(d_q, d_hidden)``.
        w_out: ``(d_hidden,)``.
        lengths: how many keys there are: one number, or ``(...)``, one a sequence.

    Returns:
        centres, ``(..., t_q)``, real numbers from 0 to ``lengths``.

    Example:
        >>> q, w_hidden, w_out = [[0.0, 0.0], [9.0, 9.0]], [[1.0], [1.0]], [2.0]
        >>> predicted_centres(q, w_hidden, w_out, lengths=7).round(2)
        array([3.5 , 6.17])

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, equation 9.
    """
    logits = np.tanh(q @ w_hidden) @ w_out  # (..., t_q)
    share = 0.5 + 0.5 * np.tanh(logits / 2)  # the sigmoid, without overflow
    return (lengths[..., None] * share).astype(q.dtype)


@takes(centres="(..., t_q)", radius=check_positive, t_k=check_count)
def local_window(centres: np.ndarray, radius: float, t_k: int) -> np.ndarray:
    """Let each query see the keys at most ``radius`` away from its centre.

    Args:
        centres: ``(..., t_q)``, real numbers; key 0 stands at 0.
        radius: D; a window holds at most ``2 * radius + 1`` keys.
        t_k: number of keys.

    Returns:
        mask, ``(..., t_q, t_k)``.

    Example:
        >>> local_window([0.0, 2.5], radius=1, t_k=5).astype(int)
        array([[1, 1, 0, 0, 0],
               [0, 0, 1, 1, 0]])
    """
    return np.abs(_distances(centres, t_k)) <= radius


@takes(
    scores=minus_inf(PAIRS),
    radius=check_positive,
    centres=spread("(..., t_q)"),
    mask=mask(PAIRS),
    first=check_integer,
)
def local_m(
    scores: np.ndarray,
    radius: float,
    centres: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    first: int = 0,
) -> np.ndarray:
    """Share out each row within a window around a place given beforehand.

    Args:
        scores: ``(..., t_q, t_k)``; -inf means weight 0.
        radius: D, how far the window reaches to either side.
        centres: ``(..., t_q)``; if not given, a query looks at the key that stands
            where it stands itself, as for source and target in about the same order
            ("monotonic").
        mask: boolean, broadcasts to ``scores``; True = may attend.
        first: the place of query 0 among the keys, where no centres are given.

    Returns:
        weights, ``(..., t_q, t_k)``; a window outside the source gives zeros.

    Example:
        >>> local_m([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], radius=1).round(3)
        array([[0.5  , 0.5  , 0.   ],
               [0.333, 0.333, 0.333]])

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.2.
    """
    if centres is None:
        centres = first + np.arange(scores.shape[-2])
    window = np.abs(_distances(centres, scores.shape[-1])) <= radius
    return masked_softmax(scores, window if mask is None else window & mask)


@takes(
    scores=minus_inf(PAIRS),
    centres=spread("(..., t_q)"),
    radius=check_positive,
    mask=mask(PAIRS),
)
def local_p(
    scores: np.ndarray,
    centres: np.ndarray,
    radius: float,
    mask: np.ndarray | None = None,
) -> np.ndarray:
    """Share out each row within a window, and favour the keys close to its centre.

    The shares are multiplied by a Gaussian with standard deviation ``radius / 2`` and
    left as they are: a row sums to less than 1, and through the Gaussian the centre
    receives a gradient.

    Args:
        scores: ``(..., t_q, t_k)``; -inf means weight 0.
        centres: ``(..., t_q)``, real numbers, as ``predicted_centres`` gives them.
        radius: D, how far the window reaches to either side.
        mask: boolean, broadcasts to ``scores``; True = may attend.

    Returns:
        weights, ``(..., t_q, t_k)``; each row sums to at most 1.

    Example:
        >>> local_p([[0.0, 0.0, 0.0, 0.0]], centres=[1.0], radius=1).round(3)
        array([[0.045, 0.333, 0.045, 0.   ]])

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, equation 10.
    """
    shares = local_m(scores, radius, centres, mask)
    distances = _distances(centres, scores.shape[-1])
    nearness = np.exp(-0.5 * (distances / (radius / 2)) ** 2)
    return (shares * nearness).astype(scores.dtype)


def _distances(centres, t_k):
    """How far right of its centre each key stands, ``(..., t_q, t_k)``."""
    return np.arange(t_k) - centres.astype(np.float64)[..., None]
