"""Eight queries, keys and values, fixed; the last key is whatever it is asked to be."""

import numpy as np

SIZE, D_K, D_V = 8, 4, 2
# A query begins with √d_k = 2, so the first number of a key is added to all its scores.
QUERIES = [
    [2, 0.1, 2.3, -0.9],
    [2, 0.5, -2, 1.2],
    [2, -0.5, -0.5, 1.7],
    [2, -0.1, -1.6, -1.3],
    [2, -1.2, -0.2, 0.3],
    [2, 0.3, 0.4, -0.8],
    [2, 1.3, -0.7, -1.3],
    [2, -0.3, 1, 2],
]
KEYS = [
    [-1, 1.2, -0.4, -0.4],
    [-0.3, 0.8, 0.6, 0.4],
    [-0.1, 0, 1.2, 0.8],
    [-0.1, -2, 1.2, -0.8],
    [0.4, 0, 0.6, -0.4],
    [0.2, 0.4, -1.2, -0.6],
    [-1, -0.6, -1, 0.2],
]
VALUES = [
    [0.9, -0.6],
    [-1.3, 0.6],
    [1.5, -0.1],
    [-0.9, -1.5],
    [0.1, 0.7],
    [0.5, -0.6],
    [0.5, 0.6],
    [1.8, -1.2],
]


def queries_keys_values(last_score: float) -> tuple[np.ndarray, ...]:
    """The three tables; the last key has ``last_score`` with every query.

    Returns:
        q ``(8, 4)``, k ``(8, 4)`` and v ``(8, 2)``.

    Example:
        >>> from attn_helpers.reference.scoring import scaled_dot_score
        >>> q, k, v = queries_keys_values(1.5)
        >>> scaled_dot_score(q, k)[:, -1]
        array([1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5])
    """
    keys = [*KEYS, [last_score, 0, 0, 0]]
    return np.array(QUERIES, float), np.array(keys, float), np.array(VALUES, float)
