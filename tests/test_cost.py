import pytest
import torch
from torch import nn

from attn_helpers.cost import (
    count_flops,
    count_parameters,
    multi_head_flops,
    multi_head_parameters,
)
from attn_helpers.layers.attention import attention
from attn_helpers.layers.multi_head import MultiHeadAttention

B, T_Q, T_K, D_MODEL = 2, 5, 7, 42
each_kv = pytest.mark.parametrize("num_kv_heads", [None, 1, 2, 3])


@each_kv
@pytest.mark.parametrize("bias", [False, True])
def test_the_formula_for_parameters_is_what_the_layer_holds(num_kv_heads, bias):
    layer = MultiHeadAttention(D_MODEL, 6, num_kv_heads, bias)
    expected = multi_head_parameters(D_MODEL, 6, num_kv_heads, bias)
    assert count_parameters(layer) == expected
    if num_kv_heads is None:
        theirs = nn.MultiheadAttention(D_MODEL, 6, bias=bias)
        assert expected == sum(p.numel() for p in theirs.parameters())


def test_frozen_parameters_are_not_counted():
    layer = nn.Linear(3, 5)
    layer.bias.requires_grad_(False)
    assert count_parameters(layer) == 15


@each_kv
@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_the_formula_for_flops_is_what_the_meter_shows(
    num_kv_heads, need_weights, masked
):
    layer = MultiHeadAttention(D_MODEL, 6, num_kv_heads)
    x, memory = torch.ones(B, T_Q, D_MODEL), torch.ones(B, T_K, D_MODEL)
    mask = torch.ones(T_Q, T_K, dtype=torch.bool) if masked else None
    shown = count_flops(lambda: layer(x, memory, mask, need_weights))
    assert shown == B * multi_head_flops(T_Q, T_K, D_MODEL, 6, num_kv_heads)


def test_the_formula_agrees_with_counting_by_hand():
    t, d = 3, 4
    projections = 4 * t * d * d  # multiply-adds
    pairs = 2 * t * t * d
    assert multi_head_flops(t, t, d, 2) == 2 * (projections + pairs)


@pytest.mark.parametrize("need_weights", [False, True])
def test_forward_and_back_costs_three_times_the_forward_or_a_little_more(need_weights):
    q, k, v = (torch.ones(B, 3, 5, 11, requires_grad=True) for _ in range(3))

    def both():
        attention(q, k, v, need_weights=need_weights)[0].sum().backward()

    forward = count_flops(lambda: attention(q, k, v, need_weights=need_weights))
    assert forward == 2 * B * 3 * 5 * 5 * 11 * 2
    factor = 3 if need_weights else 3.5  # the fused kernel computes the scores again
    assert count_flops(both) == factor * forward


@pytest.mark.parametrize("call", [multi_head_parameters, None])
def test_heads_that_do_not_fit_are_refused(call):
    call = call or (lambda *sizes: multi_head_flops(3, 5, *sizes))
    with pytest.raises(ValueError, match=r"got d_model=12, num_heads=5\."):
        call(12, 5)
    with pytest.raises(ValueError, match=r"got num_heads=6, num_kv_heads=4\."):
        call(12, 6, 4)
