"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.soft_hard_local.reinforce import EXERCISE, reinforce

CASES = [case.args for case in EXERCISE.cases(0)]


def test_reinforce_agrees_with_the_gradient_of_the_log_probability():
    for scores, choices, rewards, baseline in CASES:
        z = torch.tensor(scores, requires_grad=True)
        chosen = torch.distributions.Categorical(logits=z).log_prob(
            torch.tensor(choices)
        )
        (torch.tensor(rewards - baseline) * chosen).mean().backward()
        got = reinforce(scores, choices, rewards, baseline)
        np.testing.assert_allclose(got, z.grad.numpy(), atol=1e-12)
