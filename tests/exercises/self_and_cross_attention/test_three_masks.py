"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.self_and_cross_attention.three_masks import (
    EXERCISE,
    three_masks,
)
from attn_helpers.reference.masks import causal_mask, padding_mask

CASES = [case.args for case in EXERCISE.cases(0)]


def test_masks_agree_with_the_reference():
    for source, target in CASES:
        if not (source[:, 0].all() and target[:, 0].all()):
            continue  # padding in front, which padding_mask does not make
        encoder, decoder, cross = three_masks(source, target)
        real_source = padding_mask(source.sum(-1), source.shape[1])
        real_target = padding_mask(target.sum(-1), target.shape[1])
        t_s, t_t = source.shape[1], target.shape[1]
        assert encoder.shape == (len(source), t_s, t_s)
        assert cross.shape == (len(source), t_t, t_s)
        assert (encoder == real_source).all()
        assert (cross == real_source).all()
        np.testing.assert_array_equal(decoder, real_target & causal_mask(t_t))
