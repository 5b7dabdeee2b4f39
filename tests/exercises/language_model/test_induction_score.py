"""The answer, and the cases that must be there."""

import torch

from attn_helpers.exercises.language_model.induction_score import (
    EXERCISE,
    induction_score,
)
from attn_helpers.inspection.heads import after_same_token, at_offset, head_scores

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_head_by_hand():
    weights = torch.tensor([[[1, 0, 0], [0.25, 0.75, 0], [0.2, 0.7, 0.1]]])
    previous, induction = induction_score(weights, torch.tensor([5, 8, 5]))
    torch.testing.assert_close(previous, torch.tensor([(0.25 + 0.7) / 2]))
    torch.testing.assert_close(induction, torch.tensor([0.7]))


def test_scores_agree_with_the_packages():
    for weights, tokens in CASES:
        patterns = at_offset(len(tokens), -1), after_same_token(tokens[None])
        for got, pattern in zip(
            induction_score(weights, tokens), patterns, strict=True
        ):
            torch.testing.assert_close(got, head_scores([weights[None]], pattern)[0])


def test_heads_are_causal_and_share_out_one_whole():
    for weights, _ in CASES:
        torch.testing.assert_close(weights.sum(-1), torch.ones_like(weights[..., 0]))
        assert not weights.triu(1).any()


def test_texts_are_tried_in_which_tokens_stand_once_twice_and_thrice():
    times = [set(tokens.unique(return_counts=True)[1].tolist()) for _, tokens in CASES]
    assert {2} in times
    assert {3} in times
    assert any({1, 2} <= found for found in times)


def test_every_text_has_a_token_that_comes_again():
    for seed in range(4):
        for _, tokens in (case.args for case in EXERCISE.cases(seed)):
            assert len(tokens.unique()) < len(tokens)


def test_the_best_scores_there_can_be():
    weights, tokens = CASES[-1]
    previous, induction = induction_score(weights, tokens)
    assert previous[0] == 1
    assert induction.tolist() == [0, 1]
