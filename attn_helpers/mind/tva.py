"""Bundesen's Theory of Visual Attention: a race for short-term memory.

Seeing an object means entering visual short-term memory. All objects of a display race
for it at once, and attention sets how fast each of them runs::

    w_x    = Σ_j η(x, j) π_j                       the weight equation
    v(x,i) = η(x, i) β_i w_x / Σ_z w_z             the rate equation
    F(t)   = 1 - exp(-v (t - t_0))  for t > t_0    the race

``η(x, j)`` is the sensory evidence that object x has feature j, the pertinence ``π_j``
says how much feature j matters now, the bias ``β_i`` how ready we are to report i.

Read as attention, ``π`` is a query and the rows of ``η`` are keys: the weight is their
dot product, and dividing by its sum over the display is the step that softmax also
takes. With ``w_x = exp(score_x)`` it *is* softmax. Two differences remain: people win a
place in the race or do not, where a network mixes its values by weight; and TVA has a
second bias, ``β``, that a layer of attention lacks.

Units: times in ms; rates, and so the evidence ``η``, in elements per second.

Sources:
    C. Bundesen (1990), A theory of visual attention, Psychological Review 97(4),
    523–547, doi:10.1037/0033-295X.97.4.523.
    C. Bundesen, S. Vangkilde, A. Petersen (2015), Recent developments in a
    computational theory of visual attention, Vision Research 116, 210–218,
    doi:10.1016/j.visres.2014.11.005.
"""

from itertools import combinations
from math import comb

import numpy as np

from attn_helpers._checks import (
    check_between,
    check_count,
    check_generator,
    not_negative,
    takes,
)

MS_PER_S = 1000.0


@takes(
    eta=not_negative("(..., items, categories)"),
    pertinence=not_negative("(categories,)"),
)
def attentional_weights(eta: np.ndarray, pertinence: np.ndarray) -> np.ndarray:
    """Weigh each object by how much of what matters it shows.

    Args:
        eta: evidence that object x belongs to category j, in elements per second,
            ``(..., items, categories)``, not negative.
        pertinence: how much each category matters now, ``(categories,)``, not negative.

    Returns:
        Weights ``w_x = Σ_j η(x, j) π_j``, ``(..., items)``: the dot product of a query
        (the pertinence) with each key (a row of the evidence).

    Example:
        Two red letters and a blue one with a touch of red, with red in mind:

        >>> eta = [[1.0, 0.0], [1.0, 0.0], [0.2, 0.8]]  # columns: red, blue
        >>> attentional_weights(eta, pertinence=[1.0, 0.0])
        array([1. , 1. , 0.2])
    """
    return eta @ pertinence


@takes(weights=not_negative("(..., items)"))
def relative_weights(weights: np.ndarray) -> np.ndarray:
    """Divide the weights by their sum over the display.

    Only relative weight counts in TVA: a distractor matters through what it takes from
    the others. The result equals ``softmax(np.log(weights))``.

    Args:
        weights: attentional weights, ``(..., items)``, not negative.

    Returns:
        ``w_x / Σ_z w_z``, ``(..., items)``. A display where nothing has weight gets
        zeros, as a query that may attend to nothing does.

    Example:
        >>> relative_weights([3.0, 1.0])
        array([0.75, 0.25])
    """
    total = weights.sum(axis=-1, keepdims=True)
    return weights / np.where(total == 0.0, 1.0, total)


