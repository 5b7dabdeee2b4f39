"""Gradient descent on the logarithm of a bandwidth."""

import math

import numpy as np

from attn_helpers.reference.leave_one_out import leave_one_out_slope


def log_slope(x: np.ndarray, y: np.ndarray, bandwidth: float) -> float:
    """How fast the leave-one-out error grows with ln h: h times its slope in h.

    Args:
        x: where y is known, ``(t,)``.
        y: what is known there, ``(t,)``.
        bandwidth: h, where the slope is taken.

    Returns:
        a number in units of ``y``.
    """
    return bandwidth * leave_one_out_slope(x, y, bandwidth)


def descend(
    x: np.ndarray,
    y: np.ndarray,
    start: float,
    rate: float,
    momentum: float,
    steps: int,
) -> list[float]:
    """Go so many steps down the leave-one-out error of a lookup.

    The steps move ln h: a bandwidth stays above 0 wherever they lead, and a step of one
    size halves a large bandwidth as it halves a small one.

    Args:
        x: where y is known, ``(t,)``.
        y: what is known there, ``(t,)``.
        start: the first bandwidth.
        rate: what the slope is multiplied by.
        momentum: which part of the last step is taken once more.
        steps: how many steps.

    Returns:
        the bandwidths, ``(steps + 1,)``, the first one included.
    """
    path, log_h, step = [start], math.log(start), 0.0
    for _ in range(steps):
        step = momentum * step - rate * log_slope(x, y, path[-1])
        log_h += step
        path.append(math.exp(log_h))
    return path
