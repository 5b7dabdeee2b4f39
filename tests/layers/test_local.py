import numpy as np
import pytest
import torch
from torch.testing import assert_close

from attn_helpers.layers.attention import ScoreAttention
from attn_helpers.layers.local import (
    LocalMAttention,
    LocalPAttention,
    local_m,
    local_p,
)
from attn_helpers.layers.relative_positions import AlibiBias, BiasedScore
from attn_helpers.layers.scoring import BilinearScore, DotScore
from attn_helpers.reference import local as reference

B, T_Q, T_K, D_Q, D_K, D_V, D_HIDDEN = 2, 5, 7, 11, 13, 17, 3
PADDING = torch.arange(T_K) < torch.tensor([3, 7])[:, None, None]
each_mask = pytest.mark.parametrize("mask", [None, PADDING], ids=["none", "padding"])


def noise(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def qkv():
    shapes = (B, T_Q, D_Q), (B, T_K, D_K), (B, T_K, D_V)
    return [noise(*shape, seed=seed) for seed, shape in enumerate(shapes)]


def attention(radius=2.0):
    torch.manual_seed(0)
    score = BilinearScore(D_Q, D_K)
    return LocalPAttention(score, D_Q, D_HIDDEN, radius).double()


def centres():
    return T_K * torch.rand(
        B, T_Q, generator=torch.Generator().manual_seed(3), dtype=torch.float64
    )


def as_array(mask):
    return None if mask is None else mask.numpy()


@each_mask
def test_both_windows_agree_with_the_reference(mask):
    scores, where = noise(B, T_Q, T_K), centres()
    expected = reference.local_p(scores.numpy(), where.numpy(), 2.5, as_array(mask))
    assert_close(local_p(scores, where, 2.5, mask), torch.from_numpy(expected))
    expected = reference.local_m(scores.numpy(), 2, None, as_array(mask))
    assert_close(local_m(scores, 2, mask=mask), torch.from_numpy(expected))
    expected = reference.local_m(scores.numpy(), 2, where.numpy(), as_array(mask))
    assert_close(local_m(scores, 2, where, mask), torch.from_numpy(expected))


def test_gradients_of_scores_and_centres_agree_with_finite_differences():
    # the centres stay clear of the places where a key enters or leaves the window
    scores = noise(B, T_Q, T_K).requires_grad_()
    where = (centres().floor() + 0.3).requires_grad_()
    assert torch.autograd.gradcheck(lambda s, p: local_p(s, p, 2.0), (scores, where))


def test_the_gaussian_alone_moves_the_centre():
    where = centres().requires_grad_()
    weights = local_m(noise(B, T_Q, T_K).requires_grad_(), 2.0, where)
    (weights**2).sum().backward()
    assert where.grad is None


def test_more_weight_wanted_on_the_right_moves_the_centre_to_the_right():
    where = torch.tensor([3.0], requires_grad=True)
    local_p(torch.zeros(1, T_K), where, 2.0)[0, 4].backward()
    assert where.grad.item() > 0


@each_mask
def test_the_module_predicts_its_centres_and_mixes_around_them(mask):
    module, (q, k, v) = attention(), qkv()
    output, weights = module(q, k, v, mask)
    where = reference.predicted_centres(
        q.numpy(),
        module.hidden_proj.weight.detach().numpy().T,
        module.out_proj.weight.detach().numpy()[0],
        7 if mask is None else [3, 7],
    )
    scores = module.score(q, k).detach().numpy()
    expected = reference.local_p(scores, where, 2.0, as_array(mask))
    np.testing.assert_allclose(weights.detach(), expected, atol=1e-12)
    assert_close(output, weights @ v)
    lengths = torch.tensor(7 if mask is None else [[3], [7]])
    np.testing.assert_allclose(module.centres(q, lengths).detach(), where, atol=1e-12)


def test_one_query_at_a_time_gives_the_same_as_all_at_once():
    module, (q, k, v) = attention(), qkv()
    whole = module(q, k, v, PADDING)
    attend = module.prepare(k, v, PADDING)
    steps = [attend(q[:, [t]]) for t in range(T_Q)]
    for got, want in zip(zip(*steps, strict=True), whole, strict=True):
        assert_close(torch.cat(got, dim=1), want)


def test_a_mask_may_be_as_narrow_as_it_broadcasts():
    module, (q, k, v) = attention(), qkv()
    whole = module(q, k, v)
    for mask in (torch.ones(T_Q, 1), torch.ones(1), torch.ones(B, 1, 1)):
        for got, want in zip(module(q, k, v, mask > 0), whole, strict=True):
            assert_close(got, want)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_far_centres_lose_nothing_in_half_precision(dtype):
    scores, where = torch.zeros(1, 2503, dtype=dtype), torch.tensor([1800.0])
    where = where.to(dtype)
    got = local_p(scores, where, 2.5)
    assert got.dtype == dtype
    want = reference.local_p(scores.float().numpy(), where.float().numpy(), 2.5)
    assert_close(got.float(), torch.from_numpy(want), rtol=0, atol=1e-3)


def test_local_m_with_a_window_over_everything_is_global_attention():
    q, k, v = (x[..., :D_Q] for x in qkv())
    wide = LocalMAttention(DotScore(), radius=T_K)(q, k, v, PADDING)
    for got, want in zip(
        wide, ScoreAttention(DotScore())(q, k, v, PADDING), strict=True
    ):
        assert_close(got, want)


@pytest.mark.parametrize("first", [0, 3])
def test_local_m_looks_at_the_keys_around_its_own_place(first):
    q, k, v = (x[..., :D_Q] for x in qkv())
    weights = LocalMAttention(DotScore(), radius=1)(q, k, v, first=first)[1]
    near = (torch.arange(T_K) - first - torch.arange(T_Q)[:, None]).abs() <= 1
    assert ((weights > 0) == near).all()
    scores = noise(B, T_Q, T_K)
    expected = reference.local_m(scores.numpy(), 1, first=first)
    assert_close(local_m(scores, 1, first=first), torch.from_numpy(expected))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_bias_in_full_precision_serves_local_m_in_half(dtype):
    q, k, v = (noise(2, t, D_K).to(dtype) for t in (T_Q, T_K, T_K))
    score = BiasedScore(AlibiBias(2))
    output, weights = LocalMAttention(score, radius=2)(q, k, v)
    assert output.dtype == weights.dtype == dtype
    assert_close(weights, local_m(score(q, k), 2).to(dtype))


def test_local_m_may_be_asked_one_query_at_a_time():
    module = LocalMAttention(DotScore(), radius=2)
    q, k, v = (x[..., :D_Q] for x in qkv())
    whole = module(q, k, v, PADDING)
    ask = module.prepare(k, v, PADDING)
    steps = [ask(q[:, [t]], first=t) for t in range(T_Q)]
    for got, want in zip(zip(*steps, strict=True), whole, strict=True):
        assert_close(torch.cat(got, dim=1), want)


def padded(x, places, filler):
    """Each key at its place, and something else wherever there is none."""
    out = torch.full((*x.shape[:-2], 11, x.shape[-1]), filler, dtype=x.dtype)
    out[..., places, :] = x
    return out


@pytest.mark.parametrize("filler", [0.0, 1e3, torch.nan])
@pytest.mark.parametrize(
    "places",
    [[4, 5, 6, 7, 8, 9, 10], [0, 1, 2, 3, 4, 5, 6], [1, 2, 4, 5, 8, 9, 10]],
    ids=["left", "right", "inside"],
)
def test_local_p_is_not_led_astray_by_padding_wherever_it_stands(places, filler):
    module, (q, k, v) = attention(), qkv()
    expected, expected_weights = module(q, k, v)
    mask = torch.zeros(11) > 0
    mask[places] = True
    k, v = padded(k, places, filler), padded(v, places, filler)
    output, weights = module(q, k, v, mask)
    assert_close(output, expected)
    assert_close(weights[..., places], expected_weights)
    assert (weights[..., ~mask] == 0).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_centres_do_not_round_with_the_model(dtype):
    module, q = attention().to(dtype), (3 * noise(B, T_Q, D_Q)).to(dtype)
    half = module.centres(q, torch.tensor(100_003))
    exact = module.double().centres(q.double(), torch.tensor(100_003))
    assert_close(half.double(), exact, rtol=1e-5, atol=0.1)


def test_scores_of_minus_infinity_are_outside_every_window():
    scores = noise(2, 3, T_K)
    scores[..., 1], scores[0, 1] = -torch.inf, -torch.inf
    where = torch.tensor([1.0, 2.0, 3.0])
    scores.requires_grad_()
    for ours, theirs in (
        (local_m(scores, 2), reference.local_m(scores.detach().numpy(), 2)),
        (
            local_p(scores, where, 2.5),
            reference.local_p(scores.detach().numpy(), where.numpy(), 2.5),
        ),
    ):
        assert_close(ours.detach(), torch.from_numpy(theirs))
        (slope,) = torch.autograd.grad(ours.cos().sum(), scores, retain_graph=True)
        assert slope.isfinite().all()


def test_every_parameter_receives_a_gradient():
    module, (q, k, v) = attention(), qkv()
    module(q, k, v, PADDING)[0].square().sum().backward()
    assert all((p.grad != 0).any() for p in module.parameters())


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match=r"^local_m: radius .*; got radius=0\.$"):
        local_m(torch.zeros(2, 3), radius=0)
    with pytest.raises(ValueError, match=r"^LocalMAttention: radius .*; got radius=-3"):
        LocalMAttention(DotScore(), radius=-3)
    message = r"^LocalPAttention: radius .*; got radius=-1\.$"
    with pytest.raises(ValueError, match=message):
        LocalPAttention(DotScore(), D_Q, D_HIDDEN, radius=-1)
    message = r"^local_p: centres must .* = \(2,\); got centres \(5, 2\)\.$"
    with pytest.raises(ValueError, match=message):
        local_p(torch.zeros(2, 3), torch.zeros(5, 2), radius=1)
    message = r"^local_m: mask must broadcast .*\(2, 3\); got mask \(7, 2, 3\)\.$"
    with pytest.raises(ValueError, match=message):
        local_m(torch.zeros(2, 3), radius=1, mask=torch.ones(7, 2, 3) > 0)
    module, (q, k, v) = attention(), qkv()
    with pytest.raises(TypeError, match=r"^LocalPAttention: mask .* torch\.int64"):
        module(q, k, v, torch.ones(T_Q, T_K, dtype=torch.int64))
    with pytest.raises(TypeError, match=r"^LocalPAttention: q, k and v must share"):
        module(q.float(), k, v)
    message = r"^LocalPAttention: .*got k \(2, 7, 13\) and v \(2, 5, 17\)\.$"
    with pytest.raises(ValueError, match=message):
        module(q, k, v[:, :5])
