"""The answer, against what torch records, and the cases that must be there."""

import numpy as np
import pytest
import torch

from attn_helpers.exercises.the_quadratic_wall.longest_chain import (
    EXERCISE,
    longest_chain,
)
from attn_helpers.inspection.depth import sequential_depth

CASES = [case.args[0] for case in EXERCISE.cases(0)]


@pytest.mark.parametrize("needs", CASES)
def test_torch_records_a_chain_of_the_same_length(needs):
    results = []
    for row in needs:
        taken = [results[j] for j in np.flatnonzero(row)]
        taken = taken or [torch.ones((), requires_grad=True)]
        results.append(Step.apply(*taken))
    depths = [sequential_depth(result) for result in results]
    assert longest_chain(needs) == max(depths)


class Step(torch.autograd.Function):
    """One operation of any number of inputs."""

    @staticmethod
    def forward(ctx, *inputs):
        return torch.stack(inputs).sum()

    @staticmethod
    def backward(ctx, grad):
        raise NotImplementedError


def test_no_step_needs_a_later_one():
    assert all(not np.triu(needs).any() for needs in CASES)


@pytest.mark.parametrize("n", [1, 2, 5, 8, 13])
def test_a_sum_in_pairs_takes_about_log2_additions(n):
    waiting, needs, made = list(range(n)), [[] for _ in range(n)], n
    while len(waiting) > 1:
        pair, waiting = waiting[:2], waiting[2:]
        needs.append(pair)
        waiting.append(made)
        made += 1
    table = np.zeros((made, made), bool)
    for step, earlier in enumerate(needs):
        table[step, earlier] = True
    assert longest_chain(table) - 1 == int(np.ceil(np.log2(n)))
