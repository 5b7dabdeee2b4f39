import math
from functools import partial

import numpy as np
import pytest
import torch

from attn_helpers.reference.scoring import (
    additive_score,
    bilinear_score,
    cosine_score,
    dot_score,
    gaussian_score,
    scaled_dot_score,
)

B, T_Q, T_K, D_Q, D_K, D_HIDDEN = 2, 5, 7, 13, 11, 17
RNG = np.random.default_rng(0)
W_Q, W_K = RNG.normal(size=(D_Q, D_HIDDEN)), RNG.normal(size=(D_K, D_HIDDEN))
W_OUT, W = RNG.normal(size=D_HIDDEN), RNG.normal(size=(D_Q, D_K))
SAME_WIDTH = [
    dot_score,
    scaled_dot_score,
    cosine_score,
    partial(gaussian_score, bandwidth=1.7),
]
OWN_WIDTHS = [
    partial(additive_score, w_q=W_Q, w_k=W_K, w_out=W_OUT),
    partial(bilinear_score, w=W),
]


def pair(score, dtype=np.float64):
    rng = np.random.default_rng(1)
    width = D_Q if score in OWN_WIDTHS else D_K
    q = rng.normal(size=(B, T_Q, width)).astype(dtype)
    return q, rng.normal(size=(B, T_K, D_K)).astype(dtype)


def by_hand(score, q, k):
    """One pair of vectors, with Python's own floats."""
    products = [a * b for a, b in zip(q, k, strict=False)]
    if score is dot_score:
        return sum(products)
    if score is scaled_dot_score:
        return sum(products) / math.sqrt(len(q))
    if score is cosine_score:
        return sum(products) / math.hypot(*q) / math.hypot(*k)
    if score in OWN_WIDTHS[1:]:
        cells = [(i, j) for i in range(len(q)) for j in range(len(k))]
        return sum(q[i] * W[i, j] * k[j] for i, j in cells)
    if score in OWN_WIDTHS:
        hidden = [
            sum(q[i] * W_Q[i, n] for i in range(len(q)))
            + sum(k[j] * W_K[j, n] for j in range(len(k)))
            for n in range(D_HIDDEN)
        ]
        return sum(W_OUT[n] * math.tanh(hidden[n]) for n in range(D_HIDDEN))
    return -(math.dist(q, k) ** 2) / (2 * 1.7**2)


def name(score):
    return getattr(score, "func", score).__name__


@pytest.mark.parametrize("score", SAME_WIDTH + OWN_WIDTHS, ids=name)
def test_every_entry_is_the_score_of_its_own_pair(score):
    q, k = pair(score)
    scores = score(q, k)
    assert scores.shape == (B, T_Q, T_K)
    for b, i, j in np.ndindex(scores.shape):
        expected = by_hand(score, q[b, i].tolist(), k[b, j].tolist())
        assert scores[b, i, j] == pytest.approx(expected, abs=1e-12, rel=1e-12)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("score", SAME_WIDTH, ids=name)
