"""ValleyWalker: a bandwidth goes downhill, and the lookup gets better or does not."""

import math

import numpy as np
import traitlets

from attn_helpers._checks import check_between, check_integer
from attn_helpers.data.nile import load_nile
from attn_helpers.reference.kernel_regression import nadaraya_watson
from attn_helpers.reference.leave_one_out import leave_one_out_error
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import refusing
from attn_helpers.widgets.valley_walker.descent import descend, log_slope

NAME = "ValleyWalker"
MOST = 40  # steps
LIMITS = {"start": (0.25, 150), "rate": (0.001, 0.5)}


class ValleyWalker(BookWidget):
    """Gradient descent on one number: the bandwidth of a lookup in the Nile's record.

    The loss is the leave-one-out error. The steps move ln h, the logarithm of the
    bandwidth, so the slope is the derivative of the loss with respect to ln h.

    Traits (inputs):
        start: the bandwidth at which the ball is let go, from 0.25 to 150 years.
        rate: what the slope is multiplied by, from 0.001 to 0.5.
        momentum: 0 · 0.9, the part of the last step that is taken once more.
        steps: how many steps have been taken, 0 to 40.
        year, flow: the record, which is fixed.

    Traits (results): ``path``, the bandwidths from the start to where the ball is;
    ``loss`` and ``slope`` there.

    >>> walker = ValleyWalker(start=20, rate=0.05, steps=9)
    >>> [round(bandwidth, 1) for bandwidth in walker.path]
    [20.0, 10.0, 8.8, 7.9, 6.9, 5.7, 4.4, 3.1, 2.1, 1.7]
    """

    start = traits.Float(20.0).tag(sync=True)
    rate = traits.Float(0.05).tag(sync=True)
    momentum = traits.Enum([0.0, 0.9], 0.0).tag(sync=True)
    steps = traits.Int(0).tag(sync=True)
    year = traits.List(read_only=True).tag(sync=True)
    flow = traits.List(read_only=True).tag(sync=True)

    results = ("path", "loss", "slope")
    path = traits.List([]).tag(sync=True)
    loss = traits.Float(0.0).tag(sync=True)
    slope = traits.Float(0.0).tag(sync=True)

    @traitlets.default("year")
    def _years(self):
        return load_nile()[0].astype(int).tolist()

    @traitlets.default("flow")
    def _flows(self):
        return load_nile()[1].astype(int).tolist()

    @traitlets.validate("start", "rate")
    def _validate_number(self, proposal):
        name = proposal["trait"].name
        with refusing():
            return check_between(
                proposal["value"], *LIMITS[name], function=NAME, argument=name
            )

    @traitlets.validate("steps")
    def _validate_steps(self, proposal):
        names = {"function": NAME, "argument": "steps"}
        with refusing():
            steps = check_integer(proposal["value"], **names)
            check_between(steps, 0, MOST, **names)
        return steps

    def limits(self) -> dict[str, list]:
        numbers = {name: limits.number(*ends) for name, ends in LIMITS.items()}
        return super().limits() | numbers | {"steps": limits.whole(0, MOST)}

    def compute(self) -> dict[str, object]:
        record = self.record()
        path = descend(*record, self.start, self.rate, self.momentum, self.steps)
        return {
            "path": path,
            "loss": leave_one_out_error(*record, path[-1]),
            "slope": log_slope(*record, path[-1]),
        }

    def record(self) -> tuple[np.ndarray, np.ndarray]:
        """Years and flows, ``(100,)`` each."""
        return np.array(self.year), np.array(self.flow)

    def alt(self) -> str:
        momentum = f" and momentum {self.momentum:g}" if self.momentum else ""
        gone = "1 step" if self.steps == 1 else f"{self.steps} steps"
        lowest = leave_one_out_error(*self.record(), BOTTOM)
        return (
            f"The leave-one-out error of a lookup against its bandwidth is a valley, "
            f"lowest at {BOTTOM:g} years with {lowest:.2f}. A ball let go at "
            f"{_short(self.start)} years is at {_short(self.path[-1])} after {gone} "
            f"with rate {self.rate:g}{momentum}: loss {self.loss:.2f}, slope "
            f"{_signed(self.slope)}. Beside it the lookup with this bandwidth."
        )

    def picture(self) -> str:
        return svg.picture(WIDTH, HEIGHT, *_Valley(self).elements(), *_lookup(self))


def _short(number):
    """Three significant digits, without an exponent for everyday sizes."""
    if number < 0.001:
        return "almost 0"
    return f"{number:.3g}" if number < 1000 else "more than 1000"


def _signed(number):
    return f"{number:.2f}".replace("-", "−").replace("−0.00", "0.00")


# --- the static picture, in the layout of the live one ---

WIDTH, HEIGHT = 704, 288
LEFT, RIGHT = 40, 12  # of a panel of PANEL
PANEL, GAP = 344, 16
TOP, FOOT, AXIS = 26, 244, 248
LOSSES = (123, 171)
FLOWS = (400, 1400)
BOTTOM = 1.66  # the bandwidth with the lowest loss, which the tests find once more
LOSS_TICKS = (130, 140, 150, 160, 170)
BANDWIDTH_TICKS = (0.5, 1, 2, 5, 10, 20, 50, 100)
FLOW_TICKS = (400, 600, 800, 1000, 1200, 1400)
YEAR_TICKS = (1880, 1900, 1920, 1940, 1960)


