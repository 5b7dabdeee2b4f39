from functools import partial

import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention
from torch.testing import assert_close

from attn_helpers.layers.attention import Attending, ScoreAttention, attention
from attn_helpers.layers.scoring import DotScore, ScaledDotScore, Score
from attn_helpers.reference import attention as reference
from attn_helpers.reference.masks import causal_mask, padding_mask

B, H, T_Q, T_K, D_K, D_V = 2, 3, 5, 7, 11, 13
HALVES = (torch.float16, torch.bfloat16)


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
both_ways = pytest.mark.parametrize("need_weights", [False, True])


@each_mask
@both_ways
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_output_agrees_with_torch(mask, need_weights, dtype):
    output, _ = attention(*qkv(dtype), mask, need_weights=need_weights)
    assert_close(output, scaled_dot_product_attention(*qkv(dtype), attn_mask=mask))


@each_mask
def test_weights_and_output_agree_with_the_reference(mask):
    arrays = [x.numpy() for x in qkv()]
    expected = reference.scaled_dot_product_attention(
        *arrays, None if mask is None else mask.numpy()
    )
    for got, want in zip(
        attention(*qkv(), mask, need_weights=True), expected, strict=True
    ):
        np.testing.assert_allclose(got, want, atol=1e-12)


def test_weights_come_only_when_asked_for():
    assert attention(*qkv())[1] is None
    assert attention(*qkv(), need_weights=True)[1].shape == (B, H, T_Q, T_K)


def gradients(function, mask, dtype=torch.float64):
    inputs = [x.requires_grad_() for x in qkv(dtype)]
    output = function(*inputs, mask)
    steps = torch.arange(output.numel(), dtype=dtype).reshape(output.shape).cos()
    return torch.autograd.grad((output * steps).sum(), inputs)


@each_mask
@both_ways
def test_gradients_agree_with_torch(mask, need_weights):
    got = gradients(lambda *x: attention(*x, need_weights=need_weights)[0], mask)
    expected = gradients(
        lambda *x: scaled_dot_product_attention(*x[:3], attn_mask=x[3]), mask
    )
    for one, other in zip(got, expected, strict=True):
        assert_close(one, other, atol=1e-12, rtol=1e-10)


@each_mask
@both_ways
def test_gradients_agree_with_finite_differences(mask, need_weights):
    if mask is not None and mask.dim() == 4:
        mask = mask[:1]
    inputs = [x[:1, :1].requires_grad_() for x in qkv()]

    def outputs(q, k, v):
        return tuple(
            x
            for x in attention(q, k, v, mask, need_weights=need_weights)
            if x is not None
        )

    assert torch.autograd.gradcheck(outputs, inputs)


@both_ways
@pytest.mark.parametrize("dtype", [*HALVES, torch.float32, torch.float64])
def test_a_dead_row_gives_zeros_and_a_gradient_of_zeros(need_weights, dtype):
    mask = with_a_dead_row()
    output, weights = attention(*qkv(dtype), mask, need_weights=need_weights)
    assert (output[..., 2, :] == 0).all()
    assert weights is None or (weights[..., 2, :] == 0).all()
    got = gradients(lambda *x: attention(*x, need_weights=need_weights)[0], mask, dtype)
    assert all(gradient.isfinite().all() for gradient in got)
    assert (got[0][..., 2, :] == 0).all()


def test_anomaly_detection_finds_no_nan_on_the_way_back():
    with torch.autograd.set_detect_anomaly(True, check_nan=True):
        gradients(lambda *x: attention(*x, need_weights=True)[0], with_a_dead_row())


@both_ways
@pytest.mark.parametrize("dtype", HALVES)
def test_half_precision_keeps_its_dtype_and_stays_near(need_weights, dtype):
    output, weights = attention(
        *qkv(dtype), with_a_dead_row(), need_weights=need_weights
    )
    assert output.dtype == dtype
    assert weights is None or weights.dtype == dtype
    expected, _ = attention(*qkv(), with_a_dead_row())
    assert_close(output.double(), expected, atol=4 * torch.finfo(dtype).eps, rtol=0)


