"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.position.stretch import EXERCISE, stretched_angles
from attn_helpers.reference import positions as reference

CASES = [case.args for case in EXERCISE.cases(0)]


def test_stretching_agrees_with_the_reference():
    for length, trained, d in CASES:
        squeezed, rebased = stretched_angles(length, trained, d)
        places = reference.interpolated_positions(length, trained)
        plain = reference.frequencies(d)
        np.testing.assert_allclose(squeezed, np.outer(places, plain), atol=1e-12)
        base = reference.ntk_base(d, length / trained)
        slowed = reference.frequencies(d, base)
        np.testing.assert_allclose(rebased, np.outer(np.arange(length), slowed), 1e-12)


def test_both_ways_slow_the_last_hand_alike_and_only_one_the_first():
    squeezed, rebased = stretched_angles(11, 5, 6)
    np.testing.assert_allclose(squeezed[:, -1], rebased[:, -1])
    np.testing.assert_allclose(rebased[:, 0], np.arange(11))
    np.testing.assert_allclose(squeezed[:, 0], np.arange(11) * 5 / 11)
