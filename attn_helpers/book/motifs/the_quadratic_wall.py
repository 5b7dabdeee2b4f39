"""Two lines that cross: what grows with the tokens, and what grows with the pairs."""

import numpy as np

from attn_helpers.book.motifs.ink import HEIGHT, WIDTH, curve, dot, line, picture
from attn_helpers.widgets.cost_dial import CostDial

WIDGET = "CostDial"
GIVEN = ("width", "heads", "batch", "phase", "fused")
EACH_WAY = 32  # the ends of the lines: the crossing divided and multiplied by it
EDGE = 8


def draw(state: dict) -> str:
    """Both parts of the dial's first state around their crossing, and their sum."""
    dial = CostDial(**{name: state[name] for name in GIVEN})
    lengths = np.geomspace(1 / EACH_WAY, EACH_WAY, 25) * dial.crossing
    tokens, pairs = parts(dial, lengths)
    x = along(lengths, lengths)
    scale = np.array([pairs[0], pairs[-1] + tokens[-1]])
    middle = len(lengths) // 2
    return picture(
        line("quiet", curve(x, height(tokens + pairs, scale)), 5, 0.35),
        line("quiet", curve(x, height(tokens, scale)), 2.5),
        line("weight", curve(x, height(pairs, scale)), 3),
        dot("weight", x[middle], height(pairs, scale)[middle], 6),
    )


def parts(dial: CostDial, lengths: np.ndarray) -> np.ndarray:
    """FLOPs by tokens and by pairs at each length, ``(2, lengths)``."""
    whole = np.rint(lengths).astype(int).tolist()
    return np.array([dial.setting.parts(n) for n in whole], float).T


def along(lengths: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Where lengths stand on the picture, in equal ratios."""
    ends = np.log(scale[[0, -1]])
    return np.interp(np.log(lengths), ends, [EDGE, WIDTH - EDGE])


def height(flops: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Where FLOPs stand on the picture, in equal ratios, the most at the top."""
    return np.interp(np.log(flops), np.log(scale), [HEIGHT - EDGE, EDGE])
