import numpy as np
import pytest
import torch
from torch.testing import assert_close

from attn_helpers.layers.attention import ScoreAttention
from attn_helpers.layers.scoring import (
    AdditiveScore,
    BilinearScore,
    ConcatScore,
    DotScore,
    ScaledDotScore,
    SoftCappedScore,
)
from attn_helpers.reference import attention as reference
from attn_helpers.reference import scoring
from attn_helpers.reference.masks import causal_mask

B, H, T_Q, T_K, D_K, D_V = 2, 3, 5, 7, 11, 13


def qkv(dtype=torch.float64, size=1.0):
    generator = torch.Generator().manual_seed(0)
    shapes = (T_Q, D_K), (T_K, D_K), (T_K, D_V)
    return [
        (size * torch.randn(B, H, *shape, generator=generator)).to(dtype)
        for shape in shapes
    ]


def with_a_dead_row():
    mask = torch.from_numpy(causal_mask(T_Q, T_K))
    mask[2] = False
    return mask


MASKS = {
    "none": None,
    "causal": torch.from_numpy(causal_mask(T_Q, T_K)),
    "dead row": with_a_dead_row(),
    "padding": (torch.arange(T_K) < torch.tensor([[3], [7]]))[:, None, None],
}
each_mask = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
D_Q, D_HIDDEN = 17, 19


def scores_and_references():
    """Each score module with the same function in numpy, float64."""
    torch.manual_seed(0)
    additive = AdditiveScore(D_Q, D_K, D_HIDDEN).double()
    bilinear = BilinearScore(D_Q, D_K).double()
    concat = ConcatScore(D_Q, D_K, D_HIDDEN).double()
    w_q, w_k, w_out = (
        layer.weight.detach().numpy().T
        for layer in (additive.q_proj, additive.k_proj, additive.out_proj)
    )
    w = bilinear.k_proj.weight.detach().numpy()
    both = concat.pair_proj.weight.detach().numpy().T
    last = concat.out_proj.weight.detach().numpy()[0]
    return {
        "additive": (
            additive,
            lambda q, k: scoring.additive_score(q, k, w_q, w_k, w_out[:, 0]),
        ),
        "bilinear": (bilinear, lambda q, k: scoring.bilinear_score(q, k, w)),
        "concat": (
            concat,
            lambda q, k: scoring.additive_score(q, k, both[:D_Q], both[D_Q:], last),
        ),
        "dot": (DotScore(), scoring.dot_score),
    }


each_score = pytest.mark.parametrize("name", ["additive", "bilinear", "concat", "dot"])


def asked(name):
    """Queries of their own width, unless the score wants that of the keys."""
    q, k, v = qkv()
    return (q if name == "dot" else torch.cat([q, q], dim=-1)[..., :D_Q]), k, v


@each_score
def test_a_score_agrees_with_the_reference(name):
    score, expected = scores_and_references()[name]
    q, k, _ = asked(name)
    got = score(q, k).detach().numpy()
    np.testing.assert_allclose(got, expected(q.numpy(), k.numpy()), atol=1e-12)


@each_score
def test_asking_one_by_one_is_asking_all_at_once(name):
    score, _ = scores_and_references()[name]
    q, k, _ = asked(name)
    ask = score.prepare(k)
    rows = [ask(q[..., i : i + 1, :]) for i in range(T_Q)]
    assert_close(torch.cat(rows, dim=-2), score(q, k))


@each_mask
@each_score
def test_score_attention_agrees_with_the_reference(name, mask):
    score, expected_score = scores_and_references()[name]
    arrays = [x.numpy() for x in asked(name)]
    expected = reference.attention(
        *arrays, score=expected_score, mask=None if mask is None else mask.numpy()
    )
    got = ScoreAttention(score)(*asked(name), mask)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one.detach().numpy(), other, atol=1e-12)


@each_score
def test_gradients_of_a_score_agree_with_finite_differences(name):
    attend = ScoreAttention(scores_and_references()[name][0])
    inputs = [x[0, :1, :3, :].clone().requires_grad_() for x in asked(name)]
    mask = torch.ones(3, 3, dtype=torch.bool).tril()
    mask[1] = False
    assert torch.autograd.gradcheck(lambda *x: attend(*x, mask), inputs)


