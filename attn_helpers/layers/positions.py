"""Where a token stands, told by angles or by a learnt table, in torch."""

from collections.abc import Callable
from functools import lru_cache, partial

import torch
from torch import Tensor, nn

from attn_helpers._checks import (
    check_at_most,
    check_axes,
    check_count,
    check_even,
    check_integer,
    check_natural,
    check_positive,
    complaint,
    shapes,
    spread,
)
from attn_helpers.layers.attention import (
    MASK,
    Attend,
    Attending,
    K,
    Q,
    V,
    attention,
)
from attn_helpers.layers.precision import single, widened
from attn_helpers.layers.tables import Table, wide

X = "(..., t, d_model)"
PLACES = spread("(..., t)")


def rope(
    x: Tensor,
    positions: Tensor | None = None,
    base: float = 10_000.0,
    *,
    first: int = 0,
) -> Tensor:
    """Turn each pair of neighbours in ``x`` by an angle that grows with position.

    Args:
        x: queries or keys, ``(..., t, d_k)``, ``d_k`` even.
        positions: broadcasts to ``(..., t)``; if not given, ``first``, ``first`` + 1, …
        base: sets the slowest frequency.
        first: the position of row 0.

    Returns:
        ``(..., t, d_k)``, every vector as long as it was.

    Example:
        >>> rope(torch.tensor([[1.0, 0.0]]), torch.tensor([1])).round(decimals=2)
        tensor([[0.5400, 0.8400]])

    Source: Su et al. (2021), arXiv:2104.09864, equation 34.
    """
    return _turned(x, *_turns("rope", x, positions, base, first))


def rope_half_split(
    x: Tensor,
    positions: Tensor | None = None,
    base: float = 10_000.0,
    *,
    first: int = 0,
) -> Tensor:
    """The same turns for pairs that stand half a vector apart: i with i + d_k / 2.

    Args:
        x: queries or keys, ``(..., t, d_k)``, ``d_k`` even.
        positions: broadcasts to ``(..., t)``; if not given, ``first``, ``first`` + 1, …
        base: sets the slowest frequency.
        first: the position of row 0.

    Returns:
        ``(..., t, d_k)``, every vector as long as it was.
    """
    cos, sin = _turns("rope_half_split", x, positions, base, first)
    one, other = widened(x).chunk(2, dim=-1)
    turned = [one * cos - other * sin, one * sin + other * cos]
    return torch.cat(turned, dim=-1).to(x.dtype)


def rope_at_speeds(x: Tensor, speeds: Tensor, *, first: int = 0) -> Tensor:
    """Turn each pair of neighbours in ``x`` at a speed that is given.

    Args:
        x: queries or keys, ``(..., t, d_k)``, ``d_k`` even.
        speeds: how far each pair turns from one place to the next, in radians,
            ``(pairs,)``: half as many as ``d_k``.
        first: the position of row 0.

    Returns:
        ``(..., t, d_k)``, every vector as long as it was.

    Example:
        >>> still = torch.zeros(1)  # a clock that stands still turns nothing
        >>> rope_at_speeds(torch.tensor([[1.0, 0.0], [1.0, 0.0]]), still)
        tensor([[1., 0.],
                [1., 0.]])
    """
    function = "rope_at_speeds"
    sizes = check_axes(function, x=(x, "(..., t, d_k)"), speeds=(speeds, "(pairs,)"))
    if sizes["d_k"] != 2 * sizes["pairs"]:
        rule = "speeds must hold one number for each pair of the last axis of x"
        raise ValueError(complaint(function, rule, shapes(x=x, speeds=speeds)))
    first = check_integer(first, function=function, argument="first")
    places = first + torch.arange(sizes["t"], device=x.device)
    angles = places.to(wide(x))[:, None] * speeds.to(x.device, wide(x))
    return _turned(x, angles.cos().to(single(x)), angles.sin().to(single(x)))


class Rotary(Attending):
    """Attention whose queries and keys are turned by their positions first.

    Args:
        attend: what attends then, called as ``attention`` is.
        rotate: turns rows of which the first stands at ``first``: ``rope`` or
            ``rope_half_split``, or either with another base by ``functools.partial``.

    Example:
        >>> q = k = v = torch.ones(1, 3, 4)  # all alike, but for where they stand
        >>> _, weights = Rotary(attention)(q, k, v, need_weights=True)
        >>> weights[0, 0].argmax().item(), weights[0, 2].argmax().item()
        (0, 2)
    """

    def __init__(
        self, attend: Attend = attention, rotate: Callable[..., Tensor] = rope
    ):
        super().__init__(attend)
        self.rotate = rotate

    def forward(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        mask: Tensor | None = None,
        *,
        need_weights: bool = False,
        first: int = 0,
    ) -> tuple[Tensor, Tensor | None]:
        """As in ``attention``; ``first`` is the place of query 0 among the keys."""
        check_axes("Rotary", q=(q, Q), k=(k, K), v=(v, V), mask=(mask, MASK))
        q, k = self.rotate(q, first=first), self.rotate(k, first=0)
        return self.ask(q, k, v, mask, need_weights, first)


