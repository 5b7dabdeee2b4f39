"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.soft_hard_local.sparsemax import EXERCISE, sparsemax
from attn_helpers.reference import entmax as reference

CASES = [case.args for case in EXERCISE.cases(0)]


def test_sparsemax_agrees_with_the_reference():
    for (scores,) in CASES:
        got = sparsemax(scores)
        np.testing.assert_allclose(got, reference.sparsemax(scores), atol=1e-12)


def test_sparsemax_is_tried_where_all_some_and_one_key_stay():
    kept = {int(n) for (scores,) in CASES for n in (sparsemax(scores) > 0).sum(1)}
    assert {1, 2, 7} <= kept


def test_sparsemax_is_tried_with_scores_far_apart_in_a_row_and_between_rows():
    assert any(np.ptp(scores, axis=1).max() > 1e3 for (scores,) in CASES)
    assert any(np.ptp(scores.max(axis=1)) > 1e3 for (scores,) in CASES)
