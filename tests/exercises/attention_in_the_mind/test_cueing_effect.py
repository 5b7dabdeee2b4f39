"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.attention_in_the_mind.cueing_effect import (
    EXERCISE,
    cueing_effect,
)
from attn_helpers.mind.cueing import summarise

CASES = [case.args for case in EXERCISE.cases(0)]


def test_the_cueing_effect_agrees_with_the_summary_of_the_trials_that_count():
    for condition, time, correct in CASES:
        counts = correct & (time >= 100)
        summary = summarise(condition[counts], time[counts])
        got = cueing_effect(condition, time, correct)
        np.testing.assert_allclose(got, (summary.benefit_ms, summary.cost_ms))


def test_sessions_are_tried_on_both_sides_of_the_limit_and_with_harmful_cues():
    times = np.concatenate([time for _, time, _ in CASES])
    assert {99.0, 100.0, 130.0, 170.0} <= set(times)
    assert not ((times >= 41) & (times < 99) & (times != 55)).any()
    effects = [cueing_effect(*args) for args in CASES]
    assert any(benefit < 0 and cost < 0 for benefit, cost in effects)


def test_sessions_are_tried_with_errors_guesses_and_unequal_counts():
    kinds = set()
    for condition, time, correct in CASES:
        kinds.add(((~correct).any(), (time < 100).any()))
        assert (condition == "valid").sum() != (condition == "invalid").sum()
    assert kinds == {(True, True), (True, False), (False, True), (False, False)}
