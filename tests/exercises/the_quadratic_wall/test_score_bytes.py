"""The answer, against the meter, and the cases that must be there."""

import pytest
import torch

from attn_helpers.cost import peak_bytes
from attn_helpers.exercises.the_quadratic_wall.score_bytes import EXERCISE, score_bytes

CASES = [case.args for case in EXERCISE.cases(0)]
DTYPES = {64: torch.float64, 32: torch.float32, 16: torch.bfloat16}


def on_paper(q, k, v):
    scores = q @ k.mT
    weights = scores.softmax(-1)
    return weights @ v


@pytest.mark.parametrize("sizes", [c for c in CASES if c[-1] in DTYPES])
def test_the_meter_finds_the_same(sizes):
    b, h, t_q, t_k, d_v, bits = sizes
    q, k, v = (
        torch.ones(b, h, t, d, dtype=DTYPES[bits])
        for t, d in ((t_q, 3), (t_k, 3), (t_k, d_v))
    )
    taken = peak_bytes(lambda: q @ k.mT), peak_bytes(lambda: on_paper(q, k, v))
    assert score_bytes(*sizes) == taken


def test_formats_of_one_byte_and_more_are_tried():
    assert {case[-1] for case in CASES} == {8, 16, 32, 64}
    assert any(len(set(case)) == 6 for case in CASES)
