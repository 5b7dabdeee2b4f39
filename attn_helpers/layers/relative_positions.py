"""Scores that see how far apart query and key stand, in torch.

Each is a score module for ``ScoreAttention``, and is told by ``first`` where query 0
stands among the keys.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from attn_helpers._checks import check_axes, check_count, check_natural
from attn_helpers.layers.scoring import ScaledDotScore, scaled_dot
from attn_helpers.layers.tables import Table
from attn_helpers.reference import relative_positions as reference


def offsets(
    t_q: int, t_k: int, *, first: int = 0, device: torch.device | str | None = None
) -> Tensor:
    """How far to the right of each query each key stands, ``(t_q, t_k)``.

    Args:
        t_q: number of queries.
        t_k: number of keys.
        first: the place of query 0 among the keys.
        device: where to count.

    Example:
        >>> offsets(2, 3, first=1)
        tensor([[-1,  0,  1],
                [-2, -1,  0]])
    """
    queries = torch.arange(t_q, device=device)[:, None] + first
    return torch.arange(t_k, device=device) - queries


class ShawScore(ScaledDotScore):
    """Scaled dot score with a learnt vector added to each key, chosen by its offset.

    Args:
        d_k: width of queries and keys.
        radius: offsets farther away share the vector of the radius.

    Source: Shaw, Uszkoreit and Vaswani (2018), arXiv:1803.02155, equation 4.
    """

    def __init__(self, d_k: int, radius: int):
        super().__init__()
        d_k = check_count(d_k, function="ShawScore", argument="d_k")
        radius = check_natural(radius, function="ShawScore", argument="radius")
        self.sizes, self.radius = {"d_k": d_k}, radius
        self.relative_keys = nn.Parameter(0.02 * torch.randn(2 * radius + 1, d_k))

    def prepare(self, k: Tensor) -> Callable[..., Tensor]:
        """A function of the queries, and of ``first``."""
        plain = super().prepare(k)

        def scores(q, first=0):
            by_key = plain(q)
            check_axes("ShawScore", self.sizes, q=(q, "(..., t_q, d_k)"))
            by_offset = scaled_dot(q, self.relative_keys)  # (..., t_q, 2 radius + 1)
            steps = offsets(q.shape[-2], k.shape[-2], first=first, device=q.device)
            row = steps.clamp(-self.radius, self.radius) + self.radius
            row = row.expand(*by_offset.shape[:-1], -1)
            return by_key + by_offset.gather(-1, row)  # (..., t_q, t_k)

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
        reach = np.arange(-max_distance, max_distance + 1)
        found = buckets(reach, num_buckets, max_distance)  # complains of odd numbers
        self.max_distance = max_distance
        self.buckets = Table(partial(_moved, torch.from_numpy(found)))
        self.table = nn.Parameter(0.02 * torch.randn(num_buckets, num_heads))

    def forward(self, steps: Tensor) -> Tensor:
        """Bias to add to the scores, ``(h, t_q, t_k)``, by ``offsets(t_q, t_k, …)``."""
        place = steps.clamp(-self.max_distance, self.max_distance) + self.max_distance
        found = self.buckets(0, 2 * self.max_distance + 1, like=self.table)
        return self.table[found[place]].permute(2, 0, 1)


class AlibiBias(nn.Module):
    """ALiBi: each head takes its own slope times the distance off a score.

    Args:
        num_heads: number of heads.

    Example:
        >>> AlibiBias(num_heads=2)(offsets(1, 3, first=2)) * 256
        tensor([[[-32., -16.,   0.]],
        <BLANKLINE>
                [[ -2.,  -1.,   0.]]])

    Source: Press, Smith and Lewis (2022), arXiv:2108.12409, section 3.
    """

    def __init__(self, num_heads: int):
        super().__init__()
        self.num_heads = num_heads
        slopes = reference.alibi_slopes(num_heads)
        self.slopes = Table(partial(_moved, torch.from_numpy(slopes).float()))

    def forward(self, steps: Tensor) -> Tensor:
        """Bias to add to the scores, ``(h, t_q, t_k)``, by ``offsets(t_q, t_k, …)``."""
        slopes = self.slopes(0, self.num_heads, like=steps)
        return 0.0 - slopes[:, None, None] * steps.abs()


class BiasedScore(ScaledDotScore):
    """Scaled dot score plus a bias that knows nothing but how far apart they stand.

    Queries and keys come in heads: ``(..., h, t, d_k)``.

    Args:
        bias: module from ``offsets(t_q, t_k, …)`` to ``(h, t_q, t_k)``: ``BucketBias``
            or ``AlibiBias``.
    """

    def __init__(self, bias: nn.Module):
        super().__init__()
        self.bias = bias

    def prepare(self, k: Tensor) -> Callable[..., Tensor]:
        """A function of the queries, and of ``first``."""
        plain = super().prepare(k)

        def scores(q, first=0):
            by_key = plain(q)
            steps = offsets(q.shape[-2], k.shape[-2], first=first, device=q.device)
            return by_key + self.bias(steps)

        return scores


def _moved(numbers, places, like):
    """Numbers that are known beforehand, on the device of ``like``."""
    return numbers.to(like.device)
