"""The answer, and the cases that must be there."""

import numpy as np
import pytest

from attn_helpers.exercises import check
from attn_helpers.exercises.self_and_cross_attention.self_attention import (
    EXERCISE,
    self_attention,
)
from attn_helpers.reference.attention import scaled_dot_product_attention

CASES = [case.args for case in EXERCISE.cases(0)]


def test_self_attention_agrees_with_the_reference():
    for x, w_q, w_k, w_v, mask in CASES:
        got = self_attention(x, w_q, w_k, w_v, mask)
        want, _ = scaled_dot_product_attention(x @ w_q, x @ w_k, x @ w_v, mask)
        assert np.abs(want).max() < 100  # however loud what is hidden may be
        np.testing.assert_allclose(got, want, atol=1e-12)


def test_attention_is_tried_on_sizes_that_hide_nothing():
    shapes = [[a.shape for a in args] for args in CASES]
    assert any(len({n for shape in all for n in shape}) >= 4 for all in shapes)
    assert any(len({n for shape in all for n in shape}) == 1 for all in shapes)


@pytest.mark.parametrize("below", [5, 20, 50])
def test_a_score_a_little_below_the_lowest_one_does_not_hide(below):
    def barely(x, w_q, w_k, w_v, mask):
        scores = (x @ w_q) @ (x @ w_k).T / np.sqrt(w_k.shape[1])
        lowest = np.where(mask, scores, np.inf).min(axis=-1, keepdims=True)
        scores = np.where(mask, scores, lowest - below)
        grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return grown / grown.sum(axis=-1, keepdims=True) @ (x @ w_v)

    assert check("self-attention", barely).status == "not yet"


def test_a_mask_is_tried_that_hides_in_front_in_the_middle_and_at_the_end():
    first = [mask[0] for *_, mask in CASES if (mask == mask[0]).all()]
    ends = {(bool(row[0]), bool(row[-1])) for row in first if not row.all()}
    assert len(ends) == 4
