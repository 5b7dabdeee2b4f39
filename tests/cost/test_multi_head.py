import pytest
import torch
from torch import nn

from attn_helpers.cost import (
    count_flops,
    count_parameters,
    multi_head_flops,
    multi_head_parameters,
)
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


@pytest.mark.parametrize(("t_q", "t_k"), [(0, 5), (5, 0)])
def test_no_queries_and_no_keys_are_refused(t_q, t_k):
    name = "t_k" if t_q else "t_q"
    with pytest.raises(ValueError) as caught:
        multi_head_flops(t_q, t_k, 12, 3)
    assert str(caught.value) == (
        f"multi_head_flops: {name} must be at least 1; got {name}=0."
    )


def test_one_query_and_one_key_are_enough():
    assert multi_head_flops(1, 1, 1, 1) == 2 * (4 + 2)
    assert multi_head_parameters(1, 1) == 8


@pytest.mark.parametrize("call", [multi_head_parameters, None])
def test_heads_that_do_not_fit_are_refused(call):
    call = call or (lambda *sizes: multi_head_flops(3, 5, *sizes))
    with pytest.raises(ValueError, match=r"got d_model=12, num_heads=5\."):
        call(12, 5)
    with pytest.raises(ValueError, match=r"got num_heads=6, num_kv_heads=4\."):
        call(12, 6, 4)
