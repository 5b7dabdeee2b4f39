import math

import numpy as np
import pytest
import torch
from rotary_embedding_torch import RotaryEmbedding

from attn_helpers.reference.positions import (
    frequencies,
    half_split_order,
    interpolated_positions,
    ntk_base,
    rope,
    rope_half_split,
    sinusoidal_positions,
)
from attn_helpers.reference.scoring import scaled_dot_score

B, H, T, D = 2, 3, 7, 10
each_pairing = pytest.mark.parametrize("rotate", [rope, rope_half_split])


def vectors(seed=0, t=T, dtype=np.float64):
    return np.random.default_rng(seed).normal(size=(B, H, t, D)).astype(dtype)


# --- frequencies and sinusoids ---


def test_frequencies_fall_by_one_ratio_from_one():
    got = frequencies(D)
    assert got[0] == 1.0
    np.testing.assert_allclose(got[1:] / got[:-1], 10_000 ** (-2 / D))


def test_sinusoids_agree_with_a_loop_over_the_formula():
    table = sinusoidal_positions(T, D, base=500.0)
    assert table.shape == (T, D)
    for position in range(T):
        for column in range(D):
            angle = position / 500 ** (2 * (column // 2) / D)
            wave = math.cos(angle) if column % 2 else math.sin(angle)
            assert table[position, column] == pytest.approx(wave, abs=1e-14)


def test_sinusoids_use_base_10000():
    angle = 3 / 10_000 ** (8 / 10)
    row = sinusoidal_positions(5, 10)[3]
    assert row[8:].tolist() == pytest.approx([math.sin(angle), math.cos(angle)])


def test_a_longer_table_of_sinusoids_begins_with_the_shorter_one():
    np.testing.assert_array_equal(
        sinusoidal_positions(11, D)[:T], sinusoidal_positions(T, D)
    )


@pytest.mark.parametrize("first", [0, 3, -2, np.uint8(250)])
def test_a_table_of_sinusoids_may_begin_anywhere(first):
    later = sinusoidal_positions(T, D, first=first)
    angles = (int(first) + np.arange(T))[:, None] * frequencies(D)
    np.testing.assert_array_equal(later[:, 0::2], np.sin(angles))
    np.testing.assert_array_equal(later[:, 1::2], np.cos(angles))


@each_pairing
@pytest.mark.parametrize("dtype", ["int8", "uint8", "uint16", "uint64", "float16"])
def test_positions_of_every_dtype_turn_alike(rotate, dtype):
    positions = np.arange(120, 120 + T)
    np.testing.assert_array_equal(
        rotate(vectors(), positions.astype(dtype)), rotate(vectors(), positions)
    )


def test_the_dot_product_of_two_sinusoids_depends_on_the_offset_alone():
    products = sinusoidal_positions(13, D) @ sinusoidal_positions(13, D).T
    for offset in range(13):
        diagonal = np.diagonal(products, offset)
        np.testing.assert_allclose(diagonal, np.cos(offset * frequencies(D)).sum())


def test_one_rotation_moves_every_sinusoid_on_by_the_same_step():
    """(sin, cos) as a pair turns backwards: swap each pair to turn forwards."""
    table = sinusoidal_positions(13, D)
    as_points = table.reshape(13, -1, 2)[:, :, ::-1].reshape(13, D)
    moved = rope(as_points[:-5], 5)
    np.testing.assert_allclose(moved, as_points[5:], atol=1e-14)


def test_added_sinusoids_do_not_make_scores_blind_to_a_common_shift():
    q, k = vectors(0), vectors(1)
    table = sinusoidal_positions(T + 5, D)
    here = scaled_dot_score(q + table[:T], k + table[:T])
    there = scaled_dot_score(q + table[5:], k + table[5:])
    assert np.abs(here - there).max() > 0.5


# --- rotations ---


def test_rope_agrees_with_complex_multiplication():
    x, positions = vectors(), np.arange(3, 3 + T)
    as_complex = x[..., 0::2] + 1j * x[..., 1::2]
    turned = as_complex * np.exp(1j * positions[:, None] * frequencies(D, 300.0))
    expected = np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape)
    np.testing.assert_allclose(rope(x, positions, 300.0), expected, atol=1e-14)


def test_rope_agrees_with_a_published_implementation():
    x = vectors(dtype=np.float32)
    published = RotaryEmbedding(dim=D, theta=10_000, cache_if_possible=False)
    for start in (0, 5):
        expected = published.rotate_queries_or_keys(torch.from_numpy(x), offset=start)
        got = rope(x, np.arange(start, start + T))
        np.testing.assert_allclose(got, expected.detach(), atol=1e-6)


def test_half_split_agrees_with_the_form_that_rotates_half():
    """The form of GPT-NeoX: x cos + rotate_half(x) sin, angles laid out twice."""
    x, positions = vectors(), np.arange(3, 3 + T)
    angles = np.tile(positions[:, None] * frequencies(D), 2)
    rotated = np.concatenate([-x[..., D // 2 :], x[..., : D // 2]], axis=-1)
    expected = x * np.cos(angles) + rotated * np.sin(angles)
    np.testing.assert_allclose(rope_half_split(x, positions), expected, atol=1e-14)


def test_the_two_pairings_are_one_up_to_the_order_of_columns():
    x, positions, order = vectors(), np.arange(3, 3 + T), half_split_order(D)
    got = rope_half_split(x[..., order], positions)
    np.testing.assert_allclose(got, rope(x, positions)[..., order], atol=1e-15)
    assert not np.allclose(rope_half_split(x, positions), rope(x, positions))


def test_the_two_pairings_agree_where_they_must():
    x = vectors()
    np.testing.assert_array_equal(rope(x, 0), x)
    np.testing.assert_array_equal(rope_half_split(x, 0), x)
    pair = x[..., :2]
    np.testing.assert_allclose(rope(pair, 5), rope_half_split(pair, 5))


@each_pairing
def test_turning_keeps_every_length(rotate):
    x = vectors()
    got = rotate(x, np.arange(100, 100 + T))
    np.testing.assert_allclose(
        np.linalg.norm(got, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-14
    )


@each_pairing
@pytest.mark.parametrize("shift", [1, 0.25, 5_000])
def test_scores_of_turned_vectors_do_not_see_a_common_shift(rotate, shift):
    q, k = vectors(0, t=5), vectors(1)
    rows, columns = np.arange(2, 7), np.arange(T)
    here = scaled_dot_score(rotate(q, rows), rotate(k, columns))
    there = scaled_dot_score(rotate(q, rows + shift), rotate(k, columns + shift))
    np.testing.assert_allclose(here, there, atol=1e-11)


@each_pairing
def test_turning_only_the_queries_lets_scores_see_a_common_shift(rotate):
    q, k = vectors(0), vectors(1)
    here = scaled_dot_score(rotate(q, np.arange(T)), k)
    there = scaled_dot_score(rotate(q, np.arange(5, T + 5)), k)
    assert np.abs(here - there).max() > 0.5


@each_pairing
def test_equal_vectors_score_by_offset_alone(rotate):
    x = np.broadcast_to(vectors()[0, 0, 0], (T, D))
    scores = scaled_dot_score(rotate(x, np.arange(T)), rotate(x, np.arange(T)))
    for offset in range(T):
        assert np.ptp(np.diagonal(scores, offset)) < 1e-13
    assert np.argmax(scores[0]) == 0


@each_pairing
def test_each_sequence_may_count_for_itself(rotate):
    """Left padding: the second sequence begins two places later."""
    x = vectors()
    positions = np.stack([np.arange(T), np.arange(T) - 2])[:, None]  # (b, 1, t)
    got = rotate(x, positions)
    np.testing.assert_array_equal(got[0], rotate(x[0], np.arange(T)))
    np.testing.assert_array_equal(got[1], rotate(x[1], np.arange(-2, T - 2)))


@each_pairing
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_stays_and_far_positions_lose_nothing(rotate, dtype):
    x = vectors(dtype=dtype)
    far = np.arange(4097, 4097 + T)  # float16 has no odd number up there
    got = rotate(x, far)
    assert got.dtype == dtype
    expected = rotate(x.astype(np.float64), far)
    np.testing.assert_allclose(got, expected, atol=8 * np.finfo(dtype).eps)


def test_whole_numbers_come_back_as_floats():
    assert rope([[1, 0]], 1).dtype == np.float64


def test_the_input_is_left_alone():
    x = vectors()
    before = x.copy()
    rope(x, np.arange(T))
    np.testing.assert_array_equal(x, before)


# --- longer than in training ---


def test_interpolated_positions_end_within_the_trained_ones():
    got = interpolated_positions(21, trained=7)
    np.testing.assert_allclose(got, np.arange(21) / 3)
    assert got.max() < 7


def test_short_sequences_keep_their_positions():
    np.testing.assert_array_equal(interpolated_positions(5, trained=7), np.arange(5))


def test_ntk_slows_the_last_pair_by_the_factor_and_the_first_not_at_all():
    ratio = frequencies(D) / frequencies(D, ntk_base(D, factor=3.0))
    assert ratio[0] == 1.0
    assert ratio[-1] == pytest.approx(3.0)
    assert (np.diff(ratio) > 0).all()
    assert ntk_base(D, factor=1.0, base=77.0) == pytest.approx(77.0)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: frequencies(7), ValueError, "frequencies: d must be even, as its n"),
        (lambda: frequencies(7), ValueError, "got d=7."),
        (lambda: frequencies(4, 0), ValueError, "base must be greater than 0; got b"),
        (lambda: sinusoidal_positions(0, 4), ValueError, "got length=0."),
        (lambda: sinusoidal_positions(3, 5), ValueError, "got d_model=5."),
        (lambda: sinusoidal_positions(3, 4, -1), ValueError, "_positions: base must"),
        (lambda: half_split_order(5), ValueError, "half_split_order: d_k must be ev"),
        (lambda: rope(np.ones((3, 5)), 0), ValueError, "rope: d_k must be even, as "),
        (lambda: rope(np.ones((3, 5)), 0), ValueError, "got d_k=5."),
        (lambda: rope(np.ones(4), 0), ValueError, "(..., t, d_k); got x (4,)."),
        (
            lambda: rope(np.ones((2, 3, 4)), np.arange(2)),
            ValueError,
            "positions must broadcast to (..., t) = (2, 3); got positions (2,).",
        ),
        (lambda: rope(np.ones((3, 4)), np.nan), ValueError, "must be finite; got nan"),
        (lambda: rope(np.ones((3, 4)), "1"), TypeError, "positions must hold real"),
        (
            lambda: rope_half_split(np.ones((3, 5)), 0),
            ValueError,
            "rope_half_split: d_k must be even",
        ),
        (lambda: interpolated_positions(0, 3), ValueError, "got length=0."),
        (lambda: interpolated_positions(3, 0), ValueError, "got trained=0."),
        (lambda: ntk_base(2, 2.0), ValueError, "ntk_base: d_k must be at least 4; "),
        (lambda: ntk_base(4, 0.0), ValueError, "factor must be greater than 0; got"),
        (lambda: ntk_base(4, 2.0, 0), ValueError, "ntk_base: base must be greater "),
    ],
)
def test_what_cannot_be_placed_is_refused(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert message in str(caught.value)
