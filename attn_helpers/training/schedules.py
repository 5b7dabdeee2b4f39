"""How the learning rate changes with the step."""

from collections.abc import Callable

from attn_helpers._checks import check_at_least, check_count


def linear_decay(steps: int, last: float = 0.05) -> Callable[[int], float]:
    """A schedule that falls on a straight line from 1 to ``last`` after ``steps``.

    Example:
        >>> [round(linear_decay(4, last=0.2)(step), 2) for step in (0, 2, 4, 9)]
        [1.0, 0.6, 0.2, 0.2]
    """
    check_count(steps, function="linear_decay", argument="steps")
    check_at_least(last, 0, function="linear_decay", argument="last")
    return lambda step: 1.0 - (1.0 - last) * min(step / steps, 1.0)
