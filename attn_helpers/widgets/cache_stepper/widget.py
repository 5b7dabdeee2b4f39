"""CacheStepper: a text is written token by token, with a cache and without one."""

from itertools import pairwise

import numpy as np
import traitlets

from attn_helpers._checks import check_between
from attn_helpers.reference.masks import causal_mask, window_mask
from attn_helpers.widgets.cache_stepper.layer import answer, project, vector
from attn_helpers.widgets.cache_stepper.sizes import (
    HEADS,
    MODEL,
    SHARING,
    model_bytes,
    multiplications,
    token_bytes,
    widths_of,
)
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import refusing

NAME = "CacheStepper"
LEAST, MOST = 2, 12  # tokens
SENTENCE = ["In", "the", "beginning", ",", "God", "created"]
SENTENCE += ["the", "heavens", "and", "the", "earth", "."]
COUNTS = ["rows projected", "dot products q·k", "multiplications"]
FULL, FIRST = 0.42, 4
LEFT, TOP, SIDE, HIGH, NUMBER = 132, 30, 22, 17, 1.25  # of the static picture
RIGHT = LEFT + MOST * SIDE + 24


class CacheStepper(BookWidget):
    """A layer reads a prompt in one go and then token after token.

    Without a cache each step computes all rows once more; with one, it computes the new
    row and takes the keys and values of the earlier ones from the cache.

    Traits (inputs):
        tokens: two to twelve words.
        prompt: how many of them are read at once, from 1; all, where there are fewer.
        read: how many have been read, at least the prompt and at most all.
        cache: whether keys and values are kept from step to step.
        sharing: how many keys and values the eight query heads have: ``MHA`` (8),
            ``GQA by twos`` (4), ``GQA by fours`` (2), ``MQA`` (1), ``MLA`` (a latent).
        window: how many tokens a query sees, its own among them, from 1; all, where
            there are no more.

    Traits (results): ``times``, how often each pair of a query and a key has been
    computed, ``(t, t)`` for the ``t`` tokens read; ``counts``, three pairs
    ``[with a cache, without]`` of what has been done so far: rows projected, dot
    products of a query with a key, multiplications; ``times_more``, the quotient of the
    last pair; ``outputs``, for the last token, found with a cache and without,
    ``(2, d_model)``; ``cached_bytes``, held now; ``model_bytes``, what a cache would
    hold of 131,072 tokens in a model of Llama 3.1 8B's sizes; ``own_keys``, how many
    of the eight heads have keys that no other head has.

    Pairs that the mask hides are not counted, and MLA is counted in its absorbed form.
    The weights are made up.

    Example:
        >>> stepper = CacheStepper(prompt=4, read=6)
        >>> stepper.counts[0]  # 4 + 1 + 1 rows, or 4 + 5 + 6
        [6, 15]
        >>> [CacheStepper(cache=True, sharing=s).cached_bytes for s in ("MHA", "MQA")]
        [1536, 192]
    """

    tokens = traits.List(traitlets.Unicode(), SENTENCE).tag(sync=True)
    prompt = traits.Int(4).tag(sync=True)
    read = traits.Int(MOST).tag(sync=True)
    cache = traits.Bool(False).tag(sync=True)
    sharing = traits.Enum(list(SHARING), "MHA").tag(sync=True)
    window = traits.Int(MOST).tag(sync=True)

    results = ("times", "counts", "times_more", "outputs")
    results += ("cached_bytes", "model_bytes", "own_keys")
    times = traits.List([]).tag(sync=True)
    counts = traits.List([]).tag(sync=True)
    times_more = traits.Float(1.0).tag(sync=True)
    outputs = traits.List([]).tag(sync=True)
    cached_bytes = traits.Int(0).tag(sync=True)
    model_bytes = traits.Int(0).tag(sync=True)
    own_keys = traits.Int(HEADS).tag(sync=True)

    @traitlets.validate("tokens")
    def _some_tokens(self, proposal):
        with refusing():
            names = {"function": NAME, "argument": "len(tokens)"}
            check_between(len(proposal["value"]), LEAST, MOST, **names)
        return proposal["value"]

    @traitlets.validate("prompt", "read", "window")
    def _numbers(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        with refusing():
            check_between(value, 1, MOST, function=NAME, argument=name)
        return value

    def limits(self) -> dict[str, list]:
        numbers = dict.fromkeys(("prompt", "read", "window"), limits.whole(1, MOST))
        return super().limits() | numbers

    @property
    def steps(self) -> list[int]:
        """How many rows there are after the prefill and after each step of decoding."""
        t = len(self.tokens)
        prompt = min(self.prompt, t)
        return list(range(prompt, max(prompt, min(self.read, t)) + 1))

    @property
    def is_windowed(self) -> bool:
        """Whether the window is shorter than the text."""
        return self.window < len(self.tokens)

    def compute(self) -> dict[str, object]:
        read = self.steps[-1]
        mask = causal_mask(read) & window_mask(read, self.window - 1)
        computed = np.zeros((2, read, read), int)  # how often, with a cache and without
        for before, now in pairwise([0, *self.steps]):
            computed[0, before:now] += mask[before:now]
            computed[1, :now] += mask[:now]
        pairs, rows = computed.sum((1, 2)), computed.diagonal(axis1=1, axis2=2).sum(1)
        each, pair = multiplications(self.sharing)
        counts = np.array([rows, HEADS * pairs, each * rows + pair * pairs])
        stored = min(read, self.window)
        return {
            "times": computed[0 if self.cache else 1].tolist(),
            "counts": counts.tolist(),
            "times_more": float(counts[2, 1] / counts[2, 0]),
            "outputs": [self._kept().tolist(), self._anew(mask).tolist()],
            "cached_bytes": self.cache * stored * token_bytes(self.sharing),
            "model_bytes": model_bytes(self.sharing, self.is_windowed),
            "own_keys": SHARING[self.sharing] or HEADS,
        }

    def _vectors(self):
        return np.array([vector(word) for word in self.tokens[: self.steps[-1]]])

    def _kept(self):
        """The last output from keys and values that earlier steps have kept."""
        x, first = self._vectors(), self.steps[0]
        q, k, v = project(self.sharing, x[:first], 0)
        for i in self.steps[:-1]:
            q, *new = project(self.sharing, x[i : i + 1], i)
            k, v = (np.concatenate(p, axis=1) for p in zip((k, v), new, strict=True))
        kept = k[:, -self.window :], v[:, -self.window :]
        return answer(self.sharing, q[:, -1:], *kept)[-1]

    def _anew(self, mask):
        """The last output with all rows computed once more."""
        return answer(self.sharing, *project(self.sharing, self._vectors(), 0), mask)[
            -1
        ]

    def alt(self) -> str:
        first, read = self.steps[0], self.steps[-1]
        (rows, again), _, (few, many) = self.counts
        stored = min(read, self.window)
        if self.cache:
            kept = (
                f"Kept: keys and values of {stored} tokens, {self.cached_bytes:,} bytes"
            )
        else:
            kept = "Nothing is kept: each step computes all rows once more"
        window = f" in a window of {MODEL['window']:,}" if self.is_windowed else ""
        return (
            f"{read} tokens have been read, {first} of them at once, with "
            f"{self.sharing}. {kept}. With a cache {rows} rows have been projected, in "
            f"all {few:,} multiplications; without, {again} rows and {many:,}, "
            f"{self.times_more:.2f} times as many. With the sizes of Llama 3.1 8B a "
            f"cache of this kind would hold {self.model_bytes / 1e9:.2f} GB at "
            f"{MODEL['tokens']:,} tokens{window}."
        )

    def picture(self) -> str:
        parts = [svg.label("How often each pair has been computed", 8, 18)]
        parts += self._triangle()
        parts += self._store(TOP + len(self.tokens) * HIGH + 10)
        parts += self._tally()
        height = TOP + len(self.tokens) * HIGH + 10 + 64 * NUMBER + 14
        return svg.picture(RIGHT + 240, max(height, 330), *parts)

    def _is_now(self, i):
        before = self.steps[-2] if len(self.steps) > 1 else 0
        return not self.cache or i >= before

    def _triangle(self):
        read, width = self.steps[-1], LEFT + len(self.tokens) * SIDE
        for i, word in enumerate(self.tokens[:read]):
            y = TOP + i * HIGH
            now = self._is_now(i)
            yield svg.label(word, LEFT - 44, y + 12, text_anchor="end", font_size=12)
            for head in range(HEADS * now):
                box = {"x": LEFT - 40 + 4 * head, "y": y + 1}
                size = {"width": 3, "height": HIGH - 4}
                yield svg.element("rect", **box, **size, fill=svg.COLORS["query"])
            for j, times in enumerate(self.times[i]):
                if times:
                    edge = {"stroke": svg.INK, "stroke_width": 1.5 if now else 0.5}
                    x, share = LEFT + j * SIDE, FULL * times / len(self.tokens)
                    box = {"x": x, "y": y, "width": SIDE - 2, "height": HIGH - 2}
                    fill = {"fill": svg.WEIGHT, "fill_opacity": share}
                    yield svg.element("rect", **box, **fill, **edge)
                    place = {"text_anchor": "middle", "font_size": 11}
                    yield svg.label(f"{times}", x + SIDE / 2 - 1, y + 12, **place)
        y = TOP + self.steps[0] * HIGH - 1
        yield svg.stroke(f"M8,{TOP}V{y}", svg.INK)
        yield svg.stroke(f"M8,{y}H{width}", svg.INK, 1, stroke_dasharray="3 3")
        place = {"text_anchor": "end", "font_size": 11}
        yield svg.label("prompt: read in one go", width, TOP + 12, **place)

    def _store(self, top):
        """A stack of boxes for each token, as high as it has numbers."""
        read = self.steps[-1]
        dropped = max(0, read - self.window) if self.cache else 0
        boxes = _boxes(self.sharing)
        words = ["latent", "one key"] if self.sharing == "MLA" else ["keys", "values"]
        second = max(26, 10 + boxes[len(boxes) // 2][1])
        kept = "kept" if self.cache else "thrown away"
        for word, y in zip([*words, kept], (12, second, second + 14), strict=True):
            place = {"text_anchor": "end", "font_size": 12}
            yield svg.label(word, LEFT - 6, top + y, **place)
        for j in range(dropped, read):
            for role, y, height in boxes:
                color = svg.COLORS[role]
                box = {"x": LEFT + j * SIDE + 1, "y": top + y}
                size = {"width": SIDE - 4, "height": height - 1}
                fill = color if self.cache else "none"
                edge = {"stroke": color, "stroke_width": 0.75}
                yield svg.element("rect", **box, **size, **edge, fill=fill)

    def _tally(self):
        yield svg.label("Done so far", RIGHT, 20, font_weight="bold", font_size=12)
        for x, text in ((172, "with"), (236, "without")):
            place = {"text_anchor": "end", "font_size": 12}
            yield svg.label(text, RIGHT + x, 20, **place)
        lines = [
            (name, *map("{:,}".format, pair))
            for name, pair in zip(COUNTS, self.counts, strict=True)
        ]
        lines.append(("times as many", "1", f"{self.times_more:.2f}"))
        for n, (name, few, many) in enumerate(lines, start=1):
            yield svg.label(name, RIGHT, 20 + 18 * n, font_size=12)
            for x, text in ((172, few), (236, many)):
                yield svg.label(text, RIGHT + x, 20 + 18 * n, **place)
        word = self.tokens[self.steps[-1] - 1]
        yield svg.label(
            f"Output for “{word}”", RIGHT, 122, font_weight="bold", font_size=12
        )
        for n, (name, row) in enumerate(
            zip(("with", "without"), self.outputs, strict=True)
        ):
            numbers = "  ".join(f"{x + 0.0:.3f}" for x in row[:FIRST]).replace("-", "−")
            yield svg.label(name, RIGHT, 140 + 18 * n, font_size=12)
            yield svg.label(f"{numbers} …", RIGHT + 52, 140 + 18 * n, font_size=11)
        yield svg.label(
            f"Kept now: {self.cached_bytes:,} bytes", RIGHT, 186, font_size=12
        )
        window, all_tokens = (f"{MODEL[name]:,}" for name in ("window", "tokens"))
        length = f"window of {window}" if self.is_windowed else f"{all_tokens} tokens"
        title = f"Llama 3.1 8B's sizes, {length}"
        yield svg.label(title, RIGHT, 214, font_weight="bold", font_size=11)
        for n, name in enumerate(SHARING, start=1):
            size, y = model_bytes(name, self.is_windowed), 214 + 18 * n
            weight = {"font_weight": "bold" if name == self.sharing else "normal"}
            yield svg.label(name, RIGHT, y, font_size=12, **weight)
            bar = {"width": 70 * size / model_bytes("MHA", False), "height": 9}
            color = svg.COLORS["key"] if name == self.sharing else svg.FAINT
            yield svg.element("rect", x=RIGHT + 98, y=y - 9, **bar, fill=color)
            yield svg.label(f"{size / 1e9:.2f} GB", RIGHT + 236, y, **place | weight)


def _boxes(sharing):
    """Role, place and height of the boxes of one token's stack."""
    widths, boxes, y = widths_of(sharing), [], 0.0
    keys = SHARING[sharing] or 1
    for n, width in enumerate(widths):
        y += 5 * (n == keys)
        is_key = n < keys or sharing == "MLA"
        boxes.append(("key" if is_key else "value", y, width * NUMBER))
        y += width * NUMBER
    return boxes
