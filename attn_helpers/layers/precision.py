"""Digits enough to count with: half precisions widen to float32, autocast or not."""

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor


def single(x: Tensor) -> torch.dtype:
    """The dtype of ``x``, but float32 in place of a half precision."""
    return torch.promote_types(x.dtype, torch.float32)


def widened(x: Tensor) -> Tensor:
    """The same in float32, where it is a half precision; wider numbers stay.

    Example:
        >>> widened(torch.ones(2, dtype=torch.bfloat16)).dtype
        torch.float32
    """
    return x.to(single(x))


def without_autocast(x: Tensor) -> AbstractContextManager:
    """Within the block autocast does not narrow again what is computed with ``x``.

    Example:
        >>> x = torch.ones(2, 2)
        >>> with torch.autocast("cpu", dtype=torch.bfloat16), without_autocast(x):
        ...     (x @ x).dtype
        torch.float32
    """
    kind = x.device.type
    if torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind):
        return torch.autocast(kind, enabled=False)
    return nullcontext()
