"""Which tiles of the scores are wanted, and what is hidden in one of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from attn_helpers._checks import check_count, check_integer


@dataclass(frozen=True)
class Tiling:
    """How a table of scores, queries by keys, is cut into tiles.

    Args:
        function: the public name that the reader called, for complaints.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.
        causal: whether a query sees only its own place and what came before it.
        first: the place of query 0 among the keys, which ``causal`` asks for.
        tile_q: queries of a tile; the last tile may have fewer.
        tile_k: keys of a tile; the last tile may have fewer.

    Example:
        >>> tiling = Tiling("example", None, True, 0, tile_q=2, tile_k=2)
        >>> [(rows.start, keys.start) for rows in tiling.rows(4)
        ...     for keys in tiling.keys(rows, 4)]
        [(0, 0), (2, 0), (2, 2)]
    """

    function: str
    mask: Tensor | None
    causal: bool
    first: int
    tile_q: int
    tile_k: int

    def __post_init__(self) -> None:
        for argument in ("tile_q", "tile_k"):
            names = {"function": self.function, "argument": argument}
            check_count(getattr(self, argument), **names)
        check_integer(self.first, function=self.function, argument="first")

    def rows(self, t_q: int) -> Iterator[slice]:
        """The tiles of queries."""
        for start in range(0, t_q, self.tile_q):
            yield slice(start, min(start + self.tile_q, t_q))

    def keys(self, rows: slice, t_k: int) -> Iterator[slice]:
        """The tiles of keys that some query of ``rows`` may see."""
        end = min(t_k, self.first + rows.stop) if self.causal else t_k
        for start in range(0, end, self.tile_k):
            keys = slice(start, min(start + self.tile_k, end))
            if self.mask is None or bool(part_of(self.mask, rows, keys).any()):
                yield keys

    def hide(self, scores: Tensor, rows: slice, keys: slice) -> None:
        """Set the scores of a tile that are hidden to -inf, in place.

        Args:
            scores: ``(..., n, w)`` of the n queries ``rows`` and the w keys ``keys``.
            rows: which queries.
            keys: which keys.
        """
        if self.mask is not None:
            scores.masked_fill_(~part_of(self.mask, rows, keys), -torch.inf)
        if self.causal and keys.stop > self.first + rows.start + 1:
            ahead = _places(keys, scores) > self.first + _places(rows, scores)[:, None]
            scores.masked_fill_(ahead, -torch.inf)


def part_of(mask: Tensor, rows: slice, keys: slice) -> Tensor:
    """The mask of one tile; an axis of size 1 serves all.

    Args:
        mask: boolean, broadcasts to ``(..., t_q, t_k)``.
        rows: which queries.
        keys: which keys.
    """
    mask = torch.atleast_2d(mask)
    if mask.shape[-2] > 1:
        mask = mask[..., rows, :]
    return mask[..., keys] if mask.shape[-1] > 1 else mask


def whole_mask(
    mask: Tensor | None, causal: bool, first: int, q: Tensor, k: Tensor
) -> Tensor | None:
    """The mask together with the causal one, ``(..., t_q, t_k)``; None hides nothing.

    Args:
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.
        causal: whether a query sees only its own place and what came before it.
        first: the place of query 0 among the keys.
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
    """
    if not causal:
        return mask
    queries, keys = slice(0, q.shape[-2]), slice(0, k.shape[-2])
    past = _places(keys, q) <= first + _places(queries, q)[:, None]
    return past if mask is None else past & mask


def _places(part, like):
    return torch.arange(part.start, part.stop, device=like.device)
