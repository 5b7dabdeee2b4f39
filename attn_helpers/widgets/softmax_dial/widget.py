"""SoftmaxDial: pull scores, turn the dial, watch the shares, their zeros and limits."""

import math

import numpy as np
import traitlets

from attn_helpers._checks import check_array, check_between
from attn_helpers.naming import told_apart
from attn_helpers.reference.entmax import entmax, sparsemax
from attn_helpers.reference.softmax import entropy, softmax_in_precision
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import (
    TraitRefused,
    refuse_unless_paired,
    refusing,
)

FEWEST, MOST = 2, 8
LIMITS = {"temperature": (0.01, 100), "offset": (-1000, 1000), "alpha": (1, 4)}
PRECISIONS = ["float64", "float32", "float16"]

#: Ways from scores to shares, called with scores and the dial.
NORMALISERS = {
    "softmax": lambda scores, dial: softmax_in_precision(
        scores, dial.precision, dial.subtract_max
    ),
    "sparsemax": lambda scores, dial: sparsemax(scores),
    "entmax": lambda scores, dial: entmax(scores, dial.alpha),
}


class SoftmaxDial(BookWidget):
    """A softmax to play with, down to the rounding of its numbers.

    Traits (inputs):
        scores: two to eight numbers from -1000 to 1000.
        labels: a name for each score; empty means k1, k2, …
        temperature: what scores are divided by, from 0.01 to 100.
        normaliser: ``softmax`` · ``sparsemax`` · ``entmax``. The page offers the choice
            once it is another than softmax.
        alpha: of entmax, from 1 (softmax) by way of 2 (sparsemax) to 4.
        precision: ``float64`` · ``float32`` · ``float16``, to which every step of the
            softmax rounds.
        subtract_max: whether the largest score is subtracted before ``exp``.
        offset: a number added to every score, from -1000 to 1000. Precision,
            subtraction and offset belong to the softmax; the others leave them out.

    Traits (results): ``weights``, one for each score; ``entropy`` in nats; ``largest``,
    the largest weight; ``support``, how many weights are above 0. What is not finite is
    None, as JSON has no NaN.

    >>> dial = SoftmaxDial(scores=[11, 12], precision="float16", subtract_max=False)
    >>> dial.weights, dial.largest
    ([0.0, None], None)
    >>> SoftmaxDial(scores=[1, 0.5, 0], normaliser="sparsemax").weights
    [0.75, 0.25, 0.0]
    """

    scores = traits.List([2.0, 1.0, 0.0, -1.0]).tag(sync=True)
    labels = traits.List(traitlets.Unicode()).tag(sync=True)
    temperature = traits.Float(1.0).tag(sync=True)
    normaliser = traits.Enum(list(NORMALISERS), "softmax").tag(sync=True)
    alpha = traits.Float(1.5).tag(sync=True)
    precision = traits.Enum(PRECISIONS, "float64").tag(sync=True)
    subtract_max = traits.Bool(True).tag(sync=True)
    offset = traits.Float(0.0).tag(sync=True)

    results = ("weights", "entropy", "largest", "support")
    weights = traits.List([]).tag(sync=True)
    entropy = traits.Float(None, allow_none=True).tag(sync=True)
    largest = traits.Float(None, allow_none=True).tag(sync=True)
    support = traits.Int(0).tag(sync=True)

    @traitlets.validate("scores", "labels")
    def _validate_bars(self, proposal):
        name = proposal["trait"].name
        bars = {"scores": self.scores, "labels": self.labels}
        bars[name] = proposal["value"]
        bars["scores"] = _read_scores(bars["scores"])
        if bars["labels"]:
            lengths = {key: len(value) for key, value in bars.items()}
            refuse_unless_paired("SoftmaxDial", lengths)
        return bars[name]

    @traitlets.validate("temperature", "offset", "alpha")
    def _validate_number(self, proposal):
        name = proposal["trait"].name
        with refusing():
            return check_between(
                proposal["value"], *LIMITS[name], function="SoftmaxDial", argument=name
            )

    def limits(self) -> dict[str, list]:
        words = [*self.labels, *(f"k{i + 1}" for i in range(MOST))]
        numbers = {name: limits.number(*ends) for name, ends in LIMITS.items()}
        return super().limits() | {
            **numbers,
            "scores": limits.several(limits.number(-1000, 1000), FEWEST, MOST),
            "labels": limits.several(limits.one_of(words), 0, MOST, along="scores"),
        }

    def compute(self) -> dict[str, object]:
        scores = (np.array(self.scores) + self._added()) / self.temperature
        weights = NORMALISERS[self.normaliser](scores, self).astype(float)
        total = weights.sum()
        sound = np.isfinite(total) and total > 0
        return {
            "weights": [_or_none(w) for w in weights],
            "entropy": float(entropy(weights / total)) if sound else None,
            "largest": _or_none(weights.max()),
            "support": int((weights > 0).sum()),
        }

    def _added(self):
        return self.offset if self.normaliser == "softmax" else 0.0

    def name(self, i: int) -> str:
        """What score ``i`` is called."""
        return told_apart(self.labels)[i] if self.labels else f"k{i + 1}"

    def alt(self) -> str:
        scores = ", ".join(_number(x) for x in self.scores)
        weights = ", ".join(_share(w) for w in self.weights)
        text = (
            f"Scores {scores} at temperature {self.temperature:g} give the weights "
            f"{weights}"
        )
        if self.entropy is None:
            return f"{text}: no shares, as {self.precision} overflows."
        part = 100 * self.entropy / math.log(len(self.scores))
        text = f"{text}; entropy {self.entropy:.2f} nats, {part:.0f} % of its most."
        if self.normaliser == "softmax":
            return text
        zeros = len(self.weights) - self.support
        return f"With {self._function()}: {text} Exactly 0: {zeros}."

    def _function(self):
        """What turns scores into shares, in a word."""
        return (
            f"{self.alpha:g}-entmax" if self.normaliser == "entmax" else self.normaliser
        )

    def picture(self) -> str:
        return svg.picture(WIDTH, FLOOR + 6, *self._panels(), *self._columns())

    def _panels(self):
        extent = _extent(self.scores)
        yield svg.label("scores", 2, 15, font_weight="bold")
        for y, value in ((TOP, extent), (MIDDLE, 0), (BOTTOM, -extent)):
            yield from _rule(y, f"{value}".replace("-", "−"))
        sign = "−" if self.offset < 0 else "+"
        added = f"(scores {sign} {_number(abs(self.offset))})"
        inside = added if self._added() else "scores"
        title = f"weights = {self._function()}({inside} ÷ {self.temperature:g})"
        yield svg.label(title, 2, CEILING - 24, font_weight="bold")
        for y, text in ((CEILING, "1"), ((CEILING + FLOOR) / 2, "0.5"), (FLOOR, "0")):
            yield from _rule(y, text)

    def _columns(self):
        wide = (WIDTH - LEFT) / len(self.scores)
        extent = _extent(self.scores)
        for i, (score, weight) in enumerate(
            zip(self.scores, self.weights, strict=True)
        ):
            mid = LEFT + (i + 0.5) * wide
            y = MIDDLE - score / extent * (MIDDLE - TOP)
            yield _bar(mid, min(y, MIDDLE), max(y, MIDDLE), "#48566b", opacity=0.35)
            yield svg.element(
                "rect",
                x=mid - 29,
                y=y - 4,
                width=58,
                height=8,
                rx=4,
                fill=svg.COLORS["query"],
            )
            yield _centred(_number(score), mid, y + 19 if score < 0 else y - 10)
            yield _centred(self.name(i), mid, NAMES_Y)
            yield from _weight(weight, mid)


