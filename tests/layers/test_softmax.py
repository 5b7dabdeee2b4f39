import numpy as np
import pytest
import torch
from torch.nn.functional import pad
from torch.testing import assert_close

from attn_helpers.layers.softmax import masked_softmax
from attn_helpers.reference import softmax as reference

INF, NAN = torch.inf, torch.nan
SCORES = [
    [1.0, -INF, 0.5],
    [-INF, -INF, -INF],  # nothing at all
    [-INF, -INF, 2.0],  # nothing that the mask allows
    [0.0, 3.0, -1.0],
]
MASKS = {
    "none": None,
    "hides the last key": torch.tensor([True, True, False]),
    "hides a row": torch.tensor([[True], [True], [False], [True]]),
}
each_mask = pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)


def test_what_is_hidden_may_be_anything():
    scores = torch.full((2, 3), NAN)
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


@each_mask
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_a_score_of_minus_infinity_has_no_share_as_in_the_reference(mask, dtype):
    scores = torch.tensor(SCORES, dtype=dtype, requires_grad=True)
    weights = masked_softmax(scores, mask)
    expected = reference.masked_softmax(
        scores.detach().double().numpy(), None if mask is None else mask.numpy()
    )
    eps = torch.finfo(dtype).eps
    np.testing.assert_allclose(weights.detach().double(), expected, atol=2 * eps)
    assert weights.dtype == dtype
    with torch.autograd.set_detect_anomaly(True, check_nan=True):
        (weights * torch.arange(3)).sum().backward()
    hidden = weights.detach() == 0
    assert scores.grad.isfinite().all() and (scores.grad[hidden] == 0).all()


@each_mask
def test_second_derivatives_agree_with_finite_differences(mask):
    scores = torch.tensor(SCORES, dtype=torch.float64)
    scores[scores == -INF] = -3.0
    scores.requires_grad_()
    assert torch.autograd.gradgradcheck(lambda s: masked_softmax(s, mask), scores)


def test_a_nan_that_is_seen_is_not_hushed_up():
    scores = torch.tensor([[NAN, 1.0, 2.0], [1.0, NAN, 2.0]])
    mask = torch.tensor([True, False, True])
    weights = masked_softmax(scores, mask)
    assert weights[0].isnan().tolist() == [True, False, True]
    assert weights[1].isfinite().all()
