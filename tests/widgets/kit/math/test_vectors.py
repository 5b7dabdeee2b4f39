"""The page's vectors and matrices must multiply as numpy's do."""

import numpy as np
import pytest

from tests.widgets.kit.math.compare import same


def test_products_on_40_random_problems(js):
    rng = np.random.default_rng(11)
    for _ in range(40):
        n, m = rng.integers(1, 8, size=2)
        a, b, w = rng.normal(size=n), rng.normal(size=n), rng.normal(size=(n, m))
        same(js("dot", a.tolist(), b.tolist()), a @ b)
        same(js("timesMatrix", a.tolist(), w.tolist()), a @ w)
        same(js("sum", a.tolist()), a.sum())


@pytest.mark.parametrize("size", [1e-300, 1.0, 1e300])
def test_a_unit_vector_has_length_one_however_large_it_was(js, size):
    same(js("unit", [3 * size, 0.0, -4 * size]), [0.6, 0, -0.8])


def test_a_vector_of_nothing_stays_nothing(js):
    assert js("unit", [0.0, 0.0]) == [0, 0]
