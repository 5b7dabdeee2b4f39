"""The answer, and the cases that must be there."""

import torch
from torch.utils.flop_counter import FlopCounterMode

from attn_helpers.exercises.multi_head.head_costs import EXERCISE, head_costs

CASES = [case.args for case in EXERCISE.cases(0)]


def test_costs_agree_with_a_meter():
    for t, d_model, num_heads, num_kv_heads in CASES:
        d = d_model // num_heads
        widths = [n * d for n in (num_heads, num_kv_heads, num_kv_heads)]
        matrices = [torch.zeros(d_model, width) for width in widths]
        last = torch.zeros(d_model, d_model)
        with FlopCounterMode(display=False) as meter:
            q, k, v = (
                (torch.zeros(t, d_model) @ m).reshape(t, -1, d).transpose(0, 1)
                for m in matrices
            )
            k, v = (x.repeat_interleave(num_heads // num_kv_heads, 0) for x in (k, v))
            mixed = torch.bmm(torch.bmm(q, k.transpose(1, 2)), v)
            _ = mixed.transpose(0, 1).reshape(t, d_model) @ last
        parameters = sum(m.numel() for m in (*matrices, last))
        got = head_costs(t, d_model, num_heads, num_kv_heads)
        assert got == (parameters, meter.get_total_flops() // 2)


def test_costs_are_tried_with_fewer_key_heads():
    assert any(1 < g < h for _, _, h, g in CASES)
    assert any(1 == g < h for _, _, h, g in CASES)
