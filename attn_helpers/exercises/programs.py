"""What the exercises of several topics are built from."""

import numpy as np

WEIGHTS = "how much of its attention should query {0} give to key {1}?"


def soft(scores, axis=-1):
    """The softmax that the wrong programs are built from."""
    peak = np.max(scores, axis=axis, keepdims=True)
    grown = np.exp(scores - np.where(np.isfinite(peak), peak, 0.0))
    return grown / grown.sum(axis=axis, keepdims=True)


def log_softmax(logits):
    return log_softmax_less(row_peak)(logits)


def log_softmax_less(pick):
    """Log-softmax with what ``pick`` finds subtracted first."""

    def log_p(logits):
        below = logits - pick(logits)
        return below - np.log(np.exp(below).sum(axis=-1, keepdims=True))

    return log_p


def row_peak(logits):
    return logits.max(axis=-1, keepdims=True)


def log_of_plain_softmax(logits):
    """With nothing subtracted: inf/inf where logits are large, log 0 where small."""
    grown = np.exp(logits)
    return np.log(grown / grown.sum(axis=-1, keepdims=True))
