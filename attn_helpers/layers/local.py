"""Local attention in torch: a window whose centre can be learned."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from attn_helpers._checks import check_axes, check_count, check_positive, spread
from attn_helpers._checks import mask as broadcasts
from attn_helpers.layers.attention import ScoreAttention
from attn_helpers.layers.precision import widened, without_autocast
from attn_helpers.layers.scoring import Score
from attn_helpers.layers.softmax import masked_softmax

SCORES, MASK = "(..., t_q, t_k)", broadcasts("(..., t_q, t_k)")
CENTRES = spread("(..., t_q)")


def local_m(
    scores: Tensor,
    radius: float,
    centres: Tensor | None = None,
    mask: Tensor | None = None,
    *,
    first: int = 0,
) -> Tensor:
    """Share out each row within a window around a place given beforehand.

    Args:
        scores: ``(..., t_q, t_k)``; -inf means weight 0.
        radius: D, how far the window reaches to either side.
        centres: ``(..., t_q)``; if not given, a query looks around its own place.
        mask: boolean, broadcasts to ``scores``; True = may attend.
        first: the place of query 0 among the keys, where no centres are given.

    Returns:
        weights, ``(..., t_q, t_k)``; a window outside the source gives zeros.

    Example:
        >>> local_m(torch.zeros(2, 3), radius=1)
        tensor([[0.5000, 0.5000, 0.0000],
                [0.3333, 0.3333, 0.3333]])

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.2.
    """
    _check("local_m", scores, centres, radius, mask)
    if centres is None:
        centres = first + torch.arange(scores.shape[-2], device=scores.device)
    return _in_window(scores, _steps(centres, _places(scores)), radius, mask)


def local_p(
    scores: Tensor, centres: Tensor, radius: float, mask: Tensor | None = None
) -> Tensor:
    """Share out each row within a window, and favour the keys close to its centre.

    The shares are multiplied by a Gaussian with standard deviation ``radius / 2`` and
    left as they are. The window itself has no slope: only the Gaussian tells the centre
    where to go.

    Args:
        scores: ``(..., t_q, t_k)``; -inf means weight 0.
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
    _check("local_p", scores, centres, radius, mask)
    return _near_centre(scores, _steps(centres, _places(scores)), radius, mask)


class LocalMAttention(ScoreAttention):
    """Attention in which a query looks at the keys around its own place.

    Args:
        score: a ``Score``, such as ``DotScore()``.
        radius: D, how far the window reaches to either side.
    """

    def __init__(self, score: Score, radius: float):
        super().__init__(score)
        check_positive(radius, function="LocalMAttention", argument="radius")
        self.radius = radius

    def normalise(
        self, scores: Tensor, q: Tensor, mask: Tensor | None, first: int
    ) -> Tensor:
        """The weights, ``(..., t_q, t_k)``, around the place of each query."""
        return local_m(scores, self.radius, mask=mask, first=first)


class LocalPAttention(ScoreAttention):
    """Attention that predicts where to look and mixes the values around that place.

    Places are counted among the keys that the mask allows, so that padding changes
    nothing, wherever it stands. The rows of the weights sum to at most 1.

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
            centres, ``(..., t_q)``, real numbers from 0 to ``lengths``, in float32 or
            wider: places are no numbers to be rounded.
        """
        hidden, out = (widened(p.weight) for p in (self.hidden_proj, self.out_proj))
        with without_autocast(q):
            logits = functional.linear(
                torch.tanh(functional.linear(widened(q), hidden)), out
            )
        return lengths * torch.sigmoid(logits.squeeze(-1))

    def normalise(
        self, scores: Tensor, q: Tensor, mask: Tensor | None, first: int
    ) -> Tensor:
        """The weights, ``(..., t_q, t_k)``, around the centre that each query wants."""
        t_k = scores.shape[-1]
        seen = scores.new_ones(t_k, dtype=torch.bool) if mask is None else mask
        seen = torch.atleast_1d(seen)
        seen = seen.expand(*seen.shape[:-1], t_k)
        centres = self.centres(q, seen.sum(-1))
        steps = _steps(centres, seen.cumsum(-1) - 1)  # what is hidden has no place
        return _near_centre(scores, steps, self.radius, mask)


def _places(scores):
    return torch.arange(scores.shape[-1], device=scores.device)


def _steps(centres, places):
    """How far right of its centre each key stands, ``(..., t_q, t_k)``."""
    return places - widened(centres)[..., None]


def _in_window(scores, steps, radius, mask):
    window = steps.abs() <= radius
    return masked_softmax(scores, window if mask is None else window & mask)


def _near_centre(scores, steps, radius, mask):
    shares = _in_window(scores, steps, radius, mask)
    nearness = torch.exp(-0.5 * (steps / (radius / 2)) ** 2)
    return (shares * nearness).to(scores.dtype)


def _check(function, scores, centres, radius, mask):
    check_positive(radius, function=function, argument="radius")
    centres = {} if centres is None else {"centres": (centres, CENTRES)}
    check_axes(function, scores=(scores, SCORES), **centres, mask=(mask, MASK))
