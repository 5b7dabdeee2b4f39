"""BlockXray: follow one token's vector through a Transformer block."""

import numpy as np
import traitlets

from attn_helpers._checks import check_between, read_arrays
from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.reference.feed_forward import feed_forward
from attn_helpers.reference.norm import layer_norm, rms_norm
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import refusing

NAME = "BlockXray"
BLOCKS, LAST, MOST = 3, 6, 8  # blocks, the last station, tokens or columns or units
SENTENCE = ["the", "keys", "by", "the", "door", "fall"]
FEATURES = ["noun", "verb", "article", "preposition"]
FEATURES += ["plural", "late", "of a plural", "plural form"]
UNITS = [
    f"{kind} {number}"
    for kind in ("noun,", "verb of a", "article of a")
    for number in ("plural", "singular")
]
NORMS = {"RMSNorm": rms_norm, "LayerNorm": layer_norm}
STATIONS = {
    "pre-norm": ["x", "norm", "attention", "sum", "norm", "feed-forward", "sum"],
    "post-norm": ["x", "attention", "sum", "norm", "feed-forward", "sum", "norm"],
}
AXES = {
    "X": "(t, d_model)",
    "w_q": "(d_model, d_k)",
    "w_k": "(d_model, d_k)",
    "w_v": "(d_model, d_v)",
    "w_o": "(d_v, d_model)",
    "w_in": "(d_model, d_ff)",
    "b_in": "(d_ff,)",
    "w_out": "(d_ff, d_model)",
}
WORDS = {"tokens": "t", "features": "d_model", "units": "d_ff"}
LIMITS = {"selected": (0, MOST - 1), "block": (1, BLOCKS), "station": (0, LAST)}
SEEN = 0.05  # what is nearer to 0 is 0.0 in one digit, and left out
LEFT, TOP, SIDE, HIGH, BARS = 156, 96, 28, 32, 446  # of the static picture


def made_by_hand() -> dict[str, list]:
    """Vectors for SENTENCE, and a block that one can read, column by column.

    The columns of X are FEATURES: four say what kind of word it is, ``plural`` is
    negative for a singular noun, ``late`` says where in the sentence the word stands,
    and the last two are empty until the block fills them. A verb looks for a noun that
    stands early, an article for one on its own side of the sentence, and attention
    hands on whether that noun is a plural. A hidden unit is lit only where two things
    meet: a kind of word, and the number of its noun. All this is made for RMSNorm:
    LayerNorm takes the mean of a vector away, and empty columns are empty no more.
    """
    kinds = np.array([2, 0, 3, 2, 0, 1])
    x = np.zeros((6, 8))
    x[np.arange(6), kinds] = 2
    x[:, 4] = [0, 2, 0, 0, -2, 0]
    x[:, 5] = np.linspace(-2, 2, 6)
    w_q, w_k = np.zeros((2, 8, 2))
    w_q[1:3, 0], w_k[0, 0] = 2, 1  # a verb or an article asks for a noun,
    w_q[5, 1], w_k[5, 1] = 2, 1  # one on its own side of the sentence;
    w_q[1, 1] = -4  # a verb wants an early one all the same
    w_v, w_o = np.zeros((8, 1)), np.zeros((1, 8))
    w_v[4, 0] = w_o[0, 6] = 1
    w_in, w_out = np.zeros((8, 6)), np.zeros((6, 8))
    for unit, (kind, number) in enumerate([(0, 4), (1, 6), (2, 6)]):
        w_in[kind, 2 * unit : 2 * unit + 2] = 1.5
        w_in[number, 2 * unit : 2 * unit + 2] = 1.5, -1.5
        w_out[2 * unit : 2 * unit + 2, 7] = 1, -1
    tables = {"X": x, "w_q": w_q, "w_k": w_k, "w_v": w_v, "w_o": w_o}
    tables |= {"w_in": w_in, "b_in": np.full(6, -3.0), "w_out": w_out}
    return {name: table.round(1).tolist() for name, table in tables.items()}


