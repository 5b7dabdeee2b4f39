"""MaskPainter: paint who may attend to whom; see weights, flow and leaks."""

import numpy as np
import traitlets

from attn_helpers._checks import boolean, check_array, check_between
from attn_helpers.naming import told_apart
from attn_helpers.reference.masks import causal_mask
from attn_helpers.reference.reach import layers_to_reach
from attn_helpers.reference.softmax import masked_softmax
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import refusing

NAME = "MaskPainter"
FEWEST, MOST, MOST_LAYERS = 2, 10, 4
SENTENCE = ["the", "cat", "sat", "on", "a", "mat"]
SCORES = [  # made by hand, for SENTENCE
    [1.0, 1.5, 0.0, -0.5, 0.5, 0.5],
    [1.5, 1.0, 1.0, -0.5, 0.0, 0.5],
    [0.0, 2.0, 0.5, 0.5, -0.5, 1.0],
    [-0.5, 0.5, 2.0, 0.5, 0.0, 1.5],
    [0.5, -0.5, 0.0, 1.5, 1.0, 2.0],
    [0.5, 0.5, 1.5, 1.0, 2.0, 1.0],
]


class MaskPainter(BookWidget):
    """A mask to paint, the weights it leaves, and what flows through the layers.

    Traits (inputs):
        tokens: two to ten words, the keys; also the queries, unless these are given.
        queries: one to ten words of the queries where they are not the tokens, or
            only the last of them; there is one layer then, and no flow to draw.
        mask: one row of booleans per query, True = may attend; causal if not given.
        scores: one row of numbers per query; all 0 if not given.
        layers: how many layers are stacked, from 1 to 4, all with this mask.
        task: ``next token``, where no output may depend on a later token, or ``none``.
        given: how many first tokens are given, as a prompt is: the outputs before the
            last of them are asked nothing.
        padding: positions of the tokens that are padding.
        selected: the query whose output is followed through the layers.

    Traits (results): ``weights``, zeros where nothing may be attended to; ``reach``,
    per output and input after how many layers it comes through, 0 for its own, -1 for
    not at all; ``leaks``, pairs ``[query, key]`` of what comes through and must not.

    Example:
        >>> may = [[True, False, True], [True, True, False], [True, True, True]]
        >>> painter = MaskPainter(tokens=["a", "b", "c"], mask=may, layers=2)
        >>> painter.leaks, painter.reach[1]
        ([[0, 1], [0, 2], [1, 2]], [1, 0, 2])
    """

    tokens = traits.List(traitlets.Unicode(), SENTENCE).tag(sync=True)
    queries = traits.List(traitlets.Unicode(), []).tag(sync=True)
    mask = traits.List().tag(sync=True)
    scores = traits.List().tag(sync=True)
    layers = traits.Int(2).tag(sync=True)
    task = traits.Enum(["next token", "none"], "next token").tag(sync=True)
    given = traits.Int(0).tag(sync=True)
    padding = traits.List(traitlets.Int(), []).tag(sync=True)
    selected = traits.Int().tag(sync=True)

    results = ("weights", "reach", "leaks")
    weights = traits.List([]).tag(sync=True)
    reach = traits.List([]).tag(sync=True)
    leaks = traits.List([]).tag(sync=True)

    @property
    def shape(self) -> tuple[int, int]:
        """How many queries there are, and how many keys."""
        return len(self.queries or self.tokens), len(self.tokens)

    @traitlets.default("mask")
    def _causal(self):
        t_q, t_k = self.shape  # the queries are the newest of the words
        return causal_mask(t_q, t_k, first=t_k - t_q).tolist()

    @traitlets.default("scores")
    def _made_by_hand(self):
        ours = self.tokens == SENTENCE and not self.queries
        return [[*row] for row in (SCORES if ours else np.zeros(self.shape).tolist())]

    @traitlets.default("selected")
    def _middle(self):
        return self.shape[0] // 2

    @traitlets.validate("tokens", "queries")
    def _words(self, proposal):
        name, words = proposal["trait"].name, proposal["value"]
        least = FEWEST if name == "tokens" else 0
        with refusing():
            check_between(
                len(words), least, MOST, function=NAME, argument=f"len({name})"
            )
            self._check_table(self.mask, "mask")
            self._check_table(self.scores, "scores")
        return words

    @traitlets.validate("mask", "scores")
    def _tables(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        with refusing():
            return self._check_table(value, name).tolist()

    def _check_table(self, value, name):
        axes = boolean("(t_q, t_k)") if name == "mask" else "(t_q, t_k)"
        t_q, t_k = self.shape
        sizes = {"t_q": t_q, "t_k": t_k}
        return check_array(value, axes, sizes, function=NAME, argument=name)

    @traitlets.validate("layers", "selected", "given")
    def _numbers(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        with refusing():
            check_between(value, *LIMITS[name], function=NAME, argument=name)
        return value

    @traitlets.validate("padding")
    def _places(self, proposal):
        places = proposal["value"]
        with refusing():
            for place in places:
                check_between(place, 0, MOST - 1, function=NAME, argument="padding")
        return sorted(set(places))

    def limits(self) -> dict[str, list]:
        t_q, t_k = self.shape
        row = limits.several(limits.one_of([False, True]), t_k, t_k)
        numbers = {name: limits.whole(*ends) for name, ends in LIMITS.items()}
        return super().limits() | {
            **numbers,
            "mask": limits.several(row, t_q, t_q),
            "padding": limits.several(limits.whole(0, MOST - 1), 0, MOST),
        }

    def compute(self) -> dict[str, object]:
        mask = np.array(self.mask)
        if self.queries:
            reach = np.where(mask, 1, -1)
        else:
            reach = layers_to_reach(mask, self.layers)
        return {
            "weights": masked_softmax(np.array(self.scores), mask).tolist(),
            "reach": reach.tolist(),
            "leaks": np.argwhere((reach >= 0) & self._forbidden()).tolist(),
        }

    def _forbidden(self):
        """What must not come through: the future, and padding into real tokens."""
        t_q, t_k = self.shape
        query, key = np.arange(t_k - t_q, t_k)[:, None], np.arange(t_k)
        apart = bool(self.queries) and self.task == "none"  # another sequence asks
        real = ~np.isin(query, self.padding) | apart
        asked = real & (query >= self.given - 1) & (self.task == "next token")
        return (real & np.isin(key, self.padding)) | (asked & (key > query))

    def alt(self) -> str:
        t_q, t_k = self.shape
        i = min(self.selected, t_q - 1)
        seen = sum(n >= 0 for n in self.reach[i])
        deep = sum(self.reach[i][j] > 1 for i, j in self.leaks)
        layers = 1 if self.queries else self.layers
        direct = len(self.leaks) - deep
        rows = [self._name(row, rows=True) for row in range(t_q)]
        return (
            f"A mask of {t_q} queries and {t_k} keys with {np.sum(self.mask)} open "
            f"cells. After {_count(layers, 'layer')} the output of "
            f"{told_apart(rows)[i]} depends on {seen} of {t_k} inputs; "
            f"{_count(direct, 'leak')} {'is' if direct == 1 else 'are'} direct, "
            f"{deep} come through layers."
        )

    def _name(self, i, rows=False):
        if rows and self.queries:
            return self.queries[i]
        return "[pad]" if i in self.padding else self.tokens[i]

    def picture(self) -> str:
        side = min(44.0, 280 / len(self.tokens))
        deepest = TOP + side * self.shape[0]
        parts = [*self._matrix(side)]
        if not self.queries:
            parts += self._flow(min(38.0, 230 / len(self.tokens)))
            deepest = max(deepest, TOP + LEVEL * self.layers + 62)
        return svg.picture(640, round(deepest) + 16, *parts)

    def _matrix(self, side):
        """The mask: violet by weight where open, grey where closed, leaks framed."""
        names = [self._name(i, rows=True) for i in range(self.shape[0])]
        yield svg.label("keys →", LEFT, 16, font_size=12)
        for j in range(len(self.tokens)):
            yield _slanted(self._name(j), LEFT + (j + 0.6) * side, TOP - 6, -45)
        for i, name in enumerate(names):
            y = TOP + i * side
            strong = {"font_weight": "bold"} if i == self.selected else {}
            yield svg.label(
                _short(name), LEFT - 8, y + side / 2 + 4, text_anchor="end", **strong
            )
            for j in range(len(self.tokens)):
                yield from self._cell(i, j, LEFT + j * side, y, side)

    def _cell(self, i, j, x, y, side):
        may, steps = self.mask[i][j], self.reach[i][j]
        weight, leak = self.weights[i][j], [i, j] in self.leaks
        fill = {"fill": svg.WEIGHT, "fill_opacity": 0.08 + 0.42 * weight}
        frame = {"stroke": BAD, "stroke_width": 3} if leak else {}
        if not may:
            frame["stroke_dasharray"] = "5 3"
        yield svg.element(
            "rect",
            x=x + 1.5,
            y=y + 1.5,
            width=side - 3,
            height=side - 3,
            **(fill if may else {"fill": "#e4e6e8"}),
            **frame,
        )
        text = f"{weight:.2f}".lstrip("0") if may else str(steps) if steps > 1 else ""
        size = min(13.0, side / 3)
        middle = {"text_anchor": "middle", "font_size": size}
        yield svg.label(text, x + side / 2, y + side / 2 + size / 3, **middle)

    def _flow(self, step):
        """The stack above its inputs, and the paths to the selected output."""
        t, chosen = self.shape[0], min(self.selected, self.shape[0] - 1)
        floor = TOP + LEVEL * self.layers
        leaking = [j for i, j in self.leaks if i == chosen]
        yield svg.label(f"paths to the output of {self._name(chosen)}", FLOW, 16)
        for layer in range(1, self.layers + 1):
            y = floor - LEVEL * layer
            for i, j in np.argwhere(
                np.array(self.mask) | np.eye(t, dtype=bool)
            ).tolist():
                lit = 0 <= self.reach[chosen][i] <= self.layers - layer
                bad = any(0 <= self.reach[j][x] < layer for x in leaking)
                yield svg.element(
                    "line",
                    x1=FLOW + (j + 0.5) * step,
                    y1=y + LEVEL,
                    x2=FLOW + (i + 0.5) * step,
                    y2=y,
                    stroke=(BAD if bad else svg.COLORS["value"]) if lit else svg.FAINT,
                    stroke_width=2.5 if lit else 0.7,
                    stroke_dasharray="6 4" if lit and bad else "none",
                )
        for j in range(t):
            x = FLOW + (j + 0.5) * step
            color = BAD if j in leaking else svg.COLORS["value"]
            seen = self.reach[chosen][j] >= 0
            yield svg.element(
                "circle", cx=x, cy=floor, r=6, fill=color if seen else svg.FAINT
            )
            yield _slanted(self._name(j), x + 4, floor + 18, -45, "end")
        x = FLOW + (chosen + 0.5) * step
        yield svg.element("circle", cx=x, cy=TOP, r=8, fill=svg.COLORS["output"])


LIMITS = {"layers": (1, MOST_LAYERS), "selected": (0, MOST - 1), "given": (0, MOST)}
BAD = "#a12b00"
LEFT, TOP, FLOW, LEVEL = 84, 72, 400, 64  # of the static picture


def _count(n, noun):
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _short(word):
    return word if len(word) <= 9 else f"{word[:8]}…"


def _slanted(text, x, y, angle, anchor="start"):
    turned = f"rotate({angle} {x:.1f} {y:.1f})"
    return svg.label(_short(text), x, y, text_anchor=anchor, transform=turned)