def test_the_dtype_is_kept(score, dtype):
    scores = score(*pair(score, dtype))
    assert scores.dtype == dtype
    tolerance = 20 * float(np.finfo(dtype).eps)
    expected = score(*pair(score))
    np.testing.assert_allclose(scores, expected, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("score", SAME_WIDTH, ids=name)
def test_integers_become_float64(score):
    assert score([[1, 2]], [[3, 4]]).dtype == np.float64


@pytest.mark.parametrize("score", SAME_WIDTH + OWN_WIDTHS, ids=name)
def test_batch_axes_broadcast(score):
    q, k = pair(score)
    np.testing.assert_allclose(score(q, k[:1])[1], score(q[1], k[0]), atol=1e-14)
    assert score(q[0], k).shape == (B, T_Q, T_K)


def test_scaling_keeps_the_variance_of_the_scores_near_one():
    q, k = np.random.default_rng(2).normal(size=(2, 401, 256))
    assert dot_score(q, k).var() == pytest.approx(256, rel=0.1)
    assert scaled_dot_score(q, k).var() == pytest.approx(1, rel=0.1)


def test_cosine_agrees_with_torch():
    q, k = (torch.from_numpy(x) for x in pair(cosine_score))
    expected = torch.cosine_similarity(q[:, :, None], k[:, None], dim=-1)
    np.testing.assert_allclose(cosine_score(q, k), expected, atol=1e-12)


def test_cosine_does_not_see_length():
    q, k = pair(cosine_score)
    np.testing.assert_allclose(cosine_score(q, 3 * k), cosine_score(q, k), atol=1e-14)


def test_cosine_of_a_zero_vector_is_zero():
    np.testing.assert_array_equal(cosine_score([[0, 0], [3, 4]], [[3, 4]]), [[0], [1]])


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_cosine_survives_vectors_whose_squares_leave_the_range(size):
    assert cosine_score([[3 * size, 4 * size]], [[1.0, 0.0]]) == pytest.approx(0.6)


def test_cosine_of_float16_survives_long_vectors():
    q = np.full((1, 2), 300, dtype=np.float16)  # its square is past 65504
    assert cosine_score(q, q)[0, 0] == pytest.approx(1, abs=2e-3)


def test_gaussian_keeps_its_digits_for_neighbours_far_from_the_origin():
    # |q|² + |k|² - 2 q·k gives 0 or ±4 here.
    scores = gaussian_score([[1e8]], [[1e8 + 1]])
    np.testing.assert_array_equal(scores, [[-0.5]])


def test_gaussian_is_never_above_zero_and_prints_zero_plainly():
    q = 1e6 + np.random.default_rng(3).normal(size=(T_Q, D_K))
    scores = gaussian_score(q, q, bandwidth=0.1)
    assert scores.max() == 0.0
    assert not np.signbit(np.diag(scores)).any()


def test_gaussian_too_far_to_square_scores_minus_infinity():
    assert gaussian_score([[1e200]], [[0.0]]) == -np.inf


def test_a_numpy_bandwidth_does_not_widen_the_scores():
    q = np.ones((1, 2), dtype=np.float32)
    assert gaussian_score(q, q, np.float64(2)).dtype == np.float32


@pytest.mark.parametrize("score", SAME_WIDTH, ids=name)
def test_q_and_k_must_share_d_k(score):
    message = r": q and k must share d_k, their last axis; "
    message = name(score) + message + r"got q \(5, 11\) and k \(7, 10\)\.$"
    with pytest.raises(ValueError, match=message):
        score(np.ones((5, 11)), np.ones((7, 10)))


@pytest.mark.parametrize("score", SAME_WIDTH + OWN_WIDTHS, ids=name)
def test_batches_that_do_not_match_are_refused(score):
    q, k = pair(score)
    q = np.concatenate([q, q[:1]])
    message = rf"must be equal or 1; got q \(3, 5, {q.shape[-1]}\) and k \(2, 7, 11\)"
    with pytest.raises(ValueError, match=message):
        score(q, k)


@pytest.mark.parametrize("score", SAME_WIDTH + OWN_WIDTHS, ids=name)
def test_a_single_vector_is_refused(score):
    with pytest.raises(
        ValueError, match=r"axes \(..., t_q, d_[kq]\); got q \(11,\)\.$"
    ):
        score(np.ones(11), np.ones((7, 11)))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"w_q": W_K}, r"q and w_q must share d_q, the last axis of q and the "),
        ({"w_q": W_K}, r"second-to-last of w_q; got q \(2, 5, 13\) and w_q \(11, 17\)"),
        ({"w_k": W_Q}, r"must share d_k, .*; got k \(2, 7, 11\) and w_k \(13, 17\)"),
        ({"w_k": W_K[:, 1:]}, r"share d_hidden, .*\(13, 17\) and w_k \(11, 16\)"),
        ({"w_out": W_OUT[1:]}, r"share d_hidden, .*\(13, 17\) and w_out \(16,\)"),
        ({"w_out": W_OUT[:, None]}, r"axes \(d_hidden,\); got w_out \(17, 1\)"),
    ],
)
def test_additive_weights_that_do_not_fit_are_refused(changed, message):
    q, k = pair(OWN_WIDTHS[0])
    weights = {"w_q": W_Q, "w_k": W_K, "w_out": W_OUT} | changed
    with pytest.raises(ValueError, match=message):
        additive_score(q, k, **weights)


def test_bilinear_weights_that_do_not_fit_are_refused():
    q, k = pair(OWN_WIDTHS[1])
    message = r"q and w must share d_q, .*; got q \(2, 5, 13\) and w \(11, 13\)\.$"
    with pytest.raises(ValueError, match=message):
        bilinear_score(q, k, W.T)
    message = r"k and w must share d_k, .*; got k \(2, 7, 11\) and w \(13, 10\)\.$"
    with pytest.raises(ValueError, match=message):
        bilinear_score(q, k, W[:, 1:])


def test_bandwidth_must_be_positive():
    with pytest.raises(ValueError, match=r"greater than 0; got bandwidth=0\.$"):
        gaussian_score([[1.0]], [[1.0]], bandwidth=0)


def test_values_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match=r"dot_score: k must .* nan at k\[0, 1\]\.$"):
        dot_score([[1.0, 2.0]], [[1.0, np.nan]])
