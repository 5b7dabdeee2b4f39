import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from torch.nn import functional

from attn_helpers.reference.norm import layer_norm, rms_norm

B, T, D = 2, 5, 7
NORMS = [layer_norm, rms_norm]


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(loc=1.5, size=(B, T, D))


@pytest.fixture
def gain():
    return np.random.default_rng(1).normal(size=D)


@pytest.fixture
def bias():
    return np.random.default_rng(2).normal(size=D)


def test_layer_norm_is_torch_s(x, gain, bias):
    expected = functional.layer_norm(torch.tensor(x), (D,), eps=1e-5)
    np.testing.assert_allclose(layer_norm(x), expected, atol=1e-12)
    tensors = (torch.tensor(array) for array in (gain, bias))
    expected = functional.layer_norm(torch.tensor(x), (D,), *tensors, eps=0.3)
    np.testing.assert_allclose(layer_norm(x, gain, bias, eps=0.3), expected, atol=1e-12)


def test_rms_norm_is_torch_s(x, gain):
    expected = functional.rms_norm(torch.tensor(x), (D,), eps=1e-5)
    np.testing.assert_allclose(rms_norm(x), expected, atol=1e-12)
    expected = functional.rms_norm(torch.tensor(x), (D,), torch.tensor(gain), eps=0.3)
    np.testing.assert_allclose(rms_norm(x, gain, eps=0.3), expected, atol=1e-12)


def test_a_bias_needs_no_gain(x, bias):
    np.testing.assert_allclose(
        layer_norm(x, bias=bias), layer_norm(x) + bias, atol=1e-14
    )


def test_worked_by_hand():
    np.testing.assert_allclose(
        layer_norm([2.0, 6.0], eps=12.0), [-0.5, 0.5]
    )  # variance 4
    np.testing.assert_allclose(rms_norm([1.0, 7.0], eps=11.0), [1 / 6, 7 / 6])


@pytest.mark.parametrize("norm", NORMS)
def test_every_row_comes_out_with_the_length_sqrt_d(norm, x):
    lengths = np.linalg.norm(norm(100 * x), axis=-1)
    np.testing.assert_allclose(lengths, np.sqrt(D), rtol=1e-6)


def test_layer_norm_forgets_a_shift_and_rms_norm_does_not(x):
    np.testing.assert_allclose(layer_norm(x + 3), layer_norm(x), atol=1e-12)
    assert np.abs(rms_norm(x + 3) - rms_norm(x)).max() > 0.5


@given(arrays(np.float64, (3, D), elements=st.floats(-1e6, 1e6)))
def test_rms_norm_keeps_signs_and_zeros(rows):
    normed = rms_norm(rows)
    assert (np.sign(normed) == np.sign(rows)).all()


@pytest.mark.parametrize("norm", NORMS)
def test_each_row_is_normalised_by_itself(norm, x):
    whole = norm(x)
    for b in range(B):
        for t in range(T):
            np.testing.assert_array_equal(norm(x[b, t]), whole[b, t])


@pytest.mark.parametrize("norm", NORMS)
def test_a_row_of_zeros_stays_zeros(norm):
    np.testing.assert_array_equal(norm(np.zeros((2, 3))), np.zeros((2, 3)))


def test_one_column_has_nothing_but_its_mean_and_its_sign():
    np.testing.assert_array_equal(layer_norm([[5.0], [-3.0]]), [[0.0], [0.0]])
    np.testing.assert_allclose(rms_norm([[5.0], [-3.0]]), [[1.0], [-1.0]], rtol=1e-6)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_dtype_stays_and_the_squares_do_not_overflow(norm, dtype):
    normed = norm(np.array([6e4, -6e4, 0.0], dtype=dtype))
    assert normed.dtype == dtype
    np.testing.assert_allclose(normed, [1.5**0.5, -(1.5**0.5), 0.0], rtol=1e-3)


@pytest.mark.parametrize("norm", NORMS)
def test_whole_numbers_become_float64(norm):
    assert norm([[1, 2, 3]]).dtype == np.float64


@pytest.mark.parametrize("norm", NORMS)
def test_bad_input_is_refused_by_name(norm):
    with pytest.raises(ValueError, match=rf"{norm.__name__}: x must have the axes"):
        norm(1.0)
    with pytest.raises(ValueError, match=r"got nan at x\[1, 0\]\.$"):
        norm([[0.0, 1.0], [np.nan, 1.0]])
    with pytest.raises(ValueError, match=r"no axis of x .* may be empty"):
        norm(np.ones((3, 0)))
    message = r"x and gain must share d, .*; got x \(2, 3\) and gain \(2,\)\.$"
    with pytest.raises(ValueError, match=message):
        norm(np.ones((2, 3)), np.ones(2))
    with pytest.raises(ValueError, match=r"eps must be greater than 0; got eps=0\.$"):
        norm([1.0, 2.0], eps=0)
