"""Sparsemax and α-entmax in torch, with exact gradients."""

import math

import torch
from torch import Tensor
from torch.autograd import Function

from attn_helpers._checks import check_at_least, takes_tensors
from attn_helpers.layers.precision import widened


@takes_tensors(scores="(..., t_k)")
def sparsemax(scores: Tensor) -> Tensor:
    """Turn each row of scores into shares, and give the weak scores exactly 0.

    Args:
        scores: ``(..., t_k)``; -inf means weight 0.

    Returns:
        weights, ``(..., t_k)``; a row of nothing but -inf gives zeros.

    Example:
        >>> sparsemax(torch.tensor([0.0, 0.5, 1.0]))
        tensor([0.0000, 0.2500, 0.7500])

    Source: Martins and Astudillo (2016), arXiv:1602.02068.
    """
    return _Entmax.apply(widened(scores), 2.0).to(scores.dtype)


@takes_tensors(scores="(..., t_k)")
def entmax(scores: Tensor, alpha: float = 1.5) -> Tensor:
    """Turn each row of scores into shares, with more exact zeros the larger ``alpha``.

    Args:
        scores: ``(..., t_k)``; -inf means weight 0.
        alpha: 1 is the softmax, 2 is sparsemax; larger is sparser.

    Returns:
        weights, ``(..., t_k)``; a row of nothing but -inf gives zeros.

    Example:
        >>> entmax(torch.tensor([0.0, 0.5, 1.0]), alpha=1.5)
        tensor([0.0841, 0.2917, 0.6242])

    Source: Peters, Niculae and Martins (2019), arXiv:1905.05702; its proposition 2 is
    the gradient.
    """
    alpha = check_at_least(alpha, 1, function="entmax", argument="alpha")
    return _Entmax.apply(widened(scores), alpha).to(scores.dtype)


class _Entmax(Function):
    """Weights found by a search that records no steps; the derivative is known.

    It is written in operations that torch can differentiate in turn, and is the same
    forwards and backwards, as the matrix of derivatives is symmetric.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(scores, alpha):
        peak = scores.amax(-1, keepdim=True)
        gaps = scores - peak.masked_fill(~peak.isfinite(), 0.0)  # at most 0
        if alpha == 1:
            weights = gaps.exp()
        elif alpha == 2:
            weights = (gaps - _threshold(gaps)).clamp(min=0.0)
        else:
            weights = _search(gaps, alpha)
        total = weights.sum(-1, keepdim=True)
        return weights / total.masked_fill(total == 0, 1.0)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.alpha = inputs[1]
        ctx.save_for_backward(output)
        ctx.save_for_forward(output)

    @staticmethod
    def backward(ctx, *grads):
        return _derivative(*ctx.saved_tensors, ctx.alpha, *grads), None

    @staticmethod
    def jvp(ctx, *changes):
        return _derivative(*ctx.saved_tensors, ctx.alpha, changes[0])


def _derivative(weights, alpha, change):
    """How the weights change with the scores: ``change`` less its mean, by pace."""
    alive = weights > 0
    # how fast a weight follows its own score: p for the softmax, 1 for sparsemax
    pace = weights.masked_fill(~alive, 1.0).pow(2 - alpha).masked_fill(~alive, 0.0)
    total = pace.sum(-1, keepdim=True)
    mean = (pace * change).sum(-1, keepdim=True) / total.masked_fill(total == 0, 1.0)
    return pace * (change - mean)


def _threshold(gaps):
    falling = gaps.sort(-1, descending=True).values
    rank = torch.arange(1, gaps.shape[-1] + 1, device=gaps.device)
    in_support = 1 + rank * falling > falling.cumsum(-1)
    size = in_support.sum(-1, keepdim=True)  # 0 for a row of nothing but -inf
    largest = falling.masked_fill(~in_support, 0.0).sum(-1, keepdim=True)
    return (largest - 1) / size.clamp(min=1)


def _search(gaps, alpha):
    low = torch.zeros_like(gaps[..., :1])
    keys = torch.full_like(low, gaps.shape[-1])
    high = -torch.expm1((1 - alpha) * keys.log()) / (alpha - 1)
    bits = -math.log2(torch.finfo(gaps.dtype).eps)  # beyond these nothing would change
    for _ in range(round(bits) + 4):
        middle = (low + high) / 2
        too_much = _power(gaps - middle, alpha).sum(-1, keepdim=True) >= 1
        low = torch.where(too_much, middle, low)
        high = torch.where(too_much, high, middle)
    return _power(gaps - low, alpha)


def _power(x, alpha):
    """(1 + (α - 1) x) to the power 1 / (α - 1), 0 below the root; exp(x) as α → 1."""
    base = ((alpha - 1) * x).clamp(min=-1.0)
    return torch.exp(torch.log1p(base) / (alpha - 1))
