"""A recurrent reader that looks at a sequence from both ends."""

from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from attn_helpers._checks import (
    check_even,
    check_lengths,
    check_rank,
    check_shape,
    check_tensor,
)


class BidirectionalGRU(nn.Module):
    """Read each sequence forwards and backwards, and never its padding.

    Args:
        d_in: width of the inputs.
        d_hidden: width of a state, half of it from each direction; even.

    Example:
        >>> import torch
        >>> states, summary = BidirectionalGRU(3, 8)(
        ...     torch.ones(2, 5, 3), torch.tensor([5, 2])
        ... )
        >>> states.shape, summary.shape, states[1, 2:].abs().max().item()
        (torch.Size([2, 5, 8]), torch.Size([2, 8]), 0.0)

    Source: Schuster and Paliwal (1997), "Bidirectional recurrent neural networks";
    Cho et al. (2014), arXiv:1406.1078, for the gated unit.
    """

    def __init__(self, d_in: int, d_hidden: int):
        super().__init__()
        check_even(d_hidden, function="BidirectionalGRU", argument="d_hidden")
        self.gru = nn.GRU(d_in, d_hidden // 2, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Read ``x``; the state of a position holds what stands on both sides of it.

        Args:
            x: ``(b, t, d_in)``.
            lengths: how many positions of each sequence are real, ``(b,)``, from 1.

        Returns:
            states ``(b, t, d_hidden)``, zero at the padding, and a summary
            ``(b, d_hidden)``: the last state of each direction.
        """
        name = "BidirectionalGRU"
        check_rank(x, "(b, t, d_in)", function=name, argument="x")
        check_tensor(lengths, function=name, argument="lengths")
        check_shape(
            lengths, x.shape[:1], axes="(b,)", function=name, argument="lengths"
        )
        check_lengths(lengths, x.shape[1], function=name, least=1)
        packed = pack_padded_sequence(
            x, lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        packed_states, last = self.gru(packed)
        states, _ = pad_packed_sequence(
            packed_states, batch_first=True, total_length=x.shape[1]
        )
        return states, last.transpose(0, 1).flatten(1)  # (b, 2, d / 2) -> (b, d)
