"""SoftLookup: ask between the keys of a dictionary, and get a mixture of its values."""

import math

import numpy as np
import traitlets

from attn_helpers._checks import check_array, check_number, check_positive
from attn_helpers.reference.kernel_regression import LOG_KERNELS, nadaraya_watson
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import (
    TraitRefused,
    refuse_unless_paired,
    refusing,
)

MOST_POINTS = 200


class SoftLookup(BookWidget):
    """Kernel regression on a line: the query slides, the estimate follows.

    Traits (inputs):
        x: keys, at most 200 numbers.
        y: values, one for each key.
        query: where to look, in units of ``x``; the middle of the keys at first.
        kernel: ``gaussian`` · ``triangular`` · ``epanechnikov`` · ``boxcar``.
        bandwidth: how far "near" reaches, in units of ``x``, above 0; a twelfth of
            the range of the keys at first.
        x_label, y_label: names of the axes, with units.

    Traits (results): ``weights``, one for each key, and ``estimate``; both 0 where a
    kernel of finite reach finds no key.

    >>> lookup = SoftLookup(x=[0, 1, 2], y=[10, 20, 30], query=0.25, bandwidth=1,
    ...                     kernel="triangular")
    >>> lookup.estimate
    12.5
    """

    x = traits.List([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]).tag(sync=True)
    y = traits.List([2.1, 3.0, 3.4, 2.8, 1.9, 1.2, 1.0, 1.6, 2.7]).tag(sync=True)
    query = traits.Float().tag(sync=True)
    kernel = traits.Enum(list(LOG_KERNELS), "gaussian").tag(sync=True)
    bandwidth = traits.Float().tag(sync=True)
    x_label = traits.Unicode("x").tag(sync=True)
    y_label = traits.Unicode("y").tag(sync=True)

    results = ("weights", "estimate")
    weights = traits.List([]).tag(sync=True)
    estimate = traits.Float(0.0).tag(sync=True)

    @traitlets.default("query")
    def _middle(self):
        return float(np.median(self.x))

    @traitlets.default("bandwidth")
    def _neighbourhood(self):
        return float(f"{_span(self.x) / 12:.3g}")

    @traitlets.validate("x", "y")
    def _validate_points(self, proposal):
        name = proposal["trait"].name
        lists = {"x": self.x, "y": self.y} | {name: proposal["value"]}
        # both each time: which of the two is judged first is not certain
        points = {key: _read_points(value, key) for key, value in lists.items()}
        lengths = {key: len(value) for key, value in points.items()}
        refuse_unless_paired("SoftLookup", lengths)
        return points[name]

    @traitlets.validate("query")
    def _validate_query(self, proposal):
        with refusing():
            return check_number(
                proposal["value"], function="SoftLookup", argument="query"
            )

    @traitlets.validate("bandwidth")
    def _validate_bandwidth(self, proposal):
        with refusing():
            return check_positive(
                proposal["value"], function="SoftLookup", argument="bandwidth"
            )

    def limits(self) -> dict[str, list]:
        span = _span(self.x)
        return super().limits() | {
            "query": limits.number(min(self.x) - span, max(self.x) + span),
            "bandwidth": limits.number(span / 1000, span * 1000),
        }

    def compute(self) -> dict[str, object]:
        estimate, weights = nadaraya_watson(
            np.array([self.query]), self.x, self.y, self.bandwidth, self.kernel
        )
        return {"weights": weights[0].tolist(), "estimate": float(estimate[0])}

    def alt(self) -> str:
        where = f"{self.x_label} {_short(self.query, digits=6)}"
        if not any(self.weights):
            return f"{len(self.x)} points; none lies within reach of {where}."
        return (
            f"{len(self.x)} points; at {where} the soft lookup estimates "
            f"{self.y_label} as {_short(self.estimate)}. 90 % of the weight lies "
            f"on {_carriers(self.weights)} points; the largest weight is "
            f"{max(self.weights):.3f}."
        )

    def picture(self) -> str:
        return svg.picture(WIDTH, HEIGHT, *_Drawing(self).elements())


def _read_points(value, name):
    with refusing():
        points = check_array(value, "(t_k,)", function="SoftLookup", argument=name)
    if len(points) > MOST_POINTS:
        raise TraitRefused(
            f"SoftLookup: at most {MOST_POINTS} points; got {name} {points.shape}."
        )
    return points.astype(float).tolist()


def _span(values):
    return max(values) - min(values) or 1.0


def _carriers(weights):
    """How many of the largest weights it takes to reach 90 %."""
    totals = np.cumsum(sorted(weights, reverse=True))
    return int(np.argmax(totals >= 0.9 - 1e-12)) + 1


def _short(number, digits=4):
    """So many significant digits, without an exponent for everyday sizes."""
    return f"{number:.{digits}g}".replace("-", "−")


# --- the static picture, in the layout of the live one ---

WIDTH, HEIGHT = 640, 362
LEFT, RIGHT = 46, 626
TOP, FOOT, CREST, AXIS = 48, 262, 274, 322


