"""How far news travels must be the same in the page and in the reference."""

import numpy as np

from attn_helpers.reference.reach import layers_to_reach


def test_layers_to_reach_on_80_random_masks(js):
    rng = np.random.default_rng(7)
    for _ in range(80):
        t, num_layers = rng.integers(1, 9), int(rng.integers(0, 6))
        mask = rng.random((t, t)) < rng.choice([0.1, 0.3, 1])
        got = js("layersToReach", mask.tolist(), num_layers)
        assert got == layers_to_reach(mask, num_layers).tolist()
