"""What the exercises of several topics are built from."""

import numpy as np

WEIGHTS = "how much of its attention should query {0} give to key {1}?"


def soft(scores, axis=-1):
    """The softmax that the wrong programs are built from."""
    peak = np.max(scores, axis=axis, keepdims=True)
    grown = np.exp(scores - np.where(np.isfinite(peak), peak, 0.0))
    return grown / grown.sum(axis=axis, keepdims=True)
