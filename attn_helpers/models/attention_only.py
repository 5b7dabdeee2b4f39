"""The smallest language model in which heads work together."""

from torch import Tensor, nn

from attn_helpers._checks import check_at_most
from attn_helpers.layers.relative_positions import offsets


class AttentionOnly(nn.Module):
    """Causal attention layers and nothing else between the tokens and the prediction.

    Each layer reads the normalised stream and adds its output to it.

    Args:
        layers: modules called as ``layer(x, mask=mask, need_weights=…)``, such as
            ``MultiHeadAttention``.
        d_model: their width.
        vocab: how many tokens there are.
        length: the longest sequence, and how many vectors of positions are learned.
            None for layers that see for themselves how far apart two tokens stand, as
            with ``attend=Rotary(attention)``; then any length will do.

    Example:
        >>> import torch
        >>> from attn_helpers.layers.multi_head import MultiHeadAttention
        >>> model = AttentionOnly([MultiHeadAttention(12, 3)], 12, vocab=7)
        >>> logits, [weights] = model(torch.tensor([[5, 6]]), need_weights=True)
        >>> logits.shape, weights.shape
        (torch.Size([1, 2, 7]), torch.Size([1, 3, 2, 2]))

    Source: Elhage et al. (2021), *A mathematical framework for transformer circuits*,
    to which the normalisation is added.
    """

    def __init__(
        self,
        layers: list[nn.Module],
        d_model: int,
        vocab: int,
        length: int | None = None,
    ):
        super().__init__()
        self.tokens = nn.Embedding(vocab, d_model)
        self.positions = None if length is None else nn.Embedding(length, d_model)
        self.layers = nn.ModuleList(layers)
        self.norms = nn.ModuleList(nn.LayerNorm(d_model) for _ in layers)
        self.last_norm = nn.LayerNorm(d_model)
        self.unembed = nn.Linear(d_model, vocab, bias=False)

    def forward(
        self, ids: Tensor, need_weights: bool = False
    ) -> tuple[Tensor, list[Tensor | None]]:
        """Predict the token after each; ids ``(b, t)`` -> logits ``(b, t, vocab)``.

        The weights of every layer, ``(b, h, t, t)`` or None, come beside.
        """
        t = ids.shape[-1]
        x = self.tokens(ids)  # (b, t, d_model)
        if self.positions is not None:
            names = {"function": "AttentionOnly", "arguments": ("t", "length")}
            check_at_most(t, self.positions.num_embeddings, **names)
            x = x + self.positions.weight[:t]
        mask = offsets(t, t, device=ids.device) <= 0  # nobody may look ahead
        weights = []
        for norm, layer in zip(self.norms, self.layers, strict=True):
            change, its_weights = layer(norm(x), mask=mask, need_weights=need_weights)
            x = x + change
            weights.append(its_weights)
        return self.unembed(self.last_norm(x)), weights
