"""What a mask hides has no influence, not even if it is NaN or infinite.

A weight of 0 does not see to that, as 0 · NaN is NaN: in plain arithmetic, and in
torch's own kernel, one hidden key reaches every query, and in training every gradient.
"""

from collections.abc import Callable
from operator import call
from typing import Any

import torch
from torch import Tensor

from attn_helpers.layers.values import known_small

Answer = tuple[Tensor, Tensor | None]  # what attention returns: output and weights


def set_aside(x: Tensor) -> tuple[Tensor, Tensor]:
    """Put zeros in place of the rows that are not finite, and say which they are.

    Args:
        x: ``(..., t, d)``.

    Returns:
        the same with zeros, ``(..., t, d)``, and True for each such row, ``(..., t)``.

    Example:
        >>> set_aside(torch.tensor([[1.0, 2.0], [3.0, torch.inf]]))
        (tensor([[1., 2.],
                [0., 0.]]), tensor([False,  True]))
    """
    known = x.detach()
    bad = (known - known).any(-1)  # 0 for what is finite, else NaN
    return x.masked_fill(bad[..., None], 0.0), bad


def row_by_row(layer: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Apply a layer that treats each row for itself; NaN for those not finite.

    A row that is not finite leaves no trace in the gradient of the layer's weights.
    """
    if known_small(x):
        return layer(x)
    x, bad = set_aside(x)
    return layer(x).masked_fill(bad[..., None], torch.nan)


def careful(mask: Tensor | None) -> Callable[..., Any]:
    """How to apply a layer to rows of which a mask may hide some: ``apply(layer, x)``.

    This is ``row_by_row`` where gradients are wanted, else the layer is only called.

    Example:
        >>> x = torch.tensor([[1.0], [torch.nan]])
        >>> careful(torch.tensor([True, False]))(lambda x: 2 * x, x).tolist()
        [[2.0], [nan]]
    """
    shield = mask is not None and torch.is_grad_enabled()
    return row_by_row if shield else call


def shielded(
    prepare: Callable[[Tensor, Tensor], Callable[..., Answer]],
    k: Tensor,
    v: Tensor,
    mask: Tensor | None,
) -> Callable[..., Answer]:
    """Let keys and values reach those queries alone that the mask lets see them.

    What no query may see counts as 0. Of the rest, a key that is not finite makes NaN
    of the weights and the output of every query that may attend to it, such a value of
    the output, such a query of its own; nothing else feels them.

    Args:
        prepare: from keys ``(..., t_k, d_k)`` and values ``(..., t_k, d_v)`` to a
            function that lets queries ask them, ``(..., t_q, d_q)`` -> output, weights.
        k: keys.
        v: values.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``. None hides nothing, and then
            the arithmetic is left as it is.
    """
    if mask is None:
        return prepare(k, v)
    sound, by_key, by_value = known_small(k, v), False, False
    if not sound:
        mask = torch.atleast_2d(mask)
        mask = mask.expand(*mask.shape[:-1], k.shape[-2])
        unseen = ~mask.any(-2)[..., None]
        k, bad_k = set_aside(k.masked_fill(unseen, 0.0))
        v, bad_v = set_aside(v.masked_fill(unseen, 0.0))
        by_key = _reached(mask, bad_k)
        by_value = by_key | _reached(mask, bad_v)
    ask = prepare(k, v)

    def ask_shielded(q, **how):
        if sound and known_small(q):
            return ask(q, **how)
        q, bad_q = set_aside(q)
        output, weights = ask(q, **how)
        own = bad_q & torch.atleast_2d(mask).any(-1)
        if weights is not None:
            weights = weights.masked_fill((own | by_key)[..., None] & mask, torch.nan)
        return output.masked_fill((own | by_value)[..., None], torch.nan), weights

    return ask_shielded


def _reached(mask, bad):
    """The queries, ``(..., t_q)``, that may attend to one of the bad keys at least."""
    return torch.einsum("...qk,...k->...q", mask.float(), bad.float()) > 0
