"""How many numbers a module learns, by counting them."""

from torch import nn


def count_parameters(module: nn.Module) -> int:
    """How many numbers a module learns.

    Example:
        >>> count_parameters(nn.Linear(3, 5))
        20
    """
    return sum(p.numel() for p in module.parameters() if p.requires_grad)
