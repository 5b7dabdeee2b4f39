import math

import numpy as np
import pytest

from attn_helpers.reference.local import (
    local_m,
    local_p,
    local_window,
    predicted_centres,
)
from attn_helpers.reference.masks import window_mask
from attn_helpers.reference.softmax import masked_softmax, softmax

B, T_Q, T_K, D_Q, D_HIDDEN = 2, 5, 7, 11, 3


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def scores(rng):
    return 2 * rng.normal(size=(B, T_Q, T_K))


@pytest.fixture
def centres(rng):
    return rng.uniform(0, T_K, size=(B, T_Q))


def local_p_by_loops(scores, centres, radius):
    weights = np.zeros_like(scores)
    for b in range(B):
        for t in range(T_Q):
            p = centres[b, t]
            near = [s for s in range(T_K) if p - radius <= s <= p + radius]
            total = sum(math.exp(scores[b, t, s]) for s in near)
            for s in near:
                share = math.exp(scores[b, t, s]) / total
                sigma = radius / 2
                gaussian = math.exp(-((s - p) ** 2) / (2 * sigma**2))
                weights[b, t, s] = share * gaussian
    return weights


# --- the centre ---


def test_centres_agree_with_loops(rng):
    q = rng.normal(size=(B, T_Q, D_Q))
    w_hidden, w_out = rng.normal(size=(D_Q, D_HIDDEN)), rng.normal(size=D_HIDDEN)
    got = predicted_centres(q, w_hidden, w_out, lengths=[3, 7])
    for b, length in enumerate((3, 7)):
        for t in range(T_Q):
            z = sum(
                w_out[h]
                * math.tanh(sum(q[b, t, i] * w_hidden[i, h] for i in range(D_Q)))
                for h in range(D_HIDDEN)
            )
            np.testing.assert_allclose(got[b, t], length / (1 + math.exp(-z)))


def test_a_query_of_zeros_looks_at_the_middle():
    centre = predicted_centres(np.zeros((1, 3)), np.ones((3, 2)), np.ones(2), 7)
    np.testing.assert_array_equal(centre, [3.5])


def test_a_certain_query_looks_at_an_end_without_overflow():
    q, w_hidden = [[-1.0], [1.0]], [[1.0]]
    got = predicted_centres(q, w_hidden, [5000.0], lengths=7)
    np.testing.assert_array_equal(got, [0.0, 7.0])


# --- the window ---


def test_whole_centres_give_the_window_mask():
    expected = window_mask(T_Q, 2, T_Q)
    np.testing.assert_array_equal(local_window(np.arange(T_Q), 2, T_Q), expected)


@pytest.mark.parametrize(
    ("centre", "radius", "keys"),
    [(2.0, 1, [1, 2, 3]), (2.5, 1, [2, 3]), (2.4, 1.5, [1, 2, 3]), (6.9, 0.5, [])],
)
def test_a_window_holds_the_keys_within_the_radius_ends_included(centre, radius, keys):
    assert np.flatnonzero(local_window([centre], radius, T_K)).tolist() == keys


# --- local-m ---


def test_local_m_is_a_softmax_under_a_window(scores):
    window = np.abs(np.arange(T_K) - np.arange(T_Q)[:, None]) <= 2
    expected = masked_softmax(scores, window)
    np.testing.assert_array_equal(local_m(scores, 2), expected)


def test_local_m_takes_other_centres(scores, centres):
    weights = local_m(scores, 1.5, centres)
    near = np.abs(np.arange(T_K) - centres[..., None]) <= 1.5
    np.testing.assert_array_equal(weights, masked_softmax(scores, near))


def test_a_radius_beyond_the_source_is_global_attention(scores, centres):
    np.testing.assert_array_equal(local_m(scores, T_K), softmax(scores))
    np.testing.assert_allclose(local_p(scores, centres, 1e9), softmax(scores))


def test_a_window_outside_the_source_gives_zeros():
    weights = local_m(np.ones((3, 1)), radius=1)
    np.testing.assert_array_equal(weights, [[1], [1], [0]])


@pytest.mark.parametrize("first", [0, 2, np.uint8(5), -1])
def test_without_centres_a_query_looks_where_it_stands(scores, first):
    centres = int(first) + np.arange(T_Q)
    np.testing.assert_array_equal(
        local_m(scores, 2, first=first), local_m(scores, 2, centres)
    )


def test_the_newest_queries_have_the_last_rows_of_the_whole(rng):
    scores = rng.normal(size=(T_K, T_K))
    np.testing.assert_array_equal(
        local_m(scores[3:], 2, first=3), local_m(scores, 2)[3:]
    )


