"""Exercises in torch: tensors go in and are judged."""

from dataclasses import replace

import pytest
import torch

from attn_helpers.exercises import Case, Exercise, Mistake
from attn_helpers.exercises.core import sandbox
from attn_helpers.exercises.core.judge import judge
from tests.exercises.core.verdicts import says


def shares(scores, bias):
    """Softmax over the last axis, and what it was made of."""
    biased = scores + bias
    return torch.softmax(biased, dim=-1), biased, biased.argmax(-1), biased.shape[0]


def share_cases(seed):
    generator = torch.Generator().manual_seed(seed)
    sizes = [(3, 5), (2, 7), (1, 1), (5, 5)]
    return [
        Case(
            f"{rows} rows of {columns}",
            (
                torch.randn(rows, columns, generator=generator, dtype=torch.float64),
                torch.where(torch.arange(columns) == 1, -torch.inf, 0.5).double(),
            ),
        )
        for rows, columns in sizes
    ]


IN_TORCH = Exercise(
    title="Shares",
    answer=shares,
    returns={
        "weights": "how much of row {0} goes to key {1}?",
        "biased": "what is score {1} of row {0}?",
        "best": "which key is the best of row {0}?",
        "rows": "how many rows are there?",
    },
    cases=share_cases,
    mistakes={
        "half": Mistake(lambda s, b: (shares(s, b)[0] / 2, *shares(s, b)[1:]), "Half.")
    },
    library="torch",
)


def in_torch(program):
    return judge(IN_TORCH, program, run=sandbox.plain)


def weights_as(change):
    return lambda s, b: (change(shares(s, b)[0]), *shares(s, b)[1:])


def test_a_program_in_torch():
    def by_hand(scores, bias):
        biased = (scores + bias).requires_grad_()
        grown = (biased - biased.max(-1, keepdim=True).values).exp()
        best = biased.max(-1).indices
        return grown / grown.sum(-1, keepdim=True), biased, best, len(scores)

    says(in_torch(by_hand), "correct")
    says(in_torch(IN_TORCH.mistakes["half"].program), "not yet", "Half.")


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (lambda w: w.numpy(), "is a numpy array. This exercise is in torch"),
        (lambda w: w.tolist(), "is a list; return a torch tensor"),
        (lambda w: w.float(), "has dtype torch.float32 where torch.float64 went in"),
        (lambda w: w.bfloat16(), "a tensor of dtype torch.bfloat16"),
        (lambda w: w.to_sparse(), "layout torch.sparse_coo"),
        (lambda w: w.to("meta"), "on the device meta"),
        (lambda w: w.float().double(), "in too few digits"),
        (lambda w: w[None], "has shape (1, 1, 1) and should have shape (1, 1)"),
        (lambda w: w + 1e-9 * (w == 0), "should be exactly 0"),
        (lambda w: w.log(), "How much of row 0 goes to key"),
        (lambda w: w.softmax("x"), "stops with TypeError"),
    ],
)
def test_what_can_go_wrong_in_torch(change, phrase):
    says(in_torch(weights_as(change)), "not yet", phrase)


def test_a_tensor_changed_in_place():
    def changes(scores, bias):
        result = shares(scores, bias)
        scores += 1
        return result

    says(in_torch(changes), "not yet", "changes its argument `scores`")


def test_a_list_of_the_right_numbers():
    alone = replace(
        IN_TORCH, answer=lambda s, b: shares(s, b)[0], returns={"weights": "?"}
    )
    result = judge(alone, lambda s, b: shares(s, b)[0].tolist(), run=sandbox.plain)
    says(result, "not yet", "The right idea", "wrap it in `torch.tensor(…)`")


def test_one_result_of_four():
    result = in_torch(lambda s, b: s)
    says(result, "not yet", "one tensor of shape (3, 5)", "wants four things")
