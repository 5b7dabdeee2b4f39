"""A digit in a corner, where a glimpse may fall, and where it should."""

import numpy as np

from attn_helpers.book.motifs.ink import HEIGHT, WIDTH, line, picture, place, squares

WIDGET = "GlimpseViewer"


def draw(state: dict) -> str:
    """The image of the viewer, the chances of its places, and the wanted glimpse."""
    image = np.array(state["image"])
    pixel = HEIGHT / len(image)
    left = (WIDTH - HEIGHT) / 2
    chances = np.array(state["probabilities"])
    step = pixel * (len(image) - state["size"]) / (len(chances) - 1)
    reach = pixel * state["size"]
    row, column = (place(step * at) for at in state["wanted"])
    inner = place(reach - 2)
    corner = f"M{place(left + float(column) + 1)} {place(float(row) + 1)}"
    middle = reach / 2 - 3
    edge = f"M{place(left + 0.5)} 0.5h{HEIGHT - 1}v{HEIGHT - 1}h{1 - HEIGHT}z"
    return picture(
        line("quiet", edge, 1.0, 0.6),
        squares("quiet", image / image.max(), left, 0, pixel, pixel),
        squares("weight", chances / chances.max(), left + middle, middle, step, 6),
        line("query", f"{corner}h{inner}v{inner}h-{inner}z", 2.5),
    )
