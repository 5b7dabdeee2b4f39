"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.self_and_cross_attention.mask_for_folded_heads import (
    EXERCISE,
    mask_for_folded_heads,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_folded_mask_agrees_with_torch():
    for real, num_heads, t_q in CASES:
        got = mask_for_folded_heads(real, num_heads, t_q)
        unfolded = torch.from_numpy(real)[:, None, None].expand(-1, num_heads, t_q, -1)
        np.testing.assert_array_equal(got, unfolded.flatten(0, 1))


def test_folded_heads_are_tried_where_the_order_shows():
    assert any(
        h > 1 and len(real) > 1 and len(set(real.sum(-1))) > 1 for real, h, _ in CASES
    )


def test_padding_is_tried_in_front_in_the_middle_and_at_the_end():
    rows = [row for real, *_ in CASES for row in real if not row.all() and row.any()]
    assert {(bool(row[0]), bool(row[-1])) for row in rows} == {
        (False, False),
        (False, True),
        (True, False),
        (True, True),
    }
