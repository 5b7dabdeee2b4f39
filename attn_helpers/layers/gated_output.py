"""Heads whose output passes a gate, opened or closed by the row that asked."""

from torch import Tensor, nn

from attn_helpers.layers.attention import Attend, attention
from attn_helpers.layers.multi_head import MultiHeadAttention


class GatedMultiHeadAttention(MultiHeadAttention):
    """Multi-head attention that multiplies what its heads give by sigmoid(x W + b).

    Each number of each head has a gate of its own, from 0 to 1. What closes it is the
    row that asked, so a head can be silent without anything to look at.

    Args:
        d_model: as in ``MultiHeadAttention``, and so are the others.
        num_heads: query heads.
        num_kv_heads: key-value heads.
        bias: whether the projections, that of the gates too, add a bias.
        attend: how the heads attend.

    Example:
        >>> import torch
        >>> layer = GatedMultiHeadAttention(d_model=12, num_heads=3)
        >>> layer(torch.ones(2, 5, 12))[0].shape
        torch.Size([2, 5, 12])

    Source: Qiu et al. (2025), arXiv:2505.06708, section 2.2, the gate at G1, element by
    element.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        num_kv_heads: int | None = None,
        bias: bool = True,
        attend: Attend = attention,
    ):
        super().__init__(d_model, num_heads, num_kv_heads, bias, attend)
        self.gate_proj = nn.Linear(d_model, d_model, bias=bias)

    def _merge(self, heads: Tensor, x: Tensor, apply) -> Tensor:
        return super()._merge(heads, x, apply) * apply(self.gate_proj, x).sigmoid()
