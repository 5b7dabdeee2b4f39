"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.dot_product_attention.masked_attention import (
    EXERCISE,
    masked_attention,
)
from attn_helpers.reference.attention import scaled_dot_product_attention

CASES = [case.args for case in EXERCISE.cases(0)]


def test_masks_are_tried_on_a_dead_row_and_on_a_very_low_score():
    masks = [mask for *_, mask in CASES]
    assert any((~mask).all(-1).any() for mask in masks)
    lowest = min(
        (q @ k.T / np.sqrt(3))[mask].min()
        for q, k, _, mask in CASES
        if np.ptp(q, axis=-1).max() == 0
    )
    assert lowest < -10_000


def test_masked_attention_agrees_with_the_reference():
    for args in CASES:
        output, weights = masked_attention(*args)
        wanted, wanted_weights = scaled_dot_product_attention(*args)
        np.testing.assert_allclose(output, wanted, atol=1e-12)
        np.testing.assert_allclose(weights, wanted_weights, atol=1e-12)
