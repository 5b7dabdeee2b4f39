import pytest
import torch
from torch.testing import assert_close

from attn_helpers.inspection.ablation import (
    ablated,
    gated,
    head_importance,
    head_layers,
    mean_outputs,
)
from attn_helpers.layers.attention import attention
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.positions import Rotary
from attn_helpers.layers.relative_positions import offsets
from attn_helpers.models.attention_only import AttentionOnly
from attn_helpers.training import seeded

IDS = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 9, 9, 2]])
B, T, HEADS, D_MODEL = 2, 5, 3, 21


@pytest.fixture
def model():
    with seeded(0):
        layers = [MultiHeadAttention(D_MODEL, HEADS) for _ in range(2)]
        return AttentionOnly(layers, D_MODEL, 11, T).double()


def without_columns(model, heads):
    """The same by hand: out_proj loses the columns that read the head."""
    width = D_MODEL // HEADS
    with torch.no_grad():
        for layer, head in heads:
            part = slice(head * width, (head + 1) * width)
            model.layers[layer].out_proj.weight[:, part] = 0
    return model


def test_a_head_taken_away_is_a_head_whose_columns_are_zero(model):
    whole, _ = model(IDS)
    with ablated(model, [(0, 2), (1, 0)]):
        got, _ = model(IDS)
    assert not torch.allclose(got, whole)
    assert torch.equal(model(IDS)[0], whole)  # and all is as before
    assert_close(got, without_columns(model, [(0, 2), (1, 0)])(IDS)[0])


def test_a_grouped_head_goes_alone_and_from_a_cache_too():
    with seeded(1):
        attend = Rotary(attention)
        layer = MultiHeadAttention(30, 5, 1, attend=attend).double()  # one key for all
        x = torch.randn(B, T, 30, dtype=torch.float64)
    cache, outputs = KVCache(), []
    with ablated(layer, [(0, 1), (0, 4)]):
        for rows in (x[:, :3], x[:, 3:4], x[:, 4:]):
            may = offsets(rows.shape[1], len(cache) + rows.shape[1], first=len(cache))
            outputs.append(layer(rows, mask=may <= 0, cache=cache)[0])
    with torch.no_grad():
        layer.out_proj.weight[:, 6:12] = 0
        layer.out_proj.weight[:, 24:] = 0
    expected, _ = layer(x, mask=offsets(T, T) <= 0)
    assert_close(torch.cat(outputs, 1), expected)


def test_a_head_taken_away_may_have_given_nan():
    layer = MultiHeadAttention(14, 2)
    with torch.no_grad():
        layer.v_proj.bias[7:] = torch.nan
    x = torch.ones(1, 3, 14)
    assert layer(x)[0].isnan().all()
    with ablated(layer, [(0, 1)]):
        assert layer(x)[0].isfinite().all()


def test_half_precision_stays_half(model):
    model = model.to(torch.bfloat16)
    instead = [torch.ones(HEADS, 7), torch.ones(HEADS, 7)]
    with ablated(model, [(1, 1)], instead):
        assert model(IDS)[0].dtype == torch.bfloat16


def outputs_by_hand(model, layer):
    """What each head gives, ``(b, t, h, head_dim)``: its weights times its values."""
    seen = []
    attends = model.layers[layer]
    handle = attends.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    _, weights = model(IDS, need_weights=True)
    handle.remove()
    values = attends.v_proj(seen[0]).unflatten(-1, (HEADS, -1))
    return torch.einsum("bhqk,bkhd->bqhd", weights[layer], values)


def test_means_are_those_of_weights_times_values(model):
    means = mean_outputs(model, lambda m: [m(IDS[:1]), m(IDS[1:])])
    for layer in (0, 1):
        by_hand = outputs_by_hand(model, layer).mean((0, 1))
        assert_close(means[layer], by_hand)
    assert not means[0].requires_grad


def test_instead_of_a_head_stands_its_mean(model):
    instead = [torch.zeros(HEADS, 7), torch.zeros(HEADS, 7)]
    with ablated(model, [(0, 2), (1, 0)], instead):
        zeros, _ = model(IDS)
    assert_close(zeros, without_columns(model, [(0, 2), (1, 0)])(IDS)[0])


def test_what_a_head_gives_instead_reaches_the_stream_through_its_columns(model):
    layer, x = model.layers[1], torch.ones(B, T, D_MODEL, dtype=torch.float64)
    constant = torch.arange(HEADS * 7.0).reshape(HEADS, 7)
    columns = layer.out_proj.weight[:, 7:14].clone()  # they read head 1
    with ablated(layer, [(0, 1)], [constant]):
        got, _ = layer(x)
    without, _ = without_columns(model, [(1, 1)]).layers[1](x)
    assert_close(got - without, (columns @ constant[1].double()).expand(B, T, -1))


