"""AlignmentViewer: who looks at whom between two rows of tokens, as lines and table."""

import unicodedata

import numpy as np
import numpy.typing as npt
import traitlets

from attn_helpers._checks import as_array, check_array, check_between, within
from attn_helpers.reference.softmax import entropy
from attn_helpers.widgets.kit import limits, svg, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import TraitRefused, refusing

NAME = "AlignmentViewer"
DIGITS = 3  # of a stored weight
MOST_TOKENS = 64


class AlignmentViewer(BookWidget):
    """Attention weights between a source and a target, to point at.

    Traits (inputs):
        source: tokens that are looked at, one to 64.
        target: tokens that look, one to 64; for self-attention the same as ``source``.
        weights: ``[target][source]``, or ``[layer][head][target][source]``: from 0 to
            1, no row summing to more than 1. Three decimals of each are kept.
        layers, heads: their names; empty means 1, 2, …
        axes: what target and source are called, ``[target, source]``.
        layer, head: which map is shown, counted from 0.
        side: ``target`` or ``source``, where the chosen token stands.
        chosen: its place there, counted from 0.

    Traits (results): ``shares``, the chosen target's weight on each source token, or
    each target's weight on the chosen source token; ``strongest``, the place of the
    largest of these, and ``largest``; ``entropy`` of a target's shares, scaled to sum
    to 1, in nats. A token with no weight at all has no ``strongest`` and no
    ``entropy``; neither has a source token an entropy, as its column is no
    distribution.

    The weights shown at first were made up by hand.

    Example:
        >>> viewer = AlignmentViewer(chosen=2)
        >>> viewer.target[2], viewer.source[viewer.strongest], viewer.largest
        ('vierzig', 'forty', 0.9)
    """

    source = traits.List(traitlets.Unicode(), ["forty", "seven", "thousand"]).tag(
        sync=True
    )
    target = traits.List(
        traitlets.Unicode(), ["sieben", "und", "vierzig", "tausend"]
    ).tag(sync=True)
    weights = traits.List(
        [[0.15, 0.8, 0.05], [0.7, 0.25, 0.05], [0.9, 0.05, 0.05], [0.1, 0.05, 0.85]]
    ).tag(sync=True)
    layers = traits.List(traitlets.Unicode(), []).tag(sync=True)
    heads = traits.List(traitlets.Unicode(), []).tag(sync=True)
    axes = traits.List(traitlets.Unicode(), ["target", "source"]).tag(sync=True)
    layer = traits.Int(0).tag(sync=True)
    head = traits.Int(0).tag(sync=True)
    side = traits.Enum(["target", "source"], "target").tag(sync=True)
    chosen = traits.Int(0).tag(sync=True)

    results = ("shares", "strongest", "largest", "entropy")
    shares = traits.List([]).tag(sync=True)
    strongest = traits.Int(None, allow_none=True).tag(sync=True)
    largest = traits.Float(0.0).tag(sync=True)
    entropy = traits.Float(None, allow_none=True).tag(sync=True)

    @traitlets.validate("source", "target")
    def _tokens(self, proposal):
        name, tokens = proposal["trait"].name, proposal["value"]
        if not 1 <= len(tokens) <= MOST_TOKENS:
            raise TraitRefused(
                f"{NAME}: {name} must hold 1 to {MOST_TOKENS} tokens; "
                f"got {name} ({len(tokens)},)."
            )
        tokens_of = {"source": self.source, "target": self.target} | {name: tokens}
        _read_weights(self.weights, tokens_of["target"], tokens_of["source"])
        self._check_places(**{name: tokens})
        return tokens

    @traitlets.validate("weights")
    def _weights(self, proposal):
        weights = _read_weights(proposal["value"], self.target, self.source)
        self._check_places(weights=weights)
        return weights.round(DIGITS).tolist()

    @traitlets.validate("layers", "heads")
    def _names(self, proposal):
        name, names = proposal["trait"].name, proposal["value"]
        count = _stack(self.weights).shape[0 if name == "layers" else 1]
        if names and len(names) != count:
            raise TraitRefused(
                f"{NAME}: {name} must name all {count} of them, or be empty; "
                f"got {name} ({len(names)},)."
            )
        return names

    @traitlets.validate("axes")
    def _axes(self, proposal):
        axes = proposal["value"]
        if len(axes) != 2:
            raise TraitRefused(
                f"{NAME}: axes must be two names, [target, source]; got {axes}."
            )
        return axes

    @traitlets.validate("layer", "head", "chosen", "side")
    def _place(self, proposal):
        self._check_places(**{proposal["trait"].name: proposal["value"]})
        return proposal["value"]

    def _check_places(self, **changed):
        """Refuse to point at a layer, a head or a token that is not there."""
        names = ("weights", "source", "target", "layer", "head", "side", "chosen")
        traits = {name: getattr(self, name) for name in names} | changed
        layers, heads = _stack(traits["weights"]).shape[:2]
        counts = {"layer": layers, "head": heads, "chosen": len(traits[traits["side"]])}
        for place, count in counts.items():
            with refusing():
                check_between(
                    traits[place], 0, count - 1, function=NAME, argument=place
                )

    def limits(self) -> dict[str, list]:
        layers, heads = _stack(self.weights).shape[:2]
        return super().limits() | {
            "layer": limits.whole(0, layers - 1),
            "head": limits.whole(0, heads - 1),
            "chosen": limits.place_in("side"),
        }

    def compute(self) -> dict[str, object]:
        shares = self._map() if self.side == "target" else self._map().T
        shares = shares[self.chosen]
        total = shares.sum()
        spread = self.side == "target" and total > 0
        return {
            "shares": shares.tolist(),
            "strongest": int(shares.argmax()) if total > 0 else None,
            "largest": float(shares.max()),
            "entropy": float(entropy(shares / total)) if spread else None,
        }

    def alt(self) -> str:
        pairs = [
            f"{_isolated(target)} → {_isolated(self.source[row.argmax()])} "
            f"{row.max():.2f}"
            if row.any()
            else f"{_isolated(target)} → nothing"
            for target, row in zip(self.target, self._map(), strict=True)
        ]
        # of many only those from the chosen one on
        first = self.chosen if self.side == "target" and len(pairs) > NAMED else 0
        shown = pairs[first : first + NAMED]
        return (
            f"Which of {len(self.source)} {self.axes[1]} tokens each of "
            f"{len(self.target)} {self.axes[0]} tokens looks at most{self._where()}: "
            f"{', '.join(shown)}{', …' if len(shown) < len(pairs) else ''}."
        )

    def picture(self) -> str:
        return svg.picture(640, *_Drawing(self).parts())

    def _map(self):
        return _stack(self.weights)[self.layer, self.head]

    def _where(self):
        layers, heads = _stack(self.weights).shape[:2]
        if layers * heads == 1:
            return ""
        layer = self.layers[self.layer] if self.layers else self.layer + 1
        head = self.heads[self.head] if self.heads else self.head + 1
        return f" (layer {layer}, head {head})"


