"""Attention in torch, with gradients."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from attn_helpers._checks import (
    check_kv,
    check_mask,
    check_qkv,
    check_tensor,
    check_tensors,
)
from attn_helpers.layers.scoring import Score
from attn_helpers.layers.softmax import masked_softmax


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


class ScoreAttention(nn.Module):
    """Attention with any score module: score, share out, mix.

    The scores are computed in the precision of the input: in float16 those past 65504
    overflow, unlike in ``attention``.

    Args:
        score: a ``Score``, such as ``DotScore()``.

    Example:
        >>> from attn_helpers.layers.scoring import DotScore
        >>> q, k = torch.tensor([[2.0]]), torch.tensor([[-1.0], [1.0]])
        >>> output, weights = ScoreAttention(DotScore())(q, k, v=10 * k)
        >>> [round(w, 3) for w in weights[0].tolist()], round(output.item(), 2)
        ([0.018, 0.982], 9.64)
    """

    def __init__(self, score: Score):
        super().__init__()
        self.score = score

    def forward(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Mix the rows of ``v`` by how well each query matches each key.

        Args:
            q: queries, ``(..., t_q, d_q)``.
            k: keys, ``(..., t_k, d_k)``.
            v: values, ``(..., t_k, d_v)``.
            mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.

        Returns:
            output ``(..., t_q, d_v)`` and weights ``(..., t_q, t_k)``; both are zero
            for a query that may attend to nothing.
        """
        return self.over(k, v, mask)(q)

    def over(self, k: Tensor, v: Tensor, mask: Tensor | None = None):
        """The same as a function of ``q`` alone, for a decoder that asks many times."""
        name = type(self).__name__
        check_tensors(function=name, k=k, v=v)
        check_kv(k, v, function=name)
        if mask is not None:
            check_tensor(mask, function=name, argument="mask")
        scores_of = self.score.over(k)

        def attend(q):
            check_tensors(function=name, q=q, k=k, v=v)
            scores = scores_of(q)
            check_mask(mask, scores.shape, function=name)
            weights = self.share_out(scores, q, mask)
            weights = weights.to(v.dtype)  # a score may add a bias of higher precision
            return weights @ v, weights

        return attend

    def share_out(self, scores: Tensor, q: Tensor, mask: Tensor | None) -> Tensor:
        """The weights, ``(..., t_q, t_k)``, where every key in the mask has a share."""
        return masked_softmax(scores, mask)


def _explicit(q, k, v, mask):
    """The same in the open; half precisions compute in float32, as the kernel does."""
    dtype = q.dtype
    q, k, v = (x.to(torch.promote_types(dtype, torch.float32)) for x in (q, k, v))
    scores = (q / math.sqrt(q.shape[-1])) @ k.transpose(-2, -1)  # (..., t_q, t_k)
    weights = masked_softmax(scores, mask)
    return (weights @ v).to(dtype), weights.to(dtype)
