import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from attn_helpers.reference.entmax import entmax, sparsemax
from attn_helpers.reference.softmax import softmax

T_Q, T_K = 5, 7
ALPHAS = (1.0, 1.1, 1.5, 2.0, 3.0)
each_alpha = pytest.mark.parametrize("alpha", ALPHAS)


@pytest.fixture
def scores():
    return 3 * np.random.default_rng(0).normal(size=(3, T_Q, T_K))


def nearest_shares(row, steps=20_000):
    """The point of the simplex nearest to ``row``, by Frank-Wolfe with line search."""
    point = np.full(len(row), 1 / len(row))
    for _ in range(steps):
        away = -point
        away[np.argmax(row - point)] += 1
        length = np.clip(away @ (row - point) / max(away @ away, 1e-300), 0, 1)
        point = point + length * away
    return point


# --- sparsemax ---


def test_sparsemax_worked_by_hand():
    # two scores survive: the threshold is (1 + 1/2 - 1) / 2 = 1/4
    np.testing.assert_array_equal(sparsemax([0.0, 0.5, 1.0]), [0, 0.25, 0.75])
    # all three survive: the threshold is (0.3 + 0.2 + 0.1 - 1) / 3 = -2/15
    expected = [0.3 + 2 / 15, 0.2 + 2 / 15, 0.1 + 2 / 15]
    np.testing.assert_allclose(sparsemax([0.3, 0.2, 0.1]), expected, atol=1e-15)


def test_sparsemax_is_the_nearest_point_of_the_simplex(scores):
    for row in scores[0]:
        np.testing.assert_allclose(sparsemax(row), nearest_shares(row), atol=1e-5)


def test_sparsemax_gives_everything_to_a_score_that_leads_by_one():
    np.testing.assert_array_equal(sparsemax([3.0, 2.0, -9.0]), [1, 0, 0])
    assert (sparsemax([3.0, 2.001, -9.0])[:2] > 0).all()


def test_sparsemax_leaves_shares_as_they_are():
    shares = [0.125, 0.0, 0.625, 0.25]
    np.testing.assert_array_equal(sparsemax(shares), shares)


def test_sparsemax_agrees_with_the_package(scores):
    package = pytest.importorskip("entmax")
    expected = package.sparsemax(torch.from_numpy(scores), dim=-1)
    np.testing.assert_allclose(sparsemax(scores), expected, atol=1e-15)


# --- entmax ---


def test_entmax_with_alpha_one_is_the_softmax(scores):
    np.testing.assert_array_equal(entmax(scores, 1), softmax(scores))


def test_entmax_with_alpha_two_is_sparsemax(scores):
    np.testing.assert_array_equal(entmax(scores, 2), sparsemax(scores))


@pytest.mark.parametrize("step", [1e-3, 1e-6, 1e-9, 1e-12])
def test_entmax_meets_its_two_ends_without_a_jump(scores, step):
    np.testing.assert_allclose(entmax(scores, 1 + step), softmax(scores), atol=step)
    for alpha in (2 - step, 2 + step):
        np.testing.assert_allclose(entmax(scores, alpha), sparsemax(scores), atol=step)


def test_entmax_of_three_halves_worked_by_hand():
    # (z / 2 - τ)² over the scores 1 and 0, both alive: τ² + (1/2 - τ)² = 1
    # gives τ = (1/2 - √(7/4)) / 2 for the larger root to stay positive.
    tau = (0.5 - np.sqrt(1.75)) / 2
    expected = [(0.5 - tau) ** 2, tau**2]
    np.testing.assert_allclose(entmax([1.0, 0.0], 1.5), expected, atol=1e-15)


@pytest.mark.parametrize("alpha", [1.1, 1.5, 1.9, 2.5, 4.0])
def test_entmax_agrees_with_the_package(scores, alpha):
    package = pytest.importorskip("entmax")
    expected = package.entmax_bisect(torch.from_numpy(scores), alpha, -1, 60)
    np.testing.assert_allclose(entmax(scores, alpha), expected, atol=1e-12)


