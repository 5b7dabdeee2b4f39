"""Where a token stands, told by angles or by a learnt table, in torch."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from attn_helpers._checks import (
    check_at_most,
    check_broadcasts,
    check_count,
    check_even,
    check_positive,
    check_qk,
    check_rank,
    check_tensor,
    check_tensors,
    check_width,
)
from attn_helpers.layers.scoring import ScaledDotScore, Score
from attn_helpers.reference import positions as reference


def rope(x: Tensor, positions: Tensor, base: float = 10_000.0) -> Tensor:
    """Turn each pair of neighbours in ``x`` by an angle that grows with position.

    Args:
        x: queries or keys, ``(..., t, d_k)``, ``d_k`` even.
        positions: broadcasts to ``(..., t)``.
        base: sets the slowest frequency.

    Returns:
        ``(..., t, d_k)``, every vector as long as it was.

    Example:
        >>> rope(torch.tensor([[1.0, 0.0]]), torch.tensor([1])).round(decimals=2)
        tensor([[0.5400, 0.8400]])

    Source: Su et al. (2021), arXiv:2104.09864, equation 34.
    """
    cos, sin = _turns(x, positions, base, function="rope")
    first, second = x[..., 0::2], x[..., 1::2]
    turned = [first * cos - second * sin, first * sin + second * cos]
    return torch.stack(turned, dim=-1).flatten(-2)


def rope_half_split(x: Tensor, positions: Tensor, base: float = 10_000.0) -> Tensor:
    """The same turns for pairs that stand half a vector apart: i with i + d_k / 2.

    Args:
        x: queries or keys, ``(..., t, d_k)``, ``d_k`` even.
        positions: broadcasts to ``(..., t)``.
        base: sets the slowest frequency.

    Returns:
        ``(..., t, d_k)``, every vector as long as it was.
    """
    cos, sin = _turns(x, positions, base, function="rope_half_split")
    first, second = x.chunk(2, dim=-1)
    turned = [first * cos - second * sin, first * sin + second * cos]
    return torch.cat(turned, dim=-1)


class SinusoidalPositions(nn.Module):
    """Add to each embedding the sines and cosines of its position; nothing is learnt.

    Args:
        d_model: width of the embeddings, even.

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.5.
    """

    def __init__(self, d_model: int):
        super().__init__()
        self.d_model = check_even(
            d_model, function="SinusoidalPositions", argument="d_model"
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(..., t, d_model)`` -> ``(..., t, d_model)``, for any ``t``."""
        names = {"function": "SinusoidalPositions", "argument": "x"}
        check_tensors(x=x, function="SinusoidalPositions")
        check_rank(x, "(..., t, d_model)", **names)
        check_width(x, self.d_model, "d_model", **names)
        table = reference.sinusoidal_positions(x.shape[-2], self.d_model)
        return x + torch.from_numpy(table).to(x)


class LearnedPositions(nn.Module):
    """Add to each embedding a vector of its own for each position, learnt like words.

    Args:
        max_length: how many positions there are; a longer sequence is refused.
        d_model: width of the embeddings.

    Source: Gehring et al. (2017), arXiv:1705.03122, section 3.1.
    """

    def __init__(self, max_length: int, d_model: int):
        super().__init__()
        names = {"function": "LearnedPositions"}
        max_length = check_count(max_length, argument="max_length", **names)
        d_model = check_count(d_model, argument="d_model", **names)
        self.table = nn.Parameter(0.02 * torch.randn(max_length, d_model))

    def forward(self, x: Tensor) -> Tensor:
        """``(..., t, d_model)`` -> ``(..., t, d_model)``; ``t`` has its limit."""
        names = {"function": "LearnedPositions", "argument": "x"}
        check_rank(x, "(..., t, d_model)", **names)
        check_width(x, self.table.shape[-1], "d_model", **names)
        t, sizes = x.shape[-2], ("t", "max_length")
        check_at_most(t, len(self.table), function="LearnedPositions", arguments=sizes)
        return x + self.table[:t]


class RotaryScore(Score):
    """Scaled dot score of queries and keys that have been turned by their positions.

    The last query lines up with the last key, as in ``causal_mask``.

    Args:
        rotate: ``rope`` or ``rope_half_split``, or either with another base by
            ``functools.partial``.
    """

    def __init__(self, rotate: Callable[[Tensor, Tensor], Tensor] = rope):
        super().__init__()
        self.rotate = rotate

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone; the keys are turned once."""
        check_rank(k, "(..., t_k, d_k)", function="RotaryScore", argument="k")
        t_k = k.shape[-2]
        turned = self.rotate(k, torch.arange(t_k, device=k.device))
        scores = ScaledDotScore().over(turned)

        def turn_and_score(q):
            check_qk(q, k, function="RotaryScore")
            # more queries than keys begin before position 0
            positions = torch.arange(t_k - q.shape[-2], t_k, device=q.device)
            return scores(self.rotate(q, positions))

        return turn_and_score


def _turns(x, positions, base, *, function):
    """Cosine and sine, ``(..., t, d_k / 2)``, of how far each pair turns."""
    check_tensors(function=function, x=x)
    check_rank(x, "(..., t, d_k)", function=function, argument="x")
    check_tensor(positions, function=function, argument="positions")
    check_broadcasts(
        positions,
        x.shape[:-1],
        axes="(..., t)",
        function=function,
        argument="positions",
    )
    check_even(x.shape[-1], function=function, argument="d_k")
    check_positive(base, function=function, argument="base")
    hands = torch.from_numpy(reference.frequencies(x.shape[-1], base)).to(x.device)
    angles = positions[..., None] * hands  # float64, whatever x is
    return angles.cos().to(x.dtype), angles.sin().to(x.dtype)
