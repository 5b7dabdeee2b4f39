"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.exact_in_less_memory.merge_two_pieces import (
    EXERCISE,
    merge_two_pieces,
)
from attn_helpers.reference.online_softmax import Running, finish, merge


def test_pieces_agree_with_the_package():
    for case in EXERCISE.cases(0):
        m_a, l_a, o_a, m_b, l_b, o_b = case.args
        parts = (
            Running(m, total, total[:, None] * o)
            for m, total, o in ((m_a, l_a, o_a), (m_b, l_b, o_b))
        )
        want = merge(*parts)
        m, total, o = merge_two_pieces(*case.args)
        np.testing.assert_array_equal(m, want.maximum)
        np.testing.assert_allclose(total, want.total)
        np.testing.assert_allclose(o, finish(want)[0], atol=1e-12)


def test_queries_that_have_seen_nothing_are_tried():
    empty = {
        (bool((m_a == -np.inf).any()), bool((m_b == -np.inf).any()))
        for m_a, _, _, m_b, _, _ in (case.args for case in EXERCISE.cases(0))
    }
    assert len(empty) == 4


def test_the_order_in_which_three_are_joined_does_not_matter():
    rng = np.random.default_rng(0)
    a, b, c = (
        (rng.normal(size=3), rng.random(3), rng.normal(size=(3, 2))) for _ in range(3)
    )
    one = merge_two_pieces(*merge_two_pieces(*a, *b), *c)
    other = merge_two_pieces(*merge_two_pieces(*b, *c), *a)
    for x, y in zip(one, other, strict=True):
        np.testing.assert_allclose(x, y)
