"""PositionDial: slide a query and a key along a text; does their score notice?"""

import math

import numpy as np
import traitlets

from attn_helpers._checks import check_array, check_between, check_even
from attn_helpers.reference.positions import frequencies, rope
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import refuse_unless_paired, refusing

NAME = "PositionDial"
LAST = 40  # the last position
MOST = 8  # numbers in a vector
REACH = 1.4  # of a clock hand
LIMITS = {
    "query_position": (0, LAST),
    "key_position": (0, LAST),
    "base": (2, 1_000_000),
}


class PositionDial(BookWidget):
    """A query and a key whose pairs of numbers turn like clock hands with position.

    Traits (inputs):
        Q, K: the query and the key before any turning: two to eight numbers each, an
            even count; neighbours make a pair, which is one clock.
        query_position, key_position: whole numbers from 0 to 40.
        base: how much slower a clock past the last one would be than the first.
        method: ``rope`` turns both · ``query only`` forgets the key · ``sinusoids``
            adds the same vector of waves to each instead of turning it.

    Traits (results): ``turned``, the query and the key as they meet; ``terms``, what
    each pair adds to the score; ``score``, their dot product over √d; ``best``, the
    distance (key minus query, of all within the text) at which it is largest.

    Example:
        >>> near = PositionDial(query_position=3, key_position=1)
        >>> far = PositionDial(query_position=33, key_position=31)
        >>> round(near.score, 3) == round(far.score, 3)
        True
    """

    Q = traits.List([1.0, 0.2, 0.9, -0.3, 0.5, 0.8, 0.7, 0.4]).tag(sync=True)
    K = traits.List([0.9, 0.55, 0.8, 0.3, 0.9, 0.3, 0.6, -0.5]).tag(sync=True)
    query_position = traits.Int(12).tag(sync=True)
    key_position = traits.Int(9).tag(sync=True)
    base = traits.Float(10_000.0).tag(sync=True)
    method = traits.Enum(["rope", "query only", "sinusoids"], "rope").tag(sync=True)

    results = ("turned", "terms", "score", "best")
    turned = traits.List([]).tag(sync=True)
    terms = traits.List([]).tag(sync=True)
    score = traits.Float(0.0).tag(sync=True)
    best = traits.Int(0).tag(sync=True)

    @traitlets.validate("Q", "K")
    def _vectors(self, proposal):
        name = proposal["trait"].name
        names = {"function": NAME, "argument": f"len({name})"}
        with refusing():
            vector = check_array(
                proposal["value"], "(d,)", function=NAME, argument=name
            )
            check_even(len(vector), **names)
            check_between(len(vector), 2, MOST, **names)
            for number in vector.tolist():
                check_between(number, -REACH, REACH, function=NAME, argument=name)
        sizes = {"Q": len(self.Q), "K": len(self.K)}
        refuse_unless_paired(NAME, sizes | {name: len(vector)})
        return vector.tolist()

    @traitlets.validate("query_position", "key_position", "base")
    def _numbers(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        with refusing():
            check_between(value, *LIMITS[name], function=NAME, argument=name)
        return value

    def limits(self) -> dict[str, list]:
        places = {name: limits.whole(0, LAST) for name in LIMITS if name != "base"}
        coordinate, d = limits.number(-REACH, REACH), len(self.Q)
        return super().limits() | {
            **places,
            "base": limits.number(*LIMITS["base"]),
            "Q": limits.several(coordinate, d, d),
            "K": limits.several(coordinate, d, d),
        }

    def compute(self) -> dict[str, object]:
        m, n = self.query_position, self.key_position
        query, key = self._placed("Q", [m])[0], self._placed("K", [n])[0]
        terms = (query * key).reshape(-1, 2).sum(-1) / math.sqrt(len(query))
        scores = self._scores_at(np.arange(LAST + 1) - m)
        return {
            "turned": [query.tolist(), key.tolist()],
            "terms": terms.tolist(),
            "score": float(terms.sum()),
            # what differs only by rounding is equal, and the first of equals wins
            "best": int(np.argmax(scores.round(9))) - m,
        }

    def _placed(self, name, positions):
        """The query or the key as it is at each of the positions."""
        rows = np.tile(getattr(self, name), (len(positions), 1))
        if self.method == "sinusoids":
            return rows + _waves(positions, rows.shape[1], self.base)
        if self.method == "query only" and name == "K":
            return rows
        return rope(rows, positions, self.base)

    def _scores_at(self, distances):
        """The score of the query where it is with keys that far from it."""
        [query] = self._placed("Q", [self.query_position])
        keys = self._placed("K", self.query_position + np.asarray(distances))
        return keys @ query / math.sqrt(len(query))

    def alt(self) -> str:
        m, n = self.query_position, self.key_position
        return (
            f"A query at position {m} and a key at position {n}, {_signed(n - m)} "
            f"away, {METHODS[self.method]}: their score is {_number(self.score)}. Of "
            f"all distances within the text {_signed(self.best)} gives the largest."
        )

    def picture(self) -> str:
        return svg.picture(640, 420, *self._text(), *self._clocks(), *self._curve())

    def _text(self):
        """The positions, and where the query and the key stand."""
        yield svg.element("line", x1=20, x2=620, y1=52, y2=52, stroke=svg.FAINT)
        for position in range(0, LAST + 1, 10):
            yield _centred(str(position), 20 + 15 * position, 100, font_size=11)
        for role, at, y in (
            ("query", self.query_position, 44),
            ("key", self.key_position, 60),
        ):
            x = 20 + 15.0 * at
            yield svg.element("circle", cx=x, cy=y, r=7, fill=svg.COLORS[role])
            text_y = 30 if role == "query" else 82
            yield _centred(f"{role} at {at}", x, text_y, font_weight="bold")

    def _clocks(self):
        count = len(self.Q) // 2
        for i, speed in enumerate(frequencies(2 * count, self.base)):
            x, y = 320 + 155 * (i - (count - 1) / 2), 172.0
            yield svg.element("circle", cx=x, cy=y, r=58, fill="none", stroke=svg.FAINT)
            for role, vector in zip(("query", "key"), self.turned, strict=True):
                a, b = vector[2 * i : 2 * i + 2]
                yield svg.element(
                    "line",
                    x1=x,
                    y1=y,
                    x2=x + 38 * a,
                    y2=y - 38 * b,
                    stroke=svg.COLORS[role],
                    stroke_width=4,
                    stroke_linecap="round",
                )
            yield _centred(f"{speed:.3g} rad a step", x, 250, font_size=12)
            yield _centred(f"adds {_number(self.terms[i])}", x, 266, font_size=12)

    def _curve(self):
        """Score against distance, with a dot where the two stand."""
        distances = np.arange(-LAST, LAST + 0.1, 0.25)
        scores = self._scores_at(distances)
        low, high = min(0.0, scores.min()), max(0.1, scores.max())

        def height(score):
            return 388 - 84 * (score - low) / (high - low)

        xs, ys = 320 + 7.0 * distances, height(scores)
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
        y = float(height(0.0))
        yield svg.element("line", x1=40, x2=600, y1=y, y2=y, stroke=svg.FAINT)
        yield svg.element(
            "polyline", points=points, fill="none", stroke=svg.INK, stroke_width=1.5
        )
        gap = self.key_position - self.query_position
        x, y = 320 + 7.0 * gap, float(height(self.score))
        yield svg.element("circle", cx=x, cy=y, r=7, fill=svg.COLORS["output"])
        for distance in range(-LAST, LAST + 1, 20):
            yield _centred(_signed(distance), 320 + 7 * distance, 408, font_size=11)
        title = f"score {_number(self.score)} at distance {_signed(gap)} (key − query)"
        yield _centred(title, 320, 294, font_weight="bold")


METHODS = {
    "rope": "both turned by their positions",
    "query only": "only the query turned",
    "sinusoids": "with a vector of waves added to each",
}


def _waves(positions, d, base):
    """The rows of ``sinusoidal_positions``, at any position, also before the first."""
    start = np.tile([0.0, 1.0], (len(positions), d // 2))
    return rope(start, -np.asarray(positions), base)


def _number(x):
    return f"{x + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−")


def _signed(n):
    return f"{n:+d}".replace("-", "−") if n else "0"


def _centred(text, x, y, **attributes):
    return svg.label(text, x, y, text_anchor="middle", **attributes)
