"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.soft_lookup.kernel_regression import (
    EXERCISE,
    kernel_regression,
)
from attn_helpers.reference.kernel_regression import nadaraya_watson

CASES = [case.args for case in EXERCISE.cases(0)]


def test_estimates_agree_with_the_reference():
    for args in CASES:
        wanted, _ = nadaraya_watson(*args)
        got = kernel_regression(*args)
        np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_a_bandwidth_is_tried_away_from_one():
    assert {h for *_, h in CASES} - {1.0, 2**-0.5}


def test_a_query_is_tried_from_where_exp_underflows():
    x_query, x, _, bandwidth = CASES[-1]
    assert np.exp(-((x_query[0] - x) ** 2) / (2 * bandwidth**2)).sum() == 0


def test_a_row_of_scores_is_tried_that_no_mean_can_stand_for():
    tables = [-((q[:, None] - x) ** 2) / (2 * h**2) for q, x, _, h in CASES]
    assert any((s.max(-1) - s.mean(-1) > 710).any() for s in tables)
