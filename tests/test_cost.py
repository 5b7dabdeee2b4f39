import pytest
import torch
from torch import nn

from attn_helpers.cost import (
    cache_bytes_per_token,
    count_flops,
    count_parameters,
    latent_cache_bytes_per_token,
    multi_head_flops,
    multi_head_parameters,
)
from attn_helpers.efficient.latent import Absorbed, LatentAttention
from attn_helpers.layers.attention import attention
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.paged_cache import PagedCache, PagePool
from attn_helpers.layers.window_cache import WindowCache
from attn_helpers.models.language_model import llama

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


# --- odd modules ---

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


def test_parameters_that_two_layers_share_are_counted_once():
    tied = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    tied[1].weight = tied[0].weight
    assert count_parameters(tied) == 3 * 3 + 2 * 3
    assert count_parameters(nn.ReLU()) == 0


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


# --- bytes of a cache ----------------------------------------------------------------

DTYPES = [torch.float32, torch.bfloat16]


@pytest.mark.parametrize("num_kv_heads", [6, 3, 2, 1])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("parts", [[1], [7], [5, 1, 1]])
def test_a_language_model_keeps_what_the_formula_says(num_kv_heads, dtype, parts):
    """Multi-head, grouped-query and multi-query attention: formula = bytes held."""
    model = llama(11, 24, 6, num_kv_heads, num_layers=3, d_ff=5).to(dtype)
    caches = model.new_caches()
    for t in parts:
        model(torch.ones(B, t, dtype=torch.int64), caches)
    held = sum(cache.nbytes for cache in caches)
    assert held == B * sum(parts) * cache_bytes_per_token(3, num_kv_heads, 4, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("form", [lambda layer: layer, Absorbed])
def test_latents_take_what_the_formula_says(dtype, form):
    layer, caches = LatentAttention(13, 3, 5, d_latent=7, d_rope=4), []
    for _ in range(3):
        caches.append(KVCache())
        form(layer.to(dtype))(torch.ones(B, 11, 13, dtype=dtype), cache=caches[-1])
    held = sum(cache.nbytes for cache in caches)
    assert held == B * 11 * latent_cache_bytes_per_token(3, 7, 4, dtype)


def test_a_window_stops_growing_and_pages_grow_by_pages():
    layer, pool = MultiHeadAttention(D_MODEL, 6, 2), PagePool(pages=9, page=4)
    window, pages = WindowCache(window=5), PagedCache(pool)
    a_token = cache_bytes_per_token(1, 2, 7, torch.float32)
    with torch.no_grad():
        for _ in range(13):
            for cache in (window, pages):
                layer(torch.ones(B, 1, D_MODEL), cache=cache)
    assert window.nbytes == B * 4 * a_token
    assert pages.nbytes == B * 16 * a_token


PUBLISHED = {  # layers, key-value heads, head_dim; bytes a token in 16 bits
    "Llama-2-7B": ((32, 32, 128), 524_288),
    "Llama-3-8B": ((32, 8, 128), 131_072),
    "Llama-3.1-70B": ((80, 8, 128), 327_680),
    "Llama-3.1-405B": ((126, 8, 128), 516_096),
    "Qwen3-235B-A22B": ((94, 4, 128), 192_512),
    "SmolLM2-135M": ((30, 3, 64), 23_040),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_models_of_shared_heads(name):
    sizes, expected = PUBLISHED[name]
    assert cache_bytes_per_token(*sizes) == expected


@pytest.mark.parametrize(
    ("layers", "expected"), [(60, 69_120), (61, 70_272)], ids=["V2", "V3"]
)
def test_published_models_with_latents(layers, expected):
    assert latent_cache_bytes_per_token(layers, 512, 64) == expected


def test_what_publishers_state_of_their_caches():
    """Llama 3.1's blog for 128,000 tokens; DeepSeek-V2's table 1 and table 9."""
    gib = [cache_bytes_per_token(n, 8, 128) * 128_000 / 2**30 for n in (32, 80)]
    assert [round(size, 2) for size in gib] == [15.62, 39.06]
    of_layer = latent_cache_bytes_per_token(1, 512, 64)
    assert of_layer / cache_bytes_per_token(1, 1, 128) == 2.25  # "groups"
    assert latent_cache_bytes_per_token(60, 512, 64) // 2 == 34_560  # "34.6 K"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cache_bytes_per_token(0, 1, 1), "cache_bytes_per_token: num_layers "
         "must be at least 1; got num_layers=0."),
        (lambda: cache_bytes_per_token(1, 0, 1), "cache_bytes_per_token: num_kv_heads "
         "must be at least 1; got num_kv_heads=0."),
        (lambda: latent_cache_bytes_per_token(1, 1, 0), "latent_cache_bytes_per_token: "
         "d_rope must be at least 1; got d_rope=0."),
    ],
)  # fmt: skip
def test_caches_that_cannot_be_are_refused(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
