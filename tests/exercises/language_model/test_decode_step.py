"""The answer, and the cases that must be there."""

import numpy as np
import torch
from torch.nn.functional import scaled_dot_product_attention

from attn_helpers.exercises.language_model.decode_step import (
    EXERCISE,
    Turn,
    decode_step,
)
from attn_helpers.layers.kv_cache import KVCache

CASES = [case.args for case in EXERCISE.cases(0)]


def test_a_step_agrees_with_torch_and_with_the_books_cache():
    for q, k, v, k_cache, v_cache, turn in CASES:
        output, keys, values = decode_step(q, k, v, k_cache, v_cache, turn)
        t = k_cache.shape[1]
        cache = KVCache()
        if t:
            cache.append(torch.tensor(k_cache), torch.tensor(v_cache))
        new = torch.tensor(turn(k, t))[:, None], torch.tensor(v)[:, None]
        all_keys, all_values, first = cache.append(*new)
        assert first == t
        np.testing.assert_array_equal(keys, all_keys.numpy())
        np.testing.assert_array_equal(values, all_values.numpy())
        wanted = scaled_dot_product_attention(
            torch.tensor(turn(q, t))[None, :, None],
            all_keys[None],
            all_values[None],
            enable_gqa=True,
        )
        np.testing.assert_allclose(output, wanted[0, :, 0].numpy(), atol=1e-10)


def test_step_by_step_is_the_whole_text_at_once():
    rng, turn, t = np.random.default_rng(0), Turn(), 7
    q, k, v = (rng.normal(size=(h, t, 4)) for h in (6, 2, 2))
    k_cache = v_cache = np.empty((2, 0, 4))
    found = []
    for i in range(t):
        rows = q[:, i], k[:, i], v[:, i]
        output, k_cache, v_cache = decode_step(*rows, k_cache, v_cache, turn)
        found.append(output)
    places = np.arange(t)
    wanted = scaled_dot_product_attention(
        *(torch.tensor(x) for x in (turn(q, places), turn(k, places), v)),
        is_causal=True,
        enable_gqa=True,
    )
    np.testing.assert_allclose(np.stack(found, axis=1), wanted.numpy(), atol=1e-12)


def test_the_rotation_keeps_lengths_and_feels_only_distances():
    rng, turn = np.random.default_rng(0), Turn()
    q, k = rng.normal(size=(2, 5, 6))
    np.testing.assert_allclose((turn(q, 9) ** 2).sum(-1), (q**2).sum(-1), atol=1e-12)
    near, far = ((turn(q, a) * turn(k, b)).sum(-1) for a, b in ((5, 2), (105, 102)))
    np.testing.assert_allclose(near, far, atol=1e-9)
    np.testing.assert_array_equal(turn(q, 0), q)


def test_caches_are_tried_that_are_empty_or_have_one_row():
    assert {0, 1} <= {k_cache.shape[1] for *_, k_cache, _, _ in CASES}


def test_heads_are_tried_in_every_number():
    heads = [(len(q), len(k)) for q, k, *_ in CASES]
    assert any(h == h_kv > 1 for h, h_kv in heads)
    assert any(h_kv == 1 < h for h, h_kv in heads)
    assert any(1 < h_kv < h / h_kv for h, h_kv in heads)
    assert any(h / h_kv < h_kv < h for h, h_kv in heads)
