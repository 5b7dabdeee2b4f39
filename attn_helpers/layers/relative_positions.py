"""Scores that see how far apart query and key stand, in torch.

Each is a score module for ``ScoreAttention``. The last query lines up with the last
key, as in ``causal_mask``.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from attn_helpers._checks import check_count, check_qk, check_width
from attn_helpers.layers.scoring import ScaledDotScore, Score
from attn_helpers.reference import relative_positions as reference


class ShawScore(Score):
    """Scaled dot score with a learnt vector added to each key, chosen by its offset.

    Args:
        d_k: width of queries and keys.
        radius: offsets farther away share the vector of the radius.

    Source: Shaw, Uszkoreit and Vaswani (2018), arXiv:1803.02155, equation 4.
    """

    def __init__(self, d_k: int, radius: int):
        super().__init__()
        d_k = check_count(d_k, function="ShawScore", argument="d_k")
        radius = check_count(radius, function="ShawScore", argument="radius", least=0)
        self.radius = radius
        self.relative_keys = nn.Parameter(0.02 * torch.randn(2 * radius + 1, d_k))

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone."""
        plain = ScaledDotScore().over(k)

        def scores(q):
            check_qk(q, k, function="ShawScore")
            width, radius = self.relative_keys.shape[-1], self.radius
            check_width(q, width, "d_k", function="ShawScore", argument="q")
            t_q, t_k = q.shape[-2], k.shape[-2]
            row = reference.offsets(t_q, t_k, t_k - t_q).clip(-radius, radius)
            row = torch.from_numpy(row + radius).to(q.device)
            by_offset = (q / math.sqrt(q.shape[-1])) @ self.relative_keys.T
            row = row.expand(*by_offset.shape[:-1], -1)
            return plain(q) + by_offset.gather(-1, row)  # (..., t_q, t_k)

        return scores


class BucketBias(nn.Module):
    """T5's bias: one learnt number a head for each bucket of offsets.

    Args:
        num_heads: number of heads.
        num_buckets: number of buckets.
        max_distance: from here on everything shares the last bucket.
        buckets: ``t5_causal_buckets``, or ``t5_buckets`` if keys may lie ahead.

    Source: Raffel et al. (2020), arXiv:1910.10683, section 2.1.
    """

    def __init__(
        self,
        num_heads: int,
        num_buckets: int = 32,
        max_distance: int = 128,
        buckets: Callable = reference.t5_causal_buckets,
    ):
        super().__init__()
        num_heads = check_count(num_heads, function="BucketBias", argument="num_heads")
        buckets(0, num_buckets, max_distance)  # complains of numbers that do not fit
        self.max_distance, self.buckets = max_distance, buckets
        self.table = nn.Parameter(0.02 * torch.randn(num_buckets, num_heads))

    def forward(self, t_q: int, t_k: int) -> Tensor:
        """Bias to add to the scores, ``(h, t_q, t_k)``."""
        offsets = reference.offsets(t_q, t_k, t_k - t_q)
        buckets = self.buckets(offsets, len(self.table), self.max_distance)
        return self.table[torch.from_numpy(buckets)].permute(2, 0, 1)


class AlibiBias(nn.Module):
    """ALiBi: each head takes its own slope times the distance off a score.

    Args:
        num_heads: number of heads.

    Example:
        >>> AlibiBias(num_heads=2)(1, 3) * 256
        tensor([[[-32., -16.,   0.]],
        <BLANKLINE>
                [[ -2.,  -1.,   0.]]])

    Source: Press, Smith and Lewis (2022), arXiv:2108.12409, section 3.
    """

    def __init__(self, num_heads: int):
        super().__init__()
        slopes = torch.from_numpy(reference.alibi_slopes(num_heads)).float()
        self.register_buffer("slopes", slopes, persistent=False)

    def forward(self, t_q: int, t_k: int) -> Tensor:
        """Bias to add to the scores, ``(h, t_q, t_k)``."""
        distance = torch.from_numpy(reference.offsets(t_q, t_k, t_k - t_q)).abs()
        # bfloat16 holds no whole number above 256 exactly
        wide = torch.promote_types(self.slopes.dtype, torch.float32)
        distance = distance.to(self.slopes.device, wide)
        return 0.0 - self.slopes[:, None, None] * distance


class BiasedScore(Score):
    """Scaled dot score plus a bias that knows nothing but the lengths.

    Queries and keys come in heads: ``(..., h, t, d_k)``.

    Args:
        bias: module from ``(t_q, t_k)`` to ``(h, t_q, t_k)``: ``BucketBias`` or
            ``AlibiBias``.
    """

    def __init__(self, bias: nn.Module):
        super().__init__()
        self.bias = bias

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone."""
        plain = ScaledDotScore().over(k)

        def scores(q):
            check_qk(q, k, function="BiasedScore")
            return plain(q) + self.bias(q.shape[-2], k.shape[-2])

        return scores
