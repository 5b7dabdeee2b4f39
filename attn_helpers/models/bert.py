"""BERT's encoder: tokens in, one vector for each token out, nothing hidden from any."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from attn_helpers._checks import boolean, check_at_most, check_axes, whole
from attn_helpers.layers.feed_forward import FeedForward
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.residual import PostNorm
from attn_helpers.models.transformer import EncoderBlock

EPS = 1e-12  # of the layer norms, as published


class Bert(nn.Module):
    """Embeddings of tokens and of positions, and then one block after another.

    A block is an ``EncoderBlock`` with ``PostNorm`` and GELU.

    Args:
        layers: how many.
        d_model: width of the stream.
        num_heads: heads of each layer.
        d_ff: width of the feed-forward networks.
        vocab: how many tokens there are.
        length: the longest text, in tokens.

    Source: Devlin et al. (2019), arXiv:1810.04805. The second kind of segment is left
    out, as nothing in this book asks for it.
    """

    def __init__(
        self,
        layers: int,
        d_model: int,
        num_heads: int,
        d_ff: int,
        vocab: int,
        length: int,
    ):
        super().__init__()
        self.tokens = nn.Embedding(vocab, d_model)
        self.positions = nn.Embedding(length, d_model)
        self.segment = nn.Parameter(torch.zeros(d_model))
        self.norm = nn.LayerNorm(d_model, eps=EPS)
        self.layers = nn.ModuleList(
            EncoderBlock(
                MultiHeadAttention(d_model, num_heads),
                FeedForward(d_model, d_ff, functional.gelu),
                around=lambda: PostNorm(nn.LayerNorm(d_model, eps=EPS)),
            )
            for _ in range(layers)
        )

    def forward(
        self, ids: Tensor, mask: Tensor, need_weights: bool = False
    ) -> tuple[Tensor, list[Tensor | None]]:
        """Read a batch of texts.

        Args:
            ids: tokens, ``(b, t)``.
            mask: boolean, ``(b, t)``; False where there is only padding, which may
                stand anywhere: positions are counted among the tokens.
            need_weights: whether to form the weights.

        Returns:
            the stream after the last layer ``(b, t, d_model)``, and for each layer the
            weights ``(b, h, t, t)`` or None.
        """
        check_axes("Bert", ids=(ids, whole("(b, t)")), mask=(mask, boolean("(b, t)")))
        names = {"function": "Bert", "arguments": ("t", "length")}
        check_at_most(ids.shape[1], self.positions.num_embeddings, **names)
        places = (mask.cumsum(1) - 1).clamp(min=0)
        x = self.tokens(ids) + self.positions(places) + self.segment
        x = self.norm(torch.where(mask[..., None], x, 0.0))
        weights = []
        for layer in self.layers:
            x, its_weights = layer(x, mask[:, None], need_weights)
            weights.append(its_weights)
        return x, weights