@takes(
    eta=not_negative("(..., items, categories)"),
    bias=not_negative("(categories,)"),
    weights=not_negative("(..., items)"),
)
def processing_rates(
    eta: np.ndarray, bias: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Share out the processing: how fast is "x belongs to i" established?

    Args:
        eta: evidence that object x belongs to category i, in elements per second,
            ``(..., items, categories)``.
        bias: perceptual bias β towards reporting each category, from 0 to 1,
            ``(categories,)``.
        weights: attentional weights of the objects, ``(..., items)``.

    Returns:
        Rates ``v(x, i) = η(x, i) β_i w_x / Σ_z w_z`` in elements per second,
        ``(..., items, categories)``. Their sum over categories is the object's own
        rate; their sum over everything is the capacity C.

    Example:
        >>> processing_rates(eta=[[60.0], [60.0]], bias=[1.0], weights=[3.0, 1.0])
        array([[45.],
               [15.]])
    """
    return eta * bias * relative_weights(weights)[..., np.newaxis]


ANYWHERE, ONE = not_negative("(...)"), not_negative("()")


@takes(rates=ANYWHERE, exposure_ms=ANYWHERE, threshold_ms=ANYWHERE)
def encoding_probability(
    rates: np.ndarray,
    exposure_ms: float | np.ndarray,
    threshold_ms: float | np.ndarray = 0.0,
) -> np.ndarray:
    """How likely is it that an object is encoded in time, if memory has room for all?

    Args:
        rates: rates in elements per second, any shape, not negative.
        exposure_ms: how long the display can be seen, in ms, not negative; a number,
            or an array that broadcasts against ``rates``.
        threshold_ms: the longest exposure t_0 that gives nothing at all, in ms.

    Returns:
        ``1 - exp(-v (t - t_0))``, and 0 up to t_0; the broadcast shape.

    Example:
        >>> encoding_probability(25.0, [40, 80, 140], threshold_ms=40).round(3)
        array([0.   , 0.632, 0.918])
    """
    return -np.expm1(-rates * _effective_exposure_s(exposure_ms, threshold_ms))


def _effective_exposure_s(exposure_ms, threshold_ms):
    return np.maximum(exposure_ms - threshold_ms, 0.0) / MS_PER_S


RACE = {
    "rates": not_negative("(items,)"),
    "capacity": check_count,
    "exposure_ms": ONE,
    "threshold_ms": ONE,
}


@takes(**RACE)
def selection_probability(
    rates: np.ndarray, capacity: int, exposure_ms: float, threshold_ms: float = 0.0
) -> np.ndarray:
    """How likely is each object to be among the first K encoded in time?

    Memory holds ``capacity`` objects, so an object must finish before the display is
    gone *and* before memory is full. The sum below counts, by inclusion and exclusion,
    the ways in which at least ``items - capacity`` others are still running.

    Args:
        rates: each object's own rate in elements per second, ``(items,)``, at most 12.
        capacity: K, how many objects visual short-term memory holds (K ≈ 4 in people).
        exposure_ms: how long the display can be seen, in ms, one number.
        threshold_ms: the longest exposure t_0 that gives nothing at all, in ms.

    Returns:
        Probabilities, ``(items,)``. With K = 1 and all the time in the world this is
        Luce's choice rule ``v_x / Σ v``, and so softmax of the logarithms of the rates.

    Example:
        >>> selection_probability([30.0, 10.0], capacity=1, exposure_ms=1e6)
        array([0.75, 0.25])
    """
    names = {"function": "selection_probability", "argument": "number of items"}
    check_between(rates.size, 1, 12, **names)
    time_s = _effective_exposure_s(exposure_ms, threshold_ms)
    still_running = rates.size - capacity
    if still_running <= 0:
        return -np.expm1(-rates * time_s)
    return np.array(
        [
            _finish_while_others_run(rate, np.delete(rates, x), still_running, time_s)
            for x, rate in enumerate(rates)
        ]
    )


def _finish_while_others_run(rate, others, least, time_s):
    """P(finish by ``time_s`` while at least ``least`` of ``others`` still run)."""
    if rate == 0.0:
        return 0.0
    total = 0.0
    for size in range(least, others.size + 1):
        sign = (-1) ** (size - least) * comb(size - 1, least - 1)
        joint = rate + np.array([sum(group) for group in combinations(others, size)])
        total += sign * np.sum(rate / joint * -np.expm1(-joint * time_s))
    return float(total)


@takes(**RACE, rng=check_generator, trials=check_count)
def simulate_race(
    rates: np.ndarray,
    capacity: int,
    exposure_ms: float,
    rng: np.random.Generator,
    trials: int = 1,
    threshold_ms: float = 0.0,
) -> np.ndarray:
    """Run the race and see who gets into visual short-term memory.

    Args:
        rates: each object's own rate in elements per second, ``(items,)``.
        capacity: K, how many objects visual short-term memory holds.
        exposure_ms: how long the display can be seen, in ms, one number.
        rng: a ``numpy.random.Generator``.
        trials: number of races.
        threshold_ms: the longest exposure t_0 that gives nothing at all, in ms.

    Returns:
        True where the object was encoded, ``(trials, items)``, boolean.

    Example:
        >>> simulate_race([50.0, 50.0, 0.0], 2, 1e6, np.random.default_rng(0))
        array([[ True,  True, False]])
    """
    time_s = _effective_exposure_s(exposure_ms, threshold_ms)
    finish_s = np.full((trials, rates.size), np.inf)  # at rate 0 nothing ever finishes
    runs = rates > 0.0
    finish_s[:, runs] = rng.exponential(1.0 / rates[runs], (trials, runs.sum()))
    rank = finish_s.argsort(axis=-1).argsort(axis=-1)
    return (finish_s <= time_s) & (rank < capacity)
