"""Numbers of the page beside those of numpy."""

import numpy as np


def numbers(values):
    return np.array(values, dtype=float)


def same(got, expected, tolerance=1e-12):
    """Absolute for weights, relative for what is larger than 1."""
    np.testing.assert_allclose(numbers(got), expected, atol=tolerance, rtol=tolerance)


def random_scores(rng):
    """A row of 1 to 11 scores: mild, extreme, far from 0, or partly -inf."""
    size = rng.integers(1, 12)
    scores = rng.normal(size=size) * rng.choice([1, 10, 1000])
    scores += rng.choice([0, -1000, 1000, 700])
    scores[rng.random(size) < rng.choice([0, 0, 0.3, 1])] = -np.inf
    return scores
