"""A decoder-only Transformer: from each token, and all before it, to the next one.

Its blocks are those of an encoder, of which each row reads itself and the rows before.
``gpt`` and ``llama`` put together the two kinds in use.
"""

from collections.abc import Callable, Iterable
from functools import partial

from torch import Tensor, nn
from torch.nn import functional

from attn_helpers._checks import check_axes, complaint, whole
from attn_helpers.layers.embedding import Embedding, tied
from attn_helpers.layers.feed_forward import FeedForward, GatedFeedForward
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.positions import LearnedPositions, Rotary, rope
from attn_helpers.layers.relative_positions import offsets
from attn_helpers.layers.residual import PreNorm
from attn_helpers.models.transformer import EncoderBlock

TOKENS = whole("(b, t)")
EPS = 1e-5  # of the norms of GPT-2 and Llama


class LanguageModel(nn.Module):
    """Predict at each token what follows it, from all tokens up to it.

    Args:
        embed: tokens to rows.
        blocks: one after another.
        out_proj: last rows to logits, such as ``tied(embed)`` or ``nn.Linear``.
        norm: applied to the last rows before that. Blocks with ``PreNorm`` need one, as
            nothing has normalised their sum.

    Example:
        >>> import torch
        >>> model = gpt(vocab=11, max_length=7, d_model=12, num_heads=3, num_layers=2)
        >>> model(torch.tensor([[3, 1, 4, 1, 5]])).shape
        torch.Size([1, 5, 11])
    """

    def __init__(
        self,
        embed: Embedding,
        blocks: Iterable[EncoderBlock],
        out_proj: nn.Module,
        norm: nn.Module | None = None,
    ):
        super().__init__()
        self.embed, self.blocks = embed, nn.ModuleList(blocks)
        self.norm = nn.Identity() if norm is None else norm
        self.out_proj = out_proj

    def forward(self, tokens: Tensor, caches: list[KVCache] | None = None) -> Tensor:
        """Predict what follows each of ``tokens``.

        Args:
            tokens: token numbers, ``(b, t)``.
            caches: what the blocks keep of the tokens before these, see ``new_caches``.
                They take in these tokens, too. None is for a text from its beginning.

        Returns:
            logits ``(b, t, vocab)``.
        """
        rows, _ = self.read(tokens, caches)
        return self.out_proj(rows)

    def read(
        self,
        tokens: Tensor,
        caches: list[KVCache] | None = None,
        need_weights: bool = False,
    ) -> tuple[Tensor, list[Tensor | None]]:
        """All but the last step of ``forward``.

        Args:
            tokens: token numbers, ``(b, t)``.
            caches: as in ``forward``.
            need_weights: whether to form the weights.

        Returns:
            what ``out_proj`` makes logits of, ``(b, t, d_model)``, and for each block
            the weights ``(b, h, t, t_k)`` or None.
        """
        check_axes("LanguageModel", tokens=(tokens, TOKENS))
        caches = _one_for_each(caches, self.blocks)
        t, kept = tokens.shape[1], caches[0]
        first = 0 if kept is None else len(kept)
        # one row may attend to all that there is: no mask need say so
        mask = None
        if t > 1:
            mask = offsets(t, first + t, first=first, device=tokens.device) <= 0
        x, weights = self.embed(tokens, first=first), []
        for block, cache in zip(self.blocks, caches, strict=True):
            x, its_weights = block(x, mask, need_weights, cache)
            weights.append(its_weights)
        return self.norm(x), weights

    def new_caches(self) -> list[KVCache]:
        """An empty cache for each block, for a text that is read in parts.

        Example:
            >>> import torch
            >>> model = gpt(11, max_length=7, d_model=12, num_heads=3, num_layers=2)
            >>> caches, text = model.new_caches(), torch.tensor([[3, 1, 4, 1, 5]])
            >>> parts = [model(part, caches) for part in text.split([3, 2], dim=1)]
            >>> torch.allclose(torch.cat(parts, dim=1), model(text), atol=1e-6)
            True
        """
        return [KVCache() for _ in self.blocks]


def gpt(
    vocab: int, max_length: int, d_model: int, num_heads: int, num_layers: int
) -> LanguageModel:
    """GPT-2: learnt positions, LayerNorm before each sublayer, GELU, tied weights.

    Args:
        vocab: how many tokens there are.
        max_length: the longest text, in tokens.
        d_model: width of the stream; the feed-forward networks are four times as wide.
        num_heads: heads of each block.
        num_layers: how many blocks.

    Source: Radford et al. (2019), *Language models are unsupervised multitask
    learners*, section 2.3.
    """
    embed = Embedding(vocab, d_model, LearnedPositions(max_length, d_model), scale=1.0)
    norm = partial(nn.LayerNorm, d_model, eps=EPS)
    gelu = partial(functional.gelu, approximate="tanh")
    blocks = [
        EncoderBlock(
            MultiHeadAttention(d_model, num_heads),
            FeedForward(d_model, 4 * d_model, gelu),
            around=lambda: PreNorm(norm()),
        )
        for _ in range(num_layers)
    ]
    return LanguageModel(embed, blocks, tied(embed), norm())


def llama(
    vocab: int,
    d_model: int,
    num_heads: int,
    num_kv_heads: int,
    num_layers: int,
    d_ff: int,
    rotate: Callable[..., Tensor] = rope,
) -> LanguageModel:
    """Llama: rotated queries and keys, RMSNorm, SwiGLU, shared keys and values.

    No layer has a bias. The last layer is tied to the embedding, as in the smaller of
    these models.

    Args:
        vocab: how many tokens there are.
        d_model: width of the stream.
        num_heads: query heads of each block.
        num_kv_heads: key-value heads of each block.
        num_layers: how many blocks.
        d_ff: width inside the feed-forward networks.
        rotate: ``rope``, ``rope_half_split``, or either with another base by
            ``functools.partial``.

    Example:
        >>> import torch
        >>> llama(11, 12, num_heads=3, num_kv_heads=1, num_layers=2, d_ff=32)(
        ...     torch.tensor([[3, 1, 4, 1, 5]])
        ... ).shape
        torch.Size([1, 5, 11])

    Source: Touvron et al. (2023), arXiv:2302.13971, section 2.2.
    """
    embed = Embedding(vocab, d_model, scale=1.0)
    norm, attend = partial(nn.RMSNorm, d_model, eps=EPS), Rotary(rotate=rotate)
    heads = {"num_heads": num_heads, "num_kv_heads": num_kv_heads}
    blocks = [
        EncoderBlock(
            MultiHeadAttention(d_model, **heads, bias=False, attend=attend),
            GatedFeedForward(d_model, d_ff),
            around=lambda: PreNorm(norm()),
        )
        for _ in range(num_layers)
    ]
    return LanguageModel(embed, blocks, tied(embed), norm())


def _one_for_each(caches, blocks):
    """A cache for each block, or None for each."""
    if caches is None:
        return [None] * len(blocks)
    if len(caches) != len(blocks):
        rule = "caches must hold one for each block"
        got = f"{len(caches)} caches and {len(blocks)} blocks"
        raise ValueError(complaint("LanguageModel", rule, got))
    return caches
