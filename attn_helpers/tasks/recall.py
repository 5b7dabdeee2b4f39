"""Sequences that ask, at the very end, for something that stood further back."""

import numpy as np

from attn_helpers._checks import check_between, check_count, check_generator

VALUES = 8  # what may be remembered; guessing is right once in eight
KEYS = 32  # the names it can be asked for by


def one_item(
    rng: np.random.Generator, samples: int, distance: int
) -> tuple[np.ndarray, np.ndarray]:
    """One marked item, then items that do not matter, then the question.

    Args:
        rng: numpy random generator.
        samples: how many sequences, ``b``.
        distance: how many steps before the question the marked item stands.

    Returns:
        x, float32 ``(b, distance + 1, 10)``: which of 8 values a step shows, whether it
        is the marked one, and whether this is the question; and the marked value,
        ``(b,)``, counted from 0.

    Example:
        >>> x, value = one_item(np.random.default_rng(0), samples=1, distance=2)
        >>> x[0].astype(int), value
        (array([[0, 0, 0, 0, 0, 0, 1, 0, 1, 0],
               [0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
               [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]), array([6]))
    """
    samples, distance = _read(rng, samples, distance, "distance", function="one_item")
    shown = rng.integers(0, VALUES, (samples, distance))
    x = np.zeros((samples, distance + 1, VALUES + 2), dtype=np.float32)
    x[:, :distance, :VALUES] = np.eye(VALUES)[shown]
    x[:, 0, VALUES] = 1.0
    x[:, -1, VALUES + 1] = 1.0
    return x, shown[:, 0]


def dictionary(
    rng: np.random.Generator, samples: int, pairs: int, distance: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of a key and a value, then one of the keys: which value belongs to it?

    Args:
        rng: numpy random generator.
        samples: how many sequences, ``b``.
        pairs: how many pairs each sequence holds, at most 32; no key comes twice.
        distance: how many steps before the question the pair stands that it asks for;
            drawn anew for each sequence if not given.

    Returns:
        x, float32 ``(b, pairs + 1, 40)``: which of 32 keys a step shows, and which of 8
        values (none in the last step); and the value asked for, ``(b,)``.

    Example:
        >>> x, value = dictionary(np.random.default_rng(0), samples=2, pairs=3)
        >>> x.shape, x[0].sum(axis=-1), value
        ((2, 4, 40), array([2., 2., 2., 1.], dtype=float32), array([0, 3]))
    """
    samples, pairs = _read(rng, samples, pairs, "pairs", function="dictionary")
    check_between(pairs, 1, KEYS, function="dictionary", argument="pairs")
    if distance is None:
        distance = rng.integers(1, pairs + 1, samples)
    else:
        check_between(distance, 1, pairs, function="dictionary", argument="distance")
        check_count(distance, function="dictionary", argument="distance")
    keys = rng.permuted(np.tile(np.arange(KEYS), (samples, 1)), axis=1)[:, :pairs]
    values = rng.integers(0, VALUES, (samples, pairs))
    row, asked = np.arange(samples), pairs - distance
    x = np.zeros((samples, pairs + 1, KEYS + VALUES), dtype=np.float32)
    x[:, :pairs, :KEYS] = np.eye(KEYS)[keys]
    x[:, :pairs, KEYS:] = np.eye(VALUES)[values]
    x[:, -1, :KEYS] = np.eye(KEYS)[keys[row, asked]]
    return x, values[row, asked]


def _read(rng, samples, length, name, *, function):
    check_generator(rng, function=function)
    samples = check_count(samples, function=function, argument="samples")
    return samples, check_count(length, function=function, argument=name)
