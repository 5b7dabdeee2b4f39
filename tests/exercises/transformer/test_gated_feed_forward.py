"""The answer, and the cases that must be there."""

import numpy as np
import torch
from torch.nn import functional

from attn_helpers.exercises.transformer.gated_feed_forward import EXERCISE, swiglu

CASES = [case.args for case in EXERCISE.cases(0)]


def test_one_number_by_hand():
    one = np.ones((1, 1))
    got = swiglu(2 * one, one, 3 * one, 5 * one)
    np.testing.assert_allclose(got, [[2 / (1 + np.exp(-2)) * 6 * 5]], atol=1e-12)


def test_the_network_agrees_with_torch():
    for arrays in CASES:
        x, w_gate, w_up, w_down = map(torch.tensor, arrays)
        wanted = (functional.silu(x @ w_gate) * (x @ w_up)) @ w_down
        np.testing.assert_allclose(swiglu(*arrays), wanted.numpy(), atol=1e-9)


def test_gates_are_tried_that_are_closed_and_wide_open():
    gates = [x @ w_gate for x, w_gate, *_ in CASES]
    assert min(gate.min() for gate in gates) < -50
    assert max(gate.max() for gate in gates) > 710


def test_weights_are_tried_that_fit_when_turned():
    assert any(len({*x.shape, *w_gate.shape}) == 1 for x, w_gate, *_ in CASES)


def test_exact_zeros_are_wanted_somewhere():
    assert any((swiglu(*args) == 0).any() for args in CASES)


def test_the_width_for_as_many_parameters():
    d = 4096
    d_ff = 8 / 3 * d
    assert round(3 * d * d_ff) == 2 * d * 4 * d
    assert 256 * np.ceil(d_ff / 256) == 11008