class _Valley:
    """The left panel: where things are, and the elements from back to front."""

    def __init__(self, walker):
        self.walker = walker
        self.record = walker.record()

    def to_x(self, bandwidth):
        low, high = LIMITS["start"]
        part = math.log(min(max(bandwidth, low), high) / low) / math.log(high / low)
        return LEFT + part * (PANEL - LEFT - RIGHT)

    def at(self, bandwidth):
        """Where the valley is at a bandwidth."""
        loss = leave_one_out_error(*self.record, bandwidth)
        return self.to_x(bandwidth), _to_y(loss, LOSSES)

    def elements(self):
        yield from self.frame()
        yield from self.hill()
        yield from self.trail()
        yield from self.ball()

    def frame(self):
        right = PANEL - RIGHT
        for loss in LOSS_TICKS:
            yield from _rule(loss, LOSSES, LEFT, right)
        for bandwidth in BANDWIDTH_TICKS:
            yield _tick(f"{bandwidth:g}", self.to_x(bandwidth))
        yield from _axis("loss", "bandwidth h (years)", LEFT, right)

    def hill(self):
        edge = [self.at(h) for h in np.geomspace(*LIMITS["start"], 97).tolist()]
        corners = [(LEFT, AXIS), *edge, (PANEL - RIGHT, AXIS)]
        yield svg.element("polygon", points=_points(corners), fill="#e9ebee")
        yield _line(edge, svg.INK, 2)

    def trail(self):
        places = [self.at(bandwidth) for bandwidth in self.walker.path]
        color = svg.COLORS["query"]
        yield _line(places, color, 1.5)
        for x, y in places[:-1]:
            yield svg.element("circle", cx=x, cy=y, r=3, fill=color)

    def ball(self):
        x, y = self.at(self.walker.path[-1])
        low, high = LIMITS["start"]
        across = (PANEL - LEFT - RIGHT) / math.log(high / low)  # pixels for 1 of ln h
        up = (FOOT - TOP) / (LOSSES[1] - LOSSES[0])  # pixels for 1 of the loss
        rise = self.walker.slope * up / across
        dx = 56 / math.hypot(1, rise)
        ends = [max(x - dx, LEFT), min(x + dx, PANEL - RIGHT)]
        yield _line([(end, y - rise * (end - x)) for end in ends], svg.INK, 2.5)
        yield svg.element(
            "circle",
            cx=x,
            cy=y,
            r=9,
            fill=svg.COLORS["query"],
            stroke="#fff",
            stroke_width=2,
        )
        text = f"slope {_signed(self.walker.slope)}"
        falls = self.walker.slope < 0 or x < LEFT + 96
        side, anchor = (12, "start") if falls else (-12, "end")
        yield svg.label(text, x + side, y - 14, text_anchor=anchor, font_weight="bold")


def _lookup(walker):
    """The right panel: the record, and the lookup with the present bandwidth."""
    left, right = PANEL + GAP + LEFT, WIDTH - RIGHT
    years, flows = walker.record()

    def to_x(year):
        return left + (year - years[0]) / (years[-1] - years[0]) * (right - left)

    for flow in FLOW_TICKS:
        yield from _rule(flow, FLOWS, left, right)
    for year in YEAR_TICKS:
        yield _tick(f"{year}", to_x(year))
    yield from _axis("flow (10⁸ m³)", "year", left, right)
    for year, flow in zip(years, flows, strict=True):
        place = {"cx": to_x(year), "cy": _to_y(flow, FLOWS)}
        yield svg.element(
            "circle", **place, r=2.5, fill="none", stroke=svg.COLORS["value"]
        )
    grid = np.linspace(years[0], years[-1], 199)
    estimate, _ = nadaraya_watson(grid, years, flows, walker.path[-1])
    curve = [(to_x(at), _to_y(m, FLOWS)) for at, m in zip(grid, estimate, strict=True)]
    yield _line(curve, svg.COLORS["output"], 2.5)
    title = f"the lookup with h = {_short(walker.path[-1])}"
    yield svg.label(title, right, 14, text_anchor="end", font_weight="bold")


def _to_y(value, ends):
    low, high = ends
    return FOOT - (value - low) / (high - low) * (FOOT - TOP)


def _rule(value, ends, left, right):
    y = _to_y(value, ends)
    yield svg.element("line", x1=left, x2=right, y1=y, y2=y, stroke=svg.FAINT)
    yield svg.label(f"{value}", left - 6, y + 4, text_anchor="end", font_size=12)


def _tick(text, x):
    return svg.label(text, x, AXIS + 17, text_anchor="middle", font_size=12)


def _axis(y_label, x_label, left, right):
    yield svg.element("line", x1=left, x2=right, y1=AXIS, y2=AXIS, stroke=svg.INK)
    yield svg.label(y_label, left - LEFT + 2, 14, font_weight="bold")
    yield svg.label(x_label, right, AXIS + 36, text_anchor="end", font_weight="bold")


def _points(corners):
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _line(corners, color, width):
    return svg.element(
        "polyline",
        points=_points(corners),
        fill="none",
        stroke=color,
        stroke_width=width,
        stroke_linejoin="round",
        stroke_linecap="round",
    )
