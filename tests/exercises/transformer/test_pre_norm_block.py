"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.transformer.pre_norm_block import (
    EXERCISE,
    Attend,
    Feed,
    Norm,
    post_norm,
    pre_norm_block,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_block_by_hand():
    x = np.array([[3.0, -1.0]])
    got = pre_norm_block(x, np.sign, lambda x: 10 * x, lambda x: x + 1)
    np.testing.assert_array_equal(got, [[15.0, -11.0]])


def test_a_block_agrees_with_torch():
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(
        6, 2, 11, dropout=0.0, norm_first=True, batch_first=True, dtype=torch.float64
    ).eval()

    def in_numpy(module):
        return lambda x: module(torch.tensor(x)).detach().numpy()

    def attend(x):
        return layer.self_attn(*[torch.tensor(x)] * 3)[0].detach().numpy()

    feed = torch.nn.Sequential(layer.linear1, torch.nn.ReLU(), layer.linear2)
    x = 2 + np.random.default_rng(0).normal(size=(2, 5, 6))
    wanted = layer(torch.tensor(x)).detach().numpy()
    got = pre_norm_block(x, in_numpy(layer.norm1), attend, in_numpy(feed))
    np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_sub_layers_are_tried_that_do_what_they_say():
    x = np.random.default_rng(0).normal(size=(5, 7))
    other = x.copy()
    other[3] += 1.0
    felt = [
        (layer(x) != layer(other)).any(axis=-1).tolist()
        for layer in (Attend(0), Feed(0), Norm())
    ]
    alone = [False, False, False, True, False]
    assert felt == [[False, False, False, True, True], alone, alone]


def test_streams_are_tried_that_a_norm_changes():
    for x, norm, *_ in CASES:
        assert not x.any() or np.abs(norm(x) - x).max() > 0.1


def test_either_sub_layer_is_tried_alone():
    strengths = {(attend.strength, feed.strength) for *_, attend, feed in CASES}
    assert strengths == {(1.0, 1.0), (0.0, 1.0), (1.0, 0.0)}


def test_what_is_left_when_nothing_is_added():
    x = 2 + np.random.default_rng(0).normal(size=(5, 7))
    idle = Norm(), np.zeros_like, np.zeros_like
    np.testing.assert_array_equal(pre_norm_block(x, *idle), x)
    np.testing.assert_allclose(post_norm(x, *idle), Norm()(x), atol=1e-4)
