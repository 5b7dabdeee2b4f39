"""LanguageModelExplorer: a trained language model runs in the page."""

import base64
from typing import Any

import numpy as np
import traitlets

from attn_helpers._checks import check_between, complaint
from attn_helpers.data.characters import Characters
from attn_helpers.reference.softmax import softmax
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import refusing
from attn_helpers.widgets.language_model_explorer.model import (
    LENGTH,
    NAME,
    of_llama,
    stored_model,
)

START = "In the beginning God created the "
NEWEST = -1
MOST_SEED = 2**20
LIMITS = {
    "temperature": (0.1, 2.0),
    "chosen": (NEWEST, LENGTH - 1),
    "seed": (0, MOST_SEED),
}
FEW = 7  # letters of each list
MARKS = {" ": "␣", "\n": "↵"}  # of letters that one does not see
LEFT, TOP, SIDE, HIGH = 70, 40, 9, 13  # of the static picture


class LanguageModelExplorer(BookWidget):
    """A language model reads a text, says what it expects next, and writes on.

    Args:
        model: one that ``models.language_model.llama`` has made, as it is after your
            training. None stands for the stored one.
        letters: its tokens; they must be those of the stored model, as the page shows
            that one.

    Traits (inputs):
        text: 1 to 64 of the model's letters.
        temperature: of the odds that are shown and drawn from, from 0.1 to 2.
        chosen: the letter to look from, from 0; -1 is the newest, and stands for those
            that there are not.
        seed: of the letters that are drawn.

    Traits (results): ``odds`` of the letter after the chosen one, ``(vocab,)``;
    ``weights`` of the chosen letter in each head, ``(layers, heads, t)``; ``lens``, the
    odds at temperature 1 as they are read off the stream before the first layer and
    after each, ``(layers + 1, vocab)``; ``surest``, the largest of the last row;
    ``earlier``, the odds of the same letter one layer before; ``cache_bytes``, of keys
    and values in float32.

    The picture that is stored with a notebook, and its words, are those of the stored
    model: training ends otherwise on another machine, if only in the last digits.

    Example:
        >>> explorer = LanguageModelExplorer(text="In the beginning God created the q")
        >>> explorer.letters[int(np.argmax(explorer.odds))], explorer.surest > 0.9
        ('u', True)
        >>> explorer.cache_bytes  # 34 letters, 2 layers, 64 + 64 numbers of 4 bytes
        34816
    """

    text = traits.Unicode(START).tag(sync=True)
    temperature = traits.Float(1.0).tag(sync=True)
    chosen = traits.Int(NEWEST).tag(sync=True)
    seed = traits.Int(0).tag(sync=True)

    results = ("odds", "weights", "lens", "surest", "earlier", "cache_bytes")
    odds = traits.List([]).tag(sync=True)
    weights = traits.List([]).tag(sync=True)
    lens = traits.List([]).tag(sync=True)
    surest = traits.Float(0.0).tag(sync=True)
    earlier = traits.Float(0.0).tag(sync=True)
    cache_bytes = traits.Int(0).tag(sync=True)

    _packed = traitlets.Bytes().tag(sync=True)  # for a view with a kernel
    _sizes = traits.Dict().tag(sync=True)

    def __init__(
        self,
        model: Any = None,
        letters: Characters | None = None,
        **values: object,
    ):
        self._model = stored_model()
        if model is not None:
            letters = letters or Characters(self._model.letters)
            self._model = of_llama(model, letters)
        if self._model.letters != stored_model().letters:
            rule = "letters must be those of the stored model"
            raise ValueError(complaint(NAME, rule, f"{self._model.letters!r}"))
        packed = {"_packed": self._model.packed(), "_sizes": self._model.sizes}
        super().__init__(**packed, **values)

    @classmethod
    def data(cls) -> dict[str, object]:
        """The stored model for the page, which has no kernel."""
        model = stored_model()
        return {
            "sizes": model.sizes,
            "weights": base64.b64encode(model.packed()).decode(),
        }

    @property
    def letters(self) -> str:
        """The model's letters, in the order of their numbers."""
        return self._model.letters

    @traitlets.validate("text")
    def _readable(self, proposal):
        text = proposal["value"]
        with refusing():
            names = {"function": NAME, "argument": "len(text)"}
            check_between(len(text), 1, LENGTH, **names)
            self._model.encode(text)
        return text

    @traitlets.validate(*LIMITS)
    def _numbers(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        with refusing():
            check_between(value, *LIMITS[name], function=NAME, argument=name)
        return value

    @property
    def place(self) -> int:
        """Where the letter to look from stands."""
        last = len(self.text) - 1
        return last if self.chosen == NEWEST else min(self.chosen, last)

    def limits(self) -> dict[str, list]:
        return super().limits() | {
            "text": limits.text(1, LENGTH, "".join(self._model.letters)),
            "temperature": limits.number(*LIMITS["temperature"]),
            "chosen": limits.whole(NEWEST, LENGTH - 1),
            "seed": limits.whole(0, MOST_SEED),
        }

    def compute(self) -> dict[str, object]:
        return self._results_of(self._model)

    def _results_of(self, model):
        weights, lens = model.read(self.text)
        lens, place = lens[:, self.place], self.place
        best = int(np.argmax(lens[-1]))
        layers, _, t, _ = weights.shape
        return {
            "odds": softmax(np.log(lens[-1]), temperature=self.temperature).tolist(),
            "weights": weights[:, :, place, : place + 1].tolist(),
            "lens": lens.tolist(),
            "surest": float(lens[-1, best]),
            "earlier": float(lens[-2, best]),
            "cache_bytes": t * layers * 2 * len(model.blocks[0]["k"]) * 4,
        }

    def alt(self) -> str:
        model = stored_model()
        found = self._results_of(model)
        lists = [
            _best(odds, model.letters, 3) for odds in (found["odds"], found["lens"][-2])
        ]
        now, earlier = (
            ", ".join(f"“{letter}” {_percent(p)}" for letter, p in odds)
            for odds in lists
        )
        read = _visible(self.text[: self.place + 1])
        return (
            f"A model of {len(found['weights'])} layers has read “{read}”. The odds of "
            f"the next letter: {now}. Read one layer earlier: {earlier}. The cache "
            f"holds {found['cache_bytes']:,} bytes."
        )

    def picture(self) -> str:
        model = stored_model()
        found = self._results_of(model)
        parts = [svg.label("A language model at work", 8, 18, font_weight="bold")]
        parts += self._line()
        heads = [row for layer in found["weights"] for row in layer]
        for n, row in enumerate(heads):
            y = TOP + 8 + n * HIGH + 6 * (n // model.heads)
            name = f"layer {n // model.heads + 1} · {n % model.heads + 1}"
            place = {"text_anchor": "end", "font_size": 10}
            parts.append(svg.label(name, LEFT - 6, y + 10, **place))
            for j, weight in enumerate(row):
                box = {"x": LEFT + j * SIDE, "y": y, "width": SIDE - 1}
                fill = {"fill": svg.WEIGHT, "fill_opacity": weight, "stroke": svg.FAINT}
                size = {"height": HIGH - 1, "stroke_width": 0.5}
                parts.append(svg.element("rect", **box, **size, **fill))
        y = TOP + 8 + (len(heads) + 2) * HIGH + 12
        stages = [*found["lens"][:-1], found["odds"]]
        names = ["before layer 1"]
        names += [f"after layer {n}" for n in range(1, len(stages))]
        names[-1] += ": next letter"
        for n, (name, odds) in enumerate(zip(names, stages, strict=True)):
            parts += _list(name, _best(odds, model.letters, FEW), 8 + 215 * n, y)
        y += 18 * (FEW + 1) + 8
        text = f"Cache: keys and values of {len(self.text)} letters, "
        parts.append(svg.label(f"{text}{found['cache_bytes']:,} bytes", 8, y))
        return svg.picture(LEFT + LENGTH * SIDE + 8, y + 12, *parts)

    def _line(self):
        """The letters of the text, and a frame around the one to look from."""
        for j, letter in enumerate(_visible(self.text)):
            ink = svg.INK if j <= self.place else svg.FAINT
            place = {"text_anchor": "middle", "font_size": 11, "fill": ink}
            yield svg.label(letter, LEFT + (j + 0.5) * SIDE, TOP, **place)
        box = {"x": LEFT + self.place * SIDE - 0.5, "y": TOP - 11}
        size = {"width": SIDE, "height": 15, "fill": "none"}
        yield svg.element("rect", **box, **size, stroke=svg.COLORS["query"])


def _visible(text):
    return text.translate(str.maketrans(MARKS))


def _best(odds, letters, few):
    """The likeliest letters with their odds, best first."""
    order = np.argsort(-np.array(odds), kind="stable")[:few]
    return [(_visible(letters[i]), odds[i]) for i in order]


def _percent(p):
    return f"{100 * p:.{0 if p >= 0.0995 else 1}f} %"


def _list(name, best, x, y):
    """A title, and a bar for each letter."""
    yield svg.label(name, x, y, font_size=12, font_weight="bold")
    for n, (letter, p) in enumerate(best, start=1):
        at = y + 18 * n
        yield svg.label(letter, x + 6, at, font_size=12, text_anchor="middle")
        bar = {"width": 120 * p, "height": 10}
        yield svg.element("rect", x=x + 18, y=at - 9, **bar, fill=svg.COLORS["output"])
        yield svg.label(_percent(p), x + 190, at, font_size=11, text_anchor="end")
