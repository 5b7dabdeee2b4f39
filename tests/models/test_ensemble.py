from collections import namedtuple
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.testing import assert_close
from torch.utils._pytree import tree_flatten

from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.models.ensemble import Ensemble
from attn_helpers.training import seeded

E, B, D_IN, D_OUT = 3, 5, 7, 2


class Net(nn.Module):
    """A buffer, a submodule, and an argument that all members share."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(D_IN, affine=False).eval()
        self.linear = nn.Linear(D_IN, D_OUT)

    def forward(self, x, shift=0.0):
        return self.linear(x / self.norm.running_var.sqrt() + shift).tanh()


def members():
    with seeded(0):
        nets = [Net().double() for _ in range(E)]
    for i, net in enumerate(nets):
        net.norm.running_var.fill_(i + 2.0)
    return nets


def inputs():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(E, B, D_IN, generator=generator, dtype=torch.float64)


def test_each_member_answers_as_it_would_alone():
    alone = [net(x, shift=0.3) for net, x in zip(members(), inputs(), strict=True)]
    assert_close(Ensemble(members())(inputs(), shift=0.3), torch.stack(alone))


def test_the_sum_of_losses_trains_each_member_as_if_alone():
    together, alone = Ensemble(members()), members()
    optimizer = torch.optim.AdamW(together.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        together(inputs()).square().mean((1, 2)).sum().backward()
        optimizer.step()
    for net, x in zip(alone, inputs(), strict=True):
        optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            net(x).square().mean().backward()
            optimizer.step()
    got = together(inputs())
    assert_close(got, torch.stack([n(x) for n, x in zip(alone, inputs(), strict=True)]))


def test_the_members_themselves_do_not_change():
    nets = members()
    before = [net.linear.weight.clone() for net in nets]
    ensemble = Ensemble(nets)
    ensemble(inputs()).sum().backward()
    with torch.no_grad():
        for parameter in ensemble.parameters():
            parameter.add_(1.0)
    assert_close([net.linear.weight for net in nets], before)
    assert nets[0].linear.weight.grad is None


def test_its_weights_are_found_saved_and_loaded():
    ensemble, other = Ensemble(members()), Ensemble(members()[::-1])
    assert sum(p.numel() for p in ensemble.parameters()) == E * (D_IN + 1) * D_OUT
    other.load_state_dict(ensemble.state_dict())
    x = inputs()
    assert_close(other.member(0)(x[0]), ensemble.member(0)(x[0]))


def test_a_member_comes_out_as_a_module_of_its_own():
    ensemble = Ensemble(members())
    x = inputs()
    for i in range(E):
        assert_close(ensemble.member(i)(x[i]), ensemble(x)[i])


def test_each_member_has_dropout_of_its_own_and_only_while_it_learns():
    alone = nn.Dropout(0.5).eval()
    ensemble, x = Ensemble([alone, alone]), torch.ones(2, B, D_IN)
    with seeded(0):
        one, other = ensemble.train()(x)
    assert not torch.equal(one, other)
    assert {*one.unique().tolist(), *other.unique().tolist()} == {0.0, 2.0}
    assert not alone.training
    assert torch.equal(ensemble.eval()(x), x)


def test_frozen_weights_stay_frozen():
    nets = members()
    for net in nets:
        net.linear.bias.requires_grad_(False)
    trainable = [p.requires_grad for p in Ensemble(nets).parameters()]
    assert trainable == [True, False]


def test_a_member_has_the_dtype_of_the_ensemble():
    ensemble = Ensemble([nn.Linear(D_IN, D_OUT) for _ in range(E)]).double()
    x = inputs()
    assert_close(ensemble.member(1)(x[1]), ensemble(x)[1])


def test_a_member_that_comes_out_goes_its_own_way():
    ensemble = Ensemble(members())
    before = ensemble(inputs())
    with torch.no_grad():
        for tensor in ensemble.member(0).state_dict().values():
            tensor.add_(1)
    assert torch.equal(ensemble(inputs()), before)


@pytest.mark.parametrize("mode", [True, False])
def test_it_begins_in_the_mode_of_its_members(mode):
    ensemble = Ensemble([nn.Dropout(0.5).train(mode) for _ in range(2)])
    assert ensemble.training == mode
    x = torch.ones(2, 97)
    assert torch.equal(ensemble(x), x) == (not mode)


# --- what members take and return ---


class Returns(nn.Module):
    """A linear map, and what a function makes of it."""

    def __init__(self, make):
        super().__init__()
        self.linear = nn.Linear(D_IN, D_OUT, dtype=torch.float64)
        self.make = make

    def forward(self, x, *rest):
        return self.make(self.linear(x), *rest)


Pair = namedtuple("Pair", ["first", "second"])
SHAPES = {
    "a pair with None": lambda y: (y, None),
    "a list": lambda y: [y, y.sum()],
    "a table in a table": lambda y: {"a": y, "more": {"b": y.sin(), "c": (y, 3)}},
    "a named pair": lambda y: Pair(y, "words"),
    "a pair with a constant": lambda y: (torch.arange(3.0), y),
    "nothing but None": lambda y: None,
}


def stacked(alone):
    """The outputs of the members, one beside the other, by hand."""
    first = alone[0]
    if isinstance(first, torch.Tensor):
        return torch.stack(alone)
    if isinstance(first, dict):
        return {name: stacked([one[name] for one in alone]) for name in first}
    if isinstance(first, Pair):
        return Pair(*(stacked(list(parts)) for parts in zip(*alone, strict=True)))
    if isinstance(first, list | tuple):
        return type(first)(stacked(list(parts)) for parts in zip(*alone, strict=True))
    return first


def equal(one, other):
    parts, form = tree_flatten(one)
    others, same_form = tree_flatten(other)
    assert form == same_form
    for a, b in zip(parts, others, strict=True):
        assert_close(a, b) if isinstance(a, torch.Tensor) else None
        assert isinstance(a, torch.Tensor) or a == b


@pytest.mark.parametrize("make", SHAPES.values(), ids=SHAPES)
def test_members_may_return_more_than_one_tensor(make):
    alone = [Returns(make) for _ in range(E)]
    expected = stacked([net(x) for net, x in zip(alone, inputs(), strict=True)])
    equal(Ensemble(alone)(inputs()), expected)


@pytest.mark.parametrize("need_weights", [False, True])
def test_layers_with_heads_answer_as_they_would_alone(need_weights):
    alone = [MultiHeadAttention(6, 3).double() for _ in range(E)]
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(E, B, 5, 6, generator=generator, dtype=torch.float64)
    mask = torch.ones(5, 5).tril() > 0
    mask[2] = False  # a query that may attend to nothing
    named = {"mask": mask, "need_weights": need_weights}
    expected = stacked([net(a, **named) for net, a in zip(alone, x, strict=True)])
    got = Ensemble(alone)(x, **named)
    equal(got, expected)
    assert (got[1] is None) == (not need_weights)
    got[0].sum().backward()


def test_torch_s_own_attention_runs_as_one():
    class Heads(nn.Linear):
        def forward(self, x):
            x = super().forward(x)  # (b, h, t, d)
            return functional.scaled_dot_product_attention(x, x, x)

    alone = [Heads(D_IN, D_OUT) for _ in range(E)]
    x = torch.randn(E, B, 3, 5, D_IN)
    expected = torch.stack([net(part) for net, part in zip(alone, x, strict=True)])
    assert_close(Ensemble(alone)(x), expected)


def test_an_input_may_be_none_or_a_table():
    def make(y, table, nothing):
        assert nothing is None
        return y + table["shift"]

    alone = [Returns(make) for _ in range(E)]
    shift = torch.arange(E, dtype=torch.float64)[:, None, None].expand(E, B, D_OUT)
    got = Ensemble(alone)(inputs(), {"shift": shift}, None)
    each = zip(alone, inputs(), shift, strict=True)
    assert_close(got, torch.stack([net(x, {"shift": s}, None) for net, x, s in each]))


@pytest.mark.parametrize("shape", [(B, D_IN), (E + 1, B, D_IN), (E - 1, B, D_IN), ()])
def test_an_input_without_a_part_for_each_member_is_refused(shape):
    with pytest.raises(ValueError) as caught:
        Ensemble(members())(torch.ones(shape, dtype=torch.float64))
    assert str(caught.value) == (
        "Ensemble: inputs must have the members, 3, for their first axis; got an input "
        f"{shape}. Give by name what all members share."
    )


def test_an_output_that_may_hide_a_tensor_is_refused():
    def hide(y):
        return SimpleNamespace(output=y)

    with pytest.raises(TypeError) as caught:
        Ensemble([Returns(hide) for _ in range(E)])(inputs())
    assert str(caught.value) == (
        "Ensemble: members must return tensors, or tuples, lists, tables of them; "
        "got SimpleNamespace."
    )


def test_a_buffer_may_have_any_name():
    class Net(nn.Linear):
        def __init__(self):
            super().__init__(D_IN, D_OUT)
            for name in ("weights", "constants", "_names"):
                self.register_buffer(name, torch.ones(D_OUT))

        def forward(self, x):
            return super().forward(x) * self.weights

    alone = [Net().double() for _ in range(E)]
    expected = [net(x) for net, x in zip(alone, inputs(), strict=True)]
    assert_close(Ensemble(alone)(inputs()), torch.stack(expected))


@pytest.mark.parametrize(
    ("pair", "got"),
    [
        ((nn.Linear(3, 2), nn.ReLU()), "the kind of the module Linear and ReLU"),
        ((nn.Linear(3, 2), nn.Linear(3, 5)), "out_features 2 and 5"),
        ((nn.Dropout(0.1), nn.Dropout(0.5)), "p 0.1 and 0.5"),
        (
            (nn.Sequential(nn.ReLU()), nn.Sequential(nn.Tanh())),
            "the kind of 0 ReLU and Tanh",
        ),
        (
            (nn.Sequential(nn.Dropout()), nn.Sequential(nn.Dropout().eval())),
            "0.training True and False",
        ),
        (
            (nn.ParameterList([torch.ones(2)]), nn.ParameterList([torch.ones(3)])),
            "0 (2,) and (3,)",
        ),
    ],
)
def test_members_that_differ_in_more_than_their_numbers_are_refused(pair, got):
    with pytest.raises(ValueError) as caught:
        Ensemble(pair)
    rule = "Ensemble: members may differ in the numbers of their weights alone"
    assert str(caught.value) == f"{rule}; got {got}."


def test_the_members_may_come_from_a_generator():
    ensemble = Ensemble(net for net in members())
    assert torch.equal(ensemble(inputs()), Ensemble(members())(inputs()))


def test_no_members_are_refused():
    with pytest.raises(ValueError, match="Ensemble: members must be at least 1; got"):
        Ensemble([])
