"""A small network that reads a board of prices and answers the questions on it."""

import math
from collections.abc import Callable

from torch import Tensor, nn

from attn_helpers.layers.attention import Attend
from attn_helpers.layers.multi_head import MultiHeadAttention

D_MODEL, NUM_HEADS, NUM_LAYERS = 32, 4, 2
HEAD_DIM = D_MODEL // NUM_HEADS


class PriceReader(nn.Module):
    """Two layers of self-attention over the lines of a board, and nothing else.

    How it learns of the order is left to the two parts that come in: vectors to add to
    the lines, and how the heads attend. Either may be blind to order.

    Args:
        goods: how many goods there are.
        words: how many prices and questions.
        prices: how many prices, the possible answers.
        positions: module that adds positions to ``(b, t, d_model)``; ``nn.Identity()``
            adds none.
        attend: makes what the heads of a layer attend with, as ``MultiHeadAttention``
            takes it.
    """

    def __init__(
        self,
        goods: int,
        words: int,
        prices: int,
        positions: nn.Module,
        attend: Callable[[], Attend],
    ):
        super().__init__()
        self.goods, self.words = (
            nn.Embedding(goods, D_MODEL),
            nn.Embedding(words, D_MODEL),
        )
        self.positions = positions
        self.layers = nn.ModuleList(_Layer(attend()) for _ in range(NUM_LAYERS))
        self.norm = nn.RMSNorm(D_MODEL)
        self.answer = nn.Linear(D_MODEL, prices, bias=False)

    def embed(self, goods: Tensor, words: Tensor) -> Tensor:
        """One vector a line, ``(b, t, d_model)``: its good, its word, its position."""
        lines = (self.goods(goods) + self.words(words)) / math.sqrt(2)
        return self.positions(lines)

    def forward(
        self, goods: Tensor, words: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Scores of the prices as answers to each line, ``(b, t, prices)``."""
        x = self.embed(goods, words)
        for layer in self.layers:
            x = layer(x, mask)
        return self.answer(self.norm(x))


class _Layer(nn.Module):
    def __init__(self, attend: Attend):
        super().__init__()
        self.norm = nn.RMSNorm(D_MODEL)
        self.attention = MultiHeadAttention(
            D_MODEL, NUM_HEADS, bias=False, attend=attend
        )

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        change, _ = self.attention(self.norm(x), mask=mask)
        return x + change
