"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.dot_product_attention.attention import EXERCISE, attention
from attn_helpers.reference.attention import scaled_dot_product_attention

CASES = [case.args for case in EXERCISE.cases(0)]


def test_attention_agrees_with_the_reference():
    for args in CASES:
        output, weights = attention(*args)
        wanted, wanted_weights = scaled_dot_product_attention(*args)
        np.testing.assert_allclose(output, wanted, atol=1e-12)
        np.testing.assert_allclose(weights, wanted_weights, atol=1e-12)


def test_attention_is_tried_on_sizes_that_hide_nothing():
    shapes = [(q.shape[0], *k.shape, v.shape[-1]) for q, k, v in CASES]
    assert (5, 7, 3, 2) in shapes  # distinct primes
    assert any(len(set(shape)) == 1 for shape in shapes)  # all equal, for programs
    assert any(d_k != 4 and t_k != d_k for _, t_k, d_k, _ in shapes)  # that stop


def test_rows_of_scores_are_tried_that_no_other_number_can_stand_for():
    tables = [q @ k.T / np.sqrt(q.shape[-1]) for q, k, _ in CASES]
    assert any(np.ptp(scores.max(-1)) > 710 for scores in tables)
    assert any((scores.max(-1) - scores.mean(-1)).max() > 710 for scores in tables)
