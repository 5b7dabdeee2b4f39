import copy

import pytest
import torch
from torch.testing import assert_close

from attn_helpers.layers.attention import ScoreAttention, attention
from attn_helpers.layers.kv_cache import KVCache, for_rows_held
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.paged_cache import PagedCache, PagePool
from attn_helpers.layers.positions import Rotary
from attn_helpers.layers.relative_positions import AlibiBias, BiasedScore
from attn_helpers.layers.window_cache import WindowCache
from attn_helpers.reference.masks import causal_mask, padding_mask

B, T, HEADS, D_MODEL = 2, 7, 3, 3 * 10
ATTENDS = {
    "attention": attention,
    "rotary": Rotary(attention),
    "ALiBi": ScoreAttention(BiasedScore(AlibiBias(HEADS))),
    "both": Rotary(ScoreAttention(BiasedScore(AlibiBias(HEADS)))),
}
each_attend = pytest.mark.parametrize("attend", ATTENDS.values(), ids=ATTENDS)


def layer_and_rows(attend=attention, num_kv_heads=None):
    torch.manual_seed(0)
    layer = MultiHeadAttention(D_MODEL, HEADS, num_kv_heads, attend=attend)
    return layer.double(), torch.randn(B, T, D_MODEL, dtype=torch.float64)


def in_parts(layer, x, parts, masks=None):
    """The outputs of ``x`` read in parts of these lengths, with one cache."""
    cache, outputs, weights = KVCache(), [], []
    for i, part in enumerate(x.split(parts, dim=1)):
        mask = None if masks is None else masks[i]
        output, its_weights = layer(part, mask=mask, need_weights=True, cache=cache)
        outputs.append(output)
        weights.append(its_weights)
    return torch.cat(outputs, dim=1), weights, cache


@each_attend
@pytest.mark.parametrize("num_kv_heads", [1, 3])
def test_row_by_row_is_the_same_as_all_at_once(attend, num_kv_heads):
    layer, x = layer_and_rows(attend, num_kv_heads)
    causal = torch.from_numpy(causal_mask(T))
    whole, whole_weights = layer(x, mask=causal, need_weights=True)
    output, weights, cache = in_parts(layer, x, 1)
    assert_close(output, whole)
    for t, row in enumerate(weights):
        assert_close(row[..., 0, :], whole_weights[..., t, : t + 1])
    assert len(cache) == T and cache.k.shape == (B, num_kv_heads, T, 10)


@each_attend
def test_parts_of_any_length_go_on_where_the_last_ended(attend):
    layer, x = layer_and_rows(attend)
    causal = torch.from_numpy(causal_mask(T))
    masks = causal[:2, :2], causal[2:5, :5], causal[5:]
    output, _, _ = in_parts(layer, x, [2, 3, 2], masks)
    assert_close(output, layer(x, mask=causal)[0])


@pytest.mark.parametrize("odd", [0.0, 1e300, torch.nan, torch.inf])
def test_padding_that_is_kept_and_hidden_is_never_felt(odd):
    """Prompts of unequal lengths, filled up on the left, then one row more each."""
    layer, x = layer_and_rows()
    real = torch.from_numpy(padding_mask([T, 4], T)).flip(-1)  # (b, 1, t)
    x[1, :3] = odd
    prompt = real[..., :-1] & torch.from_numpy(causal_mask(T - 1))
    output, _, _ = in_parts(layer, x, [T - 1, 1], [prompt, real])
    alone, _, _ = in_parts(layer, x[1:, 3:], 1)
    assert_close(output[1, 3:], alone[0])
    gradients = torch.autograd.grad(output[1, 3:].sum(), layer.parameters())
    expected = torch.autograd.grad(alone.sum(), layer.parameters())
    for one, other in zip(gradients, expected, strict=True):
        assert_close(one, other)


@pytest.mark.parametrize("num_kv_heads", [1, 2, 3, 6])
@pytest.mark.parametrize("parts", [[13, 5], [2, 11, 5], [7, 11], [18]])
@pytest.mark.parametrize("attend", [attention, Rotary()], ids=["plain", "rotary"])
def test_a_prompt_in_parts_is_the_prompt_in_one_go(num_kv_heads, parts, attend):
    """Each part's mask begins where the part stands, and not in a corner."""
    torch.manual_seed(1)
    layer = MultiHeadAttention(6 * 4, 6, num_kv_heads, attend=attend).double()
    x = torch.randn(B, sum(parts), 24, dtype=torch.float64)
    ends = torch.tensor(parts).cumsum(0).tolist()
    masks = [
        torch.from_numpy(causal_mask(part, end, first=end - part))
        for part, end in zip(parts, ends, strict=True)
    ]
    output, _, _ = in_parts(layer, x, parts, masks)
    whole, _ = layer(x, mask=torch.from_numpy(causal_mask(x.shape[1])))
    assert_close(output, whole)


