"""What a block does to each row by itself: widen it, bend it, narrow it again."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from attn_helpers._checks import check_axes
from attn_helpers.layers.dropout import optional_dropout

X = "(..., d_model)"


class FeedForward(nn.Module):
    """Widen each row, apply the activation, and narrow the row again.

    Args:
        d_model: width of what comes in and goes out.
        d_ff: width inside; four times ``d_model`` in the paper.
        activation: what is applied inside, to each number by itself:
            ``functional.relu`` as in the paper, or ``functional.gelu``.
        dropout: share of the numbers inside that training switches off.

    Example:
        >>> import torch
        >>> FeedForward(d_model=3, d_ff=12)(torch.ones(2, 5, 3)).shape
        torch.Size([2, 5, 3])

    Source: Vaswani et al. (2017), arXiv:1706.03762, equation 2; Hendrycks and Gimpel
    (2016), arXiv:1606.08415, for GELU.
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int,
        activation: Callable[[Tensor], Tensor] = functional.relu,
        dropout: float = 0.0,
    ):
        super().__init__()
        self.sizes, self.activation = {"d_model": d_model}, activation
        self.widen = nn.Linear(d_model, d_ff)
        self.narrow = nn.Linear(d_ff, d_model)
        self.dropout = optional_dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """``(..., d_model)`` -> ``(..., d_model)``, each row by itself."""
        check_axes("FeedForward", self.sizes, x=(x, X))
        return self.narrow(self.dropout(self.activation(self.widen(x))))


class GatedFeedForward(nn.Module):
    """Widen each row twice, let one multiply the other as a gate, and narrow it again.

    It has three matrices where ``FeedForward`` has two. With a ``d_ff`` that is 2/3 as
    large, three matrices hold as many numbers as two did, and cost as much. So
    published models take 8/3 · ``d_model`` in place of 4 · ``d_model``.

    Args:
        d_model: width of what comes in and goes out.
        d_ff: width inside.
        activation: what is applied to the gate. With ``functional.silu`` this is
            SwiGLU, with ``functional.gelu`` GEGLU.

    Example:
        >>> import torch
        >>> GatedFeedForward(d_model=3, d_ff=8)(torch.ones(2, 5, 3)).shape
        torch.Size([2, 5, 3])
        >>> sum(p.numel() for p in GatedFeedForward(3, 8).parameters())
        72
        >>> sum(p.numel() for p in FeedForward(3, 12).parameters() if p.ndim == 2)
        72

    Source: Shazeer (2020), arXiv:2002.05202, equation 6, which has no biases.
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int,
        activation: Callable[[Tensor], Tensor] = functional.silu,
    ):
        super().__init__()
        self.sizes, self.activation = {"d_model": d_model}, activation
        self.gate = nn.Linear(d_model, d_ff, bias=False)
        self.widen = nn.Linear(d_model, d_ff, bias=False)
        self.narrow = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(..., d_model)`` -> ``(..., d_model)``, each row by itself."""
        check_axes("GatedFeedForward", self.sizes, x=(x, X))
        return self.narrow(self.activation(self.gate(x)) * self.widen(x))
