"""What motifs are drawn with: marks in the colour of a role, on one small ground.

A role is a class: ``query``, ``key``, ``value``, ``output``, ``weight``, ``quiet``. The
style sheet gives it the colour of the theme.
"""

import numpy as np
from numpy.typing import ArrayLike

from attn_helpers.widgets.kit.svg import element

WIDTH, HEIGHT = 240, 132
SHADES = 8  # of a map
FAINTEST = 0.04  # what is less is left out


def picture(*elements: str) -> str:
    """The whole motif."""
    return element(
        "svg",
        "".join(elements),
        class_="motif",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        aria_hidden="true",
        focusable="false",
    )


def dot(role: str, x: float, y: float, radius: float, opacity: float = 1.0) -> str:
    """A filled circle."""
    return element(
        "circle", class_=role, cx=float(x), cy=float(y), r=float(radius),
        opacity=float(opacity),
    )  # fmt: skip


def line(role: str, d: str, width: float = 2.0, opacity: float = 1.0) -> str:
    """An open path of SVG commands."""
    return element(
        "path", class_=f"line {role}", d=d, stroke_width=float(width),
        opacity=float(opacity),
    )  # fmt: skip


def curve(x: ArrayLike, y: ArrayLike) -> str:
    """The commands of a path through the points ``x (n,)``, ``y (n,)``."""
    points = zip(np.asarray(x).tolist(), np.asarray(y).tolist(), strict=True)
    return "M" + "L".join(f"{place(a)} {place(b)}" for a, b in points)


def squares(
    role: str, shares: ArrayLike, left: float, top: float, pitch: float, side: float
) -> str:
    """A map of ``shares (rows, columns)`` from 0 to 1: the larger, the stronger."""
    shades = np.ceil(np.clip(shares, 0, 1) * SHADES) * (np.asarray(shares) > FAINTEST)
    drawn = []
    for shade in np.unique(shades[shades > 0]):
        d = "".join(
            f"M{place(left + column * pitch)} {place(top + row * pitch)}"
            f"h{place(side)}v{place(side)}h{place(-side)}z"
            for row, column in np.argwhere(shades == shade).tolist()
        )
        opacity = float(shade / SHADES)
        drawn.append(element("path", class_=role, d=d, opacity=opacity))
    return "".join(drawn)


def place(number: float) -> str:
    """A number with one digit behind the point at most."""
    return f"{round(number, 1) + 0.0:.1f}".removesuffix(".0")
