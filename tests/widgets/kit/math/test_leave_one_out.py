"""The page's leave-one-out error and its slope must equal the reference's."""

import numpy as np

from attn_helpers.reference.leave_one_out import (
    leave_one_out_error,
    leave_one_out_slope,
)
from tests.widgets.kit.math.compare import same


def test_error_and_slope_on_120_random_problems(js):
    rng = np.random.default_rng(4)
    for _ in range(120):
        t = rng.integers(2, 14)
        # A grid of quarters, so that points at one place are common.
        x, y = rng.integers(-20, 21, size=t) / 4, 100 * rng.normal(size=t)
        bandwidth = float(rng.choice([0.05, 0.25, 0.7, 2, 20, 1e-12, 1e6]))
        arguments = [x.tolist(), y.tolist(), bandwidth]
        got = js("leaveOneOut", *arguments)
        same(got["error"], leave_one_out_error(x, y, bandwidth))
        slope = leave_one_out_slope(x, y, bandwidth)
        np.testing.assert_allclose(
            got["slope"] * bandwidth,
            slope * bandwidth,
            rtol=1e-9,
            atol=1e-9,
        )


def test_a_point_far_from_all_others_and_one_missed_by_nobody(js):
    far = [[0.0, 1.0, 500.0], [3.0, 5.0, 11.0], 0.01]
    same(js("leaveOneOut", *far)["error"], leave_one_out_error(*far))
    assert js("leaveOneOut", *far)["slope"] == 0
    assert js("leaveOneOut", [0.0, 1.0, 3.0], [0.0] * 3, 0.7) == {
        "error": 0,
        "slope": 0,
    }
