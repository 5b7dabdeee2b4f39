"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.self_and_cross_attention.three_masks import (
    EXERCISE,
    three_masks,
)
from attn_helpers.reference.masks import causal_mask, padding_mask

CASES = [case.args for case in EXERCISE.cases(0)]


def test_masks_agree_with_the_reference_where_padding_stands_at_the_end():
    tried = 0
    for source, target in CASES:
        if (np.diff(source.astype(int)) > 0).any():
            continue
        if (np.diff(target.astype(int)) > 0).any():
            continue
        tried += 1
        encoder, decoder, cross = three_masks(source, target)
        real_source = padding_mask(source.sum(-1), source.shape[1])
        real_target = padding_mask(target.sum(-1), target.shape[1])
        t_s, t_t = source.shape[1], target.shape[1]
        assert encoder.shape == (len(source), t_s, t_s)
        assert cross.shape == (len(source), t_t, t_s)
        assert (encoder == real_source).all()
        assert (cross == real_source).all()
        np.testing.assert_array_equal(decoder, real_target & causal_mask(t_t))
    assert tried >= 2


def test_masks_agree_with_a_loop():
    for source, target in CASES:
        encoder, decoder, cross = three_masks(source, target)
        for n, i, j in np.ndindex(encoder.shape):
            assert encoder[n, i, j] == source[n, j]
        for n, i, j in np.ndindex(decoder.shape):
            assert decoder[n, i, j] == (target[n, j] and j <= i)
        for n, i, j in np.ndindex(cross.shape):
            assert cross[n, i, j] == source[n, j]


def test_padding_is_tried_wherever_it_may_stand():
    rows = [row for pair in CASES for side in pair for row in side]
    ends = {(bool(row[0]), bool(row[-1]), bool(row.all())) for row in rows}
    assert {(False, True, False), (True, False, False), (True, True, False)} <= ends
    assert any(not row.any() for row in rows)
