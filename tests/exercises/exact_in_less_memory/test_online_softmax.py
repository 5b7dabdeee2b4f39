"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.exact_in_less_memory.online_softmax import (
    EXERCISE,
    online_softmax,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_three_scores_by_hand():
    largest, total = online_softmax(np.array([1.0, 3.0, 2.0]), 1)
    assert (largest, round(total, 3)) == (3.0, 1.503)


def test_scores_agree_with_the_whole_row():
    for scores, size in CASES:
        largest, total = online_softmax(scores, size)
        assert largest == scores.max()
        np.testing.assert_allclose(total, np.exp(scores - scores.max()).sum())


def test_a_short_last_piece_and_a_late_maximum_are_tried():
    assert any(len(scores) % size for scores, size in CASES)
    assert any(scores.argmax() >= size for scores, size in CASES)
    assert any(scores.max() < -700 for scores, _ in CASES)
