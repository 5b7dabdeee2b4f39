"""Six vectors before a block and after it, and the stream that joins them."""

import numpy as np

from attn_helpers.book.motifs.ink import HEIGHT, WIDTH, line, picture, place, squares
from attn_helpers.widgets.block_xray import BlockXray

WIDGET = "BlockXray"
GIVEN = ("X", "w_q", "w_k", "w_v", "w_o", "w_in", "w_out", "b_in", "norm", "order")
SIDE = 11


def draw(state: dict) -> str:
    """The residual stream of the chapter's sentence: what goes in, what comes out."""
    stations = BlockXray(**{name: state[name] for name in GIVEN}).stations
    before, after = np.abs(stations[0]), np.abs(stations[-1])
    largest = max(before.max(), after.max())
    tokens, width = before.shape
    pitch = HEIGHT / tokens
    across = width * SIDE
    middle = [(row + 0.5) * pitch for row in range(tokens)]
    stream = "".join(f"M{across + 3} {place(y)}H{WIDTH - across - 3}" for y in middle)
    top = (pitch - SIDE) / 2
    return picture(
        line("quiet", stream, 1.5, 0.6),
        *(
            bars(role, values / largest, left, pitch, top)
            for role, values, left in (
                ("value", before, 0),
                ("output", after, WIDTH - across),
            )
        ),
    )


def bars(role: str, shares: np.ndarray, left: float, pitch: float, top: float) -> str:
    """A row of squares for each token."""
    return "".join(
        squares(role, row[None], left, top + place_of * pitch, SIDE, SIDE - 1.5)
        for place_of, row in enumerate(shares)
    )
