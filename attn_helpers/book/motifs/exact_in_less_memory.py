"""A table of scores of which only one tile exists, and what goes in and comes out."""

import numpy as np

from attn_helpers.book.motifs.ink import HEIGHT, WIDTH, picture, squares
from attn_helpers.widgets.tile_stepper import TileStepper
from attn_helpers.widgets.tile_stepper.example import D_K, D_V, SIZE

WIDGET = "TileStepper"
GIVEN = ("tile_q", "tile_k", "step", "causal", "backwards", "last_score")
PITCH, GAP = 11.0, 12.0
SEEN, TO_COME = (
    0.4,
    0.12,
)  # how strongly a score is drawn that is gone, or not yet there


def draw(state: dict) -> str:
    """Keys above, queries at the left, the tile between them, outputs at the right."""
    stepper = TileStepper(**{name: state[name] for name in GIVEN})
    tiles, steps = stepper.tiles(), stepper.steps
    rows, keys = np.zeros(SIZE), np.zeros(SIZE)
    seen, now = np.full((SIZE, SIZE), TO_COME), np.zeros((SIZE, SIZE))
    for queries, columns in tiles[:steps]:
        seen[np.ix_(queries, columns)] = SEEN
    if steps:
        queries, columns = tiles[steps - 1]
        rows[queries], keys[columns] = 1, 1
        now[np.ix_(queries, columns)] = 1
        seen[now > 0] = 0
    done = (np.arange(SIZE) < stepper.finished) | (rows > 0)
    across = (D_K + SIZE + D_V) * PITCH + 2 * GAP
    left, top = (WIDTH - across) / 2, HEIGHT - SIZE * PITCH
    middle = left + D_K * PITCH + GAP
    right = middle + SIZE * PITCH + GAP
    return picture(
        _strip("query", rows, D_K, left, top),
        squares(
            "key", _shades(keys)[None], middle, top - PITCH - GAP, PITCH, PITCH - 2
        ),
        squares("quiet", seen, middle, top, PITCH, PITCH - 2),
        squares("weight", now, middle, top, PITCH, PITCH - 2),
        _strip("output", done, D_V, right, top),
    )


def _shades(chosen):
    return np.where(chosen, 1.0, 0.25)


def _strip(role, chosen, width, left, top):
    """A row of squares for each query; those of the present tile stand out."""
    shades = np.repeat(_shades(chosen)[:, None], width, axis=1)
    return squares(role, shades, left, top, PITCH, PITCH - 2)
