"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.language_model.chunk_mask import EXERCISE, chunk_mask
from attn_helpers.reference.masks import causal_mask

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_mask_by_hand():
    got = chunk_mask(2, np.array([1, 0]), 4).astype(int)
    assert got.tolist() == [[[1, 1, 0, 0], [1, 1, 1, 0]], [[1, 0, 0, 0], [1, 1, 0, 0]]]


def test_the_pieces_of_a_text_make_its_causal_mask():
    pieces = [chunk_mask(t, np.array([first]), 9)[0] for first, t in ((0, 4), (4, 5))]
    np.testing.assert_array_equal(np.concatenate(pieces), causal_mask(9))


def test_a_loop_says_the_same():
    for t, first, size in CASES:
        mask = chunk_mask(t, first, size)
        for text, row, place in np.ndindex(mask.shape):
            assert mask[text, row, place] == (place <= first[text] + row)


def test_every_text_has_room_for_its_new_rows():
    for t, first, size in CASES:
        assert (first + t <= size).all()


def test_a_first_piece_a_later_one_and_a_full_cache_are_tried():
    assert any(not first.any() for _, first, _ in CASES)
    assert any(first.min() == 0 < first.max() for _, first, _ in CASES)
    left = [size - t - first.max() for t, first, size in CASES]
    assert min(left) == 0 < max(left)
