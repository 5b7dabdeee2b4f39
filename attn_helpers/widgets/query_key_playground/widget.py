"""QueryKeyPlayground: drag queries, keys and values; see scores, weights and output."""

import numpy as np
import traitlets

from attn_helpers._checks import check_array, check_between, check_positive
from attn_helpers.naming import told_apart
from attn_helpers.reference import scoring
from attn_helpers.reference.attention import attention
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import (
    TraitRefused,
    refuse_unless_paired,
    refusing,
)

NAME = "QueryKeyPlayground"
MOST_KEYS = 8
FARTHEST = 10  # an arrow that a link sets

#: Fixed parameters of the scores that have any: a quarter turn for the bilinear
#: score, three hidden units for the additive one.
SCORE_PARAMETERS = {
    "gaussian": {"bandwidth": 1.0},
    "bilinear": {"w": [[0.0, 1.0], [-1.0, 0.0]]},
    "additive": {
        "wQ": [[1.0, 0.0, -1.0], [0.0, 1.0, 1.0]],
        "wK": [[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]],
        "wOut": [1.5, 1.5, -1.5],
    },
}


def _additive(q, k):
    p = SCORE_PARAMETERS["additive"]
    return scoring.additive_score(q, k, *map(np.array, (p["wQ"], p["wK"], p["wOut"])))


def _bilinear(q, k):
    return scoring.bilinear_score(q, k, np.array(SCORE_PARAMETERS["bilinear"]["w"]))


SCORES = {
    "scaledDot": scoring.scaled_dot_score,
    "dot": scoring.dot_score,
    "cosine": scoring.cosine_score,
    "gaussian": scoring.gaussian_score,
    "bilinear": _bilinear,
    "additive": _additive,
}


