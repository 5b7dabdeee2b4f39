"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.transformer.warm_up import EXERCISE, learning_rate

CASES = [case.args for case in EXERCISE.cases(0)]


def test_rates_by_hand():
    got = learning_rate(np.array([1.0, 2.0, 4.0, 16.0]), 25, 4)
    np.testing.assert_allclose(got, [0.025, 0.05, 0.1, 0.05], atol=1e-15)


def test_rates_agree_with_a_loop():
    for steps, d_model, warmup in CASES:
        wanted = [
            (step / warmup if step < warmup else (warmup / step) ** 0.5)
            / (d_model * warmup) ** 0.5
            for step in steps.tolist()
        ]
        np.testing.assert_allclose(learning_rate(steps, d_model, warmup), wanted)


def test_both_sides_of_the_peak_are_tried_far_from_it():
    assert any(
        steps.min() * 10 < warmup < steps.max() / 10 for steps, _, warmup in CASES
    )
    assert any(warmup in steps for steps, _, warmup in CASES)


def test_the_peaks_that_are_told():
    for warmup, told in ((4000, 0.0007), (400, 0.0022)):
        (peak,) = learning_rate(np.array([float(warmup)]), 512, warmup)
        np.testing.assert_allclose(peak, told, atol=0.00005)
