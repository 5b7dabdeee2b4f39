import pytest
import torch
from torch.testing import assert_close

from attn_helpers.inspection.ablation import ablated
from attn_helpers.inspection.circuits import matched, written
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.training import seeded

B, T_Q, T_K, D_MODEL, HEADS = 2, 5, 7, 30, 6


@pytest.fixture(params=[(6, True), (2, True), (1, False)], ids=str)
def layer(request):
    num_kv_heads, bias = request.param
    with seeded(0):
        return MultiHeadAttention(D_MODEL, HEADS, num_kv_heads, bias=bias).double()


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(B, T_K, D_MODEL, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("head", range(HEADS))
def test_matches_make_the_weights_of_the_layer(layer, rows, head):
    x = rows[:, :T_Q].cos()
    _, weights = layer(x, rows, need_weights=True)
    got = matched(layer, head, x, rows)
    assert got.shape == (B, T_Q, T_K)
    assert_close(got.softmax(-1), weights[:, head])


@pytest.mark.parametrize("head", range(HEADS))
def test_a_head_writes_what_the_layer_adds_where_each_row_sees_itself_alone(
    layer, rows, head
):
    alone = torch.eye(T_K) > 0
    whole, _ = layer(rows, mask=alone)
    with ablated(layer, [(0, head)]):
        without, _ = layer(rows, mask=alone)
    assert_close(written(layer, head, rows), whole - without)


def test_one_row_will_do(layer):
    assert written(layer, 0, torch.ones(D_MODEL).double()).shape == (D_MODEL,)


@pytest.mark.parametrize("head", [-1, HEADS])
def test_a_head_that_is_not_there_is_refused(layer, rows, head):
    for function, inputs in ((matched, (rows, rows)), (written, (rows,))):
        with pytest.raises(ValueError) as caught:
            function(layer, head, *inputs)
        assert str(caught.value) == (
            f"{function.__name__}: head must be one of the layer's 6; got head={head}."
        )


def test_rows_of_another_width_are_refused(layer, rows):
    with pytest.raises(ValueError, match=r"matched: memory must have d_model=30 .* 29"):
        matched(layer, 0, rows, rows[..., 1:])
    with pytest.raises(ValueError, match=r"written: x must have d_model=30 .* 29"):
        written(layer, 0, rows[..., 1:])


def test_half_precision_and_no_numbers_at_all_keep_their_kind():
    layer = MultiHeadAttention(14, 2)
    half = torch.ones(3, 14, dtype=torch.bfloat16)
    assert written(layer.to(torch.bfloat16), 1, half).dtype == torch.bfloat16
    rows = half.to("meta")
    assert matched(layer.to("meta"), 1, rows, rows).shape == (3, 3)


def test_gradients_reach_all_four_matrices(layer, rows):
    seen = matched(layer, 4, rows, rows).sum() + written(layer, 4, rows).sum()
    seen.backward()
    for projection in (layer.q_proj, layer.k_proj, layer.v_proj, layer.out_proj):
        assert projection.weight.grad.abs().sum() > 0
