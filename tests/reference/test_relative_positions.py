import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from attn_helpers.reference.masks import causal_mask, window_mask
from attn_helpers.reference.relative_positions import (
    alibi_bias,
    alibi_slopes,
    bucket_bias,
    offsets,
    shaw_scores,
    t5_buckets,
    t5_causal_buckets,
)
from attn_helpers.reference.scoring import scaled_dot_score

B, H, T_Q, T_K, D_K = 2, 3, 5, 7, 11
each_size = pytest.mark.parametrize(("t_q", "t_k"), [(7, 7), (3, 7), (7, 3)])


@each_size
@pytest.mark.parametrize("first", [0, 4, -1])
def test_offsets_line_up_as_the_masks_do(t_q, t_k, first):
    places = t_k, first
    np.testing.assert_array_equal(offsets(t_q, *places) <= 0, causal_mask(t_q, *places))
    near = np.abs(offsets(t_q, *places)) <= 2
    np.testing.assert_array_equal(near, window_mask(t_q, 2, *places))


def test_offsets_are_square_unless_told():
    np.testing.assert_array_equal(offsets(2), [[0, 1], [-1, 0]])


# --- Shaw ---


def qk(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(B, H, T_Q, D_K)), rng.normal(size=(B, H, T_K, D_K))


def table(radius=2):
    return np.random.default_rng(1).normal(size=(2 * radius + 1, D_K))


@pytest.mark.parametrize("first", [0, 2, 5])
def test_shaw_scores_agree_with_a_loop(first):
    (q, k), vectors = qk(), table(radius=2)
    got = shaw_scores(q, k, vectors, first)
    assert got.shape == (B, H, T_Q, T_K)
    for i in range(T_Q):
        for j in range(T_K):
            offset = max(-2, min(2, j - (first + i)))
            key = k[:, :, j] + vectors[offset + 2]
            expected = (q[:, :, i] * key).sum(-1) / math.sqrt(D_K)
            np.testing.assert_allclose(got[:, :, i, j], expected)


def test_shaw_with_vectors_of_zero_is_the_scaled_dot_product():
    q, k = qk()
    np.testing.assert_array_equal(
        shaw_scores(q, k, np.zeros((5, D_K))), scaled_dot_score(q, k)
    )


def test_shaw_scores_move_along_with_the_sequence():
    """Drop the first token: the scores among the others stay what they were."""
    q = np.random.default_rng(2).normal(size=(T_K, D_K))
    whole, rest = shaw_scores(q, q, table()), shaw_scores(q[1:], q[1:], table())
    np.testing.assert_allclose(whole[1:, 1:], rest)


def test_shaw_broadcasts_keys_shared_by_the_heads():
    q, k = qk()
    got = shaw_scores(q, k[:, :1], table())
    np.testing.assert_allclose(got[1, 2], shaw_scores(q[1, 2], k[1, 0], table()))
    got = shaw_scores(q[:1, :1], k, table())
    np.testing.assert_allclose(got[1, 2], shaw_scores(q[0, 0], k[1, 2], table()))


# --- T5 ---


@pytest.mark.parametrize(
    ("offset", "bucket"),
    [
        (0, 0),
        (-1, 1),
        (-7, 7),  # the last exact one: half of 16
        (-8, 8),  # 8 + 8 · log(8 / 8) / log(16) = 8
        (-11, 8),  # 8 + 0.92
        (-12, 9),  # 8 + 1.17
        (-16, 10),  # 8 + 2, a whole power: 16 = 8 · 16^(2/8)
        (-32, 12),
        (-64, 14),
        (-90, 14),  # 8 + 6.98
        (-91, 15),  # 8 + 7.01
        (-127, 15),
        (-128, 15),
        (-10_000, 15),
        (1, 17),
        (7, 23),
        (64, 30),
        (10_000, 31),
    ],
)
def test_t5_buckets_worked_by_hand(offset, bucket):
    assert t5_buckets(offset) == bucket


