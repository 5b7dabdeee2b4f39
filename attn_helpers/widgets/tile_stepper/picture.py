"""The static picture: slow memory around a grid, and beside it fast memory."""

from typing import TYPE_CHECKING

import numpy as np

from attn_helpers.widgets.kit import svg
from attn_helpers.widgets.tile_stepper.example import D_K, D_V, SIZE

if TYPE_CHECKING:  # the widget is drawn by this file
    from attn_helpers.widgets.tile_stepper.widget import TileStepper

LEFT, TOP, SIDE, THIN = 70, 74, 24, 7  # of the grid; a number of a strip is THIN wide
RIGHT, CELL, HIGH = 340, 46, 20  # of the tile in fast memory
FULL, BAR = 6, 150  # the sum whose bar is as long as the picture allows
MIDDLE, UNIT = 470, 55  # of the output's axis
PALE = 0.25


def drawn(stepper: "TileStepper") -> str:
    """The present state of a ``TileStepper`` as SVG."""
    parts = [svg.label("Slow memory", 8, 16, font_weight="bold")]
    parts += _strips(stepper)
    parts += _grid(stepper)
    parts += [svg.label("Fast memory", RIGHT, 16, font_weight="bold")]
    parts += _tile(stepper)
    parts += _row(stepper, 170)
    parts += _counts(stepper, 318)
    return svg.picture(640, 348, *parts)


def _present(stepper):
    """Queries and keys of the tile that is in fast memory."""
    step = stepper.steps
    return stepper.tiles()[step - 1] if step else (range(0), range(0))


def _numbers(role, places, strength):
    """A rectangle for each number of a row that is stored."""
    fill = {"fill": svg.COLORS[role], "fill_opacity": strength}
    edge = {"stroke": svg.COLORS[role], "stroke_width": 0.75}
    for x, y, width, height in places:
        box = {"x": x, "y": y, "width": width, "height": height}
        yield svg.element("rect", **box, **fill, **edge)


def _strips(stepper):
    rows, keys = _present(stepper)
    thin, wide = THIN - 1, SIDE - 4
    for at in range(SIZE):
        x, y = LEFT + at * SIDE + 2, TOP + at * SIDE + 2
        middle = {"text_anchor": "middle", "font_size": 11}
        yield svg.label(f"{at}", x + wide / 2, TOP - 52 + 12, **middle)
        yield svg.label(f"{at}", 30, y + 14, **middle)
        ours = [(38 + c * THIN, y, thin, wide) for c in range(D_K)]
        yield from _numbers("query", ours, 1 if at in rows else PALE)
        ours = [(x, TOP - 36 + c * 5, wide, 4) for c in range(D_K)]
        yield from _numbers("key", ours, 1 if at in keys else PALE)
        ours = [(x, TOP - 14 + c * 5, wide, 4) for c in range(D_V)]
        yield from _numbers("value", ours, 1 if at in keys else PALE)
        right = LEFT + SIZE * SIDE + 6
        ours = [(right + c * 11, y, 10, wide) for c in range(D_V)]
        yield from _numbers("output", ours, int(at < stepper.finished))
    names = {"q": (52, TOP + SIZE * SIDE + 14), "k": (58, TOP - 24), "v": (58, TOP - 6)}
    for name, (x, y) in names.items():
        yield svg.label(name, x, y, text_anchor="middle", font_size=12)
    x = LEFT + SIZE * SIDE + 17
    bottom = TOP + SIZE * SIDE + 14
    yield svg.label("output", x, bottom, text_anchor="middle", font_size=12)


def _grid(stepper):
    scores, (_, running) = stepper.scores(), stepper.running()
    done = stepper.tiles()[: stepper.steps]
    computed = {(i, j) for rows, keys in done for i in rows for j in keys}
    never = {(i, j) for i in range(SIZE) for j in range(SIZE)}
    never -= {(i, j) for rows, keys in stepper.tiles() for i in rows for j in keys}
    present_rows, present_keys = _present(stepper)
    for i in range(SIZE):
        for j in range(SIZE):
            x, y = LEFT + j * SIDE, TOP + i * SIDE
            box = {"x": x + 1, "y": y + 1, "width": SIDE - 2, "height": SIDE - 2}
            look = {"fill": "none", "stroke": svg.FAINT}
            if i in present_rows and j in present_keys:
                share = np.exp(scores[i, j] - max(running.maximum[i], -1e9))
                look = {"fill": svg.WEIGHT, "fill_opacity": 0.1 + 0.6 * float(share)}
            elif (i, j) in computed:
                look = {"fill": svg.FAINT}
            yield svg.element("rect", **box, **look)
            if (i, j) in never:
                yield svg.stroke(f"M{x + 5},{y + 12}h14", svg.FAINT, 2)
            elif scores[i, j] == -np.inf:
                place = {"text_anchor": "middle", "font_size": 12}
                yield svg.label("×", x + SIDE / 2, y + 16, **place)
    if len(present_rows):
        x, y = LEFT + present_keys[0] * SIDE, TOP + present_rows[0] * SIDE
        size = len(present_keys) * SIDE, len(present_rows) * SIDE
        box = {"x": x, "y": y, "width": size[0], "height": size[1]}
        yield svg.element("rect", **box, fill="none", stroke=svg.INK, stroke_width=2.5)
    y = TOP + stepper.row * SIDE + 7
    yield svg.element(
        "path", d=f"M8,{y}l10,5l-10,5z", fill=svg.COLORS["query"], stroke="none"
    )


