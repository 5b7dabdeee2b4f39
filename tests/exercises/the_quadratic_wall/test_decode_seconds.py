"""The answer, against the roofline, and the cases that must be there."""

import pytest

from attn_helpers.exercises.the_quadratic_wall.decode_seconds import (
    EXERCISE,
    decode_seconds,
)
from attn_helpers.reference.attention_cost import BlockShape, block_flops
from attn_helpers.reference.attention_memory import cache_bytes, parameter_bytes
from attn_helpers.reference.roofline import roofline

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_step_by_hand():
    # 3 · (10 + 20) multiply-adds, and 10 + 3 · 20 numbers
    assert decode_seconds(10, 20, 3, 1, 1e9) == (180 / 140, 180)
    assert decode_seconds(10, 20, 3, 1e9, 1) == (180 / 140, 140)


def test_the_formulas_of_the_package_say_the_same():
    shape = BlockShape(t_q=1, t_k=53, d_model=10, num_heads=2, batch=7)
    weights, cache = parameter_bytes(shape, 1), cache_bytes(shape, 1) // 7
    fetched = 2 * (weights + 7 * cache)
    expected = roofline(block_flops(shape), fetched, 1e3, 1e2).seconds
    intensity, seconds = decode_seconds(weights, cache, 7, 1e3, 1e2)
    assert seconds == pytest.approx(expected)
    assert intensity == pytest.approx(block_flops(shape) / fetched)


def test_both_kinds_of_waiting_are_tried():
    waits = [intensity > case[3] / case[4] for case in CASES
             for intensity, _ in [decode_seconds(*case)]]  # fmt: skip
    assert 2 <= sum(waits) <= len(waits) - 2


def test_what_the_reply_says_of_a_batch_without_end():
    intensity, _ = decode_seconds(1e9, 1e9, 1e12, 1, 1)
    assert intensity == pytest.approx(2)
