"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.soft_lookup.nearest_key import EXERCISE, nearest_value
from attn_helpers.reference.scoring import gaussian_score
from attn_helpers.reference.softmax import softmax

CASES = [case.args for case in EXERCISE.cases(0)]


def test_the_nearest_key_is_what_a_cold_soft_lookup_finds():
    alone = [case for case in CASES if not tied(*case)]
    assert len(alone) >= 8
    for query, keys, values in alone:
        weights = softmax(gaussian_score(query[None], keys), temperature=1e-8)
        got = nearest_value(query, keys, values)
        np.testing.assert_allclose(got, (weights @ values)[0], atol=1e-12)


def tied(query, keys, values):
    """Whether more than one key is the nearest."""
    distances = ((keys - query) ** 2).sum(-1)
    return (distances == distances.min()).sum() > 1


def test_two_keys_are_tried_at_one_distance():
    assert any(tied(*case) for case in CASES)


def test_a_query_is_tried_on_a_key():
    assert any((keys == query).all(-1).any() for query, keys, _ in CASES)
