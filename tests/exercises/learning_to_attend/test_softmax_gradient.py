"""The answer, and the cases that must be there."""

import numpy as np
import torch
from torch.nn import functional

from attn_helpers.exercises.learning_to_attend.softmax_gradient import (
    EXERCISE,
    softmax_gradient,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_it_agrees_with_autograd():
    for x, w, targets in CASES:
        leaf = torch.tensor(w, requires_grad=True)
        logits = torch.tensor(x) @ leaf
        functional.cross_entropy(logits, torch.tensor(targets)).backward()
        np.testing.assert_allclose(
            softmax_gradient(x, w, targets), leaf.grad, atol=1e-12
        )


def test_an_even_guess_by_hand():
    gradient = softmax_gradient(np.array([[2.0]]), np.zeros((1, 4)), np.array([3]))
    np.testing.assert_allclose(gradient, [[0.5, 0.5, 0.5, -1.5]])


def test_each_row_sums_to_0_as_the_answer_after_says():
    for case in CASES:
        sums = softmax_gradient(*case).sum(axis=-1)
        np.testing.assert_allclose(sums, 0, atol=1e-12)


def test_logits_are_tried_for_which_exp_overflows():
    assert any(np.abs(x @ w).max() > 1000 for x, w, _ in CASES)
    assert any(x.shape[1] == w.shape[1] for x, w, _ in CASES)  # a square w
