import pytest
import torch
from torch import nn
from torch.testing import assert_close

from attn_helpers.layers.residual import PostNorm, PreNorm

B, T, D_MODEL = 2, 5, 7
KINDS = {"pre": PreNorm, "post": PostNorm}
NORMS = {"layer": nn.LayerNorm, "rms": nn.RMSNorm}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
each_norm = pytest.mark.parametrize("norm", NORMS)


def rows():
    return torch.randn(B, T, D_MODEL, generator=torch.Generator().manual_seed(0))


def normalised(norm, x):
    """Written out: each row by its own mean and size."""
    centred = x - x.mean(-1, keepdim=True) if norm == "layer" else x
    eps = 1e-5 if norm == "layer" else torch.finfo(x.dtype).eps
    return centred / (centred.square().mean(-1, keepdim=True) + eps).sqrt()


@each_norm
def test_before_the_sum_or_after_it(norm):
    x, double = rows(), lambda x: 2 * x
    pre, post = (kind(NORMS[norm](D_MODEL)) for kind in KINDS.values())
    assert_close(pre(x, double), x + 2 * normalised(norm, x))
    assert_close(post(x, double), normalised(norm, 3 * x))


def test_numbers_worked_by_hand():
    """[3, 5] has mean 4 and deviation 1; ten times [-1, 1] is added to it."""
    x, tenfold = torch.tensor([[3.0, 5.0]]), lambda x: 10 * x
    got = PreNorm(nn.LayerNorm(2, eps=0))(x, tenfold)
    assert got.tolist() == [[-7.0, 15.0]]
    assert PostNorm(nn.LayerNorm(2, eps=0))(x, tenfold).tolist() == [[-1.0, 1.0]]


@each_kind
def test_what_a_sublayer_returns_beside_comes_out_beside(kind):
    x, around = rows(), kind(nn.LayerNorm(D_MODEL))
    got, weights = around(x, lambda x: (x + 1, "weights"))
    assert weights == "weights"
    assert_close(got, around(x, lambda x: x + 1))
    assert around(x, lambda x: (x, None))[1] is None


@each_kind
def test_a_sublayer_that_adds_nothing_changes_at_most_the_norm(kind):
    x = rows()
    got = kind(nn.LayerNorm(D_MODEL))(x, torch.zeros_like)
    assert_close(got, x if kind is PreNorm else normalised("layer", x))


@each_kind
def test_dropout_falls_on_what_is_added_in_training_alone(kind):
    x, around = rows(), kind(nn.Identity(), dropout=1.0)
    assert_close(around(x, lambda x: 3 * x), x)
    assert_close(around.eval()(x, lambda x: 3 * x), 4 * x)


def test_only_before_the_norm_does_a_straight_path_lead_through():
    """With PreNorm the gradient of a silent stack is that of doing nothing."""
    for kind in KINDS.values():
        x = rows().double().requires_grad_()
        y = x
        for _ in range(3):
            y = kind(nn.LayerNorm(D_MODEL).double())(y, lambda x: 0 * x)
        y[0, 2, 1].backward()
        expected = torch.zeros_like(x)
        expected[0, 2, 1] = 1.0
        assert torch.equal(x.grad, expected) == (kind is PreNorm)


@each_kind
def test_each_norm_is_learnt(kind):
    around = kind(nn.RMSNorm(D_MODEL))
    around(rows(), torch.sin).square().sum().backward()
    assert around.norm.weight.grad.abs().sum() > 0


@each_kind
def test_autocast_may_narrow_what_is_added(kind):
    around, layer, x = kind(nn.LayerNorm(D_MODEL)), nn.Linear(D_MODEL, D_MODEL), rows()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        got = around(x, layer)
    assert got.dtype == torch.float32
    assert_close(got, around(x, layer), atol=0.05, rtol=0.05)


@each_kind
def test_on_another_device_it_stays_there(kind):
    around = kind(nn.LayerNorm(D_MODEL)).to("meta")
    assert around(torch.ones(B, T, D_MODEL, device="meta"), torch.sin).is_meta


@each_kind
@pytest.mark.parametrize(
    ("shape", "rule"),
    [
        ((B, T, 1), "d_model, their last axis"),
        ((B, 1, D_MODEL), "t, their second-to-last axis"),
    ],
)
def test_a_change_of_another_shape_is_not_spread_over_the_rows(kind, shape, rule):
    with pytest.raises(ValueError) as caught:
        kind(nn.LayerNorm(D_MODEL))(rows(), lambda x: torch.ones(shape))
    assert str(caught.value) == (
        f"{kind.__name__}: x and change must share {rule}; "
        f"got x (2, 5, 7) and change {shape}."
    )


@each_kind
def test_a_change_that_is_no_tensor_is_refused_even_in_the_right_shape(kind):
    with pytest.raises(TypeError) as caught:
        kind(nn.LayerNorm(D_MODEL))(rows(), lambda x: x.detach().numpy())
    assert str(caught.value) == (
        f"{kind.__name__}: change must be a torch tensor; got change of type ndarray."
    )
