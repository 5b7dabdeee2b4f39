"""The answers against the models of `attn_helpers.mind`, and the cases they need."""

import numpy as np

from attn_helpers.exercises import registry
from attn_helpers.mind import normalization
from attn_helpers.mind.cueing import summarise
from attn_helpers.mind.normalization import (
    Patch,
    Population,
    attention_field,
    stimulus_drive,
)
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


def test_the_response_agrees_with_the_model_whose_pool_takes_in_everything():
    everywhere = Population(extent=3.0, pool_sd=1e7, pool_tuning_sd=1e7, sigma=0.0005)
    drive = stimulus_drive(everywhere, Patch(orientation=35.0), contrast=0.7)
    attention = attention_field(everywhere, Patch(position=1.0, size=2.0), gain=3.0)
    wanted = normalization.normalized_response(everywhere, drive, attention)
    # The model's pool is a mean: what one neuron adds to it, sigma is measured in.
    each = everywhere.spacing / (everywhere.pool_sd * np.sqrt(2 * np.pi))
    each /= len(everywhere.orientations)
    got = EXERCISES["normalization"].answer(
        drive.ravel(), attention.ravel(), everywhere.sigma / each
    )
    np.testing.assert_allclose(got.reshape(drive.shape) / each, wanted, rtol=1e-9)


def test_sessions_are_tried_on_both_sides_of_the_limit_and_with_harmful_cues():
    times = np.concatenate([time for _, time, _ in cases("cueing-effect")])
    assert {99.0, 100.0, 130.0, 170.0} <= set(times)
    assert not ((times >= 41) & (times < 99) & (times != 55)).any()
    effects = [
        EXERCISES["cueing-effect"].answer(*args) for args in cases("cueing-effect")
    ]
    assert any(benefit < 0 and cost < 0 for benefit, cost in effects)


def test_trials_of_a_search_come_in_no_order():
    for size, _ in cases("search-slope"):
        assert size[0] != size.min() or size[-1] != size.max()
    assert all(size[0] != size[-1] for size, _ in cases("search-slope")[:3])


def test_sessions_are_tried_with_errors_guesses_and_unequal_counts():
    kinds = set()
    for condition, time, correct in cases("cueing-effect"):
        kinds.add(((~correct).any(), (time < 100).any()))
        assert (condition == "valid").sum() != (condition == "invalid").sum()
    assert kinds == {(True, True), (True, False), (False, True), (False, False)}


def test_displays_are_tried_where_nothing_matters():
    assert any(pertinence.sum() == 0 for _, pertinence in cases("tva-weights"))
    assert any(drive.sum() == 0 for drive, *_ in cases("normalization"))
