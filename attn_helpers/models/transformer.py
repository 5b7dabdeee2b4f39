"""The Transformer, put together from blocks: one part reads, the other one writes.

``Seq2Seq(TransformerEncoder(...), TransformerDecoder(...))`` is trained and translates
as the recurrent models of ``seq2seq`` are. Which norm stands where, which feed-forward
network and which attention a block has is up to the parts that it is given.
"""

from collections.abc import Callable, Iterable
from copy import copy
from functools import partial
from typing import Any, NamedTuple

from torch import Tensor, nn

from attn_helpers._checks import check_axes
from attn_helpers.layers.embedding import Embedding
from attn_helpers.layers.kv_cache import Cache, KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.relative_positions import offsets
from attn_helpers.models.seq2seq import PADDING, SOURCE, TOKENS, Memory

Ask = Callable[..., tuple[Tensor, Tensor | None]]


class EncoderBlock(nn.Module):
    """Let the rows attend to each other, then change each row by itself.

    With ``PreNorm`` around both::

        x = x + attention(norm(x))
        x = x + feed_forward(norm(x))

    Args:
        attention: self-attention.
        feed_forward: such as ``FeedForward``.
        around: makes what stands around a sublayer, ``PreNorm`` or ``PostNorm``; it is
            called once for each sublayer.

    Example:
        >>> import torch
        >>> from attn_helpers.layers.feed_forward import FeedForward
        >>> from attn_helpers.layers.residual import PreNorm
        >>> block = EncoderBlock(
        ...     MultiHeadAttention(d_model=12, num_heads=3),
        ...     FeedForward(d_model=12, d_ff=48),
        ...     around=lambda: PreNorm(nn.LayerNorm(12)),
        ... )
        >>> block(torch.ones(2, 5, 12))[0].shape
        torch.Size([2, 5, 12])

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.1.
    """

    def __init__(
        self,
        attention: MultiHeadAttention,
        feed_forward: nn.Module,
        around: Callable[[], nn.Module],
    ):
        super().__init__()
        self.attention, self.around_attention = attention, around()
        self.feed_forward, self.around_feed_forward = feed_forward, around()

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        need_weights: bool = False,
        cache: Cache | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """One block.

        Args:
            x: ``(..., t, d_model)``.
            mask: which row may attend to which, as in ``MultiHeadAttention``.
            need_weights: whether to form the weights.
            cache: what the attention keeps of the rows before ``x``.

        Returns:
            ``(..., t, d_model)``, and weights ``(..., h, t, t_k)`` or None.
        """
        how = {"mask": mask, "need_weights": need_weights, "cache": cache}
        x, weights = self.around_attention(x, partial(self.attention, **how))
        return self.around_feed_forward(x, self.feed_forward), weights


