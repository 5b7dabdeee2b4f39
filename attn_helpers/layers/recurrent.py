"""A recurrent reader that looks at a sequence from both ends."""

import torch
from torch import Tensor, nn

from attn_helpers._checks import check_axes, check_even, complaint, whole
from attn_helpers.layers.values import found


class BidirectionalGRU(nn.Module):
    """Read each sequence forwards and backwards, and never its padding.

    Args:
        d_in: width of the inputs.
        d_hidden: width of a state, half of it from each direction; even.

    Example:
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
        self.sizes = {"d_in": d_in}
        self.forwards = nn.GRU(d_in, d_hidden // 2, batch_first=True)
        self.backwards = nn.GRU(d_in, d_hidden // 2, batch_first=True)

    def forward(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Read ``x``; the state of a position holds what stands on both sides of it.

        Args:
            x: ``(b, t, d_in)``.
            lengths: how many positions of each sequence are real, ``(b,)``, from 1; the
                rest, on the right, is padding, which may be anything.

        Returns:
            states ``(b, t, d_hidden)``, zero at the padding, and a summary
            ``(b, d_hidden)``: the last state of each direction.
        """
        name = "BidirectionalGRU"
        inputs = {"x": (x, "(b, t, d_in)"), "lengths": (lengths, whole("(b,)"))}
        check_axes(name, self.sizes, **inputs)
        _require_lengths(name, lengths, x.shape[1])
        places = torch.arange(x.shape[1], device=x.device)
        last = lengths.long()[:, None] - 1
        real = (places <= last)[..., None]  # (b, t, 1)
        mirrored = (last - places).clamp(min=0)  # from the last real one to the first
        x = torch.where(real, x, 0.0)
        to_the_right, _ = self.forwards(x)
        to_the_left, _ = self.backwards(_taken(x, mirrored))
        summary = [_taken(states, last)[:, 0] for states in (to_the_right, to_the_left)]
        states = torch.cat([to_the_right, _taken(to_the_left, mirrored)], dim=-1)
        return torch.where(real, states, 0.0), torch.cat(summary, dim=-1)


def _taken(x, places):
    """The rows of ``x``, ``(b, t, d)``, that stand at ``places``, ``(b, n)``."""
    return x.gather(1, places[..., None].expand(-1, -1, x.shape[-1]))


def _require_lengths(function, lengths, t):
    """Refuse a length below 1 or above ``t``."""
    bad = (lengths < 1) | (lengths > t)
    if found(bad):
        at = bad.nonzero()[0].item()
        got = f"{lengths[at].item()} at lengths[{at}]"
        raise ValueError(complaint(function, f"lengths must be from 1 to t={t}", got))
