"""The search display: so many letters, and one of them orange."""

import numpy as np

from attn_helpers.book.motifs.ink import HEIGHT, WIDTH, line, picture, place

WIDGET = "SearchExperiment"
COLUMNS, ROWS = 8, 4
TARGET = 13  # in the order of the places, neither at the edge nor in the middle
ARM = 7  # half the width of a letter


def draw(state: dict) -> str:
    """As many letters as the largest display of the experiment has.

    The experiment's own seed shakes the places.
    """
    random = np.random.default_rng(state["seed"])
    letters = max(state["sizes"])
    pitch_x, pitch_y = WIDTH / COLUMNS, HEIGHT / ROWS
    where = np.sort(random.choice(COLUMNS * ROWS, letters, replace=False))
    x = (where % COLUMNS + 0.5) * pitch_x + random.uniform(-5, 5, letters)
    y = (where // COLUMNS + 0.5) * pitch_y + random.uniform(-5, 5, letters)
    target = min(TARGET, letters - 1)
    others = "".join(
        letter(*at) for i, at in enumerate(zip(x, y, strict=True)) if i != target
    )
    return picture(
        line("key", others, 3.0, 0.45), line("query", letter(x[target], y[target]), 4.0)
    )


def letter(x: float, y: float) -> str:
    """The commands for a T with its middle at ``(x, y)``."""
    left, top = place(x - ARM), place(y - ARM)
    return f"M{left} {top}h{2 * ARM}m{-ARM} 0v{2 * ARM}"
