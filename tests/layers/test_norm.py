import numpy as np
import pytest
import torch
from torch.testing import assert_close

from attn_helpers.layers.attention import ScoreAttention, attention
from attn_helpers.layers.norm import Normed
from attn_helpers.layers.positions import Rotary
from attn_helpers.layers.scoring import ScaledDotScore
from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.reference.masks import causal_mask

B, H, T_Q, T_K, D_K, D_V = 2, 3, 5, 7, 10, 13


def qkv(dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(B, H, *size, generator=generator, dtype=torch.float64).to(dtype)
        for size in ((T_Q, D_K), (T_K, D_K), (T_K, D_V))
    ]


def of_one_length(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True) * D_K**0.5


@pytest.mark.parametrize("attend", [attention, ScoreAttention(ScaledDotScore())])
def test_it_is_attention_between_vectors_of_one_length(attend):
    q, k, v = qkv()
    mask = causal_mask(T_Q, T_K)
    expected = scaled_dot_product_attention(
        of_one_length(q.numpy()), of_one_length(k.numpy()), v.numpy(), mask
    )
    got = Normed(attend)(q, k, v, torch.from_numpy(mask), need_weights=True)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-14)
    assert Normed(attend)(q, k, v)[1] is None


@pytest.mark.parametrize("size", [1e-30, 1e-3, 1e3, 1e30, 3e37])
def test_how_long_the_vectors_were_does_not_matter(size):
    q, k, v = qkv(torch.float32)
    expected, _ = Normed()(q, k, v)
    long = (size * k).requires_grad_()
    got, _ = Normed()(size * q, long, v)
    assert_close(got, expected, atol=1e-4, rtol=1e-4)
    got.sum().backward()
    assert long.grad.isfinite().all()


def test_a_vector_of_zeros_stays():
    q, k, v = qkv()
    q[:] = 0.0
    assert_close(Normed()(q, k, v)[0], v.mean(-2, keepdim=True).expand(B, H, T_Q, D_V))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_kept_and_measured_in_full(dtype):
    q, k, v = qkv(dtype)
    q *= 1000  # whose squares float16 does not hold
    got, _ = Normed()(q, k, v)
    expected, _ = Normed()(q.double(), k.double(), v.double())
    assert got.dtype == dtype
    assert_close(got.double(), expected, atol=0.02, rtol=0.02)


def test_what_attends_is_told_where_the_queries_stand():
    _, k, v = qkv()
    whole, _ = Normed(Rotary())(k, k, v)
    step, weights = Normed(Rotary())(k[..., 4:5, :], k, v, first=4)
    assert weights is None
    assert_close(step[..., 0, :], whole[..., 4, :])


def test_what_is_no_attention_is_refused():
    q, k, v = qkv()
    with pytest.raises(ValueError, match=r"Normed: q and k must share d_k"):
        Normed()(q[..., 1:], k, v)
