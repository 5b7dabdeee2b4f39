import pytest
import torch
from torch import nn

from attn_helpers.cost import count_flops, multi_head_flops
from attn_helpers.layers.attention import attention
from attn_helpers.layers.feed_forward import FeedForward, GatedFeedForward
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.residual import PreNorm
from attn_helpers.models.transformer import EncoderBlock
from attn_helpers.reference.attention_cost import (
    BlockShape,
    block_flops,
    training_flops,
)

B, T_Q = 2, 5


@pytest.mark.parametrize("need_weights", [False, True])
def test_forward_and_back_costs_three_times_the_forward_or_a_little_more(need_weights):
    q, k, v = (torch.ones(B, 3, 5, 11, requires_grad=True) for _ in range(3))

    def both():
        attention(q, k, v, need_weights=need_weights)[0].sum().backward()

    forward = count_flops(lambda: attention(q, k, v, need_weights=need_weights))
    assert forward == 2 * B * 3 * 5 * 5 * 11 * 2
    factor = 3 if need_weights else 3.5  # the fused kernel computes the scores again
    assert count_flops(both) == factor * forward


X, V, THREE = torch.ones(7, 5), torch.ones(5), torch.ones(3, 7, 5)


@pytest.mark.parametrize(
    ("product", "multiply_adds"),
    [
        (lambda: X @ V, 7 * 5),
        (lambda: V @ X.T, 7 * 5),
        (lambda: V @ V, 5),
        (lambda: torch.vdot(V, V), 5),
        (lambda: torch.addmv(torch.ones(7), X, V), 7 * 5),
        (lambda: torch.addbmm(torch.ones(7, 7), THREE, THREE.mT), 3 * 7 * 7 * 5),
        (lambda: torch.ones(3, 7, 7).baddbmm_(THREE, THREE.mT), 3 * 7 * 7 * 5),
        (lambda: torch.ones(7, 7).addmm_(X, X.T), 7 * 7 * 5),
        (lambda: torch.einsum("ij,kj->ik", X, X), 7 * 7 * 5),
        (lambda: nn.Linear(5, 3)(V), 5 * 3),
        (lambda: nn.Linear(5, 3)(X[None]), 7 * 5 * 3),
        (lambda: X + X, 0),
    ],
)
def test_every_product_is_counted_those_with_one_vector_too(product, multiply_adds):
    assert count_flops(product) == 2 * multiply_adds


LAYER = nn.TransformerEncoderLayer(6, 2, 11, batch_first=True)


HEADS = nn.MultiheadAttention(6, 2, batch_first=True)


MODES = torch.enable_grad, torch.no_grad, torch.inference_mode


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("training", [True, False])
def test_a_layer_of_torch_costs_the_same_in_every_mode(mode, training):
    x = torch.ones(B, T_Q, 6)
    heads = B * multi_head_flops(T_Q, T_Q, 6, 2)
    with mode():
        layer, attend = LAYER.train(training), HEADS.train(training)
        assert count_flops(lambda: attend(x, x, x, need_weights=False)) == heads
        assert count_flops(lambda: layer(x)) == heads + 2 * B * T_Q * 2 * 6 * 11
        assert count_flops(lambda: MultiHeadAttention(6, 2)(x)) == heads
    assert torch.backends.mha.get_fastpath_enabled()


def test_the_short_cut_is_open_again_after_an_error():
    def breaks():
        raise KeyError

    with pytest.raises(KeyError):
        count_flops(breaks)
    assert torch.backends.mha.get_fastpath_enabled()


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_recurrent_layer_costs_its_gates_at_every_step(kind, dtype):
    layer, gates = kind(5, 3).to(dtype), {nn.RNN: 1, nn.GRU: 3, nn.LSTM: 4}[kind]
    x = torch.ones(7, B, 5, dtype=dtype)
    assert count_flops(lambda: layer(x)) == 2 * 7 * B * gates * 3 * (5 + 3)


def test_the_way_back_through_a_fused_recurrent_layer_costs_twice_the_way_there():
    layer, x = nn.LSTM(5, 3), torch.ones(7, B, 5, requires_grad=True)
    forward = count_flops(lambda: layer(x))
    assert count_flops(lambda: layer(x)[0].sum().backward()) == 3 * forward


@pytest.mark.parametrize(
    "product",
    [
        lambda: nn.Bilinear(5, 5, 3)(X, X),
        lambda: torch.sparse.mm(X.to_sparse(), X.T),
        lambda: torch.cdist(X, X, compute_mode="donot_use_mm_for_euclid_dist"),
    ],
    ids=["three tensors", "sparse", "a distance"],
)
def test_a_product_that_cannot_be_counted_is_refused(product):
    with pytest.raises(ValueError) as caught:
        count_flops(product)
    assert str(caught.value) == (
        "count_flops: every product must be one that can be counted; got a product of "
        "three tensors, of sparse ones or a distance."
    )


def test_what_is_no_function_is_refused():
    message = "count_flops: function must be a function; got function of type Tensor."
    with pytest.raises(TypeError) as caught:
        count_flops(X @ X.T)
    assert str(caught.value) == message


# --- the formulas of a block --------------------------------------------------------

D, D_FF = 42, 11
FEED_FORWARD = {2: FeedForward, 3: GatedFeedForward}


def block_of(num_kv_heads, ff_matrices):
    layer = MultiHeadAttention(D, 6, num_kv_heads)
    feed_forward = FEED_FORWARD[ff_matrices](D, D_FF)
    return EncoderBlock(layer, feed_forward, lambda: PreNorm(nn.LayerNorm(D)))


def shape_of(t_q, t_k, num_kv_heads, ff_matrices):
    sizes = {"d_model": D, "num_heads": 6, "num_kv_heads": num_kv_heads, "d_ff": D_FF}
    return BlockShape(t_q=t_q, t_k=t_k, ff_matrices=ff_matrices, batch=B, **sizes)


@pytest.mark.parametrize("num_kv_heads", [None, 1, 3])
@pytest.mark.parametrize("ff_matrices", [2, 3])
@pytest.mark.parametrize("need_weights", [False, True])
def test_a_block_costs_what_its_formula_says(num_kv_heads, ff_matrices, need_weights):
    block, x = block_of(num_kv_heads, ff_matrices), torch.ones(B, 7, D)
    expected = block_flops(shape_of(7, 7, num_kv_heads, ff_matrices))
    assert count_flops(lambda: block(x, need_weights=need_weights)) == expected


@pytest.mark.parametrize("num_kv_heads", [None, 2])
def test_a_step_with_a_cache_costs_what_the_formula_says(num_kv_heads):
    block, cache = block_of(num_kv_heads, 2), KVCache()
    with torch.no_grad():
        block(torch.ones(B, 12, D), cache=cache)
        shown = count_flops(lambda: block(torch.ones(B, 1, D), cache=cache))
    assert shown == block_flops(shape_of(1, 13, num_kv_heads, 2))


@pytest.mark.parametrize("fused", [True, False])
def test_a_training_step_costs_what_the_formula_says(fused):
    block = block_of(None, 2)
    x = torch.ones(B, 7, D, requires_grad=True)

    def step():
        block(x, need_weights=not fused)[0].sum().backward()

    assert count_flops(step) == training_flops(shape_of(7, 7, None, 2), fused)
