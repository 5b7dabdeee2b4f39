"""What the questions and the challenge of the page claim."""

import math

import numpy as np

from attn_helpers.tasks.cards import NEXT, PARTNER
from attn_helpers.widgets.valley_walker import ValleyWalker


def served(table, asks_for):
    """How many shapes give their highest score to the one that they ask for."""
    return sum(table.argmax(axis=1) == np.array(asks_for))


def symmetric_tables(tables):
    """Scores of six shapes through one matrix, as long and as wide as may be."""
    rng = np.random.default_rng(0)
    for _ in range(tables):
        rows = rng.standard_normal((6, 6)) * np.exp(2 * rng.standard_normal((6, 1)))
        yield rows @ rows.T


def test_one_matrix_serves_one_of_each_pair_and_five_of_a_ring_at_most():
    best = {NEXT: 0, PARTNER: 0}
    for table in symmetric_tables(3000):
        for asks_for in best:
            best[asks_for] = max(best[asks_for], served(table, asks_for))
    assert best[PARTNER] <= 3 and best[NEXT] <= 5


def test_a_spiral_serves_five_of_the_ring_and_long_rows_three_of_the_pairs():
    turns = np.arange(6) * math.pi / 6
    spiral = 1.6 ** np.arange(6)[:, None] * np.stack([np.cos(turns), np.sin(turns)], 1)
    assert served(spiral @ spiral.T, NEXT) == 5
    pairs = np.kron(np.eye(3), [[1.0], [2.0]])
    assert served(pairs @ pairs.T, PARTNER) == 3


def test_the_rate_that_was_right_needs_more_than_five_steps():
    assert ValleyWalker(rate=0.05, steps=5).loss > 131.8
    assert ValleyWalker(rate=0.1, steps=5).loss < 131.8
    assert ValleyWalker(rate=0.11, steps=5).loss > 131.8
