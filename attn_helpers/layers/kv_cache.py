"""Keys and values of what has been read, so that each row is read once."""

import torch
from torch import Tensor

from attn_helpers._checks import complaint, shapes


class KVCache:
    """What one layer keeps of the rows before: give it to each call, in order.

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
        self.k = self.v = None

    def __len__(self) -> int:
        """How many rows it holds: the place of the row that comes next."""
        return 0 if self.k is None else self.k.shape[-2]

    def __getitem__(self, rows: Tensor) -> "KVCache":
        """A cache with these rows of the batch, ``(b_new,)``, as a search picks them.

        Example:
            >>> cache = KVCache()
            >>> k, v, first = cache.append(torch.ones(2, 5, 3), torch.ones(2, 5, 3))
            >>> cache[torch.tensor([1, 1, 0])].k.shape
            torch.Size([3, 5, 3])
        """
        chosen = KVCache()
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
        first = len(self)
        if first:
            k, v = _joined("k", self.k, k), _joined("v", self.v, v)
        self.k, self.v = k, v
        return k, v, first


def _joined(name, old, new):
    if (*old.shape[:-2], old.shape[-1]) != (*new.shape[:-2], new.shape[-1]):
        rule = f"{name} must go on from what the cache holds, in all axes but t"
        raise ValueError(complaint("KVCache", rule, shapes(held=old, new=new)))
    return torch.cat([old, new], dim=-2)
