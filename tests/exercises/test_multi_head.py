"""The answers against torch and against a count, and the cases that must be there."""

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from attn_helpers.exercises import registry

EXERCISES = registry()


def cases(id):
    return [case.args for case in EXERCISES[id].cases(0)]


def test_splitting_by_numbers():
    x = np.arange(2 * 2 * 6).reshape(2, 2, 6)
    heads = EXERCISES["split-heads"].answer(x, 3)
    assert heads[0, 1].tolist() == [[2, 3], [8, 9]]


def test_merging_undoes_splitting():
    for x, num_heads in cases("split-heads"):
        heads = EXERCISES["split-heads"].answer(x, num_heads)
        np.testing.assert_array_equal(EXERCISES["merge-heads"].answer(heads), x)


def test_multi_head_attention_agrees_with_torch():
    for x, w_q, w_k, w_v, w_o, num_heads in cases("multi-head"):
        d_model = x.shape[-1]
        module = torch.nn.MultiheadAttention(
            d_model, num_heads, bias=False, batch_first=True, dtype=torch.float64
        )
        with torch.no_grad():
            stacked = np.concatenate([w_q.T, w_k.T, w_v.T])
            module.in_proj_weight.copy_(torch.tensor(stacked))
            module.out_proj.weight.copy_(torch.tensor(w_o.T))
            wanted, _ = module(*[torch.tensor(x)] * 3)
        got = EXERCISES["multi-head"].answer(x, w_q, w_k, w_v, w_o, num_heads)
        np.testing.assert_allclose(got, wanted.numpy(), atol=1e-12)


def test_repeated_keys_agree_with_grouped_attention_in_torch():
    for k, num_heads in cases("repeat-kv"):
        rng = np.random.default_rng(0)
        q = torch.tensor(rng.normal(size=(k.shape[0], num_heads, 3, k.shape[-1])))
        few = torch.tensor(k)
        many = torch.tensor(EXERCISES["repeat-kv"].answer(k, num_heads))
        attend = torch.nn.functional.scaled_dot_product_attention
        wanted = attend(q, few, few, enable_gqa=True)
        np.testing.assert_allclose(attend(q, many, many), wanted, atol=1e-12)


def test_costs_agree_with_a_meter():
    for t, d_model, num_heads, num_kv_heads in cases("head-costs"):
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
        got = EXERCISES["head-costs"].answer(t, d_model, num_heads, num_kv_heads)
        assert got == (parameters, meter.get_total_flops() // 2)


def test_heads_are_tried_where_a_reshape_alone_shows():
    assert any(x.shape[1] > 1 and h > 1 for x, h in cases("split-heads"))
    assert any(x.shape[0] == x.shape[1] == h for x, *_, h in cases("multi-head"))


def test_costs_are_tried_with_fewer_key_heads():
    assert any(1 < g < h for _, _, h, g in cases("head-costs"))
    assert any(1 == g < h for _, _, h, g in cases("head-costs"))