class SinusoidalPositions(nn.Module):
    """Add to each embedding the sines and cosines of its position; nothing is learnt.

    Args:
        d_model: width of the embeddings, even.

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.5.
    """

    def __init__(self, d_model: int):
        super().__init__()
        check_even(d_model, function="SinusoidalPositions", argument="d_model")
        self.sizes = {"d_model": d_model}
        self.table = Table(partial(_sinusoids, d_model))

    def forward(
        self, x: Tensor, positions: Tensor | None = None, *, first: int = 0
    ) -> Tensor:
        """``(..., t, d_model)`` -> ``(..., t, d_model)``, for any ``t``.

        ``positions`` broadcast to ``(..., t)``; if not given, they are ``first``,
        ``first`` + 1, …
        """
        check_axes("SinusoidalPositions", self.sizes, x=(x, X))
        if positions is None:
            check_integer(first, function="SinusoidalPositions", argument="first")
            rows = self.table(first, x.shape[-2], like=x)
        else:
            _check_positions("SinusoidalPositions", x, positions)
            rows = self.table.make(positions, x)
        return (x + rows).to(x.dtype)


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
        self.sizes = {"d_model": d_model}
        self.table = nn.Parameter(0.02 * torch.randn(max_length, d_model))

    def forward(
        self, x: Tensor, positions: Tensor | None = None, *, first: int = 0
    ) -> Tensor:
        """``(..., t, d_model)`` -> ``(..., t, d_model)``; ``t`` has its limit.

        ``positions`` broadcast to ``(..., t)``; if not given, they are ``first``,
        ``first`` + 1, …
        """
        check_axes("LearnedPositions", self.sizes, x=(x, X))
        if positions is not None:
            _check_positions("LearnedPositions", x, positions)
            return x + self.table[positions]
        check_natural(first, function="LearnedPositions", argument="first")
        last, sizes = first + x.shape[-2], ("first + t", "max_length")
        limit = self.table.shape[0]
        check_at_most(last, limit, function="LearnedPositions", arguments=sizes)
        return x + self.table[first:last]


def _turned(x, cos, sin):
    """Turn the pairs of neighbours in ``x`` by angles given by cosine and sine."""
    one, other = widened(x[..., 0::2]), widened(x[..., 1::2])
    turned = [one * cos - other * sin, one * sin + other * cos]
    return torch.stack(turned, dim=-1).flatten(-2).to(x.dtype)


def _turns(function, x, positions, base, first):
    """Cosine and sine, ``(..., t, d_k / 2)``, of how far each pair turns."""
    sizes = check_axes(function, x=(x, "(..., t, d_k)"))
    d_k = check_even(sizes["d_k"], function=function, argument="d_k")
    base = check_positive(base, function=function, argument="base")
    if positions is None:
        first = check_integer(first, function=function, argument="first")
        clock = _clock.__wrapped__ if torch.compiler.is_compiling() else _clock
        return clock(d_k, base)(first, sizes["t"], like=x).unbind(dim=1)
    _check_positions(function, x, positions)
    angles = _angles(positions, d_k, base, like=x)
    return angles.cos().to(single(x)), angles.sin().to(single(x))


@lru_cache(maxsize=32)
def _clock(d_k, base):
    """The table of cosines and sines, ``(t, 2, d_k / 2)``, for positions 0, 1, …"""

    def make(places, like):
        angles = _angles(places, d_k, base, like)
        return torch.stack([angles.cos(), angles.sin()], dim=1).to(single(like))

    return Table(make)


def _sinusoids(d_model, places, like):
    """Sine and cosine by turns, ``(t, d_model)``."""
    angles = _angles(places, d_model, 10_000.0, like)
    waves = torch.stack([angles.sin(), angles.cos()], dim=-1)  # (t, d / 2, 2)
    return waves.flatten(-2).to(single(like))


def _angles(positions, d, base, like):
    """How far the hand of each pair has turned, ``(..., d / 2)``, in radians."""
    first_of_pairs = torch.arange(0, d, 2, dtype=wide(like), device=like.device)
    speeds = base ** -(first_of_pairs / d)
    return positions.to(wide(like))[..., None] * speeds


def _check_positions(function, x, positions):
    """Require places that broadcast to the rows of ``x``, and digits enough for them.

    In half precision a position above 2048, or in bfloat16 above 256, is another one.
    """
    check_axes(function, x=(x[..., 0], "(..., t)"), positions=(positions, PLACES))
    if positions.dtype in (torch.float16, torch.bfloat16):
        rule = "positions must be whole numbers, or float32 or wider"
        got = f"positions of dtype {positions.dtype}"
        raise TypeError(complaint(function, rule, got))
