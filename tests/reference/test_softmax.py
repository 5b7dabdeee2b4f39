import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from attn_helpers.reference.softmax import (
    entropy,
    log_softmax,
    masked_softmax,
    softmax,
    softmax_in_precision,
)

T_Q, T_K = 5, 7
DTYPES = ("float16", "float32", "float64")


@pytest.fixture
def scores():
    return 3 * np.random.default_rng(0).normal(size=(3, T_Q, T_K))


def test_softmax_of_three_scores_worked_by_hand():
    e = 2.718281828459045
    expected = np.array([1, e, e * e]) / (1 + e + e * e)
    np.testing.assert_allclose(softmax([0, 1, 2]), expected, atol=1e-15)


@pytest.mark.parametrize("temperature", [0.05, 1.0, 30.0])
def test_softmax_agrees_with_torch(scores, temperature):
    expected = torch.softmax(torch.from_numpy(scores) / temperature, dim=-1)
    np.testing.assert_allclose(softmax(scores, temperature), expected, atol=1e-12)


@pytest.mark.parametrize("temperature", [0.05, 1.0, 30.0])
def test_log_softmax_agrees_with_torch(scores, temperature):
    expected = torch.log_softmax(torch.from_numpy(scores) / temperature, dim=-1)
    np.testing.assert_allclose(log_softmax(scores, temperature), expected, atol=1e-11)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", [softmax, log_softmax, masked_softmax])
def test_the_dtype_of_the_scores_is_kept(scores, function, dtype):
    assert function(scores.astype(dtype)).dtype == dtype


@pytest.mark.parametrize("function", [softmax, log_softmax, masked_softmax])
def test_integers_become_float64(function):
    assert function([1, 2, 3]).dtype == np.float64


def test_a_numpy_temperature_does_not_widen_the_scores(scores):
    narrow = scores.astype(np.float32)
    assert softmax(narrow, np.float64(0.5)).dtype == np.float32


@pytest.mark.parametrize("offset", [-1000.0, 1000.0])
def test_huge_scores_neither_overflow_nor_vanish(offset):
    np.testing.assert_allclose(softmax([offset, offset + np.log(3)]), [0.25, 0.75])


def test_a_row_far_below_the_others_keeps_its_shares():
    # One maximum for the whole table would leave nothing of the second row.
    np.testing.assert_allclose(softmax([[0.0, 1.0], [-800.0, -799.0]])[1].sum(), 1.0)


def test_float16_at_the_end_of_its_range_does_not_overflow():
    scores = np.array([-65504, 0, 65504, 65504], dtype=np.float16)
    np.testing.assert_array_equal(softmax(scores), [0, 0, 0.5, 0.5])
    assert log_softmax(scores)[0] == -np.inf


def test_the_widest_gap_that_float64_holds_gives_weight_zero():
    largest = np.finfo(np.float64).max
    np.testing.assert_array_equal(softmax([-largest, largest], 1e-300), [0.0, 1.0])


