import math

import numpy as np
import pytest

from attn_helpers.data.nile import load_nile
from attn_helpers.reference.kernel_regression import nadaraya_watson
from attn_helpers.reference.leave_one_out import (
    leave_one_out_error,
    leave_one_out_slope,
)

T = 23
BANDWIDTHS = (0.03, 0.2, 0.7, 3.0, 50.0)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 5, T)
    return x, 10 * np.sin(x) + rng.normal(size=T)


@pytest.mark.parametrize("bandwidth", BANDWIDTHS)
def test_the_error_is_that_of_a_loop_over_the_other_points(data, bandwidth):
    x, y = data
    squares = []
    for i in range(T):
        others = np.arange(T) != i
        estimate, _ = nadaraya_watson(x[i : i + 1], x[others], y[others], bandwidth)
        squares.append((estimate[0] - y[i]) ** 2)
    expected = math.sqrt(sum(squares) / T)
    assert leave_one_out_error(x, y, bandwidth) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("bandwidth", BANDWIDTHS)
def test_the_slope_is_that_of_central_differences(data, bandwidth):
    step = 1e-5 * bandwidth
    ahead, behind = (
        leave_one_out_error(*data, bandwidth + side * step) for side in (1, -1)
    )
    expected = (ahead - behind) / (2 * step)
    got = leave_one_out_slope(*data, bandwidth)
    assert got == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_the_nile_s_valley_lies_where_the_chapter_found_it():
    nile = load_nile()
    assert round(leave_one_out_error(*nile, 1.7), 1) == 131.1
    assert leave_one_out_slope(*nile, 1.6) < 0 < leave_one_out_slope(*nile, 1.7)


def test_two_points_miss_each_other_at_every_bandwidth():
    for bandwidth in (1e-3, 1.0, 1e3):
        assert leave_one_out_error([0.0, 1.0], [3.0, 7.0], bandwidth) == 4
        assert leave_one_out_slope([0.0, 1.0], [3.0, 7.0], bandwidth) == 0


def test_on_a_plateau_the_slope_is_exactly_0():
    x, y = [0.0, 1.0, 1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0]
    assert leave_one_out_slope(x, y, 1e-12) == 0


def test_where_nothing_is_missed_the_slope_is_0():
    assert leave_one_out_error([0.0, 1.0, 3.0], [0.0, 0.0, 0.0], 0.7) == 0
    assert leave_one_out_slope([0.0, 1.0, 3.0], [0.0, 0.0, 0.0], 0.7) == 0


@pytest.mark.parametrize("of_all", [leave_one_out_error, leave_one_out_slope])
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x": [1.0], "y": [2.0]}, "t must be at least 2; got t=1."),
        ({"y": [2.0, 3.0, 5.0]}, "share t, their last axis; got x (2,) and y (3,)."),
        ({"bandwidth": 0.0}, "bandwidth must be greater than 0; got bandwidth=0.0."),
    ],
)
def test_bad_input_is_refused(of_all, changed, message):
    arguments = {"x": [0.0, 1.0], "y": [2.0, 3.0], "bandwidth": 1.0} | changed
    with pytest.raises(ValueError) as caught:
        of_all(**arguments)
    assert str(caught.value).startswith(f"{of_all.__name__}: ")
    assert str(caught.value).endswith(message)
