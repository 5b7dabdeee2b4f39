"""The answer, and the cases that must be there."""

import numpy as np
import pytest
import torch

from attn_helpers.exercises import check
from attn_helpers.exercises.soft_hard_local.hard_gradient import (
    EXERCISE,
    slope_of_expected_reward,
)
from attn_helpers.exercises.soft_hard_local.reinforce import reinforce

CASES = [case.args for case in EXERCISE.cases(0)]


def test_the_slope_of_a_choice_agrees_with_autograd():
    for scores, rewards in CASES:
        z = torch.tensor(scores, requires_grad=True)
        (torch.softmax(z, -1) @ torch.tensor(rewards)).backward()
        got = slope_of_expected_reward(scores, rewards)
        np.testing.assert_allclose(got, z.grad.numpy(), atol=1e-12)


def test_every_choice_once_weighed_by_p_gives_the_exact_slope():
    """The mean over all choices under p is the estimate without chance."""
    scores, rewards = CASES[0]
    exact = slope_of_expected_reward(scores, rewards)
    p = np.exp(scores) / np.exp(scores).sum()
    for baseline in (0.0, 0.7):
        single = [
            reinforce(scores, np.array([a]), rewards[[a]], baseline)
            for a in range(len(p))
        ]
        np.testing.assert_allclose(p @ np.array(single), exact, atol=1e-12)


def test_slopes_are_tried_on_equal_rewards_and_on_unequal_probabilities():
    assert any(np.ptp(rewards) == 0 for _, rewards in CASES)
    assert any(np.ptp(scores) > 0.5 for scores, _ in CASES)


@pytest.mark.parametrize("step", [1e-5, 1e-6])
def test_a_numerical_derivative_is_accepted(step):
    def expected_reward(scores, rewards):
        grown = np.exp(scores - scores.max())
        return grown @ rewards / grown.sum()

    def slopes(scores, rewards):
        return np.array(
            [
                expected_reward(scores + aside, rewards)
                - expected_reward(scores - aside, rewards)
                for aside in step * np.eye(len(scores))
            ]
        ) / (2 * step)

    assert check("hard-gradient", slopes).status == "correct"
