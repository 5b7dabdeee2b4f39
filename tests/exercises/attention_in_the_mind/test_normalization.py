"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.attention_in_the_mind.normalization import (
    EXERCISE,
    normalized_response,
)
from attn_helpers.mind import normalization
from attn_helpers.mind.normalization import (
    Patch,
    Population,
    attention_field,
    stimulus_drive,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_the_response_of_two_neurons_is_as_worked_by_hand():
    # A E = (4, 4); pool 8 + sigma 2 = 10
    got = normalized_response(np.array([2.0, 4.0]), np.array([2.0, 1.0]), 2.0)
    np.testing.assert_allclose(got, [0.4, 0.4])


def test_the_response_agrees_with_the_model_whose_pool_takes_in_everything():
    everywhere = Population(extent=3.0, pool_sd=1e7, pool_tuning_sd=1e7, sigma=0.0005)
    drive = stimulus_drive(everywhere, Patch(orientation=35.0), contrast=0.7)
    attention = attention_field(everywhere, Patch(position=1.0, size=2.0), gain=3.0)
    wanted = normalization.normalized_response(everywhere, drive, attention)
    # The model's pool is a mean: what one neuron adds to it, sigma is measured in.
    each = everywhere.spacing / (everywhere.pool_sd * np.sqrt(2 * np.pi))
    each /= len(everywhere.orientations)
    got = normalized_response(drive.ravel(), attention.ravel(), everywhere.sigma / each)
    np.testing.assert_allclose(got.reshape(drive.shape) / each, wanted, rtol=1e-9)


def test_a_display_is_tried_without_any_drive():
    assert any(drive.sum() == 0 for drive, *_ in CASES)


def test_attention_is_tried_that_amplifies_that_weakens_and_that_shuts_out():
    gains = np.concatenate([attention for _, attention, _ in CASES])
    assert (gains > 1).any() and ((0 < gains) & (gains < 1)).any()
    assert (gains == 0).any()
