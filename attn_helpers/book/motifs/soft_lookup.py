"""The record of a river, a question between two years, and the soft answers."""

import numpy as np

from attn_helpers.book.motifs.ink import HEIGHT, WIDTH, curve, dot, line, picture, place
from attn_helpers.reference.kernel_regression import nadaraya_watson

WIDGET = "SoftLookup"
EDGE = 8


def draw(state: dict) -> str:
    """Each stored pair is a dot, larger where the question weighs it more."""
    x, y, query = np.array(state["x"]), np.array(state["y"]), state["query"]
    asked = np.append(x, query)
    answers, weights = nadaraya_watson(asked, x, y, state["bandwidth"], state["kernel"])
    across = np.interp(asked, [x.min(), x.max()], [EDGE, WIDTH - EDGE])
    share = weights[-1] / weights[-1].max()
    near = share > 0.05
    far = zip(across[:-1][~near], height(y, y)[~near], strict=True)
    dots = "".join(f"M{place(at)} {place(high)}h0" for at, high in far)
    weighed = [
        dot("value", at, high, 1.5 + 2.5 * part, 0.4 + 0.6 * part)
        for at, high, part in zip(across[:-1], height(y, y), share, strict=True)
        if part > 0.05
    ]
    here = place(across[-1])
    return picture(
        line("value", dots, 3.0, 0.5),
        *weighed,
        line("output", curve(across[:-1], height(answers[:-1], y)), 2.5),
        line("query", f"M{here} {EDGE}V{HEIGHT - 2}", 1.5),
        dot("query", across[-1], EDGE, 5),
    )


def height(values: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Where values stand on the picture, the largest of the scale at the top."""
    return np.interp(values, [scale.min(), scale.max()], [HEIGHT - EDGE, EDGE])
