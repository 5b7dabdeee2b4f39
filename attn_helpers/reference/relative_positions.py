"""Positions told in the score: something is added for the offset from query to key."""

import math
from functools import partial

import numpy as np

from attn_helpers._checks import (
    check_array,
    check_count,
    check_even,
    check_integer,
    complaint,
    shapes,
    takes,
    whole,
)
from attn_helpers.reference.scoring import scaled_dot_score

LENGTHS = {"t_q": check_count, "t_k": check_count, "first": check_integer}


@takes(**LENGTHS)
def offsets(t_q: int, t_k: int | None = None, first: int = 0) -> np.ndarray:
    """How far ahead of each query each key stands: negative for what came before.

    Args:
        t_q: number of queries.
        t_k: number of keys; the same as ``t_q`` if not given.
        first: the place of query 0 among the keys, as in ``causal_mask``.

    Returns:
        key position minus query position, ``(t_q, t_k)``.

    Example:
        >>> offsets(2, 4)
        array([[ 0,  1,  2,  3],
               [-1,  0,  1,  2]])
        >>> offsets(2, 4, first=2)  # the newest two of four
        array([[-2, -1,  0,  1],
               [-3, -2, -1,  0]])
    """
    keys = np.arange(t_q if t_k is None else t_k)
    return keys - (first + np.arange(t_q)[:, None])


@takes(
    q="(..., t_q, d_k)",
    k="(..., t_k, d_k)",
    relative_keys="(2 · radius + 1, d_k)",
    first=check_integer,
)
def shaw_scores(
    q: np.ndarray, k: np.ndarray, relative_keys: np.ndarray, first: int = 0
) -> np.ndarray:
    """Scaled dot score with a learnt vector added to each key, chosen by its offset.

    Offsets beyond the radius share the vector of the radius. (The paper can add such
    vectors to the values too, and reports that those to the keys did the work.)

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
        relative_keys: ``(2 · radius + 1, d_k)``, for the offsets -radius … radius.
        first: the place of query 0 among the keys.

    Returns:
        scores, ``(..., t_q, t_k)``.

    Example:
        >>> q, k = [[1.0], [1.0]], [[10.0], [20.0]]
        >>> shaw_scores(q, k, relative_keys=[[-3.0], [0.0], [3.0]])
        array([[10., 23.],
               [ 7., 20.]])

    Source: Shaw, Uszkoreit and Vaswani (2018), arXiv:1803.02155, equation 4.
    """
    radius, even = divmod(len(relative_keys) - 1, 2)
    if even:
        rule = "relative_keys must have an odd number of rows, 2 · radius + 1"
        got = shapes(relative_keys=relative_keys)
        raise ValueError(complaint("shaw_scores", rule, got))
    row = offsets(q.shape[-2], k.shape[-2], first).clip(-radius, radius) + radius
    by_offset = scaled_dot_score(q, relative_keys)  # (..., t_q, offset)
    row = np.broadcast_to(row, (*by_offset.shape[:-1], k.shape[-2]))
    return scaled_dot_score(q, k) + np.take_along_axis(by_offset, row, axis=-1)


@takes(offsets=whole("(...)"), num_buckets=partial(check_even, least=4))
def t5_buckets(
    offsets: np.ndarray, num_buckets: int = 32, max_distance: int = 128
) -> np.ndarray:
    """Sort offsets into buckets, one each for near keys, ever wider ones farther out.

    Half of the buckets are for keys up to the query, half for keys after it. For a
    decoder, which never looks ahead, ``t5_causal_buckets`` gives the past all of them.

    Args:
        offsets: key position minus query position, whole numbers of any shape.
        num_buckets: how many there are, even and at least 4.
        max_distance: from here on everything shares the last bucket.

    Returns:
        bucket numbers from 0 to ``num_buckets`` - 1, shaped like ``offsets``.

    Example:
        >>> t5_buckets([-200, -20, -8, -3, 0, 3, 8, 20, 200])
        array([15, 10,  8,  3,  0, 19, 24, 26, 31])

    Source: Raffel et al. (2020), arXiv:1910.10683, section 2.1, and their code.
    """
    half = num_buckets // 2
    distance = np.abs(offsets.astype(np.float64))
    near = _log_buckets(distance, half, max_distance, function="t5_buckets")
    return near + half * (offsets > 0)


