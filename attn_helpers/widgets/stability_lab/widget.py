"""StabilityLab: training runs, and what keeps them from failing."""

import base64
import math
from typing import Any

import numpy as np
import traitlets

from attn_helpers._checks import check_between, check_choice, complaint
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import refusing
from attn_helpers.widgets.stability_lab.runs import (
    EVERY,
    LAYERS,
    LINEAR,
    NORMS,
    RATES,
    SERIES,
    STEPS,
    WARMUPS,
    decoded,
    packed,
    stored_runs,
)

NAME = "StabilityLab"
CHOICES = {"norm": NORMS, "warmup": WARMUPS, "layers": LAYERS, "rate": RATES}
NAMES = {
    "loss": "loss",
    "entropy": "attention entropy",
    "distance": "distance of the rows",
    "score": "largest score",
    "gradient": "length of the gradient",
}
# What a strip shows of a series, and the numbers beside it.
RANGES = {
    "loss": [1.9, 5],
    "entropy": [0, 1],
    "distance": [0.00001, 1],
    "score": [0.8, 3000],
    "gradient": [0.05, 30],
}
TICKS = {
    "loss": [2, 3, 4],
    "entropy": [0, 0.5, 1],
    "distance": [0.0001, 0.01, 1],
    "score": [1, 30, 1000],
    "gradient": [0.1, 1, 10],
}
LEARNT = 0.1  # nats below the unigram loss
SMALL = 0.001  # a number below it is not told more exactly
BEST, FULL = 2, 0.42  # the loss of the darkest cell, and its opacity
LEFT, TOP_EDGE, ACROSS, HIGH, GAP = 268, 34, 250, 56, 16  # of the static picture


