import pytest
import torch
from torch import nn
from torch.testing import assert_close

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


def test_no_members_are_refused():
    with pytest.raises(ValueError, match="Ensemble: members must be at least 1; got"):
        Ensemble([])