def _tile(stepper):
    rows, keys = _present(stepper)
    if not len(rows):
        yield svg.label("nothing yet", RIGHT, 40, font_size=12)
        return
    left, top, scores = RIGHT + 52, 76, stepper.scores()
    for n, j in enumerate(keys):
        x = left + n * CELL
        place = {"text_anchor": "middle", "font_size": 11}
        yield svg.label(f"key {j}", x + CELL / 2, 38, **place)
        ours = [(x + 2, 44 + c * 4, CELL - 4, 3) for c in range(D_K)]
        yield from _numbers("key", ours, 1)
        ours = [(x + 2, 63 + c * 4, CELL - 4, 3) for c in range(D_V)]
        yield from _numbers("value", ours, 1)
    for n, i in enumerate(rows):
        y = top + n * HIGH
        weight = {"font_weight": "bold" if i == stepper.row else "normal"}
        yield svg.label(f"{i}", RIGHT + 8, y + 14, font_size=11, **weight)
        ours = [(RIGHT + 18 + c * 7, y + 2, 6, HIGH - 4) for c in range(D_K)]
        yield from _numbers("query", ours, 1)
        for m, j in enumerate(keys):
            box = {"x": left + m * CELL, "y": y, "width": CELL, "height": HIGH}
            yield svg.element("rect", **box, fill="none", stroke=svg.INK)
            text = "−∞" if scores[i, j] == -np.inf else _two(scores[i, j])
            x = left + (m + 0.5) * CELL
            place = {"text_anchor": "middle", "font_size": 12}
            yield svg.label(text, x, y + 14, **place, **weight)


def _two(number):
    return f"{round(number, 2) + 0.0:.2f}".replace("-", "−")  # never −0.00


def _row(stepper, top):
    i, factor = stepper.row, stepper.correction
    before, now = stepper.running()
    yield svg.label(f"Query {i}", RIGHT, top, font_weight="bold", font_size=12)
    if stepper.running_max is None:
        yield svg.label("has seen no score yet", RIGHT + 60, top, font_size=12)
        return
    old = before.maximum[i]
    was = f"{_two(old)} → " if np.isfinite(old) and old < now.maximum[i] else ""
    text = f"largest score {was}{_two(now.maximum[i])}"
    yield svg.label(text, RIGHT + 60, top, font_size=12)
    kept = float(before.total[i]) * (factor if stepper.corrected else 1)
    word = f"× {factor:.2f}" if stepper.corrected else f"× 1, not {factor:.2f}"
    for y, name, parts, said in (
        (top + 22, "sum before", [float(before.total[i])], word if factor < 1 else ""),
        (top + 44, "sum now", [kept, float(now.total[i]) - kept], ""),
    ):
        yield svg.label(name, RIGHT, y, font_size=12)
        x = RIGHT + 76
        for n, part in enumerate(parts):
            width = BAR * part / FULL
            fill = {"fill": svg.WEIGHT, "fill_opacity": (0.35, 0.8)[n]}
            box = {"x": x, "y": y - 10, "width": width, "height": 12}
            yield svg.element("rect", **box, **fill)
            x += width
        yield svg.label(f"{_two(sum(parts))} {said}", x + 5, y, font_size=12)
    yield svg.label("output so far", RIGHT, top + 76, font_size=12)
    right = stepper.right()[i]
    for c in range(D_V):
        y = top + 62 + c * 18
        ends = sorted((MIDDLE, MIDDLE + UNIT * stepper.output[c]))
        box = {"x": ends[0], "y": y, "width": ends[1] - ends[0], "height": 12}
        yield svg.element("rect", **box, fill=svg.COLORS["output"])
        x = MIDDLE + UNIT * float(right[c])
        yield svg.stroke(f"M{x:.2f},{y - 2}v16", svg.INK, 2)
    yield svg.stroke(f"M{MIDDLE},{top + 58}v40", svg.INK, 1)
    place = {"text_anchor": "end", "font_size": 11}
    yield svg.label("mark: of all keys", 632, top + 112, **place)


def _counts(stepper, y):
    text = f"Scores held at a time: {stepper.held} of {SIZE**2}."
    yield svg.label(text, RIGHT, y, font_size=12)
    plain = stepper.plain_moves
    text = f"Numbers moved: {stepper.moved} so far; the plain way {plain}."
    yield svg.label(text, RIGHT, y + 18, font_size=12)
