"""A language model without attention: one state is all that it keeps of the text."""

from torch import Tensor, nn

from attn_helpers._checks import check_axes, whole

TOKENS = whole("(b, t)")


class RecurrentLanguageModel(nn.Module):
    """Predict at each token what follows it, from one vector for all tokens up to it.

    It is called as a ``LanguageModel`` is, and writes and is trained as one.

    Args:
        vocab: how many tokens there are.
        d_embed: width of a token's vector.
        d_hidden: width of the state of the GRU.

    Example:
        >>> import torch
        >>> model = RecurrentLanguageModel(vocab=11, d_embed=4, d_hidden=6)
        >>> model(torch.tensor([[3, 1, 4, 1, 5]])).shape
        torch.Size([1, 5, 11])

    Source: Mikolov et al. (2010), "Recurrent neural network based language model"; Cho
    et al. (2014), arXiv:1406.1078, for the gated unit.
    """

    def __init__(self, vocab: int, d_embed: int, d_hidden: int):
        super().__init__()
        self.embed = nn.Embedding(vocab, d_embed)
        self.gru = nn.GRU(d_embed, d_hidden, batch_first=True)
        self.out_proj = nn.Linear(d_hidden, vocab)

    def forward(self, tokens: Tensor, caches: list[Tensor] | None = None) -> Tensor:
        """Predict what follows each of ``tokens``.

        Args:
            tokens: token numbers, ``(b, t)``.
            caches: holds the state after the tokens before these, ``(1, b, d_hidden)``,
                or nothing; then it holds the state after these. None is for a text from
                its beginning.

        Returns:
            logits ``(b, t, vocab)``.
        """
        check_axes("RecurrentLanguageModel", tokens=(tokens, TOKENS))
        states, last = self.gru(self.embed(tokens), caches[0] if caches else None)
        if caches is not None:
            caches[:] = [last]
        return self.out_proj(states)

    def new_caches(self) -> list[Tensor]:
        """A list without a state, for a text that is read in parts."""
        return []
