"""HeadMixer: cut d_model into heads, join them, switch them off; see what happens."""

import numpy as np
import traitlets

from attn_helpers._checks import (
    check_array,
    check_between,
    check_count,
)
from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import TraitRefused, refusing

NAME = "HeadMixer"
MOST_TOKENS, MOST_COLUMNS = 8, 12
SENTENCE = ["the", "cat", "sat", "on", "the", "mat"]
STEP = 0.5  # radians from one position to the next


def sentence(text: str) -> dict[str, list]:
    """Tokens and vectors X of two to eight words, as EXAMPLE has them for SENTENCE.

    A noun is written with a Capital letter, a verb in CAPITALS: nothing else here knows
    what a word is. The eight columns of X are: position as a point on a circle (2),
    word as a point on a circle (2), noun, verb, first token, and 1.

    Example:
        >>> sentence("the Dog SAW me")["tokens"]
        ['the', 'dog', 'saw', 'me']
    """
    words = text.split()
    with refusing():
        check_between(
            len(words), 2, MOST_TOKENS, function="sentence", argument="words of text"
        )
    tokens = [word.lower() for word in words]
    kinds = list(dict.fromkeys(tokens))
    place = STEP * np.arange(len(words))
    turn = 2 * np.pi / len(kinds) * np.array([kinds.index(token) for token in tokens])
    capital = np.array([word[0] != word[0].lower() for word in words])
    verb = capital & [len(word) > 1 and word == word.upper() for word in words]
    first, one = np.arange(len(words)) == 0, np.ones(len(words))
    circles = [np.cos(place), np.sin(place), np.cos(turn), np.sin(turn)]
    x = np.stack([*circles, capital & ~verb, verb, first, one], axis=1)
    return {"tokens": tokens, "X": x.round(3).tolist()}


def made_by_hand() -> dict[str, list]:
    """Projections for vectors of ``sentence`` whose four heads can be named, and X.

    Heads of two columns then look at the previous token, at the same word, at the noun
    (or from a noun at the verb), and at the first token, where the last one finds
    nothing to read.
    """
    w_q, w_k, w_v = np.zeros((3, 8, 8))
    w_q[:2, :2] = 6.3 * np.array(
        [[np.cos(STEP), -np.sin(STEP)], [np.sin(STEP), np.cos(STEP)]]
    )
    w_k[:2, :2] = 6.3 * np.eye(2)
    w_q[2:4, 2:4] = w_k[2:4, 2:4] = 2.7 * np.eye(2)
    w_q[7, 4], w_q[4, 4], w_q[4, 5] = 2.3, -2.3, 2.3
    w_k[4, 4] = w_k[5, 5] = 2.3
    w_q[7, 6] = w_k[6, 6] = 2.5
    w_v[2:4, :2] = w_v[:2, 2:4] = w_v[4:6, 4:6] = w_v[4:6, 6:8] = np.eye(2)
    two = np.array([[1, 1], [1, -1]])
    w_o = np.kron(np.kron(two, two), two) / np.sqrt(8)  # every head to every column
    tables = {"w_q": w_q, "w_k": w_k, "w_v": w_v, "w_o": w_o}
    rounded = {name: table.round(3).tolist() for name, table in tables.items()}
    return {"X": sentence("the Cat SAT on the Mat")["X"], **rounded}


EXAMPLE = made_by_hand()


