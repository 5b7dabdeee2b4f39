"""The answers against the book's own definitions, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises import registry
from attn_helpers.reference.kernel_regression import nadaraya_watson
from attn_helpers.reference.scoring import gaussian_score
from attn_helpers.reference.softmax import softmax

EXERCISES = registry()


def cases(id):
    return [case.args for case in EXERCISES[id].cases(0)]


def test_the_nearest_key_is_what_a_cold_soft_lookup_finds():
    for query, keys, values in cases("nearest-key")[:3]:
        weights = softmax(gaussian_score(query[None], keys), temperature=1e-6)
        got = EXERCISES["nearest-key"].answer(query, keys, values)
        np.testing.assert_allclose(got, (weights @ values)[0], atol=1e-12)


def test_weights_agree_with_the_gaussian_score():
    for query, keys, temperature in cases("lookup-weights"):
        bandwidth = np.sqrt(temperature / 2)
        wanted = softmax(gaussian_score(query[None], keys, bandwidth))[0]
        got = EXERCISES["lookup-weights"].answer(query, keys, temperature)
        np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_estimates_agree_with_the_reference():
    for args in cases("kernel-regression"):
        wanted, _ = nadaraya_watson(*args)
        got = EXERCISES["kernel-regression"].answer(*args)
        np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_leave_one_out_agrees_with_leaving_each_point_out():
    for x, y, bandwidth in cases("leave-one-out"):
        misses = [
            y[i]
            - nadaraya_watson(
                x[i : i + 1], np.delete(x, i), np.delete(y, i), bandwidth
            )[0][0]
            for i in range(len(x))
        ]
        got = EXERCISES["leave-one-out"].answer(x, y, bandwidth)
        np.testing.assert_allclose(got, np.mean(np.square(misses)), rtol=1e-12)


def test_bandwidths_are_tried_away_from_one():
    assert {h for *_, h in cases("kernel-regression")} - {1.0, 2**-0.5}
    assert {t for *_, t in cases("lookup-weights")} - {1.0}


def test_a_query_is_tried_from_where_exp_underflows():
    query, keys, temperature = cases("lookup-weights")[-1]
    assert np.exp(-((keys - query) ** 2).sum(-1) / temperature).sum() == 0
    x_query, x, _, bandwidth = cases("kernel-regression")[-1]
    assert np.exp(-((x_query[0] - x) ** 2) / (2 * bandwidth**2)).sum() == 0


def test_two_keys_are_tried_at_one_distance():
    distances = [
        np.sort(((keys - query) ** 2).sum(-1))
        for query, keys, _ in cases("nearest-key")
    ]
    assert any(d[0] == d[1] for d in distances)


def test_a_query_is_tried_on_a_key_and_points_are_tried_at_one_place():
    assert any((keys == query).all(-1).any() for query, keys, _ in cases("nearest-key"))
    assert any(len(np.unique(x)) < len(x) for x, *_ in cases("leave-one-out"))
