"""The page's feed-forward layer must equal the reference's."""

import numpy as np

from attn_helpers.reference.feed_forward import feed_forward
from tests.widgets.kit.math.compare import same


def test_feed_forward_on_80_random_problems(js):
    rng = np.random.default_rng(13)
    for _ in range(80):
        d, d_ff = rng.integers(1, 9, size=2)
        x, b_in = rng.normal(size=d), rng.normal(size=d_ff)
        w_in, w_out = rng.normal(size=(d, d_ff)), rng.normal(size=(d_ff, d))
        w = {"wIn": w_in.tolist(), "bIn": b_in.tolist(), "wOut": w_out.tolist()}
        got = js("feedForward", x.tolist(), w)
        output, hidden = feed_forward(x, w_in, w_out, b_in)
        same(got["output"], output)
        same(got["hidden"], hidden)