class QueryKeyPlayground(BookWidget):
    """Attention in the plane, every vector within reach.

    Traits (inputs):
        Q: one to three queries, ``[[x, y], …]``.
        K, V: keys and values, equally many, at most eight.
        labels: a word per key, shown at its arrow and its value; empty: k1, v1, …
        axes: what right and up mean in each plane, ``[[right, up], [right, up]]`` for
            query and keys, then values; empty: no names.
        score: ``scaledDot`` · ``dot`` · ``cosine`` · ``gaussian`` · ``bilinear`` ·
            ``additive``.
        temperature: what scores are divided by before the softmax, above 0.
        mask: one boolean per key, True = may be attended to; empty means all True.

    Traits (results): ``scores`` and ``weights``, one row per query and one column per
    key, and ``output``, one vector per query.

    Example:
        >>> playground = QueryKeyPlayground(Q=[[2, 0]])
        >>> [round(weight, 3) for weight in playground.weights[0]]
        [0.691, 0.013, 0.296]
    """

    Q = traits.List([[1.5, 0.5]]).tag(sync=True)
    K = traits.List([[1.2, 1.2], [-1.6, 0.6], [0.6, -1.6]]).tag(sync=True)
    V = traits.List([[1.8, -0.4], [-0.8, 1.6], [-1.2, -1.4]]).tag(sync=True)
    labels = traits.List(traitlets.Unicode(), []).tag(sync=True)
    axes = traits.List(traitlets.List(traitlets.Unicode()), []).tag(sync=True)
    score = traits.Enum(list(SCORES), "scaledDot").tag(sync=True)
    temperature = traits.Float(1.0).tag(sync=True)
    mask = traits.List([]).tag(sync=True)
    parameters = traits.Dict(SCORE_PARAMETERS, read_only=True).tag(sync=True)

    results = ("scores", "weights", "output")
    scores = traits.List([]).tag(sync=True)
    weights = traits.List([]).tag(sync=True)
    output = traits.List([]).tag(sync=True)

    @traitlets.validate("Q", "K", "V")
    def _vectors(self, proposal):
        name = proposal["trait"].name
        with refusing():
            names = {"function": NAME, "argument": name}
            vectors = check_array(proposal["value"], "(count, d)", {"d": 2}, **names)
            most = 3 if name == "Q" else MOST_KEYS
            check_between(len(vectors), 1, most, function=NAME, argument=f"len({name})")
        if name != "Q":
            sizes = {"K": len(self.K), "V": len(self.V)}
            refuse_unless_paired(NAME, sizes | {name: len(vectors)})
        return vectors.tolist()

    @traitlets.validate("labels")
    def _labels(self, proposal):
        labels = proposal["value"]
        if labels:
            refuse_unless_paired(NAME, {"labels": len(labels), "K": len(self.K)})
        return labels

    @traitlets.validate("axes")
    def _axes(self, proposal):
        axes = proposal["value"]
        if axes and [len(names) for names in axes] != [2, 2]:
            raise TraitRefused(
                f"{NAME}: axes must be two pairs of names, [[right, up], [right, up]]; "
                f"got {axes}."
            )
        return axes

    @traitlets.validate("temperature")
    def _positive(self, proposal):
        with refusing():
            return check_positive(
                proposal["value"], function=NAME, argument="temperature"
            )

    @traitlets.validate("mask")
    def _mask(self, proposal):
        mask = proposal["value"]
        if mask and (
            len(mask) != len(self.K) or not all(isinstance(m, bool) for m in mask)
        ):
            raise TraitRefused(
                f"{NAME}: mask must hold one boolean per key, or be empty; "
                f"got {mask} for {len(self.K)} keys."
            )
        return mask

    def limits(self) -> dict[str, list]:
        vector = limits.each(*[limits.number(-FARTHEST, FARTHEST)] * 2)
        words = [*self.labels, *(f"k{j + 1}" for j in range(MOST_KEYS))]
        return super().limits() | {
            "Q": limits.several(vector, 1, 3),
            "K": limits.several(vector, 1, MOST_KEYS, along="V"),
            "V": limits.several(vector, 1, MOST_KEYS, along="K"),
            "labels": limits.several(limits.one_of(words), 0, MOST_KEYS, along="K"),
            "mask": limits.several(limits.one_of([False, True]), 0, MOST_KEYS, "K"),
            "temperature": limits.number(0.01, 100),
        }

    def compute(self) -> dict[str, object]:
        q, k, v = np.array(self.Q), np.array(self.K), np.array(self.V)
        score = SCORES[self.score]
        mask = np.array([self.mask] * len(q)) if self.mask else None
        output, weights = attention(
            q, k, v, mask, score=score, temperature=self.temperature
        )
        return {
            "scores": score(q, k).tolist(),
            "weights": weights.tolist(),
            "output": output.tolist(),
        }

    def alt(self) -> str:
        weights = ", ".join(f"{w:.2f}" for w in self.weights[0])
        x, y = self.output[0]
        return (
            f"A query among {len(self.K)} keys in the plane; its weights on them are "
            f"{weights}, so the output lies at ({x:.2f}, {y:.2f}) among the values."
        )

    def picture(self) -> str:
        return svg.picture(640, 320, *self._asking(160, 165), *self._answer(480, 165))

    def _name(self, j, letter):
        return told_apart(self.labels)[j] if self.labels else f"{letter}{j + 1}"

    def _asking(self, x, y):
        """The left plane: keys, thicker where the weight is larger, and the query."""
        yield from _plane(x, y, "query and keys", self.axes[:1])
        for j, (key, weight) in enumerate(zip(self.K, self.weights[0], strict=True)):
            name = f"{self._name(j, 'k')} {weight:.2f}"
            yield from _arrow(x, y, key, "key", name, 2 + 6 * weight)
        yield from _arrow(x, y, self.Q[0], "query", "q", 4)

    def _answer(self, x, y):
        """The right plane: values as squares sized by weight, and their mixture."""
        yield from _plane(x, y, "values and output", self.axes[1:])
        for j, (value, weight) in enumerate(zip(self.V, self.weights[0], strict=True)):
            px, py = _place(x, y, value)
            half = 4 + 8 * weight
            yield svg.element(
                "rect",
                x=px - half,
                y=py - half,
                width=2 * half,
                height=2 * half,
                fill=svg.COLORS["value"],
            )
            anchor = "start" if value[0] < 1.2 else "end"
            yield svg.label(
                f"{self._name(j, 'v')}: {weight:.2f}",
                px,
                py - half - 6,
                text_anchor=anchor,
            )
        px, py = _place(x, y, self.output[0])
        yield svg.element("circle", cx=px, cy=py, r=8, fill=svg.COLORS["output"])
        yield svg.label("output", px, py + 22, text_anchor="middle")


SCALE = 56  # picture units per unit of the plane


def _place(x, y, vector):
    return x + SCALE * vector[0], y - SCALE * vector[1]


def _plane(x, y, title, axes):
    yield svg.element("line", x1=x - 145, x2=x + 145, y1=y, y2=y, stroke=svg.FAINT)
    yield svg.element("line", x1=x, x2=x, y1=y - 140, y2=y + 145, stroke=svg.FAINT)
    yield svg.label(title, x, 18, text_anchor="middle", font_weight="bold")
    for right, up in axes:
        yield svg.label(f"{right} →", x + 145, y + 14, text_anchor="end", font_size=11)
        yield svg.label(f"{up} ↑", x - 5, 36, text_anchor="end", font_size=11)


def _arrow(x, y, vector, role, name, width):
    px, py = _place(x, y, vector)
    color = svg.COLORS[role]
    yield svg.element(
        "line", x1=x, y1=y, x2=px, y2=py, stroke=color, stroke_width=width
    )
    yield svg.element("circle", cx=px, cy=py, r=7, fill=color)
    side, anchor = (9, "start") if vector[0] >= 0 else (-9, "end")
    down = 15 if vector[1] < 0 else -8  # outwards, where no arrow lies
    yield svg.label(name, px + side, py + down, text_anchor=anchor)
