"""TileStepper: attention tile by tile, with a running maximum and a running sum."""

import numpy as np
import traitlets

from attn_helpers._checks import check_between
from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.reference.masks import causal_mask
from attn_helpers.reference.online_softmax import Running, finish
from attn_helpers.reference.scoring import scaled_dot_score
from attn_helpers.widgets.kit import limits, traits
from attn_helpers.widgets.kit.base import BookWidget
from attn_helpers.widgets.kit.validation import refusing
from attn_helpers.widgets.tile_stepper import picture
from attn_helpers.widgets.tile_stepper.example import (
    D_K,
    D_V,
    SIZE,
    queries_keys_values,
)
from attn_helpers.widgets.tile_stepper.walk import (
    after,
    finished_after,
    moved_after,
    tiles_of,
)

NAME = "TileStepper"
LARGEST = 4  # queries or keys in a tile
LOWEST_SCORE, HIGHEST_SCORE = -3.0, 6.0  # of the last key
WHOLE = {
    "tile_q": (1, LARGEST),
    "tile_k": (1, LARGEST),
    "step": (0, SIZE**2),
    "row": (0, SIZE - 1),
}


class TileStepper(BookWidget):
    """Attention of eight queries to eight keys, a tile of scores at a time.

    A tile of queries is brought into fast memory; then tile after tile of keys and
    values comes by. Of each query a maximum, a sum and a mixture of values are kept.
    Where a larger score comes, both sums are multiplied by the correction.

    Traits (inputs):
        tile_q: queries in a tile, 1 to 4.
        tile_k: keys in a tile, 1 to 4.
        step: how many tiles have been computed, from 0; all, where there are fewer.
        causal: whether keys after a query are hidden; tiles of hidden pairs alone are
            skipped.
        backwards: whether the last keys come first.
        row: the query that is looked at, 0 to 7.
        last_score: what the last key scores with every query, -3 to 6.
        corrected: whether the sums are multiplied by the correction; if not, the
            output comes out wrong.

    Traits (results): ``running_max`` and ``running_sum`` of query ``row``, the first
    None before a score; ``output``, what its mixture divided by its sum is,
    ``(d_v,)``; ``correction``, what its sums had to be multiplied by in this step;
    ``moved``, how many numbers have gone between slow and fast memory; ``held``, the
    largest number of scores that there were at a time; ``finished``, how many rows of
    the output stand in slow memory; ``error``, how far the worst number of them is
    from what the definition gives.

    Example:
        >>> stepper = TileStepper(step=3, row=1)
        >>> round(stepper.running_max, 2), round(stepper.running_sum, 2)
        (1.14, 1.77)
        >>> stepper.step = 4  # the last key scores 2.4
        >>> round(stepper.correction, 3), round(stepper.running_sum, 2)
        (0.284, 1.59)
    """

    tile_q = traits.Int(2).tag(sync=True)
    tile_k = traits.Int(2).tag(sync=True)
    step = traits.Int(4).tag(sync=True)
    causal = traits.Bool(False).tag(sync=True)
    backwards = traits.Bool(False).tag(sync=True)
    row = traits.Int(1).tag(sync=True)
    last_score = traits.Float(2.4).tag(sync=True)
    corrected = traits.Bool(True).tag(sync=True)

    results = ("running_max", "running_sum", "output", "correction")
    results += ("moved", "held", "finished", "error")
    running_max = traits.Float(None, allow_none=True).tag(sync=True)
    running_sum = traits.Float(0.0).tag(sync=True)
    output = traits.List([]).tag(sync=True)
    correction = traits.Float(1.0).tag(sync=True)
    moved = traits.Int(0).tag(sync=True)
    held = traits.Int(0).tag(sync=True)
    finished = traits.Int(0).tag(sync=True)
    error = traits.Float(0.0).tag(sync=True)

    @traitlets.validate(*WHOLE)
    def _whole_numbers(self, proposal):
        name, value = proposal["trait"].name, proposal["value"]
        with refusing():
            check_between(value, *WHOLE[name], function=NAME, argument=name)
        return value

    @traitlets.validate("last_score")
    def _score(self, proposal):
        ends = LOWEST_SCORE, HIGHEST_SCORE
        with refusing():
            names = {"function": NAME, "argument": "last_score"}
            return check_between(proposal["value"], *ends, **names)

    def limits(self) -> dict[str, list]:
        numbers = {name: limits.whole(*ends) for name, ends in WHOLE.items()}
        numbers["last_score"] = limits.number(LOWEST_SCORE, HIGHEST_SCORE)
        return super().limits() | numbers

    @property
    def plain_moves(self) -> int:
        """Numbers that are moved where scores and weights are written and read back."""
        return 2 * SIZE * (D_K + D_V) + 4 * SIZE**2

    def tiles(self) -> list[tuple[range, range]]:
        """Queries and keys of each tile that is computed, in order."""
        return tiles_of(self.tile_q, self.tile_k, self.causal, self.backwards)

    @property
    def steps(self) -> int:
        """How many tiles have been computed."""
        return min(self.step, len(self.tiles()))

    def scores(self) -> np.ndarray:
        """All scores, ``(8, 8)``; -inf for hidden ones."""
        q, k, _ = queries_keys_values(self.last_score)
        return np.where(self._mask(), scaled_dot_score(q, k), -np.inf)

    def right(self) -> np.ndarray:
        """The output by the definition, ``(8, 2)``."""
        tables = queries_keys_values(self.last_score)
        return scaled_dot_product_attention(*tables, self._mask())[0]

    def _mask(self):
        return causal_mask(SIZE) if self.causal else np.ones((SIZE, SIZE), bool)

    def running(self) -> tuple[Running, Running]:
        """What is known of all queries before the present tile, and now."""
        tiles = self.tiles()[: self.steps]
        v = queries_keys_values(self.last_score)[2]
        return after(tiles, self.scores(), v, self.corrected)

    def compute(self) -> dict[str, object]:
        tiles, step = self.tiles(), self.steps
        before, now = self.running()
        output, finished = finish(now)[0], finished_after(tiles, step)
        old, maximum = before.maximum[self.row], now.maximum[self.row]
        off = np.abs(output - self.right())[:finished]
        return {
            "running_max": float(maximum) if np.isfinite(maximum) else None,
            "running_sum": float(now.total[self.row]),
            "output": output[self.row].tolist(),
            "correction": float(np.exp(old - maximum)) if old > -np.inf else 1.0,
            "moved": moved_after(tiles, step),
            "held": max((len(r) * len(keys) for r, keys in tiles[:step]), default=0),
            "finished": finished,
            "error": float(off.max(initial=0)),
        }

    def alt(self) -> str:
        tiles, step = self.tiles(), self.steps
        if not step:
            return (
                f"Eight queries and eight keys in tiles of {self.tile_q} × "
                f"{self.tile_k}: {len(tiles)} tiles, none of them computed yet."
            )
        rows, keys = tiles[step - 1]
        known = "has seen no score"
        if self.running_max is not None:
            numbers = ", ".join(map(_two, self.output))
            known = (
                f"has a largest score of {_two(self.running_max)}, a sum of "
                f"{_two(self.running_sum)} and so far an output of ({numbers})"
            )
        wrong = ""
        if not self.corrected:
            wrong = (
                " The correction is forgotten: finished rows are off by up to "
                f"{self.error:.2f}."
            )
        return (
            f"Tile {step} of {len(tiles)}: {_named('query', rows)} with "
            f"{_named('key', keys)}. Query {self.row} {known}. {self.finished} of "
            f"{SIZE} rows of the output are finished. Held at a time were "
            f"{self.held} of {SIZE**2} scores, moved {self.moved} numbers; the plain "
            f"way moves {self.plain_moves}.{wrong}"
        )

    def picture(self) -> str:
        return picture.drawn(self)


def _two(number):
    return f"{round(number, 2) + 0.0:.2f}"  # never -0.00


def _named(one, places):
    first, last = places[0], places[-1]
    several = {"query": "queries", "key": "keys"}[one]
    return f"{one} {first}" if first == last else f"{several} {first} to {last}"
