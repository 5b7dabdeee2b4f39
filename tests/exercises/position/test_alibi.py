"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises import check
from attn_helpers.exercises.position.alibi import EXERCISE, alibi

CASES = [case.args for case in EXERCISE.cases(0)]


def test_alibi_by_hand():
    bias = alibi(4, 3)
    np.testing.assert_allclose(bias[:, 2, 0], [-2 / 4, -2 / 16, -2 / 64, -2 / 256])
    np.testing.assert_array_equal(bias[:, 0], 0)


def test_alibi_is_tried_where_8_heads_hide_nothing():
    assert {num_heads for num_heads, _ in CASES} >= {1, 2, 4, 16}


def test_zero_is_told_without_a_sign():
    message = check("alibi", lambda num_heads, t: -np.zeros((num_heads, t, t))).message
    assert "`bias[0, 1, 0]` is 0 in yours." in message
    message = check(
        "alibi", lambda num_heads, t: np.full((num_heads, t, t), 1.5)
    ).message
    assert message.endswith("The answer has 0.")