@both_ways
def test_float16_scores_past_65504_do_not_overflow(need_weights):
    q, k, v = qkv(torch.float16, size=300.0)
    mask = MASKS["causal"]
    output, _ = attention(q, k, v, mask, need_weights=need_weights)
    expected, _ = attention(q.double(), k.double(), v.double(), mask)
    assert_close(output.double(), expected, atol=1.0, rtol=1e-2)


@both_ways
@pytest.mark.parametrize("rank", [0, 1])
def test_a_mask_of_fewer_axes_than_two_works(need_weights, rank):
    mask = torch.tensor(True) if rank == 0 else torch.arange(T_K) == 4
    output, _ = attention(*qkv(), mask, need_weights=need_weights)
    expected, _ = attention(*qkv(), mask.expand(T_Q, T_K))
    assert_close(output, expected)


@both_ways
def test_batch_axes_broadcast(need_weights):
    q, k, v = qkv()
    output, _ = attention(q, k[:1, :1], v[0], need_weights=need_weights)
    expected, _ = attention(q[1, 2], k[0, 0], v[0, 2])
    assert_close(output[1, 2], expected)


@both_ways
def test_what_is_masked_cannot_be_felt(need_weights):
    q, k, v = qkv()
    mask = torch.arange(T_K) != 4
    before, _ = attention(q, k, v, mask, need_weights=need_weights)
    k[..., 4, :], v[..., 4, :] = 1e30, 1e30
    assert torch.equal(attention(q, k, v, mask, need_weights=need_weights)[0], before)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (
            (torch.ones(2, 3, 5, 11), torch.ones(2, 3, 7, 10), torch.ones(2, 3, 7, 13)),
            ValueError,
            "attention: q and k must share d_k, their last axis; "
            "got q (2, 3, 5, 11) and k (2, 3, 7, 10).",
        ),
        (
            (torch.ones(5, 11), torch.ones(7, 11), torch.ones(6, 13)),
            ValueError,
            "attention: k and v must share t_k, their second-to-last axis; "
            "got k (7, 11) and v (6, 13).",
        ),
        (
            (torch.ones(5, 11), torch.ones(7, 11), torch.ones(7, 13).double()),
            TypeError,
            "attention: q, k and v must share one floating dtype; "
            "got q torch.float32, k torch.float32, v torch.float64.",
        ),
        (
            [torch.ones(5, 5, dtype=torch.int64)] * 3,
            TypeError,
            "attention: q, k and v must share one floating dtype; "
            "got q torch.int64, k torch.int64, v torch.int64.",
        ),
        (
            (torch.ones(5, 11), np.ones((7, 11)), torch.ones(7, 13)),
            TypeError,
            "attention: k must be a torch tensor; got k of type ndarray.",
        ),
        (
            (*(torch.ones(5, 5),) * 3, torch.ones(7, 5, dtype=torch.bool)),
            ValueError,
            "attention: mask must broadcast to the scores (5, 5); got mask (7, 5).",
        ),
        (
            (*(torch.ones(5, 5),) * 3, torch.zeros(5, 5)),
            TypeError,
            "attention: mask must be boolean, True where the query may attend; "
            "got mask of dtype torch.float32. Write mask != 0 for a mask of 0 and 1, "
            "mask == 0 for an additive mask of 0 and -inf.",
        ),
    ],
)
def test_wrong_input_is_refused_in_our_words(arguments, kind, message):
    with pytest.raises(kind) as caught:
        attention(*arguments)
    assert str(caught.value) == message


def test_batch_axes_that_only_v_brings_reach_weights_and_output():
    generator = torch.Generator().manual_seed(0)
    q, k, v = (
        torch.randn(*shape, generator=generator)
        for shape in ((3, 5), (7, 5), (2, 7, 11))
    )
    mask = torch.rand(2, 3, 7, generator=generator) < 0.7
    output, weights = attention(q, k, v, mask, need_weights=True)
    fused, _ = attention(q, k, v, mask)
    arrays = (x.numpy() for x in (q, k, v, mask))
    expected = reference.scaled_dot_product_attention(*arrays)
    assert weights.shape == (2, 3, 7)
    assert_close(output, fused)
    np.testing.assert_allclose(output, expected[0], atol=1e-6)
    np.testing.assert_allclose(weights, expected[1], atol=1e-6)


