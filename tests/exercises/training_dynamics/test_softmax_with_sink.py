"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.training_dynamics.softmax_with_sink import (
    EXERCISE,
    softmax_with_sink,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_two_heads_by_hand():
    scores, sink = np.log([[[1.0, 3.0]], [[1.0, 3.0]]]), np.log([4.0, 1.0])
    weights = softmax_with_sink(scores, sink, np.array([[True, True]]))
    np.testing.assert_allclose(weights, [[[1 / 8, 3 / 8]], [[1 / 5, 3 / 5]]])


def test_it_agrees_with_torchs_softmax_over_one_key_more():
    for scores, sink, mask in CASES:
        hidden = torch.tensor(scores).masked_fill(~torch.tensor(mask), -torch.inf)
        column = torch.tensor(sink)[:, None, None].expand(*scores.shape[:2], 1)
        wanted = torch.cat([column, hidden], -1).softmax(-1)[..., 1:]
        np.testing.assert_allclose(
            softmax_with_sink(scores, sink, mask), wanted, rtol=1e-9, atol=1e-15
        )


def test_no_row_has_more_than_1_and_a_row_without_keys_has_nothing():
    for scores, sink, mask in CASES:
        weights = softmax_with_sink(scores, sink, mask)
        assert (weights.sum(-1) <= 1 + 1e-12).all()
        assert (weights[:, ~mask.any(-1)] == 0).all()
        assert (weights[:, ~mask] == 0).all()


def test_large_scores_of_both_signs_are_tried_and_rows_without_keys():
    assert any(scores[:, mask].max() < -2000 for scores, _, mask in CASES)
    assert any(scores[:, mask].min() > 2000 for scores, _, mask in CASES)
    assert any(not mask.any(-1).all() for *_, mask in CASES)


def test_a_hidden_score_is_tried_that_is_far_above_the_others():
    assert any(
        (~mask).any() and scores[:, ~mask].min() > scores[:, mask].max() + 1000
        for scores, _, mask in CASES
    )


def test_what_five_keys_get_that_do_not_fit():
    scores, mask = np.full((1, 1, 5), -10.0), np.ones((1, 5), bool)
    weights = softmax_with_sink(scores, np.zeros(1), mask)
    np.testing.assert_allclose(weights, 0.00005, atol=5e-6)
