"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.alignment.additive import EXERCISE, additive_attention
from attn_helpers.reference.attention import attention
from attn_helpers.reference.scoring import additive_score

CASES = [case.args for case in EXERCISE.cases(0)]


def test_additive_attention_agrees_with_the_reference():
    for q, k, v, w_q, w_k, w_out in CASES:
        wanted = attention(
            q, k, v, score=lambda q, k, w=(w_q, w_k, w_out): additive_score(q, k, *w)
        )
        got = additive_attention(q, k, v, w_q, w_k, w_out)
        for one, other in zip(got, wanted, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-9)


def test_without_tanh_all_queries_agree():
    program = EXERCISE.mistakes["b-no-query-no-tanh"].program
    _, weights = program(*CASES[0])
    np.testing.assert_allclose(weights, np.tile(weights[0], (5, 1)), atol=1e-12)


def test_scores_are_tried_that_exp_cannot_take():
    q, k, _, *w = CASES[-1]
    assert np.abs(additive_score(q, k, *w)).max() > 800
