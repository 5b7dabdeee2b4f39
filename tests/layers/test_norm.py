import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from attn_helpers.layers.attention import ScoreAttention, attention
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.norm import Normed, QKNorm
from attn_helpers.layers.positions import Rotary, rope
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


def with_gains(attend=attention):
    torch.manual_seed(1)
    layer = QKNorm(D_K, attend).double()
    nn.init.normal_(layer.q_gain)
    nn.init.normal_(layer.k_gain)
    return layer


@pytest.mark.parametrize("attend", [attention, ScoreAttention(ScaledDotScore())])
def test_gains_multiply_rows_normalised_as_torch_does_it(attend):
    layer, (q, k, v) = with_gains(attend), qkv()
    mask = torch.from_numpy(causal_mask(T_Q, T_K))
    norms = []
    for gain in (layer.q_gain, layer.k_gain):
        norm = nn.RMSNorm(D_K, eps=0.0).double()
        norm.weight = gain
        norms.append(norm)
    expected = attention(norms[0](q), norms[1](k), v, mask, need_weights=True)
    got = layer(q, k, v, mask, need_weights=True)
    for one, other in zip(got, expected, strict=True):
        assert_close(one, other)
    wanted = torch.autograd.grad(expected[0].square().sum(), list(layer.parameters()))
    found = torch.autograd.grad(got[0].square().sum(), list(layer.parameters()))
    assert_close(found, wanted)


def test_gains_begin_at_1_and_are_learnt():
    q, k, v = qkv(torch.float32)
    layer = QKNorm(D_K)
    assert_close(layer(q, k, v), Normed()(q, k, v))
    assert [(n, p.shape) for n, p in layer.named_parameters()] == [
        ("q_gain", (D_K,)),
        ("k_gain", (D_K,)),
    ]


def test_the_score_depends_on_the_distance_alone_only_with_gains_before_the_turn():
    q, k, _ = qkv()
    layer = with_gains()
    here, there = torch.tensor([2, 3]), torch.tensor([9, 10])  # the same distance

    def score(places, change):
        pair = torch.stack([q[0, 0, 0], k[0, 0, 0]])
        one, other = change(pair, places)
        return one @ other

    gains = torch.stack([layer.q_gain, layer.k_gain]).detach()
    before = [score(p, lambda x, p: rope(gains * x, p)) for p in (here, there)]
    after = [score(p, lambda x, p: gains * rope(x, p)) for p in (here, there)]
    assert_close(*before)
    assert abs(after[0] - after[1]) > 0.1
    # and the layer does it in this order
    seen = []

    def attend(q, k, v, mask=None):
        seen.extend([q, k])
        return v, None

    row = q[:1, :1, :1]
    with_gains(Rotary(attend))(row, row, row, first=5)
    length = row.norm() / D_K**0.5
    assert_close(seen[0], rope(row / length * layer.q_gain, torch.tensor([5])))


def test_a_cached_step_is_a_row_of_the_whole():
    torch.manual_seed(0)
    layer = MultiHeadAttention(D_K * H, H, attend=QKNorm(D_K, Rotary())).double()
    x = torch.randn(B, T_K, D_K * H, dtype=torch.float64)
    mask = torch.ones(T_K, T_K).tril() > 0
    whole, _ = layer(x, mask=mask)
    cache = KVCache()
    parts = [layer(x[:, i : i + 1], cache=cache)[0] for i in range(T_K)]
    assert_close(torch.cat(parts, dim=1), whole)


def test_a_hidden_key_that_is_not_a_number_leaves_no_trace():
    layer, (q, k, v) = with_gains(), qkv()
    mask = torch.ones(T_K, dtype=torch.bool)
    mask[3] = False
    expected, _ = layer(q, k, v, mask)
    expected.sum().backward()
    wanted = [p.grad.clone() for p in layer.parameters()]
    layer.zero_grad()
    k[..., 3, :] = torch.nan
    got, _ = layer(q, k, v, mask)
    got.sum().backward()
    assert_close(got, expected)
    assert_close([p.grad for p in layer.parameters()], wanted)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_wider_gains_keep_half_precision(dtype):
    layer, (q, k, v) = with_gains(), qkv(dtype)
    got, _ = layer(1000 * q, k, v)
    expected, _ = layer(q.double(), k.double(), v.double())
    assert got.dtype == dtype
    assert_close(got.double(), expected, atol=0.03, rtol=0.03)


def test_gains_run_without_numbers():
    q, k, v = (x.to("meta") for x in qkv())
    assert QKNorm(D_K).to("meta")(q, k, v)[0].shape == (B, H, T_Q, D_V)


def test_gains_of_another_width_are_refused():
    q, k, v = qkv(torch.float32)
    with pytest.raises(ValueError, match=r"QKNorm: q must have d_k=11"):
        QKNorm(D_K + 1)(q, k, v)
    with pytest.raises(ValueError, match=r"QKNorm: d_k"):
        QKNorm(0)