def test_low_temperature_picks_the_winner_and_high_temperature_shares_equally():
    np.testing.assert_allclose(softmax([1.0, 2.0, 3.0], 1e-3), [0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(softmax([1.0, 2.0, 3.0], 1e9), [1 / 3] * 3, atol=1e-9)


def test_ties_stay_ties_at_every_temperature():
    np.testing.assert_array_equal(softmax([2.0, 2.0, 1.0], 1e-6), [0.5, 0.5, 0.0])


def test_minus_infinity_means_weight_zero():
    np.testing.assert_array_equal(softmax([0.0, -np.inf, 0.0]), [0.5, 0.0, 0.5])
    np.testing.assert_array_equal(log_softmax([0.0, -np.inf]), [0.0, -np.inf])


def test_a_row_of_minus_infinity_gives_zeros():
    dead = np.full(3, -np.inf)
    np.testing.assert_array_equal(softmax(dead), [0, 0, 0])
    np.testing.assert_array_equal(log_softmax(dead), dead)


def test_log_softmax_keeps_digits_where_the_softmax_underflows():
    np.testing.assert_array_equal(log_softmax([0.0, -2000.0]), [0.0, -2000.0])


def test_a_mask_equals_leaving_the_hidden_keys_out(scores):
    mask = np.array([True, False, True, True, False, True, False])
    weights = masked_softmax(scores, mask)
    np.testing.assert_allclose(weights[..., mask], softmax(scores[..., mask]))
    np.testing.assert_array_equal(weights[..., ~mask], 0.0)


def test_a_row_with_everything_masked_gives_zeros(scores):
    mask = np.ones((T_Q, T_K), dtype=bool)
    mask[2] = False
    weights = masked_softmax(scores, mask)
    np.testing.assert_array_equal(weights[:, 2], 0.0)
    np.testing.assert_allclose(weights.sum(-1)[:, [0, 1, 3, 4]], 1.0)


def test_a_mask_beats_a_kept_score_however_low():
    weights = masked_softmax([-20_000.0, 5.0], [True, False])
    np.testing.assert_array_equal(weights, [1.0, 0.0])


def test_masked_softmax_without_a_mask_is_the_softmax(scores):
    np.testing.assert_array_equal(masked_softmax(scores), softmax(scores))


def test_masked_softmax_divides_by_the_temperature(scores):
    mask = np.ones(T_K, dtype=bool)
    np.testing.assert_array_equal(
        masked_softmax(scores, mask, 0.3), softmax(scores, 0.3)
    )


def test_the_scores_are_left_as_they_were(scores):
    before = scores.copy()
    masked_softmax(scores, np.zeros((T_Q, T_K), dtype=bool))
    np.testing.assert_array_equal(scores, before)


def test_entropy_agrees_with_torch(scores):
    weights = softmax(scores)
    categorical = torch.distributions.Categorical(torch.from_numpy(weights))
    np.testing.assert_allclose(entropy(weights), categorical.entropy(), atol=1e-12)


def test_entropy_runs_from_zero_to_the_logarithm_of_the_number_of_keys():
    weights = [[0.0, 1.0, 0.0], [1 / 3, 1 / 3, 1 / 3], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(entropy(weights), [0.0, np.log(3), 0.0])


def test_entropy_of_a_certain_choice_prints_as_plain_zero():
    assert not np.signbit(entropy([0.0, 1.0]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_entropy_accepts_the_weights_of_every_precision(scores, dtype):
    assert entropy(softmax(scores.astype(dtype))).dtype == dtype


def test_entropy_refuses_rows_that_are_not_shares():
    message = r"entropy: each row of weights must sum to 1, .* sum of 2\.5 at weights"
    with pytest.raises(ValueError, match=message + r"\[1\]\.$"):
        entropy([[0.5, 0.5], [1.0, 1.5]])
    with pytest.raises(ValueError, match=r"got -0\.5 at weights\[1\]\.$"):
        entropy([1.5, -0.5])


def rounding_after_every_step(row, dtype, subtract_max):
    dtype = np.dtype(dtype).type
    row = [dtype(score) for score in row]
    largest = max(row) if subtract_max else dtype(0)
    exp = [np.exp(dtype(score - largest)) for score in row]
    total = dtype(0)
    for e in exp:
        total = dtype(total + e)
    return np.array([e / total for e in exp])


@pytest.mark.parametrize("subtract_max", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_in_precision_rounds_after_every_step(dtype, subtract_max):
    rng = np.random.default_rng(1)
    for spread in (1.0, 8.0, 60.0, 500.0):
        scores = spread * rng.normal(size=(3, 23))
        got = softmax_in_precision(scores, dtype, subtract_max)
        assert got.dtype == dtype
        with np.errstate(all="ignore"):
            for got_row, row in zip(got, scores, strict=True):
                expected = rounding_after_every_step(row, dtype, subtract_max)
                np.testing.assert_array_equal(got_row, expected)


@pytest.mark.parametrize(
    ("dtype", "safe", "too_large"),
    [("float16", 11.0, 11.1), ("float32", 88.7, 88.8), ("float64", 709.7, 709.8)],
)
def test_exp_overflows_just_where_the_book_says(dtype, safe, too_large):
    assert np.isfinite(softmax_in_precision([safe, 0.0], dtype, False)).all()
    assert np.isnan(softmax_in_precision([too_large, 0.0], dtype, False)[0])
    assert softmax_in_precision([too_large, 0.0], dtype, True)[0] == 1.0


def test_softmax_in_precision_knows_three_precisions():
    with pytest.raises(ValueError, match=r"'float64'; got dtype='int8'\.$"):
        softmax_in_precision([1.0], "int8", False)


FUNCTIONS = [softmax, log_softmax, masked_softmax]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    ("scores", "kind", "message"),
    [
        (["a"], TypeError, "scores must hold real numbers; got scores of dtype <U1."),
        ([True], TypeError, "scores must hold real numbers; got scores of dtype bool."),
        ([1j], TypeError, "got scores of dtype complex128."),
        ([None], TypeError, "got scores of dtype object."),
        ([[1, 2], [3]], ValueError, "scores must be rectangular"),
        (1.0, ValueError, r"scores must have the axes (..., t_k); got scores ()."),
        (np.ones((3, 0)), ValueError, "may be empty; got scores (3, 0)."),
        ([[0, 1], [2, np.nan]], ValueError, "got nan at scores[1, 1]."),
        ([0, np.inf], ValueError, "got inf at scores[1]."),
    ],
)
def test_bad_scores_are_refused_by_name(function, scores, kind, message):
    with pytest.raises(kind) as caught:
        function(scores)
    assert str(caught.value).startswith(f"{function.__name__}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("temperature", [0, -0.5])
def test_temperature_must_be_positive(function, temperature):
    message = rf"greater than 0; got temperature={temperature}\.$"
    with pytest.raises(ValueError, match=message):
        function([1.0, 2.0], temperature=temperature)


# --- properties ---

ROWS = arrays(
    np.float64,
    array_shapes(min_dims=1, max_dims=3, max_side=7),
    elements=st.floats(-1e3, 1e3),
)


@given(ROWS, st.floats(1e-3, 1e3))
def test_every_row_sums_to_one(scores, temperature):
    weights = softmax(scores, temperature)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(-1), 1.0, atol=1e-12)


@given(ROWS, st.integers(-(2**20), 2**20))
def test_adding_a_constant_changes_nothing(scores, constant):
    scores = np.round(scores, 0)  # whole numbers: the sum is exact
    np.testing.assert_array_equal(softmax(scores + constant), softmax(scores))


@given(ROWS, st.data())
def test_masked_rows_sum_to_one_or_to_zero(scores, data):
    mask = data.draw(arrays(bool, scores.shape))
    weights = masked_softmax(scores, mask)
    np.testing.assert_allclose(weights.sum(-1), mask.any(-1), atol=1e-12)
    assert (weights[~mask] == 0).all()


@given(ROWS)
def test_cooling_never_raises_the_entropy(scores):
    warm, cold = entropy(softmax(scores, 2.0)), entropy(softmax(scores, 1.0))
    assert (cold <= warm + 1e-12).all()


@pytest.mark.parametrize("dtype", ["abc", None, int])
def test_a_precision_that_is_not_offered_is_refused(dtype):
    with pytest.raises(ValueError, match="dtype must be one of 'float16', 'float32'"):
        softmax_in_precision([1.0, 2.0], dtype, subtract_max=True)


# --- edges ---


@pytest.mark.parametrize("hidden", [np.nan, np.inf, -np.inf, 1e300])
def test_a_hidden_score_may_be_anything(scores, hidden):
    mask = np.arange(T_K) < 4
    expected = masked_softmax(scores, mask)
    np.testing.assert_array_equal(
        masked_softmax(np.where(mask, scores, hidden), mask), expected
    )


def test_a_score_that_is_seen_must_be_one():
    message = r"masked_softmax: scores must be finite, .* got nan at scores\[1, 0\]\.$"
    with pytest.raises(ValueError, match=message):
        masked_softmax([[0, np.nan], [np.nan, 0]], [[True, False], [True, True]])


def test_a_row_of_minus_infinity_among_the_allowed_gives_zeros():
    scores = np.array([[-np.inf, -np.inf, 1.0], [0.0, -np.inf, 1.0]])
    weights = masked_softmax(scores, [True, True, False])
    np.testing.assert_array_equal(weights, [[0, 0, 0], [1, 0, 0]])
    np.testing.assert_array_equal(entropy(weights), [0, 0])


MASKED = np.ma.array([1.0, 2.0, 9.0], mask=[0, 0, 1])


@pytest.mark.parametrize(
    "function",
    [softmax, log_softmax, masked_softmax, entropy],
    ids=lambda f: f.__name__,
)
def test_a_masked_array_is_refused_as_its_mask_would_be_lost(function):
    message = rf"{function.__name__}: .* mask or unit .*; got \w+ of type MaskedArray"
    with pytest.raises(TypeError, match=message):
        function(MASKED)


def test_a_mask_with_a_mask_of_its_own_is_refused():
    with pytest.raises(TypeError, match="got mask of type MaskedArray"):
        masked_softmax([1.0, 2.0], np.ma.array([True, True], mask=[0, 1]))
