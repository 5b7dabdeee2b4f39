"""SearchExperiment: visual search, taken by the reader in the page."""

import functools
from collections.abc import Sequence

import numpy as np
import traitlets

from attn_helpers._checks import check_between, check_choice, check_count
from attn_helpers.mind import search
from attn_helpers.widgets.experiments.statistics import cell, line
from attn_helpers.widgets.experiments.trials import check_time
from attn_helpers.widgets.kit import svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import refusing

CONDITIONS = ("feature", "conjunction")
KINDS = [(condition, present) for condition in CONDITIONS for present in (True, False)]
#: Faster is a guess, slower is a lapse; in ms.
LIMITS = (200, 5000)
#: ms per item: Treisman and Gelade (1980), quoted by Wolfe, Cave and Franzel (1989).
PUBLISHED = {True: 28.7, False: 67.1}
#: Picked from 300 because this session is typical: its slopes lie close to the model's.
SIMULATION_SEED = 69
SIZES = [4, 12, 24]
MOST = 30  # places in the grid of the display


class SearchExperiment(BookWidget):
    """Is the orange T there? How much longer does it take among more letters?

    Traits (inputs):
        trials: what the reader did, one dictionary a trial, filled in by the page:
            ``condition`` ("feature": all other letters are blue; "conjunction": blue Ts
            and orange Xs), ``present`` (whether the orange T was there), ``size`` (how
            many letters), ``answer`` (True, False, None for none) and ``rt`` (ms from
            display to answer, or None), beside ``block``. Set it to show other data.
        seed: fixes the order of trials and the displays.
        blocks: the condition of each part.
        sizes: display sizes, from 2 to 30 letters.
        trials_per_cell: trials in each part for each size, with and without the T.
        practice: number of practice trials, up to 8; they do not count.
        simulated: what the button "Show me simulated data" shows.

    Traits (results): ``summary``, one dictionary for each condition, presence and size
    with ``n``, ``mean`` and ``se`` of the right answers, ``anticipations``, ``lapses``
    and ``errors``; ``slopes``, one for each condition and presence with ``slope`` (ms
    per item), ``intercept`` and ``se``.

    Example:
        >>> trial = {"condition": "conjunction", "present": True, "answer": True}
        >>> experiment = SearchExperiment(
        ...     trials=[trial | {"size": n, "rt": 420 + 25 * n} for n in (4, 24)]
        ... )
        >>> round(experiment.slopes[2]["slope"], 6)
        25.0
    """

    trials = traits.List(traitlets.Dict(), []).tag(sync=True)
    seed = traits.Int(1).tag(sync=True)
    blocks = traits.List([*CONDITIONS, *CONDITIONS[::-1]]).tag(sync=True)
    sizes = traits.List(SIZES).tag(sync=True)
    trials_per_cell = traits.Int(4).tag(sync=True)
    practice = traits.Int(8, min=0, max=8).tag(sync=True)
    simulated = traits.List(traitlets.Dict()).tag(sync=True)

    results = ("summary", "slopes")
    summary = traits.List([]).tag(sync=True)
    slopes = traits.List([]).tag(sync=True)

    @traitlets.default("simulated")
    def _simulated(self):
        return [dict(trial) for trial in simulated_session()]

    @traitlets.validate("trials", "simulated")
    def _trials(self, proposal):
        name = proposal["trait"].name
        with refusing():
            for i, trial in enumerate(proposal["value"]):
                where = {"function": "SearchExperiment", "argument": f"{name}[{i}]"}
                check_choice(trial.get("condition"), CONDITIONS, **where)
                check_choice(trial.get("present"), (True, False), **where)
                check_choice(trial.get("answer"), (True, False, None), **where)
                check_count(trial.get("size"), **where)
                check_time(trial.get("rt"), **where)
        return proposal["value"]

    @traitlets.validate("blocks")
    def _blocks(self, proposal):
        with refusing():
            for block in proposal["value"]:
                check_choice(
                    block, CONDITIONS, function="SearchExperiment", argument="blocks"
                )
        return proposal["value"]

    @traitlets.validate("sizes")
    def _sizes(self, proposal):
        where = {"function": "SearchExperiment", "argument": "sizes"}
        with refusing():
            for size in proposal["value"]:
                check_between(check_count(size, **where), 2, MOST, **where)
        return sorted(set(proposal["value"]))

    @traitlets.validate("trials_per_cell")
    def _count(self, proposal):
        where = {"function": "SearchExperiment", "argument": "trials_per_cell"}
        with refusing():
            check_count(proposal["value"], **where)
        return proposal["value"]

    def compute(self) -> dict[str, object]:
        return summarise(self.trials)

    def alt(self) -> str:
        text = (
            "A search experiment: is an orange T among the letters? Colour alone finds "
            "it at once; where it takes colour and shape, each further letter took "
            f"{PUBLISHED[True]} ms with a target and {PUBLISHED[False]} ms without "
            "(Treisman and Gelade 1980)."
        )
        slope = self.slopes[2]["slope"]
        if slope is None:
            return text
        return f"{text} In this session it took {slope:.1f} ms with a target."

    def picture(self) -> str:
        return svg.picture(
            640,
            250,
            *_display(12, "feature", "Colour alone"),
            *_display(214, "conjunction", "Colour and shape"),
            *self._pattern(),
        )

    def _pattern(self):
        """Time over letters: the published slopes, and the lines of these trials."""
        yield svg.label("Time, ms", 424, 24, font_size=12)
        for ms in (0, 500, 1000, 1500, 2000):
            y = _height(ms)
            yield svg.element("line", x1=462, x2=630, y1=y, y2=y, stroke=svg.FAINT)
            yield svg.label(str(ms), 457, y + 4, text_anchor="end", font_size=11)
        for size in SIZES:
            yield svg.label(
                str(size), _across(size), 212, text_anchor="middle", font_size=11
            )
        yield svg.label("letters", 546, 228, text_anchor="middle", font_size=11)
        key = "Published slopes in ms per letter, from an arbitrary height."
        yield svg.label(key, 12, 216, font_size=11)
        key = "Red: colour and shape; solid with the T, dashed without."
        yield svg.label(key, 12, 232, font_size=11)
        for present, slope in PUBLISHED.items():
            dashes = {} if present else {"stroke_dasharray": "6 4"}
            yield svg.stroke(
                _rise(400 - slope * SIZES[0], slope), "#8a2500", 2.5, **dashes
            )
            end = _height(400 + slope * (SIZES[-1] - SIZES[0]))
            yield svg.label(str(slope), 616, end - 7, text_anchor="end", font_size=11)
        yield svg.stroke(_rise(400, 0), "#00694d", 2.5)
        yield svg.label("feature ≈ flat", 622, 186, text_anchor="end", font_size=11)
        for fit in self.slopes:
            if fit["slope"] is not None:
                yield svg.stroke(_rise(fit["intercept"], fit["slope"]), svg.INK, 1.5)


