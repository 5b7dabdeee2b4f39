import torch
from torch.nn.functional import pad
from torch.testing import assert_close

from attn_helpers.layers.softmax import masked_softmax


def test_what_is_hidden_may_be_anything():
    scores = torch.full((2, 3), torch.nan)
    scores[0, :2] = torch.tensor([1.0, 2.0])
    scores.requires_grad_()
    mask = torch.tensor([[True, True, False], [False, False, False]])
    weights = masked_softmax(scores, mask)
    shares = torch.tensor([1.0, 2.0]).softmax(-1)
    assert_close(weights, torch.stack([pad(shares, (0, 1)), torch.zeros(3)]))
    weights[0, 0].backward()
    slope = shares.prod()
    expected = torch.tensor([[slope, -slope, 0.0], [0.0, 0.0, 0.0]])
    assert_close(scores.grad, expected)
