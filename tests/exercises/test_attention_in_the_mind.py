"""The answers against the models of `attn_helpers.mind`, and the cases they need."""

import numpy as np

from attn_helpers.exercises import registry
from attn_helpers.mind.cueing import summarise
from attn_helpers.mind.search import fit_slope
from attn_helpers.mind.tva import attentional_weights, relative_weights

EXERCISES = registry()


def cases(id):
    return [case.args for case in EXERCISES[id].cases(0)]


def test_the_cueing_effect_agrees_with_the_summary_of_the_trials_that_count():
    for condition, time, correct in cases("cueing-effect"):
        counts = correct & (time >= 100)
        summary = summarise(condition[counts], time[counts])
        got = EXERCISES["cueing-effect"].answer(condition, time, correct)
        np.testing.assert_allclose(got, (summary.benefit_ms, summary.cost_ms))


def test_the_slope_agrees_with_the_book_and_with_numpy():
    for size, time in cases("search-slope"):
        slope = EXERCISES["search-slope"].answer(size, time)
        np.testing.assert_allclose(slope, fit_slope(size, time)[0])
        np.testing.assert_allclose(slope, np.polyfit(size, time, 1)[0])


def test_shares_agree_with_the_theory_in_the_book():
    for eta, pertinence in cases("tva-weights"):
        wanted = relative_weights(attentional_weights(eta, pertinence))
        got = EXERCISES["tva-weights"].answer(eta, pertinence)
        np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_the_response_of_two_neurons_is_as_worked_by_hand():
    # A E = (4, 4); pool 8 + sigma 2 = 10
    got = EXERCISES["normalization"].answer(
        np.array([2.0, 4.0]), np.array([2.0, 1.0]), 2.0
    )
    np.testing.assert_allclose(got, [0.4, 0.4])


def test_sessions_are_tried_with_errors_guesses_and_unequal_counts():
    kinds = set()
    for condition, time, correct in cases("cueing-effect"):
        kinds.add(((~correct).any(), (time < 100).any()))
        assert (condition == "valid").sum() != (condition == "invalid").sum()
    assert kinds == {(True, True), (True, False), (False, True), (False, False)}


def test_displays_are_tried_where_nothing_matters():
    assert any(pertinence.sum() == 0 for _, pertinence in cases("tva-weights"))
    assert any(drive.sum() == 0 for drive, *_ in cases("normalization"))
