import copy
import gc

import pytest
import torch

from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.paged_cache import PagedCache, PagePool
from attn_helpers.layers.positions import Rotary
from attn_helpers.reference.masks import causal_mask


def rows(t, *batch, seed=0, width=3):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*batch, t, width, generator=generator)


def grow(cache, *parts, seed=0, batch=(2,)):
    """Append parts of these lengths; what came back last."""
    for i, t in enumerate(parts):
        k = rows(t, *batch, seed=seed + i)
        got = cache.append(k, rows(t, *batch, seed=seed + i + 100, width=5))
    return got


def same(got, expected):
    return all(map(torch.equal, got[:2], expected[:2])) and got[2] == expected[2]


# --- one text ------------------------------------------------------------------------


@pytest.mark.parametrize("page", [1, 2, 3, 5, 64])
@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
@pytest.mark.parametrize("parts", [[7], [1] * 7, [2, 5], [3, 1, 11, 1], [5, 0, 1]])
def test_it_gives_back_what_a_plain_cache_does(page, batch, parts):
    cache, plain = PagedCache(PagePool(pages=17, page=page)), KVCache()
    for i, t in enumerate(parts):
        got = grow(cache, t, seed=i, batch=batch)
        assert same(got, grow(plain, t, seed=i, batch=batch))
        assert len(cache) == len(plain)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_layer_attends_to_pages_as_to_a_plain_cache(mode, dtype):
    torch.manual_seed(0)
    layer = MultiHeadAttention(6 * 4, 6, 2, attend=Rotary()).to(dtype)
    x = torch.randn(2, 19, 24, dtype=dtype)
    cache, plain = PagedCache(PagePool(pages=5, page=4)), KVCache()
    with mode():
        for part in x.split([11, 1, 1, 5, 1], dim=1):
            t, first = part.shape[1], len(cache)
            mask = torch.from_numpy(causal_mask(t, first + t, first))
            output, _ = layer(part, mask=mask, cache=cache)
            assert torch.equal(output, layer(part, mask=mask, cache=plain)[0])


def test_a_page_is_taken_when_it_is_needed_and_not_before():
    pool = PagePool(pages=5, page=3)
    cache, taken = PagedCache(pool), []
    for _ in range(7):
        grow(cache, 1)
        taken.append((len(cache.table), pool.free))
    assert taken == [(1, 4), (1, 4), (1, 4), (2, 3), (2, 3), (2, 3), (3, 2)]
    assert cache.nbytes == 3 * 3 * 2 * (3 + 5) * 4  # pages · rows · batch · numbers · 4


def test_texts_by_turns_lie_in_pages_here_and_there():
    pool = PagePool(pages=8, page=2)
    one, other = PagedCache(pool), PagedCache(pool)
    plain = KVCache(), KVCache()
    for turn in range(7):
        assert same(grow(one, 1, seed=turn), grow(plain[0], 1, seed=turn))
        assert same(grow(other, 1, seed=turn + 50), grow(plain[1], 1, seed=turn + 50))
    assert one.table == [0, 2, 4, 6] and other.table == [1, 3, 5, 7] and pool.free == 0


def test_what_lies_in_a_page_from_before_is_never_seen():
    pool = PagePool(pages=2, page=3)
    cache = PagedCache(pool)
    nan = torch.full((2, 6, 3), torch.nan)
    cache.append(nan, torch.full((2, 6, 5), torch.nan))
    cache.truncate(0)
    k, v, _ = grow(cache, 4)
    assert k.isfinite().all() and v.isfinite().all()


# --- a beginning in common -----------------------------------------------------------


@pytest.mark.parametrize("common", [1, 2, 3, 4, 5, 6])
def test_three_texts_with_one_beginning_go_their_own_ways(common):
    """A half-full page that is shared is copied by who writes, or all would agree."""
    pool = PagePool(pages=20, page=3)
    caches, plain = [PagedCache(pool)], [KVCache()]
    grow(caches[0], common)
    grow(plain[0], common)
    for _ in range(2):
        caches.append(copy.copy(caches[0]))
        plain.append(copy.copy(plain[0]))
    assert pool.free == 20 - len(caches[0].table)
    for turn in range(7):
        for i, (cache, its) in enumerate(zip(caches, plain, strict=True)):
            seed = 10 * turn + i
            assert same(grow(cache, 1, seed=seed), grow(its, 1, seed=seed))
    full = common // 3
    assert len({tuple(cache.table[:full]) for cache in caches}) == 1
    owned = [number for cache in caches for number in cache.table[full:]]
    assert len(set(owned)) == len(owned)


def test_who_writes_last_into_a_page_needs_no_copy():
    pool = PagePool(pages=5, page=3)
    one = PagedCache(pool)
    grow(one, 2)
    other = copy.copy(one)
    grow(other, 1)
    assert (one.table, other.table, pool.users) == ([0], [1], [1, 1, 0, 0, 0])
    grow(one, 1)
    assert one.table == [0] and pool.free == 3


