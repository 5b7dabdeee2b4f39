"""Attention: score, share out, mix."""

import math

import numpy as np

from attn_helpers._checks import (
    as_mask,
    as_numbers,
    check_array,
    check_batch,
    check_callable,
    check_kv,
    check_positive,
    check_qkv,
    check_scores,
    check_shape,
)
from attn_helpers.reference.scoring import scaled_dot_score
from attn_helpers.reference.softmax import masked_softmax


def scaled_dot_product_attention(q, k, v, mask=None):
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
    q, k, v, dtype = _read_qkv(q, k, v, function="scaled_dot_product_attention")
    shape = check_qkv(q, k, v, function="scaled_dot_product_attention")
    mask = as_mask(mask, shape, function="scaled_dot_product_attention")
    with np.errstate(over="ignore", invalid="ignore"):  # refused in the next line
        scores = (q / math.sqrt(q.shape[-1])) @ k.swapaxes(-2, -1)  # (..., t_q, t_k)
    check_scores(scores, function="scaled_dot_product_attention", argument="q · k")
    weights = masked_softmax(np.broadcast_to(scores, shape), mask)
    return (weights @ v).astype(dtype), weights.astype(dtype)


def attention(q, k, v, score=scaled_dot_score, mask=None, temperature=1.0):
    """Mix the rows of ``v`` by any score of queries against keys.

    Args:
        q: queries, ``(..., t_q, d_q)``; most scores want ``d_q`` = ``d_k``.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``.
        score: function of (q, k) that returns ``(..., t_q, t_k)``.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.
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
    q, k, v, dtype = _read_qkv(q, k, v, function="attention")
    check_kv(k, v, function="attention")
    batch = check_batch(function="attention", q=q, k=k, v=v)
    shape = (*batch, q.shape[-2], k.shape[-2])
    mask = as_mask(mask, shape, function="attention")
    temperature = check_positive(
        temperature, function="attention", argument="temperature"
    )
    check_callable(score, function="attention", argument="score")
    scores = np.broadcast_to(_read_scores(score(q, k), q, k), shape)
    weights = masked_softmax(scores, mask, temperature)
    return (weights @ v).astype(dtype), weights.astype(dtype)


def _read_qkv(q, k, v, *, function):
    """The arrays, no narrower than float32 for the arithmetic, and the output's dtype.

    A dot product of float16 vectors soon leaves the range of float16.
    """
    q = check_array(q, "(..., t_q, d_k)", function=function, argument="q")
    k = check_array(k, "(..., t_k, d_k)", function=function, argument="k")
    v = check_array(v, "(..., t_k, d_v)", function=function, argument="v")
    dtype = np.result_type(q, k, v)
    wide = np.result_type(dtype, np.float32)
    return q.astype(wide), k.astype(wide), v.astype(wide), dtype


def _read_scores(scores, q, k):
    names = {"function": "attention", "argument": "score(q, k)"}
    scores = as_numbers(scores, **names)
    batch = check_batch(function="attention", q=q, k=k)
    shape = (*batch, q.shape[-2], k.shape[-2])
    check_shape(scores, shape, axes="(..., t_q, t_k)", **names)
    check_scores(scores, **names)
    return scores
