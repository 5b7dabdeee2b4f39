"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.multi_head.multi_head import EXERCISE, multi_head

CASES = [case.args for case in EXERCISE.cases(0)]


def test_multi_head_attention_agrees_with_torch():
    for x, w_q, w_k, w_v, w_o, num_heads in CASES:
        d_model = x.shape[-1]
        module = torch.nn.MultiheadAttention(
            d_model, num_heads, bias=False, batch_first=True, dtype=torch.float64
        )
        with torch.no_grad():
            stacked = np.concatenate([w_q.T, w_k.T, w_v.T])
            module.in_proj_weight.copy_(torch.tensor(stacked))
            module.out_proj.weight.copy_(torch.tensor(w_o.T))
            wanted, _ = module(*[torch.tensor(x)] * 3)
        got = multi_head(x, w_q, w_k, w_v, w_o, num_heads)
        np.testing.assert_allclose(got, wanted.numpy(), atol=1e-12)


def test_heads_are_tried_where_a_reshape_alone_shows():
    assert any(x.shape[0] == x.shape[1] == h for x, *_, h in CASES)
