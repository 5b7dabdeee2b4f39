"""The answer, and the cases that must be there."""

import numpy as np
import torch
from torch.nn import functional

from attn_helpers.exercises.training_dynamics.qk_norm_scores import (
    EXERCISE,
    qk_norm_scores,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_score_by_hand():
    q, k = np.array([[[3.0, 3.0]]]), np.array([[[0.5, -0.5]]])
    scores = qk_norm_scores(q, k, np.array([2.0, 1.0]), np.array([1.0, 3.0]), 0.0)
    np.testing.assert_allclose(scores, [[[(2 - 3) / 2**0.5]]])


def test_it_agrees_with_torch():
    for *arrays, eps in CASES:
        q, k, q_gain, k_gain = map(torch.tensor, arrays)
        width = q.shape[-1:]
        q = functional.rms_norm(q, width, q_gain, eps)
        k = functional.rms_norm(k, width, k_gain, eps)
        wanted = torch.einsum("hid,hjd->hij", q, k) / width[0] ** 0.5
        np.testing.assert_allclose(qk_norm_scores(*arrays, eps), wanted, atol=1e-12)


def test_no_score_is_above_the_root_of_the_width_without_gains():
    for q, k, q_gain, _, eps in CASES:
        ones = np.ones_like(q_gain)
        largest = np.abs(qk_norm_scores(1000 * q, k, ones, ones, eps)).max()
        assert largest <= q.shape[-1] ** 0.5 + 1e-12


def test_a_row_and_its_copy_reach_it():
    row, ones = np.random.default_rng(0).normal(size=(1, 1, 64)), np.ones(64)
    np.testing.assert_allclose(qk_norm_scores(row, row, ones, ones, 0.0), [[[8.0]]])


def test_rows_of_zeros_loud_heads_and_gains_of_one_are_tried():
    assert any((q == 0).all(-1).any() for q, *_ in CASES)
    assert any(np.ptp(np.abs(q).mean((1, 2))) > 50 for q, *_ in CASES)
    assert any((q_gain == 1).all() for _, _, q_gain, *_ in CASES)
