"""The answers against the book's own definitions, and the cases that must be there."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from attn_helpers.exercises import registry
from attn_helpers.inspection.leaks import find_leaks
from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.reference.masks import causal_mask, padding_mask

EXERCISES = registry()


def cases(id):
    return [case.args for case in EXERCISES[id].cases(0)]


def test_self_attention_agrees_with_the_reference():
    for x, w_q, w_k, w_v, mask in cases("self-attention"):
        got = EXERCISES["self-attention"].answer(x, w_q, w_k, w_v, mask)
        want, _ = scaled_dot_product_attention(x @ w_q, x @ w_k, x @ w_v, mask)
        np.testing.assert_allclose(got, want, atol=1e-12)


def test_cross_attention_agrees_with_the_reference():
    for x, source, real, w_q, w_k, w_v in cases("cross-attention"):
        got = EXERCISES["cross-attention"].answer(x, source, real, w_q, w_k, w_v)
        q, k, v = x @ w_q, source @ w_k, source @ w_v
        want, _ = scaled_dot_product_attention(q, k, v, real)
        np.testing.assert_allclose(got, want, atol=1e-12)


def test_masks_agree_with_the_reference():
    for source, target in cases("three-masks"):
        if not (source[:, 0].all() and target[:, 0].all()):
            continue  # padding in front, which padding_mask does not make
        encoder, decoder, cross = EXERCISES["three-masks"].answer(source, target)
        real_source = padding_mask(source.sum(-1), source.shape[1])
        real_target = padding_mask(target.sum(-1), target.shape[1])
        t_s, t_t = source.shape[1], target.shape[1]
        assert encoder.shape == (len(source), t_s, t_s)
        assert cross.shape == (len(source), t_t, t_s)
        assert (encoder == real_source).all()
        assert (cross == real_source).all()
        np.testing.assert_array_equal(decoder, real_target & causal_mask(t_t))


def test_a_folded_mask_agrees_with_torch():
    for real, num_heads, t_q in cases("mask-for-folded-heads"):
        got = EXERCISES["mask-for-folded-heads"].answer(real, num_heads, t_q)
        unfolded = torch.from_numpy(real)[:, None, None].expand(-1, num_heads, t_q, -1)
        np.testing.assert_array_equal(got, unfolded.flatten(0, 1))


def test_nudging_finds_the_leaks_that_the_gradient_finds():
    for layer, x, mask in cases("find-leaks"):
        got = EXERCISES["find-leaks"].answer(layer, x, mask)
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
    for layer, x, mask in cases("find-leaks"):
        if layer.form != "whole":
            assert EXERCISES["find-leaks"].answer(layer, x, mask).sum() == 4


@pytest.mark.parametrize("id", ["self-attention", "cross-attention"])
def test_attention_is_tried_on_sizes_that_hide_nothing(id):
    shapes = [[a.shape for a in args] for args in cases(id)]
    assert any(len({n for shape in all for n in shape}) >= 4 for all in shapes)
    assert any(len({n for shape in all for n in shape}) == 1 for all in shapes)


def test_cross_attention_is_tried_with_more_and_with_fewer_keys_than_queries():
    sizes = [(len(x), len(source)) for x, source, *_ in cases("cross-attention")]
    assert any(t_q < t_k for t_q, t_k in sizes)
    assert any(t_q > t_k for t_q, t_k in sizes)
    assert any(
        w_k.shape[1] != w_v.shape[1] for *_, w_k, w_v in cases("cross-attention")
    )
    assert any(not real.all() for _, _, real, *_ in cases("cross-attention"))


def test_folded_heads_are_tried_where_the_order_shows():
    assert any(
        h > 1 and len(real) > 1 and len(set(real.sum(-1))) > 1
        for real, h, _ in cases("mask-for-folded-heads")
    )


def test_leaks_are_sought_in_right_layers_too():
    answer = EXERCISES["find-leaks"].answer
    counts = [answer(*args).sum() for args in cases("find-leaks")]
    assert 0 in counts
    assert max(counts) > 5


def test_a_layer_shows_no_address():
    for layer, *_ in cases("find-leaks"):
        assert repr(layer) == "<a layer of self-attention>"
