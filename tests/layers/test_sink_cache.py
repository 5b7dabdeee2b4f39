import copy

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from attn_helpers.layers.attention import attention
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.positions import Rotary
from attn_helpers.layers.sink_cache import SinkCache
from attn_helpers.layers.window_cache import WindowCache
from attn_helpers.models.language_model import llama
from attn_helpers.reference import positions
from attn_helpers.reference.attention import scaled_dot_product_attention

B, T, H, D_MODEL = 2, 23, 3, 3 * 4
each_size = pytest.mark.parametrize(
    ("window", "sinks"), [(1, 0), (5, 0), (1, 1), (2, 3), (5, 4), (7, 2), (31, 4)]
)


def layer_and_rows(attend=attention):
    torch.manual_seed(0)
    layer = MultiHeadAttention(D_MODEL, H, num_kv_heads=1, attend=attend)
    return layer.double(), torch.randn(B, T, D_MODEL, dtype=torch.float64)


def row_by_row(layer, x, cache):
    return torch.cat([layer(row, cache=cache)[0] for row in x.split(1, dim=1)], dim=1)


def held_at(place, window, sinks):
    """Which rows the query of this place may see."""
    return [i for i in range(place + 1) if i < sinks or i > place - window]


@each_size
@pytest.mark.parametrize("turned", [False, True], ids=["attention", "rotary"])
def test_each_query_sees_the_first_and_the_last_rows_at_places_in_the_cache(
    turned, window, sinks
):
    """The reference turns the rows of each step anew, by where they stand in it."""
    layer, x = layer_and_rows(Rotary() if turned else attention)
    got = row_by_row(layer, x, SinkCache(window, sinks))
    q, k, v = (
        p(x).detach().numpy() for p in (layer.q_proj, layer.k_proj, layer.v_proj)
    )
    for place in range(T):
        seen = held_at(place, window, sinks)
        keys = (
            positions.rope(k[:, seen], np.arange(len(seen))) if turned else k[:, seen]
        )
        heads = []
        for head in range(H):
            query = q[:, [place], 4 * head : 4 * head + 4]
            if turned:
                query = positions.rope(query, np.array([len(seen) - 1]))
            heads.append(scaled_dot_product_attention(query, keys, v[:, seen])[0])
        expected = layer.out_proj(torch.from_numpy(np.concatenate(heads, axis=-1)))
        assert_close(got[:, [place]], expected)


@each_size
def test_it_stays_small_and_knows_how_much_it_has_read(window, sinks):
    layer, x = layer_and_rows()
    cache = SinkCache(window, sinks)
    for place in range(T):
        assert len(cache) == place
        layer(x[:, [place]], cache=cache)
        kept = min(place + 1, sinks + window - 1)
        assert cache.k.shape == cache.v.shape == (B, 1, kept, 4)
        assert cache.k.untyped_storage().nbytes() <= 8 * B * (kept + 1) * D_MODEL


def test_without_sinks_it_is_a_window():
    layer, x = layer_and_rows(Rotary())
    got = row_by_row(layer, x, SinkCache(5, sinks=0))
    assert_close(got, row_by_row(layer, x, WindowCache(5)))


def test_until_it_is_full_it_is_a_cache_of_all_rows():
    layer, x = layer_and_rows(Rotary())
    few, every = SinkCache(window=7, sinks=4), KVCache()
    mask = torch.ones(7, 7, dtype=torch.bool).tril()
    for part, how in (
        (x[:, :7], {"mask": mask}),
        *((x[:, [i]], {}) for i in range(7, 11)),
    ):
        got, _ = layer(part, cache=few, **how)
        assert_close(got, layer(part, cache=every, **how)[0])


def test_a_language_model_reads_on_with_it():
    torch.manual_seed(0)
    model = llama(11, 12, num_heads=3, num_kv_heads=1, num_layers=2, d_ff=17)
    text = torch.randint(11, (B, T))
    caches = [SinkCache(window=5, sinks=2) for _ in model.blocks]
    with torch.inference_mode():
        start = model(text[:, :7], caches)
        assert_close(start, model(text[:, :7]))
        for place in range(7, T):
            logits = model(text[:, [place]], caches)
    assert logits.isfinite().all() and len(caches[1]) == T
    assert caches[1].k.shape[-2] == 6


def test_rows_have_to_come_one_by_one_once_it_is_full():
    cache, rows = SinkCache(window=3, sinks=2), torch.ones(B, 3, 5)
    cache.append(rows, rows)
    with pytest.raises(ValueError) as caught:
        cache.append(rows, rows)
    assert str(caught.value) == (
        "SinkCache: held + new rows must be at most sinks + window; "
        "got held + new rows=6 and sinks + window=5."
    )
    assert len(cache) == 3  # nothing was taken in
    cache.append(rows[:, :2], rows[:, :2])
    assert len(cache) == 5 and cache.k.shape[-2] == 4


def test_going_back_is_for_a_cache_that_has_let_nothing_go():
    cache, one = SinkCache(window=3, sinks=2), torch.ones(B, 1, 5)
    for _ in range(4):
        cache.append(one, one)
    cache.truncate(1)
    assert len(cache) == 1 and cache.k.shape[-2] == 1
    for _ in range(6):
        cache.append(one, one)
    cache.truncate(7)
    with pytest.raises(ValueError) as caught:
        cache.truncate(6)
    assert str(caught.value) == (
        "SinkCache: length must be 7, as older rows have been let go; got length=6."
    )


def test_copies_and_picked_rows_go_their_own_way():
    cache, row = SinkCache(window=2, sinks=1), torch.ones(B, 1, 3)
    for _ in range(5):
        cache.append(row, row)
    for other in (copy.copy(cache), cache[torch.tensor([1, 0, 1])]):
        new = torch.zeros(len(other.k), 1, 3)
        k, _, first = other.append(new, new)
        assert len(other) == 6 and first == 2 and k.shape == (len(new), 3, 3)
    assert len(cache) == 5 and (cache.k == 1).all()


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0,), "window must be at least 1; got window=0."),
        ((3, -1), "sinks must be at least 0; got sinks=-1."),
    ],
)
def test_sizes_that_cannot_be_are_refused(sizes, message):
    with pytest.raises(ValueError) as caught:
        SinkCache(*sizes)
    assert str(caught.value) == f"SinkCache: {message}"


def test_on_another_device_rows_stay_there():
    cache, row = SinkCache(window=3, sinks=1), torch.ones(B, 1, 5, device="meta")
    for _ in range(7):
        k, _, _ = cache.append(row, row)
    assert k.is_meta and cache.k.is_meta and k.shape == (B, 4, 5)
