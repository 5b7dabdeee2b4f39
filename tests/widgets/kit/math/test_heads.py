"""The page's multi-head attention must equal one that reshapes."""

import numpy as np
import pytest

from attn_helpers.reference.attention import attention
from tests.widgets.kit.math.compare import numbers, same


def multi_head_by_reshaping(x, w, num_heads, transposed):
    """As models do it: all heads at once, cut by a reshape and a transpose."""
    t, d = x.shape

    def split(table):
        if transposed:
            return table.reshape(t, num_heads, -1).swapaxes(0, 1)
        return table.reshape(num_heads, t, -1)

    q, k, v = (split(x @ w[name]) for name in ("wQ", "wK", "wV"))
    output, weights = attention(q, k, v)
    return weights, output.swapaxes(0, 1).reshape(t, d) @ w["wO"]


@pytest.mark.parametrize("transposed", [True, False])
def test_multi_head_attention_on_40_random_problems(js, transposed):
    rng = np.random.default_rng(9)
    for _ in range(40):
        num_heads, width, t = (int(n) for n in rng.integers(1, 5, size=3))
        d = num_heads * width
        x = rng.normal(size=(t, d))
        w = {name: rng.normal(size=(d, d)) for name in ("wQ", "wK", "wV", "wO")}
        lists = {name: table.tolist() for name, table in w.items()}
        options = {"transposed": transposed}
        got = js("multiHead", x.tolist(), lists, [width] * num_heads, options)
        weights, output = multi_head_by_reshaping(x, w, num_heads, transposed)
        same(got["weights"], weights, 1e-10)
        same(got["output"], output, 1e-10)


def test_cuts_need_not_be_even_and_a_head_that_is_off_gives_zeros(js):
    numbers_in_order = np.arange(12).reshape(3, 4).tolist()
    assert js("cutHeads", numbers_in_order, [1, 3]) == [
        [[0], [4], [8]],
        [[1, 2, 3], [5, 6, 7], [9, 10, 11]],
    ]
    assert js("cutHeads", numbers_in_order, [1, 3], False) == [
        [[0], [1], [2]],
        [[3, 4, 5], [6, 7, 8], [9, 10, 11]],
    ]
    w = dict.fromkeys(("wQ", "wK", "wV", "wO"), np.eye(4).tolist())
    got = js("multiHead", numbers_in_order, w, [1, 3], {"off": [1]})
    assert (numbers(got["output"])[:, 1:] == 0).all()
    assert (numbers(got["output"])[:, 0] > 0).all()
