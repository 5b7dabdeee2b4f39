"""One query among its keys: each key is as strong as the weight that it gets."""

import numpy as np

from attn_helpers.book.motifs.ink import HEIGHT, dot, line, picture, place
from attn_helpers.reference.softmax import softmax

WIDGET = "QueryKeyPlayground"
ORIGIN = 88, 78
UNIT = 44  # from the origin to (1, 0)


def draw(state: dict) -> str:
    """The arrows of the chapter's first playground, from one origin."""
    keys, query = np.unique(np.array(state["K"]), axis=0), np.array(state["Q"][0])
    weights = softmax(keys @ query / np.sqrt(query.size))
    rays = [
        ray("key", key, 1.5 + 5 * weight, 0.3 + 0.7 * weight)
        for key, weight in zip(keys, weights, strict=True)
    ]
    return picture(*rays, ray("query", query, 3.5, 1.0))


def ray(role: str, vector: np.ndarray, width: float, opacity: float) -> str:
    """A line from the origin, and a dot at its end."""
    x, y = ORIGIN[0] + UNIT * vector[0], ORIGIN[1] - UNIT * vector[1]
    y = min(max(y, 6), HEIGHT - 6)
    d = f"M{place(ORIGIN[0])} {place(ORIGIN[1])}L{place(x)} {place(y)}"
    return line(role, d, width, opacity) + dot(role, x, y, 2 + width, opacity)
