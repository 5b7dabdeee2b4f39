"""The answer, and the cases that must be there."""

import numpy as np
import torch
from torch.nn import functional

from attn_helpers.exercises.transformer.tied_logits import EXERCISE, tied

CASES = [case.args for case in EXERCISE.cases(0)]


def test_two_words_by_hand():
    table = np.array([[1.0, 2.0, 0.0, 0.0], [0.0, 1.0, 1.0, 3.0]])
    x, logits = tied(np.array([1, 0]), np.array([[1.0, 1.0, 0.0, 2.0]]), table)
    np.testing.assert_array_equal(x, [[0, 2, 2, 6], [2, 4, 0, 0]])
    np.testing.assert_array_equal(logits, [[3, 7]])


def test_both_ends_agree_with_torch():
    for tokens, hidden, table in CASES:
        weight = torch.tensor(table)
        embedded = functional.embedding(torch.tensor(tokens), weight)
        x, logits = tied(tokens, hidden, table)
        width = table.shape[1]
        np.testing.assert_allclose(x, embedded.numpy() * width**0.5, atol=1e-12)
        wanted = functional.linear(torch.tensor(hidden), weight)
        np.testing.assert_allclose(logits, wanted.numpy(), atol=1e-12)


def test_tables_are_tried_that_fit_when_turned():
    assert any(len(set(table.shape)) == 1 for *_, table in CASES)


def test_a_width_is_tried_that_hides_no_wrong_root():
    for tokens, _, table in CASES[:2]:
        vocab, width = table.shape
        assert len({4, vocab, width, *tokens.shape}) == 5


def test_exact_zeros_are_wanted_somewhere():
    assert any((part == 0).any() for args in CASES for part in tied(*args))


def test_what_tying_saves():
    vocab, d, d_ff, layers = 37_000, 512, 2048, 6
    saved = vocab * d
    encoder = layers * (4 * d * d + 2 * d * d_ff)
    decoder = layers * (8 * d * d + 2 * d * d_ff)
    assert 18.5e6 < saved < 19e6
    assert 62e6 < saved + encoder + decoder < 66e6
