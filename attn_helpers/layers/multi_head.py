"""Several attentions side by side, each in a narrow projection of its own."""

from torch import nn

from attn_helpers._checks import (
    check_batch,
    check_mask,
    check_multiple,
    check_rank,
    check_tensor,
    check_tensors,
    check_width,
)
from attn_helpers.layers.attention import attention
from attn_helpers.layers.heads import merge_heads, repeat_kv, split_heads


class MultiHeadAttention(nn.Module):
    """Several attentions side by side, each in its own narrow projection of ``x``.

    With fewer key-value heads than query heads, neighbouring query heads share one:
    grouped-query attention, and with a single one multi-query attention.

    Args:
        d_model: width of what comes in and goes out.
        num_heads: query heads, each ``head_dim = d_model / num_heads`` wide.
        num_kv_heads: key-value heads, a divisor of ``num_heads``; as many by default.
        bias: whether the four projections add a bias.

    Example:
        >>> import torch
        >>> layer = MultiHeadAttention(d_model=12, num_heads=3)
        >>> output, weights = layer(torch.ones(2, 5, 12), need_weights=True)
        >>> output.shape, weights.shape
        (torch.Size([2, 5, 12]), torch.Size([2, 3, 5, 5]))

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.2.2; Shazeer (2019),
    arXiv:1911.02150; Ainslie et al. (2023), arXiv:2305.13245.
    """

    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        super().__init__()
        num_kv_heads = num_heads if num_kv_heads is None else num_kv_heads
        name = "MultiHeadAttention"
        names = ("d_model", "num_heads", "num_kv_heads")
        check_multiple(d_model, num_heads, function=name, arguments=names[:2])
        check_multiple(num_heads, num_kv_heads, function=name, arguments=names[1:])
        self.num_heads, self.num_kv_heads = num_heads, num_kv_heads
        kv_width = d_model // num_heads * num_kv_heads
        self.q_proj = nn.Linear(d_model, d_model, bias=bias)
        self.k_proj = nn.Linear(d_model, kv_width, bias=bias)
        self.v_proj = nn.Linear(d_model, kv_width, bias=bias)
        self.out_proj = nn.Linear(d_model, d_model, bias=bias)

    def forward(self, x, memory=None, mask=None, need_weights=False):
        """Let every row of ``x`` ask, and the rows of ``memory`` answer.

        Args:
            x: who asks, ``(..., t_q, d_model)``.
            memory: who is asked, ``(..., t_k, d_model)``; ``x`` itself by default.
            mask: boolean, broadcasts to ``(..., t_q, t_k)``, the same for all heads;
                True = may attend.
            need_weights: whether to form the weights, as in ``attention``.

        Returns:
            output ``(..., t_q, d_model)``; weights ``(..., h, t_q, t_k)`` or None.
        """
        memory = x if memory is None else memory
        self._check(x, memory, mask)
        q = split_heads(self.q_proj(x), self.num_heads)  # (..., h, t_q, head_dim)
        k = split_heads(self.k_proj(memory), self.num_kv_heads)  # (..., g, t_k, ...)
        v = split_heads(self.v_proj(memory), self.num_kv_heads)
        k, v = (repeat_kv(z, self.num_heads // self.num_kv_heads) for z in (k, v))
        if mask is not None and mask.dim() > 2:
            mask = mask.unsqueeze(-3)  # (..., 1, t_q, t_k)
        output, weights = attention(q, k, v, mask, need_weights)
        return self.out_proj(merge_heads(output)), weights

    def _check(self, x, memory, mask):
        name = "MultiHeadAttention"
        check_tensors(function=name, x=x, memory=memory)
        width = self.q_proj.in_features
        for argument, value in {"x": x, "memory": memory}.items():
            check_rank(value, "(..., t, d_model)", function=name, argument=argument)
            check_width(value, width, "d_model", function=name, argument=argument)
        batch = check_batch(function=name, x=x, memory=memory)
        if mask is not None:
            check_tensor(mask, function=name, argument="mask")
        check_mask(mask, (*batch, x.shape[-2], memory.shape[-2]), function=name)
