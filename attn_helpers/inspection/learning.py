"""Watch a model while it learns, whatever the loop: note numbers at each step."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from attn_helpers._checks import check_callable, check_count

Noted = TypeVar("Noted")


@contextmanager
def noted(
    optimizer: Optimizer, measure: Callable[[], Noted], every: int = 1
) -> Generator[list[Noted]]:
    """Within the block, keep what ``measure`` returns at each step of an optimiser.

    It is called just before the weights change, when their gradients are there. So it
    goes with ``fit`` and with a loop of your own alike.

    Args:
        optimizer: any of torch's kind.
        measure: function of nothing, such as
            ``lambda: gradient_lengths(model.blocks)``. No gradient is recorded in it.
        every: at which steps; the first step always counts.

    Example:
        >>> weight = nn.Parameter(torch.tensor([1.0]))
        >>> optimizer = torch.optim.SGD([weight], lr=0.5)
        >>> with noted(optimizer, weight.item) as seen:
        ...     for _ in range(3):
        ...         weight.grad = torch.ones(1)
        ...         optimizer.step()
        >>> seen
        [1.0, 0.5, 0.0]
    """
    check_callable(measure, function="noted", argument="measure")
    check_count(every, function="noted", argument="every")
    seen, steps = [], 0

    def look(*_):
        nonlocal steps
        if steps % every == 0:
            with torch.no_grad():
                seen.append(measure())
        steps += 1

    handle = optimizer.register_step_pre_hook(look)
    try:
        yield seen
    finally:
        handle.remove()


def gradient_lengths(parts: Iterable[nn.Module]) -> Tensor:
    """How long the gradient of each part of a model is, over all its parameters.

    Args:
        parts: such as ``model.blocks``. A parameter without a gradient counts as 0.

    Returns:
        ``(parts,)``.

    Example:
        >>> model = nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 1, bias=False))
        >>> model(torch.ones(1, 2)).sum().backward()
        >>> gradient_lengths(model)[1] == model[0](torch.ones(2)).abs()
        tensor([True])
    """
    return torch.stack([_length(part) for part in parts])


def _length(part):
    gradients = [p.grad for p in part.parameters() if p.grad is not None]
    return torch.nn.utils.get_total_norm(gradients)
