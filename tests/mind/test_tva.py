"""The theory of visual attention, against numbers worked by hand and against chance."""

from itertools import permutations

import numpy as np
import pytest

from attn_helpers.mind.tva import (
    attentional_weights,
    encoding_probability,
    processing_rates,
    relative_weights,
    selection_probability,
    simulate_race,
)
from attn_helpers.reference.scoring import dot_score
from attn_helpers.reference.softmax import softmax

BATCH, ITEMS, CATEGORIES = 2, 5, 3
TRIALS = 40_000

# A partial report, by hand. Two red letters are to be reported, two blue ones ignored.
# Columns: red, blue, "is the letter that it is". A blue letter looks red to degree 0.2.
RED, BLUE = [1.0, 0.0, 60.0], [0.2, 1.0, 60.0]
PARTIAL_REPORT = np.array([RED, RED, BLUE, BLUE])
LOOK_FOR_RED = np.array([1.0, 0.0, 0.0])
REPORT_LETTERS = np.array([0.0, 0.0, 1.0])


def partial_report_rates():
    weights = attentional_weights(PARTIAL_REPORT, LOOK_FOR_RED)
    return processing_rates(PARTIAL_REPORT, REPORT_LETTERS, weights).sum(axis=-1)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def assert_close_to_chance(hits, probability):
    """Within five standard errors of the probability; exact where it is 0 or 1."""
    error = np.sqrt(probability * (1 - probability) / hits.shape[0])
    assert (np.abs(hits.mean(axis=0) - probability) <= 5 * error + 1e-12).all()


# --- weights and rates ---------------------------------------------------------------


def test_partial_report_worked_by_hand():
    weights = attentional_weights(PARTIAL_REPORT, LOOK_FOR_RED)
    np.testing.assert_allclose(weights, [1.0, 1.0, 0.2, 0.2])
    # capacity 60 shared as 1 : 1 : 0.2 : 0.2, that is 25, 25, 5 and 5 elements/s
    np.testing.assert_allclose(partial_report_rates(), [25.0, 25.0, 5.0, 5.0])


def test_the_capacity_does_not_depend_on_who_gets_it(rng):
    eta = np.full((ITEMS, 1), 60.0)
    rates = processing_rates(eta, [1.0], rng.uniform(0.1, 1.0, ITEMS))
    np.testing.assert_allclose(rates.sum(), 60.0)


def test_the_weight_equation_agrees_with_its_sum_written_out(rng):
    eta = rng.uniform(size=(BATCH, ITEMS, CATEGORIES))
    pertinence = rng.uniform(size=CATEGORIES)
    want = np.zeros((BATCH, ITEMS))
    for b, x, j in np.ndindex(BATCH, ITEMS, CATEGORIES):
        want[b, x] += eta[b, x, j] * pertinence[j]
    np.testing.assert_allclose(attentional_weights(eta, pertinence), want)


def test_a_weight_is_the_dot_product_of_a_query_and_a_key(rng):
    keys = rng.uniform(size=(ITEMS, CATEGORIES))
    query = rng.uniform(size=CATEGORIES)
    np.testing.assert_allclose(
        attentional_weights(keys, query), dot_score(query[np.newaxis], keys)[0]
    )


def test_relative_weights_are_the_softmax_of_the_logarithms(rng):
    weights = rng.uniform(0.01, 10.0, (BATCH, ITEMS))
    np.testing.assert_allclose(
        relative_weights(weights), softmax(np.log(weights)), rtol=1e-13
    )


def test_weights_that_are_exponentials_of_scores_normalise_to_softmax(rng):
    scores = rng.normal(size=(BATCH, ITEMS))
    np.testing.assert_allclose(
        relative_weights(np.exp(scores)), softmax(scores), rtol=1e-13
    )


def test_a_display_without_weight_gets_zeros():
    np.testing.assert_array_equal(relative_weights([0.0, 0.0, 0.0]), np.zeros(3))


def test_scaling_all_weights_changes_no_rate(rng):
    eta = rng.uniform(size=(BATCH, ITEMS, CATEGORIES))
    bias, weights = rng.uniform(size=CATEGORIES), rng.uniform(size=(BATCH, ITEMS))
    np.testing.assert_allclose(
        processing_rates(eta, bias, 7.0 * weights), processing_rates(eta, bias, weights)
    )


# --- the race ------------------------------------------------------------------------


def test_encoding_in_time_worked_by_hand():
    # 140 ms shown, 40 ms lost: 0.1 s at 25/s and 5/s, 1 - exp(-2.5) and 1 - exp(-0.5)
    probability = encoding_probability(partial_report_rates(), 140.0, 40.0)
    want = [0.917915, 0.917915, 0.393469, 0.393469]
    np.testing.assert_allclose(probability, want, atol=5e-7)


def test_nothing_is_encoded_up_to_the_threshold():
    probability = encoding_probability(25.0, [0.0, 20.0, 40.0], 40.0)
    np.testing.assert_array_equal(probability, np.zeros(3))


