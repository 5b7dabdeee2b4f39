"""The answer, and the cases that must be there."""

import numpy as np
import pytest

from attn_helpers.exercises import check
from attn_helpers.exercises.dot_product_attention.masked_attention import (
    EXERCISE,
    masked_attention,
)
from attn_helpers.reference.attention import scaled_dot_product_attention

CASES = [case.args for case in EXERCISE.cases(0)]


def test_masks_are_tried_on_a_dead_row_and_on_a_very_low_score():
    assert any((~mask).all(-1).any() for *_, mask in CASES)
    lowest = [(q @ k.T / np.sqrt(q.shape[-1]))[mask].min() for q, k, _, mask in CASES]
    assert min(lowest) < -1e10


def test_masks_are_tried_that_hide_in_front_in_the_middle_and_at_the_end():
    same = [mask[0] for *_, mask in CASES if (mask == mask[0]).all()]
    ends = {(bool(row[0]), bool(row[-1])) for row in same if not row.all()}
    assert len(ends) == 4


@pytest.mark.parametrize("below", [5, 20, 50])
def test_a_score_a_little_below_the_lowest_one_does_not_hide(below):
    def barely(q, k, v, mask):
        scores = q @ k.T / np.sqrt(q.shape[-1])
        lowest = np.where(mask, scores, np.inf).min(axis=-1, keepdims=True)
        scores = np.where(mask, scores, np.minimum(lowest, 0) - below)
        grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
        grown *= mask.any(axis=-1, keepdims=True)
        weights = grown / np.maximum(grown.sum(axis=-1, keepdims=True), 1.0)
        return weights @ v, weights

    assert check("masked-attention", barely).status == "not yet"


def test_masked_attention_agrees_with_the_reference():
    for args in CASES:
        output, weights = masked_attention(*args)
        wanted, wanted_weights = scaled_dot_product_attention(*args)
        np.testing.assert_allclose(output, wanted, atol=1e-12)
        np.testing.assert_allclose(weights, wanted_weights, atol=1e-12)
