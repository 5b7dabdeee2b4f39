"""Looking at the numbers in a tensor, where there are any to look at."""

import torch
from torch import Tensor
from torch.func import debug_unwrap


def found(bad: Tensor) -> bool:
    """Whether any entry is True; False where no number can be read.

    There is none to read on the meta device, or while a graph is captured.

    Example:
        >>> found(torch.tensor([False, True])), found(torch.ones(2, device="meta") > 0)
        (True, False)
    """
    if torch.compiler.is_compiling() or bad.is_meta:
        return False
    return bool(debug_unwrap(bad).any())


def transformed() -> bool:
    """Whether a transform of ``torch.func``, such as ``vmap``, is at work.

    Example:
        >>> seen = []
        >>> _ = torch.vmap(lambda x: seen.append(transformed()) or x)(torch.ones(2))
        >>> seen, transformed()
        ([True], False)
    """
    # torch has no public name for it; a compiler traces transforms by itself
    active = torch._C._are_functorch_transforms_active
    return not torch.compiler.is_compiling() and active()


def known_finite(*tensors: Tensor) -> bool:
    """Whether it is known that all numbers are finite; no waiting for a device to tell.

    Example:
        >>> known_finite(torch.ones(3)), known_finite(torch.tensor([1.0, torch.nan]))
        (True, False)
    """
    if torch.compiler.is_compiling() or any(x.device.type != "cpu" for x in tensors):
        return False
    # a sum is NaN or infinite if one number is, or if it overflows: then nobody knows
    return all(debug_unwrap(x.detach()).sum().isfinite() for x in tensors)