def _read_scores(value):
    with refusing():
        scores = check_array(
            value, "(t_k,)", function="SoftmaxDial", argument="scores"
        ).astype(float)
        for score in scores.tolist():
            check_between(score, -1000, 1000, function="SoftmaxDial", argument="scores")
    if not FEWEST <= len(scores) <= MOST:
        raise TraitRefused(
            f"SoftmaxDial: scores must hold {FEWEST} to {MOST} numbers; "
            f"got scores {scores.shape}."
        )
    return scores.tolist()


def _or_none(number):
    return float(number) if np.isfinite(number) else None


def _number(x):
    return f"{x:g}".replace("-", "−")


def _share(weight):
    return "NaN" if weight is None else f"{weight:.2f}"


# --- the static picture, in the layout of the live one ---

WIDTH, LEFT = 640, 38
TOP, MIDDLE, BOTTOM = 42, 108, 174
NAMES_Y, CEILING, FLOOR = 204, 252, 344


def _extent(scores):
    extents = (4, 10, 20, 50, 100, 200, 500, 1000, 2000)
    return next(e for e in extents if max(map(abs, scores)) < 0.999 * e)


def _rule(y, text):
    yield svg.element("line", x1=LEFT, x2=WIDTH, y1=y, y2=y, stroke=svg.FAINT)
    yield svg.label(text, LEFT - 6, y + 4, text_anchor="end", font_size=12)


def _bar(mid, top, bottom, fill, **attributes):
    return svg.element(
        "rect",
        x=mid - 26,
        y=top,
        width=52,
        height=bottom - top,
        fill=fill,
        **attributes,
    )


def _weight(weight, mid):
    """A bar with its share, or an empty frame for a share that is not a number."""
    if weight is None:
        frame = {"fill": "none", "stroke": svg.INK, "stroke_dasharray": "4 4"}
        yield svg.element(
            "rect", x=mid - 26, y=CEILING, width=52, height=FLOOR - CEILING, **frame
        )
        yield _centred("NaN", mid, (CEILING + FLOOR) / 2 + 4)
        return
    top = FLOOR - weight * (FLOOR - CEILING)
    yield _bar(mid, top, FLOOR, svg.COLORS["key"])
    yield _centred(_share(weight) if weight else "0", mid, top - 5)


def _centred(text, x, y):
    return svg.label(text, x, y, text_anchor="middle")
