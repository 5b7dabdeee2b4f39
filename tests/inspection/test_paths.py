import pytest
import torch
from torch import nn
from torch.testing import assert_close

from attn_helpers.inspection.ablation import ablated
from attn_helpers.inspection.paths import reading, recorded
from attn_helpers.layers.multi_head import MultiHeadAttention
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


def test_what_a_part_reads_is_noted_call_by_call(model):
    with recorded(model.last_norm) as seen:
        first, _ = model(IDS)
        second, _ = model(IDS[:, :2])
    model(IDS)  # after the block nothing is noted
    assert [tuple(x.shape) for x in seen] == [(B, T, D_MODEL), (B, 2, D_MODEL)]
    assert_close(model.unembed(model.last_norm(seen[0])), first)
    assert_close(model.unembed(model.last_norm(seen[1])), second)


def by_hand(model, keys_without):
    """The model with layer 1's keys read from a stream without some heads of layer 0.

    The stream, the queries and the values are whole.
    """
    x = model.tokens(IDS) + model.positions.weight[:T]
    mask = offsets(T, T) <= 0
    whole = x + model.layers[0](model.norms[0](x), mask=mask)[0]
    with ablated(model.layers[0], [(0, head) for head in keys_without]):
        less = x + model.layers[0](model.norms[0](x), mask=mask)[0]
    layer = model.layers[1]
    q, k, v = (
        project(model.norms[1](stream)).unflatten(-1, (HEADS, -1)).transpose(1, 2)
        for project, stream in [
            (layer.q_proj, whole),
            (layer.k_proj, less),
            (layer.v_proj, whole),
        ]
    )
    scores = q @ k.mT / (D_MODEL // HEADS) ** 0.5
    weights = scores.masked_fill(~mask, -torch.inf).softmax(-1)
    heads = (weights @ v).transpose(1, 2).flatten(2)
    return model.unembed(model.last_norm(whole + layer.out_proj(heads))), weights


@pytest.mark.parametrize("heads", [(0, 1, 2), (1,)])
def test_a_path_from_heads_to_later_keys_is_cut_for_the_keys_alone(model, heads):
    later = model.layers[1]
    with ablated(model, [(0, head) for head in heads]), recorded(later) as seen:
        model(IDS)
    with reading(later.k_proj, seen[0]):
        logits, weights = model(IDS, need_weights=True)
    expected, expected_weights = by_hand(model, heads)
    assert_close(logits, expected)
    assert_close(weights[1], expected_weights)
    assert not torch.allclose(logits, model(IDS)[0])  # after the block all is whole


def test_other_arguments_pass_as_they_are():
    part = nn.Bilinear(2, 3, 5)
    x, y = torch.ones(7, 2), torch.full((7, 3), 2.0)
    with reading(part, x):
        got = part(torch.zeros(7, 2), y)
    assert_close(got, part(x, y))


@pytest.mark.parametrize("inside", [recorded, lambda p: reading(p, torch.ones(1, 2))])
def test_nothing_stays_behind_after_an_error(inside):
    part = nn.Linear(2, 3)
    with pytest.raises(RuntimeError, match="stop"), inside(part):
        raise RuntimeError("stop")
    assert not part._forward_pre_hooks


def test_a_path_has_a_gradient():
    part, x = nn.Linear(2, 3), torch.ones(1, 2, requires_grad=True)
    with reading(part, x):
        part(torch.zeros(1, 2)).sum().backward()
    assert_close(x.grad[0], part.weight.sum(0))


def test_what_has_another_shape_is_refused(model):
    later = model.layers[1]
    with pytest.raises(ValueError) as caught, reading(later, torch.ones(B, 1, 21)):
        model(IDS)
    assert str(caught.value) == (
        "reading: x must have the shape of what the part is given; "
        "got x (2, 1, 21) and given (2, 5, 21)."
    )


def test_what_is_no_tensor_is_refused_at_once():
    with pytest.raises(TypeError) as caught, reading(nn.Linear(2, 3), [1.0, 2.0]):
        pass
    assert str(caught.value) == "reading: x must be a torch tensor; got x of type list."
