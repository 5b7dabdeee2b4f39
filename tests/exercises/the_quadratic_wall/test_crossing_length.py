"""The answer, against the meter, and the cases that must be there."""

import pytest
import torch

from attn_helpers.cost import count_flops
from attn_helpers.exercises.the_quadratic_wall.crossing_length import (
    EXERCISE,
    crossing_length,
)
from attn_helpers.layers.feed_forward import FeedForward, GatedFeedForward
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.reference import attention_cost

CASES = [case.args for case in EXERCISE.cases(0)]


def counted(n, d, kv_width, d_ff, ff_matrices):
    """FLOPs of the pairs, and of the matrices."""
    x, q = torch.ones(n, d), torch.ones(n, d)
    layer = MultiHeadAttention(d, d // kv_width, 1)
    feed = (FeedForward if ff_matrices == 2 else GatedFeedForward)(d, d_ff)
    pairs = count_flops(lambda: q @ q.T) * 2
    return pairs, count_flops(lambda: (layer(x), feed(x))) - pairs


@pytest.mark.parametrize("sizes", [(8, 8, 32, 2), (12, 4, 48, 2), (6, 6, 16, 3)])
def test_the_meter_sees_the_pairs_overtake_there_and_not_before(sizes):
    assert sizes in CASES
    n = crossing_length(*sizes)
    pairs, matrices = counted(n, *sizes)
    assert pairs > matrices
    pairs, matrices = counted(n - 1, *sizes)
    assert pairs <= matrices


@pytest.mark.parametrize("sizes", CASES)
def test_it_is_the_first_whole_number_above_the_formula_of_the_package(sizes):
    exact = attention_cost.crossing_length(*sizes)
    assert exact < crossing_length(*sizes) <= exact + 1


def test_a_block_whose_parts_are_equal_somewhere_and_one_without_are_tried():
    exact = [attention_cost.crossing_length(*sizes) for sizes in CASES]
    assert any(n == int(n) for n in exact) and any(n != int(n) for n in exact)
