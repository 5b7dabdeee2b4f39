"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.multi_head.merge_heads import merge_heads
from attn_helpers.exercises.multi_head.split_heads import EXERCISE, split_heads

CASES = [case.args for case in EXERCISE.cases(0)]


def test_splitting_by_numbers():
    x = np.arange(2 * 2 * 6).reshape(2, 2, 6)
    heads = split_heads(x, 3)
    assert heads[0, 1].tolist() == [[2, 3], [8, 9]]


def test_merging_undoes_splitting():
    for x, num_heads in CASES:
        heads = split_heads(x, num_heads)
        np.testing.assert_array_equal(merge_heads(heads), x)


def test_heads_are_tried_where_a_reshape_alone_shows():
    assert any(x.shape[1] > 1 and h > 1 for x, h in CASES)


def test_heads_are_tried_where_tokens_and_columns_could_be_confused():
    assert any(x.shape[1] == x.shape[2] and h > 1 for x, h in CASES)
