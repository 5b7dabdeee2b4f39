"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.alignment.ibm_em import EXERCISE, em_round

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_round_of_model_one_by_hand():
    # das Haus, das Buch, ein Buch at equal chances: das meets the and house once, the
    # and book once, a half each; of Haus and ein each word takes one half
    wanted = [
        [0.5, 0.25, 0.25, 0.0],
        [0.5, 0.5, 0.0, 0.0],
        [0.25, 0.0, 0.5, 0.25],
        [0.0, 0.0, 0.5, 0.5],
    ]
    got = em_round(*CASES[0])
    np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_a_round_makes_the_targets_no_less_likely_and_haus_becomes_house():
    sources, targets, table = CASES[0]

    def likelihood(table):
        pairs = zip(sources, targets, strict=True)
        return sum(np.log(table[np.ix_(s, t)].sum(0)).sum() for s, t in pairs)

    for _ in range(30):
        better = em_round(sources, targets, table)
        assert likelihood(better) >= likelihood(table) - 1e-12
        table = better
    assert table.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert table.max(axis=1).min() > 0.9


def test_a_word_is_tried_twice_on_either_side():
    assert all(
        any(len(set(words.tolist())) < len(words) for words in side)
        for side in CASES[3][:2]
    )
