import pytest
import torch

from attn_helpers.cost import cache_bytes_per_token, latent_cache_bytes_per_token
from attn_helpers.efficient.latent import Absorbed, LatentAttention
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.paged_cache import PagedCache, PagePool
from attn_helpers.layers.window_cache import WindowCache
from attn_helpers.models.language_model import llama

B, D_MODEL = 2, 42
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
