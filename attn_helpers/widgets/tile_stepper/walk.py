"""From tile to tile: which come in which order, and what is known after them."""

from collections.abc import Iterable

import numpy as np

from attn_helpers.reference.online_softmax import Running, start, update
from attn_helpers.widgets.tile_stepper.example import D_K, D_V, SIZE

Tile = tuple[range, range]  # its queries and its keys


def tiles_of(tile_q: int, tile_k: int, causal: bool, backwards: bool) -> list[Tile]:
    """The tiles that are computed, in their order.

    Queries are taken from the first to the last, and for each tile of them all keys,
    or those that at least one of these queries may see.

    Args:
        tile_q: queries in a tile; the last tile may have fewer.
        tile_k: keys in a tile; the last tile may have fewer.
        causal: whether later keys are hidden, so that some tiles are skipped.
        backwards: whether the last keys come first.

    Example:
        >>> tiles_of(4, 4, causal=True, backwards=False)[1]
        (range(4, 8), range(0, 4))
    """
    columns = _pieces(tile_k)[:: -1 if backwards else 1]
    return [
        (rows, keys)
        for rows in _pieces(tile_q)
        for keys in columns
        if not causal or keys[0] <= rows[-1]
    ]


def _pieces(length):
    return [range(a, min(a + length, SIZE)) for a in range(0, SIZE, length)]


def after(
    tiles: Iterable[Tile], scores: np.ndarray, v: np.ndarray, corrected: bool
) -> tuple[Running, Running]:
    """What is known of all queries before the last of these tiles, and after it.

    Args:
        tiles: what has been seen.
        scores: of all queries for all keys, ``(8, 8)``; -inf where a key is hidden.
        v: values, ``(8, 2)``.
        corrected: whether what was there is multiplied by the correction when a
            larger score comes; if not, it stays as it was measured.
    """
    before = state = start(SIZE, D_V)
    for rows, keys in tiles:
        before = Running(*(x.copy() for x in state))
        tile = scores[np.ix_(rows, keys)]
        part = Running(*(x[rows] for x in state))
        if not corrected:  # as if the largest of this tile had been known before
            part = part._replace(maximum=np.maximum(part.maximum, tile.max(axis=-1)))
        for whole, new in zip(state, update(part, tile, v[keys]), strict=True):
            whole[rows] = new
    return before, state


def finished_after(tiles: list[Tile], step: int) -> int:
    """How many queries have met all their keys after so many of the tiles."""
    if step == len(tiles):
        return SIZE
    return tiles[step][0][0]


def moved_after(tiles: list[Tile], step: int) -> int:
    """How many numbers have been moved between slow and fast memory.

    A tile of queries is brought once, and with each of its tiles keys and values; its
    output goes back when it is finished.
    """
    queries = {rows[0]: len(rows) for rows, _ in tiles[:step]}
    keys = sum(len(columns) for _, columns in tiles[:step])
    outputs = finished_after(tiles, step)
    return D_K * sum(queries.values()) + (D_K + D_V) * keys + D_V * outputs
