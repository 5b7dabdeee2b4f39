"""CueingExperiment: Posner's cueing task, taken by the reader in the page."""

import functools
from collections.abc import Sequence

import numpy as np
import traitlets

from attn_helpers._checks import check_choice, check_count
from attn_helpers.mind import cueing
from attn_helpers.widgets.experiments.statistics import cell, difference
from attn_helpers.widgets.experiments.trials import check_time
from attn_helpers.widgets.kit import svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import refusing

CONDITIONS = ("valid", "neutral", "invalid")
#: Faster is a guess, slower is a lapse; in ms.
LIMITS = (100, 1500)
#: Order of size of the published benefits and costs, in ms: no single pair of numbers
#: could be confirmed, so the widget shows a range and calls it illustrative.
BAND = (20, 50)
#: Picked from 300 because this session is typical: its means lie close to the model's.
SIMULATION_SEED = 237


class CueingExperiment(BookWidget):
    """Does an arrow that is usually right speed up seeing, and a wrong one slow it?

    Traits (inputs):
        trials: what the reader did, one dictionary a trial, filled in by the page:
            ``condition`` ("valid", "neutral", "invalid", or "catch" for no dot) and
            ``rt`` (ms from the dot to the press; below 0 for a press before the dot,
            None for no press), beside ``block``, ``cue``, ``target`` and ``soa``. Set
            it to show other data.
        seed: fixes the order of trials.
        blocks: number of parts with a rest between them.
        invalid_per_block: trials with a wrong arrow in each part; four times as many
            have a right one, so that 80 % of the arrows are right.
        practice: number of practice trials, up to 8; they do not count.
        simulated: what the button "Show me simulated data" shows.

    Traits (results): ``summary``, one dictionary a condition with ``n``, ``mean``,
    ``se``, ``anticipations`` and ``lapses``; ``effects`` with ``benefit``, ``cost``,
    their standard errors, ``catch_trials`` and ``false_alarms``.

    Example:
        >>> times = {"valid": 280.0, "neutral": 300.0, "invalid": 340.0}
        >>> experiment = CueingExperiment(
        ...     trials=[{"condition": c, "rt": rt} for c, rt in times.items()]
        ... )
        >>> experiment.effects["benefit"], experiment.effects["cost"]
        (20.0, 40.0)
    """

    trials = traits.List(traitlets.Dict(), []).tag(sync=True)
    seed = traits.Int(1).tag(sync=True)
    blocks = traits.Int(2).tag(sync=True)
    invalid_per_block = traits.Int(5).tag(sync=True)
    practice = traits.Int(7, min=0, max=8).tag(sync=True)
    simulated = traits.List(traitlets.Dict()).tag(sync=True)

    results = ("summary", "effects")
    summary = traits.List([]).tag(sync=True)
    effects = traits.Dict({}).tag(sync=True)

    @traitlets.default("simulated")
    def _simulated(self):
        return [dict(trial) for trial in simulated_session()]

    @traitlets.validate("trials", "simulated")
    def _trials(self, proposal):
        name = proposal["trait"].name
        with refusing():
            for i, trial in enumerate(proposal["value"]):
                where = {"function": "CueingExperiment", "argument": f"{name}[{i}]"}
                check_choice(trial.get("condition"), (*CONDITIONS, "catch"), **where)
                check_time(trial.get("rt"), **where)
        return proposal["value"]

    @traitlets.validate("blocks", "invalid_per_block")
    def _count(self, proposal):
        name = proposal["trait"].name
        with refusing():
            check_count(proposal["value"], function="CueingExperiment", argument=name)
        return proposal["value"]

    def compute(self) -> dict[str, object]:
        return summarise(self.trials)

    def alt(self) -> str:
        low, high = BAND
        text = (
            "A cueing experiment: an arrow at the fixation cross says where a dot will "
            "appear, rightly on 80 % of the trials. A right arrow is expected to save, "
            f"and a wrong one to cost, some {low} to {high} ms (illustrative)."
        )
        benefit, cost = self.effects["benefit"], self.effects["cost"]
        if benefit is None or cost is None:
            return text
        own = f"the benefit is {benefit:.0f} ms and the cost {cost:.0f} ms"
        return f"{text} In this session {own}."

    def picture(self) -> str:
        frames = [
            ("1. Look at the cross.", None, False),
            ("2. An arrow, usually right.", "right", False),
            ("3. A dot: press at once.", "right", True),
        ]
        drawn = [_frame(12 + 208 * i, *frame) for i, frame in enumerate(frames)]
        return svg.picture(640, 350, *drawn, *self._pattern())

    def _pattern(self):
        """Differences from neutral: where published effects lie, and these trials."""
        center = {"valid": 200, "neutral": 340, "invalid": 480}
        scale = 75 / max(
            75, *map(abs, [0, *self._differences().values()])
        )  # units per ms

        def y(ms):
            return 238 - scale * ms

        yield svg.label("Reaction time against neutral, ms", 12, 148)
        for ms in (-50, 0, 50):
            yield svg.element(
                "line", x1=110, x2=570, y1=y(ms), y2=y(ms), stroke=svg.FAINT
            )
            text = f"{ms:+d}".replace("-", "−") if ms else "0"
            yield svg.label(text, 102, y(ms) + 5, text_anchor="end")
        for condition, top in (("valid", -BAND[0]), ("invalid", BAND[1])):
            yield svg.element(
                "rect",
                x=center[condition] - 50,
                y=y(top),
                width=100,
                height=scale * (BAND[1] - BAND[0]),
                fill="#b9c3d0",
            )
        stripe = {"x": 290, "y": y(0) - 2, "width": 100, "height": 4}
        yield svg.element("rect", fill="#b9c3d0", **stripe)
        for condition, ms in self._differences().items():
            yield svg.element(
                "circle", cx=center[condition], cy=y(ms), r=6, fill=svg.INK
            )
        for condition, x in center.items():
            yield svg.label(condition, x, 326, text_anchor="middle")
        yield svg.label(
            f"grey: published effects, {BAND[0]} to {BAND[1]} ms each (illustrative)",
            340,
            344,
            text_anchor="middle",
            font_size=11,
        )

    def _differences(self):
        cells = {c["condition"]: c for c in self.summary}
        values = {c: difference(cells[c], cells["neutral"])[0] for c in CONDITIONS}
        return {c: value for c, value in values.items() if value is not None}


