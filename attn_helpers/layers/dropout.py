"""Dropout, and no work where nothing is dropped."""

from torch import nn


def optional_dropout(rate: float) -> nn.Module:
    """Dropout at a rate, or what leaves its input alone if the rate is 0.

    ``nn.Dropout(0.0)`` does the same, and in a model that writes token by token it
    takes as long as a small matrix product.

    Args:
        rate: share of the numbers that training switches off.

    Example:
        >>> optional_dropout(0.1), optional_dropout(0.0)
        (Dropout(p=0.1, inplace=False), Identity())

    Source: Srivastava et al. (2014), *Dropout: a simple way to prevent neural networks
    from overfitting*, Journal of Machine Learning Research 15.
    """
    return nn.Dropout(rate) if rate else nn.Identity()
