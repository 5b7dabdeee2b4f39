"""The answer, and the cases that must be there."""

import re

import numpy as np
import torch
from torch.nn import functional

from attn_helpers.exercises.transformer.label_smoothing import EXERCISE, smoothed_loss

CASES = [case.args for case in EXERCISE.cases(0)]


def test_two_words_by_hand():
    logits = np.log([[0.2, 0.8]])
    wanted = -0.95 * np.log(0.8) - 0.05 * np.log(0.2)
    np.testing.assert_allclose(
        smoothed_loss(logits, np.array([1]), 0.1), wanted, atol=1e-15
    )


def test_the_loss_agrees_with_torch():
    for logits, targets, smoothing in CASES:
        wanted = functional.cross_entropy(
            torch.tensor(logits),
            torch.tensor(targets),
            ignore_index=0,
            label_smoothing=smoothing,
        )
        got = smoothed_loss(logits, targets, smoothing)
        np.testing.assert_allclose(got, wanted.item(), rtol=1e-12, atol=1e-12)


def test_padding_is_tried_in_front_in_the_middle_at_the_end_and_nowhere():
    real = [
        "".join("1" if word else "0" for word in targets) for _, targets, _ in CASES
    ]
    for pattern in ("0+1+", "1+0+1+.*", "1+0+", "1+"):
        assert any(re.fullmatch(pattern, text) for text in real)


def test_logits_are_tried_that_no_other_number_than_a_rows_largest_can_stand_for():
    peaks = [logits.max(-1) for logits, *_ in CASES]
    assert any(np.ptp(peak) > 750 for peak in peaks)
    above = [logits.max(-1) - logits.mean(-1) for logits, *_ in CASES]
    below = [logits.max(-1) - logits.min(-1) for logits, *_ in CASES]
    assert max(gap.max() for gap in above) > 710
    assert any(
        a.max() < 700 and b.max() > 750 for a, b in zip(above, below, strict=True)
    )


def test_a_loss_of_exactly_0_is_wanted_somewhere():
    assert 0 in [smoothed_loss(*args) for args in CASES]


def test_the_logit_at_which_the_loss_is_lowest():
    def loss(z, smoothing):
        return smoothed_loss(z * np.eye(10)[[3]], np.array([3]), smoothing)

    best = np.log(91)
    assert loss(best, 0.1) < min(loss(best - 0.01, 0.1), loss(best + 0.01, 0.1))
    falling = [loss(z, 0.0) for z in (1.0, best, 10.0, 30.0)]
    assert falling == sorted(falling, reverse=True)
    np.testing.assert_allclose(best, 4.5, atol=0.05)
