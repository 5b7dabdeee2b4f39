"""Figures of arrays: each takes an ``ax``, adds to it and returns it.

Nothing here shows a figure or changes matplotlib's settings. The ground is opaque
white, so that a figure also reads on a dark page.
"""

import numpy as np
from matplotlib.ticker import MaxNLocator

from attn_helpers._checks import (
    as_array,
    check_array,
    check_rank,
    check_same_length,
    check_within,
)

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


def attention_map(ax, weights, query_labels=None, key_labels=None):
    """Draw who attends to whom: a row for each query, a column for each key.

    Args:
        ax: matplotlib axes.
        weights: from 0 to 1, ``(t_q, t_k)``.
        query_labels: ``t_q`` words; numbers from 0 if not given.
        key_labels: ``t_k`` words; numbers from 0 if not given.

    Returns:
        ``ax``.
    """
    name = "attention_map"
    weights = check_array(weights, "(t_q, t_k)", function=name, argument="weights")
    check_within(weights, 0, 1, function=name, argument="weights")
    queries = _labels(query_labels, weights, -2, "query_labels", "t_q")
    keys = _labels(key_labels, weights, -1, "key_labels", "t_k")
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


def kernel_fit(ax, x, y, x_query, estimate):
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
    name = "kernel_fit"
    x, y = _two_rows(x, y, "t_k", name, ("x", "y"))
    x_query, estimate = _two_rows(
        x_query, estimate, "t_q", name, ("x_query", "estimate")
    )
    _on_white(ax)
    ax.scatter(x, y, s=16, color=COLORS["value"], alpha=0.7, label="known: key, value")
    ax.plot(x_query, estimate, color=COLORS["output"], lw=2.5, label="estimate: output")
    ax.set(xlabel="x", ylabel="y")
    ax.legend()
    return ax


def reaction_times(ax, mean_ms, standard_error_ms):
    """Draw one bar a condition, with its standard error and its number.

    Args:
        ax: matplotlib axes.
        mean_ms: condition to mean reaction time in ms, as in ``CueingSummary``.
        standard_error_ms: the same conditions to the standard error in ms.

    Returns:
        ``ax``.
    """
    conditions = list(mean_ms)
    means = [mean_ms[c] for c in conditions]
    errors = [standard_error_ms[c] for c in conditions]
    means, errors = _two_rows(
        means, errors, "conditions", "reaction_times", ("mean_ms", "standard_error_ms")
    )
    _on_white(ax)
    bars = ax.bar(conditions, means, yerr=errors, capsize=4, color=SOFT_INK, ecolor=INK)
    ax.bar_label(bars, fmt="%.0f", label_type="center", color=INK)
    ax.set(ylabel="reaction time (ms)", ylim=(0, None))
    return ax


def search_slopes(ax, display_sizes, present, absent):
    """Draw reaction time against display size, with and without a target.

    Args:
        ax: matplotlib axes.
        display_sizes: numbers of items, ``(sizes,)``.
        present: reaction times in ms with a target, ``(sizes,)``.
        absent: the same without one, ``(sizes,)``.

    Returns:
        ``ax``.
    """
    name = "search_slopes"
    sizes, present = _two_rows(
        display_sizes, present, "sizes", name, ("display_sizes", "present")
    )
    _, absent = _two_rows(sizes, absent, "sizes", name, ("display_sizes", "absent"))
    _on_white(ax)
    ax.plot(sizes, absent, "o--", color=INK, mfc="white", label="target absent")
    ax.plot(sizes, present, "o-", color=INK, label="target present")
    ax.set_xticks(sizes)
    ax.set(xlabel="items on the display", ylabel="reaction time (ms)", ylim=(0, None))
    ax.legend()
    return ax


def _on_white(ax):
    ax.figure.patch.set(facecolor="white", alpha=1.0)
    ax.patch.set(facecolor="white", alpha=1.0)


def _labels(labels, weights, axis, argument, length):
    if labels is None:
        return None
    name = "attention_map"
    words = as_array(labels, function=name, argument=argument)
    check_rank(words, f"({length},)", function=name, argument=argument)
    check_same_length(
        words,
        weights,
        axis=length,
        function=name,
        arguments=(argument, "weights"),
        at=(-1, axis),
    )
    return [str(word) for word in words]


def _name_ticks(axis, labels):
    if labels is None:
        axis.set_major_locator(MaxNLocator(integer=True))
    else:
        axis.set_ticks(range(len(labels)), labels)


def _two_rows(first, second, axis, function, arguments):
    first, second = (
        check_array(row, f"({axis},)", function=function, argument=argument)
        for row, argument in zip((first, second), arguments, strict=True)
    )
    check_same_length(first, second, axis=axis, function=function, arguments=arguments)
    return first, second


def _write_numbers(ax, weights):
    for (i, j), weight in np.ndenumerate(weights):
        ink = "white" if weight > 0.67 else "black"  # whichever stands out more
        ax.text(j, i, f"{weight:.2f}", ha="center", va="center", color=ink, fontsize=9)
