"""Who may attend to whom. True = this query may attend to this key."""

import numpy as np

from attn_helpers._checks import check_count, check_lengths


def causal_mask(t_q, t_k=None):
    """Let each query see its own position and what came before it.

    With fewer queries than keys the last query lines up with the last key, as it does
    when a model has stored earlier keys and asks only about the newest tokens.

    Args:
        t_q: number of queries.
        t_k: number of keys; the same as ``t_q`` if not given.

    Returns:
        mask, ``(t_q, t_k)``.

    Example:
        >>> causal_mask(2, 4).astype(int)
        array([[1, 1, 1, 0],
               [1, 1, 1, 1]])
    """
    i, j = _positions(t_q, t_k, function="causal_mask")
    return j <= i


def window_mask(t_q, radius, t_k=None):
    """Let each query see the keys at most ``radius`` positions away.

    Args:
        t_q: number of queries.
        radius: 0 sees only its own position.
        t_k: number of keys; the last query lines up with the last key.

    Returns:
        mask, ``(t_q, t_k)``.

    Example:
        >>> window_mask(4, radius=1).astype(int)
        array([[1, 1, 0, 0],
               [1, 1, 1, 0],
               [0, 1, 1, 1],
               [0, 0, 1, 1]])
    """
    i, j = _positions(t_q, t_k, function="window_mask")
    radius = check_count(radius, function="window_mask", argument="radius", least=0)
    return np.abs(i - j) <= radius


def prefix_mask(t_q, prefix, t_k=None):
    """Let every query see the whole prefix, and after it only what came before.

    A model reads its prompt, the prefix, in both directions and writes on causally.

    Args:
        t_q: number of queries.
        prefix: how many first keys are open to all; 0 is the causal mask.
        t_k: number of keys; the last query lines up with the last key.

    Returns:
        mask, ``(t_q, t_k)``.

    Example:
        >>> prefix_mask(4, prefix=2).astype(int)
        array([[1, 1, 0, 0],
               [1, 1, 0, 0],
               [1, 1, 1, 0],
               [1, 1, 1, 1]])
    """
    i, j = _positions(t_q, t_k, function="prefix_mask")
    prefix = check_count(prefix, function="prefix_mask", argument="prefix", least=0)
    return (j <= i) | (j < prefix)


def padding_mask(lengths, t_k):
    """Hide the padding that fills short sequences up to a common length.

    Args:
        lengths: ``(b,)``, how many keys of each sequence are real.
        t_k: the common length.

    Returns:
        mask, ``(b, 1, t_k)``, the same for every query of a sequence.

    Example:
        >>> padding_mask([1, 3], t_k=3).astype(int)
        array([[[1, 0, 0]],
        <BLANKLINE>
               [[1, 1, 1]]])
    """
    t_k = check_count(t_k, function="padding_mask", argument="t_k")
    lengths = check_lengths(lengths, t_k, function="padding_mask")
    return np.arange(t_k) < lengths[:, None, None]


def _positions(t_q, t_k, *, function):
    """Positions of the queries, ``(t_q, 1)``, and of the keys, ``(t_k,)``."""
    t_q = check_count(t_q, function=function, argument="t_q")
    t_k = t_q if t_k is None else check_count(t_k, function=function, argument="t_k")
    return np.arange(t_k - t_q, t_k)[:, None], np.arange(t_k)
