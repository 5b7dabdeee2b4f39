"""The answer, and the cases that must be there."""

import numpy as np

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
        np.testing.assert_allclose(got, want, atol=1e-12)


def test_attention_is_tried_on_sizes_that_hide_nothing():
    shapes = [[a.shape for a in args] for args in CASES]
    assert any(len({n for shape in all for n in shape}) >= 4 for all in shapes)
    assert any(len({n for shape in all for n in shape}) == 1 for all in shapes)
