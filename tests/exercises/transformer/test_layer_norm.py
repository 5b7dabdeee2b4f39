"""The answer, and the cases that must be there."""

import numpy as np
import torch
from torch.nn import functional

from attn_helpers.exercises.transformer.layer_norm import EXERCISE, layer_norm

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_token_by_hand():
    got = layer_norm(np.array([1.0, 3.0, 5.0, 7.0]), np.ones(4), np.zeros(4), 0.0)
    np.testing.assert_allclose(got, np.array([-3, -1, 1, 3]) / np.sqrt(5), atol=1e-15)


def test_normalised_tokens_agree_with_torch():
    for x, gain, shift, eps in CASES:
        tensors = map(torch.tensor, (x, gain, shift))
        rows, weight, bias = tensors
        wanted = functional.layer_norm(rows, x.shape[-1:], weight, bias, eps)
        got = layer_norm(x, gain, shift, eps)
        np.testing.assert_allclose(got, wanted.numpy(), atol=1e-9)


def test_tokens_are_tried_that_hide_no_axis():
    assert any(x.ndim > 2 and len(set(x.shape)) == x.ndim for x, *_ in CASES)
    assert any(x.ndim > 2 and len(set(x.shape)) == 1 for x, *_ in CASES)
    assert {1, 2, 3, 4} == {x.ndim for x, *_ in CASES}


def test_tokens_are_tried_on_which_eps_matters():
    assert any((x.var(-1) < eps).all() and x.var() > 0 for x, *_, eps in CASES)
    assert any((x.var(-1) == 0).any() for x, *_ in CASES if x.shape[-1] > 1)
    assert any(eps > 0.1 for *_, eps in CASES)


def test_exact_zeros_are_wanted_somewhere():
    assert any((layer_norm(*args) == 0).any() for args in CASES)


def test_what_the_norm_does_not_feel():
    x = np.random.default_rng(0).normal(size=(5, 7))
    rest = np.ones(7), np.zeros(7), 1e-5
    for other in (1000 * x, 1000 + x):
        np.testing.assert_allclose(
            layer_norm(other, *rest), layer_norm(x, *rest), atol=1e-4
        )