class HeadMixer(BookWidget):
    """Multi-head attention on one small sentence, with the cuts in the reader's hands.

    Traits (inputs):
        tokens: two to eight words.
        X: their vectors, one row of d_model numbers each, at most 12.
        w_q, w_k, w_v, w_o: projections, ``(d_model, d_model)``, applied as ``X @ w``.
        widths: how many columns each head gets; they sum to d_model.
        baseline: the widths that the output is compared with; the first ``widths`` if
            not given.
        off: the heads, counted from 0, that are switched off: they hand on zeros.
        split: ``transpose`` gives a head its columns of every token; ``reshape only``
            forgets the transpose and cuts the numbers in reading order.
        selected: the token whose numbers are marked.

    Traits (results): ``weights``, one map per head; ``joined``, the heads' outputs side
    by side; ``output``, joined @ w_o; ``change``, per token how far its output is from
    that of heads cut as in ``baseline``, split by columns, and all on.

    Example:
        >>> resting = HeadMixer(off=[3])
        >>> max(resting.change) < 0.2 < max(HeadMixer(off=[0]).change)
        True
    """

    tokens = traits.List(traitlets.Unicode(), SENTENCE).tag(sync=True)
    X = traits.List(EXAMPLE["X"]).tag(sync=True)
    w_q = traits.List(EXAMPLE["w_q"]).tag(sync=True)
    w_k = traits.List(EXAMPLE["w_k"]).tag(sync=True)
    w_v = traits.List(EXAMPLE["w_v"]).tag(sync=True)
    w_o = traits.List(EXAMPLE["w_o"]).tag(sync=True)
    widths = traits.List(traitlets.Int(), [2, 2, 2, 2]).tag(sync=True)
    baseline = traits.List(traitlets.Int()).tag(sync=True)
    off = traits.List(traitlets.Int(), []).tag(sync=True)
    split = traits.Enum(["transpose", "reshape only"], "transpose").tag(sync=True)
    selected = traits.Int(0).tag(sync=True)

    results = ("weights", "joined", "output", "change")
    weights = traits.List([]).tag(sync=True)
    joined = traits.List([]).tag(sync=True)
    output = traits.List([]).tag(sync=True)
    change = traits.List([]).tag(sync=True)

    @traitlets.default("baseline")
    def _first_cuts(self):
        return [*self.widths]

    @traitlets.validate("tokens")
    def _words(self, proposal):
        words = proposal["value"]
        with refusing():
            check_between(
                len(words), 2, MOST_TOKENS, function=NAME, argument="len(tokens)"
            )
            names = {"function": NAME, "argument": "X"}
            check_array(self.X, "(t, d_model)", {"t": len(words)}, **names)
        return words

    @traitlets.validate("X", "w_q", "w_k", "w_v", "w_o")
    def _tables(self, proposal):
        name = proposal["trait"].name
        rows = "t" if name == "X" else "d_model"
        names = {"function": NAME, "argument": name}
        with refusing():
            sizes = {"t": len(self.tokens)}
            if name != "X":
                sizes["d_model"] = len(self.X[0])
            table = check_array(proposal["value"], f"({rows}, d_model)", sizes, **names)
            columns = table.shape[1]
            check_between(columns, 2, MOST_COLUMNS, function=NAME, argument="d_model")
        return table.tolist()

    @traitlets.validate("widths", "baseline")
    def _cuts(self, proposal):
        name, widths = proposal["trait"].name, proposal["value"]
        d_model = len(self.X[0])
        with refusing():
            for width in widths:
                check_count(width, function=NAME, argument="width")
        if sum(widths) != d_model:
            raise TraitRefused(
                f"{NAME}: {name} must sum to d_model={d_model}; got {name} {widths}."
            )
        return widths

    @traitlets.validate("off")
    def _switches(self, proposal):
        off = proposal["value"]
        with refusing():
            for head in off:
                check_between(head, 0, MOST_COLUMNS - 1, function=NAME, argument="off")
        return sorted(set(off))

    @traitlets.validate("selected")
    def _token(self, proposal):
        with refusing():
            check_between(
                proposal["value"],
                0,
                MOST_TOKENS - 1,
                function=NAME,
                argument="selected",
            )
        return proposal["value"]

    def limits(self) -> dict[str, list]:
        d_model, heads = len(self.X[0]), limits.whole(0, MOST_COLUMNS - 1)
        widths = limits.several(limits.whole(1, d_model), 1, d_model)
        return super().limits() | {
            "widths": limits.summing(widths, d_model),
            "off": limits.several(heads, 0, MOST_COLUMNS),
            "selected": limits.place_in("tokens"),
        }

    def compute(self) -> dict[str, object]:
        weights, joined, output = self._mix(self.widths, self.off, self.split)
        before = self._mix(self.baseline)[2]
        return {
            "weights": weights.tolist(),
            "joined": joined.tolist(),
            "output": output.tolist(),
            "change": np.linalg.norm(output - before, axis=-1).tolist(),
        }

    def _mix(self, widths, off=(), split="transpose"):
        x = np.array(self.X)
        tables = (x @ np.array(w) for w in (self.w_q, self.w_k, self.w_v))
        q, k, v = (_cut(table, widths, split) for table in tables)
        weights, outputs = [], []
        for head, qkv in enumerate(zip(q, k, v, strict=True)):
            output, shares = scaled_dot_product_attention(*qkv)
            weights.append(shares)
            outputs.append(output * (head not in off))
        joined = np.concatenate(outputs, axis=-1)
        return np.array(weights), joined, joined @ np.array(self.w_o)

    def alt(self) -> str:
        heads = len(self.widths)
        kind = "" if self.split == "transpose" else ", cut without the transpose"
        text = (
            f"{len(self.tokens)} tokens, {sum(self.widths)} columns in "
            f"{heads} {'head' if heads == 1 else 'heads'} of widths "
            f"{', '.join(map(str, self.widths))}{kind}. "
        )
        off = [str(head + 1) for head in self.off if head < heads]
        text += f"Off: {', '.join(off)}" if off else "All are on"
        most = int(np.argmax(self.change))
        if self.change[most] < 0.005:
            return f"{text}. No output has changed."
        return (
            f"{text}; the output of {self.tokens[most]} changes most, by "
            f"{self.change[most]:.2f}."
        )

    def picture(self) -> str:
        count, t = len(self.widths), len(self.tokens)
        columns = min(count, 4)
        side = min(20.0, (620 / columns - 66) / t)
        parts = []
        for head in range(count):
            x = 8 + 624 / columns * (head % columns)
            y = 20 + (side * t + 48) * (head // columns)
            parts += self._head(head, x, y, side)
        below = 20 + (side * t + 48) * (-(-count // columns))
        parts += self._tables_below(below)
        return svg.picture(640, round(below + 30 + 16 * t), *parts)

    def _head(self, head, x, y, side):
        """One attention map with its words."""
        on = head not in self.off
        name = f"head {head + 1}" + ("" if on else " (off)")
        yield svg.label(name, x + 50, y, font_weight="bold")
        yield _frame(x + 50, y + 8, side * len(self.tokens), side * len(self.tokens))
        for i, word in enumerate(self.tokens):
            place = (x + 46, y + 8 + (i + 0.7) * side)
            yield svg.label(word[:7], *place, text_anchor="end", font_size=11)
            row = self.weights[head][i]
            shares = [(0.94 if on else 0.3) * weight for weight in row]
            yield from _cells(x + 50, y + 8 + i * side, side, shares, svg.WEIGHT)

    def _tables_below(self, y):
        """What the heads hand on, what w_o makes of it, and what has changed."""
        for title, x, table in (
            ("heads side by side", 58, self.joined),
            ("output", 288, self.output),
        ):
            yield svg.label(title, x, y, font_weight="bold")
            yield _frame(x, y + 8, 16 * len(table[0]), 16 * len(table))
            most = max(0.001, np.abs(table).max())
            for i, row in enumerate(table):
                for sign, fill in ((1, svg.COLORS["output"]), (-1, "#48566b")):
                    shares = sign * np.array(row) / most
                    yield from _cells(x, y + 8 + 16.0 * i, 16, shares, fill)
        yield svg.label("change", 548, y, font_weight="bold")
        for i, (word, change) in enumerate(zip(self.tokens, self.change, strict=True)):
            yield svg.label(
                word[:7], 54, y + 20 + 16 * i, text_anchor="end", font_size=11
            )
            yield svg.label(f"{change:.2f}", 548, y + 20 + 16 * i, font_size=12)


def _cut(table, widths, split):
    """``(t, d_model)`` into ``(t, width)`` for each head."""
    t, ends = len(table), np.cumsum(widths)[:-1]
    if split == "transpose":
        return np.split(table, ends, axis=1)
    parts = np.split(table.ravel(), t * ends)
    return [part.reshape(t, -1) for part in parts]


def _frame(x, y, width, height):
    frame = {"fill": "none", "stroke": svg.FAINT}
    return svg.element(
        "rect", x=x - 1.0, y=y - 1.0, width=width + 1.0, height=height + 1.0, **frame
    )


def _cells(x, y, side, shares, fill):
    """A row of squares, as dark as the shares; those below 0.02 are left out."""
    for j, share in enumerate(shares):
        if share >= 0.02:
            yield svg.element(
                "rect",
                x=x + j * side,
                y=y,
                width=side - 1,
                height=side - 1,
                fill_opacity=float(share),
                fill=fill,
            )
