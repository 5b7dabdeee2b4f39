"""Looking at the numbers in a tensor, where there are any to look at."""

import torch
from torch import Tensor
from torch.func import debug_unwrap

from attn_helpers.layers.precision import single


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


def readable(*tensors: Tensor) -> bool:
    """Whether looking at the numbers waits for no device, nor stops a compiler.

    Example:
        >>> readable(torch.ones(3)), readable(torch.ones(3, device="meta"))
        (True, False)
    """
    return not torch.compiler.is_compiling() and all(x.is_cpu for x in tensors)


def known_small(*tensors: Tensor) -> bool:
    """Whether it is known that no dot product among these can overflow, nor be NaN.

    The product of two rows is at most that of their lengths. Under a transform, such
    as ``vmap``, the answer is about all that the transform runs over at once.

    Example:
        >>> known_small(torch.ones(3)), known_small(torch.tensor([1e30, 1.0]))
        (True, False)
    """
    return readable(*tensors) and all(_length(x) < 1e18 for x in tensors)


def _length(x):
    values = debug_unwrap(x) if transformed() else x
    return torch.linalg.vector_norm(values.detach(), dtype=single(x)).item()
