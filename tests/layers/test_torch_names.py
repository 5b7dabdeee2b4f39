import pytest
import torch
from torch.testing import assert_close

from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.torch_names import as_torch_names

B, T_Q, T_K, HEADS, HEAD_DIM = 2, 5, 11, 3, 7
D_MODEL = HEADS * HEAD_DIM


def a_layer(bias=True):
    torch.manual_seed(0)
    layer = MultiHeadAttention(D_MODEL, HEADS, bias=bias).double()
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    return layer


@pytest.mark.parametrize("bias", [True, False])
def test_torchs_module_takes_them_and_computes_the_same(bias):
    ours = a_layer(bias)
    theirs = torch.nn.MultiheadAttention(
        D_MODEL, HEADS, bias=bias, batch_first=True, dtype=torch.float64
    )
    theirs.load_state_dict(as_torch_names(ours.state_dict()))
    x, memory = torch.randn(B, T_Q, D_MODEL), torch.randn(B, T_K, D_MODEL)
    x, memory = x.double(), memory.double()
    output, weights = ours(x, memory, need_weights=True)
    expected = theirs(x, memory, memory, average_attn_weights=False)
    assert_close((output, weights), expected)


def test_each_number_keeps_its_value_and_queries_stand_above():
    named = dict(a_layer().named_parameters())
    together = as_torch_names(named)
    assert [*together] == [
        "in_proj_weight",
        "out_proj.weight",
        "in_proj_bias",
        "out_proj.bias",
    ]
    parts = together["in_proj_weight"].split(D_MODEL)
    for name, part in zip("qkv", parts, strict=True):
        assert torch.equal(part, named[f"{name}_proj.weight"])


@pytest.mark.parametrize(
    ("left_out", "match"),
    [
        (
            "k_proj.bias",
            "of q_proj, k_proj, v_proj and out_proj; got k_proj.weight, out_proj.bias",
        ),
        ("out_proj.weight", "got k_proj.bias, k_proj.weight"),
    ],
)
def test_names_that_do_not_fit_are_told(left_out, match):
    named = dict(a_layer().named_parameters())
    del named[left_out]
    with pytest.raises(ValueError, match=match):
        as_torch_names(named)


def test_nothing_at_all_is_told():
    with pytest.raises(ValueError, match="got nothing"):
        as_torch_names({})


def test_a_name_too_many_is_told():
    named = dict(a_layer().named_parameters()) | {"scale": torch.ones(1)}
    with pytest.raises(ValueError, match="scale"):
        as_torch_names(named)