# --- local-p ---


@pytest.mark.parametrize("radius", [1, 2.5, 3])
def test_local_p_agrees_with_loops(scores, centres, radius):
    expected = local_p_by_loops(scores, centres, radius)
    np.testing.assert_allclose(local_p(scores, centres, radius), expected, atol=1e-15)


def test_the_gaussian_is_two_deviations_low_at_the_edge_of_the_window():
    weights = local_p(np.zeros((1, 5)), centres=[2.0], radius=2)
    relative = weights[0] / weights[0, 2]
    expected = np.exp([-2.0, -0.5, 0.0, -0.5, -2.0])
    np.testing.assert_allclose(relative, expected)


def test_rows_of_local_p_are_not_renormalised(scores, centres):
    totals = local_p(scores, centres, 2).sum(-1)
    assert (totals < 1).all()
    np.testing.assert_allclose(local_p(np.zeros((1, 1)), [0.5], 1), [[math.exp(-0.5)]])


@pytest.mark.parametrize("function", [local_m, local_p])
def test_a_mask_hides_keys_before_the_shares_are_made(scores, centres, function):
    mask = np.arange(T_K) < np.array([3, 7])[:, None, None]
    arguments = {"radius": 2, "centres": centres}
    weights = function(scores, **arguments, mask=mask)
    assert (weights[0, :, 3:] == 0).all()
    short = function(scores[0, :, :3], radius=2, centres=centres[0])
    np.testing.assert_allclose(weights[0, :, :3], short)
    np.testing.assert_array_equal(weights[1], function(scores, **arguments)[1])


@pytest.mark.parametrize("function", [local_m, local_p])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_of_the_scores_is_kept(scores, centres, function, dtype):
    weights = function(scores.astype(dtype), radius=2, centres=centres)
    assert weights.dtype == dtype


@pytest.mark.parametrize("function", [local_m, local_p])
def test_bad_input_is_refused_by_name(scores, function):
    name = function.__name__
    message = rf"^{name}: centres must broadcast to \(\.\.\., t_q\) = \(2, 5\); "
    with pytest.raises(ValueError, match=message + r"got centres \(3,\)\.$"):
        function(scores, radius=2, centres=np.zeros(3))
    with pytest.raises(ValueError, match=rf"^{name}: .*; got scores \(7,\)\.$"):
        function(scores[0, 0], radius=2, centres=np.zeros(5))
    with pytest.raises(ValueError, match=rf"^{name}: .*than 0; got radius=-2\.$"):
        function(scores, radius=-2, centres=np.zeros(5))
    with pytest.raises(TypeError, match=rf"^{name}: mask must be boolean"):
        function(scores, radius=2, centres=np.zeros(5), mask=np.ones(T_K))
    with pytest.raises(ValueError, match=rf"^{name}: .*got nan at scores\[1, 3\]\.$"):
        scores[1, 3] = np.nan
        function(scores[..., 1], radius=2, centres=np.zeros(2))


def test_predicted_centres_refuses_shapes_that_do_not_fit():
    message = r"must share d_q, .*; got q \(5, 11\) and w_hidden \(7, 3\)\.$"
    with pytest.raises(ValueError, match=message):
        predicted_centres(np.ones((5, 11)), np.ones((7, 3)), np.ones(3), 7)
    message = r"share d_hidden, .*; got w_hidden \(11, 3\) and w_out \(2,\)\.$"
    with pytest.raises(ValueError, match=message):
        predicted_centres(np.ones((5, 11)), np.ones((11, 3)), np.ones(2), 7)


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([1, 2, 3], r"must broadcast to \(\.\.\.\) = \(2,\); got lengths \(3,\)\.$"),
        ([2, -1], r"lengths must not be negative; got -1\.0 at lengths\[1\]\.$"),
        (np.nan, r"lengths must be finite; got nan at lengths\.$"),
    ],
)
def test_predicted_centres_refuses_lengths_that_cannot_be(lengths, message):
    with pytest.raises(ValueError, match=f"^predicted_centres: .*{message}"):
        q = np.ones((2, 5, 11))
        predicted_centres(q, np.ones((11, 3)), np.ones(3), lengths)


def test_a_window_needs_a_whole_number_of_keys():
    with pytest.raises(TypeError, match=r"^local_window: t_k must be a whole number"):
        local_window([1.0], 1, t_k=2.5)
    with pytest.raises(ValueError, match=r"t_k must be at least 1; got t_k=-1\.$"):
        local_window([1.0], 1, t_k=-1)
