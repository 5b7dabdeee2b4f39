"""From scores to weights in torch: the softmax, with a mask."""

import math

import torch
from torch import Tensor


def masked_softmax(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Share out each row among the keys that the mask allows; zeros if it allows none.

    Args:
        scores: ``(..., t_q, t_k)``; -inf means weight 0, as if the mask hid that key.
        mask: boolean, broadcasts to ``scores``; True = may attend.

    Returns:
        weights, ``(..., t_q, t_k)``.

    Example:
        >>> mask = torch.tensor([[True, True, False], [False, False, False]])
        >>> masked_softmax(torch.zeros(2, 3), mask)
        tensor([[0.5000, 0.5000, 0.0000],
                [0.0000, 0.0000, 0.0000]])
    """
    # The softmax of a row of -inf is NaN, and so is its gradient. A row with nothing to
    # attend to gets zeros for scores; then its weights are set to 0. So are the zeros
    # of hidden keys: a gradient that overflows there goes no further.
    seen = scores != -math.inf
    seen = seen if mask is None else seen & mask
    alive = seen.any(-1, keepdim=True)
    hidden = torch.where(alive, -math.inf, 0.0).to(scores.dtype)
    weights = torch.where(seen, scores, hidden).softmax(-1)
    return torch.where(seen, weights, 0.0)
