"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.soft_lookup.lookup_weights import EXERCISE, lookup_weights
from attn_helpers.reference.scoring import gaussian_score
from attn_helpers.reference.softmax import softmax

CASES = [case.args for case in EXERCISE.cases(0)]


def test_weights_agree_with_the_gaussian_score():
    for query, keys, temperature in CASES:
        bandwidth = np.sqrt(temperature / 2)
        wanted = softmax(gaussian_score(query[None], keys, bandwidth))[0]
        got = lookup_weights(query, keys, temperature)
        np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_a_query_is_tried_from_where_exp_underflows():
    query, keys, temperature = CASES[-1]
    assert np.exp(-((keys - query) ** 2).sum(-1) / temperature).sum() == 0


def test_a_temperature_is_tried_away_from_one():
    assert {t for *_, t in CASES} - {1.0}


def test_scores_are_tried_that_no_mean_can_stand_for():
    scores = [-((keys - query) ** 2).sum(-1) / t for query, keys, t in CASES]
    assert any(row.max() - row.mean() > 710 for row in scores)