@pytest.mark.parametrize(
    ("offset", "bucket"),
    [
        (5, 0),  # the future shares the bucket of the present
        (0, 0),
        (-15, 15),
        (-16, 16),
        (-18, 16),  # 16 + 16 · log(18 / 16) / log(8) = 16 + 0.91
        (-19, 17),  # 16 + 1.32
        (-32, 21),  # 16 + 16 / 3
        (-64, 26),  # 16 + 32 / 3
        (-112, 30),  # 16 + 14.97
        (-113, 31),  # 16 + 15.04
        (-128, 31),
        (-10_000, 31),
    ],
)
def test_t5_causal_buckets_worked_by_hand(offset, bucket):
    assert t5_causal_buckets(offset) == bucket


def exact_log_bucket(distance, num_buckets, max_distance):
    """In whole numbers: the largest n with distance^m >= exact^(m - n) · max^n."""
    exact = num_buckets // 2
    if distance < exact:
        return distance
    m, ratio = num_buckets - exact, Fraction(max_distance, exact)
    n = max(n for n in range(m + 1) if Fraction(distance, exact) ** m >= ratio**n)
    return min(exact + n, num_buckets - 1)


@pytest.mark.parametrize(
    ("num_buckets", "max_distance"), [(16, 128), (32, 128), (8, 32), (13, 31), (2, 64)]
)
def test_causal_buckets_agree_with_exact_arithmetic(num_buckets, max_distance):
    distances = range(2 * max_distance)
    got = t5_causal_buckets([-n for n in distances], num_buckets, max_distance)
    expected = [exact_log_bucket(n, num_buckets, max_distance) for n in distances]
    np.testing.assert_array_equal(got, expected)


def test_every_doubling_opens_a_bucket_though_logarithms_round():
    # 4 exact buckets, then 5 for doublings 4, 8, … 128; log 2 / log 32 · 5 is 0.999…
    far = [-4, -7, -8, -15, -16, -31, -32, -63, -64, -127, -128]
    buckets = t5_causal_buckets(far, num_buckets=9, max_distance=128)
    assert buckets.tolist() == [4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 8]


def test_buckets_for_both_directions_are_two_halves():
    steps = np.arange(1, 301)
    behind, ahead = t5_buckets(-steps, 18, 100), t5_buckets(steps, 18, 100)
    np.testing.assert_array_equal(ahead, behind + 9)
    np.testing.assert_array_equal(behind, t5_causal_buckets(-steps, 9, 100))


def test_bucket_bias_looks_up_one_number_a_head():
    numbers = np.random.default_rng(0).normal(size=(32, H))
    buckets = t5_causal_buckets(offsets(T_Q, T_K))
    got = bucket_bias(numbers, buckets)
    assert got.shape == (H, T_Q, T_K)
    for h, i, j in np.ndindex(got.shape):
        assert got[h, i, j] == numbers[buckets[i, j], h]


# --- ALiBi ---


@pytest.mark.parametrize(
    ("num_heads", "slopes"),
    [
        (1, [2**-8]),
        (2, [2**-4, 2**-8]),
        (8, [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]),
        (3, [2**-4, 2**-8, 2**-2]),
        (5, [2**-2, 2**-4, 2**-6, 2**-8, 2**-1]),
        (7, [2**-2, 2**-4, 2**-6, 2**-8, 2**-1, 2**-3, 2**-5]),
        (12, [*(2.0**-n for n in range(1, 9)), 2**-0.5, 2**-1.5, 2**-2.5, 2**-3.5]),
    ],
)
def test_slopes_written_out(num_heads, slopes):
    np.testing.assert_allclose(alibi_slopes(num_heads), slopes, rtol=1e-15)


def test_no_two_heads_share_a_slope():
    for num_heads in range(1, 40):
        assert len(set(alibi_slopes(num_heads).round(12))) == num_heads


@each_size
@pytest.mark.parametrize("first", [0, 4])
def test_the_penalty_is_slope_times_distance(t_q, t_k, first):
    got, slopes = alibi_bias(H, t_q, t_k, first), alibi_slopes(H)
    assert got.shape == (H, t_q, t_k)
    for h, i, j in np.ndindex(got.shape):
        assert got[h, i, j] == -slopes[h] * abs(first + i - j)
    assert not np.signbit(got[got == 0]).any()


