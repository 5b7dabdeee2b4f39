"""The answer, and the cases that must be there."""

import numpy as np
import torch
from torch.distributions import Categorical

from attn_helpers.exercises.training_dynamics.attention_entropy import (
    EXERCISE,
    attention_entropy,
)

CASES = [case.args[0] for case in EXERCISE.cases(0)]


def test_two_heads_by_hand():
    weights = np.array([[[0.5, 0.5], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]])
    np.testing.assert_allclose(attention_entropy(weights), [np.log(2) / 2, 0])


def test_it_agrees_with_torchs_distributions():
    for weights in CASES:
        spread = Categorical(probs=torch.tensor(weights)).entropy()
        np.testing.assert_allclose(
            attention_entropy(weights), spread.mean(-1), rtol=1e-12, atol=1e-9
        )


def test_all_rows_are_weights():
    for weights in CASES:
        np.testing.assert_allclose(weights.sum(-1), 1)


def test_the_entropy_of_the_mean_weights_is_tried_where_it_is_another():
    one_key_each = CASES[-2]
    assert attention_entropy(one_key_each).tolist() == [0]
    mean = attention_entropy(one_key_each.mean(1, keepdims=True))
    np.testing.assert_allclose(mean, np.log(5))


def test_zeros_are_tried():
    assert sum((weights == 0).any() for weights in CASES) >= 3


def test_what_three_tokens_can_reach_under_a_causal_mask():
    even = np.tri(3) / np.arange(1, 4)[:, None]
    np.testing.assert_allclose(attention_entropy(even[None]), [0.597], atol=5e-4)