def test_without_its_tanh_the_additive_score_is_deaf_to_the_query(monkeypatch):
    attend = ScoreAttention(scores_and_references()["additive"][0])
    q, k, v = asked("additive")
    heard = attend(q, k, v)[1]
    assert (heard[..., :1, :] - heard).abs().max() > 1e-3
    monkeypatch.setattr(torch, "tanh", lambda x: x)
    weights = attend(q, k, v)[1]
    assert_close(weights, weights[..., :1, :].expand_as(weights))


def test_concat_is_the_additive_score_with_its_matrices_side_by_side():
    additive = scores_and_references()["additive"][0]
    concat = ConcatScore(D_Q, D_K, D_HIDDEN).double()
    halves = [additive.q_proj.weight, additive.k_proj.weight]
    concat.pair_proj.weight = torch.nn.Parameter(torch.cat(halves, dim=1))
    concat.out_proj.weight = additive.out_proj.weight
    q, k, _ = asked("additive")
    assert_close(concat(q, k), additive(q, k))


@pytest.mark.parametrize(
    ("score", "q", "k", "message"),
    [
        (
            AdditiveScore(17, 11, 19),
            torch.ones(5, 17),
            torch.ones(7, 13),
            "AdditiveScore: k must have d_k=11 for its last axis; got k (7, 13).",
        ),
        (
            AdditiveScore(17, 11, 19),
            torch.ones(5, 11),
            torch.ones(7, 11),
            "AdditiveScore: q must have d_q=17 for its last axis; got q (5, 11).",
        ),
        (
            BilinearScore(17, 11),
            torch.ones(5, 11),
            torch.ones(7, 11),
            "BilinearScore: q must have d_q=17 for its last axis; got q (5, 11).",
        ),
        (
            ConcatScore(17, 11, 19),
            torch.ones(5, 17),
            torch.ones(7, 17),
            "ConcatScore: k must have d_k=11 for its last axis; got k (7, 17).",
        ),
        (
            DotScore(),
            torch.ones(5, 11),
            torch.ones(7, 13),
            "DotScore: q and k must share d_k, their last axis; "
            "got q (5, 11) and k (7, 13).",
        ),
    ],
)
def test_widths_that_do_not_fit_a_score_are_refused(score, q, k, message):
    with pytest.raises(ValueError) as caught:
        ScoreAttention(score)(q, k, torch.ones(7, 3))
    assert str(caught.value) == message


def test_scores_bend_off_towards_the_cap():
    q, k, _ = qkv(torch.float64, size=5.0)
    plain = q.numpy() @ k.numpy().swapaxes(-2, -1) / D_K**0.5
    assert np.abs(plain).max() > 20
    np.testing.assert_allclose(SoftCappedScore(7.0)(q, k), 7 * np.tanh(plain / 7))
    assert_close(SoftCappedScore(1e9)(q, k), ScaledDotScore()(q, k))


def test_any_score_can_be_capped_and_is_told_where_the_queries_stand():
    class Place(ScaledDotScore):
        def prepare(self, k):
            return lambda q, first=0: torch.full((1, 1), float(first))

    q, k, _ = qkv()
    got = SoftCappedScore(2.0, Place())(q, k, first=3)
    assert_close(got, torch.full((1, 1), 2 * np.tanh(1.5), dtype=torch.float32))


@each_mask
def test_the_cap_comes_before_the_mask(mask):
    q, k, v = qkv(size=30.0)
    _, weights = ScoreAttention(SoftCappedScore(1.0))(q, k, v, mask)
    hidden = torch.zeros(T_Q, T_K, dtype=torch.bool) if mask is None else ~mask
    assert (weights.masked_select(hidden) == 0).all()


@pytest.mark.parametrize("size", [1e30, torch.inf])
def test_what_overflows_is_at_the_cap(size):
    score = SoftCappedScore(50.0)
    q = torch.tensor([[size]], requires_grad=True)
    scores = score(q, torch.tensor([[1e30], [-1e30]]))
    assert_close(scores, torch.tensor([[50.0, -50.0]]))
    scores.sum().backward()
    assert q.grad.isfinite().all() or size == torch.inf


@pytest.mark.parametrize("cap", [0.0, -1.0, torch.nan])
def test_a_cap_is_positive(cap):
    with pytest.raises(ValueError, match=r"SoftCappedScore: cap"):
        SoftCappedScore(cap)
