"""Language models that only count: how often did this follow that?"""

import torch
from torch import Tensor, nn

from attn_helpers._checks import (
    check_at_most,
    check_axes,
    check_count,
    check_positive,
    whole,
)

TEXT, TOKENS = whole("(n,)"), whole("(b, t)")


class NGram(nn.Module):
    """Predict from the last ``order`` - 1 tokens, by what followed them in a text.

    A context that has rarely been seen leans on the next shorter one::

        p(c | context) = (count(context c) + prior · p(c | shorter)) / (count + prior)

    The shorter one lacks the first token. The empty one leans on 1 / ``vocab``.

    Args:
        ids: the text, ``(n,)``.
        vocab: how many tokens there are.
        order: 1 counts single tokens, 2 pairs (a bigram model), 3 triples, …
            Its largest table has ``vocab`` to the power of ``order`` numbers.
        prior: how many sightings the shorter context is worth.

    Example:
        >>> model = NGram(torch.tensor([0, 1, 0, 1, 0]), vocab=2, order=2)
        >>> model(torch.tensor([[0, 1]]))[0].exp()  # after 0, after 1
        tensor([[0.1944, 0.8056],
                [0.8611, 0.1389]])

    Source: MacKay and Peto (1995), "A hierarchical Dirichlet language model".
    """

    def __init__(self, ids: Tensor, vocab: int, order: int, prior: float = 1.0):
        super().__init__()
        check_axes("NGram", ids=(ids, TEXT))
        order = check_count(order, function="NGram", argument="order")
        prior = check_positive(prior, function="NGram", argument="prior")
        check_at_most(order, len(ids), function="NGram", arguments=("order", "n"))
        self.order, shares = order, torch.full((vocab,), 1 / vocab)
        for n in range(order):  # tokens in the context
            # (first of the context, rest of the context, next token)
            counts = _counts(ids, vocab, n + 1).view(-1, *shares.shape)
            seen = counts.sum(dim=-1, keepdim=True)
            shares = ((counts + prior * shares) / (seen + prior)).view(-1, vocab)
            self.register_buffer(f"after_{n}", shares.log())

    def forward(self, tokens: Tensor) -> Tensor:
        """Predict what follows each of ``tokens``, ``(b, t)``.

        Returns:
            log-probabilities, ``(b, t, vocab)``, which may serve as logits. The first
            tokens have a shorter context than the others.
        """
        check_axes("NGram", tokens=(tokens, TOKENS))
        rows = []
        for end in range(1, tokens.shape[1] + 1):
            n = min(end, self.order - 1)
            table = self.get_buffer(f"after_{n}")
            rows.append(table[_numbered(tokens[:, end - n : end], table.shape[1])])
        return torch.stack(rows, dim=1)


def _numbered(rows, vocab):
    """One number for each row of tokens, ``(..., n)``: its digits are the tokens."""
    powers = vocab ** torch.arange(rows.shape[-1] - 1, -1, -1, device=rows.device)
    return (rows * powers).sum(dim=-1)


def _counts(ids, vocab, n):
    """How often each row of ``n`` tokens comes up, ``(vocab ** n,)``."""
    rows = ids.unfold(0, n, 1)
    return torch.bincount(_numbered(rows, vocab), minlength=vocab**n).float()
