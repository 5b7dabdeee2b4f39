"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.learning_to_attend.zeroed_gradients import (
    EXERCISE,
    zeroed_gradients,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_it_agrees_with_the_formula_in_numpy():
    for weights, x, y, rate in CASES:
        expected = weights.numpy().copy()
        for rows, wanted in zip(x.numpy(), y.numpy(), strict=True):
            miss = rows @ expected - wanted
            expected = expected - rate * np.mean(2 * miss[:, None] * rows, axis=0)
        got = zeroed_gradients(weights, x, y, rate)
        np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_the_argument_stays_as_it_was():
    weights, x, y, rate = CASES[0]
    before = weights.clone()
    assert not zeroed_gradients(weights, x, y, rate).requires_grad
    assert torch.equal(weights, before)


def test_the_order_of_the_batches_counts_as_the_answer_after_says():
    weights, x, y, rate = CASES[0]
    turned = zeroed_gradients(weights, x.flip(0), y.flip(0), rate)
    assert not torch.allclose(turned, zeroed_gradients(weights, x, y, rate))


def test_one_batch_one_row_and_one_number_are_tried():
    assert any(x.shape[0] == 1 for _, x, *_ in CASES)
    assert any(x.shape[1] == 1 for _, x, *_ in CASES)
    assert any(x.shape[2] == 1 for _, x, *_ in CASES)
