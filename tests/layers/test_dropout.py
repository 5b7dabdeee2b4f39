import pytest
import torch
from torch import nn
from torch.testing import assert_close

from attn_helpers.layers.dropout import optional_dropout


def test_it_is_torchs_where_something_is_dropped():
    ours, theirs, x = optional_dropout(0.3), nn.Dropout(0.3), torch.ones(5, 7)
    for training in (True, False):
        ours.train(training), theirs.train(training)
        torch.manual_seed(0)
        expected = theirs(x)
        torch.manual_seed(0)
        assert_close(ours(x), expected, rtol=0, atol=0)
    assert_close(optional_dropout(1.0)(x), torch.zeros(5, 7))


@pytest.mark.parametrize("rate", [0, 0.0])
def test_at_rate_0_the_rows_themselves_come_back(rate):
    x = torch.ones(5, 7)
    layer = optional_dropout(rate)
    assert layer(x) is x
    assert not isinstance(layer, nn.Dropout)
    assert not list(layer.parameters()) and not layer.state_dict()


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_a_rate_that_is_none_is_refused_by_torch(rate):
    with pytest.raises(ValueError, match="between 0 and 1"):
        optional_dropout(rate)
