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
    reads = {
        "everything": lambda x: x,
        "feature 0": lambda x: x[:, :1],
        "feature 1": lambda x: x[:, 1:2],
        "feature 2": lambda x: x[:, 2:3],
        "the sum of the features": lambda x: x.sum(1, keepdim=True),
        "how features differ from their mean": lambda x: (x - x.mean(1, keepdim=True))[
            :, 1:
        ],
        "hundredths": lambda x: x,  # a step has no slope
    }[layer.reads]
    says = {
        "everything": lambda y: y,
        "component 0": lambda y: F.pad(y[:, :1], (0, 2)),
        "component 1": lambda y: F.pad(y[:, 1:2], (1, 1)),
        "component 2": lambda y: F.pad(y[:, 2:], (2, 0)),
        "a number beside nine billion": lambda y: F.pad(y[:, :1], (0, 2)),
        "a number and its opposite": lambda y: torch.cat([y[:, :1], -y[:, :1]], dim=1),
    }[layer.says]
    return lambda x: says(mixed(layer, reads(x)))


def mixed(layer, x):
    mask = torch.tensor(layer.mask)
    if layer.fault == "signalled":
        mask = mask | ((x[0, -1] > 0) & (x[-1, 0] < 0))
    scores = x @ x.flip(1).T / x.shape[1] ** 0.5
    if layer.fault == "after":
        return (scores.softmax(-1) * mask) @ x
    if layer.fault in ("zero", "weak"):
        fill = {"zero": 0.0, "weak": -21.0}[layer.fault]
        return scores.masked_fill(~mask, fill).softmax(-1) @ x
    dead = ~mask.any(-1, keepdim=True)
    hidden = scores.masked_fill(~(mask | dead), -torch.inf)
    return hidden.softmax(-1).masked_fill(dead, 0.0) @ x


def test_the_answer_finds_what_shows_in_one_feature_or_component_alone():
    forms = {(layer.reads, layer.says) for layer, *_ in CASES}
    assert {("feature 0",), ("feature 1",), ("feature 2",)} <= {f[:1] for f in forms}
    assert {"component 0", "component 1", "component 2"} <= {f[1] for f in forms}
    for layer, x, mask in CASES:
        if {layer.reads, layer.says} != {"everything"}:
            assert my_leaks(layer, x, mask).sum() == 4


def test_a_leak_may_hang_on_the_tokens():
    found = [
        my_leaks(layer, x, mask).sum()
        for layer, x, mask in CASES
        if layer.fault == "signalled"
    ]
    assert found == [1, 0, 1]


def test_a_token_is_tried_that_must_not_read_itself():
    assert any(my_leaks(*args).diagonal().any() for args in CASES)


def test_leaks_are_sought_in_right_layers_too():
    answer = my_leaks
    counts = [answer(*args).sum() for args in CASES]
    assert 0 in counts
    assert max(counts) > 5


def test_a_layer_shows_no_address():
    for layer, *_ in CASES:
        assert repr(layer) == "<a layer of self-attention>"
