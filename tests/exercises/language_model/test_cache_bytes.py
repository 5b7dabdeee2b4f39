"""The answer, and the cases that must be there."""

import torch

from attn_helpers.exercises.language_model.cache_bytes import EXERCISE, cache_bytes
from attn_helpers.layers.kv_cache import KVCache

CASES = [case.args for case in EXERCISE.cases(0)]


def held(rows, *shape):
    """The bytes of a cache with so many rows."""
    cache = KVCache()
    k, v, _ = cache.append(*torch.zeros(2, *shape[:-1], rows, shape[-1]).half())
    return k.nbytes + v.nbytes


def test_bytes_agree_with_the_books_cache():
    for layers, heads, kv_heads, d, latent, rope in CASES:
        wanted = [layers * (held(3, h, d) - held(2, h, d)) for h in (heads, kv_heads)]
        row = torch.zeros(layers, latent + rope).half().nbytes
        assert cache_bytes(layers, heads, kv_heads, d, latent, rope) == (*wanted, row)


def test_numbers_that_are_told():
    mha, _, mla = cache_bytes(60, 128, 1, 128, 512, 64)
    assert mla == 69_120
    assert round(mha / 1e6, 1) == 3.9
    assert mla / cache_bytes(60, 1, 1, 128, 512, 64)[0] == 2.25


def test_sizes_are_tried_that_hide_no_factor():
    layers, heads, kv_heads, d, latent, rope = CASES[0]
    assert len({2, layers, heads, kv_heads, heads // kv_heads, d, latent, rope}) == 7
    assert any(kv_heads < heads // kv_heads for _, heads, kv_heads, *_ in CASES)
