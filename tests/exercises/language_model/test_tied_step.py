"""The answer, and the cases that must be there."""

import torch
from torch.nn import functional

from attn_helpers.exercises.language_model.tied_step import EXERCISE, tied_step

CASES = [case.args for case in EXERCISE.cases(0)]


class Tied(torch.nn.Module):
    """An embedding, and a linear layer that holds the same parameter."""

    def __init__(self, table):
        super().__init__()
        self.embed = torch.nn.Embedding.from_pretrained(table.clone(), freeze=False)
        self.head = torch.nn.Linear(*table.T.shape, bias=False, dtype=table.dtype)
        self.head.weight = self.embed.weight

    def forward(self, tokens):
        return self.head(self.embed(tokens).tanh())


def test_a_step_agrees_with_torchs_own():
    for table, tokens, targets, rate in CASES:
        model = Tied(table)
        assert len(list(model.parameters())) == 1
        optimiser = torch.optim.SGD(model.parameters(), lr=rate)
        functional.cross_entropy(model(tokens), targets).backward()
        optimiser.step()
        torch.testing.assert_close(
            tied_step(table, tokens, targets, rate), model.head.weight.detach()
        )


def test_a_small_step_makes_the_loss_smaller_by_the_square_of_the_gradient():
    table, tokens, targets, _ = CASES[0]

    def loss(table):
        return functional.cross_entropy(table[tokens].tanh() @ table.T, targets)

    step = (tied_step(table, tokens, targets, 1.0) - table).square().sum()
    fall = loss(table) - loss(tied_step(table, tokens, targets, 1e-6))
    torch.testing.assert_close(fall, 1e-6 * step, rtol=1e-4, atol=0.0)


def test_the_argument_stays_as_it_was():
    table, tokens, targets, rate = CASES[0]
    before = table.clone()
    assert not tied_step(table, tokens, targets, rate).requires_grad
    torch.testing.assert_close(table, before, rtol=0, atol=0)


def test_every_row_moves_though_one_word_is_read():
    table, tokens, targets, rate = CASES[-1]
    assert len(tokens.unique()) == 1
    assert (tied_step(table, tokens, targets, rate) != table).any(-1).all()


def test_tables_are_tried_that_fit_when_turned():
    assert any(table.shape[0] == table.shape[1] for table, *_ in CASES)
