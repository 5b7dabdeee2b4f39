"""CostDial: how one layer's cost grows with the text, and what binds on a device."""

import math

import traitlets

from attn_helpers._checks import check_between, check_choice, check_count
from attn_helpers.widgets.cost_dial.costs import (
    DEVICES,
    ITEM_BYTES,
    PHASES,
    Setting,
)
from attn_helpers.widgets.cost_dial.words import scaled, sentence, three_digits
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import refusing

LENGTHS = [16, 2**20]
WIDTHS = [64, 128, 256, 384, 512, 768, 1024, 1536, 2048]
WIDTHS += [3072, 4096, 6144, 8192, 12288, 16384]
HEADS = [1, 2, 4, 8, 16, 32, 64]
BATCHES = [2**i for i in range(11)]
SIZES = {"width": WIDTHS, "heads": HEADS, "batch": BATCHES}


class CostDial(BookWidget):
    """One Transformer layer: attention with its projections, and a feed-forward layer.

    Its hidden width is 4 times the width, each head has keys and values of its own, and
    all numbers have the same ``dtype``.

    Traits (inputs):
        length: tokens in one sequence, from 16 to 1,048,576.
        width: numbers that stand for a token, ``d_model``: a usual size from 64 to
            16,384, all of them multiples of 64.
        heads: 1, 2, 4, 8, 16, 32 or 64.
        batch: sequences at once, a power of two up to 1,024.
        dtype: ``float32`` · ``float16`` (bfloat16 costs the same) · ``int8``.
        phase: ``training`` (forward and backward) · ``prefill`` (all tokens forward) ·
            ``decode`` (one token, which attends to ``length`` tokens).
        fused: whether attention writes no scores to memory.
        device: ``phone`` · ``laptop`` · ``GPU``, examples in round numbers.

    Traits (results): ``flops`` of the layer; ``peak_bytes``, what it holds when nothing
    is thrown away before it is done; ``intensity``, FLOPs for each byte moved;
    ``crossing``, the length from which pairs cost more than all else; ``wall``, the
    longest text that fits into the device's memory.

    Example:
        >>> dial = CostDial(length=4096, width=512, heads=8)
        >>> dial.crossing, dial.wall
        (3072.0, 15661)
        >>> CostDial(phase="decode").intensity < 1
        True
    """

    length = traits.Int(4096).tag(sync=True)
    width = traits.Int(512).tag(sync=True)
    heads = traits.Int(8).tag(sync=True)
    batch = traits.Int(1).tag(sync=True)
    dtype = traits.Enum(list(ITEM_BYTES), "float32").tag(sync=True)
    phase = traits.Enum(PHASES, "prefill").tag(sync=True)
    fused = traits.Bool(False).tag(sync=True)
    device = traits.Enum(list(DEVICES), "laptop").tag(sync=True)

    results = ("flops", "peak_bytes", "intensity", "crossing", "wall")
    flops = traits.Int(0).tag(sync=True)
    peak_bytes = traits.Int(0).tag(sync=True)
    intensity = traits.Float(0.0).tag(sync=True)
    crossing = traits.Float(0.0).tag(sync=True)
    wall = traits.Int(0).tag(sync=True)

    @traitlets.validate("length")
    def _validate_length(self, proposal):
        ends = {"function": "CostDial", "argument": "length"}
        with refusing():
            check_between(proposal["value"], *LENGTHS, **ends)
        return proposal["value"]

    @traitlets.validate("width", "heads", "batch")
    def _validate_size(self, proposal):
        name = proposal["trait"].name
        ends = {"function": "CostDial", "argument": name}
        with refusing():
            size = check_count(proposal["value"], **ends)
            return check_choice(size, SIZES[name], **ends)

    def limits(self) -> dict[str, list]:
        sizes = {name: limits.one_of(values) for name, values in SIZES.items()}
        return super().limits() | sizes | {"length": limits.whole(*LENGTHS)}

    @property
    def setting(self) -> Setting:
        """The inputs, to compute with."""
        names = [name for name in self.inputs() if name != "challenge"]
        return Setting(**{name: getattr(self, name) for name in names})

    def compute(self) -> dict[str, object]:
        setting = self.setting
        return {
            "flops": setting.flops,
            "peak_bytes": setting.held(self.length),
            "intensity": setting.intensity,
            "crossing": setting.crossing,
            "wall": setting.wall,
        }

    def alt(self) -> str:
        attention = "fused" if self.fused else "plain"
        fits = (
            f"It fits up to n = {self.wall:,}" if self.wall else "No length of it fits"
        )
        return (
            f"One layer of width {self.width:,} with {self.heads} heads and "
            f"{attention} attention, {self.phase}, batch {self.batch:,}, {self.dtype}, "
            f"at n = {self.length:,}: {scaled(self.flops, 'FLOPs')}, "
            f"{scaled(self.peak_bytes, 'B')}. Scores and mixing cost more than all "
            f"else from n = {self.crossing:,.0f} on. {fits}. "
            f"{sentence(self.setting)}"
        )

    def picture(self) -> str:
        parts = self._axes(), self._lines(), self._marks(), self._totals()
        return svg.picture(WIDTH, HEIGHT, *(each for part in parts for each in part))

    def _decades(self):
        """Whole powers of ten below and above both lines."""
        ends = [math.log10(x) for n in LENGTHS for x in self.setting.parts(n)]
        return math.floor(min(ends)), math.ceil(max(ends))

    def _y(self, flops):
        low, high = self._decades()
        return FOOT - (math.log10(flops) - low) / (high - low) * (FOOT - TOP)

    def _axes(self):
        low, high = self._decades()
        yield svg.label("FLOPs of one layer", 2, 40, font_weight="bold")
        for power in range(3 * math.ceil(low / 3), high + 1, 3):
            y = self._y(10**power)
            yield svg.stroke(f"M{LEFT},{y:.2f}H{RIGHT}", svg.FAINT, 0.5)
            place = {"text_anchor": "end", "font_size": 12}
            yield svg.label(scaled(10**power, ""), LEFT - 6, y + 4, **place)
        yield svg.stroke(f"M{LEFT},{FOOT}H{RIGHT}", svg.INK, 1)
        for n in (16, 256, 4096, 65536, LENGTHS[1]):
            place = {"text_anchor": "middle", "font_size": 12}
            yield svg.label(f"{n:,}", _x(n), FOOT + 18, **place)
        yield svg.label("length n", LEFT, FOOT + 38, font_weight="bold")

    def _lines(self):
        is_decoding = self.phase == "decode"
        tokens, pairs = ("constant", "∝ n") if is_decoding else ("∝ n", "∝ n²")
        drawn = (
            (f"projections, feed-forward: {tokens}", svg.INK, 2),
            (f"scores, mixing: {pairs}", svg.WEIGHT, 340),
        )
        ends = zip(*(self.setting.parts(n) for n in LENGTHS), strict=True)
        for (name, color, x), (first, last) in zip(drawn, ends, strict=True):
            yield svg.label(name, x + 24, 16, fill=color)
            yield svg.stroke(f"M{x},11h18", color, 3)
            y, end = self._y(first), self._y(last)
            yield svg.stroke(f"M{LEFT},{y:.2f}L{RIGHT},{end:.2f}", color, 3)

    def _marks(self):
        """Where the lines cross, where memory ends, and the present length."""
        x, y = _x(self.crossing), self._y(self.setting.parts(round(self.crossing))[0])
        edge = {"fill": "#fff", "stroke": svg.WEIGHT, "stroke_width": 2.5}
        yield svg.element("circle", cx=x, cy=y, r=5, **edge)
        place = {"text_anchor": "end", "font_size": 12}
        yield svg.label(f"equal at {self.crossing:,.0f}", x - 9, y - 8, **place)
        text = "no length fits" if self.wall == 0 else f"the wall: n = {self.wall:,}"
        if self.wall < LENGTHS[1]:
            x = _x(max(self.wall, LENGTHS[0]))
            box = {"x": x, "y": TOP, "width": RIGHT - x, "height": FOOT - TOP}
            yield svg.element("rect", **box, fill=WALL, fill_opacity=0.14)
            yield svg.stroke(f"M{x:.2f},{TOP}V{FOOT}", WALL, 3)
        else:
            text += " →"
        place |= {"fill": WALL, "font_weight": "bold"}
        yield svg.label(text, RIGHT, FOOT + 38, **place)
        x = _x(self.length)
        yield svg.stroke(f"M{x:.2f},{TOP}V{FOOT}", svg.INK, 1.5, stroke_dasharray="4 3")
        text, middle = f"n = {self.length:,}", {"text_anchor": "middle"}
        yield svg.label(text, x, TOP - 6, font_weight="bold", **middle)

    def _totals(self):
        setting = self.setting
        memory = f"memory of this {self.device}: {scaled(setting.memory, 'B')}"
        needed = three_digits(setting.peak / setting.bandwidth)
        lines = (
            f"FLOPs: {scaled(self.flops, '')}",
            f"bytes held: {scaled(self.peak_bytes, 'B')} ({memory})",
            f"FLOPs for each byte moved: {three_digits(self.intensity)} "
            f"({BOUNDS[setting.bound]}; this {self.device} could do {needed})",
        )
        for n, line in enumerate(lines):
            yield svg.label(line, 2, FOOT + 66 + 20 * n)


# --- the static picture ---

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 640, 370, 50, 604, 64, 254
WALL = "#a12b00"
BOUNDS = {"memory": "memory-bound", "compute": "compute-bound"}


def _x(length):
    low, high = (math.log2(n) for n in LENGTHS)
    return LEFT + (math.log2(length) - low) / (high - low) * (RIGHT - LEFT)
