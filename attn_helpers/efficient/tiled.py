"""Exact attention that never holds the table of scores: FlashAttention's algorithm."""

import math

import torch
from torch import Tensor

from attn_helpers._checks import check_axes, complaint
from attn_helpers._checks import mask as broadcasts
from attn_helpers.efficient.tiles import Tiling, whole_mask
from attn_helpers.layers.hidden import shielded
from attn_helpers.layers.precision import single, widened, without_autocast
from attn_helpers.layers.values import known_small, transformed

NAME = "tiled_attention"
Q, K, V = "(..., t_q, d_k)", "(..., t_k, d_k)", "(..., t_k, d_v)"
MASK = broadcasts("(..., t_q, t_k)")


def tiled_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None = None,
    *,
    causal: bool = False,
    first: int = 0,
    tile_q: int = 256,
    tile_k: int = 512,
) -> tuple[Tensor, None]:
    """Mix the rows of ``v``, one tile of the scores at a time.

    The same function as ``attention``, up to rounding, in memory that grows with
    ``t_q`` + ``t_k``. The backward pass computes each tile of the weights anew. It is
    written out, and cannot be differentiated again.

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend. A tile that
            is hidden as a whole is not computed.
        causal: whether a query sees only its own place and what came before it. This
            needs no mask in memory.
        first: the place of query 0 among the keys, which ``causal`` asks for.
        tile_q: queries of a tile.
        tile_k: keys of a tile.

    Returns:
        output ``(..., t_q, d_v)``, zero for a query that may attend to nothing, and
        None: the weights are never there as a whole.

    Raises:
        RuntimeError: for a second derivative.

    Example:
        >>> q, k, v = (torch.eye(2) for _ in range(3))
        >>> output, weights = tiled_attention(q, k, v, tile_q=1, tile_k=1)
        >>> [[round(x, 2) for x in row] for row in output.tolist()], weights
        ([[0.67, 0.33], [0.33, 0.67]], None)

    Source: Dao et al. (2022), arXiv:2205.14135, algorithms 1 and 4; the loops in the
    order of Dao (2023), arXiv:2307.08691.
    """
    check_axes(NAME, q=(q, Q), k=(k, K), v=(v, V), mask=(mask, MASK))
    tiling = Tiling(NAME, mask, causal, first, tile_q, tile_k)
    if transformed():
        raise RuntimeError(
            complaint(
                NAME, "q, k and v must be plain tensors", "a torch.func transform"
            )
        )
    if (mask is None and not causal) or known_small(q, k, v):
        return _in_tiles(q, k, v, tiling), None
    mask = whole_mask(mask, causal, first, q, k)
    tiling = Tiling(NAME, mask, False, first, tile_q, tile_k)
    ask = shielded(
        lambda k, v: lambda q: (_in_tiles(q, k, v, tiling), None), k, v, mask
    )
    return ask(q)[0], None


def _in_tiles(q, k, v, tiling):
    batch = torch.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    q, k, v = (x.expand(*batch, *x.shape[-2:]) for x in (q, k, v))
    return _Tiled.apply(q, k, v, tiling)


class _Tiled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, q, k, v, tiling):
        with without_autocast(q):
            output, log_sum = forward(q, k, v, tiling)
        ctx.save_for_backward(q, k, v, output, log_sum)
        ctx.tiling = tiling
        return output

    @staticmethod
    def backward(ctx, *grads):
        return (*_Gradients.apply(*grads, ctx.tiling, *ctx.saved_tensors), None)


class _Gradients(torch.autograd.Function):
    @staticmethod
    def forward(ctx, grad, tiling, *saved):
        with without_autocast(grad):
            return backward(grad, *saved, tiling)

    @staticmethod
    def backward(ctx, *_):
        rule = "its gradient must not be differentiated again"
        message = complaint(NAME, rule, "a second derivative")
        raise RuntimeError(f"{message} Use attention(..., need_weights=True) there.")


