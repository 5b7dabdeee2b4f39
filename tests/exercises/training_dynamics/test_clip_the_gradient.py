"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.training_dynamics.clip_the_gradient import (
    EXERCISE,
    clip_the_gradient,
    joint_length,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_three_gradients_by_hand():
    table, weight, bias = (
        np.array([[2.0, 4.0]]),
        np.array([[5.0, 0.0]]),
        np.array([2.0]),
    )
    clipped = clip_the_gradient(table, weight, bias, 3.5)  # their length is 7
    for part, whole in zip(clipped, (table, weight, bias), strict=True):
        np.testing.assert_allclose(part, whole / 2)


def test_it_agrees_with_torch():
    for *grads, limit in CASES:
        leaves = [torch.zeros(grad.shape, dtype=torch.float64) for grad in grads]
        for leaf, grad in zip(leaves, grads, strict=True):
            leaf.grad = torch.tensor(grad)
        torch.nn.utils.clip_grad_norm_(leaves, limit)
        for part, leaf in zip(clip_the_gradient(*grads, limit), leaves, strict=True):
            # torch adds 1e-6 to the length, of which the faintest is 0.008
            np.testing.assert_allclose(part, leaf.grad, rtol=2e-4)


def test_what_is_too_long_has_the_limit_for_a_length_and_the_rest_stays():
    for *grads, limit in CASES:
        clipped = clip_the_gradient(*grads, limit)
        wanted = min(joint_length(*grads), limit)
        np.testing.assert_allclose(joint_length(*clipped), wanted)
        if joint_length(*grads) <= limit:
            for part, grad in zip(clipped, grads, strict=True):
                np.testing.assert_array_equal(part, grad)


def test_lengths_are_tried_below_the_limit_above_it_and_0():
    lengths = [(joint_length(*grads), limit) for *grads, limit in CASES]
    assert any(length == 0 for length, _ in lengths)
    assert any(0 < length < limit for length, limit in lengths)
    assert any(length > limit > 1 for length, limit in lengths)
    assert any(1 > length > limit for length, limit in lengths)


def test_three_are_tried_of_which_each_is_short_enough():
    assert any(
        joint_length(*grads) > limit
        and all((grad**2).sum() < limit**2 for grad in grads)
        for *grads, limit in CASES
    )
