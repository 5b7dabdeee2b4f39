"""Three runs that do not learn, and the same three with a warm-up."""

import numpy as np

from attn_helpers.book.motifs.ink import HEIGHT, WIDTH, curve, line, picture
from attn_helpers.widgets.stability_lab import StabilityLab

WIDGET = "StabilityLab"
GIVEN = ("layers", "norm", "rate", "qk_norm")
LOSS = 0  # the place of the loss among the series
EDGE = 6


def draw(state: dict) -> str:
    """The losses of the lab's first state, and those with its longest warm-up."""
    given = {name: state[name] for name in GIVEN}
    failing = losses(StabilityLab(**given, warmup=state["warmup"]))
    cured = losses(StabilityLab(**given, warmup=80))
    low, high = cured.min(), max(failing.max(), cured.max())
    drawn = []
    for role, runs, width in (("quiet", failing, 2.0), ("weight", cured, 2.5)):
        x = np.linspace(EDGE, WIDTH - EDGE, runs.shape[1])
        y = HEIGHT - EDGE - (runs - low) / (high - low) * (HEIGHT - 2 * EDGE)
        drawn += [line(role, curve(x, run), width) for run in y]
    return picture(*drawn)


def losses(lab: StabilityLab) -> np.ndarray:
    """The loss of each seed over the steps, ``(seeds, points)``."""
    return lab.series()[:, LOSS]