def forward(q: Tensor, k: Tensor, v: Tensor, tiling: Tiling) -> tuple[Tensor, Tensor]:
    """The output, and for each query the logarithm of its sum of exponentials.

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``.
        tiling: the tiles.

    Returns:
        output ``(..., t_q, d_v)`` and log-sum-exp ``(..., t_q, 1)``, which is infinite
        for a query that may attend to nothing.
    """
    batch, (t_q, d_k), (t_k, d_v) = q.shape[:-2], q.shape[-2:], v.shape[-2:]
    q, k, v = (x.reshape(-1, *x.shape[-2:]) for x in (q, k, v))
    output, log_sum = v.new_empty(len(q), t_q, d_v), _wide(q, len(q), t_q, 1)
    scratch = _wide(q, len(q), tiling.tile_q * min(tiling.tile_k, t_k))
    for rows in tiling.rows(t_q):
        q_tile = widened(q[:, rows]) * d_k**-0.5
        n = q_tile.shape[1]
        largest = _wide(q, len(q), n, 1).fill_(torch.finfo(scratch.dtype).min)
        total, mixed = torch.zeros_like(largest), _wide(q, len(q), n, d_v).zero_()
        for keys in tiling.keys(rows, t_k):
            k_tile, v_tile = widened(k[:, keys]), widened(v[:, keys])
            scores = _product(q_tile, k_tile.mT, scratch)  # (·, n, w)
            tiling.hide(scores.unflatten(0, batch or (1,)), rows, keys)
            larger = torch.maximum(largest, scores.amax(-1, keepdim=True))
            shrink = largest.sub_(larger).exp_()
            weights = scores.sub_(larger).exp_()
            total.mul_(shrink).add_(weights.sum(-1, keepdim=True))
            mixed.mul_(shrink).baddbmm_(weights, v_tile)
            largest = larger
        dead = total == 0
        output[:, rows] = mixed.div_(total.masked_fill(dead, 1.0))
        log_sum[:, rows] = (largest + total.log()).masked_fill_(dead, math.inf)
    return output.view(*batch, t_q, d_v), log_sum.view(*batch, t_q, 1)


def backward(
    grad: Tensor,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    output: Tensor,
    log_sum: Tensor,
    tiling: Tiling,
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of queries, keys and values; each tile of weights is made anew.

    Args:
        grad: gradient of the output, ``(..., t_q, d_v)``.
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``.
        output: what ``forward`` returned, ``(..., t_q, d_v)``.
        log_sum: the log-sum-exp of each query, ``(..., t_q, 1)``.
        tiling: the tiles.

    Returns:
        gradients in the shapes and dtypes of ``q``, ``k`` and ``v``.
    """
    batch, (t_q, d_k), t_k = q.shape[:-2], q.shape[-2:], k.shape[-2]
    shapes, dtype = [x.shape for x in (q, k, v)], q.dtype
    grad, q, k, v, output, log_sum = (
        x.reshape(-1, *x.shape[-2:]) for x in (grad, q, k, v, output, log_sum)
    )
    by_q, by_k, by_v = (_wide(x, *x.shape).zero_() for x in (q, k, v))
    size = tiling.tile_q * min(tiling.tile_k, t_k)
    scratch = _wide(q, 2, len(q), size)
    for rows in tiling.rows(t_q):
        q_tile, grad_tile = widened(q[:, rows]) * d_k**-0.5, widened(grad[:, rows])
        row_sum = (grad_tile * widened(output[:, rows])).sum(-1, keepdim=True)
        for keys in tiling.keys(rows, t_k):
            k_tile, v_tile = widened(k[:, keys]), widened(v[:, keys])
            scores = _product(q_tile, k_tile.mT, scratch[0])
            tiling.hide(scores.unflatten(0, batch or (1,)), rows, keys)
            weights = scores.sub_(log_sum[:, rows]).exp_()  # (·, n, w)
            by_v[:, keys].baddbmm_(weights.mT, grad_tile)
            by_weights = _product(grad_tile, v_tile.mT, scratch[1])
            by_scores = by_weights.sub_(row_sum).mul_(weights)
            by_q[:, rows].baddbmm_(by_scores, k_tile)
            by_k[:, keys].baddbmm_(by_scores.mT, q_tile)
    by_q.mul_(d_k**-0.5)
    by_q, by_k, by_v = (
        x.to(dtype).view(shape)
        for x, shape in zip((by_q, by_k, by_v), shapes, strict=True)
    )
    return by_q, by_k, by_v


def _wide(like, *shape):
    return like.new_empty(shape, dtype=single(like))


def _product(left, right, scratch):
    """``left @ right``, written into the scratch."""
    n, w = left.shape[-2], right.shape[-1]
    return torch.bmm(left, right, out=scratch[:, : n * w].view(len(left), n, w))
