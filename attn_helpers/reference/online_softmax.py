"""Attention piece by piece: a softmax that is never held as a whole.

What is kept of a query is one maximum, one sum and one row of outputs. It is
enough, as both sums of a softmax can be rescaled when a larger score comes.
"""

import math
from typing import NamedTuple

import numpy as np

from attn_helpers._checks import (
    check_count,
    complaint,
    mask,
    minus_inf,
    read_arrays,
    takes,
)

PAIRS = mask("(..., t_q, t_k)")
SCORES, VALUES = minus_inf("(..., t_q, t_k)"), "(..., t_k, d_v)"


class Running(NamedTuple):
    """What is known of queries after some of the keys.

    Args:
        maximum: the largest score so far, ``(..., t_q)``; -inf before the first one.
        total: the sum of ``exp(score - maximum)``, ``(..., t_q)``.
        mixture: the values in the same measure, ``(..., t_q, d_v)``: the sum of
            ``exp(score - maximum) * value``, not yet divided by ``total``.
    """

    maximum: np.ndarray
    total: np.ndarray
    mixture: np.ndarray


def _running(state, *, function, argument):
    """What an earlier call has returned."""
    if not isinstance(state, Running):
        rule = f"{argument} must be what start, update or merge returned"
        got = f"{argument} of type {type(state).__name__}"
        raise TypeError(complaint(function, rule, got))
    return state


def _parts(name, state):
    """The parts of a state under their names in a complaint, with their axes."""
    return {
        f"{name}.maximum": (state.maximum, minus_inf("(..., t_q)")),
        f"{name}.mixture": (state.mixture, "(..., t_q, d_v)"),
    }


@takes(t_q=check_count, d_v=check_count)
def start(t_q: int, d_v: int) -> Running:
    """Say what is known of ``t_q`` queries before they have seen any key.

    Args:
        t_q: how many queries.
        d_v: width of a value.

    Returns:
        a state whose maximum is -inf and whose sums are 0.

    Example:
        >>> start(t_q=2, d_v=1).maximum
        array([-inf, -inf])
    """
    nothing = np.zeros(t_q)
    return Running(nothing - np.inf, nothing, np.zeros((t_q, d_v)))


@takes(state=_running, scores=SCORES, v_tile=VALUES)
def update(state: Running, scores: np.ndarray, v_tile: np.ndarray) -> Running:
    """Let the queries see the next keys.

    Where a larger score comes, what has been summed is multiplied by
    ``exp(old maximum - new maximum)``: it had been measured from the old one.

    Args:
        state: what is known of the queries.
        scores: of these queries for the new keys, ``(..., t_q, t_k)``; -inf where a
            query may not attend.
        v_tile: the values of the new keys, ``(..., t_k, d_v)``.

    Returns:
        the new state, in float64; the old one is left as it is.

    Example:
        >>> once = update(start(1, 1), [[0.4]], [[5.0]])
        >>> twice = update(once, [[2.1]], [[1.0]])
        >>> twice.maximum, twice.total.round(3)  # 0.183 of the old 1, and a new 1
        (array([2.1]), array([1.183]))

    Source: Milakov and Gimelshein (2018), arXiv:1805.02867, algorithm 3; for the
    values Rabe and Staats (2021), arXiv:2112.05682, section 3.
    """
    new = {"scores": (scores, SCORES), "v_tile": (v_tile, VALUES)}
    read_arrays("update", **_parts("state", state), **new)
    scores = scores.astype(np.float64)
    maximum = np.maximum(state.maximum, scores.max(axis=-1))
    exp = np.exp(_gap(scores, maximum[..., None]))  # (..., t_q, t_k)
    correction = np.exp(_gap(state.maximum, maximum))  # (..., t_q)
    total = state.total * correction + exp.sum(axis=-1)
    mixture = state.mixture * correction[..., None] + exp @ v_tile
    return Running(maximum, total, mixture)


