"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.dot_product_attention.softmax import EXERCISE, softmax
from attn_helpers.reference import softmax as reference

CASES = [case.args for case in EXERCISE.cases(0)]


def test_softmax_agrees_with_the_reference():
    for args in CASES:
        np.testing.assert_allclose(softmax(*args), reference.softmax(*args), 1e-12)


def test_softmax_is_tried_on_large_scores_and_on_a_row_far_below():
    tables = [scores for (scores,) in CASES]
    assert any(scores.min() > 900 for scores in tables)
    assert any(scores.max() < -900 for scores in tables)
    assert any(np.ptp(scores.max(-1)) > 700 for scores in tables)
    assert any(((s > 900).any(-1) & (s < -900).any(-1)).any() for s in tables)
    assert any(np.array_equal(s, s.T) for s in tables if s.shape[0] == s.shape[-1])
