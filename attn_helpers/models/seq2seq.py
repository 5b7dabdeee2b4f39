"""A recurrent network that reads a sentence, and three that write its translation.

``Seq2Seq(Encoder(...), decoder)`` with one of

* ``FixedVectorDecoder``: has one vector for the whole sentence;
* ``BahdanauDecoder``: looks back before each step of its state;
* ``LuongDecoder``: looks back after it, so that training reads a whole target at once.

Sentences are rows of token numbers, filled up with 0 on the right.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from attn_helpers._checks import check_count, check_shape, check_tokens
from attn_helpers.layers.recurrent import BidirectionalGRU

PADDING = 0


class Memory(NamedTuple):
    """What the encoder leaves behind for the decoder.

    Attributes:
        states: one vector for each source token, ``(b, t_k, d_hidden)``.
        summary: one vector for the whole sentence, ``(b, d_hidden)``.
        mask: True where a source token is real, ``(b, 1, t_k)``.
    """

    states: Tensor
    summary: Tensor
    mask: Tensor


class Encoder(nn.Module):
    """Turn source tokens into one state each, and one vector for all of them.

    Args:
        vocab: how many source tokens there are.
        d_embed: width of a token's vector.
        d_hidden: width of a state, half of it from each direction; even.
        dropout: share of the embedding's numbers that training switches off.
    """

    def __init__(self, vocab: int, d_embed: int, d_hidden: int, dropout: float = 0.0):
        super().__init__()
        self.embed = nn.Embedding(vocab, d_embed, padding_idx=PADDING)
        self.dropout = nn.Dropout(dropout)
        self.reader = BidirectionalGRU(d_embed, d_hidden)

    def forward(self, source: Tensor) -> Memory:
        """Read ``source``, ``(b, t_k)`` token numbers with 0 for padding."""
        mask = source != PADDING
        embedded = self.dropout(self.embed(source))
        states, summary = self.reader(embedded, mask.sum(dim=-1))
        return Memory(states, summary, mask[:, None])


class FixedVectorDecoder(nn.Module):
    """Write from one vector that stands for the whole sentence; nothing to look at.

    The vector enters every step and every prediction, as in Cho et al. (2014).

    Args:
        vocab: how many target tokens there are.
        d_embed: width of a token's vector.
        d_hidden: width of the states, the encoder's and its own.
        dropout: share of numbers that training switches off.

    Source: Cho et al. (2014), arXiv:1406.1078, section 2.2.
    """

    def __init__(self, vocab: int, d_embed: int, d_hidden: int, dropout: float = 0.0):
        super().__init__()
        self.embed = nn.Embedding(vocab, d_embed)
        self.dropout = nn.Dropout(dropout)
        self.first = nn.Linear(d_hidden, d_hidden)
        self.gru = nn.GRU(d_embed + d_hidden, d_hidden, batch_first=True)
        self.mix_proj = nn.Linear(2 * d_hidden, d_hidden)
        self.out_proj = nn.Linear(d_hidden, vocab)

    def forward(self, tokens: Tensor, memory: Memory) -> tuple[Tensor, None]:
        """Predict what follows each of ``tokens``, ``(b, t_q)``: logits and None."""
        logits, _ = self._read(tokens, self._first_state(memory), memory)
        return logits, None

    def begin(self, memory: Memory) -> Any:
        """The state before the first token."""
        return self._first_state(memory), memory

    def step(self, token: Tensor, state: Any) -> tuple[Tensor, None, Any]:
        """Predict what follows ``token``, ``(b,)``: logits, None and the next state."""
        hidden, memory = state
        logits, hidden = self._read(token[:, None], hidden, memory)
        return logits[:, 0], None, (hidden, memory)

    def _first_state(self, memory):
        return torch.tanh(self.first(memory.summary))[None]  # (1, b, d_hidden)

    def _read(self, tokens, hidden, memory):
        context = memory.summary[:, None].expand(-1, tokens.shape[1], -1)
        embedded = self.dropout(self.embed(tokens))
        states, hidden = self.gru(torch.cat([embedded, context], dim=-1), hidden)
        mixed = torch.tanh(self.mix_proj(torch.cat([context, states], dim=-1)))
        return self.out_proj(self.dropout(mixed)), hidden


class BahdanauDecoder(nn.Module):
    """Look back before each step: the state *before* token i is the query.

    What is read enters the step, so the steps must be taken one after another.

    Args:
        vocab: how many target tokens there are.
        d_embed: width of a token's vector.
        d_hidden: width of the states, the encoder's and its own.
        attention: such as ``ScoreAttention(AdditiveScore(...))``.
        dropout: share of numbers that training switches off.

    Source: Bahdanau, Cho and Bengio (2014), arXiv:1409.0473, section 3.1 and appendix
    A.2.2; one linear layer stands in for the paper's deep output.
    """

    def __init__(self, vocab, d_embed, d_hidden, attention: nn.Module, dropout=0.0):
        super().__init__()
        self.embed = nn.Embedding(vocab, d_embed)
        self.dropout = nn.Dropout(dropout)
        self.first = nn.Linear(d_hidden, d_hidden)
        self.attention = attention
        self.cell = nn.GRUCell(d_embed + d_hidden, d_hidden)
        self.out_proj = nn.Linear(d_embed + 2 * d_hidden, vocab)

    def forward(self, tokens: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Predict what follows each of ``tokens``, ``(b, t_q)``.

        Returns:
            logits ``(b, t_q, vocab)`` and weights ``(b, t_q, t_k)``.
        """
        hidden, look = self.begin(memory)
        features, rows = [], []
        for embedded in self.dropout(self.embed(tokens)).unbind(dim=1):
            feature, weights, hidden = self._advance(embedded, hidden, look)
            features.append(feature)
            rows.append(weights)
        logits = self.out_proj(self.dropout(torch.stack(features, dim=1)))
        return logits, torch.cat(rows, dim=1)

    def begin(self, memory: Memory) -> Any:
        """The state before the first token, and how to look at the source."""
        look = self.attention.over(memory.states, memory.states, memory.mask)
        return torch.tanh(self.first(memory.summary)), look

    def step(self, token: Tensor, state: Any) -> tuple[Tensor, Tensor, Any]:
        """Predict what follows ``token``, ``(b,)``: logits, weights, next state."""
        hidden, look = state
        embedded = self.dropout(self.embed(token))
        feature, weights, hidden = self._advance(embedded, hidden, look)
        return self.out_proj(self.dropout(feature)), weights[:, 0], (hidden, look)

    def _advance(self, embedded, hidden, look):
        context, weights = look(hidden[:, None])  # (b, 1, d_hidden), (b, 1, t_k)
        read = torch.cat([embedded, context[:, 0]], dim=-1)
        hidden = self.cell(read, hidden)
        return torch.cat([read, hidden], dim=-1), weights, hidden