@pytest.mark.parametrize("mask", [[[True]], np.ones((3, 3), dtype=bool)])
def test_a_mask_that_is_no_tensor_is_refused(mask):
    x = torch.ones(3, 2)
    with pytest.raises(
        TypeError, match="mask must be a torch tensor; got mask of type"
    ):
        attention(x, x, x, mask)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (
            (torch.ones(5, 3), torch.ones(7, 3), torch.ones(6, 3)),
            ValueError,
            "ScoreAttention: k and v must share t_k, their second-to-last axis; "
            "got k (7, 3) and v (6, 3).",
        ),
        (
            (*(torch.ones(5, 5),) * 3, torch.ones(7, 5, dtype=torch.bool)),
            ValueError,
            "ScoreAttention: mask must broadcast to the scores (5, 5); "
            "got mask (7, 5).",
        ),
        (
            (*(torch.ones(5, 5),) * 3, [[True]]),
            TypeError,
            "ScoreAttention: mask must be a torch tensor; got mask of type list.",
        ),
        (
            (torch.ones(5, 3).double(), torch.ones(7, 3), torch.ones(7, 3)),
            TypeError,
            "ScoreAttention: q, k and v must share one floating dtype; "
            "got q torch.float64, k torch.float32, v torch.float32.",
        ),
        (
            (np.ones((5, 3)), torch.ones(7, 3), torch.ones(7, 3)),
            TypeError,
            "ScoreAttention: q must be a torch tensor; got q of type ndarray.",
        ),
    ],
)
def test_score_attention_refuses_wrong_input_in_our_words(arguments, kind, message):
    with pytest.raises(kind) as caught:
        ScoreAttention(DotScore())(*arguments)
    assert str(caught.value) == message


# --- precision and transforms --------------------------------------------------------


@pytest.mark.parametrize("attend", [attention, ScoreAttention(ScaledDotScore())])
@pytest.mark.parametrize("narrow", [False, True])
def test_under_autocast_the_open_path_is_as_exact_as_the_fused_one(attend, narrow):
    q, k, v = qkv(torch.bfloat16, size=3.0)
    exact, exact_weights = attention(
        *(x.double() for x in (q, k, v)), need_weights=True
    )
    if not narrow:
        q, k, v = (x.float() for x in (q, k, v))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        fused, _ = attention(q, k, v)
        output, weights = attend(q, k, v, need_weights=True)
    limit = (fused.double() - exact).abs().max()
    assert (output.double() - exact).abs().max() <= limit
    assert_close(weights.double(), exact_weights, atol=2**-8, rtol=2**-8)
    assert output.dtype == weights.dtype == q.dtype


@pytest.mark.parametrize("dtype", HALVES)
def test_dot_scores_of_half_precision_do_not_overflow(dtype):
    q, k, v = qkv(dtype, size=300.0)
    output, _ = ScoreAttention(DotScore())(q, k, v)
    expected, _ = ScoreAttention(DotScore())(q.double(), k.double(), v.double())
    assert_close(output.double(), expected, atol=1.0, rtol=1e-2)


def samples():
    """Queries, keys and values of one head, and a mask, for each of B samples."""
    mask = torch.from_numpy(padding_mask([3, 7], T_K))
    return [x[:, 0] for x in qkv()] + [mask]


@both_ways
@pytest.mark.parametrize("masked", [False, True])
def test_mapped_over_samples_it_is_a_loop_over_them(need_weights, masked):
    inputs = samples() if masked else samples()[:3]

    def one(*x):
        output, weights = attention(*x, need_weights=need_weights)
        return (output, weights) if need_weights else output

    loop = [one(*(x[b] for x in inputs)) for b in range(B)]
    got = torch.vmap(one)(*inputs)
    expected = (
        torch.stack(loop)
        if not need_weights
        else tuple(torch.stack(part) for part in zip(*loop, strict=True))
    )
    assert_close(got, expected)


