"""What several of these exercises are built from."""

import numpy as np

FINITE = (
    "A hidden score became a finite number. It is still read, a little, and where all "
    "the scores of a row are lower it is read most. Only -inf has the exponential 0."
)


WHOLE_SUM = (
    "You divided by the sum of the whole table. Each token that asks has one whole to "
    "share out: every row must sum to 1."
)


def soft(scores, axis=-1):
    """The softmax that the wrong programs below are built from; a dead row is 0."""
    peak = scores.max(axis=axis, keepdims=True)
    grown = np.exp(scores - np.where(np.isfinite(peak), peak, 0.0))
    total = grown.sum(axis=axis, keepdims=True)
    return grown / np.where(total == 0.0, 1.0, total)


def attend(q, k, v, mask):
    scores = q @ k.T / np.sqrt(k.shape[-1])
    return soft(np.where(mask, scores, -np.inf)) @ v


def causal(t_q, t_k=None, shift=0):
    return np.tril(np.ones((t_q, t_k or t_q), dtype=bool), shift)


def lowered(x, w_q, w_k, *rest):
    """Tokens whose scores all lie between -100 and -700, where exp is not yet 0."""
    return 2 + x / 4, 2 + w_q / 4, -2 - w_k / 4, *rest


def wholly_normalised(scores):
    """Each row from its own peak, and all divided by one sum."""
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / grown.sum()


def plain(scores):
    """A softmax that makes nan of a row of -inf."""
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def lengths_as_real(lengths, t):
    return np.arange(t) < np.array(lengths)[:, None]
