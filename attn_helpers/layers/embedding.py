"""Tokens as vectors that know where they stand, and the way back to tokens."""

import math

from torch import Tensor, nn

from attn_helpers._checks import check_axes, whole
from attn_helpers.layers.dropout import optional_dropout

IDS = whole("(..., t)")


class Embedding(nn.Module):
    """A learnt vector for each token, times √d_model, and its position added to it.

    The vectors begin with numbers of size 1/√d_model. Times √d_model they are as large
    as the sines and cosines that are added. As they are, they serve as the weights of
    the last layer, see ``tied``.

    Args:
        vocab: how many tokens there are.
        d_model: width of a vector.
        positions: adds positions, called as ``SinusoidalPositions(d_model)`` is; None
            adds none.
        dropout: share of the sum's numbers that training switches off.
        scale: what the vectors are multiplied by, √d_model by default. GPT-2 and Llama
            take them as they are, 1.

    Example:
        >>> import torch
        >>> from attn_helpers.layers.positions import SinusoidalPositions
        >>> embed = Embedding(11, 4, SinusoidalPositions(4))
        >>> embed(torch.tensor([[3, 5, 7]])).shape
        torch.Size([1, 3, 4])

    Source: Vaswani et al. (2017), arXiv:1706.03762, sections 3.4, 3.5 and 5.4.
    """

    def __init__(
        self,
        vocab: int,
        d_model: int,
        positions: nn.Module | None = None,
        dropout: float = 0.0,
        scale: float | None = None,
    ):
        super().__init__()
        self.scale = math.sqrt(d_model) if scale is None else scale
        self.tokens = nn.Embedding(vocab, d_model)
        nn.init.normal_(self.tokens.weight, std=1 / math.sqrt(d_model))
        self.positions = positions
        self.dropout = optional_dropout(dropout)

    def forward(
        self, ids: Tensor, positions: Tensor | None = None, *, first: int = 0
    ) -> Tensor:
        """Look the tokens up.

        Args:
            ids: whole numbers, ``(..., t)``.
            positions: broadcasts to ``(..., t)``; if not given, ``first``, ``first`` +
                1, …
            first: the position of column 0.

        Returns:
            ``(..., t, d_model)``.
        """
        check_axes("Embedding", ids=(ids, IDS))
        x = self.tokens(ids) * self.scale  # (..., t, d_model)
        if self.positions is not None:
            x = self.positions(x, positions, first=first)
        return self.dropout(x)


def tied(embedding: Embedding) -> nn.Linear:
    """A last layer, without bias, whose weights *are* the vectors of the embedding.

    One parameter is learnt in both places. It must suit both when training begins: a
    normalised row has numbers of size 1, so its logits, which are sums of d_model
    products, have the size of the weights times √d_model. Weights of size 1, with
    which ``nn.Embedding`` begins, would make logits of size √d_model: a network that
    knows nothing would be sure of its guesses. Those of ``Embedding`` make logits of
    size 1. One logit is larger: a row that still holds the token it was made of gives
    that token up to √d_model, so a tied network begins by repeating what it reads.

    Example:
        >>> embed = Embedding(11, 4)
        >>> tied(embed).weight is embed.tokens.weight
        True

    Source: Press and Wolf (2016), arXiv:1608.05859; Inan, Khosravi and Socher (2016),
    arXiv:1611.01462.
    """
    vocab, d_model = embedding.tokens.weight.shape
    out_proj = nn.Linear(d_model, vocab, bias=False, device="meta")
    out_proj.weight = embedding.tokens.weight
    return out_proj
