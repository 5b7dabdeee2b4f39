"""A recurrent network that reads a sentence, and three that write its translation.

``Seq2Seq(Encoder(...), decoder)`` with one of

* ``FixedVectorDecoder``: has one vector for the whole sentence;
* ``BahdanauDecoder``: looks back before each step of its state;
* ``LuongDecoder``: looks back after it, so that training reads a whole target at once.

Sentences are rows of token numbers, filled up with 0 on the right.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from attn_helpers._checks import (
    check_axes,
    check_count,
    check_probability,
    complaint,
    shapes,
    whole,
)
from attn_helpers.layers.attention import ScoreAttention
from attn_helpers.layers.recurrent import BidirectionalGRU
from attn_helpers.layers.values import found

PADDING = 0
SOURCE, TOKENS = whole("(b, t_k)"), whole("(b, t_q)")


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


S = TypeVar("S")  # what a decoder keeps from one token to the next


class Decoder(Protocol[S]):
    """What ``Seq2Seq`` asks of the part that writes.

    A state holds, in tuples or lists, tensors whose first axis is the batch, and
    ``KVCache``s; functions in it may depend on the source alone. Then ``beam_search``
    can pick the rows of it that it goes on from. No step changes a state in place.
    """

    def __call__(self, tokens: Tensor, memory: Memory) -> tuple[Tensor, Tensor | None]:
        """Predict what follows each of ``tokens``, ``(b, t_q)``.

        Returns:
            logits ``(b, t_q, vocab)``, and weights ``(b, t_q, t_k)`` or None from a
            decoder that does not look back.
        """

    def begin(self, memory: Memory) -> S:
        """The state before the first token."""

    def step(self, token: Tensor, state: S) -> tuple[Tensor, Tensor | None, S]:
        """Predict what follows one more token of each sentence, ``(b,)``.

        Returns:
            logits ``(b, vocab)``, weights ``(b, t_k)`` or None, and the state after it.
        """


class Looking(NamedTuple):
    """The state of a decoder that looks back.

    Attributes:
        hidden: its recurrent state, ``(b, d_hidden)``.
        look: lets queries ``(b, t_q, d_hidden)`` attend to the source, the first of
            them at the place ``first``; what depends on the source alone is done.
        first: the place of the next token.
    """

    hidden: Tensor
    look: Callable[..., tuple[Tensor, Tensor]]
    first: int = 0


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
        """Read ``source``, ``(b, t_k)`` token numbers, padded with 0 on the right."""
        mask = source != PADDING
        _require_padding_on_the_right("Encoder", mask)
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
        logits, _ = self._read(tokens, *self.begin(memory))
        return logits, None

    def begin(self, memory: Memory) -> tuple[Tensor, Tensor]:
        """The state before the first token: a hidden state, and the one vector."""
        return _first_state(self.first, memory), memory.summary

    def step(
        self, token: Tensor, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, None, tuple[Tensor, Tensor]]:
        """Predict what follows ``token``, ``(b,)``: logits, None and the next state."""
        logits, hidden = self._read(token[:, None], *state)
        return logits[:, 0], None, (hidden, state[1])

    def _read(self, tokens, hidden, summary):
        context = summary[:, None].expand(-1, tokens.shape[1], -1)
        embedded = self.dropout(self.embed(tokens))
        read = torch.cat([embedded, context], dim=-1)
        states, hidden = self.gru(read, hidden[None])
        mixed = torch.tanh(self.mix_proj(torch.cat([context, states], dim=-1)))
        return self.out_proj(self.dropout(mixed)), hidden[0]


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

    def __init__(
        self,
        vocab: int,
        d_embed: int,
        d_hidden: int,
        attention: ScoreAttention,
        dropout: float = 0.0,
    ):
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
        state = self.begin(memory)
        features, rows = [], []
        for embedded in self.dropout(self.embed(tokens)).unbind(dim=1):
            feature, weights, state = self._advance(embedded, state)
            features.append(feature)
            rows.append(weights)
        logits = self.out_proj(self.dropout(torch.stack(features, dim=1)))
        return logits, torch.stack(rows, dim=1)

    def begin(self, memory: Memory) -> Looking:
        """The state before the first token."""
        look = self.attention.prepare(memory.states, memory.states, memory.mask)
        return Looking(_first_state(self.first, memory), look)

    def step(self, token: Tensor, state: Looking) -> tuple[Tensor, Tensor, Looking]:
        """Predict what follows ``token``, ``(b,)``: logits, weights, next state."""
        embedded = self.dropout(self.embed(token))
        feature, weights, state = self._advance(embedded, state)
        return self.out_proj(self.dropout(feature)), weights, state

    def _advance(self, embedded, state):
        context, weights = state.look(state.hidden[:, None], first=state.first)
        read = torch.cat([embedded, context[:, 0]], dim=-1)
        hidden = self.cell(read, state.hidden)
        feature = torch.cat([read, hidden], dim=-1)
        return feature, weights[:, 0], Looking(hidden, state.look, state.first + 1)


class LuongDecoder(nn.Module):
    """Look back after each step: the state that has read token i is the query.

    Nothing that is read enters the states (no input feeding), so all states of a known
    target are computed first and all queries are asked at once.

    Args:
        vocab: how many target tokens there are.
        d_embed: width of a token's vector.
        d_hidden: width of the states, the encoder's and its own.
        attention: such as ``ScoreAttention(DotScore())``.
        dropout: share of numbers that training switches off.

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.
    """

    def __init__(
        self,
        vocab: int,
        d_embed: int,
        d_hidden: int,
        attention: ScoreAttention,
        dropout: float = 0.0,
    ):
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
        logits, weights, _ = self._read(tokens, self.begin(memory))
        return logits, weights

    def states(self, tokens: Tensor, memory: Memory) -> Tensor:
        """What has been read up to each of ``tokens``: the queries, ``(b, t_q, d)``."""
        return self._states(tokens, _first_state(self.first, memory))[0]

    def begin(self, memory: Memory) -> Looking:
        """The state before the first token."""
        look = self.attention.prepare(memory.states, memory.states, memory.mask)
        return Looking(_first_state(self.first, memory), look)

    def step(self, token: Tensor, state: Looking) -> tuple[Tensor, Tensor, Looking]:
        """Predict what follows ``token``, ``(b,)``: logits, weights, next state."""
        logits, weights, state = self._read(token[:, None], state)
        return logits[:, 0], weights[:, 0], state

    def _read(self, tokens, state):
        """Read tokens, then let all of them look; the first stands where we are."""
        states, hidden = self._states(tokens, state.hidden)
        context, weights = state.look(states, first=state.first)
        mixed = torch.tanh(self.mix_proj(torch.cat([context, states], dim=-1)))
        state = Looking(hidden, state.look, state.first + tokens.shape[1])
        return self.out_proj(self.dropout(mixed)), weights, state

    def _states(self, tokens, hidden):
        states, hidden = self.gru(self.dropout(self.embed(tokens)), hidden[None])
        return states, hidden[0]


class Seq2Seq(nn.Module):
    """An encoder that reads and a decoder that writes.

    Example:
        >>> model = Seq2Seq(Encoder(7, 2, 4), FixedVectorDecoder(11, 2, 4))
        >>> source, target = torch.tensor([[4, 5, 6]]), torch.tensor([[1, 8, 2]])
        >>> model(source, target)[0].shape
        torch.Size([1, 3, 11])
    """

    def __init__(self, encoder: Callable[[Tensor], Memory], decoder: Decoder):
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
        asked = {"source": (source, SOURCE), "tokens": (tokens, TOKENS)}
        check_axes("Seq2Seq", **asked)
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
        check_axes("translate", source=(source, SOURCE))
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


def next_token_loss(
    model: Seq2Seq, batch: Sequence[Tensor], smoothing: float = 0.0
) -> Tensor:
    """Mean surprise, in nats, at each next token of the target; padding is left out.

    Args:
        model: a ``Seq2Seq``.
        batch: source ``(b, t_k)`` and target ``(b, t_q)``, which begins with the start
            token and ends with the end token; of torch or numpy.
        smoothing: the share of each answer that is spread over the whole vocabulary,
            the answer included. A loss of 0 is out of reach then: at its best it is the
            entropy of the smoothed answer.

    Source: Szegedy et al. (2015), arXiv:1512.00567, section 7, for the smoothing.
    """
    check_probability(smoothing, function="next_token_loss", argument="smoothing")
    source, target = map(torch.as_tensor, batch)
    check_axes("next_token_loss", target=(target, TOKENS))
    wanted = target[:, 1:]
    _require_something_to_learn("next_token_loss", target, wanted)
    logits, _ = model(source, target[:, :-1])
    return functional.cross_entropy(
        logits.flatten(0, 1),
        wanted.flatten(),
        ignore_index=PADDING,
        label_smoothing=smoothing,
    )


def _first_state(layer, memory):
    """What a decoder begins with, ``(b, d_hidden)``, made of the whole sentence."""
    # autocast narrows the layer's output, but not what the recurrence computes with
    return torch.tanh(layer(memory.summary)).to(memory.summary.dtype)


def _require_padding_on_the_right(function, mask):
    """Refuse padding before a token: a reader in order would stop at it."""
    if found(mask[:, 1:] & ~mask[:, :-1]):
        row = (mask[:, 1:] & ~mask[:, :-1]).any(1).nonzero()[0].item()
        rule = "padding must stand on the right of a sentence"
        got = f"a token after padding in source[{row}]"
        raise ValueError(complaint(function, rule, got))


def _require_something_to_learn(function, target, wanted):
    """Refuse a target without a next token: the mean over nothing is NaN."""
    if wanted.shape[1] == 0 or found((wanted == PADDING).all()):
        rule = "target must hold a token, other than padding, after the first"
        got = f"{shapes(target=target)} without one"
        raise ValueError(complaint(function, rule, got))
