"""Who may attend to whom. True = this query may attend to this key.

``first`` is the place of query 0 among the keys. It is 0 if not given: queries and keys
start together. A model that has stored n earlier keys and asks only about the newest
token has ``t_q`` = 1, ``t_k`` = n + 1 and ``first`` = n.
"""

import numpy as np

from attn_helpers._checks import (
    check_array,
    check_count,
    check_integer,
    check_natural,
    takes,
    whole,
)


@takes(t_q=check_count, t_k=check_count, first=check_integer)
def causal_mask(t_q: int, t_k: int | None = None, first: int = 0) -> np.ndarray:
    """Let each query see its own position and what came before it.

    Args:
        t_q: number of queries.
        t_k: number of keys; the same as ``t_q`` if not given.
        first: the place of query 0 among the keys.

    Returns:
        mask, ``(t_q, t_k)``.

    Example:
        >>> causal_mask(3).astype(int)
        array([[1, 0, 0],
               [1, 1, 0],
               [1, 1, 1]])
        >>> causal_mask(2, 4, first=2).astype(int)  # the newest two of four
        array([[1, 1, 1, 0],
               [1, 1, 1, 1]])
    """
    i, j = _places(t_q, t_k, first)
    return j <= i


@takes(t_q=check_count, radius=check_natural, t_k=check_count, first=check_integer)
def window_mask(
    t_q: int, radius: int, t_k: int | None = None, first: int = 0
) -> np.ndarray:
    """Let each query see the keys at most ``radius`` positions away.

    Args:
        t_q: number of queries.
        radius: 0 sees only its own position.
        t_k: number of keys; the same as ``t_q`` if not given.
        first: the place of query 0 among the keys.

    Returns:
        mask, ``(t_q, t_k)``.

    Example:
        >>> window_mask(4, radius=1).astype(int)
        array([[1, 1, 0, 0],
               [1, 1, 1, 0],
               [0, 1, 1, 1],
               [0, 0, 1, 1]])
    """
    i, j = _places(t_q, t_k, first)
    return np.abs(i - j) <= radius


@takes(t_q=check_count, prefix=check_natural, t_k=check_count, first=check_integer)
def prefix_mask(
    t_q: int, prefix: int, t_k: int | None = None, first: int = 0
) -> np.ndarray:
    """Let every query see the whole prefix, and after it only what came before.

    A model reads its prompt, the prefix, in both directions and writes on causally.

    Args:
        t_q: number of queries.
        prefix: how many keys at the start are open to all; 0 is the causal mask.
        t_k: number of keys; the same as ``t_q`` if not given.
        first: the place of query 0 among the keys.

    Returns:
        mask, ``(t_q, t_k)``.

    Example:
        >>> prefix_mask(4, prefix=2).astype(int)
        array([[1, 1, 0, 0],
               [1, 1, 0, 0],
               [1, 1, 1, 0],
               [1, 1, 1, 1]])
    """
    i, j = _places(t_q, t_k, first)
    return (j <= i) | (j < prefix)


@takes(lengths=whole("(b,)"), t_k=check_count)
def padding_mask(lengths: np.ndarray, t_k: int) -> np.ndarray:
    """Hide the padding that fills short sequences up to a common length.

    Args:
        lengths: ``(b,)``, how many keys of each sequence are no padding.
        t_k: the common length.

    Returns:
        mask, ``(b, 1, t_k)``, the same for every query of a sequence.

    Example:
        >>> padding_mask([1, 3], t_k=3).astype(int)
        array([[[1, 0, 0]],
        <BLANKLINE>
               [[1, 1, 1]]])
    """
    names = {"function": "padding_mask", "argument": "lengths"}
    lengths = check_array(lengths, whole("(b,)", 0, t_k), **names)
    return np.arange(t_k) < lengths[:, None, None]


def _places(t_q, t_k, first):
    """Where the queries stand, ``(t_q, 1)``, and where the keys, ``(t_k,)``."""
    return first + np.arange(t_q)[:, None], np.arange(t_q if t_k is None else t_k)