@pytest.mark.parametrize("num_kv_heads", [1, 2, 3, 6])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_held_are_the_key_value_heads_and_not_their_repetitions(
    num_kv_heads, dtype
):
    layer, cache = MultiHeadAttention(6 * 5, 6, num_kv_heads).to(dtype), KVCache()
    for t in (T, 1, 1):
        layer(torch.ones(B, t, 30, dtype=dtype), cache=cache)
    assert cache.k.shape == cache.v.shape == (B, num_kv_heads, T + 2, 5)
    assert cache.nbytes == 2 * B * num_kv_heads * (T + 2) * 5 * dtype.itemsize
    stored = cache.k.untyped_storage().nbytes() + cache.v.untyped_storage().nbytes()
    assert stored == cache.nbytes


def test_gradients_reach_rows_that_were_kept():
    layer, x = layer_and_rows()
    x.requires_grad_()
    causal = torch.from_numpy(causal_mask(T))
    output, _, _ = in_parts(layer, x, 1)
    got = torch.autograd.grad(output[:, -1].sin().sum(), [x, *layer.parameters()])
    last = layer(x, mask=causal)[0][:, -1]
    expected = torch.autograd.grad(last.sin().sum(), [x, *layer.parameters()])
    for one, other in zip(got, expected, strict=True):
        assert_close(one, other)


def test_keys_are_kept_as_they_were_projected():
    layer, x = layer_and_rows(Rotary(attention))
    cache = KVCache()
    layer(x, cache=cache)
    for kept, projection in ((cache.k, layer.k_proj), (cache.v, layer.v_proj)):
        expected = projection(x).reshape(B, T, HEADS, 10).permute(0, 2, 1, 3)
        assert torch.equal(kept, expected)


def test_a_copy_goes_its_own_way():
    """Two continuations of one beginning, as in a search over beams."""
    cache = KVCache()
    cache.append(torch.ones(2, 5, 3), torch.ones(2, 5, 3))
    other = copy.copy(cache)
    other.append(torch.zeros(2, 1, 3), torch.zeros(2, 1, 3))
    assert len(cache) == 5 and len(other) == 6 and (cache.k == 1).all()


def test_rows_of_the_batch_are_picked_and_go_on_their_own_way():
    cache = KVCache()
    k, v = torch.arange(6.0).reshape(3, 1, 2), torch.arange(12.0).reshape(3, 1, 4)
    cache.append(k, v)
    chosen = cache[torch.tensor([2, 0, 2, 1])]
    assert torch.equal(chosen.k, k[[2, 0, 2, 1]])
    assert torch.equal(chosen.v, v[[2, 0, 2, 1]])
    chosen.append(torch.ones(4, 1, 2), torch.ones(4, 1, 4))
    assert len(chosen) == 2 and len(cache) == 1 and cache.k is k
    assert len(KVCache()[torch.tensor([0, 0])]) == 0
    assert type(WindowCache(window=5)[torch.tensor([0, 0])]) is WindowCache


CACHES = {
    "all rows": KVCache,
    "window": lambda: WindowCache(window=5, spare=3),
    "pages": lambda: PagedCache(PagePool(pages=7, page=3)),
}


