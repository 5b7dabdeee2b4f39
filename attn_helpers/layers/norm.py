"""Normalised rows."""

import torch
from torch import Tensor
from torch.nn import functional

from attn_helpers._checks import check_axes
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


def _of_one_length(x):
    wide = widened(x)
    # at most 1 first, so that no square is too large, nor too small to be seen
    largest = wide.detach().abs().amax(-1, keepdim=True)
    wide = wide / largest.clamp(min=torch.finfo(wide.dtype).tiny)
    return functional.rms_norm(wide, x.shape[-1:]).to(x.dtype)