NAMED = 8  # tokens in the alternative text


def _visible(token):
    return token if token.strip() else "␣"


def _isolated(token):
    """A token that runs from right to left must not turn the text around it."""
    turns = any(unicodedata.bidirectional(c) in ("R", "AL") for c in token)
    return f"\u2068{token}\u2069" if turns else _visible(token)


def _stack(weights):
    """``(layer, head, target, source)``, however the weights came."""
    weights = np.array(weights, float)
    return weights if weights.ndim == 4 else weights[None, None]


def _read_weights(value, target, source):
    names = {"function": NAME, "argument": "weights"}
    sizes = {"target": len(target), "source": len(source)}
    with refusing():
        alone = as_array(value, **names).ndim == 2
        axes = "(target, source)" if alone else "(layer, head, target, source)"
        weights = check_array(value, within(0, 1, axes), sizes, **names)
    largest = weights.sum(-1).max()
    if largest > 1 + len(source) * 10.0**-DIGITS:  # each may have been rounded up
        raise TraitRefused(
            f"{NAME}: no row of weights, a target's, may sum to more than 1; "
            f"got a sum of {largest:.3f}."
        )
    return weights


# --- the static picture: lines on the left, the table on the right ---

TOP = 34
TARGETS, SOURCES = 112, 214  # where the lines begin and end
LEFT, RIGHT = 440, 630  # of the table
LETTERS = 14


