"""The answer, and the cases that must be there."""

import numpy as np
import torch
import torch.nn.functional as F

from attn_helpers.exercises.self_and_cross_attention.find_leaks import (
    EXERCISE,
    my_leaks,
)
from attn_helpers.inspection.leaks import find_leaks

CASES = [case.args for case in EXERCISE.cases(0)]


def test_nudging_finds_the_leaks_that_the_gradient_finds():
    for layer, x, mask in CASES:
        got = my_leaks(layer, x, mask)
        found = np.argwhere(got)
        report = find_leaks(in_torch(layer), torch.from_numpy(x), mask)
        np.testing.assert_array_equal(found, np.reshape(report.leaks, (-1, 2)))


def in_torch(layer):
    """The same layer, written once more for the gradient."""
    mask = torch.tensor(layer.mask)
    fill = {"none": -torch.inf, "zero": 0.0, "weak": -21.0, "after": None}[layer.fault]
    dead = ~mask.any(-1, keepdim=True)

    def mix(x):
        scores = x @ x.flip(1).T / x.shape[1] ** 0.5
        if fill is None:
            return (scores.softmax(-1) * mask) @ x
        hidden = scores.masked_fill(~(mask | dead), fill)
        return hidden.softmax(-1).masked_fill(dead & torch.tensor(fill < -99), 0.0) @ x

    def opposites(x):
        return torch.cat([mix(x)[:, :1], -mix(x)[:, :1]], dim=1)

    return {
        "whole": mix,
        "centred": lambda x: mix((x - x.mean(1, keepdim=True))[:, 1:]),
        "all but the first": lambda x: mix(x[:, 1:]),
        "opposites": opposites,
        "one component": lambda x: F.pad(mix(x)[:, :1], (0, 2)),
    }[layer.form]


def test_the_answer_sees_through_a_layer_that_centres_its_input():
    for layer, x, mask in CASES:
        if layer.form != "whole":
            assert my_leaks(layer, x, mask).sum() == 4


def test_leaks_are_sought_in_right_layers_too():
    answer = my_leaks
    counts = [answer(*args).sum() for args in CASES]
    assert 0 in counts
    assert max(counts) > 5


def test_a_layer_shows_no_address():
    for layer, *_ in CASES:
        assert repr(layer) == "<a layer of self-attention>"
