"""Sequences that begin at random and then repeat themselves.

While a block is new, nobody can predict it. Once it comes round again, whoever finds
where the present token stood before can read the next one there.

Source: generated here, so there is no licence to observe; the task is that of Elhage et
al. (2021), *A mathematical framework for transformer circuits*, and Olsson et al.
(2022), arXiv:2209.11895.
"""

import math

import numpy as np

from attn_helpers._checks import check_count, check_generator

VOCAB, LENGTH = 32, 24
SHORTEST, LONGEST = 6, 12  # tokens in a block


def repeats(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw sequences of ``LENGTH`` tokens, each one block of its own over and over.

    Args:
        rng: numpy random generator.
        count: how many sequences.

    Returns:
        ids ``(b, t)`` below ``VOCAB``, and fresh ``(b, t)``, True while the block runs
        for the first time.

    Example:
        >>> ids, fresh = repeats(np.random.default_rng(0), 2)
        >>> ids.shape, fresh.sum(axis=1).tolist()
        ((2, 24), [11, 10])
    """
    check_generator(rng, function="repeats")
    check_count(count, function="repeats", argument="count")
    length = rng.integers(SHORTEST, LONGEST + 1, size=(count, 1))
    block = rng.integers(VOCAB, size=(count, LONGEST))
    place = np.arange(LENGTH)
    return np.take_along_axis(block, place % length, axis=1), place < length


def least_loss() -> float:
    """A mean loss per predicted token that no honest predictor can expect to beat.

    A fresh token costs ln ``VOCAB`` at the least; we count all others as free.
    """
    mean_fresh = (SHORTEST + LONGEST) / 2 - 1  # the first token is not predicted
    return mean_fresh / (LENGTH - 1) * math.log(VOCAB)
