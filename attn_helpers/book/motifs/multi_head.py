"""The same words, asked four times: from each word an arc to the word it reads most."""

import numpy as np

from attn_helpers.book.motifs.ink import HEIGHT, WIDTH, dot, line, picture, place
from attn_helpers.reference.softmax import softmax

WIDGET = "HeadMixer"
EDGE = 16


def draw(state: dict) -> str:
    """Two heads above the words and two below; the stronger an arc, the more weight."""
    x = np.array(state["X"])
    ends = np.cumsum(state["widths"])[:-1]
    queries, keys = (
        np.split(x @ np.array(state[name]), ends, axis=1) for name in ("w_q", "w_k")
    )
    at = np.linspace(EDGE, WIDTH - EDGE, len(x))
    drawn = []
    for head, (q, k) in enumerate(zip(queries, keys, strict=True)):
        weights = softmax(q @ k.T / np.sqrt(q.shape[1]))
        for here, row in enumerate(weights):
            there = int(row.argmax())
            if there != here:
                d = arc(at[here], at[there], upwards=head % 2 == 0)
                drawn.append(line("weight", d, 1.5 + head / 2, 0.2 + 0.8 * row.max()))
    words = [dot("query", place_of, HEIGHT / 2, 5) for place_of in at]
    return picture(*drawn, *words)


def arc(start: float, end: float, upwards: bool) -> str:
    """The commands of an arc between two places on the line of words."""
    middle = HEIGHT / 2
    height = min(abs(end - start) * 0.55, middle - 4) * 4 / 3
    top = place(middle - height if upwards else middle + height)
    begin = f"M{place(start)} {place(middle)}"
    return (
        f"{begin}C{place(start)} {top} {place(end)} {top} {place(end)} {place(middle)}"
    )
