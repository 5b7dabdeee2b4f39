"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.soft_hard_local.local_p import EXERCISE, local_weights

CASES = [case.args for case in EXERCISE.cases(0)]


def test_local_weights_by_hand():
    """Equal scores, centre 3.5 of 7, reach 2: keys 2, 3, 4, 5 share alike, σ = 1."""
    weights = local_weights(np.zeros((1, 7)), np.zeros(1), 2.0)
    near, far = np.exp(-0.125) / 4, np.exp(-1.125) / 4
    np.testing.assert_allclose(weights, [[0, 0, far, near, near, far, 0]], atol=1e-15)


def test_local_windows_are_tried_with_keys_outside_and_without():
    t_k_and_reach = [(scores.shape[-1], reach) for scores, _, reach in CASES]
    assert any(reach > t_k for t_k, reach in t_k_and_reach)
    assert any(2 * reach + 1 < t_k for t_k, reach in t_k_and_reach)


def test_local_windows_are_tried_with_a_key_on_the_edge():
    assert any(
        (np.abs(np.arange(scores.shape[-1]) - scores.shape[-1] / 2) == reach).any()
        for scores, z, reach in CASES
        if not z.any()
    )


def test_scores_inside_are_tried_below_every_number_that_could_stand_for_minus_inf():
    lowest = []
    for scores, z, reach in CASES:
        got = local_weights(scores, z, reach)
        for row, weights in zip(scores, got, strict=True):
            if (weights == 0).any():
                lowest.append(row[weights > 0].max())
    assert min(lowest) < -1e9
    assert any(-1e9 < score < -1e4 for score in lowest)