@takes(offsets=whole("(...)"), num_buckets=partial(check_count, least=2))
def t5_causal_buckets(
    offsets: np.ndarray, num_buckets: int = 32, max_distance: int = 128
) -> np.ndarray:
    """Sort offsets into buckets that all lie in the past; the future shares bucket 0.

    Args:
        offsets: key position minus query position, whole numbers of any shape.
        num_buckets: how many there are, at least 2.
        max_distance: from here on everything shares the last bucket.

    Returns:
        bucket numbers from 0 to ``num_buckets`` - 1, shaped like ``offsets``.

    Example:
        >>> t5_causal_buckets([-200, -20, -16, -15, -3, 0, 3])
        array([31, 17, 16, 15,  3,  0,  0])

    Source: Raffel et al. (2020), arXiv:1910.10683, section 2.1, and their code.
    """
    past = np.maximum(-offsets.astype(np.float64), 0)
    return _log_buckets(past, num_buckets, max_distance, function="t5_causal_buckets")


@takes(table="(num_buckets, h)", buckets=whole("(t_q, t_k)"))
def bucket_bias(table: np.ndarray, buckets: np.ndarray) -> np.ndarray:
    """Look up one learnt number a head for the bucket of each pair.

    Args:
        table: ``(num_buckets, h)``, what T5 learns; all its layers share one table.
        buckets: ``(t_q, t_k)``, from ``t5_buckets`` or ``t5_causal_buckets``.

    Returns:
        bias to add to the scores, ``(h, t_q, t_k)``.

    Example:
        >>> bucket_bias([[0.0], [-1.0]], [[0, 1], [1, 0]])
        array([[[ 0., -1.],
                [-1.,  0.]]])
    """
    axes = whole("(t_q, t_k)", 0, len(table) - 1)
    buckets = check_array(buckets, axes, function="bucket_bias", argument="buckets")
    return np.moveaxis(table[buckets], -1, 0)


@takes(num_heads=check_count)
def alibi_slopes(num_heads: int) -> np.ndarray:
    """How much of its score a key loses for each step of distance, head by head.

    For a power of two they fall from 2^(-8/h) to 2^-8 by one ratio. Otherwise the
    slopes of the power of two below come first, then every other one of its double.

    Args:
        num_heads: number of heads.

    Returns:
        ``(h,)``, all above 0.

    Example:
        >>> alibi_slopes(4)
        array([0.25      , 0.0625    , 0.015625  , 0.00390625])
        >>> alibi_slopes(3)
        array([0.0625    , 0.00390625, 0.25      ])

    Source: Press, Smith and Lewis (2022), arXiv:2108.12409, section 3, and their code.
    """
    lower = 2 ** int(math.log2(num_heads))
    return np.append(_falling(lower), _falling(2 * lower)[::2][: num_heads - lower])


@takes(num_heads=check_count, **LENGTHS)
def alibi_bias(
    num_heads: int, t_q: int, t_k: int | None = None, first: int = 0
) -> np.ndarray:
    """A penalty that grows in a straight line with distance; nothing is learnt.

    Args:
        num_heads: number of heads, each with a slope of its own.
        t_q: number of queries.
        t_k: number of keys; the same as ``t_q`` if not given.
        first: the place of query 0 among the keys.

    Returns:
        bias to add to the scores, ``(h, t_q, t_k)``, never above 0.

    Example:
        >>> alibi_bias(1, 2, 3, first=1) * 256
        array([[[-1.,  0., -1.],
                [-2., -1.,  0.]]])

    Source: Press, Smith and Lewis (2022), arXiv:2108.12409, figure 3. It is written for
    causal masks; the distance ahead is taken here to count like the distance behind.
    """
    distance = np.abs(offsets(t_q, t_k, first))
    return 0.0 - alibi_slopes(num_heads)[:, None, None] * distance  # 0.0 - x, not -0.0


def _falling(num_heads):
    """The slopes for a power of two."""
    return 2.0 ** (-8.0 / num_heads * np.arange(1, num_heads + 1))


def _log_buckets(distance, num_buckets, max_distance, *, function):
    """The lower half exact, the upper half by the logarithm of the distance."""
    exact = num_buckets // 2
    names = {"function": function, "argument": "max_distance"}
    max_distance = check_count(max_distance, **names, least=exact + 1)
    far = np.maximum(distance, exact) / exact
    # The logarithm of a whole power may come out a hair too small: hence the 1e-9.
    steps = np.log(far) / math.log(max_distance / exact) * (num_buckets - exact) + 1e-9
    beyond = np.minimum(exact + np.floor(steps), num_buckets - 1)
    return np.where(distance < exact, distance, beyond).astype(np.int64)
