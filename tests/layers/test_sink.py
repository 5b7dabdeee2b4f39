import math

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.testing import assert_close

from attn_helpers.layers.attention import attention
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.positions import Rotary, rope
from attn_helpers.layers.scoring import DotScore
from attn_helpers.layers.sink import SinkAttention, sink_softmax
from attn_helpers.reference.masks import causal_mask

B, H, T_Q, T_K, D_K, D_V = 2, 3, 5, 7, 11, 13
CAUSAL = torch.from_numpy(causal_mask(T_Q, T_K))
NOTHING = CAUSAL.clone()
NOTHING[2] = False
each_mask = pytest.mark.parametrize("mask", [None, CAUSAL, NOTHING])


def qkv(dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randn(B, H, *size, generator=generator, dtype=torch.float64).to(dtype)
        for size in ((T_Q, D_K), (T_K, D_K), (T_K, D_V))
    ]


def layer(logits=(-1.5, 0.25, 2.0), **how):
    attend = SinkAttention(H, **how).double()
    attend.sink.data = torch.tensor(logits, dtype=torch.float64)
    return attend


def seen(mask):
    return torch.ones(T_Q, T_K, dtype=torch.bool) if mask is None else mask


# --- what it is equal to -------------------------------------------------------------


@each_mask
def test_the_sink_is_one_more_key_with_that_score_and_a_value_of_zero(mask):
    """The key is 0 but for an axis of its own, in which every query has the same."""
    q, k, v = qkv()
    attend = layer()
    scale = math.sqrt(D_K)
    b = attend.sink.detach()[:, None, None].expand(B, H, 1, 1)
    one = torch.ones(B, H, T_Q, 1, dtype=torch.float64)
    zero = torch.zeros(B, H, T_K, 1, dtype=torch.float64)
    wide_q = torch.cat([q, scale * one], dim=-1)
    key = torch.cat([torch.zeros(B, H, 1, D_K, dtype=torch.float64), b], dim=-1)
    wide_k = torch.cat([torch.cat([k, zero], dim=-1), key], dim=-2)
    wide_v = torch.cat([v, torch.zeros(B, H, 1, D_V, dtype=torch.float64)], dim=-2)
    always = torch.cat([seen(mask), torch.ones(T_Q, 1, dtype=torch.bool)], dim=-1)
    expected = scaled_dot_product_attention(
        wide_q, wide_k, wide_v, attn_mask=always, scale=1 / scale
    )
    assert_close(attend(q, k, v, mask)[0], expected)


@each_mask
def test_the_output_is_that_of_attention_times_a_sigmoid(mask):
    q, k, v = qkv()
    attend = layer()
    scores = (q @ k.mT / math.sqrt(D_K)).masked_fill(~seen(mask), -torch.inf)
    gate = (scores.logsumexp(-1) - attend.sink[:, None]).sigmoid()[..., None]
    output, weights = attend(q, k, v, mask)
    plain, plain_weights = attention(q, k, v, mask, need_weights=True)
    assert_close(output, gate * plain)
    assert_close(weights, gate * plain_weights)


def test_a_logit_of_zero_is_the_softmax_plus_one():
    q, k, v = qkv()
    exp = (q @ k.mT / math.sqrt(D_K)).exp()
    _, weights = SinkAttention(H)(q, k, v)
    assert_close(weights, exp / (1 + exp.sum(-1, keepdim=True)))


@each_mask
@pytest.mark.parametrize("low", [-60.0, -torch.inf])
def test_without_a_logit_it_is_plain_attention(mask, low):
    q, k, v = qkv()
    assert_close(layer([low] * H)(q, k, v, mask)[0], attention(q, k, v, mask)[0])


def test_a_sink_that_is_high_enough_takes_all():
    q, k, v = qkv()
    output, weights = layer([torch.inf, 800.0, 800.0])(q, k, v)
    assert (output[:, 1:] == 0).all() and (weights[:, 1:] == 0).all()


