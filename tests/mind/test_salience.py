"""Salience: against a loop over neighbours, and what stands out of two displays."""

import numpy as np
import pytest

from attn_helpers.mind.salience import (
    conjunction_display,
    feature_display,
    salience,
    visits,
)

ROWS, COLUMNS, FEATURES = 5, 7, 3
SIDE = 5
ORANGE_T, ORANGE_X, BLUE_T, BLUE_X = [1, 1], [1, 0], [0, 1], [0, 0]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def by_a_loop(features, row, column):
    """The distance of each feature from its mean over the places that touch it."""
    near = [
        features[r, c]
        for r in range(max(row - 1, 0), min(row + 2, ROWS))
        for c in range(max(column - 1, 0), min(column + 2, COLUMNS))
        if (r, c) != (row, column)
    ]
    return sum(abs(features[row, column] - sum(near) / len(near)))


def test_salience_is_the_distance_from_the_mean_of_the_neighbours(rng):
    features = rng.random((ROWS, COLUMNS, FEATURES))
    want = [[by_a_loop(features, r, c) for c in range(COLUMNS)] for r in range(ROWS)]
    np.testing.assert_allclose(salience(features), want)


def test_where_all_is_alike_nothing_is_salient():
    np.testing.assert_array_equal(salience(np.ones((ROWS, COLUMNS, FEATURES))), 0.0)


def test_a_place_alone_has_nothing_to_differ_from():
    np.testing.assert_array_equal(salience(np.ones((1, 1, FEATURES))), [[0.0]])


def test_each_place_is_visited_once_the_most_salient_first(rng):
    map_ = rng.random((ROWS, COLUMNS))
    order = visits(map_)
    assert sorted(order.ravel()) == list(range(1, ROWS * COLUMNS + 1))
    assert (np.diff(map_.ravel()[np.argsort(order, axis=None)]) < 0).all()


def test_of_two_alike_the_first_to_be_read_has_its_turn():
    np.testing.assert_array_equal(visits(np.array([[1, 2], [2, 1]])), [[3, 1], [2, 4]])


@pytest.mark.parametrize(
    ("draw", "others"),
    [
        (feature_display, {"X": BLUE_X, "T": BLUE_T}),
        (conjunction_display, {"X": ORANGE_X, "T": BLUE_T}),
    ],
)
def test_the_others_are_of_two_kinds_as_many_of_each(draw, others, rng):
    features, target = draw(SIDE, rng)
    letters = features.reshape(-1, 2).tolist()
    assert features[target].tolist() == ORANGE_T
    assert [letters.count(kind) for kind in (ORANGE_T, *others.values())] == [1, 12, 12]


@pytest.mark.parametrize("draw", [feature_display, conjunction_display])
def test_the_target_is_anywhere_and_the_others_are_mixed(draw, rng):
    drawn = [draw(3, rng) for _ in range(9000)]
    places = [3 * row + column for _, (row, column) in drawn]
    assert abs(np.bincount(places, minlength=9) - 1000).max() < 150  # 5 deviations
    shapes = np.mean([features[..., 1] for features, _ in drawn], axis=0)
    np.testing.assert_allclose(shapes, 5 / 9, atol=0.03)


def test_an_odd_colour_is_visited_first_and_a_conjunction_at_no_special_time(rng):
    def when(draw):
        shown = (draw(SIDE, rng) for _ in range(500))
        return np.mean([visits(salience(features))[at] for features, at in shown])

    assert when(feature_display) < 1.1
    assert abs(when(conjunction_display) - 13) < 2  # 13 in an order by chance


@pytest.mark.parametrize("draw", [feature_display, conjunction_display])
def test_the_same_generator_gives_the_same_display(draw):
    one, other = (draw(SIDE, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one[0], other[0])
    assert one[1] == other[1]


def test_features_beyond_one_are_refused():
    message = r"^salience: features must be from 0 to 1; got 2\.0 at features"
    with pytest.raises(ValueError, match=message):
        salience(np.full((2, 3, 1), 2.0))


def test_a_side_of_no_letters_is_refused(rng):
    with pytest.raises(ValueError, match=r"^feature_display: side .*; got side=0\.$"):
        feature_display(0, rng)