@both_ways
def test_samples_may_have_axes_of_their_own(need_weights):
    q, k = (torch.stack([x, -x]) for x in qkv()[:2])  # (2, b, h, t, d)

    def one(q, k):
        return attention(q, k, k, need_weights=need_weights)[0]

    assert_close(torch.vmap(one)(q, k), one(q, k))


@both_ways
def test_derivatives_of_derivatives_agree_with_plain_arithmetic(need_weights):
    q, k, v, mask = (x[0] for x in samples())

    def ours(q):
        return attention(q, k, v, mask, need_weights=need_weights)[0].cos().sum()

    def plain(q):
        scores = (q @ k.T / D_K**0.5).masked_fill(~mask, -torch.inf)
        return (scores.softmax(-1) @ v).cos().sum()

    jacrev = torch.func.jacrev
    assert_close(jacrev(jacrev(ours))(q[:2]), jacrev(jacrev(plain))(q[:2]))


def test_a_gradient_for_each_sample_is_that_of_the_sample_alone():
    def loss(q, k, v, mask):
        return attention(q, k, v, mask)[0].cos().sum()

    of_each = torch.vmap(torch.func.grad(loss))(*samples())
    for b, alone in enumerate(of_each):
        assert_close(alone, torch.func.grad(loss)(*(x[b] for x in samples())))


def test_nothing_but_the_mask_may_follow_by_place():
    with pytest.raises(TypeError, match="takes from 3 to 4 positional arguments"):
        attention(*qkv(), None, True)


# --- by a score, prepared once -------------------------------------------------------


def test_weights_of_a_score_are_left_out_on_request():
    attend = ScoreAttention(DotScore())
    output, weights = attend(*qkv(), need_weights=False)
    assert weights is None
    assert torch.equal(output, attend(*qkv())[0])


class Nearby(Score):
    """Prefers keys near the query's own place: it must be told which that is."""

    def prepare(self, k):
        def scores(q, first=0):
            places = first + torch.arange(q.shape[-2])[:, None]
            return (
                -(torch.arange(k.shape[-2]) - places).abs().to(q).expand(B, H, -1, -1)
            )

        return scores


def test_a_score_is_told_where_the_queries_stand():
    q, k, v = qkv()
    attend = ScoreAttention(Nearby())
    whole, weights = attend(q, k, v, first=2)
    assert weights.argmax(-1)[0, 0].tolist() == [2, 3, 4, 5, 6]
    ask = attend.prepare(k, v)
    for t in range(T_Q):
        output, row = ask(q[..., t : t + 1, :], first=2 + t)
        assert_close(output[..., 0, :], whole[..., t, :])
        assert_close(row[..., 0, :], weights[..., t, :])


def test_what_is_asked_of_prepared_keys_is_checked_too():
    k, v = torch.ones(7, 3), torch.ones(7, 5)
    ask = ScoreAttention(DotScore()).prepare(k, v, torch.ones(5, 7) > 0)
    with pytest.raises(ValueError) as caught:
        ask(torch.ones(2, 3))
    assert str(caught.value) == (
        "ScoreAttention: mask must broadcast to the scores (2, 7); got mask (5, 7)."
    )
    with pytest.raises(TypeError, match="ScoreAttention: mask must be boolean"):
        ScoreAttention(DotScore()).prepare(k, v, torch.ones(5, 7))


# --- the seam ------------------------------------------------------------------------


def told(attend):
    """What an ``attend`` is told when it is called through the seam."""
    x = torch.ones(3, 2)
    return Attending(attend).ask(x, x, x, None, need_weights=True, first=5)[0]


class Everything(torch.nn.Module):
    def forward(self, q, k, v, mask=None, *, need_weights=False, first=0):
        return (need_weights, first), None


def test_who_attends_is_told_as_much_as_it_takes():
    def blind(q, k, v, mask=None, *, need_weights=False):
        return need_weights, None

    def open_ended(q, k, v, mask=None, **how):
        return how, None

    assert told(lambda q, k, v, mask: ("nothing", None)) == "nothing"
    assert told(blind) is True
    assert told(Everything()) == (True, 5)
    assert told(partial(Everything().forward, first=3)) == (True, 5)
    assert told(open_ended) == {"need_weights": True, "first": 5}
