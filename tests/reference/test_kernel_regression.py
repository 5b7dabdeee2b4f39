import numpy as np
import pytest
from statsmodels.nonparametric.kernel_regression import KernelReg

from attn_helpers.reference.kernel_regression import LOG_KERNELS, nadaraya_watson

T_Q, T_K = 5, 23
COMPACT = ("epanechnikov", "triangular", "boxcar")
KERNELS = {
    "gaussian": lambda u: np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi),
    "epanechnikov": lambda u: 0.75 * (1 - u**2) * (abs(u) <= 1),
    "triangular": lambda u: (1 - abs(u)) * (abs(u) <= 1),
    "boxcar": lambda u: 0.5 * (abs(u) <= 1),
}


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(0, 5, T_K))
    return np.linspace(0.3, 4.7, T_Q), x, np.sin(x) + rng.normal(size=T_K) / 10


def test_every_kernel_is_tested():
    assert set(KERNELS) == set(LOG_KERNELS)


@pytest.mark.parametrize("kernel", KERNELS)
def test_estimate_is_the_textbook_ratio_of_sums(data, kernel):
    x_query, x, y = data
    estimate, weights = nadaraya_watson(x_query, x, y, 1.3, kernel)
    assert weights.shape == (T_Q, T_K)
    for i, at in enumerate(x_query):
        heights = [KERNELS[kernel]((at - xi) / 1.3) for xi in x]
        ratio = sum(h * yi for h, yi in zip(heights, y, strict=True)) / sum(heights)
        assert estimate[i] == pytest.approx(ratio, abs=1e-13)
        np.testing.assert_allclose(weights[i], heights / sum(heights), atol=1e-14)


def test_gaussian_agrees_with_statsmodels(data):
    x_query, x, y = data
    model = KernelReg(y, x, var_type="c", reg_type="lc", bw=[0.4], rng=0)
    expected, _ = model.fit(x_query)
    estimate, _ = nadaraya_watson(x_query, x, y, 0.4)
    np.testing.assert_allclose(estimate, expected, atol=1e-12)


def test_far_from_all_data_the_gaussian_takes_the_nearest_neighbour(data):
    _, x, y = data
    estimate, weights = nadaraya_watson([-1e3, 1e3], x, y, 0.1)
    np.testing.assert_allclose(estimate, y[[0, -1]])
    np.testing.assert_allclose(weights.sum(-1), 1.0)


@pytest.mark.parametrize("kernel", COMPACT)
def test_with_no_neighbour_in_reach_all_is_zero(data, kernel):
    _, x, y = data
    estimate, weights = nadaraya_watson([2.0, 100.0], x, y, 0.5, kernel)
    assert estimate[1] == 0
    np.testing.assert_array_equal(weights.sum(-1).round(12), [1, 0])


@pytest.mark.parametrize(
    ("kernel", "at_the_edge"), [("boxcar", 0.5), ("triangular", 0), ("epanechnikov", 0)]
)
def test_what_counts_at_the_very_edge(kernel, at_the_edge):
    _, weights = nadaraya_watson([0.0], [0.0, 2.0], [1.0, 1.0], 2.0, kernel)
    assert weights[0, 1] == at_the_edge


@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov", "triangular", "boxcar"])
def test_a_huge_bandwidth_gives_the_mean(data, kernel):
    x_query, x, y = data
    estimate, _ = nadaraya_watson(x_query, x, y, 1e9, kernel)
    np.testing.assert_allclose(estimate, y.mean(), atol=1e-8)


def test_a_tiny_bandwidth_gives_the_known_values_back(data):
    _, x, y = data
    np.testing.assert_array_equal(nadaraya_watson(x, x, y, 1e-6)[0], y)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_is_kept(data, dtype):
    narrow = [array.astype(dtype) for array in data]
    estimate, weights = nadaraya_watson(*narrow, 0.01)  # gaps of 500 bandwidths
    assert estimate.dtype == weights.dtype == dtype
    np.testing.assert_allclose(weights.sum(-1), 1.0, atol=1e-2)


def test_float32_keeps_its_digits_far_from_all_data():
    arrays = [np.array(row, np.float32) for row in ([900], [0, 1e-3, 2e-3], [5, 7, 11])]
    estimate, _ = nadaraya_watson(*arrays, 1.0)  # scores near -405 000
    expected, _ = nadaraya_watson(*(row.astype(np.float64) for row in arrays), 1.0)
    np.testing.assert_allclose(estimate, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("changed", "kind", "message"),
    [
        (
            {"y": np.ones(3)},
            ValueError,
            "x and y must share t_k, their last axis; got x (2,) and y (3,).",
        ),
        ({"x": [[1.0, 2.0]]}, ValueError, "axes (t_k,); got x (1, 2)."),
        ({"x_query": 1.0}, ValueError, "axes (t_q,); got x_query ()."),
        ({"x": [1.0, np.nan]}, ValueError, "got nan at x[1]."),
        ({"bandwidth": 0}, ValueError, "greater than 0; got bandwidth=0."),
        ({"bandwidth": "1"}, TypeError, "got bandwidth of type str."),
        ({"kernel": "cosine"}, ValueError, "'boxcar'; got kernel='cosine'."),
    ],
)
def test_bad_input_is_refused(changed, kind, message):
    arguments = {"x_query": [0.5], "x": [0.0, 1.0], "y": [2.0, 3.0], "bandwidth": 1.0}
    with pytest.raises(kind) as caught:
        nadaraya_watson(**arguments | changed)
    assert str(caught.value).startswith("nadaraya_watson: ")
    assert message in str(caught.value)
