"""Keys and values of what has been read, so that each row is read once."""

from copy import copy
from typing import Protocol, Self

import torch
from torch import Tensor

from attn_helpers._checks import check_at_most, check_natural, complaint, shapes


class Cache(Protocol):
    """What one layer keeps of the rows before: give it to each call, in order.

    Its length is the number of rows that it has taken in, and so the place of the next
    one. It may hold fewer, those that came last. A mask still has a column for each row
    that was taken in.
    """

    def __len__(self) -> int: ...

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, int]: ...

    def truncate(self, length: int) -> None: ...


def for_rows_held(mask: Tensor | None, k: Tensor) -> Tensor | None:
    """The columns of a mask for those rows that a cache still holds, the last ones.

    Args:
        mask: ``(..., t_q, t)``, with a column for each row taken in, or for all one.
        k: what came back from ``append``, ``(..., t_k, d_k)``.

    Returns:
        mask, ``(..., t_q, t_k)``, or as it is if it has no more columns than that.
    """
    if mask is None or not mask.ndim or mask.shape[-1] <= k.shape[-2]:
        return mask
    return mask[..., -k.shape[-2] :]


class KVCache:
    """A cache that holds all rows.

    Keys are kept as they were projected, before ``attend`` does anything to them, such
    as ``Rotary``: the cache then serves every ``attend`` alike, and positions may be
    counted anew while it fills. The price is that all keys are turned at each step. It
    grows by copying what it holds, which costs no more than attending to it does, and
    leaves gradients whole.

    Example:
        >>> cache = KVCache()
        >>> k, v, first = cache.append(torch.ones(2, 5, 3), torch.ones(2, 5, 3))
        >>> k, v, first = cache.append(torch.ones(2, 1, 3), torch.ones(2, 1, 3))
        >>> k.shape, first, len(cache)
        (torch.Size([2, 6, 3]), 5, 6)
    """

    def __init__(self):
        self.k: Tensor | None = None
        self.v: Tensor | None = None

    def __len__(self) -> int:
        """How many rows it holds: the place of the row that comes next."""
        return 0 if self.k is None else self.k.shape[-2]

    @property
    def nbytes(self) -> int:
        """How many bytes its keys and values take.

        Example:
            >>> cache = KVCache()
            >>> k, v, first = cache.append(torch.ones(2, 5, 3), torch.ones(2, 5, 3))
            >>> cache.nbytes  # 2 · 30 numbers of 4 bytes
            240
        """
        return sum(rows.nbytes for rows in (self.k, self.v) if rows is not None)

    def __getitem__(self, rows: Tensor) -> Self:
        """A cache with these rows of the batch, ``(b_new,)``, as a search picks them.

        Example:
            >>> cache = KVCache()
            >>> k, v, first = cache.append(torch.ones(2, 5, 3), torch.ones(2, 5, 3))
            >>> cache[torch.tensor([1, 1, 0])].k.shape
            torch.Size([3, 5, 3])
        """
        chosen = copy(self)
        if self.k is not None and self.v is not None:
            chosen.k, chosen.v = self.k[rows], self.v[rows]
        return chosen

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, int]:
        """Take in the keys and values of new rows.

        Args:
            k: ``(..., t_new, d_k)``, in heads or not, but each time alike.
            v: ``(..., t_new, d_v)``.

        Returns:
            all keys ``(..., t_k, d_k)``, all values ``(..., t_k, d_v)``, and the place
            of the first new row among them.
        """
        new = k.shape[-2]
        if len(self):
            k, v = _joined("k", self.k, k), _joined("v", self.v, v)
        self.k, self.v = k, v
        return k, v, k.shape[-2] - new

    def truncate(self, length: int) -> None:
        """Forget all rows but the first ``length``, as if they had never been read.

        Example:
            >>> cache = KVCache()
            >>> k, v, first = cache.append(torch.ones(2, 5, 3), torch.ones(2, 5, 3))
            >>> cache.truncate(3)
            >>> len(cache)
            3
        """
        name, names = type(self).__name__, ("length", "len(cache)")
        check_natural(length, function=name, argument="length")
        check_at_most(length, len(self), function=name, arguments=names)
        last = len(self) - length
        if last and self.k is not None and self.v is not None:
            self.k, self.v = self.k[..., :-last, :], self.v[..., :-last, :]


def _joined(name, old, new):
    if (*old.shape[:-2], old.shape[-1]) != (*new.shape[:-2], new.shape[-1]):
        rule = f"{name} must go on from what the cache holds, in all axes but t"
        raise ValueError(complaint("KVCache", rule, shapes(held=old, new=new)))
    return torch.cat([old, new], dim=-2)
