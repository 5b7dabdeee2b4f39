import tracemalloc

import numpy as np
import pytest

from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.reference.blocked_attention import blocked_attention

B, H, T_Q, T_K, D_K, D_V = 2, 3, 17, 23, 11, 13


def qkv(dtype=np.float64):
    rng = np.random.default_rng(0)
    shapes = (T_Q, D_K), (T_K, D_K), (T_K, D_V)
    return [rng.standard_normal((B, H, *shape)).astype(dtype) for shape in shapes]


@pytest.mark.parametrize("block", [1, 4, 17, 100])
@pytest.mark.parametrize("masked", [False, True])
def test_the_size_of_a_block_changes_nothing(block, masked):
    mask = np.random.default_rng(1).random((H, T_Q, T_K)) < 0.6 if masked else None
    if masked:
        mask[:, 3] = False
    output, weights = blocked_attention(*qkv(), mask, block=block)
    want, _ = scaled_dot_product_attention(*qkv(), mask)
    np.testing.assert_allclose(output, want, atol=1e-13)
    assert weights is None


def test_batch_axes_broadcast():
    q, k, v = qkv()
    output, _ = blocked_attention(q, k[:1, :1], v[0], block=5)
    want, _ = scaled_dot_product_attention(q, k[:1, :1], v[0])
    np.testing.assert_allclose(output, want, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_the_dtype_is_kept(dtype):
    output, _ = blocked_attention(*qkv(dtype), block=5)
    want, _ = scaled_dot_product_attention(*(x.astype(np.float64) for x in qkv(dtype)))
    assert output.dtype == dtype
    assert np.abs(output - want).max() < 4 * np.finfo(dtype).eps


def test_what_it_needs_beyond_the_output_is_one_table():
    x = np.zeros((3, 1024, 16), np.float32)
    blocked_attention(x, x, x)
    tracemalloc.start()
    blocked_attention(x, x, x, block=64)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < x.nbytes + 1.2 * 4 * 64 * 1024


def test_wrong_input_is_refused_in_our_words():
    with pytest.raises(ValueError, match="blocked_attention: block must be"):
        blocked_attention(*qkv(), block=0)
    with pytest.raises(ValueError, match="blocked_attention: mask must broadcast"):
        blocked_attention(*qkv(), np.ones((T_K, T_Q), bool))
