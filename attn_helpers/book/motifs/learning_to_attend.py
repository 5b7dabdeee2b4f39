"""A ball that has begun to roll into the valley of its loss."""

import math

import numpy as np

from attn_helpers.book.motifs.ink import WIDTH, curve, dot, line, picture
from attn_helpers.reference.leave_one_out import leave_one_out_error
from attn_helpers.widgets.valley_walker.descent import descend

WIDGET = "ValleyWalker"
FURTHER = 9  # steps that the ball still has before it
ENDS = (0.25, 60)  # years
TOP, FOOT = 12, 118


def draw(state: dict) -> str:
    """The valley of the stored record, the ball where it is, and the steps to come."""
    record = np.array(state["year"]), np.array(state["flow"])
    way = {name: state[name] for name in ("start", "rate", "momentum")}
    path = descend(*record, **way, steps=state["steps"] + FURTHER)
    edge = np.geomspace(*ENDS, 61)
    losses = np.array([leave_one_out_error(*record, h) for h in edge.tolist()])
    across = along(edge)
    stops = np.clip(path, *ENDS)
    high = np.interp(np.log(stops), np.log(edge), height(losses, losses))
    ball = state["steps"]
    return picture(
        line("quiet", curve(across, height(losses, losses)), 2.5),
        line("query", curve(along(stops), high), 1.0, 0.5),
        *[dot("query", x, y, 2.5) for x, y in zip(along(stops), high, strict=True)],
        dot("query", along(stops)[ball], high[ball], 7),
    )


def along(bandwidths: np.ndarray) -> np.ndarray:
    """Where bandwidths stand on the picture, in equal ratios."""
    return np.interp(np.log(bandwidths), [math.log(end) for end in ENDS], [0, WIDTH])


def height(losses: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Where losses stand on the picture, the largest of the scale at the top."""
    return np.interp(losses, [scale.min(), scale.max()], [FOOT, TOP])
