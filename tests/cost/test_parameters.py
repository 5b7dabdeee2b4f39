from torch import nn

from attn_helpers.cost import count_parameters


def test_frozen_parameters_are_not_counted():
    layer = nn.Linear(3, 5)
    layer.bias.requires_grad_(False)
    assert count_parameters(layer) == 15


def test_parameters_that_two_layers_share_are_counted_once():
    tied = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    tied[1].weight = tied[0].weight
    assert count_parameters(tied) == 3 * 3 + 2 * 3
    assert count_parameters(nn.ReLU()) == 0
