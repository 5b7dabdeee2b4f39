"""The page's positions must equal the reference's."""

import numpy as np

from attn_helpers.reference.positions import (
    frequencies,
    rope,
    sinusoidal_positions,
)
from tests.widgets.kit.math.compare import same


def test_positions_on_80_random_vectors(js):
    rng = np.random.default_rng(8)
    for _ in range(80):
        d, base = 2 * int(rng.integers(1, 8)), float(10 ** rng.uniform(0.5, 6))
        x, position = rng.normal(size=d), int(rng.integers(0, 50))
        same(js("frequencies", d, base), frequencies(d, base))
        same(js("rope", x.tolist(), position, base), rope(x[None], [position], base)[0])
        expected = sinusoidal_positions(position + 1, d, base)[position]
        same(js("sinusoid", position, d, base), expected)
    same(js("frequencies", 4), frequencies(4))
    same(js("rope", [1.0, 2.0, 3.0, 4.0], -7), rope([[1.0, 2, 3, 4]], [-7])[0])
    same(js("sinusoid", 5, 4), sinusoidal_positions(6, 4)[5])
