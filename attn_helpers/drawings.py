"""Boxes, tables and arrows: the drawing that a mechanism owes. Each takes an ``ax``.

Places are in the units of the axes: draw the boxes first, then the arrows between their
centres, which begin and end at the edges of the boxes.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text

from attn_helpers.plots import COLORS, INK, SOFT_INK

EDGE = 16  # points between the centre of a box and the end of an arrow


def box(ax: Axes, x: float, y: float, text: str, color: str = INK) -> Text:
    """Draw a box with a text around the point ``(x, y)``.

    Args:
        ax: matplotlib axes.
        x: where its centre is.
        y: likewise.
        text: what stands in it.
        color: of its edge, such as ``plots.COLORS["key"]`` for what is a key.

    Returns:
        the text, with its box.

    Example:
        >>> from matplotlib.figure import Figure
        >>> box(Figure().add_subplot(), 1, 2, "norm").get_text()
        'norm'
    """
    ax.figure.patch.set(facecolor="white", alpha=1.0)
    ax.set_axis_off()
    edge = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": color}
    ax.update_datalim([(x, y)])
    ax.margins(x=0.3, y=0.08)
    ax.autoscale_view()
    return ax.text(x, y, text, ha="center", va="center", fontsize=9, bbox=edge)


def arrow(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    shape: str = "",
    color: str = INK,
    width: float = 1.0,
) -> Annotation:
    """Draw an arrow from one box to another, and beside its middle what it carries.

    Args:
        ax: matplotlib axes.
        start: where it begins, the centre of a box or a free point.
        end: where it ends.
        shape: such as ``(b, t, d_model)``.
        color: of the arrow, such as ``plots.COLORS["key"]`` for one that has a role.
        width: of its line, in points.

    Returns:
        the arrow.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = Figure().add_subplot()
        >>> _ = arrow(ax, (0, 0), (0, 1), "(t, d_model)")
        >>> [text.get_text() for text in ax.texts]
        ['', '(t, d_model)']
    """
    line = {"arrowstyle": "->", "color": color, "shrinkA": EDGE, "shrinkB": EDGE}
    line["linewidth"] = width
    ax.update_datalim([start, end])
    ax.autoscale_view()
    drawn = ax.annotate("", xy=end, xytext=start, arrowprops=line)
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    ha, va, offset = _beside(end[0] - start[0], end[1] - start[1])
    label = ax.annotate(shape, middle, xytext=offset, textcoords="offset points")
    label.set(ha=ha, va=va, fontsize=8, color=SOFT_INK)
    return drawn


def skip(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], aside: float
) -> Annotation:
    """Draw an arrow that leaves a stream, goes past a box and comes back from the side.

    Args:
        ax: matplotlib axes.
        start: where it leaves, a free point.
        end: the centre of the box that it comes back to, straight above or below.
        aside: how far to the left it goes, as a share of the way from start to end.

    Returns:
        the arrow.

    Example:
        >>> from matplotlib.figure import Figure
        >>> past = skip(Figure().add_subplot(), (0, 0), (0, 2), aside=0.4)
        >>> past.xy
        (0, 2)
    """
    way = f"bar,fraction={-aside if end[1] > start[1] else aside}"
    line = {"arrowstyle": "->", "color": INK, "shrinkA": 0, "shrinkB": EDGE}
    ax.update_datalim([start, end])
    ax.autoscale_view()
    return ax.annotate(
        "", xy=end, xytext=start, arrowprops={**line, "connectionstyle": way}
    )


def table(
    ax: Axes,
    corner: tuple[float, float],
    size: tuple[int, int],
    name: str,
    axes: tuple[str, str],
    color: str = INK,
    marked: tuple[slice, slice] | None = None,
) -> Rectangle:
    """Draw a table of numbers as a rectangle, its axes named at its edges.

    Args:
        ax: matplotlib axes, on which a unit is as long across as it is upwards.
        corner: where its lower left corner is.
        size: rows and columns, a unit for each.
        name: what stands in the middle.
        axes: names of the rows, at the left, and of the columns, above.
        color: of the edge and, lighter, of the ground.
        marked: rows, counted from above, and columns that stand out.

    Returns:
        the rectangle.

    Example:
        >>> from matplotlib.figure import Figure
        >>> ax = Figure().add_subplot()
        >>> drawn = table(ax, (0, 0), (5, 3), "Q", ("$t_q$", "$d_k$"))
        >>> drawn.get_width(), drawn.get_height()
        (3, 5)
    """
    (x, y), (rows, columns) = corner, size
    ax.figure.patch.set(facecolor="white", alpha=1.0)
    ax.set_axis_off()
    ax.set_aspect("equal")
    drawn = Rectangle(corner, columns, rows, facecolor=f"{color}22", edgecolor=color)
    ax.add_patch(drawn)
    if marked is not None:
        down, across = marked
        first, end, _ = down.indices(rows)
        left, right, _ = across.indices(columns)
        place = x + left, y + rows - end
        part = Rectangle(place, right - left, end - first, facecolor=f"{color}88")
        ax.add_patch(part)
    ax.text(x + columns / 2, y + rows / 2, name, ha="center", va="center", fontsize=11)
    left, above = (x, y + rows / 2), (x + columns / 2, y + rows)
    for text, edge, offset in ((axes[0], left, (-3, 0)), (axes[1], above, (0, 3))):
        label = ax.annotate(text, edge, offset, textcoords="offset points", fontsize=9)
        label.set(
            ha="right" if edge is left else "center",
            va="center" if edge is left else "bottom",
        )
    ax.autoscale_view()
    return drawn


def lookup(
    ax: Axes,
    query: str,
    rows: Sequence[tuple[str, str, float, str]],
    output: str,
) -> Axes:
    """Draw one lookup in its three steps: score every key, share out, mix the values.

    Args:
        ax: matplotlib axes.
        query: what asks.
        rows: for each key, from above, its name, its score, its weight and its value.
        output: what comes out.

    Returns:
        ``ax``.

    Example:
        >>> from matplotlib.figure import Figure
        >>> rows = [("1899", "-0.25", 0.5, "774"), ("1900", "-0.25", 0.5, "840")]
        >>> drawn = lookup(Figure().add_subplot(), "1899.5", rows, "807")
        >>> [text.get_text() for text in drawn.texts if "0." in text.get_text()]
        ['-0.25', '0.50', '-0.25', '0.50']
    """
    ask, find, score, share, read, give = 0, 3, 5, 7, 10, 13
    middle, above = (len(rows) - 1) / 2, len(rows)
    for y, (key, points, weight, value) in zip(
        range(len(rows) - 1, -1, -1), rows, strict=True
    ):
        box(ax, find, y, key, COLORS["key"])
        arrow(ax, (ask, middle), (find, y), color=COLORS["query"])
        ax.text(score, y, points, ha="center", va="center", fontsize=9)
        ax.add_patch(Rectangle((share, y - 0.25), 1.6 * weight, 0.5, color=SOFT_INK))
        ax.text(share - 0.15, y, f"{weight:.2f}", ha="right", va="center", fontsize=9)
        box(ax, read, y, value, COLORS["value"])
        thick = 0.5 + 6 * weight
        arrow(ax, (read, y), (give, middle), color=COLORS["value"], width=thick)
    box(ax, ask, middle, query, COLORS["query"])
    box(ax, give, middle, output, COLORS["output"])
    heads = {ask: "query", find: "keys", score: "1. score", share: "2. share out"}
    for x, word in {**heads, read: "values", give: "3. mix: output"}.items():
        ax.text(x, above, word, ha="center", va="center", fontsize=9, color=SOFT_INK)
    ax.set(xlim=(-1.4, give + 1.8), ylim=(-0.6, above + 0.4))
    return ax


def _beside(across, up):
    """Where a label clears its arrow: to the right of an upright one, else above it.

    A text above a slanted arrow stands on the side of its lower end.
    """
    if across == 0:
        return "left", "center", (6, 0)
    if up == 0:
        return "center", "bottom", (0, 4)
    rises = (across > 0) == (up > 0)
    return ("right" if rises else "left"), "bottom", (-3 if rises else 3, 3)
