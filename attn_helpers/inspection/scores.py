"""Before the softmax: how large scores are, and how undecided the weights made of them.

Where scores grow, weights become those of a hard choice: their entropy falls to 0.
"""

import math
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from attn_helpers._checks import check_axes
from attn_helpers.inspection.ablation import head_layers
from attn_helpers.layers.attention import Attending
from attn_helpers.layers.scoring import scaled_dot


@contextmanager
def scores_recorded(model: nn.Module) -> Generator[list[Tensor]]:
    """Within the block, note the scores of every layer with heads, one tensor a call.

    They are the scaled dot products of the queries and keys that reach the innermost
    ``attend``, so after ``Rotary`` and ``QKNorm``, and before a soft cap.

    Args:
        model: any model with ``MultiHeadAttention`` in it.

    Yields:
        scores ``(..., h, t_q, t_k)``, in float32 or wider and without gradient, in the
        order of the calls; -inf where the mask hides a key.

    Example:
        >>> from attn_helpers.layers.multi_head import MultiHeadAttention
        >>> layer = MultiHeadAttention(d_model=6, num_heads=2)
        >>> with scores_recorded(layer) as seen:
        ...     _ = layer(torch.ones(1, 3, 6))
        >>> [scores.shape for scores in seen]
        [torch.Size([1, 2, 3, 3])]
    """
    seen = []
    # layers may share one
    asking = list(dict.fromkeys(_innermost(layer) for layer in head_layers(model)))
    before = [module.call for module in asking]
    try:
        for module in asking:
            module.call = partial(_note, seen, module.call or module.attend)
        yield seen
    finally:
        for module, call in zip(asking, before, strict=True):
            module.call = call


def _innermost(module):
    """Of modules that hand queries on to one another, the last one."""
    while isinstance(module.attend, Attending):
        module = module.attend
    return module


def _note(seen, attend, q, k, v, mask=None, **how):
    scores = scaled_dot(q.detach(), k.detach())
    seen.append(scores if mask is None else scores.masked_fill(~mask, -math.inf))
    return attend(q, k, v, mask, **how)


def largest_score(scores: Tensor) -> Tensor:
    """The largest absolute value of the scores that no mask hides.

    Args:
        scores: ``(..., t_q, t_k)``, -inf where hidden.

    Returns:
        ``(...)``; 0 if all are hidden.

    Example:
        >>> largest_score(torch.tensor([[-7.0, -torch.inf], [2.0, 3.0]]))
        tensor(7.)
    """
    check_axes("largest_score", scores=(scores, "(..., t_q, t_k)"))
    return scores.masked_fill(scores == -math.inf, 0.0).abs().amax((-2, -1))


def entropy(weights: Tensor) -> Tensor:
    """How undecided each row is: ln n if n weights are alike, 0 if one has all.

    Args:
        weights: ``(..., t_k)``, each row with the sum 1.

    Returns:
        -Σ w ln w in nats, ``(...)``.

    Example:
        >>> entropy(torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])).exp()
        tensor([2., 1.])
    """
    check_axes("entropy", weights=(weights, "(..., t_k)"))
    return torch.special.entr(weights).sum(-1)
