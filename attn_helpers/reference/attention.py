"""Attention: score, share out, mix."""

import math
from collections.abc import Callable

import numpy as np

from attn_helpers._checks import (
    check_callable,
    check_positive,
    mask,
    minus_inf,
    read_arrays,
    spread,
    takes,
)
from attn_helpers.reference.scoring import scaled_dot_score
from attn_helpers.reference.softmax import masked_softmax

PAIRS = mask("(..., t_q, t_k)")
SCORES = spread(minus_inf("(..., t_q, t_k)"))


@takes(q="(..., t_q, d_k)", k="(..., t_k, d_k)", v="(..., t_k, d_v)", mask=PAIRS)
def scaled_dot_product_attention(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Mix the rows of ``v`` by how well each query matches each key.

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.

    Returns:
        output ``(..., t_q, d_v)`` and weights ``(..., t_q, t_k)``; both are zero for a
        query that may attend to nothing.

    Example:
        >>> q, k, v = [[2.0]], [[-1.0], [1.0]], [[0.0], [10.0]]
        >>> output, weights = scaled_dot_product_attention(q, k, v)
        >>> weights.round(3), output.round(2)
        (array([[0.018, 0.982]]), array([[9.82]]))

    Source: Vaswani et al. (2017), arXiv:1706.03762, equation 1.
    """
    dtype = np.result_type(q, k, v)
    q, k, v = _prepared(q, k, v)
    with np.errstate(over="ignore", invalid="ignore"):  # refused below, if it is seen
        scores = (q / math.sqrt(q.shape[-1])) @ k.swapaxes(-2, -1)  # (..., t_q, t_k)
    scores = _readable("q · k", scores, q, k, mask, "scaled_dot_product_attention")
    weights = masked_softmax(scores, mask)
    return (weights @ v).astype(dtype), weights.astype(dtype)


@takes(
    q="(..., t_q, d_q)",
    k="(..., t_k, d_k)",
    v="(..., t_k, d_v)",
    mask=PAIRS,
    score=check_callable,
    temperature=check_positive,
)
def attention(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    mask: np.ndarray | None = None,
    *,
    score: Callable[[np.ndarray, np.ndarray], np.ndarray] = scaled_dot_score,
    temperature: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Mix the rows of ``v`` by any score of queries against keys.

    Args:
        q: queries, ``(..., t_q, d_q)``; most scores want ``d_q`` = ``d_k``.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.
        score: function of (q, k) whose result broadcasts to ``(..., t_q, t_k)``.
        temperature: divides the scores; low is sharp, high is flat.

    Returns:
        output ``(..., t_q, d_v)`` and weights ``(..., t_q, t_k)``; both are zero for a
        query that may attend to nothing.

    Example:
        >>> from attn_helpers.reference.scoring import dot_score
        >>> q, k, v = [[2.0]], [[-1.0], [1.0]], [[0.0], [10.0]]
        >>> attention(q, k, v, score=dot_score, temperature=0.1)[0]
        array([[10.]])
    """
    dtype = np.result_type(q, k, v)
    q, k, v = _prepared(q, k, v)
    with np.errstate(over="ignore", invalid="ignore"):  # refused below, if it is seen
        scores = score(q, k)
    scores = _readable("score(q, k)", scores, q, k, mask, "attention")
    weights = masked_softmax(scores, mask, temperature)
    return (weights @ v).astype(dtype), weights.astype(dtype)


def _prepared(q, k, v):
    """Queries for the whole batch, and all no narrower than float32.

    A dot product of float16 vectors soon leaves the range of float16.
    """
    batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    q = np.broadcast_to(q, (*batch, *q.shape[-2:]))
    wide = np.result_type(q, k, v, np.float32)
    return q.astype(wide), k.astype(wide), v.astype(wide)


def _readable(name, scores, q, k, mask, function):
    """The scores, ``(..., t_q, t_k)``; what the mask hides may have been anything."""
    sizes = {"q": (q, "(..., t_q, d_q)"), "k": (k, "(..., t_k, d_k)")}
    pairs = {name: (scores, SCORES), "mask": (mask, PAIRS)}
    _, _, scores, _ = read_arrays(function, **sizes, **pairs)
    return np.broadcast_to(scores, (*q.shape[:-1], k.shape[-2]))
