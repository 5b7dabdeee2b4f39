from functools import partial

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from attn_helpers.layers import positions as layers
from attn_helpers.layers.attention import ScoreAttention, attention
from attn_helpers.layers.positions import (
    LearnedPositions,
    Rotary,
    SinusoidalPositions,
)
from attn_helpers.layers.scoring import ScaledDotScore
from attn_helpers.reference import positions as reference
from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.reference.masks import causal_mask
from attn_helpers.reference.scoring import scaled_dot_score

B, H, T_Q, T_K, D = 2, 3, 5, 7, 10
each_pairing = pytest.mark.parametrize("name", ["rope", "rope_half_split"])


def vectors(t=T_K, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(B, H, t, D, generator=generator, dtype=torch.float64).to(dtype)


@each_pairing
def test_rotations_agree_with_the_reference(name):
    x, positions = vectors(), torch.arange(3, 3 + T_K)
    got = getattr(layers, name)(x, positions, base=300.0)
    expected = getattr(reference, name)(x.numpy(), positions.numpy(), base=300.0)
    np.testing.assert_allclose(got, expected, atol=1e-14)


def test_rope_is_one_choice_of_speeds():
    x, speeds = vectors(), torch.from_numpy(reference.frequencies(D, 50.0))
    expected = layers.rope(x, base=50.0, first=3)
    assert_close(layers.rope_at_speeds(x, speeds, first=3), expected)


def test_each_clock_has_a_speed_of_its_own():
    x = torch.tensor([[1.0, 0.0, 1.0, 0.0]] * 3, dtype=torch.double)
    speeds = torch.tensor([0.0, torch.pi / 2], dtype=torch.double)
    turned = layers.rope_at_speeds(x, speeds, first=1)
    assert_close(turned[:, :2], x[:, :2])
    quarters = torch.tensor([[0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]).double()
    assert_close(turned[:, 2:], quarters, rtol=0, atol=1e-6)


def test_speeds_must_fit_the_pairs():
    with pytest.raises(
        ValueError, match=r"each pair .*; got x \(3, 4\) and speeds \(3,"
    ):
        layers.rope_at_speeds(torch.ones(3, 4), torch.ones(3))


@each_pairing
def test_each_sequence_may_count_for_itself(name):
    rotate, x = getattr(layers, name), vectors()
    positions = torch.stack([torch.arange(T_K), torch.arange(T_K) - 2])[:, None]
    assert_close(rotate(x, positions)[1], rotate(x[1], torch.arange(-2, T_K - 2)))


@each_pairing
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_the_dtype_stays_and_far_positions_lose_nothing(name, dtype):
    rotate, far = getattr(layers, name), torch.arange(4097, 4097 + T_K)
    x = vectors(dtype=dtype)
    assert rotate(x, far).dtype == dtype
    expected = rotate(x.double(), far)
    eps = torch.finfo(dtype).eps
    assert_close(rotate(x, far).double(), expected, atol=8 * eps, rtol=0)


@each_pairing
def test_gradients_turn_back(name):
    """The gradient of a rotation is the rotation by the opposite angle."""
    rotate, positions = getattr(layers, name), torch.arange(T_K)
    x, upstream = vectors().requires_grad_(), vectors(seed=1)
    rotate(x, positions).backward(upstream)
    assert_close(x.grad, rotate(upstream, -positions))


def test_sinusoids_are_added_row_by_row():
    x = vectors()[:, 0]
    got = SinusoidalPositions(D)(x)
    table = reference.sinusoidal_positions(T_K, D)
    np.testing.assert_allclose(got - x, np.broadcast_to(table, x.shape), atol=1e-15)
    assert SinusoidalPositions(D)(x.float()).dtype == torch.float32
    assert list(SinusoidalPositions(D).parameters()) == []


def test_learned_vectors_are_added_and_only_rows_in_use_learn():
    layer, x = LearnedPositions(T_K, D).double(), vectors(T_Q)
    assert_close(layer(x) - x, layer.table[:T_Q].expand_as(x))
    layer(x).sum().backward()
    assert_close(layer.table.grad[:T_Q], torch.full((T_Q, D), float(B * H)).double())
    assert (layer.table.grad[T_Q:] == 0).all()


def test_the_score_without_positions_agrees_with_the_reference():
    q, k = vectors(T_Q), vectors(seed=1)
    expected = scaled_dot_score(q.numpy(), k.numpy())
    np.testing.assert_allclose(ScaledDotScore()(q, k), expected, atol=1e-14)


@each_pairing
@pytest.mark.parametrize("first", [0, 2, 400, -3])
def test_without_positions_rows_stand_from_first_on(name, first):
    rotate, x = getattr(layers, name), vectors()
    expected = rotate(x, torch.arange(first, first + T_K), base=50.0)
    for _ in range(2):  # made, then kept
        assert_close(rotate(x, base=50.0, first=first), expected, rtol=0, atol=1e-15)


@each_pairing
@pytest.mark.parametrize(("t_q", "first"), [(T_Q, 0), (T_Q, 2), (T_K + 2, -2)])
def test_rotary_attention_turns_queries_and_keys_by_their_places(name, t_q, first):
    q, k, v = vectors(t_q), vectors(seed=1), vectors(seed=2)
    ref = partial(getattr(reference, name), base=50.0)
    turned = (
        ref(q.numpy(), np.arange(first, first + t_q)),
        ref(k.numpy(), np.arange(T_K)),
    )
    mask = causal_mask(t_q, T_K, first)
    expected = scaled_dot_product_attention(*turned, v.numpy(), mask)
    attend = Rotary(attention, partial(getattr(layers, name), base=50.0))
    mask = torch.from_numpy(mask)
    got = attend(q, k, v, mask, need_weights=True, first=first)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-13)
    assert attend(q, k, v, mask, first=first)[1] is None


@pytest.mark.parametrize("attend", [attention, ScoreAttention(ScaledDotScore())])
def test_one_query_at_a_time_gives_the_rows_of_all_at_once(attend):
    q, k, v = vectors(), vectors(seed=1), vectors(seed=2)
    attend = Rotary(attend)
    whole, _ = attend(q, k, v, torch.from_numpy(causal_mask(T_K)))
    for t in range(T_K):
        past = k[:, :, : t + 1], v[:, :, : t + 1]
        step, _ = attend(q[:, :, t : t + 1], *past, first=t)
        assert_close(step[:, :, 0], whole[:, :, t])


def test_positions_go_on_from_first():
    x = vectors()[:, 0]
    for layer in (SinusoidalPositions(D), LearnedPositions(T_K, D).double()):
        whole = layer(x)
        for t in range(T_K):
            assert_close(layer(x[:, t : t + 1], first=t), whole[:, t : t + 1])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_in_half_precision_only_the_last_step_rounds(dtype):
    """Casting the model must not round the table, nor far positions in it."""
    layer, x = SinusoidalPositions(D).to(dtype), vectors(5000).to(dtype)
    expected, half_a_step = layer(x.double()), torch.finfo(dtype).eps / 2
    assert_close(layer(x).double(), expected, atol=1e-6, rtol=1.01 * half_a_step)


def test_far_positions_in_half_precision_are_refused():
    places = torch.arange(300).to(torch.bfloat16)  # 257 has become 256
    with pytest.raises(TypeError) as caught:
        layers.rope(vectors(300), places)
    assert str(caught.value) == (
        "rope: positions must be whole numbers, or float32 or wider; "
        "got positions of dtype torch.bfloat16."
    )


@pytest.mark.parametrize("layer", [SinusoidalPositions(14), LearnedPositions(17, 14)])
def test_places_may_be_given_one_by_one(layer):
    """As for sentences with padding in other columns: 0, 1, 2 wherever they stand."""
    places = torch.tensor([[0, 0, 1, 2, 2], [3, 11, 13, 5, 7]])
    x = torch.randn(2, 5, 14)
    got = layer(x, places)
    for b in range(2):
        for t in range(5):
            alone = layer(x[b, t : t + 1], first=places[b, t].item())
            assert_close(got[b, t], alone[0])


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda: layers.rope(torch.ones(3, 5), torch.arange(3)),
            ValueError,
            "rope: d_k must be even, as its numbers are taken in pairs; got d_k=5.",
        ),
        (
            lambda: layers.rope_half_split(torch.ones(2, 3, 4), torch.arange(2)),
            ValueError,
            "rope_half_split: positions must broadcast to (..., t) = (2, 3); "
            "got positions (2,).",
        ),
        (
            lambda: layers.rope(torch.ones(4), torch.arange(3)),
            ValueError,
            "the axes (..., t, d_k); got x (4,).",
        ),
        (
            lambda: layers.rope(torch.ones(3, 4), [0, 1, 2]),
            TypeError,
            "positions must be a torch tensor; got positions of type list.",
        ),
        (
            lambda: layers.rope(np.ones((3, 4)), torch.arange(3)),
            TypeError,
            "x must be a torch tensor; got x of type ndarray.",
        ),
        (
            lambda: layers.rope(torch.ones(3, 4), torch.arange(3), base=-2),
            ValueError,
            "rope: base must be greater than 0; got base=-2.",
        ),
        (
            lambda: SinusoidalPositions(7),
            ValueError,
            "SinusoidalPositions: d_model must be even",
        ),
        (
            lambda: SinusoidalPositions(4)(torch.ones(4)),
            ValueError,
            "SinusoidalPositions: x must have the axes (..., t, d_model); got x (4,).",
        ),
        (
            lambda: SinusoidalPositions(4)(torch.ones(3, 6)),
            ValueError,
            "SinusoidalPositions: x must have d_model=4 for its last "
            "axis; got x (3, 6).",
        ),
        (
            lambda: SinusoidalPositions(4)(torch.ones(3, 4, dtype=torch.int64)),
            TypeError,
            "SinusoidalPositions: x must have a floating dtype; got x torch.int64.",
        ),
        (
            lambda: Rotary()(torch.ones(3, 4), torch.ones(4), torch.ones(3, 4)),
            ValueError,
            "Rotary: k must have the axes (..., t_k, d_k); got k (4,).",
        ),
        (
            lambda: LearnedPositions(7, 4)(torch.ones(8, 4)),
            ValueError,
            "LearnedPositions: first + t must be at most max_length; "
            "got first + t=8 and max_length=7.",
        ),
        (
            lambda: LearnedPositions(7, 4)(torch.ones(5, 4), first=3),
            ValueError,
            "got first + t=8 and max_length=7.",
        ),
        (
            lambda: LearnedPositions(7, 4)(torch.ones(5, 4), first=-1),
            ValueError,
            "LearnedPositions: first must be at least 0; got first=-1.",
        ),
        (
            lambda: SinusoidalPositions(4)(torch.ones(5, 4), first=0.5),
            TypeError,
            "SinusoidalPositions: first must be a whole number; "
            "got first of type float.",
        ),
        (
            lambda: LearnedPositions(7, 4)(torch.ones(5, 6)),
            ValueError,
            "LearnedPositions: x must have d_model=4 for its last axis; got x (5, 6).",
        ),
        (
            lambda: LearnedPositions(7, 4)(torch.ones(5, 4), torch.arange(3)),
            ValueError,
            "LearnedPositions: positions must broadcast to (..., t) = (5,); "
            "got positions (3,).",
        ),
        (lambda: LearnedPositions(0, 4), ValueError, "got max_length=0."),
        (lambda: LearnedPositions(7, 0), ValueError, "got d_model=0."),
        (
            lambda: Rotary()(torch.ones(3, 4), *[torch.ones(3, 6)] * 2),
            ValueError,
            "Rotary: q and k must share d_k",
        ),
        (
            lambda: ScaledDotScore()(torch.ones(3, 4), torch.ones(3, 6)),
            ValueError,
            "ScaledDotScore: q and k must share d_k",
        ),
    ],
)
def test_what_cannot_be_placed_is_refused(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert message in str(caught.value)
