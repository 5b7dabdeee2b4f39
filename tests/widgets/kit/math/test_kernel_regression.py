"""The page's kernel regression must equal the reference's."""

import numpy as np
import pytest

from attn_helpers.reference.kernel_regression import LOG_KERNELS, nadaraya_watson
from tests.widgets.kit.math.compare import same


@pytest.mark.parametrize("kernel", LOG_KERNELS)
def test_kernel_regression_on_80_random_problems(js, kernel):
    rng = np.random.default_rng(4)
    for _ in range(80):
        t_q, t_k = rng.integers(1, 9, size=2)
        # A grid of quarters, so that neighbours on the very edge are common.
        x_query, x = (rng.integers(-20, 21, size=n) / 4 for n in (t_q, t_k))
        y, bandwidth = rng.normal(size=t_k), rng.choice([0.25, 0.7, 2, 1e-3, 1e3])
        arguments = [x_query.tolist(), x.tolist(), y.tolist(), float(bandwidth)]
        got = js("nadarayaWatson", *arguments, kernel)
        estimate, weights = nadaraya_watson(x_query, x, y, bandwidth, kernel)
        same(got["weights"], weights)
        same(got["estimate"], estimate)


def test_every_kernel_of_the_page_is_compared(js):
    assert sorted(js("(() => Object.keys(LOG_KERNELS))")) == sorted(LOG_KERNELS)
