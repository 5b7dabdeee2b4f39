"""Posner's cueing experiment: what a hint about the place does to reaction time.

A cue points to one of the places where a target may appear. It is right on most trials
(*valid*), wrong on some (*invalid*), and on *neutral* trials it points nowhere. The
model is the race of `attn_helpers.mind.tva` with one runner: the cue raises the
attentional weight of its place, weights share a fixed capacity C, and the target is
detected when it is encoded::

    score  = strength · trust · log(odds that the cue is right, against one other place)
    weight = exp(score) at the cued place, 1 at each other place
    rate   = C · weight of the target's place / sum of the weights
    reaction time = base + an exponential time of mean 1000 / rate

So the shares of the places are a softmax of their scores, and ``1 / trust`` is its
temperature: at trust 1 weight matches probability, at trust 0 the cue is ignored.

The numbers are illustrative. A benefit and a cost of a few tens of milliseconds each
are the usual order of magnitude, but no single published pair could be confirmed, and
the experiments of 1978–1980 did not all use the same validity. That the cost exceeds
the benefit (with two places, by the factor ``weight``) is a prediction of this model,
not a law.

Units: times in ms, rates in elements per second, places numbered from 0.

Sources:
    M. I. Posner (1980), Orienting of attention, Quarterly Journal of Experimental
    Psychology 32(1), 3–25, doi:10.1080/00335558008248231.
    M. I. Posner, C. R. R. Snyder, B. J. Davidson (1980), Attention and the detection of
    signals, Journal of Experimental Psychology: General 109(2), 160–174,
    doi:10.1037/0096-3445.109.2.160.
    The race: C. Bundesen (1990), doi:10.1037/0033-295X.97.4.523.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from attn_helpers._checks import (
    anything,
    check_between,
    check_choice,
    check_count,
    check_generator,
    check_number,
    check_positive,
    check_probability,
    not_negative,
    takes,
    within,
)
from attn_helpers.mind.tva import MS_PER_S
from attn_helpers.reference.softmax import softmax

CONDITIONS = ("valid", "neutral", "invalid")
NO_PLACE = -1

CENTRAL_MS = 300.0
PERIPHERAL_MS = 100.0

TRIAL = np.dtype(
    [
        ("condition", "U7"),
        ("cue_side", np.int64),
        ("target_side", np.int64),
        ("reaction_time_ms", np.float64),
    ]
)


@takes(
    validity=partial(check_between, low=0.01, high=0.99),
    sides=partial(check_count, least=2),
    trust=check_probability,
    capacity=check_positive,
    base_ms=check_positive,
    base_sd_ms=check_number,
)
@dataclass(frozen=True)
class CueingModel:
    """The experiment and the observer; the default numbers are illustrative.

    Args:
        validity: share of the cued trials on which the cue is right, 0.01 to 0.99.
        sides: number of places where the target may appear, at least 2.
        trust: how far weight follows the odds, from 0 (ignore the cue) to 1 (match).
        capacity: C, in elements per second, above 0.
        base_ms: mean time for everything else, such as the key press, above 0.
        base_sd_ms: its standard deviation, from 0 to a fifth of ``base_ms``, so that
            no reaction time can be negative (five standard deviations).
    """

    validity: float = 0.8
    sides: int = 2
    trust: float = 0.5
    capacity: float = 20.0
    base_ms: float = 200.0
    base_sd_ms: float = 20.0

    def __post_init__(self):
        names = {"function": "CueingModel", "argument": "base_sd_ms"}
        check_between(self.base_sd_ms, 0, self.base_ms / 5, **names)


@takes(soa_ms=not_negative("(...)"), full_ms=check_positive)
def cue_strength(
    soa_ms: float | np.ndarray, full_ms: float = CENTRAL_MS
) -> float | np.ndarray:
    """How much of the cue's effect has built up when the target appears?

    A cue needs time to work: a flash at the place itself (peripheral) has its largest
    effect within about 100 ms, a symbol in the middle (central) needs about 300 ms
    (Cheal and Lyon 1991). The curve between is only an illustration: it rises
    exponentially and reaches 95 % at ``full_ms``. The later reversal of a peripheral
    cue's effect, inhibition of return, is not in this model.

    Args:
        soa_ms: stimulus onset asynchrony, from cue onset to target onset, in ms, not
            negative; a number or an array.
        full_ms: when the effect is all but complete: ``CENTRAL_MS`` (300) or
            ``PERIPHERAL_MS`` (100).

    Returns:
        ``1 - exp(-3 soa / full)``, from 0 to 1, the shape of ``soa_ms``.

    Source:
        M. Cheal, D. R. Lyon (1991), Central and peripheral precuing of forced-choice
        discrimination, Quarterly Journal of Experimental Psychology 43A(4), 859–880.

    Example:
        >>> cue_strength([0, 100, 300]).round(2)
        array([0.  , 0.63, 0.95])
        >>> cue_strength([0, 100, 300], PERIPHERAL_MS).round(2)
        array([0.  , 0.95, 1.  ])
    """
    return -np.expm1(-3.0 * soa_ms / full_ms)


@takes(strength=within(0, 1, "(...)"))
def expected_reaction_times(
    model: CueingModel | None = None, strength: float | np.ndarray = 1.0
) -> dict[str, float | np.ndarray]:
    """Mean reaction time on valid, neutral and invalid trials.

    Args:
        model: a `CueingModel`; None takes the defaults.
        strength: how much of the cue's effect has built up, from 0 to 1, a number or an
            array; see `cue_strength`.

    Returns:
        ``{"valid": ms, "neutral": ms, "invalid": ms}``, each the shape of ``strength``.

    Example:
        >>> times = expected_reaction_times()
        >>> {condition: round(float(ms), 1) for condition, ms in times.items()}
        {'valid': 275.0, 'neutral': 300.0, 'invalid': 350.0}
    """
    model = CueingModel() if model is None else model
    rates = _detection_rates(model, strength)
    return {c: model.base_ms + MS_PER_S / rates[c] for c in CONDITIONS}


def _detection_rates(model, strength):
    """The rate at which the target is detected in each condition, elements/s."""
    odds = model.validity * (model.sides - 1) / (1.0 - model.validity)
    scores = np.zeros((*strength.shape, model.sides))
    scores[..., 0] = strength * model.trust * np.log(odds)
    shares = softmax(scores)  # place 0 is the cued one, (..., sides)
    return {
        "valid": model.capacity * shares[..., 0],
        "neutral": model.capacity / model.sides * np.ones(strength.shape),
        "invalid": model.capacity * shares[..., 1],
    }


@takes(
    trials=check_count,
    rng=check_generator,
    strength=within(0, 1, "()"),
    neutral_share=check_probability,
)
def simulate(
    trials: int,
    rng: np.random.Generator,
    model: CueingModel | None = None,
    strength: float | np.ndarray = 1.0,
    neutral_share: float = 0.2,
) -> np.ndarray:
    """Run the experiment on the model observer.

    The numbers of valid, neutral and invalid trials are fixed, as an experimenter fixes
    them (rounded to whole trials), their order and the sides are drawn.

    Args:
        trials: number of trials, at least 1.
        rng: a ``numpy.random.Generator``.
        model: a `CueingModel`; None takes the defaults.
        strength: how much of the cue's effect has built up, from 0 to 1, one number.
        neutral_share: share of the trials without a hint, from 0 to 1.

    Returns:
        A structured array, ``(trials,)``, with the fields ``condition``, ``cue_side``
        (-1 on neutral trials), ``target_side`` and ``reaction_time_ms``.

    Example:
        >>> session = simulate(200, np.random.default_rng(0))
        >>> [int((session["condition"] == c).sum()) for c in CONDITIONS]
        [128, 40, 32]
    """
    model = CueingModel() if model is None else model
    table: np.ndarray = np.empty(trials, TRIAL)
    table["condition"] = _shuffled_conditions(
        trials, rng, model.validity, neutral_share
    )
    _draw_sides(table, rng, model.sides)
    rates = _detection_rates(model, strength)
    mean_ms = np.select(
        [table["condition"] == c for c in CONDITIONS],
        [MS_PER_S / rates[c] for c in CONDITIONS],
    )
    base_ms = rng.normal(model.base_ms, model.base_sd_ms, trials)
    table["reaction_time_ms"] = base_ms + rng.exponential(mean_ms)
    return table


def _shuffled_conditions(trials, rng, validity, neutral_share):
    neutral = round(trials * neutral_share)
    valid = round((trials - neutral) * validity)
    counts = [valid, neutral, trials - neutral - valid]
    return rng.permutation(np.repeat(CONDITIONS, counts))


def _draw_sides(table, rng, sides):
    """Put each target somewhere, and the cue on it, beside it or nowhere."""
    target = rng.integers(sides, size=table.size)
    elsewhere = (target + rng.integers(1, sides, size=table.size)) % sides
    table["target_side"] = target
    table["cue_side"] = np.where(table["condition"] == "valid", target, elsewhere)
    table["cue_side"][table["condition"] == "neutral"] = NO_PLACE


@dataclass(frozen=True)
class CueingSummary:
    """What a session shows, in ms.

    The dictionaries go from condition to number; a condition without trials holds NaN,
    and so does the standard error of the mean of a single trial.
    """

    trials: dict[str, int]
    mean_ms: dict[str, float]
    median_ms: dict[str, float]
    standard_error_ms: dict[str, float]

    @property
    def benefit_ms(self) -> float:
        """What a right cue saves: mean of neutral minus mean of valid."""
        return self.mean_ms["neutral"] - self.mean_ms["valid"]

    @property
    def cost_ms(self) -> float:
        """What a wrong cue takes: mean of invalid minus mean of neutral."""
        return self.mean_ms["invalid"] - self.mean_ms["neutral"]


@takes(condition=anything("(trials,)"), reaction_time_ms="(trials,)")
def summarise(condition: np.ndarray, reaction_time_ms: np.ndarray) -> CueingSummary:
    """Compare the conditions of a session, simulated or your own.

    Args:
        condition: "valid", "neutral" or "invalid" for each trial, ``(trials,)``.
        reaction_time_ms: reaction times in ms, ``(trials,)``.

    Returns:
        A `CueingSummary`.

    Example:
        >>> condition = ["valid", "valid", "neutral", "invalid"]
        >>> summary = summarise(condition, [270.0, 280.0, 300.0, 350.0])
        >>> summary.benefit_ms, summary.cost_ms
        (25.0, 50.0)
    """
    for value in np.unique(condition):
        check_choice(str(value), CONDITIONS, function="summarise", argument="condition")
    groups = {c: reaction_time_ms[condition == c] for c in CONDITIONS}
    return CueingSummary(
        trials={c: group.size for c, group in groups.items()},
        mean_ms=_each(groups, np.mean),
        median_ms=_each(groups, np.median),
        standard_error_ms=_each(
            groups, lambda group: group.std(ddof=1) / np.sqrt(group.size), least=2
        ),
    )


def _each(groups, statistic, least=1):
    return {
        c: float(statistic(group)) if group.size >= least else float("nan")
        for c, group in groups.items()
    }
