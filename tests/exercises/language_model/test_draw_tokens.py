"""The answer, and the cases that must be there."""

import numpy as np
import pytest

from attn_helpers.exercises.language_model.draw_tokens import (
    EXERCISE,
    draw,
    right_share,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_draws_by_hand():
    logits = 2 * np.log([0.2, 0.5, 0.3])
    u = np.array([0.0, 0.19, 0.21, 0.69, 0.71, 0.99])
    assert draw(logits, 2.0, u).tolist() == [0, 0, 1, 1, 2, 2]


def test_evenly_spread_numbers_draw_each_token_by_its_share():
    logits, u = np.array([0.3, -1.0, 2.0, 0.7, -0.4]), (np.arange(1e5) + 0.5) / 1e5
    for temperature in (0.3, 1.0, 4.0):
        grown = np.exp(logits / temperature)
        drawn = np.bincount(draw(logits, temperature, u), minlength=5) / len(u)
        np.testing.assert_allclose(drawn, grown / grown.sum(), atol=2e-5)


def test_at_0_the_best_is_drawn():
    assert draw(np.array([1.0, 3.0, 2.0]), 0.0, np.array([0.0, 0.999])).tolist() == [
        1,
        1,
    ]


def test_a_token_that_was_ruled_out_is_never_drawn():
    for logits, temperature, u in CASES:
        assert np.isfinite(logits[draw(logits, temperature, u)]).all()


@pytest.mark.parametrize("seed", range(4))
def test_no_draw_but_0_falls_on_an_edge(seed):
    for logits, temperature, u in (case.args for case in EXERCISE.cases(seed)):
        edges = right_share(logits, temperature).cumsum()
        assert np.abs(edges - u[u > 0, None]).min() > 1e-9
        assert u.max() < 1 - 1e-3


def test_a_draw_of_0_is_tried_where_token_0_is_ruled_out():
    assert any(0 in u and logits[0] == -np.inf for logits, _, u in CASES)


def test_the_temperature_for_odds_of_9_to_1():
    temperature = 1 / np.log(9)
    assert round(temperature, 2) == 0.46
    np.testing.assert_allclose(right_share(np.array([5.0, 4.0]), temperature)[0], 0.9)
