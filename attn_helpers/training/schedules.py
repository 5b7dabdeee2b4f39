"""How the learning rate changes with the step."""

import math
from collections.abc import Callable

from attn_helpers._checks import check_at_least, check_callable, check_count


def linear_decay(steps: int, last: float = 0.05) -> Callable[[int], float]:
    """A schedule that falls on a straight line from 1 to ``last`` after ``steps``.

    Example:
        >>> [round(linear_decay(4, last=0.2)(step), 2) for step in (0, 2, 4, 9)]
        [1.0, 0.6, 0.2, 0.2]
    """
    check_count(steps, function="linear_decay", argument="steps")
    check_at_least(last, 0, function="linear_decay", argument="last")
    return lambda step: 1.0 - (1.0 - last) * min(step / steps, 1.0)


def warm_up(
    steps: int, then: Callable[[int], float] | None = None
) -> Callable[[int], float]:
    """A schedule that rises on a straight line to 1, and then follows another.

    The first step is not at rate 0, as it would change nothing.

    Args:
        steps: how many steps it takes to come to 1.
        then: schedule of the steps after these, counted from 0 again; None stays at 1.

    Example:
        >>> schedule = warm_up(4, then=linear_decay(2, last=0.0))
        >>> [schedule(step) for step in range(7)]
        [0.25, 0.5, 0.75, 1.0, 1.0, 0.5, 0.0]
    """
    check_count(steps, function="warm_up", argument="steps")
    if then is not None:
        check_callable(then, function="warm_up", argument="then")

    def schedule(step):
        if step < steps:
            return (step + 1) / steps
        return 1.0 if then is None else then(step - steps)

    return schedule


def inverse_square_root(warmup: int) -> Callable[[int], float]:
    """The schedule of the Transformer: up on a line to 1, then down as 1/√step.

    The paper's own rate is this one times 1/√(d_model · ``warmup``), its highest value.

    Example:
        >>> schedule = inverse_square_root(4)
        >>> [schedule(step) for step in (0, 3, 15, 63)]
        [0.25, 1.0, 0.5, 0.25]

    Source: Vaswani et al. (2017), arXiv:1706.03762, equation 3.
    """
    check_count(warmup, function="inverse_square_root", argument="warmup")
    return warm_up(warmup, lambda step: math.sqrt(warmup / (warmup + step + 1)))
