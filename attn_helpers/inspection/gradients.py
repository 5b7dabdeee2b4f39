"""Ask for gradients wherever the question is asked."""

from collections.abc import Generator
from contextlib import contextmanager

import torch
from torch import Tensor

from attn_helpers._checks import check_tensor, complaint


@contextmanager
def gradients_on(function: str) -> Generator[None]:
    """Within the block gradients are recorded, also inside no_grad and inference_mode.

    Tensors that were made in inference_mode can never have one: they are refused in the
    name of ``function``.

    Example:
        >>> with torch.inference_mode(), gradients_on("example"):
        ...     (torch.ones(2, requires_grad=True) * 3).requires_grad
        True
    """
    try:
        with torch.inference_mode(False):  # which is stronger than no_grad, too
            yield
    except RuntimeError as error:
        if "nference tensor" not in str(error):
            raise
        rule = "every tensor and layer must be made outside of torch.inference_mode"
        got = "one from inside, which can have no gradient"
        raise ValueError(complaint(function, rule, got)) from None


def check_graph(value: Tensor, *, function: str, argument: str) -> None:
    """Require a tensor that remembers how it was computed."""
    check_tensor(value, function=function, argument=argument)
    if value.grad_fn is None:
        rule = f"{argument} must be computed from a tensor that requires a gradient"
        raise ValueError(complaint(function, rule, f"{argument} with no grad_fn"))
