"""The page's softmax in few digits must go wrong where the reference's does."""

import numpy as np
import pytest

from attn_helpers.reference.softmax import softmax_in_precision
from tests.widgets.kit.math.compare import numbers


@pytest.mark.parametrize("subtract_max", [False, True])
@pytest.mark.parametrize("precision", ["float16", "float32", "float64"])
def test_every_precision_overflows_at_the_same_place(js, precision, subtract_max):
    rng = np.random.default_rng(5)
    options = {"precision": precision, "subtractMax": subtract_max}
    eps, tiny = np.finfo(precision).eps, np.finfo(precision).smallest_subnormal
    edge = np.log(float(np.finfo(precision).max))  # where exp overflows
    kinds = set()
    for _ in range(200):
        scores = rng.normal(size=rng.integers(1, 12)) * rng.choice([1, edge / 2, edge])
        got = numbers(js("softmaxInPrecision", scores.tolist(), options))
        expected = softmax_in_precision(scores, precision, subtract_max).astype(float)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
        np.testing.assert_array_equal(got.astype(precision), got)
        np.testing.assert_allclose(got, expected, rtol=4 * eps, atol=2 * tiny)
        kinds.add(bool(np.isnan(got).any()))
    assert kinds == ({False} if subtract_max else {False, True})


def test_a_sum_in_float16_stops_growing_at_2048(js):
    # 2048 + 1 rounds back to 2048, so 3000 equal keys get 1/2048 each.
    got = js("softmaxInPrecision", [0.0] * 3000, {"precision": "float16"})
    expected = softmax_in_precision(np.zeros(3000), "float16", subtract_max=False)
    np.testing.assert_array_equal(numbers(got), expected)
    assert got[0] == 1 / 2048


def test_float16_rounding_is_that_of_numpy(js):
    rng = np.random.default_rng(6)
    every = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(float)
    every = every[np.isfinite(every)]
    near = every[:-1] + np.diff(every) / 2  # halfway: ties go to even
    values = [every, near, np.nextafter(near, 9e9), np.nextafter(near, -9e9)]
    values += [rng.normal(size=999) * 10.0 ** rng.integers(-9, 6, size=999)]
    values += [[65519.99, 65520.0, -65520.0, 1e9, 2.0**-25, 2.0**-26, 0.0]]
    values = np.concatenate(values)
    with np.errstate(over="ignore"):
        expected = values.astype(np.float16)
    got = numbers(js("((xs) => xs.map(ROUND.float16))", values.tolist()))
    np.testing.assert_array_equal(got, expected)
