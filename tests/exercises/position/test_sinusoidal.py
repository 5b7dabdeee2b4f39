"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.position.sinusoidal import EXERCISE, sinusoidal
from attn_helpers.reference import positions as reference

CASES = [case.args for case in EXERCISE.cases(0)]


def test_sinusoids_agree_with_the_reference():
    for length, d_model in CASES:
        wanted = reference.sinusoidal_positions(length, d_model)
        got = sinusoidal(length, d_model)
        np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_tables_are_tried_with_more_than_two_pairs():
    assert any(d > 4 for _, d in CASES)