class StabilityLab(BookWidget):
    """Runs of a small language model that were made in advance, each with three seeds.

    The model reads 64 characters; ``d_model`` is 32, in 2 heads. It is trained for 160
    steps of AdamW on 8 windows of 32 letters; gradients are not clipped. The rate falls
    on a line to 5 % of what is chosen.

    Traits (inputs):
        norm: ``post-norm`` as in 2017, or ``pre-norm``.
        warmup: for so many steps the rate rises from 0 first: 0 or 80.
        layers: 2, 4 or 8.
        rate: the largest learning rate, 0.001, 0.004, 0.016 or 0.064.
        qk_norm: whether queries and keys are brought to one length.
        step: to read the series at: a multiple of 4 from 4 to 160.

    Traits (results): ``values``, at that step, ``(5, 3)`` for the five series and three
    seeds: loss of the training batches, entropy of the lowest layer's weights over the
    largest possible, distance of the last rows from rank one, largest score, length of
    the gradient; ``validation``, the loss of each seed on other text after the last
    step; ``learnt``, how many seeds end 0.1 nats or more below the unigram loss. None
    stands for a number that is not finite.

    Example:
        >>> StabilityLab(norm="pre-norm").learnt
        3
    """

    norm = traits.Enum(NORMS, "post-norm").tag(sync=True)
    warmup = traits.Int(0).tag(sync=True)
    layers = traits.Int(8).tag(sync=True)
    rate = traits.Float(0.004).tag(sync=True)
    qk_norm = traits.Bool(False).tag(sync=True)
    step = traits.Int(STEPS).tag(sync=True)

    results = ("values", "validation", "learnt")
    values = traits.List([]).tag(sync=True)
    validation = traits.List([]).tag(sync=True)
    learnt = traits.Int(0).tag(sync=True)

    # what the view needs where a kernel runs
    _packed = traitlets.Bytes().tag(sync=True)

    def __init__(self, **values: Any):
        super().__init__(_packed=packed(), **values)

    @classmethod
    def data(cls) -> dict[str, object]:
        """All runs for the page, which has no kernel."""
        return {"packed": base64.b64encode(packed()).decode()}

    @traitlets.validate("warmup", "layers", "rate")
    def _one_of_the_runs(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        with refusing():
            check_choice(value, CHOICES[name], function=NAME, argument=name)
        return value

    @traitlets.validate("step")
    def _a_point(self, proposal):
        step = proposal["value"]
        with refusing():
            check_between(step, EVERY, STEPS, function=NAME, argument="step")
            if step % EVERY:
                rule = f"step must be a multiple of {EVERY}"
                raise ValueError(complaint(NAME, rule, f"step={step}"))
        return step

    def limits(self) -> dict[str, list]:
        runs = {n: limits.one_of(CHOICES[n]) for n in ("warmup", "layers", "rate")}
        steps = limits.one_of(range(EVERY, STEPS + 1, EVERY))
        return super().limits() | {**runs, "step": steps}

    @property
    def place(self) -> tuple[int, ...]:
        """Where the runs stand on the first five axes of ``Runs``."""
        chosen = (c.index(getattr(self, name)) for name, c in CHOICES.items())
        return (*chosen, int(self.qk_norm))

    def series(self) -> np.ndarray:
        """All curves, ``(seeds, series, points)``; NaN where a number is not finite."""
        runs = stored_runs()
        return decoded(runs.codes[self.place], runs.scales)

    def compute(self) -> dict[str, object]:
        runs = stored_runs()
        validation = runs.validation[self.place]
        values = self.series()[:, :, self.step // EVERY - 1].T
        return {
            "values": _finite(values),
            "validation": _finite(validation),
            "learnt": int((validation <= runs.unigram - LEARNT).sum()),
        }

    def alt(self) -> str:
        read = [
            f"{NAMES[name]} {_number(name, _median(of_seeds))}"
            for name, of_seeds in zip(SERIES, self.values, strict=True)
        ]
        losses = ", ".join(_number("loss", loss) for loss in self.validation)
        warmup = f"{self.warmup} steps of warm-up" if self.warmup else "no warm-up"
        qk_norm = "QK-norm" if self.qk_norm else "no QK-norm"
        return (
            f"Training with {self.norm}, {self.layers} layers, rate {self.rate:g}, "
            f"{warmup} and {qk_norm}, three seeds. Step {self.step} of {STEPS}, in the "
            f"middle of the three: {', '.join(read)}. Loss on other text after the "
            f"last step: {losses}; a model that only knows how often each letter comes "
            f"has {stored_runs().unigram:.2f}."
        )

    def picture(self) -> str:
        height = TOP_EDGE + len(SERIES) * (HIGH + GAP) + 26
        parts = [*self._setting(), *self._map(), *self._strips()]
        return svg.picture(LEFT + ACROSS + 170, height, *parts)

    def _setting(self):
        title = "Training runs of a small language model"
        yield svg.label(title, 8, 18, font_weight="bold")
        lines = (
            self.norm,
            f"warm-up: {self.warmup} steps" if self.warmup else "no warm-up",
            "with QK-norm" if self.qk_norm else "without QK-norm",
            f"{self.layers} layers, rate {self.rate:g}",
        )
        for n, line in enumerate(lines):
            yield svg.label(line, 8, 48 + 19 * n)

    def _map(self):
        """Validation loss of depth × rate, a third of each cell for each seed."""
        runs = stored_runs()
        norm, warmup, *_, qk_norm = self.place
        cells = runs.validation[norm, warmup, :, :, qk_norm]
        left, top, wide, high = 44, 190, 44, 28
        place = {"text_anchor": "middle", "font_size": 10}
        title = "Loss on other text: layers × rate"
        yield svg.label(title, 8, top - 25, font_size=11, font_weight="bold")
        for j, rate in enumerate(RATES):
            yield svg.label(f"{rate:g}", left + (j + 0.5) * wide, top - 6, **place)
        for i, layers in enumerate(LAYERS):
            y = top + i * high
            yield svg.label(f"{layers}", left - 8, y + 18, text_anchor="end")
            for j in range(len(RATES)):
                x = left + j * wide
                for seed, loss in enumerate(cells[i, j]):
                    share = min(
                        1, max(0, (runs.unigram - loss) / (runs.unigram - BEST))
                    )
                    box = {"x": x + seed * wide / 3, "y": y, "width": wide / 3}
                    fill = {"fill": svg.WEIGHT, "fill_opacity": FULL * share}
                    yield svg.element("rect", **box, height=high, **fill)
                chosen = (i, j) == self.place[2:4]
                edge = {"stroke": svg.INK if chosen else svg.FAINT, "fill": "none"}
                size = {"width": wide - 2, "height": high - 2}
                edge["stroke_width"] = 2.5 if chosen else 0.5
                yield svg.element("rect", x=x + 1, y=y + 1, **size, **edge)
                text = _number("loss", _median(_finite(cells[i, j])))
                yield svg.label(text, x + wide / 2, y + 18, **place)

    def _strips(self):
        """The five series above each other, and a line at the step."""
        foot = TOP_EDGE + len(SERIES) * (HIGH + GAP) - GAP
        place = {"text_anchor": "end", "font_size": 10}
        if self.warmup:
            box = {"x": LEFT, "y": TOP_EDGE, "height": foot - TOP_EDGE}
            fill = {"fill": svg.FAINT, "fill_opacity": 0.35}
            yield svg.element("rect", **box, width=ACROSS * self.warmup / STEPS, **fill)
        for n, (name, lines) in enumerate(
            zip(SERIES, self.series().transpose(1, 0, 2), strict=True)
        ):
            top = TOP_EDGE + n * (HIGH + GAP)
            box = {"x": LEFT, "y": top, "width": ACROSS, "height": HIGH}
            yield svg.element("rect", **box, fill="none", stroke=svg.FAINT)
            for tick in TICKS[name]:
                y = top + HIGH * (1 - _share(name, tick))
                yield svg.label(_short(tick), LEFT - 5, y + 4, **place)
            if name == "loss":
                y = top + HIGH * (1 - _share(name, stored_runs().unigram))
                dashed = {"stroke": svg.INK, "stroke_dasharray": "4 3"}
                yield svg.element(
                    "line", x1=LEFT, x2=LEFT + ACROSS, y1=y, y2=y, **dashed
                )
            for line in lines:
                yield svg.stroke(_path(name, line, top), svg.COLORS["key"], 1.2)
            values = " · ".join(_number(name, v) for v in self.values[n])
            x = LEFT + ACROSS + 10
            yield svg.label(NAMES[name], x, top + 14, font_size=12, font_weight="bold")
            yield svg.label(values, x, top + 31, font_size=12)
        x = LEFT + ACROSS * self.step / STEPS
        yield svg.stroke(f"M{x:.1f},{TOP_EDGE}V{foot}", svg.COLORS["query"], 1.5)
        for step in range(0, STEPS + 1, 40):
            at = LEFT + ACROSS * step / STEPS
            yield svg.label(
                f"{step}", at, foot + 16, text_anchor="middle", font_size=11
            )
        yield svg.label("step", LEFT + ACROSS / 2, foot + 32, text_anchor="middle")


def _finite(numbers):
    """Nested lists with None for what is not finite."""
    if np.ndim(numbers):
        return [_finite(part) for part in numbers]
    return float(numbers) if math.isfinite(numbers) else None


def _median(of_seeds):
    """The middle one; what is not finite counts as the largest."""
    return sorted(of_seeds, key=lambda x: math.inf if x is None else x)[1]


def _number(name, value):
    """A value as it is shown: two digits after the point, or two that count."""
    if value is None:
        return "∞"
    if name in ("loss", LINEAR):
        return f"{value:.2f}"
    if value < SMALL:
        return f"< {SMALL:g}"
    return np.format_float_positional(value, 2, fractional=False, trim="-")


def _short(tick):
    return "10⁻⁴" if tick == 0.0001 else f"{tick:g}"


def _share(name, value):
    """How far up in its strip a value lies, from 0 to 1."""
    low, high = RANGES[name]
    if name == LINEAR:
        return min(1.0, max(0.0, (value - low) / (high - low)))
    return min(1.0, max(0.0, math.log(value / low) / math.log(high / low)))


def _path(name, line, top):
    """The points of one seed until a number is not finite."""
    known = [v for v in line.tolist() if math.isfinite(v)]
    return "M" + "L".join(
        f"{LEFT + ACROSS * EVERY * (i + 1) / STEPS:.1f},"
        f"{top + HIGH * (1 - _share(name, v)):.1f}"
        for i, v in enumerate(known)
    )