def test_room_for_all_makes_the_objects_independent():
    rates = partial_report_rates()
    for capacity in (4, 5):
        np.testing.assert_array_equal(
            selection_probability(rates, capacity, 140.0, 40.0),
            encoding_probability(rates, 140.0, 40.0),
        )


def test_room_for_one_worked_by_hand():
    # v_x / 60 times 1 - exp(-60 · 0.1)
    want = np.array([25.0, 25.0, 5.0, 5.0]) / 60.0 * (1 - np.exp(-6.0))
    np.testing.assert_allclose(
        selection_probability(partial_report_rates(), 1, 140.0, 40.0), want
    )


def test_one_winner_and_no_hurry_is_the_softmax_of_log_rates(rng):
    rates = rng.uniform(5.0, 50.0, ITEMS)
    np.testing.assert_allclose(
        selection_probability(rates, 1, 1e6), softmax(np.log(rates)), rtol=1e-12
    )


@pytest.mark.parametrize("capacity", [1, 2, 3, 4])
def test_selection_agrees_with_adding_up_every_finishing_order(rng, capacity):
    rates = rng.uniform(5.0, 50.0, ITEMS)
    want = np.zeros(ITEMS)
    for order in permutations(range(ITEMS)):
        chance, left = 1.0, rates.sum()
        for x in order:
            chance, left = chance * rates[x] / left, left - rates[x]
        want[list(order[:capacity])] += chance
    np.testing.assert_allclose(selection_probability(rates, capacity, 1e6), want)


@pytest.mark.parametrize("capacity", [1, 2, 3, 7])
def test_simulated_races_agree_with_the_closed_form(rng, capacity):
    rates = np.array([25.0, 13.0, 0.0, 5.0, 2.0])
    encoded = simulate_race(rates, capacity, 140.0, rng, TRIALS, threshold_ms=40.0)
    want = selection_probability(rates, capacity, 140.0, 40.0)
    assert encoded.shape == (TRIALS, ITEMS)
    assert encoded.sum(axis=-1).max() <= capacity
    assert_close_to_chance(encoded, want)


def test_a_rate_of_zero_never_arrives():
    assert selection_probability([0.0, 3.0], 1, 1e6)[0] == 0.0
    assert not simulate_race([0.0, 0.0], 2, 1e6, np.random.default_rng(0), 7).any()


def test_the_largest_display_is_still_exact():
    rates = np.linspace(1.0, 50.0, 12)
    total = selection_probability(rates, 5, 1e6).sum()
    np.testing.assert_allclose(total, 5.0, rtol=1e-9)


def test_the_same_seed_gives_the_same_races():
    races = [
        simulate_race([3.0, 5.0, 7.0], 2, 140.0, np.random.default_rng(7), 11)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*races)


# --- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: attentional_weights(np.ones((5, 3)), np.ones(2)),
            r"attentional_weights: eta and pertinence must share categories, their "
            r"last axis; got eta \(5, 3\) and pertinence \(2,\)\.",
        ),
        (
            lambda: attentional_weights([[1.0, -0.5]], [1.0, 1.0]),
            r"attentional_weights: eta must not be negative; got -0\.5 at eta\[0, 1\]",
        ),
        (
            lambda: relative_weights([1.0, np.nan]),
            r"relative_weights: weights must be finite; got nan at weights\[1\]",
        ),
        (
            lambda: processing_rates(np.ones((5, 3)), np.ones(3), np.ones(7)),
            r"processing_rates: eta and weights must share items.*\(5, 3\).*\(7,\)",
        ),
        (
            lambda: processing_rates(np.ones((5, 3)), np.ones(2), np.ones(5)),
            r"processing_rates: eta and bias must share categories.*\(5, 3\).*\(2,\)",
        ),
        (
            lambda: encoding_probability(25.0, -20.0),
            r"encoding_probability: exposure_ms must not be negative; got -20\.0",
        ),
        (
            lambda: selection_probability([3.0, 5.0], 0, 140.0),
            r"selection_probability: capacity must be at least 1; got capacity=0",
        ),
        (
            lambda: selection_probability(np.ones(13), 4, 140.0),
            r"selection_probability: number of items must be from 1 to 12; got .*=13",
        ),
        (
            lambda: selection_probability([3.0, 5.0], 1, [70.0, 140.0]),
            r"selection_probability: exposure_ms must have the axes \(\); got "
            r"exposure_ms \(2,\)",
        ),
        (
            lambda: simulate_race([[3.0]], 1, 140.0, np.random.default_rng(0)),
            r"simulate_race: rates must have the axes \(items,\); got rates \(1, 1\)",
        ),
    ],
)
def test_a_wrong_value_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_seed_is_no_generator():
    message = (
        r"simulate_race: rng must be a numpy random generator; got rng of type int"
    )
    with pytest.raises(TypeError, match=message):
        simulate_race([3.0, 5.0], 1, 140.0, 0)
