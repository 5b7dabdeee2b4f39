"""Visual search: how reaction time grows with the number of things on the screen.

Three observers look for a target among ``display_size`` items.

*Feature search.* A red item among green ones: every item is judged at once and no item
slows another, so the time does not depend on the display size.

*Serial search, self-terminating.* One item after another, in random order, until the
target turns up or nothing is left. A target is found after (N + 1) / 2 items on
average, an empty display takes all N: both curves are straight, and the absent slope
is exactly twice the present one.

*Parallel search, limited capacity.* All items race at once, as in
`attn_helpers.mind.tva`, and share a capacity C; unlike there, an item that is done
hands its share to the others. So one item after another is done, every 1000 / C ms on
average and in random order: this observer has the same mean times as the serial one
with ``time_per_item_ms = 1000 / C``, and even the same distribution. A straight slope
therefore does not prove serial search (Townsend 1990).

Treisman and Gelade (1980) report conjunction slopes of 28.7 ms per item with a target
and 67.1 without (as quoted by Wolfe, Cave and Franzel 1989). Their ratio is 2.34; the
pure serial model says 2. The defaults here, 30 and 60, are illustrative. Nor does a
conjunction have to be slow: half the subjects of Wolfe and others stayed below 6 ms per
item. No observer here ever errs, and people do.

Units: times in ms, capacity in elements per second.

Sources:
    A. M. Treisman, G. Gelade (1980), A feature-integration theory of attention,
    Cognitive Psychology 12(1), 97–136, doi:10.1016/0010-0285(80)90005-5.
    J. M. Wolfe, K. R. Cave, S. L. Franzel (1989), Guided search: an alternative to the
    feature integration model for visual search, Journal of Experimental Psychology:
    Human Perception and Performance 15(3), 419–433.
    J. T. Townsend (1990), Serial vs. parallel processing: sometimes they look like
    Tweedledum and Tweedledee but they can (and should) be distinguished, Psychological
    Science 1(1), 46–54, doi:10.1111/j.1467-9280.1990.tb00067.x.
"""

from collections.abc import Callable

import numpy as np

from attn_helpers._checks import (
    check_between,
    check_callable,
    check_count,
    check_generator,
    check_positive,
    takes,
    whole,
)
from attn_helpers.mind.tva import MS_PER_S

BASE_MS = 400.0
TIME_PER_ITEM_MS = 60.0
FEATURE_MS = 50.0

TRIAL = np.dtype(
    [
        ("display_size", np.int64),
        ("target_present", np.bool_),
        ("reaction_time_ms", np.float64),
    ]
)


SIZES = whole("(sizes,)", 1, 1000)
DRAW = {"display_size": check_count, "trials": check_count, "rng": check_generator}

# --- mean times ----------------------------------------------------------------------


@takes(display_sizes=SIZES, feature_ms=check_positive, base_ms=check_positive)
def feature_reaction_times(
    display_sizes: np.ndarray, feature_ms: float = FEATURE_MS, base_ms: float = BASE_MS
) -> tuple[np.ndarray, np.ndarray]:
    """Mean times when the target differs in one feature: flat.

    A simplification. Flat curves are found for targets that are present; saying that
    nothing stood out often takes people longer on larger displays.

    Args:
        display_sizes: numbers of items, whole, from 1 to 1000, ``(sizes,)``.
        feature_ms: mean time until the feature has shown itself, or is given up.
        base_ms: mean time for everything else, such as the key press.

    Returns:
        ``(present, absent)`` in ms, each ``(sizes,)``.

    Example:
        >>> present, absent = feature_reaction_times([1, 5, 15, 30])
        >>> present
        array([450., 450., 450., 450.])
    """
    times = np.full(display_sizes.shape, base_ms + feature_ms)
    return times, times.copy()


