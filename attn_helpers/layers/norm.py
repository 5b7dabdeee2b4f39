"""Normalised queries and keys."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from attn_helpers._checks import check_axes, check_count
from attn_helpers.layers.attention import (
    MASK,
    Attend,
    Attending,
    K,
    Q,
    V,
    attention,
)
from attn_helpers.layers.hidden import row_by_row
from attn_helpers.layers.precision import widened


class Normed(Attending):
    """Attention whose queries and keys all have one length: no score is ever large.

    Each is scaled to the length √d_k, so that scaled dot products stay from -√d_k to
    √d_k. Nothing is learnt.

    Args:
        attend: what attends then, called as ``attention`` is.

    Example:
        >>> q, k = torch.tensor([[300.0, 400.0]]), torch.eye(2)
        >>> _, weights = Normed(attention)(q, k, k, need_weights=True)
        >>> [round(w, 2) for w in weights[0].tolist()]
        [0.43, 0.57]

    Source: Henry et al. (2020), arXiv:2010.04245, who learn a scale in place of √d_k.
    """

    def __init__(self, attend: Attend = attention):
        super().__init__(attend)

    def forward(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        mask: Tensor | None = None,
        *,
        need_weights: bool = False,
        first: int = 0,
    ) -> tuple[Tensor, Tensor | None]:
        """As in ``attention``; ``first`` is the place of query 0 among the keys."""
        check_axes("Normed", q=(q, Q), k=(k, K), v=(v, V), mask=(mask, MASK))
        q, k = row_by_row(_of_one_length, q), row_by_row(_of_one_length, k)
        return self.ask(q, k, v, mask, need_weights, first)


class QKNorm(Attending):
    """Attention whose queries and keys are normalised first, and then have gains.

    No score is larger than √d_k times the largest gain of a query and the largest of a
    key, in absolute values, whatever the projections have grown to. The two may be of
    different entries, which a rotation behind the gains brings together.

    Gains have a value for each entry. So this belongs before ``Rotary``, as in
    ``QKNorm(d_k, Rotary(attention))``: behind it, an entry is no longer the same
    direction at each place, and a score would not depend on the distance alone.

    Args:
        d_k: width of queries and keys.
        attend: what attends then, called as ``attention`` is.

    Example:
        >>> q, k = torch.tensor([[300.0, 400.0]]), torch.eye(2)
        >>> attend = QKNorm(d_k=2)
        >>> nn.init.constant_(attend.q_gain, 3.0).requires_grad
        True
        >>> _, weights = attend(q, k, k, need_weights=True)
        >>> [round(w, 2) for w in weights[0].tolist()]
        [0.3, 0.7]

    Source: Henry et al. (2020), arXiv:2010.04245; Dehghani et al. (2023),
    arXiv:2302.05442, section 2, with gains; Yang et al. (2025), arXiv:2505.09388,
    section 2, for this kind of norm in each head.
    """

    def __init__(self, d_k: int, attend: Attend = attention):
        super().__init__(attend)
        d_k = check_count(d_k, function="QKNorm", argument="d_k")
        self.sizes = {"d_k": d_k}
        self.q_gain = nn.Parameter(torch.ones(d_k))
        self.k_gain = nn.Parameter(torch.ones(d_k))

    def forward(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        mask: Tensor | None = None,
        *,
        need_weights: bool = False,
        first: int = 0,
    ) -> tuple[Tensor, Tensor | None]:
        """As in ``attention``; ``first`` is the place of query 0 among the keys."""
        axes = {"q": (q, Q), "k": (k, K), "v": (v, V), "mask": (mask, MASK)}
        check_axes("QKNorm", self.sizes, **axes)
        q, k = (
            row_by_row(partial(_with_gain, gain), x)
            for gain, x in ((self.q_gain, q), (self.k_gain, k))
        )
        return self.ask(q, k, v, mask, need_weights, first)


def _with_gain(gain, x):
    return (_of_one_length(x) * gain).to(x.dtype)


def _of_one_length(x):
    wide = widened(x)
    # at most 1 first, so that no square is too large, nor too small to be seen
    largest = wide.detach().abs().amax(-1, keepdim=True)
    wide = wide / largest.clamp(min=torch.finfo(wide.dtype).tiny)
    return functional.rms_norm(wide, x.shape[-1:]).to(x.dtype)
