"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.soft_hard_local.expected_loss import EXERCISE, two_losses

CASES = [case.args for case in EXERCISE.cases(0)]


def test_the_two_losses_agree_with_many_draws():
    weights, values, target = CASES[0]
    rng = np.random.default_rng(0)
    drawn = values[rng.choice(len(weights), size=200_000, p=weights)]
    soft, hard = two_losses(weights, values, target)
    losses = ((drawn - target) ** 2).sum(-1)
    assert abs(hard - losses.mean()) < 5 * losses.std() / np.sqrt(len(losses))
    np.testing.assert_allclose(soft, np.sum((weights @ values - target) ** 2))
