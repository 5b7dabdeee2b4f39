"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.learning_to_attend.held_out import EXERCISE, held_out

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_split_by_hand():
    x, y = np.arange(8).reshape(4, 2), np.array([10, 11, 12, 13])
    parts = held_out(x, y, np.array([2, 0, 3, 1]), 1)
    x_train, y_train, x_held, y_held = (part.tolist() for part in parts)
    assert x_held == [[4, 5]] and y_held == [12]
    assert x_train == [[0, 1], [6, 7], [2, 3]] and y_train == [10, 13, 11]


def test_each_row_is_in_one_part_with_its_own_y():
    for x, y, order, held in CASES:
        x_train, y_train, x_held, y_held = held_out(x, y, order, held)
        assert len(x_held) == len(y_held) == held
        found = {
            (*row, target)
            for rows, targets in ((x_train, y_train), (x_held, y_held))
            for row, target in zip(rows.tolist(), targets.tolist(), strict=True)
        }
        assert found == {
            (*row, target) for row, target in zip(x.tolist(), y.tolist(), strict=True)
        }
        assert len(found) == len(x)


def test_orders_are_tried_that_are_not_their_own_opposite():
    for *_, order, _ in CASES:
        assert (order[order] != np.arange(len(order))).any()
