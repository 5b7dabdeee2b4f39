import pytest
import torch
from torch.testing import assert_close

from attn_helpers.inspection.ablation import ablated
from attn_helpers.layers.gated_output import GatedMultiHeadAttention
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.positions import Rotary
from attn_helpers.reference.masks import causal_mask

B, T, H, D_MODEL = 2, 7, 3, 3 * 4
CAUSAL = torch.from_numpy(causal_mask(T, T))


def layer_and_rows(num_kv_heads=3, **how):
    torch.manual_seed(0)
    layer = GatedMultiHeadAttention(D_MODEL, H, num_kv_heads, **how).double()
    return layer, torch.randn(B, T, D_MODEL, dtype=torch.float64)


def without_gates(layer):
    """Multi-head attention with the same weights."""
    plain = MultiHeadAttention(D_MODEL, H, layer.num_kv_heads, attend=layer.attend)
    state = layer.state_dict()
    names = [name for name in state if name.startswith("gate_proj")]
    plain.load_state_dict({n: w for n, w in state.items() if n not in names})
    return plain.double()


@pytest.mark.parametrize("num_kv_heads", [1, 3])
def test_each_number_of_each_head_is_multiplied_by_its_gate(num_kv_heads):
    """What a head gives is read off a layer whose ``out_proj`` does nothing."""
    layer, x = layer_and_rows(num_kv_heads)
    heads = without_gates(layer)
    heads.out_proj = torch.nn.Identity()
    given, _ = heads(x, mask=CAUSAL)
    weight, bias = layer.gate_proj.weight, layer.gate_proj.bias
    expected = torch.zeros(B, T, D_MODEL, dtype=torch.float64)
    for i in range(D_MODEL):
        gate = 1 / (1 + torch.exp(-(x * weight[i]).sum(-1) - bias[i]))
        expected += (gate * given[..., i])[..., None] * layer.out_proj.weight[:, i]
    assert_close(layer(x, mask=CAUSAL)[0], expected + layer.out_proj.bias)


@pytest.mark.parametrize(("bias", "share"), [(50.0, 1.0), (0.0, 0.5), (-800.0, 0.0)])
def test_gates_that_ignore_the_row_pass_a_constant_share(bias, share):
    layer, x = layer_and_rows()
    layer.gate_proj.weight.data.zero_()
    layer.gate_proj.bias.data.fill_(bias)
    fixed = layer.out_proj.bias
    plain, weights = without_gates(layer)(x, need_weights=True)
    got, same = layer(x, need_weights=True)
    assert_close(got - fixed, share * (plain - fixed))
    assert_close(same, weights)


def test_it_is_the_row_that_asks_whose_gates_count():
    layer, x = layer_and_rows()
    memory = torch.randn(B, 5, D_MODEL, dtype=torch.float64)
    layer.gate_proj.weight.data.mul_(0.0)[:, 0] = 1000.0
    layer.gate_proj.bias.data.zero_()
    closed = x[..., 0] < -0.1
    output = layer(x, memory)[0] - layer.out_proj.bias
    assert closed.any() and (output[closed].abs() < 1e-12).all()
    assert (output[x[..., 0] > 0.1].abs().amax(-1) > 1e-3).all()
    assert_close(layer.prepare(memory)(x)[0], layer(x, memory)[0])


def test_with_a_cache_it_gives_what_it_gives_at_once():
    layer, x = layer_and_rows(1, attend=Rotary())
    cache = KVCache()
    parts = [layer(x[:, [i]], cache=cache)[0] for i in range(T)]
    assert_close(torch.cat(parts, dim=1), layer(x, mask=CAUSAL)[0])
    assert cache.k.shape == (B, 1, T, 4)


def test_gradients_reach_the_gates_and_pass_by_what_is_hidden():
    layer, x = layer_and_rows()
    memory = torch.randn(B, 5, D_MODEL, dtype=torch.float64)
    memory[:, 3] = torch.nan
    mask = torch.tensor([True, True, True, False, True])
    layer(x, memory, mask)[0].square().sum().backward()
    for name, weight in layer.named_parameters():
        assert weight.grad.isfinite().all(), name
    assert (layer.gate_proj.weight.grad != 0).all()


def test_without_biases_the_gates_have_none_either():
    assert GatedMultiHeadAttention(D_MODEL, H, bias=False).gate_proj.bias is None


def test_its_heads_can_be_switched_off():
    layer, x = layer_and_rows()
    with ablated(layer, [(0, head) for head in range(H)]):
        output, _ = layer(x)
    assert_close(output, layer.out_proj.bias.expand_as(output))


def test_in_half_precision_and_on_another_device():
    layer, x = layer_and_rows()
    expected, _ = layer(x)
    got, _ = layer.half()(x.half())
    assert got.dtype == torch.float16
    assert_close(got.double(), expected, atol=0.01, rtol=0.01)
    assert layer.to("meta")(x.half().to("meta"))[0].is_meta
