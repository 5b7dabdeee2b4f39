"""Local attention in torch: a window whose centre can be learned."""

import torch
from torch import Tensor, nn

from attn_helpers._checks import (
    check_broadcasts,
    check_count,
    check_kv,
    check_mask,
    check_positive,
    check_rank,
    check_tensor,
    check_tensors,
)
from attn_helpers.layers.attention import ScoreAttention
from attn_helpers.layers.scoring import Score
from attn_helpers.layers.softmax import masked_softmax


def local_m(
    scores: Tensor,
    radius: float,
    centres: Tensor | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Share out each row within a window around a place given beforehand.

    Args:
        scores: ``(..., t_q, t_k)``.
        radius: D, how far the window reaches to either side.
        centres: ``(..., t_q)``; if not given, query t looks at key t.
        mask: boolean, broadcasts to ``scores``; True = may attend.

    Returns:
        weights, ``(..., t_q, t_k)``; a window outside the source gives zeros.

    Example:
        >>> local_m(torch.zeros(2, 3), radius=1)
        tensor([[0.5000, 0.5000, 0.0000],
                [0.3333, 0.3333, 0.3333]])

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.2.
    """
    _check(scores, centres, radius, mask, function="local_m")
    if centres is None:
        centres = torch.arange(scores.shape[-2], device=scores.device)
    window = _distances(centres, scores).abs() <= radius
    return masked_softmax(scores, window if mask is None else window & mask)


def local_p(
    scores: Tensor, centres: Tensor, radius: float, mask: Tensor | None = None
) -> Tensor:
    """Share out each row within a window, and favour the keys close to its centre.

    The shares are multiplied by a Gaussian with standard deviation ``radius / 2`` and
    left as they are. The window itself has no slope: only the Gaussian tells the centre
    where to go.

    Args:
        scores: ``(..., t_q, t_k)``.
        centres: ``(..., t_q)``, real numbers; key 0 stands at 0.
        radius: D, how far the window reaches to either side.
        mask: boolean, broadcasts to ``scores``; True = may attend.

    Returns:
        weights, ``(..., t_q, t_k)``; each row sums to at most 1.

    Example:
        >>> local_p(torch.zeros(1, 4), torch.tensor([1.0]), radius=1)
        tensor([[0.0451, 0.3333, 0.0451, 0.0000]])

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, equation 10.
    """
    _check(scores, centres, radius, mask, function="local_p")
    shares = local_m(scores, radius, centres, mask)
    nearness = torch.exp(-0.5 * (_distances(centres, scores) / (radius / 2)) ** 2)
    return (shares * nearness).to(scores.dtype)


class LocalMAttention(nn.Module):
    """Attention in which query t looks at the keys around key t.

    Asked one query at a time, as by ``BahdanauDecoder``, it would not know where the
    query stands; so unlike ``ScoreAttention`` it has no ``over``.

    Args:
        score: a ``Score``, such as ``DotScore()``.
        radius: D, how far the window reaches to either side.
    """

    def __init__(self, score: Score, radius: float):
        super().__init__()
        check_positive(radius, function="LocalMAttention", argument="radius")
        self.score = score
        self.radius = radius

    def forward(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Mix the rows of ``v`` near each query's own position.

        Args:
            q: queries, ``(..., t_q, d_q)``, all of the target from its first token on.
            k: keys, ``(..., t_k, d_k)``.
            v: values, ``(..., t_k, d_v)``.
            mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.

        Returns:
            output ``(..., t_q, d_v)`` and weights ``(..., t_q, t_k)``.
        """
        check_tensors(function="LocalMAttention", q=q, k=k, v=v)
        check_kv(k, v, function="LocalMAttention")
        weights = local_m(self.score(q, k), self.radius, mask=mask)
        weights = weights.to(v.dtype)  # a score may add a bias of higher precision
        return weights @ v, weights


class LocalPAttention(ScoreAttention):
    """Attention that predicts where to look and mixes the values around that place.

    A mask must allow the first keys, as a padding mask does: their number is the length
    over which the centre is stretched. The rows of the weights sum to at most 1.

    Args:
        score: a ``Score``, such as ``DotScore()``.
        d_q: width of the queries.
        d_hidden: width of the hidden layer that predicts the centre.
        radius: D, how far the window reaches to either side.

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.2.
    """

    def __init__(self, score: Score, d_q: int, d_hidden: int, radius: float):
        super().__init__(score)
        name = "LocalPAttention"
        check_count(d_hidden, function=name, argument="d_hidden")
        check_positive(radius, function=name, argument="radius")
        self.radius = radius
        self.hidden_proj = nn.Linear(d_q, d_hidden, bias=False)
        self.out_proj = nn.Linear(d_hidden, 1, bias=False)

    def centres(self, q: Tensor, lengths: Tensor) -> Tensor:
        """Say where in its source each query looks.

        Args:
            q: queries, ``(..., t_q, d_q)``.
            lengths: how many keys are real, broadcasts to ``(..., t_q)``.

        Returns:
            centres, ``(..., t_q)``, real numbers from 0 to ``lengths``.
        """
        logits = self.out_proj(torch.tanh(self.hidden_proj(q))).squeeze(-1)
        return lengths * torch.sigmoid(logits)

    def share_out(self, scores: Tensor, q: Tensor, mask: Tensor | None) -> Tensor:
        """The weights, ``(..., t_q, t_k)``, around the centre that each query wants."""
        every = torch.ones_like(scores, dtype=torch.bool)
        lengths = (every if mask is None else every & mask).sum(-1)
        return local_p(scores, self.centres(q, lengths), self.radius, mask)


def _distances(centres, scores):
    """How far right of its centre each key stands, ``(..., t_q, t_k)``."""
    # at least float32: bfloat16 holds no whole number above 256 exactly
    wide = centres.to(torch.promote_types(centres.dtype, torch.float32))
    return torch.arange(scores.shape[-1], device=scores.device) - wide[..., None]


def _check(scores, centres, radius, mask, *, function):
    check_tensors(function=function, scores=scores)
    check_rank(scores, "(..., t_q, t_k)", function=function, argument="scores")
    check_positive(radius, function=function, argument="radius")
    if centres is not None:
        names = {"function": function, "argument": "centres"}
        check_tensor(centres, **names)
        check_broadcasts(centres, scores.shape[:-1], axes="(..., t_q)", **names)
    if mask is not None:
        check_tensor(mask, function=function, argument="mask")
    check_mask(mask, scores.shape, function=function)
