"""CostDial: how one layer's cost grows with the text, and what binds on a device."""

import math

import traitlets

from attn_helpers._checks import check_between
from attn_helpers.widgets.cost_dial.costs import (
    DEVICES,
    ITEM_BYTES,
    PHASES,
    Setting,
)
from attn_helpers.widgets.cost_dial.words import scaled, sentence
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import refusing

LENGTHS = [16, 2**20]
WIDTHS = [64, 128, 256, 384, 512, 768, 1024, 1536, 2048]
WIDTHS += [3072, 4096, 6144, 8192, 12288, 16384]
HEADS = [1, 2, 4, 8, 16, 32, 64]
BATCHES = [2**i for i in range(11)]


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
        (3072.0, 15696)
        >>> CostDial(phase="decode").intensity < 1
        True
    """

    length = traits.Int(4096).tag(sync=True)
    width = traits.Enum(WIDTHS, 512).tag(sync=True)
    heads = traits.Enum(HEADS, 8).tag(sync=True)
    batch = traits.Enum(BATCHES, 1).tag(sync=True)
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

    def limits(self) -> dict[str, list]:
        return super().limits() | {"length": limits.whole(*LENGTHS)}

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
            "intensity": setting.flops / setting.moved,
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
        return svg.picture(WIDTH, 300, *self._axes(), *self._lines(), *self._marks())

    def _y(self, flops):
        low, high = self._decades()
        return FOOT - (math.log10(flops) - low) / (high - low) * (FOOT - TOP)

    def _decades(self):
        """Whole powers of ten below and above both lines."""
        ends = [x for n in LENGTHS for x in self.setting.parts(n)]
        return math.floor(math.log10(min(ends))), math.ceil(math.log10(max(ends)))

    def _axes(self):
        low, high = self._decades()
        yield svg.label("FLOPs of one layer", 2, 15, font_weight="bold")
        for power in range(low, high + 1, 2 if high - low < 9 else 4):
            y = self._y(10**power)
            yield svg.stroke(f"M{LEFT},{y:.2f}H{RIGHT}", svg.FAINT, 0.5)
            place = {"text_anchor": "end", "font_size": 12}
            yield svg.label(scaled(10**power, ""), LEFT - 6, y + 4, **place)
        yield svg.stroke(f"M{LEFT},{FOOT}H{RIGHT}", svg.INK, 1)
        for n in (16, 256, 4096, 65536, 2**20):
            place = {"text_anchor": "middle", "font_size": 12}
            yield svg.label(f"{n:,}", _x(n), FOOT + 18, **place)
        yield svg.label(
            "length n", RIGHT, FOOT + 36, text_anchor="end", font_weight="bold"
        )

    def _lines(self):
        starts, ends = (self.setting.parts(n) for n in LENGTHS)
        for part, color in (("tokens", svg.INK), ("pairs", svg.WEIGHT)):
            from_, to = (self._y(getattr(parts, part)) for parts in (starts, ends))
            yield svg.stroke(f"M{LEFT},{from_:.2f}L{RIGHT},{to:.2f}", color, 3)
        tokens, pairs = (
            ("constant", "∝ n") if self.phase == "decode" else ("∝ n", "∝ n²")
        )
        place = {"font_size": 13}
        y = self._y(starts.tokens) - 12
        yield svg.label(f"projections, feed-forward: {tokens}", LEFT + 8, y, **place)
        place = {"text_anchor": "end", "fill": svg.WEIGHT}
        yield svg.label(f"scores, mixing: {pairs}", RIGHT - 4, FOOT - 10, **place)

    def _marks(self):
        """Where the lines cross, where memory ends, and the present length."""
        tokens, _ = self.setting.parts(max(round(self.crossing), 1))
        x, y = _x(self.crossing), self._y(tokens)
        yield svg.element("circle", cx=x, cy=y, r=5, fill=svg.WEIGHT)
        place = {"text_anchor": "end", "font_size": 12}
        yield svg.label(f"equal at {self.crossing:,.0f}", x - 8, y - 8, **place)
        if self.wall < LENGTHS[1]:
            x = _x(max(self.wall, LENGTHS[0]))
            box = {"x": x, "y": TOP, "width": RIGHT - x, "height": FOOT - TOP}
            yield svg.element("rect", **box, fill=WALL, fill_opacity=0.12)
            yield svg.stroke(f"M{x:.2f},{TOP}V{FOOT}", WALL, 2)
            text = f"the wall: n = {self.wall:,}"
            yield svg.label(text, RIGHT, FOOT + 36 - 300 + 15, **place | {"fill": WALL})
        x = _x(self.length)
        yield svg.stroke(f"M{x:.2f},{TOP}V{FOOT}", svg.INK, 1.5, stroke_dasharray="4 3")
        text = f"n = {self.length:,}"
        yield svg.label(text, x, TOP - 6, text_anchor="middle", font_weight="bold")


# --- the static picture ---

WIDTH, LEFT, RIGHT, TOP, FOOT = 640, 64, 624, 44, 254
WALL = "#a12b00"


def _x(length):
    low, high = (math.log2(n) for n in LENGTHS)
    return LEFT + (math.log2(length) - low) / (high - low) * (RIGHT - LEFT)