def rows(t, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(B, t, 3, generator=generator)


@pytest.mark.parametrize("new_cache", CACHES.values(), ids=CACHES)
@pytest.mark.parametrize("kept", [7, 6, 5, 4])
def test_rows_that_were_taken_back_have_never_been_read(new_cache, kept):
    """Part of the contract of a cache: who guesses ahead has to come back."""
    cache, other = new_cache(), new_cache()
    cache.append(rows(4, 0), rows(4, 1))
    cache.append(rows(3, 2), rows(3, 3))
    cache.truncate(kept)
    assert len(cache) == kept
    other.append(rows(4, 0), rows(4, 1))
    other.append(rows(3, 2)[:, : kept - 4], rows(3, 3)[:, : kept - 4])
    for seed, t in enumerate((2, 1, 1), start=4):
        got = cache.append(rows(t, seed), rows(t, seed + 9))
        expected = other.append(rows(t, seed), rows(t, seed + 9))
        assert all(map(torch.equal, got[:2], expected[:2])) and got[2] == expected[2]
        assert len(cache) == len(other)


@pytest.mark.parametrize("new_cache", CACHES.values(), ids=CACHES)
def test_a_cache_that_was_emptied_begins_anew(new_cache):
    cache = new_cache()
    cache.append(rows(4, 0), rows(4, 1))
    cache.truncate(0)
    assert len(cache) == 0
    k, v = rows(2, 2), rows(2, 3)
    got_k, got_v, first = cache.append(k, v)
    assert torch.equal(got_k, k) and torch.equal(got_v, v) and first == 0


@pytest.mark.parametrize("name", CACHES)
@pytest.mark.parametrize(
    ("length", "kind", "message"),
    [
        (5, ValueError, "length must be at most len(cache); got length=5 and "
         "len(cache)=4."),
        (-1, ValueError, "length must be at least 0; got length=-1."),
        (2.0, TypeError, "length must be a whole number; got length of type float."),
    ],
)  # fmt: skip
def test_what_cannot_be_gone_back_to_is_refused(name, length, kind, message):
    cache = CACHES[name]()
    cache.append(rows(4, 0), rows(4, 1))
    with pytest.raises(kind) as caught:
        cache.truncate(length)
    assert str(caught.value) == f"{type(cache).__name__}: {message}"
    assert len(cache) == 4


def test_a_copy_keeps_the_rows_that_the_other_takes_back():
    cache = KVCache()
    cache.append(rows(4, 0), rows(4, 1))
    other = copy.copy(cache)
    cache.truncate(1)
    cache.append(rows(2, 2), rows(2, 3))
    assert torch.equal(other.k, rows(4, 0)) and torch.equal(other.v, rows(4, 1))


def test_of_a_mask_the_columns_of_the_last_rows_are_used():
    mask, k = torch.rand(B, 2, 7) > 0.5, torch.ones(B, 5, 3)
    assert torch.equal(for_rows_held(mask, k), mask[..., 2:])
    for whole in (None, mask[..., :1], mask[..., :5], torch.tensor(True)):
        assert for_rows_held(whole, k) is whole


def test_an_empty_cache_says_that_it_is_empty():
    cache = KVCache()
    assert len(cache) == cache.nbytes == 0 and cache.k is None
    k, v = torch.ones(2, 5, 3), torch.zeros(2, 5, 11)
    assert cache.append(k, v) == (k, v, 0)


@pytest.mark.parametrize(
    ("k", "v", "message"),
    [
        ((2, 1, 4), (2, 1, 11), "k must go on from what the cache holds, in all axes "
         "but t; got held (2, 5, 3) and new (2, 1, 4)."),
        ((3, 1, 3), (3, 1, 11), "k must go on from what the cache holds, in all axes "
         "but t; got held (2, 5, 3) and new (3, 1, 3)."),
        ((2, 1, 3), (2, 1, 3), "v must go on from what the cache holds, in all axes "
         "but t; got held (2, 5, 11) and new (2, 1, 3)."),
    ],
)  # fmt: skip
def test_rows_that_do_not_go_on_are_refused_and_not_kept(k, v, message):
    cache = KVCache()
    cache.append(torch.ones(2, 5, 3), torch.ones(2, 5, 11))
    with pytest.raises(ValueError) as caught:
        cache.append(torch.ones(k), torch.ones(v))
    assert str(caught.value) == f"KVCache: {message}"
    assert cache.k.shape == (2, 5, 3) and cache.v.shape == (2, 5, 11)


def test_a_cache_beside_a_memory_is_refused():
    layer, x = layer_and_rows()
    with pytest.raises(ValueError) as caught:
        layer(x, x, cache=KVCache())
    assert str(caught.value) == (
        "MultiHeadAttention: a cache holds the rows of x itself, so memory must be "
        "None; got both a memory and a cache."
    )


def test_a_mask_must_count_the_rows_that_are_kept():
    layer, x = layer_and_rows()
    cache = KVCache()
    layer(x, cache=cache)
    with pytest.raises(ValueError) as caught:
        layer(x[:, :1], mask=torch.ones(1, T) > 0, cache=cache)
    assert str(caught.value) == (
        "MultiHeadAttention: mask must broadcast to the scores (2, 1, 8); "
        "got mask (1, 7)."
    )
    assert len(cache) == T
