"""The answer, against the meter, and the cases that must be there."""

import pytest
import torch

from attn_helpers.cost import count_flops
from attn_helpers.exercises.the_quadratic_wall.attention_flops import (
    EXERCISE,
    attention_flops,
)
from attn_helpers.reference.attention_cost import BlockShape, mix_flops, score_flops

CASES = [case.args for case in EXERCISE.cases(0)]


@pytest.mark.parametrize("sizes", CASES)
def test_the_meter_counts_the_same(sizes):
    t_q, t_k, d_k, d_v, h = sizes
    q, k, v = torch.ones(h, t_q, d_k), torch.ones(h, t_k, d_k), torch.ones(h, t_k, d_v)
    scores = count_flops(lambda: q @ k.mT)
    mix = count_flops(lambda: torch.ones(h, t_q, t_k) @ v)
    assert attention_flops(*sizes) == (scores, mix)


def test_the_formulas_of_the_package_say_the_same():
    shape = BlockShape(t_q=3, t_k=7, d_model=10, num_heads=2)
    assert attention_flops(3, 7, 5, 5, 2) == (score_flops(shape), mix_flops(shape))


def test_sizes_differ_so_that_none_can_stand_for_another():
    assert any(len(set(sizes)) == 5 for sizes in CASES)
    assert any(sizes[-1] == 1 for sizes in CASES)
    assert any(sizes[0] == 1 for sizes in CASES)
