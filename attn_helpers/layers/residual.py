"""A sublayer adds its output to what came in, and a norm stands before or after."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from attn_helpers._checks import anything, check_axes
from attn_helpers.layers.dropout import optional_dropout

ROWS = anything("(..., t, d_model)")


class PreNorm(nn.Module):
    """``x + sublayer(norm(x))``: the sublayer reads rows that are normalised.

    The sum itself is never normalised, so a stack of these needs one more norm at its
    end.

    Args:
        norm: such as ``nn.LayerNorm(d_model)`` or ``nn.RMSNorm(d_model)``.
        dropout: share of the numbers that a sublayer adds which training switches off.

    Example:
        >>> import torch
        >>> around = PreNorm(nn.LayerNorm(2))
        >>> around(torch.tensor([[3.0, 5.0]]), lambda x: 10 * x).round().tolist()
        [[-7.0, 15.0]]

    Source: Xiong et al. (2020), arXiv:2002.04745, figure 1 (b).
    """

    def __init__(self, norm: nn.Module, dropout: float = 0.0):
        super().__init__()
        self.norm, self.dropout = norm, optional_dropout(dropout)

    def forward(self, x: Tensor, sublayer: Callable[[Tensor], Any]) -> Any:
        """Add to ``x`` what ``sublayer`` makes of it.

        Args:
            x: ``(..., t, d_model)``.
            sublayer: function of rows like ``x``. It returns the same shape, or a pair
                of that and something else, as attention returns its weights, too.

        Returns:
            ``(..., t, d_model)``, or a pair of that and the something else.
        """
        change, beside = _change_of("PreNorm", x, sublayer(self.norm(x)))
        return _with(beside, x + self.dropout(change))


class PostNorm(nn.Module):
    """``norm(x + sublayer(x))``: the sum is normalised, as in the paper of 2017.

    Args:
        norm: such as ``nn.LayerNorm(d_model)`` or ``nn.RMSNorm(d_model)``.
        dropout: share of the numbers that a sublayer adds which training switches off.

    Example:
        >>> import torch
        >>> around = PostNorm(nn.LayerNorm(2))
        >>> around(torch.tensor([[3.0, 5.0]]), lambda x: 10 * x).round().tolist()
        [[-1.0, 1.0]]

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.1, with the dropout of
    section 5.4.
    """

    def __init__(self, norm: nn.Module, dropout: float = 0.0):
        super().__init__()
        self.norm, self.dropout = norm, optional_dropout(dropout)

    def forward(self, x: Tensor, sublayer: Callable[[Tensor], Any]) -> Any:
        """Add what ``sublayer`` makes of ``x``, and normalise; see ``PreNorm``."""
        change, beside = _change_of("PostNorm", x, sublayer(x))
        return _with(beside, self.norm(x + self.dropout(change)))


def _change_of(function, x, returned):
    """What a sublayer adds to ``x``, and in a list what else it has returned."""
    change, *beside = returned if isinstance(returned, tuple) else (returned,)
    alike = isinstance(change, Tensor) and change.shape == x.shape
    if not alike:  # find out in which axes, and say so
        check_axes(function, x=(x, ROWS), change=(change, ROWS))
    return change, beside


def _with(beside, x):
    return (x, *beside) if beside else x