EXAMPLE = made_by_hand()


class BlockXray(BookWidget):
    """One token's vector, station by station, through one of three equal blocks.

    Traits (inputs):
        tokens: one to eight words.
        features: what each column of ``X`` stands for, at most eight.
        X: the words' vectors, ``(t, d_model)``.
        w_q, w_k, w_v, w_o: attention of one head, with ``d_k`` and ``d_v`` columns.
        w_in, b_in, w_out: the feed-forward layer, with ``d_ff`` hidden units.
        units: what each hidden unit is lit by, at most eight.
        order: ``pre-norm`` or ``post-norm``.
        norm: ``RMSNorm`` or ``LayerNorm``, without gain and bias.
        attention, feed_forward: whether the sub-layer adds what it has found, or zeros.
        selected: the token that is followed.
        block: the block that is looked into, from 1 to 3; all have the same weights.
        station: how far the token is followed, from 0 to 6, the end of the block.

    Traits (results): ``stations``, of this block, ``(7, t, d_model)``, in the order of
    STATIONS; ``lengths``, of these vectors, ``(7, t)``; ``weights``, ``(t, t)``;
    ``hidden``, ``(t, d_ff)``; ``growth``, the lengths before the first block and after
    each, ``(4, t)``.

    Example:
        >>> xray = BlockXray(attention=False)
        >>> xray.stations[6][5][6:]  # the verb knows nothing of its noun
        [0.0, 0.0]
        >>> round(BlockXray().stations[6][5][6], 1)
        1.7
    """

    tokens = traits.List(traitlets.Unicode(), SENTENCE).tag(sync=True)
    features = traits.List(traitlets.Unicode(), FEATURES).tag(sync=True)
    units = traits.List(traitlets.Unicode(), UNITS).tag(sync=True)
    X = traits.List(EXAMPLE["X"]).tag(sync=True)
    w_q = traits.List(EXAMPLE["w_q"]).tag(sync=True)
    w_k = traits.List(EXAMPLE["w_k"]).tag(sync=True)
    w_v = traits.List(EXAMPLE["w_v"]).tag(sync=True)
    w_o = traits.List(EXAMPLE["w_o"]).tag(sync=True)
    w_in = traits.List(EXAMPLE["w_in"]).tag(sync=True)
    b_in = traits.List(EXAMPLE["b_in"]).tag(sync=True)
    w_out = traits.List(EXAMPLE["w_out"]).tag(sync=True)
    order = traits.Enum(list(STATIONS), "pre-norm").tag(sync=True)
    norm = traits.Enum(list(NORMS), "RMSNorm").tag(sync=True)
    attention = traits.Bool(True).tag(sync=True)
    feed_forward = traits.Bool(True).tag(sync=True)
    selected = traits.Int().tag(sync=True)
    block = traits.Int(1).tag(sync=True)
    station = traits.Int(LAST).tag(sync=True)

    results = ("stations", "lengths", "weights", "hidden", "growth")
    stations = traits.List([]).tag(sync=True)
    lengths = traits.List([]).tag(sync=True)
    weights = traits.List([]).tag(sync=True)
    hidden = traits.List([]).tag(sync=True)
    growth = traits.List([]).tag(sync=True)

    @traitlets.default("selected")
    def _last(self):
        return len(self.tokens) - 1

    @traitlets.validate(*AXES, *WORDS)
    def _whole_block(self, proposal):
        name = proposal["trait"].name
        values = {n: getattr(self, n) for n in (*AXES, *WORDS)}
        values[name] = proposal["value"]
        tables = {n: (values[n], axes) for n, axes in AXES.items()}
        sizes = {axis: len(values[words]) for words, axis in WORDS.items()}
        with refusing():
            for words, axis in WORDS.items():
                names = {"function": NAME, "argument": f"len({words})"}
                check_between(sizes[axis], 1, MOST, **names)
            arrays = dict(zip(AXES, read_arrays(NAME, sizes, **tables), strict=True))
        return arrays[name].tolist() if name in AXES else proposal["value"]

    @traitlets.validate("selected", "block", "station")
    def _numbers(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        with refusing():
            check_between(value, *LIMITS[name], function=NAME, argument=name)
        return value

    def limits(self) -> dict[str, list]:
        numbers = {name: limits.whole(*ends) for name, ends in LIMITS.items()}
        return super().limits() | numbers

    def compute(self) -> dict[str, object]:
        x, blocks = np.array(self.X, dtype=float), []
        for _ in range(BLOCKS):
            blocks.append(self._through(x))
            x = blocks[-1][0][LAST]
        stations, weights, hidden = blocks[self.block - 1]
        stream = [blocks[0][0][0], *(passed[LAST] for passed, *_ in blocks)]
        return {
            "stations": stations.tolist(),
            "lengths": np.linalg.norm(stations, axis=-1).tolist(),
            "weights": weights.tolist(),
            "hidden": hidden.tolist(),
            "growth": np.linalg.norm(stream, axis=-1).tolist(),
        }

    def _through(self, x):
        """All stations of one block, ``(7, t, d_model)``, weights and hidden units."""
        norm, is_pre = NORMS[self.norm], self.order == "pre-norm"
        read = norm(x) if is_pre else x
        q, k, v = (read @ np.array(w) for w in (self.w_q, self.w_k, self.w_v))
        output, weights = scaled_dot_product_attention(q, k, v)
        mixed = self.attention * output @ np.array(self.w_o)
        between = x + mixed
        normed = norm(between)
        found, hidden = feed_forward(normed, self.w_in, self.w_out, self.b_in)
        found = self.feed_forward * found
        if is_pre:
            stations = [x, read, mixed, between, normed, found, between + found]
        else:
            out = normed + found
            stations = [x, mixed, between, normed, found, out, norm(out)]
        return np.array(stations), weights, hidden

    @property
    def followed(self) -> int:
        """The token that is followed: the last, where there are fewer than asked."""
        return min(self.selected, len(self.tokens) - 1)

    def alt(self) -> str:
        i, at = self.followed, STATIONS[self.order].index
        lengths = [row[i] for row in self.lengths]
        weights = self.weights[i]
        most = int(np.argmax(weights))
        mixed = found = "is off"
        if self.attention:
            mixed = (
                f"adds a vector of length {lengths[at('attention')]:.2f}; its largest "
                f"weight, {weights[most]:.2f}, is on {self.tokens[most]}"
            )
        if self.feed_forward:
            lit = [u for u, h in zip(self.units, self.hidden[i], strict=True) if h > 0]
            found = (
                f"adds a vector of length {lengths[at('feed-forward')]:.2f}; of its "
                f"{len(self.units)} hidden units are lit: {', '.join(lit) or 'none'}"
            )
        return (
            f"{self.tokens[i]} in block {self.block}, {self.order} with {self.norm}. "
            f"Its vector enters with length {lengths[0]:.2f}. Attention {mixed}. "
            f"Feed-forward {found}. The vector leaves with length {lengths[LAST]:.2f}."
        )

    def picture(self) -> str:
        i = self.followed
        rows = [row[i] for row in self.stations]
        most = max(1e-9, np.abs(rows).max())
        parts = [svg.label(f"“{self.tokens[i]}” in block {self.block}", 8, 20)]
        parts += [_slanted(name, j) for j, name in enumerate(self.features)]
        right = LEFT + SIDE * len(rows[0])
        parts.append(svg.label("length", right + 8, TOP - 8, font_size=11))
        for n, (name, row) in enumerate(zip(STATIONS[self.order], rows, strict=True)):
            y = TOP + n * HIGH
            place = {"text_anchor": "end", "font_size": 12}
            parts.append(svg.label(NAMED.get(name, name), LEFT - 8, y + 20, **place))
            parts += _cells(y, np.array(row), most)
            parts.append(svg.label(f"{self.lengths[n][i]:.2f}", right + 8, y + 20))
        below = 32 + 17 * (len(self.tokens) + 2)
        switches = {True: "", False: " (off)"}
        title = f"attention: weights{switches[self.attention]}"
        parts += _bars(title, self.tokens, self.weights[i], 1.0, 20)
        title = f"feed-forward: hidden units{switches[self.feed_forward]}"
        most = max(1e-9, *self.hidden[i])
        parts += _bars(title, self.units, self.hidden[i], most, below)
        parts += _stream(STATIONS[self.order], self.order == "pre-norm")
        height = max(TOP + 7 * HIGH, below + 17 * (len(self.units) + 1))
        return svg.picture(640, height + 8, *parts)


NAMED = {"attention": "attention adds", "feed-forward": "feed-forward adds"}


def _stream(names, is_pre):
    """The stream from top to bottom, and the ways that leave it and come back."""
    heights = [TOP + (n + 0.5) * HIGH for n in range(len(names))]
    beside = [name in NAMED or (is_pre and name == "norm") for name in names]
    yield svg.stroke(f"M12,{heights[0]}V{heights[-1]}", svg.FAINT)
    begin = heights[0]
    for n, y in enumerate(heights[1:], start=1):
        if beside[n - 1] and not beside[n]:
            bends = f"M12,{begin}Q28,{begin} 28,{begin + 16}V{y - 16}Q28,{y} 12,{y}"
            yield svg.stroke(bends, svg.FAINT)
        begin = begin if beside[n] else y
    for name, y, out in zip(names, heights, beside, strict=True):
        x = 28 if out else 12
        if name == "norm":
            box = {"x": x - 5, "y": y - 5, "width": 10, "height": 10}
            yield svg.element("rect", **box, fill=svg.INK)
        elif name == "sum":
            ring = {"fill": "#fff", "stroke": svg.INK}
            yield svg.element("circle", cx=x, cy=y, r=7, **ring)
            yield svg.stroke(f"M{x - 4},{y}h8M{x},{y - 4}v8", svg.INK, 1.5)
        else:
            yield svg.element("circle", cx=x, cy=y, r=4, fill=svg.INK)


def _slanted(name, j):
    x, y = LEFT + (j + 0.6) * SIDE, TOP - 6
    turned = f"rotate(-45 {x:.1f} {y})"
    return svg.label(name, x, y, transform=turned, font_size=11)


def _cells(y, row, most):
    """A vector: pink where positive, grey where negative, empty where 0."""
    for j, value in enumerate(row.tolist()):
        x, share = LEFT + j * SIDE, 0.42 * abs(value) / most
        fill = svg.COLORS["output"] if value > 0 else "#48566b"
        box = {"x": x, "y": y + 3, "width": SIDE - 2, "height": HIGH - 6}
        yield svg.element(
            "rect", **box, fill=fill, fill_opacity=share, stroke=svg.FAINT
        )
        if abs(value) >= SEEN:
            text = f"{value:.1f}".replace("-", "\u2212")
            place = (x + SIDE / 2 - 1, y + 20)
            yield svg.label(text, *place, text_anchor="middle", font_size=11)


def _bars(title, names, values, most, y):
    """A list of numbers with a bar for each, right of the stations."""
    yield svg.label(title, BARS, y, font_weight="bold", font_size=12)
    for n, (name, value) in enumerate(zip(names, values, strict=True), start=1):
        at = y + 17 * n
        yield svg.label(name, BARS, at, font_size=11)
        yield svg.element(
            "rect",
            x=BARS + 108,
            y=at - 9,
            width=60 * value / most,
            height=10,
            fill=svg.WEIGHT,
        )
        yield svg.label(f"{value:.2f}", BARS + 172, at, font_size=11)
