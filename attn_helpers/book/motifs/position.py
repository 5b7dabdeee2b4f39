"""Four clocks: a query and a key at their places, turned at four speeds."""

import numpy as np

from attn_helpers.book.motifs.ink import HEIGHT, WIDTH, curve, line, picture, place

WIDGET = "PositionDial"
SHORTER = 0.72  # the hand of the key
DIAL = np.linspace(0, 2 * np.pi, 37)


def draw(state: dict) -> str:
    """A clock for each pair of components: the hands stand as RoPE has turned them."""
    queries, keys = (np.reshape(state[name], (-1, 2)) for name in ("Q", "K"))
    rates = state["base"] ** (-np.arange(len(queries)) / len(queries))
    columns = 2
    radius = HEIGHT / 4 - 3
    drawn = []
    for pair, rate in enumerate(rates):
        x = WIDTH / 2 + (pair % columns - 0.5) * WIDTH / 2.6
        y = HEIGHT / 4 * (1 + 2 * (pair // columns))
        ring = curve(x + radius * np.cos(DIAL), y + radius * np.sin(DIAL))
        hands = (
            ("key", keys[pair], state["key_position"], SHORTER),
            ("query", queries[pair], state["query_position"], 1.0),
        )
        drawn.append(line("quiet", ring, 1.0, 0.6))
        for role, vector, at, length in hands:
            angle = np.arctan2(vector[1], vector[0]) + rate * at
            end = radius * length * np.array([np.cos(angle), -np.sin(angle)])
            d = f"M{place(x)} {place(y)}L{place(x + end[0])} {place(y + end[1])}"
            drawn.append(line(role, d, 4.0))
    return picture(*drawn)