def test_each_place_may_get_something_of_its_own(model):
    own = [outputs_by_hand(model, layer) for layer in (0, 1)]
    whole, _ = model(IDS)
    with ablated(model, [(0, 1)], own):  # its own output: nothing is changed
        assert_close(model(IDS)[0], whole)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((3, 5), "instead must have head_dim=7 for its last axis; got instead (3, 5)."),
        (
            (2, 7),
            "instead must have h=3 for its second-to-last axis; got instead (2, 7).",
        ),
    ],
)
def test_what_no_head_could_give_is_refused(model, shape, message):
    with pytest.raises(ValueError) as caught:
        ablated(model, [(0, 1)], [torch.zeros(3, 7), torch.zeros(shape)])
    assert str(caught.value) == f"ablated: {message}"


def test_a_mean_over_nothing_is_refused(model):
    x = torch.ones(B, T, D_MODEL, dtype=torch.float64)
    with pytest.raises(ValueError) as caught:
        mean_outputs(model, lambda m: m.layers[0](x))
    assert str(caught.value) == (
        "mean_outputs: run must call every layer that has heads; "
        "got no call of layer 1."
    )


def test_the_pairs_may_come_from_a_generator(model):
    with ablated(model, zip([0, 1], [2, 0], strict=True)):
        got, _ = model(IDS)
    assert_close(got, without_columns(model, [(0, 2), (1, 0)])(IDS)[0])


def test_the_head_comes_back_after_an_error(model):
    whole, _ = model(IDS)
    with pytest.raises(RuntimeError, match="stop"), ablated(model, [(0, 1)]):
        raise RuntimeError("stop")
    assert torch.equal(model(IDS)[0], whole)


def test_a_gate_for_pieces_of_heads_is_refused(model):
    gates = [torch.ones(3), torch.ones(2)]
    with pytest.raises(ValueError) as caught, gated(model, gates):
        pass
    assert str(caught.value) == (
        "gated: gate must have h=3 for its last axis; got gate (2,)."
    )


def test_gates_may_differ_between_samples(model):
    gates = [torch.ones(B, HEADS).double() for _ in range(2)]
    gates[0][1, 2] = 0.0
    with gated(model, gates):
        got, _ = model(IDS)
    with ablated(model, [(0, 2)]):
        without, _ = model(IDS)
    assert_close(got[0], model(IDS)[0][0])
    assert_close(got[1], without[1])


def test_importance_agrees_with_finite_differences(model):
    def losses(model):
        logits, _ = model(IDS)
        return logits[:, -1, :3].sin().sum(-1)

    got = head_importance(model, losses, B)
    for layer, head in [(0, 0), (0, 2), (1, 1)]:
        values = []
        for gate in (1 + 1e-6, 1 - 1e-6):
            gates = [torch.ones(HEADS).double() for _ in range(2)]
            gates[layer][head] = gate
            with gated(model, gates), torch.no_grad():
                values.append(losses(model))
        slopes = (values[0] - values[1]) / 2e-6
        assert_close(got[layer, head].double(), slopes.abs().mean(), rtol=1e-4, atol=0)


def test_a_head_that_is_not_read_has_no_importance(model):
    without_columns(model, [(1, 2)])
    got = head_importance(model, lambda m: m(IDS)[0].logsumexp(-1).sum(-1), B)
    assert got.shape == (2, HEADS)
    assert got[1, 2] == 0 and (got[:, :2] > 0).all()


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_importance_is_the_same_where_gradients_are_off(model, mode):
    def losses(model):
        return model(IDS)[0].logsumexp(-1).sum(-1)

    expected = head_importance(model, losses, B)
    with mode():
        assert torch.equal(head_importance(model, losses, B), expected)
    assert (expected > 0).all()


def test_importance_of_frozen_layers_is_the_same(model):
    def losses(model):
        return model(IDS)[0].logsumexp(-1).sum(-1)

    expected = head_importance(model, losses, B)
    assert torch.equal(
        head_importance(model.requires_grad_(False), losses, B), expected
    )


def test_a_layer_that_the_loss_does_not_use_has_no_importance(model):
    def losses(model):
        x = torch.ones(B, T, D_MODEL, dtype=torch.float64)
        return model.layers[0](x)[0].square().sum((1, 2))

    got = head_importance(model, losses, B)
    assert (got[0] > 0).all() and (got[1] == 0).all()


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        (
            lambda model: model(IDS)[0].sum(),
            "losses must have the axes (b,); got losses ().",
        ),
        (
            lambda model: model(IDS)[0].sum((1, 2)).detach(),
            "losses must be computed from a tensor that requires a gradient; "
            "got losses with no grad_fn.",
        ),
    ],
    ids=["one number", "without gradient"],
)
def test_losses_that_do_not_tell_are_refused(model, losses, message):
    with pytest.raises(ValueError) as caught:
        head_importance(model, losses, B)
    assert str(caught.value) == f"head_importance: {message}"


def test_layers_are_found_in_order(model):
    assert head_layers(model) == list(model.layers)


@pytest.mark.parametrize("head", [(0, 3), (2, 0), (0, -1)])
def test_a_head_that_is_not_there_is_refused(model, head):
    with pytest.raises(ValueError) as caught:
        ablated(model, [(1, 1), head])
    assert str(caught.value) == (
        "ablated: heads must be pairs (layer, head) of layers with [3, 3] heads; "
        f"got {head}."
    )
