"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.multi_head.repeat_kv import EXERCISE, repeat_kv

CASES = [case.args for case in EXERCISE.cases(0)]


def test_repeated_keys_agree_with_grouped_attention_in_torch():
    for k, num_heads in CASES:
        rng = np.random.default_rng(0)
        q = torch.tensor(rng.normal(size=(k.shape[0], num_heads, 3, k.shape[-1])))
        few = torch.tensor(k)
        many = torch.tensor(repeat_kv(k, num_heads))
        attend = torch.nn.functional.scaled_dot_product_attention
        wanted = attend(q, few, few, enable_gqa=True)
        np.testing.assert_allclose(attend(q, many, many), wanted, atol=1e-12)


def test_groups_are_tried_of_many_sizes():
    groups = {(num_heads, num_heads // k.shape[1]) for k, num_heads in CASES}
    assert {1, 2, 3, 6, 8} <= {size for _, size in groups}
    assert max(num_heads for num_heads, _ in groups) >= 16
