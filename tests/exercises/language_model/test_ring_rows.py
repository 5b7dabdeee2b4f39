"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.language_model.ring_rows import EXERCISE, ring_rows

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_ring_by_hand():
    rows, places = ring_rows(np.array([[6.0], [7.0], [5.0]]), 8)
    assert (rows.ravel().tolist(), places.tolist()) == ([5, 6, 7], [5, 6, 7])


def test_what_was_written_row_by_row_is_found_again():
    for ring, count in CASES:
        written = np.random.default_rng(0).normal(size=(count, ring.shape[1]))
        kept = ring.copy()
        for place, row in enumerate(written):
            kept[place % len(ring)] = row
        rows, places = ring_rows(kept, count)
        np.testing.assert_array_equal(rows, written[-len(ring) :])
        np.testing.assert_array_equal(places, np.arange(count)[-len(ring) :])


def test_rings_are_tried_that_are_empty_half_full_full_and_turned():
    state = [(count, len(ring)) for ring, count in CASES]
    assert any(count == 0 for count, _ in state)
    assert any(0 < count < window for count, window in state)
    assert any(count == window for count, window in state)
    assert any(count > window and count % window for count, window in state)
    assert any(count > window and count % window == 0 for count, window in state)
