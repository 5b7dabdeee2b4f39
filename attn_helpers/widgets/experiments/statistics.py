"""A little statistics of reaction times; the page's twin is ``statistics.js``.

A missing number is None: it goes through JSON, and NaN does not.
"""

from collections.abc import Sequence

import numpy as np


def cell(times: Sequence[float | None], limits: tuple[float, float]) -> dict:
    """Mean and standard error of one cell of a design.

    Times outside the limits are set aside and counted, not averaged.

    Args:
        times: reaction times in ms; None for no answer.
        limits: the fastest and the slowest time that counts, in ms.

    Returns:
        ``n``, ``mean``, ``se`` (None below two times), ``anticipations``, ``lapses``.

    Example:
        >>> cell([300, 320, 40, None], (100, 1500))
        {'n': 2, 'mean': 310.0, 'se': 10.0, 'anticipations': 1, 'lapses': 1}
    """
    fastest, slowest = limits
    answered = np.array([t for t in times if t is not None], dtype=float)
    kept = answered[(answered >= fastest) & (answered <= slowest)]
    early = int((answered < fastest).sum())
    enough = kept.size > 1
    return {
        "n": kept.size,
        "mean": float(kept.mean()) if kept.size else None,
        "se": float(kept.std(ddof=1) / np.sqrt(kept.size)) if enough else None,
        "anticipations": early,
        "lapses": len(times) - kept.size - early,
    }


def difference(a: dict, b: dict) -> tuple[float | None, float | None]:
    """Mean of cell a minus mean of cell b, and its standard error.

    Example:
        >>> difference({"mean": 340.0, "se": 4.0}, {"mean": 300.0, "se": 3.0})
        (40.0, 5.0)
    """
    if a["mean"] is None or b["mean"] is None:
        return None, None
    value = a["mean"] - b["mean"]
    if a["se"] is None or b["se"] is None:
        return value, None
    return value, float(np.hypot(a["se"], b["se"]))


def line(cells: Sequence[dict]) -> dict:
    """The least-squares line through the means of cells over their ``size``.

    Returns:
        ``slope`` in ms per item, ``intercept`` in ms, and the slope's standard error
        ``se`` (from those of the means); None where the data leave them open.

    Example:
        >>> line([{"size": 4, "mean": 520.0, "se": 8.0},
        ...       {"size": 8, "mean": 640.0, "se": 6.0}])
        {'slope': 30.0, 'intercept': 400.0, 'se': 2.5}
    """
    cells = [c for c in cells if c["mean"] is not None]
    size = np.array([c["size"] for c in cells], dtype=float)
    if np.unique(size).size < 2:
        return {"slope": None, "intercept": None, "se": None}
    centred = size - size.mean()
    share = centred / (centred @ centred)
    means = np.array([c["mean"] for c in cells])
    slope = float(share @ means)
    errors = [c["se"] for c in cells]
    return {
        "slope": slope,
        "intercept": float(means.mean() - slope * size.mean()),
        "se": None if None in errors else float(np.linalg.norm(share * errors)),
    }