def summarise(trials: Sequence[dict]) -> dict[str, object]:
    """The result traits of a list of trials, as numpy computes them."""
    sizes = sorted({trial["size"] for trial in trials})
    summary = [
        {"condition": condition, "present": present, "size": size}
        | _right_answers(
            [
                t
                for t in trials
                if (t["condition"], t["present"], t["size"])
                == (condition, present, size)
            ]
        )
        for condition, present in KINDS
        for size in sizes
    ]
    slopes = [
        {"condition": condition, "present": present}
        | line(
            [
                c
                for c in summary
                if (c["condition"], c["present"]) == (condition, present)
            ]
        )
        for condition, present in KINDS
    ]
    return {"summary": summary, "slopes": slopes}


def _right_answers(trials):
    right = [t for t in trials if t["answer"] in (None, t["present"])]
    times = [None if t["answer"] is None else t["rt"] for t in right]
    return cell(times, LIMITS) | {"errors": len(trials) - len(right)}


@functools.cache
def simulated_session() -> tuple[dict, ...]:
    """The feature and the serial observer of `attn_helpers.mind.search`."""
    rng = np.random.default_rng(SIMULATION_SEED)
    observers = (search.draw_feature_times, search.draw_serial_times)
    return tuple(
        {
            "condition": condition,
            "present": bool(t["target_present"]),
            "size": int(t["display_size"]),
            "answer": bool(t["target_present"]),
            "rt": round(float(t["reaction_time_ms"])),
        }
        for condition, observer in zip(CONDITIONS, observers, strict=True)
        for t in search.simulate(np.array(SIZES), 8, rng, observer)
    )


def _across(size):
    return 462 + 6.2 * size


def _height(ms):
    return 196 - 0.08 * ms


def _rise(intercept, slope):
    """A line over the display sizes as the path of an SVG element."""
    ends = (SIZES[0], SIZES[-1])
    points = [(_across(n), _height(intercept + slope * n)) for n in ends]
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points)


def _display(x, condition, title):
    """One display with the target in it, 190 wide."""
    yield svg.label(title, x + 95, 24, text_anchor="middle", font_size=12)
    yield svg.element(
        "rect", x=x, y=34, width=190, height=162, fill="none", stroke=svg.FAINT
    )
    other = "key" if condition == "feature" else "query"
    for i in range(24):
        place = (7 * i + 15) % MOST
        letter, role = ("X", other) if i % 2 else ("T", "key")
        role = "query" if i == 0 else role
        across = x + 22 + 29 * (place % 6) + (5 * i) % 7 - 3
        down = 52 + 31 * (place // 6) + (3 * i) % 7 - 3
        d = "M-5-5H5M0-5V6" if letter == "T" else "M-5-5 5 6M5-5-5 6"
        yield svg.stroke(
            d, svg.COLORS[role], 2.5, transform=f"translate({across} {down})"
        )
