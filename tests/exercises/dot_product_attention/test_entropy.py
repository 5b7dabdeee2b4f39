"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.dot_product_attention.entropy import EXERCISE, entropy
from attn_helpers.reference import softmax as reference

CASES = [case.args for case in EXERCISE.cases(0)]


def test_entropy_agrees_with_the_reference():
    for (weights,) in CASES:
        got = entropy(weights)
        np.testing.assert_allclose(got, reference.entropy(weights), atol=1e-12)


def test_entropy_is_tried_on_weights_of_zero():
    assert any((weights == 0).any() for (weights,) in CASES)
    small = [weights[(weights > 0) & (weights < 1e-8)] for (weights,) in CASES]
    assert any(len(weights) for weights in small)
