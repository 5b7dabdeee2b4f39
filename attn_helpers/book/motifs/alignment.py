"""Which word of the source the translator looks at: forty-seven, and its detour."""

import numpy as np

from attn_helpers.book.motifs.ink import HEIGHT, WIDTH, picture, squares

WIDGET = "AlignmentViewer"


def draw(state: dict) -> str:
    """The weights of the chapter's first translation, a row for each German piece."""
    weights = 0.06 + 0.94 * np.array(state["weights"])
    pitch = HEIGHT / len(weights)
    left = (WIDTH - pitch * len(weights[0])) / 2
    return picture(squares("weight", weights, left, 0.5, pitch, pitch - 1.5))
