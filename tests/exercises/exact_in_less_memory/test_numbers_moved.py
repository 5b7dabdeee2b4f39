"""The answer, and the cases that must be there."""

from attn_helpers.exercises.exact_in_less_memory.numbers_moved import (
    EXERCISE,
    numbers_moved,
)
from attn_helpers.widgets.tile_stepper.walk import moved_after, tiles_of

CASES = [case.args for case in EXERCISE.cases(0)]


def test_numbers_by_hand():
    assert numbers_moved(5, 7, 2, 3) == 2 * 5 * 2 + 2 * 2 * 7 * 2


def test_it_counts_as_the_figure_does():
    for tile_q in (1, 2, 3, 4):
        tiles = tiles_of(tile_q, 2, causal=False, backwards=False)
        queries = -(-8 // tile_q)
        assert moved_after(tiles, len(tiles)) == 8 * (4 + 2) + queries * 8 * (4 + 2)
        assert numbers_moved(8, 8, 3, tile_q) == moved_after(tiles, len(tiles))


def test_tiles_that_divide_and_that_do_not_are_tried():
    assert {bool(t_q % tile_q) for t_q, _, _, tile_q in CASES} == {True, False}
