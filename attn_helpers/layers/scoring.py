"""Ways to say how well a query matches a key, in torch."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from attn_helpers._checks import check_qk, check_width


class Score(nn.Module):
    """How well each query matches each key: what ``ScoreAttention`` shares out.

    A score has its formula in ``over``, which does the work on the keys only once.
    """

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone, to ask the same keys many times."""
        raise NotImplementedError

    def forward(self, q: Tensor, k: Tensor) -> Tensor:
        """``(..., t_q, d_q)`` and ``(..., t_k, d_k)`` -> ``(..., t_q, t_k)``."""
        return self.over(k)(q)


class DotScore(Score):
    """Score by the dot product, without a scale and without parameters.

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.1.
    """

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone."""

        def scores(q):
            check_qk(q, k, function="DotScore")
            return q @ k.transpose(-2, -1)  # (..., t_q, t_k)

        return scores


class ScaledDotScore(Score):
    """Score by the dot product over √d_k, blind to positions: all that NoPE has."""

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone."""

        def scores(q):
            check_qk(q, k, function="ScaledDotScore")
            return (q / math.sqrt(q.shape[-1])) @ k.transpose(-2, -1)

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
        self.q_proj = nn.Linear(d_q, d_hidden, bias=False)
        self.k_proj = nn.Linear(d_k, d_hidden, bias=False)
        self.out_proj = nn.Linear(d_hidden, 1, bias=False)

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone; what depends on the keys is computed once."""
        check_width(
            k, self.k_proj.in_features, "d_k", function="AdditiveScore", argument="k"
        )
        keys = self.k_proj(k)[..., None, :, :]  # (..., 1, t_k, d_hidden)

        def scores(q):
            check_width(
                q,
                self.q_proj.in_features,
                "d_q",
                function="AdditiveScore",
                argument="q",
            )
            pairs = torch.tanh(self.q_proj(q)[..., :, None, :] + keys)
            return self.out_proj(pairs).squeeze(-1)  # (..., t_q, t_k)

        return scores


class BilinearScore(Score):
    """Score by q W kᵀ: a learnt matrix says which parts of q and k should agree.

    Args:
        d_q: width of the queries.
        d_k: width of the keys, which may differ.

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.1.
    """

    def __init__(self, d_q: int, d_k: int):
        super().__init__()
        self.k_proj = nn.Linear(d_k, d_q, bias=False)

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone; what depends on the keys is computed once."""
        check_width(
            k, self.k_proj.in_features, "d_k", function="BilinearScore", argument="k"
        )
        keys = self.k_proj(k).transpose(-2, -1)  # (..., d_q, t_k)

        def scores(q):
            check_width(
                q,
                self.k_proj.out_features,
                "d_q",
                function="BilinearScore",
                argument="q",
            )
            return q @ keys  # (..., t_q, t_k)

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
        self.widths = d_q, d_k
        self.pair_proj = nn.Linear(d_q + d_k, d_hidden, bias=False)
        self.out_proj = nn.Linear(d_hidden, 1, bias=False)

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone."""
        check_width(k, self.widths[1], "d_k", function="ConcatScore", argument="k")
        keys = k[..., None, :, :]  # (..., 1, t_k, d_k)

        def scores(q):
            check_width(q, self.widths[0], "d_q", function="ConcatScore", argument="q")
            queries = q[..., :, None, :]  # (..., t_q, 1, d_q)
            batch = torch.broadcast_shapes(queries.shape[:-1], keys.shape[:-1])
            sides = [x.expand(*batch, x.shape[-1]) for x in (queries, keys)]
            pairs = torch.tanh(self.pair_proj(torch.cat(sides, dim=-1)))
            return self.out_proj(pairs).squeeze(-1)  # (..., t_q, t_k)

        return scores
