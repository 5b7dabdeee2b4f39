"""Sequences that begin at random and then repeat themselves.

While a block is new, nobody can predict it. Once it comes round again, whoever finds
where the present token stood before can read the next one there.

Source: generated here, so there is no licence to observe; the task is that of Elhage et
al. (2021), *A mathematical framework for transformer circuits*, and Olsson et al.
(2022), arXiv:2209.11895.
"""

import math

import numpy as np

from attn_helpers._checks import check_count, check_generator, complaint

VOCAB, LENGTH = 32, 24
SHORTEST, LONGEST = 6, 12  # tokens in a block


def repeats(
    rng: np.random.Generator,
    count: int,
    *,
    block: tuple[int, int] = (SHORTEST, LONGEST),
    length: int = LENGTH,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw sequences, each one block of its own over and over.

    How long a block is differs from sequence to sequence, so that no fixed distance
    leads back to the earlier round.

    Args:
        rng: numpy random generator.
        count: how many sequences.
        block: how many tokens a block has, the least and the most.
        length: how many tokens a sequence has, ``t``.

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
    shortest, longest = block
    if not 1 <= shortest <= longest <= length:
        rule = "block must be the least and the most, from 1 to length"
        got = f"block={block}, length={length}"
        raise ValueError(complaint("repeats", rule, got))
    size = rng.integers(shortest, longest + 1, size=(count, 1))
    tokens = rng.integers(VOCAB, size=(count, longest))
    place = np.arange(length)
    return np.take_along_axis(tokens, place % size, axis=1), place < size


def least_loss() -> float:
    """A mean loss per predicted token that no honest predictor can expect to beat.

    A fresh token costs ln ``VOCAB`` at the least; we count all others as free.
    """
    mean_fresh = (SHORTEST + LONGEST) / 2 - 1  # the first token is not predicted
    return mean_fresh / (LENGTH - 1) * math.log(VOCAB)
