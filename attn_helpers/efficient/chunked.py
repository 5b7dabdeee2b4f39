"""Exact attention for a few queries at a time: no table of scores for all of them."""

from functools import partial

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from attn_helpers._checks import check_axes, check_count, check_integer
from attn_helpers._checks import mask as broadcasts
from attn_helpers.efficient.tiles import part_of, whole_mask
from attn_helpers.layers.attention import attention

NAME = "chunked_attention"
Q, K, V = "(..., t_q, d_k)", "(..., t_k, d_k)", "(..., t_k, d_v)"
MASK = broadcasts("(..., t_q, t_k)")


def chunked_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None = None,
    *,
    causal: bool = False,
    first: int = 0,
    chunk: int = 128,
    recompute: bool = False,
) -> tuple[Tensor, None]:
    """Mix the rows of ``v`` for one chunk of queries after another.

    A chunk sees all keys, so the plain softmax will do. Without ``recompute`` the
    backward pass keeps the weights of all chunks, ``t_q`` × ``t_k`` numbers.

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.
        causal: whether a query sees only its own place and what came before it.
        first: the place of query 0 among the keys, which ``causal`` asks for.
        chunk: queries of a chunk.
        recompute: whether the backward pass computes each chunk anew, by
            ``torch.utils.checkpoint``, in place of keeping its weights.

    Returns:
        output ``(..., t_q, d_v)``, zero for a query that may attend to nothing, and
        None: the weights are never there as a whole.

    Example:
        >>> q, k, v = (torch.eye(2) for _ in range(3))
        >>> output, weights = chunked_attention(q, k, v, chunk=1)
        >>> [[round(x, 2) for x in row] for row in output.tolist()], weights
        ([[0.67, 0.33], [0.33, 0.67]], None)

    Source: Rabe and Staats (2021), arXiv:2112.05682, who cut the keys, too.
    """
    check_axes(NAME, q=(q, Q), k=(k, K), v=(v, V), mask=(mask, MASK))
    check_count(chunk, function=NAME, argument="chunk")
    check_integer(first, function=NAME, argument="first")
    attend = partial(checkpoint, _rows, use_reentrant=False) if recompute else _rows
    parts, t_k = [], k.shape[-2]
    for start in range(0, q.shape[-2], chunk):
        end = max(1, min(t_k, first + start + chunk)) if causal else t_k
        rows, keys = slice(start, start + chunk), slice(0, end)
        part = None if mask is None else part_of(mask, rows, keys)
        x = q[..., rows, :], k[..., keys, :], v[..., keys, :]
        parts.append(attend(*x, part, causal, first + start))
    return torch.cat(parts, dim=-2), None


def _rows(q, k, v, mask, causal, first):
    mask = whole_mask(mask, causal, first, q, k)
    return attention(q, k, v, mask, need_weights=True)[0]
