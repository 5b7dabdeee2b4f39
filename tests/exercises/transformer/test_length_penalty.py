"""The answer, and the cases that must be there."""

import numpy as np
import pytest

from attn_helpers.exercises.transformer.length_penalty import EXERCISE, ranking
from attn_helpers.models.beam_search import length_penalty

CASES = [case.args for case in EXERCISE.cases(0)]


def test_two_texts_by_hand():
    order, score = ranking(np.array([-4.0, -5.0]), np.array([4, 10]), 0, 1.0)
    assert order.tolist() == [1, 0]
    np.testing.assert_allclose(score, [-2.0, -4.0 / 1.5], atol=1e-12)


def test_the_penalty_is_that_of_beam_search():
    for log_p, lengths, prompt, alpha in CASES:
        order, score = ranking(log_p, lengths, prompt, alpha)
        for i, got in zip(order, score, strict=True):
            wanted = log_p[i] / length_penalty(int(lengths[i]) - prompt, alpha)
            assert got == pytest.approx(wanted, rel=1e-12)
        assert (np.diff(score) < 0).all()


@pytest.mark.parametrize("seed", range(4))
def test_no_two_texts_have_one_score(seed):
    for log_p, lengths, prompt, alpha in (case.args for case in EXERCISE.cases(seed)):
        _, score = ranking(log_p, lengths, prompt, alpha)
        assert (np.diff(score) < -1e-9 * abs(score[1:])).all()


@pytest.mark.parametrize("seed", range(4))
def test_texts_are_tried_whose_order_depends_on_what_is_counted(seed):
    by_itself = by_prompt = 0
    for log_p, lengths, prompt, alpha in (case.args for case in EXERCISE.cases(seed)):
        order, _ = ranking(log_p, lengths, prompt, alpha)
        by_itself += order.tolist() != np.argsort(-log_p).tolist()
        with_prompt, _ = ranking(log_p, lengths, 0, alpha)
        by_prompt += order.tolist() != with_prompt.tolist()
    assert by_itself >= 2 and by_prompt >= 2


def test_the_reply_to_the_question_after():
    texts = np.array([-4.0, -5.0]), np.array([104, 110])
    whole, scores = ranking(*texts, 0, 1.0)
    assert whole.tolist() == [0, 1]
    np.testing.assert_allclose(scores, [-0.22, -0.26], atol=0.005)
    right, scores = ranking(*texts, 100, 1.0)
    assert right.tolist() == [1, 0]
    np.testing.assert_allclose(scores, [-2, -2.67], atol=0.005)
