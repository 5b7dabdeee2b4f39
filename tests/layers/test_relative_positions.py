import numpy as np
import pytest
import torch
from torch.testing import assert_close

from attn_helpers.layers.attention import ScoreAttention
from attn_helpers.layers.relative_positions import (
    AlibiBias,
    BiasedScore,
    BucketBias,
    ShawScore,
    offsets,
)
from attn_helpers.reference import relative_positions as reference
from attn_helpers.reference.masks import causal_mask
from attn_helpers.reference.scoring import scaled_dot_score

B, H, T_Q, T_K, D, D_SMALL = 2, 3, 5, 7, 11, 10


def vectors(t=T_K, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(B, H, t, D, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("first", [0, 3, -2])
def test_offsets_agree_with_the_reference(first):
    expected = reference.offsets(T_Q, T_K, first)
    np.testing.assert_array_equal(offsets(T_Q, T_K, first=first), expected)


def test_shaw_scores_agree_with_the_reference():
    q, k, layer = vectors(T_Q), vectors(seed=1), ShawScore(D, radius=2).double()
    expected = reference.shaw_scores(
        q.numpy(), k.numpy(), layer.relative_keys.detach().numpy(), T_K - T_Q
    )
    got = layer(q, k, first=T_K - T_Q).detach()
    np.testing.assert_allclose(got, expected, atol=1e-14)


def test_shaw_learns_every_offset_in_reach():
    layer = ShawScore(D, radius=2).double()
    layer(vectors(), vectors(seed=1)).cos().sum().backward()
    assert (layer.relative_keys.grad != 0).all()


@pytest.mark.parametrize("buckets", [reference.t5_buckets, reference.t5_causal_buckets])
def test_bucket_biases_agree_with_the_reference(buckets):
    layer = BucketBias(H, num_buckets=6, max_distance=13, buckets=buckets)
    expected = reference.bucket_bias(
        layer.table.detach().numpy(),
        buckets(reference.offsets(T_Q, T_K, T_K - T_Q), 6, 13),
    )
    got = layer(offsets(T_Q, T_K, first=T_K - T_Q))
    np.testing.assert_array_equal(got.detach(), expected)


def test_a_decoder_has_32_causal_buckets_unless_told():
    layer = BucketBias(H)
    got = layer(offsets(1, 301, first=300)).detach()
    buckets = reference.t5_causal_buckets(reference.offsets(1, 301, 300))
    assert_close(got, layer.table.T[:, torch.from_numpy(buckets)].detach())


def test_alibi_agrees_with_the_reference_and_learns_nothing():
    layer = AlibiBias(H)
    np.testing.assert_allclose(
        layer(offsets(T_Q, T_K, first=2)), reference.alibi_bias(H, T_Q, T_K, 2)
    )
    assert list(layer.parameters()) == []
    assert list(layer.state_dict()) == []


def test_a_biased_score_is_scaled_dot_plus_bias():
    q, k = vectors(T_Q), vectors(seed=1)
    expected = scaled_dot_score(q.numpy(), k.numpy())
    expected = expected + reference.alibi_bias(H, T_Q, T_K, 2)
    got = BiasedScore(AlibiBias(H))(q, k, first=2)
    np.testing.assert_allclose(got, expected, atol=1e-7)  # slopes of float32


SCORES = {
    "Shaw": ShawScore(D, radius=2),
    "buckets": BiasedScore(BucketBias(H, num_buckets=4, max_distance=5)),
    "ALiBi": BiasedScore(AlibiBias(H)),
}
each_score = pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)


@each_score
def test_one_query_at_a_time_gives_the_rows_of_all_at_once(score):
    score = score.double()
    q, k, v = vectors(), vectors(seed=1), vectors(seed=2)
    whole, _ = ScoreAttention(score)(q, k, v, torch.from_numpy(causal_mask(T_K)))
    for t in range(1, T_K + 1):
        past = k[:, :, :t], v[:, :, :t]
        step, _ = ScoreAttention(score)(q[:, :, t - 1 : t], *past, first=t - 1)
        assert_close(step[:, :, 0], whole[:, :, t - 1])


@each_score
def test_scores_move_along_with_the_sequence(score):
    """Drop the first token: the scores among the others stay what they were."""
    score, x = score.double(), vectors()
    assert_close(score(x, x)[..., 1:, 1:], score(x[..., 1:, :], x[..., 1:, :]))


@each_score
def test_order_is_seen(score):
    """Without a mask, swapping two keys does not swap their scores."""
    score, q, k = score.double(), vectors(T_Q), vectors(seed=1)
    swapped = score(q, k[..., [1, 0, *range(2, T_K)], :])
    assert not torch.allclose(swapped[..., [1, 0]], score(q, k)[..., :2])


@each_score
def test_vectors_of_another_width_are_refused_inside_attention_too(score):
    k, name = vectors(), type(score).__name__
    with pytest.raises(ValueError) as caught:
        ScoreAttention(score)(vectors()[..., :D_SMALL], k, k)
    assert str(caught.value).startswith(f"{name}: q and k must share d_k, their last")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_bias_in_full_precision_serves_vectors_in_half(dtype):
    attend = ScoreAttention(BiasedScore(AlibiBias(H)))
    qkv = [vectors(seed=seed).to(dtype) for seed in range(3)]
    output, weights = attend(*qkv)
    assert output.dtype == weights.dtype == dtype
    expected, _ = attend(*(x.double() for x in qkv))
    assert_close(output.double(), expected, atol=8 * torch.finfo(dtype).eps, rtol=0)


def test_far_keys_stay_apart_in_bfloat16():
    steps = offsets(1, 1009, first=1008)
    row = AlibiBias(2).bfloat16()(steps)[:, 0]
    assert_close(row.diff(), AlibiBias(2)(steps)[:, 0].diff(), atol=1e-6, rtol=0)


@pytest.mark.parametrize("buckets", [reference.t5_buckets, reference.t5_causal_buckets])
def test_what_is_far_shares_the_last_bucket_however_far(buckets):
    layer = BucketBias(H, num_buckets=6, max_distance=13, buckets=buckets)
    far = torch.tensor([[-1_000_003, -14, -13, 13, 14, 1_000_003]])
    expected = reference.bucket_bias(
        layer.table.detach().numpy(), buckets(far.numpy(), 6, 13)
    )
    np.testing.assert_array_equal(layer(far).detach(), expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ShawScore(0, 2), "ShawScore: d_k must be at least 1; got d_k=0."),
        (lambda: ShawScore(5, -1), "radius must be at least 0; got radius=-1."),
        (lambda: BucketBias(0), "BucketBias: num_heads must be at least 1; got num"),
        (lambda: BucketBias(2, 32, 16), "at least 17; got max_distance=16."),
        (lambda: AlibiBias(0), "num_heads must be at least 1; got num_heads=0."),
        (
            lambda: ShawScore(5, 2)(torch.ones(3, 5), torch.ones(3, 7)),
            "ShawScore: q and k must share d_k",
        ),
        (
            lambda: ShawScore(5, 2)(torch.ones(3, 7), torch.ones(3, 7)),
            "ShawScore: q must have d_k=5 for its last axis; got q (3, 7).",
        ),
        (
            lambda: BiasedScore(AlibiBias(2))(torch.ones(3, 5), torch.ones(3, 7)),
            "BiasedScore: q and k must share d_k",
        ),
    ],
)
def test_sizes_that_do_not_fit_are_refused(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert message in str(caught.value)
