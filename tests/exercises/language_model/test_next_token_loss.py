"""The answer, and the cases that must be there."""

import re

import numpy as np
import torch
from torch.nn import functional

from attn_helpers.exercises.language_model.next_token_loss import (
    EXERCISE,
    next_token_loss,
)

CASES = [case.args for case in EXERCISE.cases(0)]


def test_two_pairs_by_hand():
    logits = np.log([[[0.2, 0.3, 0.5], [0.1, 0.8, 0.1], [0.9, 0.0625, 0.0375]]])
    loss, perplexity = next_token_loss(logits, np.array([[1, 2, 1]]))
    np.testing.assert_allclose(loss, -(np.log(0.5) + np.log(0.8)) / 2, atol=1e-15)
    np.testing.assert_allclose(perplexity, 0.4**-0.5, atol=1e-15)


def test_the_loss_agrees_with_torch():
    for logits, tokens in CASES:
        targets = np.where(tokens[:, :-1] == 0, 0, tokens[:, 1:])
        wanted = functional.cross_entropy(
            torch.tensor(logits[:, :-1]).flatten(0, 1),
            torch.tensor(targets).flatten(),
            ignore_index=0,
        ).item()
        loss, perplexity = next_token_loss(logits, tokens)
        np.testing.assert_allclose(loss, wanted, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(np.log(perplexity), wanted, rtol=1e-9, atol=1e-12)


def test_padding_is_tried_in_front_in_the_middle_at_the_end_and_nowhere():
    texts = [text.tolist() for _, tokens in CASES for text in tokens]
    rows = ["".join("1" if token else "0" for token in text) for text in texts]
    for pattern in ("0+1+", "1+0+1+.*", "1+0+", "1+"):
        assert any(re.fullmatch(pattern, row) for row in rows)


def test_texts_are_tried_of_very_different_lengths():
    lengths = [np.count_nonzero(tokens, axis=1) for _, tokens in CASES]
    assert any(few.min() * 5 < few.max() for few in lengths)


def test_a_loss_of_exactly_0_is_wanted_somewhere():
    assert 0 in [next_token_loss(*args)[0] for args in CASES]


def test_every_result_is_finite():
    for args in CASES:
        assert np.isfinite(next_token_loss(*args)).all()


def test_what_the_answer_after_tells():
    assert round((100 * 2 + 10 * 4) / 110, 2) == 2.18
    assert (2 + 4) / 2 == 3.0
