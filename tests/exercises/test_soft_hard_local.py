"""The answers against independent definitions, and the cases that must be there."""

import numpy as np
import pytest
import torch

from attn_helpers.exercises import check, registry
from attn_helpers.reference.entmax import sparsemax

EXERCISES = registry()


def cases(id):
    return [case.args for case in EXERCISES[id].cases(0)]


def test_sparsemax_agrees_with_the_reference():
    for (scores,) in cases("sparsemax"):
        got = EXERCISES["sparsemax"].answer(scores)
        np.testing.assert_allclose(got, sparsemax(scores), atol=1e-12)


def test_the_two_losses_agree_with_many_draws():
    weights, values, target = cases("expected-loss")[0]
    rng = np.random.default_rng(0)
    drawn = values[rng.choice(len(weights), size=200_000, p=weights)]
    soft, hard = EXERCISES["expected-loss"].answer(weights, values, target)
    losses = ((drawn - target) ** 2).sum(-1)
    assert abs(hard - losses.mean()) < 5 * losses.std() / np.sqrt(len(losses))
    np.testing.assert_allclose(soft, np.sum((weights @ values - target) ** 2))


def test_the_slope_of_a_choice_agrees_with_autograd():
    for scores, rewards in cases("hard-gradient"):
        z = torch.tensor(scores, requires_grad=True)
        (torch.softmax(z, -1) @ torch.tensor(rewards)).backward()
        got = EXERCISES["hard-gradient"].answer(scores, rewards)
        np.testing.assert_allclose(got, z.grad.numpy(), atol=1e-12)


def test_reinforce_agrees_with_the_gradient_of_the_log_probability():
    for scores, choices, rewards, baseline in cases("reinforce"):
        z = torch.tensor(scores, requires_grad=True)
        chosen = torch.distributions.Categorical(logits=z).log_prob(
            torch.tensor(choices)
        )
        (torch.tensor(rewards - baseline) * chosen).mean().backward()
        got = EXERCISES["reinforce"].answer(scores, choices, rewards, baseline)
        np.testing.assert_allclose(got, z.grad.numpy(), atol=1e-12)


def test_every_choice_once_weighed_by_p_gives_the_exact_slope():
    """The mean over all choices under p is the estimate without chance."""
    scores, rewards = cases("hard-gradient")[0]
    exact = EXERCISES["hard-gradient"].answer(scores, rewards)
    p = np.exp(scores) / np.exp(scores).sum()
    for baseline in (0.0, 0.7):
        single = [
            EXERCISES["reinforce"].answer(scores, np.array([a]), rewards[[a]], baseline)
            for a in range(len(p))
        ]
        np.testing.assert_allclose(p @ np.array(single), exact, atol=1e-12)


def test_local_weights_by_hand():
    """Equal scores, centre 3.5 of 7, reach 2: keys 2, 3, 4, 5 share alike, σ = 1."""
    weights = EXERCISES["local-p"].answer(np.zeros((1, 7)), np.zeros(1), 2.0)
    near, far = np.exp(-0.125) / 4, np.exp(-1.125) / 4
    np.testing.assert_allclose(weights, [[0, 0, far, near, near, far, 0]], atol=1e-15)


def test_sparsemax_is_tried_where_all_some_and_one_key_stay():
    kept = {
        int(n)
        for (scores,) in cases("sparsemax")
        for n in (sparsemax(scores) > 0).sum(1)
    }
    assert {1, 2, 7} <= kept


def test_local_windows_are_tried_with_keys_outside_and_without():
    t_k_and_reach = [(scores.shape[-1], reach) for scores, _, reach in cases("local-p")]
    assert any(reach > t_k for t_k, reach in t_k_and_reach)
    assert any(2 * reach + 1 < t_k for t_k, reach in t_k_and_reach)


def test_slopes_are_tried_on_equal_rewards_and_on_unequal_probabilities():
    assert any(np.ptp(rewards) == 0 for _, rewards in cases("hard-gradient"))
    assert any(np.ptp(scores) > 0.5 for scores, _ in cases("hard-gradient"))


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


def test_local_windows_are_tried_with_a_key_on_the_edge():
    assert any(
        (np.abs(np.arange(scores.shape[-1]) - scores.shape[-1] / 2) == reach).any()
        for scores, z, reach in cases("local-p")
        if not z.any()
    )
