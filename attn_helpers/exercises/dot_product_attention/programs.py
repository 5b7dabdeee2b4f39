"""What several of these exercises are built from."""

import numpy as np

OUTPUT = "where does entry {1} of the output for query {0} come from?"


def share(grown):
    """Divide each row by its sum."""
    return grown / grown.sum(axis=-1, keepdims=True)


def softmax_without_keepdims(scores):
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1)


def kept_flat(scores):
    """A softmax whose maximum and sum have both lost their axis."""
    grown = np.exp(scores - scores.max(axis=-1))
    return grown / grown.sum(axis=-1)


LOST_AXIS = (
    "Your sum lost its axis. With as many queries as keys numpy then divides column j "
    "by the sum of row j, and otherwise it stops. `keepdims=True` keeps each sum "
    "beside its own row."
)


def qkv(rng, t_q, t_k, d_k, d_v):
    """Random queries, keys and values."""
    shapes = (t_q, d_k), (t_k, d_k), (t_k, d_v)
    return tuple(rng.standard_normal(shape) for shape in shapes)


def scores_of(q, k):
    return q @ k.T / np.sqrt(q.shape[-1])


def mix(weights, v):
    return weights @ v, weights
