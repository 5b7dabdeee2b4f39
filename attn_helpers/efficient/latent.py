"""One narrow row is kept in place of the keys and values of all heads."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from attn_helpers._checks import check_axes, check_count, check_even
from attn_helpers._checks import mask as broadcasts
from attn_helpers.layers.attention import attention
from attn_helpers.layers.heads import merge, split
from attn_helpers.layers.hidden import careful
from attn_helpers.layers.kv_cache import Cache, for_rows_held
from attn_helpers.layers.positions import rope

NAME = "LatentAttention"
X, MASK = "(..., t_q, d_model)", broadcasts("(..., t_q, t_k)")


class LatentAttention(nn.Module):
    """Multi-head latent attention: keys and values are made of one narrow row.

    Each row is narrowed to its latent. Two matrices widen the latent again, to the keys
    and the values of all heads. So it is enough to keep latents. A key that is made in
    this way knows no position. Where a row stands is told by a second key, which is
    narrow, rotated, and the same for all heads: it is kept beside the latent. Scores
    are divided by √(head_dim + d_rope), as both keys together are so wide.

    This is the plain form: at each call it makes the keys and values of all rows.
    ``Absorbed`` computes the same from the latents themselves.

    Args:
        d_model: width of what comes in and goes out.
        num_heads: heads.
        head_dim: width of a head's values, and of its queries and keys without place.
        d_latent: width of a latent.
        d_rope: width of the queries and of the key that tell the place, even.
        rotate: turns them, such as ``rope``.

    Example:
        >>> from attn_helpers.layers.kv_cache import KVCache
        >>> layer = LatentAttention(12, num_heads=3, head_dim=5, d_latent=7, d_rope=2)
        >>> cache = KVCache()
        >>> output, weights = layer(torch.ones(2, 5, 12), cache=cache)
        >>> output.shape, cache.k.shape, cache.v.shape
        (torch.Size([2, 5, 12]), torch.Size([2, 5, 7]), torch.Size([2, 5, 2]))

    Source: DeepSeek-AI (2024), arXiv:2405.04434, section 2.1, with the norm of its
    section 3.1.2 and without the narrow row for queries, which spares no cache.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        head_dim: int,
        d_latent: int,
        d_rope: int,
        rotate: Callable[..., Tensor] = rope,
    ):
        super().__init__()
        sizes = {"num_heads": num_heads, "head_dim": head_dim, "d_latent": d_latent}
        for argument, value in {"d_model": d_model, **sizes}.items():
            check_count(value, function=NAME, argument=argument)
        check_even(d_rope, function=NAME, argument="d_rope")
        self.sizes, self.rotate = {"d_model": d_model}, rotate
        self.num_heads, self.head_dim, self.d_rope = num_heads, head_dim, d_rope
        width = num_heads * head_dim
        self.q_proj = nn.Linear(d_model, width + num_heads * d_rope, bias=False)
        self.down_proj = nn.Linear(d_model, d_latent, bias=False)
        self.norm = nn.RMSNorm(d_latent)
        self.k_up = nn.Linear(d_latent, width, bias=False)
        self.v_up = nn.Linear(d_latent, width, bias=False)
        self.rope_proj = nn.Linear(d_model, d_rope, bias=False)
        self.out_proj = nn.Linear(width, d_model, bias=False)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        need_weights: bool = False,
        cache: Cache | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Let the rows of ``x`` attend to each other, and to those that are kept.

        Args:
            x: ``(..., t_q, d_model)``.
            mask: boolean, broadcasts to ``(..., t_q, t_k)``, the same for all heads;
                True = may attend.
            need_weights: whether to form the weights, as in ``attention``.
            cache: what the layer keeps of the rows before ``x``; latents are its keys,
                and the keys that tell the place, not yet rotated, its values.

        Returns:
            output ``(..., t_q, d_model)``; weights ``(..., h, t_q, t_k)`` or None.
        """
        return self.answer(self._expanded, x, mask, need_weights, cache)

    def answer(
        self,
        form: Callable[..., tuple[Tensor, Tensor | None]],
        x: Tensor,
        mask: Tensor | None,
        need_weights: bool,
        cache: Cache | None,
    ) -> tuple[Tensor, Tensor | None]:
        """What the forms have in common: all but how the heads attend."""
        kept, apply = 0 if cache is None else len(cache), careful(mask)
        check_axes(NAME, self.sizes, x=(x, X))
        sizes = {**self.sizes, "t_k": kept + x.shape[-2]}
        check_axes(NAME, sizes, x=(x, X), mask=(mask, MASK))
        q = split(apply(self.q_proj, x), self.num_heads)  # (..., h, t_q, ·)
        q, q_rope = q.split([self.head_dim, self.d_rope], dim=-1)
        latent = apply(self.norm, apply(self.down_proj, x))
        k_rope, first = apply(self.rope_proj, x), 0
        if cache is not None:
            latent, k_rope, first = cache.append(latent, k_rope)
            mask = for_rows_held(mask, latent)
        q_rope, k_rope = self.rotate(q_rope, first=first), self.rotate(k_rope, first=0)
        heads, weights = form(q, q_rope, latent, k_rope, mask, need_weights)
        return apply(self.out_proj, merge(heads)), weights

    def _expanded(self, q, q_rope, latent, k_rope, mask, need_weights):
        """Widen the latents to keys and values of each head, ``(..., h, t_k, ·)``."""
        ups, apply = (self.k_up, self.v_up), careful(mask)
        k, v = (split(apply(up, latent), self.num_heads) for up in ups)
        k_rope = k_rope[..., None, :, :].expand(*k.shape[:-1], -1)
        q, k = torch.cat([q, q_rope], dim=-1), torch.cat([k, k_rope], dim=-1)
        if mask is not None and mask.ndim > 2:
            mask = mask[..., None, :, :]
        return attention(q, k, v, mask, need_weights=need_weights)


class Absorbed(nn.Module):
    """The same attention, computed from the latents: none of them is widened.

    A score is q · (W c), with the matrix W that makes a key of the latent c. It is also
    (Wᵀ q) · c: the query takes the matrix in, and latents serve as keys. Values are
    mixed as latents, too, and the mixture alone is widened. All heads ask the same
    rows, as in multi-query attention, and heads are ``d_latent`` + ``d_rope`` wide.
    This costs less than the plain form where few queries ask many rows, as when a text
    is written. For a prompt, in which each row asks, it costs more. Scores are divided
    by √(head_dim + d_rope), as in the plain form.

    Args:
        layer: whose weights are used. A cache that was filled by it serves here, too.

    Example:
        >>> plain = LatentAttention(12, num_heads=3, head_dim=5, d_latent=7, d_rope=2)
        >>> absorbed, x = Absorbed(plain), torch.randn(2, 5, 12)
        >>> torch.allclose(absorbed(x)[0], plain(x)[0], atol=1e-6)
        True

    Source: DeepSeek-AI (2024), arXiv:2405.04434, section 2.1.2.
    """

    def __init__(self, layer: LatentAttention):
        super().__init__()
        self.layer = layer

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        need_weights: bool = False,
        cache: Cache | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """As in ``LatentAttention``."""
        return self.layer.answer(self._absorbed, x, mask, need_weights, cache)

    def _absorbed(self, q, q_rope, latent, k_rope, mask, need_weights):
        """Let the queries of all heads, ``(..., h · t_q, ·)``, ask the latents."""
        h, t_q, d_k = self.layer.num_heads, q.shape[-2], q.shape[-1] + q_rope.shape[-1]
        w_k, w_v = (
            up.weight.unflatten(0, (h, -1))  # (h, head_dim, d_latent)
            for up in (self.layer.k_up, self.layer.v_up)
        )
        apply = careful(mask)
        q = torch.cat([apply(lambda q: q @ w_k, q), q_rope], dim=-1)
        k = torch.cat([latent, k_rope], dim=-1)  # (..., t_k, d_latent + d_rope)
        q = q.flatten(-3, -2) * math.sqrt(k.shape[-1] / d_k)  # as attention divides
        if mask is not None:
            mask = torch.atleast_2d(mask)
            mask = mask.expand(*mask.shape[:-2], t_q, -1).tile(h, 1)
        mixed, weights = attention(q, k, latent, mask, need_weights=need_weights)
        weights = weights if weights is None else weights.unflatten(-2, (h, t_q))
        mixed = mixed.unflatten(-2, (h, t_q))  # (..., h, t_q, d_latent)
        return apply(lambda mixed: mixed @ w_v.mT, mixed), weights
