import numpy as np
import pytest

from attn_helpers.exercises.programs import soft

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("axis", [-1, 0, None])
def test_softmax_divides_the_exponentials_by_their_sum(axis):
    scores = RNG.normal(size=(3, 5))
    expected = np.exp(scores) / np.exp(scores).sum(axis=axis, keepdims=True)
    np.testing.assert_allclose(soft(scores, axis), expected, atol=1e-12)


def test_large_scores_and_minus_infinity_make_no_trouble():
    shares = soft(np.array([1000.0, -np.inf, 1000.0]))
    np.testing.assert_array_equal(shares, [0.5, 0.0, 0.5])


def test_a_row_without_any_finite_score_has_no_shares():
    with np.errstate(invalid="ignore"):
        assert np.isnan(soft(np.full(3, -np.inf))).all()
