"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.soft_lookup.nearest_key import EXERCISE, nearest_value
from attn_helpers.reference.scoring import gaussian_score
from attn_helpers.reference.softmax import softmax

CASES = [case.args for case in EXERCISE.cases(0)]


def test_the_nearest_key_is_what_a_cold_soft_lookup_finds():
    for query, keys, values in CASES[:3]:
        weights = softmax(gaussian_score(query[None], keys), temperature=1e-6)
        got = nearest_value(query, keys, values)
        np.testing.assert_allclose(got, (weights @ values)[0], atol=1e-12)


def test_two_keys_are_tried_at_one_distance():
    distances = [np.sort(((keys - query) ** 2).sum(-1)) for query, keys, _ in CASES]
    assert any(d[0] == d[1] for d in distances)


def test_a_query_is_tried_on_a_key():
    assert any((keys == query).all(-1).any() for query, keys, _ in CASES)