class _Drawing:
    def __init__(self, viewer):
        self.viewer = viewer
        self.map: npt.NDArray[np.float64] = viewer._map()
        rows, columns = self.map.shape
        self.step = 24 if max(rows, columns) <= 13 else 15
        self.foot = TOP + self.step * max(rows, columns)
        self.cell = min(24, (RIGHT - LEFT) / columns)
        self.high = max(self.cell, 12)

    def parts(self):
        """Height, then elements from back to front."""
        letters = max(len(_clipped(name)) for name in self.viewer.source)
        table = TOP + self.high * len(self.map) + 16 + 8 * letters
        yield round(max(self.foot + 12, table))
        yield from self.lines()
        yield from self.tokens()
        yield from self.table()

    def at(self, i, count):
        return TOP + (self.foot - TOP) * (i + 0.5) / count

    def lines(self):
        rows, columns = self.map.shape
        for (t, s), weight in np.ndenumerate(self.map):
            if weight >= 0.02:
                y1, y2 = self.at(t, rows), self.at(s, columns)
                yield svg.element(
                    "path",
                    d=f"M{TARGETS + 6} {y1:.1f}C{TARGETS + 50} {y1:.1f} "
                    f"{SOURCES - 50} {y2:.1f} {SOURCES - 6} {y2:.1f}",
                    fill="none",
                    stroke=svg.WEIGHT,
                    stroke_width=1 + 5 * weight,
                    opacity=float(weight),
                )

    def tokens(self):
        viewer = self.viewer
        for names, x, anchor, role, axis in (
            (viewer.target, TARGETS, "end", "query", 0),
            (viewer.source, SOURCES, "start", "key", 1),
        ):
            ink = svg.COLORS[role]
            title = {"font_weight": "bold", "fill": ink, "text_anchor": anchor}
            yield svg.label(viewer.axes[axis], x, 16, **title)
            for i, name in enumerate(names):
                y = self.at(i, len(names)) + 4
                yield _token(name, x, y, self.step, text_anchor=anchor)

    def table(self):
        size = self.cell * self.map.shape[1]
        yield svg.label("weights", LEFT, 16, font_weight="bold")
        for (t, s), weight in np.ndenumerate(self.map):
            yield svg.element(
                "rect",
                x=LEFT + s * self.cell,
                y=TOP + t * self.high,
                width=self.cell,
                height=self.high,
                fill=svg.WEIGHT,
                fill_opacity=float(weight),
                stroke=svg.FAINT,
                stroke_width=0.5,
            )
        for t, name in enumerate(self.viewer.target):
            y = TOP + (t + 0.5) * self.high + 4
            yield _token(name, LEFT - 6, y, self.high, text_anchor="end")
        foot = TOP + self.high * len(self.map) + 6
        for s, name in enumerate(self.viewer.source):
            x = LEFT + (s + 0.5) * self.cell - 4
            turn = f"rotate(90 {x:.1f} {foot:.1f})"
            yield _token(name, x, foot, self.cell, transform=turn)
        x, y, wide, high = LEFT, TOP + self.viewer.chosen * self.high, size, self.high
        if self.viewer.side == "source":
            x, y = LEFT + self.viewer.chosen * self.cell, TOP
            wide, high = self.cell, self.high * len(self.map)
        role = "query" if self.viewer.side == "target" else "key"
        frame = {"fill": "none", "stroke": svg.COLORS[role], "stroke_width": 2}
        yield svg.element("rect", x=x, y=y, width=wide, height=high, **frame)


def _token(name, x, y, room, **attributes):
    """A token in its own direction, no longer than fits."""
    attributes |= {"font_size": min(13, max(8, int(room * 0.8)))}
    # the letters of an isolated token run their own way, the anchor stays on its side
    return svg.label(
        _clipped(name), x, y, style="unicode-bidi: plaintext", **attributes
    )


def _clipped(name):
    """At most 14 letters; a mark above or below stays with its letter."""
    text = _visible(name)
    if len(text) <= LETTERS:
        return text
    end = LETTERS - 1
    while end and unicodedata.category(text[end])[0] == "M":
        end -= 1
    return f"{text[:end]}…"
