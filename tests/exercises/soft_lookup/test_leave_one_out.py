"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.soft_lookup.leave_one_out import (
    EXERCISE,
    leave_one_out_error,
)
from attn_helpers.reference.kernel_regression import nadaraya_watson

CASES = [case.args for case in EXERCISE.cases(0)]


def test_leave_one_out_agrees_with_leaving_each_point_out():
    for x, y, bandwidth in CASES:
        misses = [
            y[i]
            - nadaraya_watson(
                x[i : i + 1], np.delete(x, i), np.delete(y, i), bandwidth
            )[0][0]
            for i in range(len(x))
        ]
        got = leave_one_out_error(x, y, bandwidth)
        np.testing.assert_allclose(got, np.mean(np.square(misses)), rtol=1e-12)


def test_points_are_tried_at_one_place():
    assert any(len(np.unique(x)) < len(x) for x, *_ in CASES)


def test_a_score_is_tried_that_lies_below_every_number_in_place_of_minus_infinity():
    lone = [(x, h) for x, _, h in CASES if len(x) == 2]
    assert any(-((x[0] - x[1]) ** 2) / (2 * h**2) < -1e10 for x, h in lone)