def test_alibi_agrees_with_the_short_form_of_the_paper_under_a_causal_mask():
    """Their code adds slope · j: in each row a constant away, so one softmax."""
    short = alibi_slopes(H)[:, None, None] * np.arange(T_K)
    mask = causal_mask(T_Q, T_K)
    rows = [
        torch.from_numpy(np.where(mask, bias, -np.inf)).softmax(-1)
        for bias in (alibi_bias(H, T_Q, T_K), np.broadcast_to(short, (H, T_Q, T_K)))
    ]
    torch.testing.assert_close(*rows)


def test_biases_depend_on_the_offset_alone():
    numbers = np.random.default_rng(0).normal(size=(32, H))
    learnt = bucket_bias(numbers, t5_buckets(offsets(T_K)))
    for bias in (alibi_bias(H, T_K), learnt):
        np.testing.assert_array_equal(bias[:, 1:, 1:], bias[:, :-1, :-1])


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: offsets(0), ValueError, "offsets: t_q must be at least 1; got t_q=0."),
        (lambda: offsets(3, 0), ValueError, "got t_k=0."),
        (
            lambda: shaw_scores(*qk(), np.ones((4, D_K))),
            ValueError,
            "relative_keys must have an odd number of rows, 2 · radius + 1; "
            "got relative_keys (4, 11).",
        ),
        (
            lambda: shaw_scores(*qk(), np.ones((3, 13))),
            ValueError,
            "q and relative_keys must share d_k, their last axis; "
            "got q (2, 3, 5, 11) and relative_keys (3, 13).",
        ),
        (
            lambda: shaw_scores(np.ones((3, 5)), np.ones((3, 7)), np.ones((3, 5))),
            ValueError,
            "shaw_scores: q and k must share d_k",
        ),
        (lambda: t5_buckets(1.5), TypeError, "got offsets of dtype float64."),
        (lambda: t5_buckets(1, 5), ValueError, "t5_buckets: num_buckets must be even"),
        (lambda: t5_buckets(1, 2), ValueError, "at least 4; got num_buckets=2."),
        (lambda: t5_buckets(1, 32, 8), ValueError, "at least 9; got max_distance=8."),
        (
            lambda: t5_causal_buckets(1, 1),
            ValueError,
            "t5_causal_buckets: num_buckets must be at least 2; got num_buckets=1.",
        ),
        (
            lambda: t5_causal_buckets(1, 32, 16),
            ValueError,
            "at least 17; got max_distance=16.",
        ),
        (
            lambda: bucket_bias(np.ones((3, 2)), [[0, 3]]),
            ValueError,
            "buckets must be from 0 to 2; got 3 at buckets[0, 1].",
        ),
        (lambda: bucket_bias(np.ones((3, 2)), [[0.0]]), TypeError, "of dtype float64"),
        (lambda: alibi_slopes(0), ValueError, "alibi_slopes: num_heads must be at lea"),
        (lambda: alibi_bias(2.0, 3), TypeError, "alibi_bias: num_heads must be a w"),
        (lambda: alibi_bias(2, 0), ValueError, "alibi_bias: t_q must be at least 1"),
    ],
)
def test_what_has_no_offset_is_refused(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert message in str(caught.value)


NARROW = ["int8", "uint8", "int16", "uint16", "uint32", "uint64"]


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("function", [t5_buckets, t5_causal_buckets])
def test_narrow_offsets_have_the_buckets_of_wide_ones(function, dtype):
    ends = np.iinfo(dtype)
    wide = np.array([ends.min, 0, 1, 20, 127, min(ends.max, 2**63 - 1)], dtype=object)
    got = function(wide.astype(dtype))
    assert got.dtype == np.int64
    np.testing.assert_array_equal(got, function(wide.astype(np.int64)))


@pytest.mark.parametrize(
    ("function", "buckets"), [(t5_buckets, [15, 31]), (t5_causal_buckets, [31, 0])]
)
def test_the_longest_way_that_int64_holds_is_as_far_as_any(function, buckets):
    ends = np.iinfo(np.int64)
    assert function(np.array([ends.min, ends.max])).tolist() == buckets


@pytest.mark.parametrize("dtype", NARROW)
def test_narrow_bucket_numbers_look_up_the_same_rows(dtype):
    rows, buckets = table(radius=2), np.array([[4, 0, 3]], dtype)
    np.testing.assert_array_equal(bucket_bias(rows, buckets)[:, 0], rows[[4, 0, 3]].T)
