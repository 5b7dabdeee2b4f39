"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.attention_in_the_mind.search_slope import (
    EXERCISE,
    search_slope,
)
from attn_helpers.mind.search import fit_slope

CASES = [case.args for case in EXERCISE.cases(0)]


def test_the_slope_agrees_with_the_book_and_with_numpy():
    for size, time in CASES:
        slope = search_slope(size, time)
        np.testing.assert_allclose(slope, fit_slope(size, time)[0])
        np.testing.assert_allclose(slope, np.polyfit(size, time, 1)[0])


def test_trials_of_a_search_come_in_no_order():
    for size, _ in CASES:
        assert size[0] != size.min() or size[-1] != size.max()
    assert all(size[0] != size[-1] for size, _ in CASES[:3])
