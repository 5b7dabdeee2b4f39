"""Local attention: look only near one place of the source, given or predicted."""

import numpy as np

from attn_helpers._checks import (
    as_mask,
    as_numbers,
    check_array,
    check_broadcasts,
    check_count,
    check_finite,
    check_not_negative,
    check_positive,
    check_rank,
    check_same_length,
    check_scores,
)
from attn_helpers.reference.softmax import masked_softmax


def predicted_centres(q, w_hidden, w_out, lengths):
    """Let each query say where in the source it wants to look.

    A small network turns the query into a number from 0 to 1, which is then stretched
    over the source: ``p = length * sigmoid(tanh(q @ w_hidden) @ w_out)``.

    Args:
        q: queries, ``(..., t_q, d_q)``.
        w_hidden: ``(d_q, d_hidden)``.
        w_out: ``(d_hidden,)``.
        lengths: how many keys are real: one number, or ``(...)``, one a sequence.

    Returns:
        centres, ``(..., t_q)``, real numbers from 0 to ``lengths``.

    Example:
        >>> q, w_hidden, w_out = [[0.0, 0.0], [9.0, 9.0]], [[1.0], [1.0]], [2.0]
        >>> predicted_centres(q, w_hidden, w_out, lengths=7).round(2)
        array([3.5 , 6.17])

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, equation 9.
    """
    function = "predicted_centres"
    q = check_array(q, "(..., t_q, d_q)", function=function, argument="q")
    w_hidden = check_array(
        w_hidden, "(d_q, d_hidden)", function=function, argument="w_hidden"
    )
    w_out = check_array(w_out, "(d_hidden,)", function=function, argument="w_out")
    names, at = ("q", "w_hidden"), (-1, -2)
    check_same_length(
        q, w_hidden, axis="d_q", function=function, arguments=names, at=at
    )
    names = ("w_hidden", "w_out")
    check_same_length(
        w_hidden, w_out, axis="d_hidden", function=function, arguments=names
    )
    names = {"function": function, "argument": "lengths"}
    lengths = as_numbers(lengths, **names)
    check_finite(lengths, **names)
    check_not_negative(lengths, **names)
    check_broadcasts(lengths, q.shape[:-2], axes="(...)", **names)
    logits = np.tanh(q @ w_hidden) @ w_out  # (..., t_q)
    share = 0.5 + 0.5 * np.tanh(logits / 2)  # the sigmoid, without overflow
    return (lengths[..., None] * share).astype(q.dtype)


def local_window(centres, radius, t_k):
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
    function = "local_window"
    centres = check_array(centres, "(..., t_q)", function=function, argument="centres")
    radius = check_positive(radius, function=function, argument="radius")
    t_k = check_count(t_k, function=function, argument="t_k")
    return np.abs(_distances(centres, t_k)) <= radius


def local_m(scores, radius, centres=None, mask=None):
    """Share out each row within a window around a place given beforehand.

    Args:
        scores: ``(..., t_q, t_k)``; -inf means weight 0.
        radius: D, how far the window reaches to either side.
        centres: ``(..., t_q)``; if not given, query t looks at key t, as for source and
            target in about the same order ("monotonic").
        mask: boolean, broadcasts to ``scores``; True = may attend.

    Returns:
        weights, ``(..., t_q, t_k)``; a window outside the source gives zeros.

    Example:
        >>> local_m([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], radius=1).round(3)
        array([[0.5  , 0.5  , 0.   ],
               [0.333, 0.333, 0.333]])

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.2.
    """
    function = "local_m"
    scores, mask = _read(scores, mask, function=function)
    radius = check_positive(radius, function=function, argument="radius")
    if centres is None:
        centres = np.arange(scores.shape[-2])
    centres = _read_centres(centres, scores, function=function)
    window = local_window(centres, radius, scores.shape[-1])
    return masked_softmax(scores, window if mask is None else window & mask)


def local_p(scores, centres, radius, mask=None):
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
    function = "local_p"
    scores, mask = _read(scores, mask, function=function)
    centres = _read_centres(centres, scores, function=function)
    radius = check_positive(radius, function=function, argument="radius")
    shares = local_m(scores, radius, centres, mask)
    distances = _distances(centres, scores.shape[-1])
    nearness = np.exp(-0.5 * (distances / (radius / 2)) ** 2)
    return (shares * nearness).astype(scores.dtype)


def _distances(centres, t_k):
    """How far right of its centre each key stands, ``(..., t_q, t_k)``."""
    return np.arange(t_k) - centres.astype(np.float64)[..., None]


def _read(scores, mask, *, function):
    scores = as_numbers(scores, function=function, argument="scores")
    check_rank(scores, "(..., t_q, t_k)", function=function, argument="scores")
    check_scores(scores, function=function)
    return scores, as_mask(mask, scores.shape, function=function)


def _read_centres(centres, scores, *, function):
    centres = check_array(centres, "(..., t_q)", function=function, argument="centres")
    rows = scores.shape[:-1]
    names = {"axes": "(..., t_q)", "function": function, "argument": "centres"}
    check_broadcasts(centres, rows, **names)
    return centres