@takes(a=_running, b=_running)
def merge(a: Running, b: Running) -> Running:
    """Join what is known from some keys with what is known from others.

    Args:
        a: the state of queries after some keys.
        b: the state of the same queries after other keys.

    Returns:
        their state after both. Which is first, and in which order three are joined,
        changes nothing but the last digits.

    Example:
        >>> a = update(start(1, 1), [[0.4]], [[5.0]])
        >>> b = update(start(1, 1), [[2.1]], [[1.0]])
        >>> merge(a, b).total.round(3)
        array([1.183])
    """
    read_arrays("merge", **_parts("a", a), **_parts("b", b))
    maximum = np.maximum(a.maximum, b.maximum)
    old, new = (np.exp(_gap(part.maximum, maximum)) for part in (a, b))
    total = old * a.total + new * b.total
    mixture = old[..., None] * a.mixture + new[..., None] * b.mixture
    return Running(maximum, total, mixture)


@takes(state=_running)
def finish(state: Running) -> tuple[np.ndarray, np.ndarray]:
    """Divide by the sum, once, at the end.

    Args:
        state: the state of queries after all their keys.

    Returns:
        output ``(..., t_q, d_v)``, zeros for a query that has seen nothing, and the
        logarithm of the sum of ``exp(score)``, ``(..., t_q)``, -inf for such a query.
        From it and a score the weight follows: ``exp(score - log_sum_exp)``.

    Example:
        >>> finish(update(start(1, 1), [[0.0, 0.0]], [[1.0], [3.0]]))[0]
        array([[2.]])
    """
    total = np.where(state.total == 0.0, 1.0, state.total)  # 0: nothing was seen
    return state.mixture / total[..., None], state.maximum + np.log(total)


@takes(
    q="(..., t_q, d_k)",
    k="(..., t_k, d_k)",
    v="(..., t_k, d_v)",
    mask=PAIRS,
    tile_q=check_count,
    tile_k=check_count,
)
def tiled_attention(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    mask: np.ndarray | None = None,
    *,
    tile_q: int,
    tile_k: int,
) -> tuple[np.ndarray, None]:
    """Attention in tiles: no more than ``tile_q × tile_k`` scores exist at a time.

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.
        tile_q: how many queries are held at a time; the last tile may be shorter.
        tile_k: how many keys and values are held at a time.

    Returns:
        output ``(..., t_q, d_v)``, zeros for a query that may attend to nothing, and
        None in place of the weights: they never stand anywhere.

    Example:
        >>> q, k, v = [[2.0]], [[-1.0], [1.0]], [[0.0], [10.0]]
        >>> tiled_attention(q, k, v, tile_q=1, tile_k=1)[0].round(2)
        array([[9.82]])

    Source: Dao et al. (2022), arXiv:2205.14135, algorithm 1, with the loop over
    queries outside, as in Dao (2023), arXiv:2307.08691, algorithm 1.
    """
    dtype = np.result_type(q, k, v)
    q, k, v = (x.astype(np.float64) for x in (q, k, v))
    batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    t_q, t_k, d_v = q.shape[-2], k.shape[-2], v.shape[-1]
    allowed = np.broadcast_to(True if mask is None else mask, (*batch, t_q, t_k))
    output = np.zeros((*batch, t_q, d_v), dtype)
    for rows in _tiles(t_q, tile_q):
        q_tile = q[..., rows, :]
        state = start(q_tile.shape[-2], d_v)
        for columns in _tiles(t_k, tile_k):
            scores = _scores(q_tile, k[..., columns, :], allowed[..., rows, columns])
            state = update(state, scores, v[..., columns, :])
        output[..., rows, :], _ = finish(state)
    return output, None


def _tiles(length, size):
    """Slices of ``size`` that cover ``length``; the last may be shorter."""
    return [slice(first, first + size) for first in range(0, length, size)]


def _scores(q_tile, k_tile, allowed):
    """The scores of one tile; -inf where a query may not attend."""
    with np.errstate(over="ignore", invalid="ignore"):  # update refuses what is seen
        scores = (q_tile / math.sqrt(q_tile.shape[-1])) @ k_tile.swapaxes(-2, -1)
    return np.where(allowed, scores, -np.inf)


def _gap(score, maximum):
    """How far below the maximum a score lies: 0 or less, and -inf stays -inf."""
    with np.errstate(over="ignore"):  # a gap too wide for a float is -inf: weight 0
        return score - np.where(np.isfinite(maximum), maximum, 0.0)
