"""From what a model says about the next token to a token.

Each step takes logits and gives logits, -inf for what may not be drawn, so that they
compose. Temperature comes first, top-k and top-p after it, as in published programs::

    sample(keep_top_p(with_temperature(logits, 0.7), 0.9), generator)

The order matters to top-p alone. A temperature below 1 makes the likely tokens likelier
still, so fewer of them come to the share p. After top-p it would leave their number as
it was.
"""

import torch
from torch import Tensor

from attn_helpers._checks import (
    check_axes,
    check_count,
    check_positive,
    check_probability,
    complaint,
)
from attn_helpers.layers.tables import wide
from attn_helpers.layers.values import found

LOGITS = "(..., vocab)"


def with_temperature(logits: Tensor, temperature: float) -> Tensor:
    """Sharpen the distribution, below 1, or flatten it, above.

    Near 0 the likeliest token takes everything; 0 itself is ``logits.argmax(-1)``.

    Args:
        logits: ``(..., vocab)``.
        temperature: what they are divided by, above 0.

    Example:
        >>> logits = torch.tensor([0.5, 0.3, 0.2]).log()
        >>> [round(p, 2) for p in with_temperature(logits, 0.5).softmax(-1).tolist()]
        [0.66, 0.24, 0.11]

    Source: Ackley, Hinton and Sejnowski (1985), "A learning algorithm for Boltzmann
    machines".
    """
    check_axes("with_temperature", logits=(logits, LOGITS))
    names = {"function": "with_temperature", "argument": "temperature"}
    return logits / check_positive(temperature, **names)


def keep_top_k(logits: Tensor, k: int) -> Tensor:
    """Keep the ``k`` likeliest tokens, or all if there are fewer.

    Of tokens that are equally likely the one with the lower number comes first.

    Args:
        logits: ``(..., vocab)``.
        k: how many.

    Example:
        >>> keep_top_k(torch.tensor([1.0, 3.0, 2.0]), 2)
        tensor([-inf, 3., 2.])

    Source: Fan, Lewis and Dauphin (2018), arXiv:1805.04833, section 5.4.
    """
    check_axes("keep_top_k", logits=(logits, LOGITS))
    k = check_count(k, function="keep_top_k", argument="k")
    _, order = _likeliest_first(logits)
    return logits.scatter(-1, order[..., k:], -torch.inf)


def keep_top_p(logits: Tensor, p: float) -> Tensor:
    """Keep the fewest tokens whose shares together come to ``p``, the likeliest first.

    The token with which the sum comes to ``p`` is kept, too; so one is kept at least,
    with ``p`` = 0 just that one. Of tokens that are equally likely the one with the
    lower number comes first.

    Args:
        logits: ``(..., vocab)``.
        p: share of the probability, from 0 to 1.

    Example:
        >>> keep_top_p(torch.tensor([0.5, 0.4, 0.1]).log(), 0.6).exp()
        tensor([0.5000, 0.4000, 0.0000])

    Source: Holtzman et al. (2019), arXiv:1904.09751, section 3.1.
    """
    check_axes("keep_top_p", logits=(logits, LOGITS))
    p = check_probability(p, function="keep_top_p", argument="p")
    shares, order = _likeliest_first(logits.to(wide(logits)).softmax(dim=-1))
    before = shares.cumsum(dim=-1) - shares  # the sum without the token itself
    enough = before >= p
    enough[..., 0] = False
    return logits.masked_fill(enough.scatter(-1, order, enough), -torch.inf)


def sample(logits: Tensor, generator: torch.Generator) -> Tensor:
    """Draw a token from each distribution.

    Args:
        logits: ``(..., vocab)``.
        generator: draws, such as ``torch.Generator().manual_seed(0)``.

    Returns:
        token numbers, ``(...)``.

    Example:
        >>> dice = torch.Generator().manual_seed(0)
        >>> sample(torch.tensor([[0.0, -torch.inf], [-torch.inf, 0.0]]), dice)
        tensor([0, 1])
    """
    check_axes("sample", logits=(logits, LOGITS))
    if found(~(logits > -torch.inf).any(dim=-1)):
        rule, got = "some token must have a logit above -inf", "a row without one"
        raise ValueError(complaint("sample", rule, got))
    shares = logits.to(wide(logits)).softmax(dim=-1)
    rows = shares.reshape(-1, shares.shape[-1])
    drawn = torch.multinomial(rows, 1, generator=generator)
    return drawn.view(logits.shape[:-1])


def _likeliest_first(numbers):
    """Each row in falling order, and where its numbers stand."""
    return numbers.sort(dim=-1, descending=True, stable=True)