def test_going_back_into_a_shared_page_leaves_the_other_text_alone():
    pool = PagePool(pages=5, page=3)
    one = PagedCache(pool)
    grow(one, 6)
    other = copy.copy(one)
    other.truncate(4)
    grow(other, 1, seed=7)
    expected = KVCache()
    grow(expected, 6)
    assert same(grow(one, 1, seed=3), grow(expected, 1, seed=3))


# --- pages come back, and run out ----------------------------------------------------


def test_pages_come_back_when_nobody_holds_them():
    pool = PagePool(pages=5, page=3)
    one = PagedCache(pool)
    grow(one, 8)
    other = copy.copy(one)
    assert pool.free == 2
    one.truncate(4)
    assert pool.free == 2  # the other one still holds page 2
    other.truncate(0)
    assert pool.free == 3 and one.table == [0, 1]
    del one
    gc.collect()
    assert pool.free == 5


def test_a_full_pool_is_told_and_nothing_is_lost():
    pool = PagePool(pages=3, page=2)
    cache, plain = PagedCache(pool), KVCache()
    grow(cache, 3), grow(plain, 3)
    other = copy.copy(cache)
    with pytest.raises(MemoryError) as caught:
        grow(cache, 4, seed=1)
    assert str(caught.value) == (
        "PagedCache: the pool must have pages enough for all new rows; got 3 wanted "
        "and 1 free. Delete a cache that is no longer needed."
    )
    assert (len(cache), cache.table, pool.free) == (3, [0, 1], 1)
    assert same(grow(cache, 1, seed=2), grow(plain, 1, seed=2))
    assert cache.table == [0, 2] and other.table == [0, 1]
    with pytest.raises(MemoryError, match="got 1 wanted and 0 free"):
        grow(cache, 1, seed=3)
    assert same(grow(other, 1, seed=2), (*cache.append(*nothing())[:2], 3))
    del other
    assert same(grow(cache, 1, seed=3), grow(plain, 1, seed=3))


def nothing():
    return torch.ones(2, 0, 3), torch.ones(2, 0, 5)


def test_the_copy_of_a_shared_page_counts_among_the_pages_wanted():
    pool = PagePool(pages=1, page=3)
    one = PagedCache(pool)
    grow(one, 2)
    other = copy.copy(one)
    with pytest.raises(MemoryError, match="got 1 wanted and 0 free"):
        grow(other, 1, seed=1)
    assert other.table == [0] and pool.users == [2]
    grow(one, 0)


@pytest.mark.parametrize(
    ("k", "v", "message"),
    [
        (torch.ones(2, 1, 4), torch.ones(2, 1, 5), "k must fit the pages, in dtype and "
         "in all axes but t; got page (2, 3, 3) and new (2, 1, 4), torch.float32 and "
         "torch.float32."),
        (torch.ones(2, 1, 3), torch.ones(1, 1, 5), "v must fit the pages, in dtype and "
         "in all axes but t; got page (2, 3, 5) and new (1, 1, 5), torch.float32 and "
         "torch.float32."),
        (torch.ones(2, 1, 3).half(), torch.ones(2, 1, 5), "k must fit the pages, in "
         "dtype and in all axes but t; got page (2, 3, 3) and new (2, 1, 3), "
         "torch.float32 and torch.float16."),
        (torch.ones(2, 1, 3), torch.ones(2, 1, 5, requires_grad=True), "v is written "
         "into pages, which keep no gradient; got v that requires one. Read the text "
         "under torch.no_grad()."),
    ],
)  # fmt: skip
def test_rows_that_fit_no_page_are_refused_and_not_kept(k, v, message):
    pool = PagePool(pages=5, page=3)
    cache = PagedCache(pool)
    grow(cache, 2)
    with pytest.raises(ValueError) as caught:
        cache.append(k, v)
    assert str(caught.value) == f"PagedCache: {message}"
    assert len(cache) == 2 and pool.free == 4


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((0, 3), "pages must be at least 1; got pages=0."),
        ((3, 0), "page must be at least 1; got page=0."),
    ],
)
def test_pools_that_cannot_be_are_refused(sizes, message):
    with pytest.raises(ValueError) as caught:
        PagePool(*sizes)
    assert str(caught.value) == f"PagePool: {message}"


def test_pages_that_were_begun_in_inference_serve_outside_of_it():
    cache = PagedCache(PagePool(pages=5, page=3))
    with torch.inference_mode():
        grow(cache, 2)
    k, _, _ = grow(cache, 2)
    assert not k.is_inference() and k.shape == (2, 4, 3)


def test_on_another_device_pages_stay_there():
    cache = PagedCache(PagePool(pages=5, page=3))
    for t in (4, 1):
        new = torch.ones(2, t, 3, device="meta")
        k, v, _ = cache.append(new, new)
    assert k.is_meta and v.is_meta and k.shape == (2, 5, 3)