def test_by_hand():
    scores = torch.tensor([[[0.0, math.log(2)]], [[0.0, -torch.inf]]])
    got = sink_softmax(scores, torch.tensor([[math.log(5)], [math.log(3)]]))
    assert_close(got, torch.tensor([[[1 / 8, 2 / 8]], [[1 / 4, 0.0]]]))


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_scores_of_any_size_leave_finite_weights_and_gradients(size):
    scores = torch.full((T_Q, T_K), size, requires_grad=True)
    sink = torch.zeros(T_Q, requires_grad=True)
    weights = sink_softmax(scores, sink)
    weights.square().sum().backward()
    share = 1 / T_K if size > 0 else 0.0
    assert_close(weights, torch.full_like(weights, share))
    assert scores.grad.isfinite().all() and sink.grad.isfinite().all()


# --- learning ------------------------------------------------------------------------


@each_mask
def test_gradients_are_those_of_finite_differences(mask):
    q, k, v = (x[:1, :, :, :3].requires_grad_() for x in qkv())
    attend = layer()

    def output(q, k, v, sink):
        how = {"sink": sink}
        return torch.func.functional_call(attend, how, (q, k, v, mask))[0]

    torch.autograd.gradcheck(output, (q, k, v, attend.sink))


def test_a_head_that_should_be_silent_raises_its_sink():
    q, k, v = qkv()
    attend = SinkAttention(H).double()
    attend(q, k, v)[0][:, 1].square().sum().backward()
    assert attend.sink.grad[1] < 0 and attend.sink.grad[[0, 2]].eq(0).all()


# --- with other parts ----------------------------------------------------------------


def test_any_score_will_do():
    q, k, v = qkv()
    got, _ = layer(score=DotScore())(q, k, v)
    assert_close(got, layer()(math.sqrt(D_K) * q, k, v)[0])


def test_rotary_turns_the_keys_and_not_the_sink():
    q, k, v = (x[..., :10] for x in qkv())
    got, _ = Rotary(layer())(q, k, v)
    assert_close(got, layer()(rope(q), rope(k), v)[0])


def test_with_a_cache_it_gives_what_it_gives_at_once():
    torch.manual_seed(0)
    heads = MultiHeadAttention(12, H, 1, attend=Rotary(layer())).double()
    x, cache = torch.randn(B, 7, 12, dtype=torch.float64), KVCache()
    parts = [heads(x[:, [i]], cache=cache)[0] for i in range(7)]
    whole, _ = heads(x, mask=torch.from_numpy(causal_mask(7, 7)))
    assert_close(torch.cat(parts, dim=1), whole)


def test_what_a_mask_hides_may_be_anything():
    q, k, v = qkv()
    expected, _ = layer()(q, k, v, CAUSAL)
    k[..., -1, :], v[..., -1, :] = torch.nan, torch.inf
    hidden = ~CAUSAL[:, -1]
    assert hidden.any()
    got, _ = layer()(q, k, v, CAUSAL)
    assert_close(got[..., hidden, :], expected[..., hidden, :])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_kept_and_shared_out_in_full(dtype):
    q, k, v = qkv(dtype)
    attend = layer().to(dtype)
    got, weights = attend(q, k, v, CAUSAL)
    assert got.dtype == weights.dtype == dtype
    expected, _ = attend.double()(*(x.double() for x in (q, k, v)), CAUSAL)
    assert_close(got.double(), expected, atol=0.01, rtol=0.01)


def test_on_another_device_nothing_is_read():
    attend = SinkAttention(H).to("meta")
    output, weights = attend(*(x.to("meta") for x in qkv(torch.float32)))
    assert output.is_meta and weights.shape == (B, H, T_Q, T_K)


# --- what is refused -----------------------------------------------------------------


def test_heads_that_do_not_fit_are_refused():
    q, k, v = (x[:, :2] for x in qkv())
    with pytest.raises(ValueError) as caught:
        layer()(q, k, v)
    assert str(caught.value) == (
        "SinkAttention: scores must have h=3 for its third-to-last axis; "
        "got scores (2, 2, 5, 7)."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((torch.zeros(5), torch.tensor(0.0)), r"scores must have the axes"),
        (
            (torch.zeros(5, 7), torch.zeros(7)),
            r"sink must broadcast .* got sink \(7,\)",
        ),
        ((torch.zeros(5, 7), torch.tensor(0.0), torch.ones(5) > 0), r"got mask \(5,\)"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(ValueError, match=f"sink_softmax: .*{message}"):
        sink_softmax(*arguments)


def test_no_heads_are_refused():
    with pytest.raises(ValueError, match=r"num_heads must be at least 1; got"):
        SinkAttention(0)
