"""Which path carries it: let one part of a model read something else, and no other.

An ablated head is gone for everybody. A path that is cut is gone for one reader, such
as the keys of one later layer; the queries and values beside it read on as before.
"""

from collections.abc import Generator
from contextlib import contextmanager

from torch import Tensor, nn

from attn_helpers._checks import check_tensor, complaint, shapes


@contextmanager
def recorded(part: nn.Module) -> Generator[list[Tensor]]:
    """Within the block, note what a part of a model reads, one tensor a call.

    Args:
        part: a module whose first argument is a tensor.

    Example:
        >>> import torch
        >>> model = nn.Sequential(nn.ReLU(), nn.Linear(2, 3))
        >>> with recorded(model[1]) as seen:
        ...     _ = model(torch.tensor([-1.0, 5.0]))
        >>> seen
        [tensor([0., 5.])]
    """
    seen = []
    handle = part.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    try:
        yield seen
    finally:
        handle.remove()


@contextmanager
def reading(part: nn.Module, x: Tensor) -> Generator[None]:
    """Within the block, a part of a model reads ``x``, whatever it is given.

    To cut the path from one layer to the keys of another, record what the other would
    read if the first were ablated, and let its ``k_proj`` read that.

    Args:
        part: a module whose first argument is a tensor, such as a ``k_proj``.
        x: of the shape of what it is given.

    Example:
        >>> import torch
        >>> model = nn.Sequential(nn.ReLU(), nn.Flatten(0))
        >>> with reading(model[1], torch.tensor([[7.0, 8.0]])):
        ...     model(torch.ones(1, 2))
        tensor([7., 8.])

    Source: Wang et al. (2022), arXiv:2211.00593, which calls it path patching; Elhage
    et al. (2021), *A mathematical framework for transformer circuits*, for a head that
    composes with the keys, queries or values of another.
    """
    check_tensor(x, function="reading", argument="x")

    def swap(part, given):
        if given[0].shape != x.shape:
            rule = "x must have the shape of what the part is given"
            raise ValueError(complaint("reading", rule, shapes(x=x, given=given[0])))
        return (x, *given[1:])

    handle = part.register_forward_pre_hook(swap)
    try:
        yield
    finally:
        handle.remove()