def summarise(trials: Sequence[dict]) -> dict[str, object]:
    """The result traits of a list of trials, as numpy computes them."""
    times = {
        condition: [t.get("rt") for t in trials if t["condition"] == condition]
        for condition in (*CONDITIONS, "catch")
    }
    cells = {c: cell(times[c], LIMITS) for c in CONDITIONS}
    benefit, benefit_se = difference(cells["neutral"], cells["valid"])
    cost, cost_se = difference(cells["invalid"], cells["neutral"])
    return {
        "summary": [{"condition": c, **cells[c]} for c in CONDITIONS],
        "effects": {
            "benefit": benefit,
            "benefit_se": benefit_se,
            "cost": cost,
            "cost_se": cost_se,
            "catch_trials": len(times["catch"]),
            "false_alarms": sum(rt is not None for rt in times["catch"]),
        },
    }


@functools.cache
def simulated_session() -> tuple[dict, ...]:
    """The model observer of `attn_helpers.mind.cueing` on as many trials."""
    rng = np.random.default_rng(SIMULATION_SEED)
    session = cueing.simulate(66, rng, neutral_share=16 / 66)
    return tuple(
        {"condition": str(t["condition"]), "rt": round(float(t["reaction_time_ms"]))}
        for t in session
    )


def _frame(x, text, cue, target):
    """One display of a trial, 200 wide, with its caption."""
    drawn = [
        svg.element("rect", width=200, height=84, fill="#fff", stroke=svg.FAINT),
        svg.stroke("M25 27h30v30H25zM145 27h30v30h-30z", svg.INK, 1.5),
        svg.label(text, 100, 106, text_anchor="middle", font_size=12),
    ]
    if cue is None:
        drawn.append(svg.stroke("M100 36v12M94 42h12", svg.INK, 2))
    else:
        arrow = "M84 37h18v-7l14 12-14 12v-7H84z"
        drawn.append(svg.element("path", d=arrow, fill=svg.COLORS["query"]))
    if target:
        dot = {"cx": 160, "cy": 42, "r": 7}
        drawn.append(svg.element("circle", fill=svg.COLORS["key"], **dot))
    return svg.element("g", "".join(drawn), transform=f"translate({x} 12)")
