"""Figures of arrays: each takes an ``ax``, adds to it and returns it.

Nothing here shows a figure or changes matplotlib's settings. The ground is opaque
white, so that a figure also reads on a dark page.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from attn_helpers._checks import anything, read_arrays, takes, within

COLORS = {
    "query": "#D55E00",
    "key": "#0072B2",
    "value": "#009E73",
    "output": "#CC79A7",
}
WEIGHT_MAP = "Purples"  # light is 0, dark is 1; none of the colours above
INK = "#222832"
SOFT_INK = "#8a919c"
MOST_NUMBERS = 100  # cells; a larger map carries a colour bar in their place


def attention_map(
    ax: Axes,
    weights: np.ndarray,
    query_labels: Sequence[object] | None = None,
    key_labels: Sequence[object] | None = None,
) -> Axes:
    """Draw who attends to whom: a row for each query, a column for each key.

    Args:
        ax: matplotlib axes.
        weights: from 0 to 1, ``(t_q, t_k)``.
        query_labels: words, ``(t_q,)``; numbers from 0 if not given.
        key_labels: words, ``(t_k,)``; numbers from 0 if not given.

    Returns:
        ``ax``.
    """
    arrays = {"weights": (weights, within(0, 1, "(t_q, t_k)"))}
    if query_labels is not None:
        arrays["query_labels"] = query_labels, anything("(t_q,)")
    if key_labels is not None:
        arrays["key_labels"] = key_labels, anything("(t_k,)")
    weights, *_ = read_arrays("attention_map", **arrays)
    queries, keys = _words(query_labels), _words(key_labels)
    _on_white(ax)
    image = ax.imshow(weights, cmap=WEIGHT_MAP, vmin=0.0, vmax=1.0, aspect="equal")
    _name_ticks(ax.xaxis, keys)
    _name_ticks(ax.yaxis, queries)
    if keys is not None and max(map(len, keys)) > 3:  # long words would overlap
        ax.tick_params(axis="x", labelrotation=45)
        for tick in ax.get_xticklabels():
            tick.set(ha="right", rotation_mode="anchor")
    ax.set(xlabel="key", ylabel="query")
    if weights.size <= MOST_NUMBERS:
        _write_numbers(ax, weights)
    else:
        ax.figure.colorbar(image, ax=ax, label="weight")
    return ax


@takes(x="(t_k,)", y="(t_k,)", x_query="(t_q,)", estimate="(t_q,)")
def kernel_fit(
    ax: Axes, x: np.ndarray, y: np.ndarray, x_query: np.ndarray, estimate: np.ndarray
) -> Axes:
    """Draw the known points and the curve that a kernel regression lays through them.

    Args:
        ax: matplotlib axes.
        x: where y is known, ``(t_k,)``.
        y: what is known there, ``(t_k,)``.
        x_query: where it was estimated, in rising order, ``(t_q,)``.
        estimate: ``(t_q,)``.

    Returns:
        ``ax``.
    """
    _on_white(ax)
    ax.scatter(x, y, s=16, color=COLORS["value"], alpha=0.7, label="known: key, value")
    ax.plot(x_query, estimate, color=COLORS["output"], lw=2.5, label="estimate: output")
    ax.set(xlabel="x", ylabel="y")
    ax.legend()
    return ax


@takes(keys="(t_k,)", weights=within(0, 1, "(t_k,)"))
def weight_bars(ax: Axes, keys: np.ndarray, weights: np.ndarray, query: float) -> Axes:
    """Draw what share of one query's attention each key on a line gets.

    Args:
        ax: matplotlib axes.
        keys: where the keys lie, ``(t_k,)``.
        weights: from 0 to 1, ``(t_k,)``.
        query: where the query lies, drawn as a dashed line.

    Returns:
        ``ax``.
    """
    _on_white(ax)
    ax.bar(keys, weights, color=COLORS["key"])
    ax.axvline(query, color=COLORS["query"], ls="--")
    ax.set(xlabel="key", ylabel="weight")
    return ax


def reaction_times(
    ax: Axes, mean_ms: Mapping[str, float], standard_error_ms: Mapping[str, float]
) -> Axes:
    """Draw one bar a condition, with its standard error and its number.

    Args:
        ax: matplotlib axes.
        mean_ms: condition to mean reaction time in ms, as in ``CueingSummary``.
        standard_error_ms: the same conditions to the standard error in ms.

    Returns:
        ``ax``.
    """
    means, errors = read_arrays(
        "reaction_times",
        mean_ms=(list(mean_ms.values()), "(conditions,)"),
        standard_error_ms=([standard_error_ms[c] for c in mean_ms], "(conditions,)"),
    )
    _on_white(ax)
    places = range(len(means))
    bars = ax.bar(places, means, yerr=errors, capsize=4, color=SOFT_INK, ecolor=INK)
    _name_ticks(ax.xaxis, _words(mean_ms))
    ax.bar_label(bars, fmt="%.0f", label_type="center", color=INK)
    ax.set(ylabel="reaction time (ms)", ylim=(0, None))
    return ax


@takes(display_sizes="(sizes,)", present="(sizes,)", absent="(sizes,)")
def search_slopes(
    ax: Axes, display_sizes: np.ndarray, present: np.ndarray, absent: np.ndarray
) -> Axes:
    """Draw reaction time against display size, with and without a target.

    Args:
        ax: matplotlib axes.
        display_sizes: numbers of items, ``(sizes,)``.
        present: reaction times in ms with a target, ``(sizes,)``.
        absent: the same without one, ``(sizes,)``.

    Returns:
        ``ax``.
    """
    _on_white(ax)
    ax.plot(display_sizes, absent, "o--", color=INK, mfc="white", label="target absent")
    ax.plot(display_sizes, present, "o-", color=INK, label="target present")
    ax.set_xticks(display_sizes)
    ax.set(xlabel="items on the display", ylabel="reaction time (ms)", ylim=(0, None))
    ax.legend()
    return ax


def _on_white(ax):
    ax.figure.patch.set(facecolor="white", alpha=1.0)
    ax.patch.set(facecolor="white", alpha=1.0)


def _words(labels):
    """The labels as texts, with an escape for each character that cannot be seen."""
    if labels is None:
        return None
    return ["".join(map(_visible, str(word))) for word in labels]


def _visible(character):
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()


def _name_ticks(axis, labels):
    if labels is None:
        axis.set_major_locator(MaxNLocator(integer=True))
    else:
        axis.set_ticks(range(len(labels)), labels, parse_math=False, usetex=False)


def _write_numbers(ax, weights):
    for (i, j), weight in np.ndenumerate(weights):
        weight = float(weight)
        ink = "white" if weight > 0.67 else "black"  # whichever stands out more
        ax.text(j, i, f"{weight:.2f}", ha="center", va="center", color=ink, fontsize=9)
