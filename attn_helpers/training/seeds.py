"""Seeds that hold for a block of code alone."""

from collections.abc import Generator
from contextlib import contextmanager

import torch


@contextmanager
def seeded(seed: int) -> Generator[None]:
    """Give torch's own dice a seed for a while, and then their old state back.

    These are the dice of the CPU, on which everything in this book is computed.

    Example:
        >>> from torch import nn
        >>> with seeded(0):
        ...     layer = nn.Linear(2, 3)
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
