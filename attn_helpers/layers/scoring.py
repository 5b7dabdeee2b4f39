"""Ways to say how well a query matches a key, in torch."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from attn_helpers._checks import check_axes, check_positive
from attn_helpers.layers.precision import widened, without_autocast

Q, K = "(..., t_q, d_q)", "(..., t_k, d_k)"


class Score(nn.Module):
    """How well each query matches each key: what ``ScoreAttention`` makes weights of.

    A score has its formula in ``prepare``, which does the work on the keys only once.
    """

    def prepare(self, k: Tensor) -> Callable[..., Tensor]:
        """Get ready to be asked many times.

        Args:
            k: keys, ``(..., t_k, d_k)``.

        Returns:
            function of queries, ``(..., t_q, d_q)``, and of ``first``, the place of
            query 0 among the keys, 0 if not given; it returns ``(..., t_q, t_k)``.
        """
        raise NotImplementedError

    def forward(self, q: Tensor, k: Tensor, *, first: int = 0) -> Tensor:
        """Score every pair.

        Args:
            q: queries, ``(..., t_q, d_q)``.
            k: keys, ``(..., t_k, d_k)``.
            first: the place of query 0 among the keys.

        Returns:
            scores, ``(..., t_q, t_k)``, in float32 or wider where they are dot
            products.
        """
        return self.prepare(k)(q, first=first)


class DotScore(Score):
    """Score by the dot product, without a scale and without parameters.

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.1.
    """

    def prepare(self, k: Tensor) -> Callable[..., Tensor]:
        """A function of the queries, and of ``first``, which changes nothing here."""

        def scores(q, first=0):
            _check_pair(type(self).__name__, q, k)
            return dot(q, k)  # (..., t_q, t_k)

        return scores


class ScaledDotScore(Score):
    """Score by the dot product over √d_k, blind to positions.

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.2.1.
    """

    def prepare(self, k: Tensor) -> Callable[..., Tensor]:
        """A function of the queries, and of ``first``, which changes nothing here."""

        def scores(q, first=0):
            _check_pair(type(self).__name__, q, k)
            return scaled_dot(q, k)  # (..., t_q, t_k)

        return scores


class SoftCappedScore(Score):
    """Scores that bend off towards a cap, and never pass it: cap · tanh(score / cap).

    Small ones stay nearly as they are. Unlike the softmax of plain scores, this one
    changes if the same number is added to every score.

    Args:
        cap: the largest score there can be, and minus the lowest.
        score: the scores before that.

    Example:
        >>> q, k = torch.tensor([[1.0]]), torch.tensor([[1.0], [50.0], [9000.0]])
        >>> SoftCappedScore(50.0)(q, k).round(decimals=2)
        tensor([[ 1.0000, 38.0800, 50.0000]])

    Source: Gemma Team (2024), arXiv:2408.00118, section 2.
    """

    def __init__(self, cap: float, score: Score | None = None):
        super().__init__()
        self.cap = check_positive(cap, function="SoftCappedScore", argument="cap")
        self.score = ScaledDotScore() if score is None else score

    def prepare(self, k: Tensor) -> Callable[..., Tensor]:
        """A function of the queries, and of ``first``, as that of ``score``."""
        scores_of = self.score.prepare(k)

        def scores(q, first=0):
            return self.cap * torch.tanh(scores_of(q, first=first) / self.cap)

        return scores


class AdditiveScore(Score):
    """Score with a small network of one hidden layer: tanh(q W_q + k W_k) · w_out.

    Args:
        d_q: width of the queries.
        d_k: width of the keys, which may differ.
        d_hidden: width of the hidden layer.

    Source: Bahdanau, Cho and Bengio (2014), arXiv:1409.0473, appendix A.1.2.
    """

    def __init__(self, d_q: int, d_k: int, d_hidden: int):
        super().__init__()
        self.sizes = {"d_q": d_q, "d_k": d_k}
        self.q_proj = nn.Linear(d_q, d_hidden, bias=False)
        self.k_proj = nn.Linear(d_k, d_hidden, bias=False)
        self.out_proj = nn.Linear(d_hidden, 1, bias=False)

    def prepare(self, k: Tensor) -> Callable[..., Tensor]:
        """A function of the queries; what depends on the keys is computed once."""
        check_axes("AdditiveScore", self.sizes, k=(k, K))
        keys = self.k_proj(k)[..., None, :, :]  # (..., 1, t_k, d_hidden)

        def scores(q, first=0):
            check_axes("AdditiveScore", self.sizes, q=(q, Q))
            pairs = torch.tanh(self.q_proj(q)[..., :, None, :] + keys)
            return self.out_proj(pairs).squeeze(-1)  # (..., t_q, t_k)

        return scores


class BilinearScore(Score):
    """Score by q W kᵀ: a learnt matrix says which parts of q and k should agree.

    Args:
        d_q: width of the queries.
        d_k: width of the keys, which may differ.

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.1, where it is
    called *general*.
    """

    def __init__(self, d_q: int, d_k: int):
        super().__init__()
        self.sizes = {"d_q": d_q, "d_k": d_k}
        self.k_proj = nn.Linear(d_k, d_q, bias=False)

    def prepare(self, k: Tensor) -> Callable[..., Tensor]:
        """A function of the queries; what depends on the keys is computed once."""
        check_axes("BilinearScore", self.sizes, k=(k, K))
        keys = self.k_proj(k)  # (..., t_k, d_q)

        def scores(q, first=0):
            check_axes("BilinearScore", self.sizes, q=(q, Q))
            return dot(q, keys)  # (..., t_q, t_k)

        return scores


class ConcatScore(Score):
    """Score with a small network that reads query and key side by side.

    The same function as ``AdditiveScore``, whose two matrices are the halves of this
    one; written as in the paper it does the work of each half for every pair.

    Args:
        d_q: width of the queries.
        d_k: width of the keys, which may differ.
        d_hidden: width of the hidden layer.

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.1.
    """

    def __init__(self, d_q: int, d_k: int, d_hidden: int):
        super().__init__()
        self.sizes = {"d_q": d_q, "d_k": d_k}
        self.pair_proj = nn.Linear(d_q + d_k, d_hidden, bias=False)
        self.out_proj = nn.Linear(d_hidden, 1, bias=False)

    def prepare(self, k: Tensor) -> Callable[..., Tensor]:
        """A function of the queries, and of ``first``, which changes nothing here."""
        check_axes("ConcatScore", self.sizes, k=(k, K))
        keys = k[..., None, :, :]  # (..., 1, t_k, d_k)

        def scores(q, first=0):
            check_axes("ConcatScore", self.sizes, q=(q, Q))
            queries = q[..., :, None, :]  # (..., t_q, 1, d_q)
            batch = torch.broadcast_shapes(queries.shape[:-1], keys.shape[:-1])
            sides = [x.expand(*batch, x.shape[-1]) for x in (queries, keys)]
            pairs = torch.tanh(self.pair_proj(torch.cat(sides, dim=-1)))
            return self.out_proj(pairs).squeeze(-1)  # (..., t_q, t_k)

        return scores


def dot(q: Tensor, k: Tensor) -> Tensor:
    """The dot products of queries and keys, ``(..., t_q, t_k)``, float32 or wider."""
    with without_autocast(q):
        return widened(q) @ widened(k).transpose(-2, -1)


def scaled_dot(q: Tensor, k: Tensor) -> Tensor:
    """The same over √d_k. The queries are divided first, so that less overflows."""
    return dot(widened(q) / math.sqrt(q.shape[-1]), k)


def _check_pair(function, q, k):
    check_axes(function, q=(q, "(..., t_q, d_k)"), k=(k, K))
