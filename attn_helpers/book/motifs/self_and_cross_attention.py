"""Every word reads those before it, and none reads ahead."""

import numpy as np

from attn_helpers.book.motifs.ink import (
    HEIGHT,
    WIDTH,
    dot,
    line,
    picture,
    place,
    squares,
)
from attn_helpers.reference.softmax import masked_softmax

WIDGET = "MaskPainter"


def draw(state: dict) -> str:
    """The weights of the chapter's six words under its mask; a point is forbidden."""
    mask = np.array(state["mask"])
    weights = masked_softmax(np.array(state["scores"]), mask)
    pitch = HEIGHT / len(mask)
    left = (WIDTH - HEIGHT) / 2
    middle = (np.arange(len(mask)) + 0.5) * pitch
    hidden = "".join(
        f"M{place(left + middle[column])} {place(middle[row])}h0"
        for row, column in np.argwhere(~mask)
    )
    asking = [dot("query", left - 14, y, 4) for y in middle]
    getting = [dot("output", left + HEIGHT + 14, y, 4) for y in middle]
    shown = 0.25 * mask + 0.75 * weights
    return picture(
        squares("weight", shown, left + 1, 1, pitch, pitch - 2),
        line("quiet", hidden, 3.0, 0.5),
        *asking,
        *getting,
    )
