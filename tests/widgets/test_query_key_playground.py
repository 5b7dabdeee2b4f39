import numpy as np
import pytest
import traitlets

from attn_helpers.reference import scoring
from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.widgets.query_key_playground.widget import SCORES, QueryKeyPlayground


def test_its_first_state_is_scaled_dot_product_attention():
    widget = QueryKeyPlayground()
    output, weights = scaled_dot_product_attention(widget.Q, widget.K, widget.V)
    np.testing.assert_allclose(widget.weights, weights, atol=1e-12)
    np.testing.assert_allclose(widget.output, output, atol=1e-12)


def test_results_follow_a_changed_query():
    widget = QueryKeyPlayground()
    before = widget.weights
    widget.Q = [[-1.0, 2.0]]
    expected = scaled_dot_product_attention(widget.Q, widget.K, widget.V)[1]
    assert widget.weights != before
    np.testing.assert_allclose(widget.weights, expected, atol=1e-12)


@pytest.mark.parametrize("score", SCORES)
def test_every_score_gives_rows_that_sum_to_one(score):
    widget = QueryKeyPlayground(score=score, temperature=0.7)
    assert np.isclose(np.sum(widget.weights), 1.0)


def test_the_bilinear_score_turns_the_query_by_a_quarter():
    widget = QueryKeyPlayground(Q=[[1.0, 0.0]], score="bilinear")
    assert widget.scores == [[1.2, 0.6, -1.6]]  # the y-coordinates of the keys


def test_the_additive_score_worked_by_hand():
    widget = QueryKeyPlayground(
        Q=[[1.0, 0.0]], K=[[0.0, 1.0]], V=[[0.0, 0.0]], score="additive"
    )
    # the hidden units are tanh of 1 + 0, of 0 + 1 and of -1 - 1
    assert widget.scores[0][0] == pytest.approx(3 * np.tanh(1) + 1.5 * np.tanh(2))


def test_a_mask_with_nothing_left_gives_zeros():
    widget = QueryKeyPlayground(mask=[False, False, False])
    assert widget.weights == [[0.0, 0.0, 0.0]]
    assert widget.output == [[0.0, 0.0]]


def test_keys_and_values_change_together():
    widget = QueryKeyPlayground()
    with widget.hold_trait_notifications():
        widget.K = [[1.0, 0.0], [0.0, 1.0]]
        widget.V = [[2.0, 0.0], [0.0, 2.0]]
    assert len(widget.weights[0]) == 2


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"K": [[1, 2]]}, r"K and V must be equally long; got K \(1,\) and V \(3,\)"),
        ({"Q": [[1, 2, 3]]}, r"Q must have the axes \(count, 2\).*got Q \(1, 3\)"),
        ({"Q": [[0, 0]] * 4}, r"len\(Q\) must be from 1 to 3; got len\(Q\)=4"),
        ({"Q": [[float("nan"), 1]]}, r"got nan at Q\[0, 0\]"),
        ({"temperature": 0}, "temperature must be greater than 0; got temperature=0"),
        ({"mask": [True]}, r"per key, or be empty; got \[True\] for 3 keys"),
    ],
)
def test_bad_traits_are_refused_and_the_old_value_stays(traits, message):
    widget = QueryKeyPlayground()
    before = widget.state()
    [(name, value)] = traits.items()
    with pytest.raises((ValueError, traitlets.TraitError), match=message):
        setattr(widget, name, value)
    assert widget.state() == before


def test_of_a_refused_joint_change_nothing_stays():
    widget = QueryKeyPlayground()
    before = widget.state()
    with pytest.raises(traitlets.TraitError, match="temperature must be greater"):
        with widget.hold_trait_notifications():
            widget.Q = [[0.0, 1.0]]
            widget.temperature = -1.0
    assert widget.state() == before


def test_scores_are_those_of_the_reference():
    widget = QueryKeyPlayground(score="gaussian")
    expected = scoring.gaussian_score(np.array(widget.Q), np.array(widget.K))
    np.testing.assert_allclose(widget.scores, expected, atol=1e-12)
