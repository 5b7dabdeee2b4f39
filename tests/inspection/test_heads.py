import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.testing import assert_close

from attn_helpers.inspection.heads import (
    ablated,
    after_same_token,
    at_offset,
    gated,
    head_importance,
    head_layers,
    head_scores,
    of_tokens,
    same_token,
)
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.models.attention_only import AttentionOnly
from attn_helpers.training import seeded

IDS = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 9, 9, 2]])
B, T, HEADS, D_MODEL = 2, 5, 3, 21


def by_rule(rule):
    """A pattern from a sentence about one row of tokens, a query and a key."""
    rows = [[[rule(x, i, j) for j in range(T)] for i in range(T)] for x in IDS.tolist()]
    return torch.tensor(rows)


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        (at_offset(T, -1).expand(B, T, T), lambda x, i, j: j == i - 1),
        (at_offset(T, 2).expand(B, T, T), lambda x, i, j: j == i + 2),
        (same_token(IDS), lambda x, i, j: i != j and x[i] == x[j]),
        (
            after_same_token(IDS),
            lambda x, i, j: 0 < j <= i and x[j - 1] == x[i],
        ),
        (of_tokens(IDS, [1, 9]), lambda x, i, j: x[j] in (1, 9)),
    ],
    ids=["previous", "two ahead", "same token", "after same token", "of tokens"],
)
def test_patterns_mean_what_they_say(pattern, rule):
    assert torch.equal(pattern, by_rule(rule))


def test_patterns_stand_on_the_device_of_the_tokens():
    ids = IDS.to("meta")
    patterns = (
        same_token(ids),
        after_same_token(ids),
        of_tokens(ids, [1, 9]),
        at_offset(T, -1, device="meta"),
    )
    assert all(pattern.is_meta for pattern in patterns)


def test_tokens_are_chosen_on_a_device_that_minds_where_they_stand():
    with FakeTensorMode():  # computes nothing, but refuses to mix devices
        ids = torch.zeros(2, T, dtype=torch.long, device="cuda")
        assert of_tokens(ids, [1, 9]).is_cuda


def some_weights():
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(2, B, HEADS, T, T, generator=generator, dtype=torch.float64)
    return list(scores.softmax(-1))  # two layers


@pytest.mark.parametrize("queries", [None, torch.tensor([0, 1, 1, 0, 1]) > 0])
def test_scores_agree_with_a_loop(queries):
    weights, pattern = some_weights(), same_token(IDS)
    got = head_scores(weights, pattern, queries)
    for layer, head in [(0, 0), (0, 2), (1, 1)]:
        shares = [
            sum(weights[layer][b, head, i, j] for j in range(T) if pattern[b, i, j])
            for b in range(B)
            for i in range(T)
            if pattern[b, i].any() and (queries is None or queries[i])
        ]
        assert_close(got[layer, head], sum(shares) / len(shares))


def test_a_head_that_does_nothing_else_scores_one():
    weights = at_offset(T, -1).double().expand(B, HEADS, T, T)
    assert head_scores([weights], at_offset(T, -1)).tolist() == [[1.0] * HEADS]


def test_scores_refuse_a_pattern_of_another_shape():
    with pytest.raises(ValueError) as caught:
        head_scores(some_weights(), at_offset(7, -1))
    assert str(caught.value) == (
        "head_scores: pattern must broadcast to the scores (2, 5, 5); "
        "got pattern (7, 7)."
    )


def test_scores_refuse_a_layer_that_kept_no_weights_or_others():
    first, second = some_weights()
    with pytest.raises(
        TypeError, match=r"weights\[1\] must be a torch tensor; got .*No"
    ):
        head_scores([first, None], same_token(IDS))
    with pytest.raises(
        ValueError, match=r"weights\[0\] and weights\[1\] must share t_k"
    ):
        head_scores([first, second[..., 1:]], same_token(IDS))


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
