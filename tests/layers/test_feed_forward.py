import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close

from attn_helpers.layers.feed_forward import FeedForward, GatedFeedForward

B, T, D_MODEL, D_FF = 2, 5, 7, 13
LAYERS = {
    "relu": FeedForward(D_MODEL, D_FF),
    "gelu": FeedForward(D_MODEL, D_FF, functional.gelu),
    "swiglu": GatedFeedForward(D_MODEL, D_FF),
    "geglu": GatedFeedForward(D_MODEL, D_FF, functional.gelu),
}
each_layer = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)


def rows():
    x = torch.randn(B, T, D_MODEL, generator=torch.Generator().manual_seed(0))
    return x.double()


def by_hand(layer, x):
    """One row, number by number."""
    bend = layer.activation

    def applied(linear, x):
        bias = 0.0 if linear.bias is None else linear.bias
        return (linear.weight * x).sum(-1) + bias

    inside = applied(layer.widen, x)
    if isinstance(layer, GatedFeedForward):
        return applied(layer.narrow, bend(applied(layer.gate, x)) * inside)
    return applied(layer.narrow, bend(inside))


@each_layer
def test_each_row_is_widened_bent_and_narrowed_by_itself(layer):
    layer, x = layer.double(), rows()
    expected = torch.stack(
        [by_hand(layer, x[b, t]) for b in range(B) for t in range(T)]
    )
    assert_close(layer(x), expected.reshape(B, T, D_MODEL))
    assert_close(layer(x[1, 3]), layer(x)[1, 3])


def test_numbers_worked_by_hand():
    layer, gated = FeedForward(1, 2), GatedFeedForward(1, 2)
    with torch.no_grad():
        for one in (layer, gated):
            one.widen.weight.copy_(torch.tensor([[2.0], [-3.0]]))
            one.narrow.weight.copy_(torch.tensor([[5.0, 7.0]]))
        layer.widen.bias.copy_(torch.tensor([1.0, 1.0]))
        layer.narrow.bias.fill_(11.0)
        gated.gate.weight.copy_(torch.tensor([[0.0], [1.0]]))
    # inside 2 · 2 + 1 = 5 and -3 · 2 + 1 = -5, which becomes 0
    assert layer(torch.tensor([2.0])).item() == 5 * 5 + 11
    # the gate is silu(0) = 0 and silu(2) = 2 / (1 + e^-2) = 1.7616; inside 4 and -6
    assert_close(
        gated(torch.tensor([2.0])).item(), 7 * -6 * 1.7615942, rtol=1e-6, atol=0
    )


def test_the_gate_costs_a_third_matrix_and_a_narrower_one_as_much_as_two():
    gated, plain = GatedFeedForward(3, 2 * 11), FeedForward(3, 3 * 11)
    matrices = [p.numel() for p in plain.parameters() if p.ndim == 2]
    assert [p.ndim for p in gated.parameters()] == [2, 2, 2]
    assert sum(p.numel() for p in gated.parameters()) == sum(matrices)


def test_dropout_acts_inside_and_in_training_alone():
    layer, x = FeedForward(D_MODEL, D_FF, dropout=1.0), rows().float()
    assert_close(layer(x), layer.narrow.bias.expand(B, T, -1))
    assert not torch.allclose(layer.eval()(x), layer(x) * 0 + layer.narrow.bias)


@each_layer
def test_gradients_reach_every_weight_and_only_the_row_asked(layer):
    layer = layer.double()
    x = rows().requires_grad_()
    layer(x)[0, 2].sin().sum().backward()
    assert (x.grad != 0).any(-1).nonzero().tolist() == [[0, 2]]
    assert all(p.grad.abs().sum() > 0 for p in layer.parameters())


@each_layer
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_in_half_precision_it_stays_there(layer, dtype):
    x, layer = rows(), layer.double()
    expected = layer(x)
    try:
        got = layer.to(dtype)(x.to(dtype))
    finally:
        layer.double()
    assert got.dtype == dtype
    assert_close(got.double(), expected, atol=0.02, rtol=0.02)


@each_layer
def test_on_another_device_it_stays_there(layer):
    made = type(layer)(D_MODEL, D_FF).to("meta")
    assert made(torch.ones(B, T, D_MODEL, device="meta")).is_meta


@each_layer
def test_rows_of_another_width_are_refused(layer):
    with pytest.raises(ValueError) as caught:
        layer(torch.ones(B, T, 11))
    name = type(layer).__name__
    assert str(caught.value) == (
        f"{name}: x must have d_model=7 for its last axis; got x (2, 5, 11)."
    )


def test_the_activation_is_part_of_the_layer_if_it_learns():
    layer = FeedForward(D_MODEL, D_FF, nn.PReLU())
    assert "activation.weight" in dict(layer.named_parameters())
