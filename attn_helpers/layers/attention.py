"""Attention in torch, with gradients."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from attn_helpers._checks import check_mask, check_qkv, check_tensor, check_tensors


def attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, need_weights=False
) -> tuple[Tensor, Tensor | None]:
    """Mix the rows of ``v`` by how well each query matches each key.

    Without weights, torch's fused kernel does the work and never stores the scores.
    Masks come from ``attn_helpers.reference.masks``, by way of ``torch.from_numpy``.

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.
        need_weights: whether to form the weights, which costs ``t_q`` × ``t_k`` memory.

    Returns:
        output ``(..., t_q, d_v)`` and weights ``(..., t_q, t_k)`` or None; both are
        zero, and so are their gradients, for a query that may attend to nothing.

    Example:
        >>> q, k, v = (torch.eye(2) for _ in range(3))
        >>> output, weights = attention(q, k, v, need_weights=True)
        >>> [[round(w, 2) for w in row] for row in weights.tolist()]
        [[0.67, 0.33], [0.33, 0.67]]

    Source: Vaswani et al. (2017), arXiv:1706.03762, equation 1.
    """
    check_tensors(function="attention", q=q, k=k, v=v)
    shape = check_qkv(q, k, v, function="attention")
    if mask is not None:
        check_tensor(mask, function="attention", argument="mask")
    check_mask(mask, shape, function="attention")
    q = q.expand(*shape[:-2], *q.shape[-2:])  # v, too, may bring batch axes
    if need_weights:
        return _explicit(q, k, v, mask)
    if mask is not None:
        mask = torch.atleast_2d(mask)  # the fused kernel wants (t_q, t_k) or more
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask), None


def _explicit(q, k, v, mask):
    """The same in the open; half precisions compute in float32, as the kernel does."""
    dtype = q.dtype
    q, k, v = (x.to(torch.promote_types(dtype, torch.float32)) for x in (q, k, v))
    scores = (q / math.sqrt(q.shape[-1])) @ k.transpose(-2, -1)  # (..., t_q, t_k)
    weights = scores.softmax(-1) if mask is None else _masked_softmax(scores, mask)
    return (weights @ v).to(dtype), weights.to(dtype)


def _masked_softmax(scores, mask):
    # The softmax of a row of -inf is NaN, and so is its gradient. Such a row attends to
    # everything for a moment; then its weights are set to 0.
    dead = ~mask.any(-1, keepdim=True)
    scores = scores.masked_fill(~(mask | dead), -math.inf)
    return scores.softmax(-1).masked_fill(dead, 0.0)