class _Drawing:
    """Where things are, and the elements from back to front."""

    def __init__(self, lookup):
        self.lookup = lookup
        x, y = lookup.x, lookup.y
        pad_x, pad_y = 0.05 * _span(x), 0.08 * _span(y)
        self.x0, self.x1 = min(x) - pad_x, max(x) + pad_x
        self.y0, self.y1 = min(y) - pad_y, max(y) + pad_y

    def to_x(self, value):
        return LEFT + (value - self.x0) / (self.x1 - self.x0) * (RIGHT - LEFT)

    def to_y(self, value):
        return FOOT - (value - self.y0) / (self.y1 - self.y0) * (FOOT - TOP)

    def elements(self):
        yield from self.frame()
        yield from self.hill()
        yield self.curve()
        yield from self.points()
        yield from self.answer()

    def frame(self):
        """Axes with their ticks and names."""
        for value, text in _ticks(self.y0, self.y1, 6):
            py = self.to_y(value)
            yield svg.element("line", x1=LEFT, x2=RIGHT, y1=py, y2=py, stroke=svg.FAINT)
            yield svg.label(text, LEFT - 6, py + 4, text_anchor="end", font_size=12)
        for value, text in _ticks(self.x0, self.x1, WIDTH / 75):
            px = self.to_x(value)
            yield svg.label(text, px, AXIS + 19, text_anchor="middle", font_size=12)
        yield svg.element("line", x1=LEFT, x2=RIGHT, y1=AXIS, y2=AXIS, stroke=svg.INK)
        yield svg.label(self.lookup.y_label, 2, 14, font_weight="bold")
        yield svg.label(
            self.lookup.x_label,
            RIGHT,
            HEIGHT - 4,
            text_anchor="end",
            font_weight="bold",
        )

    def hill(self):
        """The kernel around the query, and a stem for each key that it lifts."""
        color = svg.COLORS["query"]
        places = np.linspace(self.x0, self.x1, 291)
        crest = [
            (self.to_x(p), AXIS - h)
            for p, h in zip(places, self.height(places), strict=True)
        ]
        points = _points([(LEFT, AXIS), *crest, (RIGHT, AXIS)])
        yield svg.element(
            "polyline", points=points, fill=color, fill_opacity=0.18, stroke=color
        )
        for key, height in zip(self.lookup.x, self.height(self.lookup.x), strict=True):
            px, top = self.to_x(key), AXIS - max(4.0, height)
            yield svg.element(
                "line", x1=px, x2=px, y1=AXIS, y2=top, stroke=svg.COLORS["key"]
            )

    def height(self, places):
        gaps = np.asarray(places)[:, None]
        query = np.array([[self.lookup.query]])
        score = LOG_KERNELS[self.lookup.kernel](query, gaps, self.lookup.bandwidth)[0]
        return (np.exp(score) * (AXIS - CREST)).tolist()

    def curve(self):
        """The estimate at every place that has a key in reach."""
        places = np.linspace(self.x0, self.x1, RIGHT - LEFT + 1)
        lookup = self.lookup
        estimate, weights = nadaraya_watson(
            places, lookup.x, lookup.y, lookup.bandwidth, lookup.kernel
        )
        found = np.any(weights, axis=1)
        steps = [
            f"{'L' if i and found[i - 1] else 'M'}{LEFT + i} "
            f"{self.to_y(estimate[i]):.1f}{'' if i and found[i - 1] else 'h0'}"
            for i in np.flatnonzero(found)
        ]
        color = svg.COLORS["output"]
        return svg.element(
            "path",
            d="".join(steps),
            fill="none",
            stroke=color,
            stroke_width=2.5,
            stroke_linecap="round",
            opacity=0.65,
        )

    def points(self):
        """A dot for each value, larger and darker the more it counts."""
        largest = max(self.lookup.weights) or 1.0
        rows = zip(self.lookup.x, self.lookup.y, self.lookup.weights, strict=True)
        for key, value, weight in rows:
            yield svg.element(
                "circle",
                cx=self.to_x(key),
                cy=self.to_y(value),
                r=3 + 5 * math.sqrt(weight),
                fill=svg.COLORS["value"],
                fill_opacity=weight / largest,
                stroke=svg.COLORS["value"],
            )

    def answer(self):
        """The query's line, and the estimate where it stands."""
        lookup = self.lookup
        px = min(max(self.to_x(lookup.query), LEFT), RIGHT)
        py = min(max(self.to_y(lookup.estimate), TOP), FOOT)
        color = svg.COLORS["query"]
        side, anchor = (-15, "end") if px > 0.62 * WIDTH else (15, "start")
        yield svg.element(
            "line", x1=px, x2=px, y1=TOP - 8, y2=AXIS, stroke=color, stroke_width=2
        )
        yield svg.element("circle", cx=px, cy=TOP - 8, r=9, fill=color)
        yield svg.label("query", px + side, TOP - 4, text_anchor=anchor)
        found = any(lookup.weights)
        corners = [(px, py - 10), (px + 10, py), (px, py + 10), (px - 10, py)]
        yield svg.element(
            "polygon",
            points=_points(corners),
            fill=svg.COLORS["output"] if found else "#fff",
            stroke=svg.INK,
            stroke_width=1.5,
        )
        text = _short(lookup.estimate) if found else "no data within reach"
        yield svg.label(
            text,
            px + side,
            py - 8,
            text_anchor=anchor,
            font_size=15,
            font_weight="bold",
            stroke="#fff",
            stroke_width=4,
            paint_order="stroke",
        )


def _points(corners):
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _ticks(low, high, count):
    """Pairs of a round number and its text, about ``count`` of them."""
    size = (high - low) / count
    power = 10.0 ** math.floor(math.log10(size))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= 0.999 * size)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step), math.floor(high / step)
    for i in range(first, last + 1):
        yield i * step, f"{i * step:.{digits}f}".replace("-", "−")
