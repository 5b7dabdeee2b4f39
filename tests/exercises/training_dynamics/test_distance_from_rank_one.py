"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.training_dynamics.distance_from_rank_one import (
    EXERCISE,
    distance_from_rank_one,
)

CASES = [case.args[0] for case in EXERCISE.cases(0)]


def test_a_layer_by_hand():
    x = np.array([[[1.0, 1.0], [1.0, -1.0]]])
    np.testing.assert_allclose(distance_from_rank_one(x), [0.5**0.5])


def test_it_is_the_distance_from_the_closest_matrix_of_equal_rows():
    for x in CASES:
        ones = np.ones((x.shape[1], 1))
        for layer, found in zip(x, distance_from_rank_one(x), strict=True):
            row, *_ = np.linalg.lstsq(ones, layer, rcond=None)
            left = np.linalg.norm(layer - ones @ row) / np.linalg.norm(layer)
            np.testing.assert_allclose(found, left, rtol=1e-6, atol=1e-14)


def test_it_is_0_for_equal_rows_1_for_opposite_ones_and_knows_no_scale():
    alike, opposite = CASES[9], CASES[10]
    assert distance_from_rank_one(alike).tolist() == [0, 0]
    assert distance_from_rank_one(opposite).tolist() == [1]
    for x in CASES:
        np.testing.assert_allclose(
            distance_from_rank_one(1000 * x), distance_from_rank_one(x), atol=1e-12
        )


def test_rows_are_tried_that_are_multiples_of_one():
    assert any(
        (np.linalg.matrix_rank(x) == 1).all()
        and (distance_from_rank_one(x) > 0.1).all()
        for x in CASES
        if min(x.shape[1:]) > 2
    )


def test_no_layer_is_all_zeros():
    for seed in range(4):
        assert all(case.args[0].any((1, 2)).all() for case in EXERCISE.cases(seed))
