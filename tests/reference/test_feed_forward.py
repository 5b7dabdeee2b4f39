import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from attn_helpers.reference.feed_forward import (
    feed_forward,
    gated_feed_forward,
    gelu,
    relu,
    silu,
)

B, T, D, D_FF = 2, 5, 7, 11
ACTIVATIONS = {
    relu: functional.relu,
    gelu: functional.gelu,
    silu: functional.silu,
}
BY_NAME = {"ids": lambda function: function.__name__}


@pytest.fixture
def x():
    return np.random.default_rng(0).normal(size=(B, T, D))


@pytest.fixture
def tables():
    rng = np.random.default_rng(1)
    names = {"w_in": (D, D_FF), "w_out": (D_FF, D), "b_in": D_FF, "b_out": D}
    return {name: rng.normal(size=shape) for name, shape in names.items()}


@pytest.mark.parametrize("activation", ACTIVATIONS, **BY_NAME)
def test_activations_are_torch_s(activation):
    numbers = np.linspace(-40, 40, 1601)
    expected = ACTIVATIONS[activation](torch.tensor(numbers))
    np.testing.assert_allclose(activation(numbers), expected, atol=1e-14)


@pytest.mark.parametrize("activation", ACTIVATIONS, **BY_NAME)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_activations_keep_shape_and_dtype(activation, dtype):
    for shape in ((), (3,), (2, 0), (2, 3, 5)):
        result = activation(np.ones(shape, dtype))
        assert (np.shape(result), result.dtype) == (shape, dtype)
    extreme = np.array([-6e4, 6e4], dtype)
    np.testing.assert_array_equal(activation(extreme), [0, extreme[1]])


@pytest.mark.parametrize("activation", ACTIVATIONS, **BY_NAME)
def test_two_linear_layers_of_torch_do_the_same(activation, x, tables):
    inner, outer = torch.nn.Linear(D, D_FF), torch.nn.Linear(D_FF, D)
    both = inner.double(), outer.double()
    with torch.no_grad():
        for layer, w, b in zip(both, ("w_in", "w_out"), ("b_in", "b_out"), strict=True):
            layer.weight.copy_(torch.tensor(tables[w].T))
            layer.bias.copy_(torch.tensor(tables[b]))
        hidden = ACTIVATIONS[activation](inner(torch.tensor(x)))
        expected = outer(hidden)
    got, units = feed_forward(x, **tables, activation=activation)
    np.testing.assert_allclose(got, expected, atol=1e-12)
    np.testing.assert_allclose(units, hidden, atol=1e-12)


def test_without_biases_they_are_zeros_and_the_activation_is_relu(x, tables):
    zeros = {"b_in": np.zeros(D_FF), "b_out": np.zeros(D)}
    expected, hidden = feed_forward(x, **tables | zeros, activation=relu)
    output, units = feed_forward(x, tables["w_in"], tables["w_out"])
    np.testing.assert_array_equal(output, expected)
    np.testing.assert_array_equal(units, hidden)
    assert (units == 0).mean() == pytest.approx(0.5, abs=0.1)


def test_no_token_sees_another_one(x, tables):
    output, _ = feed_forward(x, **tables)
    x[:, 2] += 1.0
    changed, _ = feed_forward(x, **tables)
    np.testing.assert_array_equal(np.delete(changed, 2, 1), np.delete(output, 2, 1))
    assert (changed[:, 2] != output[:, 2]).any(-1).all()


@pytest.mark.parametrize("activation", ACTIVATIONS, **BY_NAME)
def test_a_gate_multiplies_entry_by_entry(activation, x, tables):
    w_gate = np.random.default_rng(2).normal(size=(D, D_FF))
    tensors = (torch.tensor(a) for a in (x, w_gate, tables["w_in"], tables["w_out"]))
    wide, gate, inner, outer = tensors
    hidden = ACTIVATIONS[activation](wide @ gate) * (wide @ inner)
    got, units = gated_feed_forward(
        x, w_gate, tables["w_in"], tables["w_out"], activation=activation
    )
    np.testing.assert_allclose(got, hidden @ outer, atol=1e-12)
    np.testing.assert_allclose(units, hidden, atol=1e-12)


def test_the_gate_goes_through_silu_unless_told_otherwise():
    one = [[1.0]]
    output, _ = gated_feed_forward([2.0], one, [[3.0]], one)
    assert output[0] == pytest.approx(6 * 2 / (1 + math.exp(-2)))


def test_one_unit_can_ask_for_two_things_at_once():
    x = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    output, hidden = feed_forward(x, [[1.0], [1.0]], [[0.0, 5.0]], [-1.0], [1.0, 0.0])
    np.testing.assert_array_equal(hidden[:, 0], [0, 0, 0, 1])
    np.testing.assert_array_equal(output, [[1, 0], [1, 0], [1, 0], [1, 5]])


def test_bad_input_is_refused_by_name(x, tables):
    with pytest.raises(
        ValueError, match=r"feed_forward: x and w_in must share d_model"
    ):
        feed_forward(x[..., 1:], **tables)
    with pytest.raises(ValueError, match=r"w_in and b_in must share d_ff"):
        feed_forward(x, **tables | {"b_in": np.ones(3)})
    with pytest.raises(ValueError, match=r"must share d_model, .*b_out \(3,\)"):
        feed_forward(x, **tables | {"b_out": np.ones(3)})
    with pytest.raises(TypeError, match="activation must be a function"):
        feed_forward(x, **tables, activation="relu")
    with pytest.raises(ValueError, match=r"gated_feed_forward: w_gate and w_in must"):
        gated_feed_forward(x, np.ones((D, 3)), tables["w_in"], tables["w_out"])
    with pytest.raises(ValueError, match=r"relu: x must be finite; got nan at x\[1\]"):
        relu([0.0, np.nan])
