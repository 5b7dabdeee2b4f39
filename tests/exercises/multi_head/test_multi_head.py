"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.multi_head.multi_head import EXERCISE, multi_head
from attn_helpers.exercises.multi_head.split_heads import split_heads

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


def test_scores_are_tried_that_no_other_number_than_a_rows_largest_can_stand_for():
    tables = []
    for x, w_q, w_k, *_, num_heads in CASES:
        q, k = (split_heads(x @ w, num_heads) for w in (w_q, w_k))
        tables.append(q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1]))
    peaks = [scores.max(-1) for scores in tables]
    assert any(np.ptp(peak) > 750 for peak in peaks)
    assert any((s.max(-1) - s.mean(-1)).max() > 710 for s in tables)