@takes(display_sizes=SIZES, time_per_item_ms=check_positive, base_ms=check_positive)
def serial_reaction_times(
    display_sizes: np.ndarray,
    time_per_item_ms: float = TIME_PER_ITEM_MS,
    base_ms: float = BASE_MS,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean times of a serial, self-terminating search.

    Args:
        display_sizes: numbers of items N, whole, from 1 to 1000, ``(sizes,)``.
        time_per_item_ms: mean time to examine one item, above 0.
        base_ms: mean time for everything else, such as the key press.

    Returns:
        ``(present, absent)`` in ms, each ``(sizes,)``: base + (N + 1) / 2 items, and
        base + N items.

    Example:
        >>> present, absent = serial_reaction_times([1, 5, 15])
        >>> present, absent
        (array([460., 580., 880.]), array([ 460.,  700., 1300.]))
    """
    present = base_ms + time_per_item_ms * (display_sizes + 1) / 2
    return present, base_ms + time_per_item_ms * display_sizes


@takes(display_sizes=SIZES, capacity=check_positive, base_ms=check_positive)
def parallel_reaction_times(
    display_sizes: np.ndarray,
    capacity: float = MS_PER_S / TIME_PER_ITEM_MS,
    base_ms: float = BASE_MS,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean times of a race of all items that share one capacity.

    While n items are still running each has the rate C / n, so that the next one is
    done after 1000 / C ms on average, whatever n is, and each is as likely to be next.

    Args:
        display_sizes: numbers of items N, whole, from 1 to 1000, ``(sizes,)``.
        capacity: C, in elements per second, above 0.
        base_ms: mean time for everything else, such as the key press.

    Returns:
        ``(present, absent)`` in ms, each ``(sizes,)``: the mean time of the target, and
        of the last item.

    Example:
        >>> present, absent = parallel_reaction_times([1, 5, 15], capacity=25.0)
        >>> present, absent
        (array([440., 520., 720.]), array([ 440.,  600., 1000.]))
    """
    rank = np.arange(1, display_sizes.max() + 1)
    finish_ms = MS_PER_S / capacity * rank  # 1st, 2nd, … done
    present = np.array([finish_ms[:n].mean() for n in display_sizes])
    return base_ms + present, base_ms + finish_ms[display_sizes - 1]


# --- one trial after another ---------------------------------------------------------


@takes(**DRAW, feature_ms=check_positive)
def draw_feature_times(
    display_size: int,
    present: bool,
    trials: int,
    rng: np.random.Generator,
    feature_ms: float = FEATURE_MS,
) -> np.ndarray:
    """Draw search times of the feature observer: exponential, whatever the display.

    Args:
        display_size: number of items N, at least 1.
        present: whether there is a target; True or False.
        trials: number of times to draw.
        rng: a ``numpy.random.Generator``.
        feature_ms: mean time until the feature has shown itself, or is given up.

    Returns:
        Search times in ms, without the base, ``(trials,)``.

    Example:
        >>> draw_feature_times(30, True, 3, np.random.default_rng(0)).shape
        (3,)
    """
    return rng.exponential(feature_ms, trials)


@takes(**DRAW, time_per_item_ms=check_positive)
def draw_serial_times(
    display_size: int,
    present: bool,
    trials: int,
    rng: np.random.Generator,
    time_per_item_ms: float = TIME_PER_ITEM_MS,
) -> np.ndarray:
    """Draw search times of the serial observer: one exponential time for each item.

    Args:
        display_size: number of items N, at least 1.
        present: whether there is a target; if so it sits anywhere in the order.
        trials: number of times to draw.
        rng: a ``numpy.random.Generator``.
        time_per_item_ms: mean time to examine one item, above 0.

    Returns:
        Search times in ms, without the base, ``(trials,)``.

    Example:
        >>> draw_serial_times(30, True, 3, np.random.default_rng(0)).shape
        (3,)
    """
    examined = np.full(trials, display_size)
    if present:
        examined = rng.integers(1, display_size + 1, size=trials)
    items_ms = rng.exponential(time_per_item_ms, (trials, display_size))
    finish_ms = items_ms.cumsum(axis=-1)
    return finish_ms[np.arange(trials), examined - 1]


@takes(**DRAW, capacity=check_positive)
def draw_parallel_times(
    display_size: int,
    present: bool,
    trials: int,
    rng: np.random.Generator,
    capacity: float = MS_PER_S / TIME_PER_ITEM_MS,
) -> np.ndarray:
    """Draw search times of the racing observer, round by round.

    In each round every item that still runs draws an exponential time at its share of
    the capacity, the fastest is done, and its share goes to the others. (To draw anew
    is allowed because an exponential time forgets how long it has run.) The search ends
    when item 0, the target, is done, or when all are.

    Args:
        display_size: number of items N, at least 1.
        present: whether there is a target; True or False.
        trials: number of times to draw.
        rng: a ``numpy.random.Generator``.
        capacity: C, in elements per second, above 0.

    Returns:
        Search times in ms, without the base, ``(trials,)``.

    Example:
        >>> draw_parallel_times(30, True, 3, np.random.default_rng(0)).shape
        (3,)
    """
    clock_ms = np.zeros(trials)
    running = np.ones((trials, display_size), dtype=bool)
    searching = np.ones(trials, dtype=bool)
    for left in range(display_size, 0, -1):
        draws_ms = rng.exponential(MS_PER_S * left / capacity, running.shape)
        draws_ms[~running] = np.inf
        winner = draws_ms.argmin(axis=-1)
        clock_ms += np.where(searching, draws_ms.min(axis=-1), 0.0)
        running[np.arange(trials), winner] = False
        if present:
            searching &= winner != 0
    return clock_ms


@takes(
    display_sizes=SIZES,
    trials=check_count,
    rng=check_generator,
    draw_times=check_callable,
    base_ms=check_positive,
)
def simulate(
    display_sizes: np.ndarray,
    trials: int,
    rng: np.random.Generator,
    draw_times: Callable[..., np.ndarray],
    base_ms: float = BASE_MS,
    base_sd_ms: float = 25.0,
) -> np.ndarray:
    """Run a search experiment on a model observer.

    Args:
        display_sizes: numbers of items, whole, from 1 to 1000, ``(sizes,)``.
        trials: trials for each display size, with a target and again without.
        rng: a ``numpy.random.Generator``.
        draw_times: the observer, a function called as ``draw_times(display_size,
            present, trials, rng)`` that returns ``(trials,)`` search times in ms:
            `draw_feature_times`, `draw_serial_times`, `draw_parallel_times`, or one of
            them with ``functools.partial`` and another speed.
        base_ms: mean time for everything else, such as the key press.
        base_sd_ms: its standard deviation, at most a fifth of ``base_ms``, so that no
            reaction time can be negative (five standard deviations).

    Returns:
        A structured array in shuffled order, ``(2 * sizes * trials,)``, with the fields
        ``display_size``, ``target_present`` and ``reaction_time_ms``.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> session = simulate([1, 5, 15, 30], 200, rng, draw_serial_times)
        >>> found = session[session["target_present"]]
        >>> slope, _ = fit_slope(found["display_size"], found["reaction_time_ms"])
        >>> bool(25 < slope < 35)
        True
    """
    names = {"function": "simulate", "argument": "base_sd_ms"}
    spread_ms = check_between(base_sd_ms, 0, base_ms / 5, **names)
    table: np.ndarray = np.empty((display_sizes.size, 2, trials), TRIAL)
    for row, size in zip(table, display_sizes.tolist(), strict=True):
        for cell, present in zip(row, (True, False), strict=True):
            cell["display_size"] = size
            cell["target_present"] = present
            cell["reaction_time_ms"] = draw_times(size, present, trials, rng)
    table["reaction_time_ms"] += rng.normal(base_ms, spread_ms, table.shape)
    return rng.permutation(table.ravel())


@takes(display_sizes="(trials,)", reaction_times_ms="(trials,)")
def fit_slope(
    display_sizes: np.ndarray, reaction_times_ms: np.ndarray
) -> tuple[float, float]:
    """Draw the straight line of least squares through reaction times.

    Args:
        display_sizes: the number of items of each trial (or each mean), ``(trials,)``,
            not all equal.
        reaction_times_ms: reaction times in ms, ``(trials,)``.

    Returns:
        ``(slope, intercept)``: ms per item, and ms at zero items.

    Example:
        >>> fit_slope([1, 5, 15, 30], [430.0, 550.0, 850.0, 1300.0])
        (30.0, 400.0)
    """
    names = {"function": "fit_slope", "argument": "range of display_sizes"}
    check_positive(float(np.ptp(display_sizes)), **names)
    centred = display_sizes - display_sizes.mean()
    slope = float(centred @ reaction_times_ms / (centred @ centred))
    return slope, float(reaction_times_ms.mean() - slope * display_sizes.mean())
