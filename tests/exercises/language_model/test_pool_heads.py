"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.language_model.pool_heads import EXERCISE, pool_heads

CASES = [case.args for case in EXERCISE.cases(0)]


def test_four_heads_by_hand():
    w = np.array([[1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 60.0]])
    np.testing.assert_array_equal(pool_heads(w, 4, 2), [[2, 3, 20, 40]])


def test_pooling_agrees_with_torch():
    for w, num_heads, num_kv_heads in CASES:
        blocks = torch.tensor(w).chunk(num_heads, dim=1)
        size = num_heads // num_kv_heads
        wanted = [
            torch.stack(blocks[i : i + size]).mean(0) for i in range(0, num_heads, size)
        ]
        np.testing.assert_allclose(
            pool_heads(w, num_heads, num_kv_heads), torch.cat(wanted, 1), atol=1e-12
        )


def test_a_model_whose_groups_are_equal_loses_nothing():
    w = np.random.default_rng(0).normal(size=(5, 2, 1, 3))
    repeated = np.repeat(w, 3, axis=2).reshape(5, -1)
    np.testing.assert_allclose(pool_heads(repeated, 6, 2), w.reshape(5, -1), atol=1e-15)


def test_numbers_of_groups_are_tried_that_are_not_their_sizes():
    sizes = [(h_kv, h // h_kv) for _, h, h_kv in CASES]
    assert any(number > size > 1 for number, size in sizes)
    assert any(1 < number < size for number, size in sizes)


def test_results_are_tried_that_are_square():
    assert any(len(w) == pool_heads(w, *n).shape[1] for w, *n in CASES)
