"""Where heads look, in numbers: how much of a head's weight follows a pattern.

A pattern is a table of booleans like a mask, True where a head with that habit would
look: ``at_offset(t, -1)`` for the previous token, ``after_same_token(ids)`` for
induction, ``at_place(t, 0)`` for a sink on the first token. A score says where weight
goes; only a head taken away, as in ``ablation``, says what it was good for.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from attn_helpers._checks import check_axes
from attn_helpers._checks import mask as broadcasts

WEIGHTS = "(b, h, t_q, t_k)"
PAIRS, ASKED = broadcasts("(b, t_q, t_k)"), broadcasts("(b, t_q)")

# Patterns are (t, t) or (b, t, t), a row for each query.


def at_offset(
    t: int, offset: int, *, device: torch.device | str | None = None
) -> Tensor:
    """The key ``offset`` places from the query: -1 the previous, 0 itself, 1 the next.

    Example:
        >>> at_offset(3, -1).int().tolist()
        [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    """
    places = torch.arange(t, device=device)
    return places == places[:, None] + offset


def at_place(t: int, place: int, *, device: torch.device | str | None = None) -> Tensor:
    """One key, the same for all queries: 0 for the first token, where sinks are.

    Query 0 of a causal model has no other key: leave it out of the score.

    Example:
        >>> at_place(3, 0).int().tolist()
        [[1, 0, 0], [1, 0, 0], [1, 0, 0]]
    """
    return (torch.arange(t, device=device) == place).expand(t, t)


def same_token(ids: Tensor) -> Tensor:
    """The other places that hold the query's own token; ids ``(b, t)``.

    Example:
        >>> same_token(torch.tensor([[7, 8, 7]]))[0].int().tolist()
        [[0, 0, 1], [0, 0, 0], [1, 0, 0]]
    """
    itself = at_offset(ids.shape[1], 0, device=ids.device)
    return (ids[:, :, None] == ids[:, None]) & ~itself


def after_same_token(ids: Tensor) -> Tensor:
    """The places right after an earlier token like the query's own; ids ``(b, t)``.

    Who looks there sees what came next the last time: an induction head.

    Example:
        >>> after_same_token(torch.tensor([[7, 8, 7]]))[0].int().tolist()
        [[0, 0, 0], [0, 0, 0], [0, 1, 0]]
    """
    found = same_token(ids).tril()
    return torch.nn.functional.pad(found[..., :-1], (1, 0))


def of_tokens(ids: Tensor, chosen: Iterable[int]) -> Tensor:
    """Every place that holds one of the ``chosen`` tokens, such as delimiters.

    Example:
        >>> of_tokens(torch.tensor([[7, 8, 7]]), [8])[0].int().tolist()
        [[0, 1, 0], [0, 1, 0], [0, 1, 0]]
    """
    here = torch.isin(ids, torch.tensor(list(chosen), device=ids.device))
    return here.unsqueeze(1).expand(-1, ids.shape[1], -1)


def head_scores(
    weights: list[Tensor], pattern: Tensor, queries: Tensor | None = None
) -> Tensor:
    """The share of each head's weight that falls on a pattern.

    Queries for which the pattern has no key do not count.

    Args:
        weights: one tensor for each layer, ``(b, h, t_q, t_k)``.
        pattern: boolean, broadcasts to ``(b, t_q, t_k)``.
        queries: boolean, broadcasts to ``(b, t_q)``; which queries count, if not all.

    Returns:
        scores from 0 to 1, ``(layers, h)``.

    Example:
        >>> weights = torch.tensor([[1.0, 0.0], [0.75, 0.25]]).expand(1, 1, 2, 2)
        >>> head_scores([weights], at_offset(2, -1))
        tensor([[0.7500]])
    """
    layers = {f"weights[{i}]": (w, WEIGHTS) for i, w in enumerate(weights)}
    masks = {"pattern": (pattern, PAIRS), "queries": (queries, ASKED)}
    check_axes("head_scores", **layers, **masks)
    b, _, t_q, t_k = weights[0].shape
    pattern = pattern.expand(b, t_q, t_k)
    counts = pattern.any(-1) if queries is None else pattern.any(-1) & queries
    shares = [(w * pattern[:, None]).sum(-1) for w in weights]  # (b, h, t_q)
    return torch.stack([s.transpose(0, 1)[:, counts].mean(-1) for s in shares])
