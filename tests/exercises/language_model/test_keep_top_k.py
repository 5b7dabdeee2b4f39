"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.language_model.keep_top_k import EXERCISE, keep_top_k

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_row_by_hand():
    kept = keep_top_k(np.array([2.0, -1.0, 5.0, 3.0]), 2)
    np.testing.assert_array_equal(kept, [-np.inf, -np.inf, 5, 3])


def test_what_is_kept_agrees_with_torch():
    for logits, k in CASES:
        rows = torch.tensor(logits)
        best = rows.topk(min(k, rows.shape[-1]), dim=-1)
        wanted = torch.full_like(rows, -torch.inf).scatter(
            -1, best.indices, best.values
        )
        np.testing.assert_array_equal(keep_top_k(logits, k), wanted.numpy())


def test_numbers_to_keep_are_tried_from_one_to_more_than_there_are():
    sizes = [(logits.shape[-1], k) for logits, k in CASES]
    assert any(k == 1 for _, k in sizes)
    assert any(k == vocab for vocab, k in sizes)
    assert any(k > vocab for vocab, k in sizes)
    assert any(k >= 10 for _, k in sizes)


def test_no_two_logits_of_a_row_are_alike():
    for seed in range(4):
        for logits, _ in (case.args for case in EXERCISE.cases(seed)):
            ordered = np.sort(logits, axis=-1)
            finite = np.isfinite(ordered[..., :-1])
            gaps = ordered[..., 1:][finite] - ordered[..., :-1][finite]
            assert (gaps > 0).all()


def test_logits_are_tried_below_every_number_that_one_may_fill_in():
    assert any(logits.max() < -1000 for logits, _ in CASES)
