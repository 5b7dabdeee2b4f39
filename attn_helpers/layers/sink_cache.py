"""A cache that stays small and never lets go of the first rows, where sinks are."""

import torch
from torch import Tensor

from attn_helpers._checks import check_at_most, check_count, check_natural, complaint
from attn_helpers.layers.kv_cache import KVCache


class SinkCache(KVCache):
    """A cache that holds the first rows of a text and the last ones.

    A query may attend to its own row, the ``window`` - 1 rows before it and the first
    ``sinks`` rows. The rows come back side by side, and ``first`` is a place among
    them: with ``Rotary``, positions are counted inside the cache, so that the first
    rows are never farther away than when the cache became full. This needs keys that
    were kept before they are turned, as they are here.

    As each new row moves the places of those held, rows have to come one by one once
    the cache is full.

    Args:
        window: how many of the last rows a query may attend to, its own among them.
        sinks: how many of the first rows to hold besides.

    Example:
        >>> cache = SinkCache(window=3, sinks=1)
        >>> for place in range(6):
        ...     row = torch.tensor([[float(place)]])
        ...     k, v, first = cache.append(row, row)
        >>> k.flatten().tolist(), first, len(cache)
        ([0.0, 3.0, 4.0, 5.0], 3, 6)

    Source: Xiao et al. (2023), arXiv:2309.17453, section 3.2.
    """

    def __init__(self, window: int, sinks: int = 4):
        super().__init__()
        window = check_count(window, function="SinkCache", argument="window")
        self.sinks = check_natural(sinks, function="SinkCache", argument="sinks")
        self.most = self.sinks + window  # rows that a query may attend to
        self.gone = 0

    def __len__(self) -> int:
        """How many rows it has taken in: the place in the text of the next one."""
        return self.gone + super().__len__()

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, int]:
        """Take in new rows; the first ones and those of the window come back, too."""
        new, held = k.shape[-2], len(self) - self.gone
        if new > 1:
            names = ("held + new rows", "sinks + window")
            check_at_most(held + new, self.most, function="SinkCache", arguments=names)
        k, v, first = super().append(k, v)
        if k.shape[-2] == self.most:  # the next row takes the place of the oldest
            self.k, self.v = (
                torch.cat(
                    [x[..., : self.sinks, :], x[..., self.sinks + 1 :, :]], dim=-2
                )
                for x in (k, v)
            )
            self.gone += 1
        return k, v, first

    def truncate(self, length: int) -> None:
        """Forget all rows but the first ``length``, as long as none was let go."""
        check_natural(length, function="SinkCache", argument="length")
        if self.gone and length < len(self):
            rule = f"length must be {len(self)}, as older rows have been let go"
            raise ValueError(complaint("SinkCache", rule, f"length={length}"))
        super().truncate(length)
