"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.dot_product_attention.causal_mask import (
    EXERCISE,
    visible_keys,
)
from attn_helpers.reference.masks import causal_mask, padding_mask

CASES = [case.args for case in EXERCISE.cases(0)]


def test_masks_agree_with_the_reference():
    for t_q, t_k, num_real in CASES:
        causal = causal_mask(t_q, t_k, first=t_k - t_q)
        wanted = causal & padding_mask([num_real], t_k)[0]
        got = visible_keys(t_q, t_k, num_real)
        np.testing.assert_array_equal(got, wanted)


def test_causal_masks_are_tried_with_old_keys_and_with_padding():
    sizes = CASES
    assert any(1 < t_q < t_k for t_q, t_k, _ in sizes)
    assert any(t_q == t_k > num_real for t_q, t_k, num_real in sizes)
