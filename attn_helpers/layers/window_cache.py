"""A cache that stays small: it lets go of the rows that no later query may see."""

from torch import Tensor

from attn_helpers._checks import check_count, check_natural, complaint
from attn_helpers.layers.kv_cache import KVCache


class WindowCache(KVCache):
    """A cache for attention that looks back no further than its window.

    Each query may attend to its own row and the ``window`` - 1 rows before it. So these
    are all that is held, however long the text. A new row alone may attend to all that
    comes back with it. Of several new rows the first may attend to rows that the last
    may not: then ``attend``, or a mask, has to keep each query within its window.

    The rows are held in the order of the text, and ``first`` is a place among those
    that come back. That is all that distances depend on, so ``Rotary`` and the biases
    of relative positions give the same as if nothing had been let go.

    Args:
        window: how many rows a query may attend to, its own among them.
        spare: how many older rows to hold besides, so that ``truncate`` can go back by
            as many.

    Example:
        >>> import torch
        >>> cache = WindowCache(window=3)
        >>> for place in range(5):
        ...     row = torch.tensor([[float(place)]])
        ...     k, v, first = cache.append(row, row)
        >>> k.flatten().tolist(), first, len(cache), len(cache.k)
        ([2.0, 3.0, 4.0], 2, 5, 2)

    Source: Beltagy, Peters and Cohan (2020), arXiv:2004.05150, for the window; Jiang et
    al. (2023), arXiv:2310.06825, section 2, for the cache.
    """

    def __init__(self, window: int, spare: int = 0):
        super().__init__()
        window = check_count(window, function="WindowCache", argument="window")
        self.before = window - 1  # rows that a query may attend to before its own
        self.spare = check_natural(spare, function="WindowCache", argument="spare")
        self.gone = 0

    def __len__(self) -> int:
        """How many rows it has taken in: the place of the row that comes next."""
        return self.gone + super().__len__()

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, int]:
        """Take in new rows; the ``window`` - 1 rows before them come back with them."""
        k, v, first = super().append(k, v)
        gone = max(k.shape[-2] - self.before - self.spare, 0)
        if gone:  # copied, as a slice would keep the memory of all rows
            self.k, self.v = k[..., gone:, :].clone(), v[..., gone:, :].clone()
            self.gone += gone
        unseen = max(first - self.before, 0)
        return k[..., unseen:, :], v[..., unseen:, :], first - unseen

    def truncate(self, length: int) -> None:
        """Forget all rows but the first ``length``; what was let go stays away."""
        least = self.gone + self.before if self.gone else 0
        check_natural(length, function="WindowCache", argument="length")
        if length < least:
            rule = f"length must be at least {least}, as older rows have been let go"
            fix = "A larger spare holds more of them."
            got = f"length={length}"
            raise ValueError(complaint("WindowCache", rule, got, fix))
        super().truncate(length)