@pytest.mark.parametrize("alpha", [1.25, 1.5, 3.0])
def test_entmax_weighs_scores_against_its_entropy(scores, alpha):
    # The shares are the best of all for p·z + (1 - Σ p^α) / (α (α - 1)).
    def value(shares, row):
        spread = (1 - (shares**alpha).sum(-1)) / (alpha * (alpha - 1))
        return shares @ row + spread

    others = np.random.default_rng(1).dirichlet(np.full(T_K, 0.3), size=1009)
    for row in scores[0]:
        assert (value(others, row) < value(entmax(row, alpha), row)).all()


def test_the_support_shrinks_as_alpha_grows(scores):
    alphas = (1.0, 1.1, 1.25, 1.5, 2.0, 4.0)
    sizes = np.array([(entmax(scores, a) > 0).sum(-1) for a in alphas])
    assert (np.diff(sizes, axis=0) <= 0).all()
    assert (sizes[0] == T_K).all()
    assert sizes[-1].mean() < 2


def test_sharper_scores_leave_fewer_keys(scores):
    sizes = [(entmax(scores * sharp, 1.5) > 0).sum() for sharp in (0.1, 0.5, 1, 4, 40)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[-1] == 3 * T_Q


# --- both ---


@each_alpha
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_of_the_scores_is_kept(scores, alpha, dtype):
    weights = entmax(scores.astype(dtype), alpha)
    assert weights.dtype == dtype
    np.testing.assert_allclose(weights.sum(-1, dtype=float), 1.0, atol=4e-3)


@each_alpha
def test_minus_infinity_means_weight_zero(alpha):
    np.testing.assert_allclose(entmax([2.0, -np.inf, 2.0], alpha), [0.5, 0, 0.5])
    np.testing.assert_array_equal(entmax(np.full((2, 3), -np.inf), alpha), 0.0)


@each_alpha
def test_ties_share_equally_and_one_key_takes_all(alpha):
    np.testing.assert_allclose(entmax(np.full(T_K, -2.5), alpha), 1 / T_K, atol=1e-15)
    np.testing.assert_array_equal(entmax([[7.0], [-3.0]], alpha), 1.0)


@each_alpha
def test_the_widest_gaps_do_not_overflow(alpha):
    largest = np.finfo(np.float64).max
    np.testing.assert_array_equal(entmax([-largest, 0, largest], alpha), [0, 0, 1])


@each_alpha
def test_each_row_is_normalised_on_its_own(scores, alpha):
    expected = [entmax(row, alpha) for row in scores[0]]
    np.testing.assert_allclose(entmax(scores, alpha)[0], expected, atol=1e-14)


def test_the_scores_are_left_as_they_were(scores):
    before = scores.copy()
    for alpha in ALPHAS:
        entmax(scores, alpha)
    np.testing.assert_array_equal(scores, before)


@pytest.mark.parametrize("function", [sparsemax, entmax])
@pytest.mark.parametrize(
    ("scores", "kind", "message"),
    [
        (["a"], TypeError, "scores must hold real numbers; got scores of dtype <U1."),
        (1.0, ValueError, "scores must have the axes (..., t_k); got scores ()."),
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


def test_alpha_is_at_least_one():
    message = r"^entmax: alpha must be at least 1; got alpha=0\.5\.$"
    with pytest.raises(ValueError, match=message):
        entmax([1.0, 2.0], alpha=0.5)


# --- properties ---

ROWS = arrays(
    np.float64,
    array_shapes(min_dims=1, max_dims=3, max_side=7),
    elements=st.floats(-1e3, 1e3),
)
ALPHA = st.floats(1, 5)


@given(ROWS, ALPHA)
def test_every_row_holds_shares_in_the_order_of_its_scores(scores, alpha):
    weights = entmax(scores, alpha)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(-1), 1.0, atol=1e-12)
    order = np.argsort(scores, axis=-1)
    assert (np.diff(np.take_along_axis(weights, order, -1)) >= 0).all()


@given(ROWS, ALPHA, st.integers(-(2**20), 2**20))
def test_adding_a_constant_changes_nothing(scores, alpha, constant):
    scores = np.round(scores, 0)  # whole numbers: the sum is exact
    shifted = entmax(scores + constant, alpha)
    np.testing.assert_array_equal(shifted, entmax(scores, alpha))
