"""Where a token stands, told by angles: sinusoids to add and rotations of q and k."""

from functools import partial

import numpy as np

from attn_helpers._checks import (
    check_count,
    check_even,
    check_integer,
    check_positive,
    spread,
    takes,
)

TURNED = {"x": "(..., t, d_k)", "positions": spread("(..., t)"), "base": check_positive}


@takes(d=check_even, base=check_positive)
def frequencies(d: int, base: float = 10_000.0) -> np.ndarray:
    """How far the clock hand of each pair of numbers turns in one step, in radians.

    The first pair turns by 1 a step; each next one is slower by the same factor, and
    the last one is almost ``base`` times slower than the first.

    Args:
        d: width of the vector, even.
        base: how many times slower a pair one past the last would turn.

    Returns:
        ``(d / 2,)``: ``base`` to the power ``-2 i / d`` for pair ``i``.

    Example:
        >>> frequencies(4)
        array([1.  , 0.01])
    """
    return base ** -(np.arange(0, d, 2) / d)


@takes(length=check_count, d_model=check_even, base=check_positive, first=check_integer)
def sinusoidal_positions(
    length: int, d_model: int, base: float = 10_000.0, first: int = 0
) -> np.ndarray:
    """One vector a position, to be added to the embedding: sin, cos, sin, cos, …

    Args:
        length: number of positions.
        d_model: width of the vectors, even.
        base: sets the slowest frequency, see ``frequencies``.
        first: the position of the first vector.

    Returns:
        ``(length, d_model)``; columns ``2 i`` and ``2 i + 1`` share a frequency.

    Example:
        >>> sinusoidal_positions(2, 4).round(3)
        array([[0.   , 1.   , 0.   , 1.   ],
               [0.841, 0.54 , 0.01 , 1.   ]])

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.5.
    """
    positions = first + np.arange(length)[:, None]
    angles = positions * frequencies(d_model, base)  # (length, d / 2)
    waves = np.stack([np.sin(angles), np.cos(angles)], axis=-1)  # (length, d / 2, 2)
    return waves.reshape(length, d_model)


@takes(**TURNED)
def rope(x: np.ndarray, positions: np.ndarray, base: float = 10_000.0) -> np.ndarray:
    """Turn each pair of neighbours in ``x`` by an angle that grows with position.

    Apply it to queries and to keys, never to values: the dot product of a query turned
    by m steps and a key turned by n depends on the positions only through n - m.

    Args:
        x: queries or keys, ``(..., t, d_k)``, ``d_k`` even.
        positions: broadcasts to ``(..., t)``; need not be whole, nor start at 0.
        base: sets the slowest frequency, see ``frequencies``.

    Returns:
        ``(..., t, d_k)``, every vector as long as it was.

    Example:
        >>> rope([[1.0, 0.0], [1.0, 0.0]], [0, 1]).round(3)
        array([[1.   , 0.   ],
               [0.54 , 0.841]])

    Source: Su et al. (2021), arXiv:2104.09864, equation 34.
    """
    cos, sin = _turns(x, positions, base, function="rope")
    first, second = x[..., 0::2], x[..., 1::2]
    turned = [first * cos - second * sin, first * sin + second * cos]
    return np.stack(turned, axis=-1).reshape(x.shape)


@takes(**TURNED)
def rope_half_split(
    x: np.ndarray, positions: np.ndarray, base: float = 10_000.0
) -> np.ndarray:
    """The same turns for pairs that stand half a vector apart: i with i + d_k / 2.

    The pairing of GPT-NeoX, Llama in Hugging Face and many others. It is ``rope`` with
    the columns in another order (``half_split_order`` says which), so each of the two
    is right with its own weights and wrong with the other's.

    Args:
        x: queries or keys, ``(..., t, d_k)``, ``d_k`` even.
        positions: broadcasts to ``(..., t)``.
        base: sets the slowest frequency, see ``frequencies``.

    Returns:
        ``(..., t, d_k)``, every vector as long as it was.

    Example:
        >>> rope_half_split([[1.0, 2.0, 0.0, 0.0]], [1]).round(3)
        array([[0.54 , 2.   , 0.841, 0.02 ]])
    """
    cos, sin = _turns(x, positions, base, function="rope_half_split")
    first, second = np.split(x, 2, axis=-1)
    turned = [first * cos - second * sin, first * sin + second * cos]
    return np.concatenate(turned, axis=-1)


@takes(d_k=check_even)
def half_split_order(d_k: int) -> np.ndarray:
    """Which column of the neighbours' layout each column of the half-split one is.

    ``rope_half_split(x[..., order], p)`` equals ``rope(x, p)[..., order]``.

    Args:
        d_k: width of the vectors, even.

    Returns:
        ``(d_k,)`` column numbers: the even ones, then the odd ones.

    Example:
        >>> half_split_order(6)
        array([0, 2, 4, 1, 3, 5])
    """
    return np.arange(d_k).reshape(-1, 2).T.ravel()


@takes(length=check_count, trained=check_count)
def interpolated_positions(length: int, trained: int) -> np.ndarray:
    """Squeeze ``length`` positions into the range that a model was trained on.

    Args:
        length: number of positions wanted.
        trained: number of positions seen in training; fewer than that stay as they are.

    Returns:
        ``(length,)``: 0, trained / length, 2 · trained / length, …

    Example:
        >>> interpolated_positions(4, trained=2)
        array([0. , 0.5, 1. , 1.5])

    Source: Chen et al. (2023), arXiv:2306.15595, equation 4.
    """
    return np.arange(length) * min(1.0, trained / length)


@takes(d_k=partial(check_even, least=4), factor=check_positive, base=check_positive)
def ntk_base(d_k: int, factor: float, base: float = 10_000.0) -> float:
    """A larger base that slows the last pair ``factor`` times and the first not at all.

    Args:
        d_k: width of the vectors that turn, even and at least 4.
        factor: how many times the trained length.
        base: the base of training.

    Returns:
        the new base, a float.

    Example:
        >>> round(ntk_base(4, factor=2.0))
        40000

    Source: Peng et al. (2023), arXiv:2309.00071, section 3.1, who credit bloc97.
    """
    return base * factor ** (d_k / (d_k - 2))


def _turns(x, positions, base, *, function):
    """Cosine and sine, ``(..., t, d_k / 2)``, of how far each pair of ``x`` turns."""
    d_k = check_even(x.shape[-1], function=function, argument="d_k")
    # Angles in float64: float16 holds no whole number above 2048 exactly.
    angles = positions.astype(np.float64)[..., None] * frequencies(d_k, base)
    return np.cos(angles).astype(x.dtype), np.sin(angles).astype(x.dtype)