class DecoderBlock(nn.Module):
    """Attend to the rows written so far, then to the source, then change each row.

    With ``PreNorm`` around all three::

        x = x + self_attention(norm(x))
        x = x + cross_attention(norm(x), memory)
        x = x + feed_forward(norm(x))

    Args:
        self_attention: of the target's rows.
        cross_attention: of these to the source's.
        feed_forward: such as ``FeedForward``.
        around: makes what stands around a sublayer, ``PreNorm`` or ``PostNorm``; it is
            called once for each sublayer.

    Example:
        >>> import torch
        >>> from attn_helpers.layers.feed_forward import FeedForward
        >>> from attn_helpers.layers.residual import PreNorm
        >>> block = DecoderBlock(
        ...     MultiHeadAttention(d_model=12, num_heads=3),
        ...     MultiHeadAttention(d_model=12, num_heads=3),
        ...     FeedForward(d_model=12, d_ff=48),
        ...     around=lambda: PreNorm(nn.LayerNorm(12)),
        ... )
        >>> look = block.cross_attention.prepare(memory=torch.ones(2, 7, 12))
        >>> block(torch.ones(2, 5, 12), look)[0].shape
        torch.Size([2, 5, 12])

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.1.
    """

    def __init__(
        self,
        self_attention: MultiHeadAttention,
        cross_attention: MultiHeadAttention,
        feed_forward: nn.Module,
        around: Callable[[], nn.Module],
    ):
        super().__init__()
        self.self_attention, self.around_self_attention = self_attention, around()
        self.cross_attention, self.around_cross_attention = cross_attention, around()
        self.feed_forward, self.around_feed_forward = feed_forward, around()

    def forward(
        self,
        x: Tensor,
        look: Ask,
        mask: Tensor | None = None,
        cache: Cache | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """One block.

        Args:
            x: ``(..., t_q, d_model)``.
            look: lets rows like ``x`` attend to the source: what
                ``cross_attention.prepare`` returns, so that a decoder that writes token
                by token projects the source once.
            mask: which row of the target may attend to which.
            cache: what the self-attention keeps of the rows before ``x``.

        Returns:
            ``(..., t_q, d_model)``, and what else ``look`` returns: the weights of the
            source, ``(..., h, t_q, t_k)``, or None.
        """
        attend = partial(self.self_attention, mask=mask, cache=cache)
        x, _ = self.around_self_attention(x, attend)
        x, weights = self.around_cross_attention(x, look)
        return self.around_feed_forward(x, self.feed_forward), weights


class TransformerEncoder(nn.Module):
    """Turn source tokens into one row each, which has read all the others.

    Padding may stand anywhere: nobody attends to it, and positions are counted among
    the tokens.

    Args:
        embed: tokens to rows.
        blocks: one after another.
        norm: applied to the last rows. Blocks with ``PreNorm`` need one, as nothing
            has normalised their sum; blocks with ``PostNorm`` need none.
    """

    def __init__(
        self,
        embed: Embedding,
        blocks: Iterable[EncoderBlock],
        norm: nn.Module | None = None,
    ):
        super().__init__()
        self.embed, self.blocks = embed, nn.ModuleList(blocks)
        self.norm = nn.Identity() if norm is None else norm

    def forward(self, source: Tensor) -> Memory:
        """Read ``source``, ``(b, t_k)`` token numbers, 0 for padding.

        The memory's summary is the mean of the rows of the tokens, ``(b, d_model)``.
        """
        check_axes("TransformerEncoder", source=(source, SOURCE))
        mask = source != PADDING
        places = (mask.cumsum(dim=-1) - 1).clamp(min=0)
        padding = ~mask[..., None]
        x = self.embed(source, places).masked_fill(padding, 0.0)
        for block in self.blocks:
            x, _ = block(x, mask[:, None])
        x = self.norm(x)
        tokens = mask.sum(dim=-1, keepdim=True).clamp(min=1)
        summary = x.masked_fill(padding, 0.0).sum(dim=1) / tokens
        return Memory(x, summary, mask[:, None])


class Writing(NamedTuple):
    """The state of a decoder that has written some tokens.

    Attributes:
        caches: what the self-attention of each block keeps of them.
        looks: how each block looks at the source; what depends on the source alone is
            done.
        first: the place of the next token.
    """

    caches: list[KVCache]
    looks: list[Ask]
    first: int = 0


class TransformerDecoder(nn.Module):
    """Write a target: each row has read the target up to itself, and the source.

    Args:
        embed: tokens to rows.
        blocks: one after another.
        out_proj: last rows to logits, such as ``tied(embed)`` or ``nn.Linear``.
        norm: applied to the last rows before that, see ``TransformerEncoder``.
    """

    def __init__(
        self,
        embed: Embedding,
        blocks: Iterable[DecoderBlock],
        out_proj: nn.Module,
        norm: nn.Module | None = None,
    ):
        super().__init__()
        self.embed, self.blocks = embed, nn.ModuleList(blocks)
        self.norm = nn.Identity() if norm is None else norm
        self.out_proj = out_proj

    def forward(self, tokens: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Predict what follows each of ``tokens``, ``(b, t_q)``.

        Returns:
            logits ``(b, t_q, vocab)``, and the weights ``(b, t_q, t_k)`` of the last
            block on the source, the mean over its heads.
        """
        logits, weights, _ = self._read(tokens, self.begin(memory))
        return logits, weights

    def begin(self, memory: Memory) -> Writing:
        """The state before the first token."""
        blocks: Any = self.blocks  # whose parts torch does not know the kinds of
        attentions = [block.cross_attention for block in blocks]
        looks = [one.prepare(memory.states, memory.mask) for one in attentions]
        return Writing([KVCache() for _ in looks], looks)

    def step(self, token: Tensor, state: Writing) -> tuple[Tensor, Tensor, Writing]:
        """Predict what follows ``token``, ``(b,)``: logits, weights, next state."""
        logits, weights, state = self._read(token[:, None], state)
        return logits[:, 0], weights[:, 0], state

    def _read(self, tokens, state):
        """Read tokens that go on from ``state``, which stays as it is."""
        check_axes("TransformerDecoder", tokens=(tokens, TOKENS))
        caches, looks, first = [copy(cache) for cache in state.caches], *state[1:]
        t = tokens.shape[1]
        mask = offsets(t, first + t, first=first, device=tokens.device) <= 0
        x = self.embed(tokens, first=first)
        for block, look, cache in zip(self.blocks, looks, caches, strict=True):
            last = block is self.blocks[-1]
            look = partial(look, need_weights=last, first=first)
            x, weights = block(x, look, mask, cache)
        logits = self.out_proj(self.norm(x))
        return logits, weights.mean(dim=1), Writing(caches, looks, first + t)
