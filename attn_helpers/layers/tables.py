"""Tables that depend on nothing learnt: made once, where and as wide as they are used.

They are no buffers, so that nothing saves them, narrows them with a model that is cast
to half precision, or loses them, as ``to_empty`` does.
"""

from collections.abc import Callable

import torch
from torch import Tensor


def wide(x: Tensor) -> torch.dtype:
    """What to count positions and angles with for ``x``: float64, where there is such.

    A device that may have none, as MPS, makes do with float32 unless ``x`` is wider.
    """
    exact = x.dtype == torch.float64 or x.device.type in ("cpu", "cuda")
    return torch.float64 if exact else torch.float32


class Table:
    """Rows by their number, made once for each device and dtype, and more when asked.

    Args:
        make: function of the numbers of the rows wanted, ``(n,)``, and of a tensor that
            they are to be used with; it returns ``(n, ...)``, on the same device.

    Example:
        >>> squares = Table(lambda numbers, like: numbers.to(like) ** 2)
        >>> squares(2, 3, like=torch.ones(()))
        tensor([ 4.,  9., 16.])
    """

    def __init__(self, make: Callable[[Tensor, Tensor], Tensor]):
        self.make = make
        self.kept: dict[tuple[torch.device, torch.dtype], Tensor] = {}

    def __call__(self, first: int, rows: int, like: Tensor) -> Tensor:
        """``rows`` rows from number ``first`` on, to be used with ``like``."""
        last = first + rows
        # for a compiler sizes are symbols and tensors stand-ins: nothing to be kept
        if torch.compiler.is_compiling() or first < 0:
            return self.make(torch.arange(first, last, device=like.device), like)
        key = like.device, like.dtype
        kept = self.kept.get(key)
        if kept is None or len(kept) < last:
            enough = last if kept is None else max(last, 2 * len(kept))
            with torch.inference_mode(False):  # so that it can serve in training, too
                kept = self.make(torch.arange(enough, device=like.device), like)
            if type(kept) is Tensor:  # and no tracer's stand-in
                self.kept[key] = kept
        return kept[first:last]

    def __reduce__(self):
        """Copies, and what is saved, begin empty."""
        return Table, (self.make,)
