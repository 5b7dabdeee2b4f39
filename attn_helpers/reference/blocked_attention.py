"""Attention for a few queries at a time, in the precision that comes in."""

import math

import numpy as np

from attn_helpers._checks import check_count, mask, takes

PAIRS = mask("(..., t_q, t_k)")


@takes(
    q="(..., t_q, d_k)",
    k="(..., t_k, d_k)",
    v="(..., t_k, d_v)",
    mask=PAIRS,
    block=check_count,
)
def blocked_attention(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    mask: np.ndarray | None = None,
    *,
    block: int = 128,
) -> tuple[np.ndarray, None]:
    """Mix the rows of ``v`` for one head after another, ``block`` queries at a time.

    A block of queries sees all keys, so this is the plain softmax. One table of
    ``block`` × ``t_k`` scores is used again and again.

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.
        block: how many queries are held at a time; the last block may be shorter.

    Returns:
        output ``(..., t_q, d_v)``, zeros for a query that may attend to nothing, and
        None in place of the weights.

    Example:
        >>> q, k, v = [[2.0]], [[-1.0], [1.0]], [[0.0], [10.0]]
        >>> blocked_attention(q, k, v)[0].round(2)
        array([[9.82]])

    Source: Rabe and Staats (2021), arXiv:2112.05682, who cut the keys, too.
    """
    dtype = np.result_type(q, k, v)
    wide = np.result_type(dtype, np.float32)
    batch = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    t_q, t_k = q.shape[-2], k.shape[-2]
    q, k, v = (np.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (q, k, v))
    if mask is not None:
        mask = np.broadcast_to(mask, (*batch, t_q, t_k))
    output = np.empty((*batch, t_q, v.shape[-1]), dtype)
    table = np.empty((min(block, t_q), t_k), wide)
    for head in np.ndindex(batch):
        keys, values = (
            k[head].astype(wide, copy=False),
            v[head].astype(wide, copy=False),
        )
        for start in range(0, t_q, block):
            rows = slice(start, min(start + block, t_q))
            queries = q[head][rows].astype(wide) / math.sqrt(q.shape[-1])
            hidden = None if mask is None else ~mask[head][rows]
            output[head][rows] = _rows(queries, keys, values, hidden, table)
    return output, None


def _rows(q, k, v, hidden, table):
    """The outputs of one block; the table is overwritten."""
    scores = np.matmul(q, k.T, out=table[: len(q)])  # (block, t_k)
    if hidden is not None:
        scores[hidden] = -np.inf
    peak = scores.max(axis=-1, keepdims=True)
    scores -= np.where(np.isfinite(peak), peak, 0)
    np.exp(scores, out=scores)
    total = scores.sum(axis=-1, keepdims=True)
    return scores @ v / np.where(total == 0, 1, total)