class LuongDecoder(nn.Module):
    """Look back after each step: the state that has read token i is the query.

    Nothing that is read enters the states (no input feeding), so all states of a known
    target are computed first and all queries are asked at once.

    Args:
        vocab: how many target tokens there are.
        d_embed: width of a token's vector.
        d_hidden: width of the states, the encoder's and its own.
        attention: a module called with queries, keys, values and a mask.
        dropout: share of numbers that training switches off.

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.
    """

    def __init__(self, vocab, d_embed, d_hidden, attention: nn.Module, dropout=0.0):
        super().__init__()
        self.embed = nn.Embedding(vocab, d_embed)
        self.dropout = nn.Dropout(dropout)
        self.first = nn.Linear(d_hidden, d_hidden)
        self.gru = nn.GRU(d_embed, d_hidden, batch_first=True)
        self.attention = attention
        self.mix_proj = nn.Linear(2 * d_hidden, d_hidden)
        self.out_proj = nn.Linear(d_hidden, vocab)

    def forward(self, tokens: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """Predict what follows each of ``tokens``, ``(b, t_q)``.

        Returns:
            logits ``(b, t_q, vocab)`` and weights ``(b, t_q, t_k)``.
        """
        states = self.states(tokens, memory)
        context, weights = self._look(states, memory)
        return self._predict(context, states), weights

    def states(self, tokens: Tensor, memory: Memory) -> Tensor:
        """What has been read up to each of ``tokens``: the queries, ``(b, t_q, d)``."""
        return self.gru(self.dropout(self.embed(tokens)), self._start(memory))[0]

    def begin(self, memory: Memory) -> Any:
        """The state before the first token, and no queries so far."""
        hidden = self._start(memory)
        return hidden, hidden[0][:, None][:, :0], memory

    def step(self, token: Tensor, state: Any) -> tuple[Tensor, Tensor, Any]:
        """Predict what follows ``token``, ``(b,)``: logits, weights, next state."""
        hidden, asked, memory = state
        new, hidden = self.gru(self.dropout(self.embed(token[:, None])), hidden)
        asked = torch.cat([asked, new], dim=1)  # a window counts the queries so far
        context, weights = self._look(asked, memory)
        logits = self._predict(context[:, -1], new[:, 0])
        return logits, weights[:, -1], (hidden, asked, memory)

    def _start(self, memory):
        return torch.tanh(self.first(memory.summary))[None]  # (1, b, d_hidden)

    def _look(self, states, memory):
        return self.attention(states, memory.states, memory.states, memory.mask)

    def _predict(self, context, states):
        mixed = torch.tanh(self.mix_proj(torch.cat([context, states], dim=-1)))
        return self.out_proj(self.dropout(mixed))


class Seq2Seq(nn.Module):
    """An encoder that reads and a decoder that writes.

    Example:
        >>> model = Seq2Seq(Encoder(7, 2, 4), FixedVectorDecoder(11, 2, 4))
        >>> source, target = torch.tensor([[4, 5, 6]]), torch.tensor([[1, 8, 2]])
        >>> model(source, target)[0].shape
        torch.Size([1, 3, 11])
    """

    def __init__(self, encoder: Encoder, decoder: nn.Module):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, source: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor | None]:
        """Predict what follows each target token when all before it are given.

        Args:
            source: token numbers, 0 for padding, ``(b, t_k)``.
            tokens: target token numbers, 0 for padding, ``(b, t_q)``.

        Returns:
            logits ``(b, t_q, vocab)`` and weights ``(b, t_q, t_k)``, or None in their
            place from a decoder that does not look back.
        """
        check_tokens(source, function="Seq2Seq", argument="source")
        check_tokens(tokens, function="Seq2Seq", argument="tokens")
        check_shape(
            tokens,
            (len(source), tokens.shape[1]),
            axes="(b, t_q)",
            function="Seq2Seq",
            argument="tokens",
        )
        return self.decoder(tokens, self.encoder(source))

    @torch.no_grad()
    def translate(
        self, source: Tensor, *, start: int, end: int, most: int
    ) -> tuple[Tensor, Tensor | None]:
        """Write the most likely token, read it, write the next: greedy decoding.

        Put the model into ``eval()`` first, or dropout has a hand in what is written.

        Args:
            source: token numbers, 0 for padding, ``(b, t_k)``.
            start: token that the decoder reads first.
            end: token after which a sentence is complete.
            most: how many tokens to write at most.

        Returns:
            tokens ``(b, t_q)``, 0 after the end, and weights ``(b, t_q, t_k)`` or None.
        """
        check_tokens(source, function="translate", argument="source")
        check_count(most, function="translate", argument="most")
        state = self.decoder.begin(self.encoder(source))
        token = source.new_full((len(source),), start)
        done = torch.zeros_like(token, dtype=torch.bool)
        tokens, rows = [], []
        while len(tokens) < most and not done.all():
            logits, weights, state = self.decoder.step(token, state)
            token = logits.argmax(dim=-1).masked_fill(done, PADDING)
            done = done | (token == end)
            tokens.append(token)
            rows.append(weights)
        looked = weights is not None
        return torch.stack(tokens, dim=1), torch.stack(rows, dim=1) if looked else None


def next_token_loss(model: Seq2Seq, batch: Sequence[Tensor]) -> Tensor:
    """Mean surprise, in nats, at each next token of the target; padding is left out.

    Args:
        model: a ``Seq2Seq``.
        batch: source ``(b, t_k)`` and target ``(b, t_q)``, which begins with the start
            token and ends with the end token; of torch or numpy.
    """
    source, target = map(torch.as_tensor, batch)
    logits, _ = model(source, target[:, :-1])
    return functional.cross_entropy(
        logits.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PADDING
    )
