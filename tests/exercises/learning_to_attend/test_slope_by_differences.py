"""The answer, and the cases that must be there."""

import pytest
import torch

from attn_helpers.exercises.learning_to_attend.slope_by_differences import (
    EXERCISE,
    slope_by_differences,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_cubic_by_hand():
    # ((4³ - 16) - (2³ - 8)) / 2 = 24, where the slope of the curve is 23
    function, at, eps = CASES[2]
    assert slope_by_differences(function, at, eps) == 24


def test_small_steps_agree_with_autograd():
    x = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    (x.sin() * x).backward()
    measured = slope_by_differences(lambda x: x.sin() * x, x.detach(), 1e-5)
    torch.testing.assert_close(measured, x.grad, rtol=1e-8, atol=0)


def test_the_error_falls_with_the_square_of_the_step():
    function, at, _ = CASES[2]
    off = [slope_by_differences(function, at, eps) - 23 for eps in (1.0, 0.1)]
    assert off == pytest.approx([1.0, 0.01])


def test_a_line_a_place_at_0_and_one_below_are_tried():
    assert any(at == 0 for _, at, _ in CASES)
    assert any(at < 0 for _, at, _ in CASES)
    assert any("line" in repr(function) for function, *_ in CASES)
