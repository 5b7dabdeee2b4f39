"""A small network that reads a board of prices and answers the questions on it."""

import math
from collections.abc import Callable

from torch import Tensor, nn

from attn_helpers.layers.attention import ScoreAttention
from attn_helpers.layers.heads import merge_heads, split_heads

D_MODEL, NUM_HEADS, NUM_LAYERS = 32, 4, 2
HEAD_DIM = D_MODEL // NUM_HEADS


class PriceReader(nn.Module):
    """Two layers of self-attention over the lines of a board, and nothing else.

    How it learns of the order is left to the two parts that come in: vectors to add to
    the lines, and the score. Either may be blind to order.

    Args:
        goods: how many goods there are.
        words: how many prices and questions.
        prices: how many prices, the possible answers.
        positions: module that adds positions to ``(b, t, d_model)``; ``nn.Identity()``
            adds none.
        score: makes the score module of a layer.
    """

    def __init__(
        self,
        goods: int,
        words: int,
        prices: int,
        positions: nn.Module,
        score: Callable[[], nn.Module],
    ):
        super().__init__()
        self.goods, self.words = (
            nn.Embedding(goods, D_MODEL),
            nn.Embedding(words, D_MODEL),
        )
        self.positions = positions
        self.layers = nn.ModuleList(_Layer(score()) for _ in range(NUM_LAYERS))
        self.norm = nn.RMSNorm(D_MODEL)
        self.answer = nn.Linear(D_MODEL, prices, bias=False)

    def embed(self, goods: Tensor, words: Tensor) -> Tensor:
        """One vector a line, ``(b, t, d_model)``: its good, its word, its position."""
        lines = (self.goods(goods) + self.words(words)) / math.sqrt(2)
        return self.positions(lines)

    def forward(self, goods: Tensor, words: Tensor, mask: Tensor | None = None):
        """Scores of the prices as answers to each line, ``(b, t, prices)``."""
        x = self.embed(goods, words)
        for layer in self.layers:
            x = layer(x, mask)
        return self.answer(self.norm(x))


class _Layer(nn.Module):
    def __init__(self, score):
        super().__init__()
        self.norm = nn.RMSNorm(D_MODEL)
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (
            nn.Linear(D_MODEL, D_MODEL, bias=False) for _ in range(4)
        )
        self.attend = ScoreAttention(score)

    def forward(self, x, mask):
        y = self.norm(x)
        q, k, v = (
            split_heads(proj(y), NUM_HEADS)
            for proj in (self.q_proj, self.k_proj, self.v_proj)
        )
        output, _ = self.attend(q, k, v, mask)
        return x + self.out_proj(merge_heads(output))
