"""Figures are tested through what was drawn: artists, labels and numbers."""

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from attn_helpers import plots
from attn_helpers.widgets.kit import svg

T_Q, T_K = 3, 5
QUERIES, KEYS = ["a", "b", "c"], ["the", "boat", "left", "the", "bank"]


@pytest.fixture
def ax():
    figure = Figure()
    figure.patch.set(facecolor="black", alpha=0)
    return figure.add_subplot(facecolor="black")


@pytest.fixture
def weights():
    rows = np.random.default_rng(0).random((T_Q, T_K))
    return rows / rows.sum(-1, keepdims=True)


def ticks(axis):
    return [tick.get_text() for tick in axis.get_ticklabels()]


def draw_each(ax):
    ones = np.ones(T_K)
    yield plots.attention_map(ax, np.eye(T_K))
    yield plots.kernel_fit(ax, ones, ones, ones, ones)
    yield plots.weight_bars(ax, np.arange(T_K), ones / T_K, 2.0)
    yield plots.reaction_times(ax, {"valid": 1.0}, {"valid": 0.1})
    yield plots.search_slopes(ax, np.arange(T_K), ones, ones)


def test_every_figure_returns_its_ax_on_opaque_white_and_changes_no_setting(ax):
    before = dict(matplotlib.rcParams)
    for returned in draw_each(ax):
        assert returned is ax
        for patch in (ax.patch, ax.figure.patch):
            assert patch.get_facecolor() == (1, 1, 1, 1)
            patch.set(facecolor="black", alpha=0)
    assert dict(matplotlib.rcParams) == before


def test_a_map_has_queries_as_rows_and_keys_as_columns(ax, weights):
    plots.attention_map(ax, weights, QUERIES, KEYS)
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), weights)
    assert (ticks(ax.yaxis), ticks(ax.xaxis)) == (QUERIES, KEYS)
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("query", "key")
    assert ax.get_ylim() == (T_Q - 0.5, -0.5)  # the first query is on top


def test_bars_of_weight_stand_at_their_keys_and_a_line_at_the_query(ax):
    keys, weights = np.array([2.0, 3.0, 5.0]), np.array([0.7, 0.2, 0.1])
    plots.weight_bars(ax, keys, weights, query=2.5)
    middles = [bar.get_x() + bar.get_width() / 2 for bar in ax.patches]
    np.testing.assert_allclose(middles, keys)
    np.testing.assert_allclose([bar.get_height() for bar in ax.patches], weights)
    (line,) = ax.lines
    assert line.get_xdata() == [2.5, 2.5]
    assert line.get_color() == plots.COLORS["query"]
    assert ax.get_ylim()[0] == 0


def test_bars_of_what_is_no_share_are_refused(ax):
    with pytest.raises(ValueError, match=r"weight_bars: .* 1\.5"):
        plots.weight_bars(ax, [0.0, 1.0], [1.5, 0.0], query=0.0)


def test_a_map_always_runs_from_zero_to_one_on_one_scale(ax, weights):
    (image,) = plots.attention_map(ax, weights / 9).images
    assert image.get_clim() == (0, 1)
    assert image.get_cmap().name == plots.WEIGHT_MAP


def test_a_small_map_writes_each_number_into_its_own_cell(ax, weights):
    plots.attention_map(ax, weights)
    written = {text.get_position(): text.get_text() for text in ax.texts}
    assert len(written) == T_Q * T_K
    for (i, j), weight in np.ndenumerate(weights):
        assert written[j, i] == f"{weight:.2f}"


def test_numbers_are_legible_on_light_and_dark_cells(ax):
    plots.attention_map(ax, np.linspace(0, 1, 100)[None])
    (image,) = ax.images
    assert len(ax.texts) == 100
    for text in ax.texts:
        value = image.get_array()[0, text.get_position()[0]]
        ground, ink = (luminance(c) for c in (image.cmap(value), text.get_color()))
        light, dark = max(ground, ink), min(ground, ink)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, text.get_text()


def luminance(color):
    rgb = np.array(matplotlib.colors.to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize(("cells", "numbers"), [(99, 99), (100, 100), (101, 0)])
def test_a_map_of_up_to_a_hundred_cells_has_numbers(ax, cells, numbers):
    plots.attention_map(ax, np.full((1, cells), 1 / cells))
    assert len(ax.texts) == numbers
    assert len(ax.figure.axes) == (1 if numbers else 2)  # the second is a colour bar


def test_a_large_map_has_a_colour_bar_and_no_numbers(ax):
    plots.attention_map(ax, np.full((11, 13), 1 / 13))
    assert len(ax.texts) == 0
    assert [other.get_ylabel() for other in ax.figure.axes] == ["query", "weight"]


def test_a_map_without_labels_counts_in_whole_numbers(ax):
    plots.attention_map(ax, np.full((2, 3), 1 / 3))
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_long_words_are_slanted(ax, weights):
    plots.attention_map(ax, weights, QUERIES, KEYS)
    assert {tick.get_rotation() for tick in ax.get_xticklabels()} == {45}
    plots.attention_map(ax, weights.T, KEYS, QUERIES)
    assert {tick.get_text() for tick in ax.get_xticklabels()} == set(QUERIES)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"query_labels": KEYS},
            "share t_q, the second-to-last axis of weights and the last of "
            "query_labels; got weights (3, 5) and query_labels (5,).",
        ),
        (
            {"key_labels": QUERIES},
            "share t_k, their last axis; got weights (3, 5) and key_labels (3,).",
        ),
        ({"key_labels": "abc"}, "axes (t_k,); got key_labels ()."),
        ({"weights": np.ones(3)}, "axes (t_q, t_k); got weights (3,)."),
        ({"weights": [[0.5, 1.5]]}, "from 0 to 1; got 1.5 at weights[0, 1]."),
    ],
)
def test_a_map_that_makes_no_sense_is_refused(ax, weights, changed, message):
    with pytest.raises(ValueError) as caught:
        plots.attention_map(ax, **{"weights": weights} | changed)
    assert str(caught.value).startswith("attention_map: ")
    assert message in str(caught.value)
    assert len(ax.images) == 0


def test_a_fit_shows_the_points_and_the_curve_in_their_roles(ax):
    x, y, x_query, estimate = [0, 2, 3], [5, 7, 11], [0, 1], [5, 6]
    plots.kernel_fit(ax, x, y, x_query, estimate)
    (points,), (curve,) = ax.collections, ax.lines
    np.testing.assert_array_equal(points.get_offsets(), np.transpose([x, y]))
    np.testing.assert_array_equal(curve.get_xydata(), np.transpose([x_query, estimate]))
    assert curve.get_color() == plots.COLORS["output"]
    value = matplotlib.colors.to_rgb(plots.COLORS["value"])
    np.testing.assert_allclose(points.get_facecolor()[0, :3], value)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["known: key, value", "estimate: output"]


def test_reaction_times_are_bars_from_zero_with_their_errors(ax):
    means = {"valid": 270.0, "neutral": 300.0, "invalid": 340.0}
    errors = {"invalid": 7.0, "valid": 3.0, "neutral": 5.0}
    plots.reaction_times(ax, means, errors)
    assert [bar.get_height() for bar in ax.patches] == [270, 300, 340]
    assert ticks(ax.xaxis) == ["valid", "neutral", "invalid"]
    segments = ax.collections[0].get_segments()
    assert [np.ptp(segment[:, 1]) for segment in segments] == [6, 10, 14]
    assert [text.get_text() for text in ax.texts] == ["270", "300", "340"]
    assert ax.get_ylim()[0] == 0
    assert ax.get_ylabel() == "reaction time (ms)"


def test_search_slopes_tell_present_from_absent_without_colour(ax):
    plots.search_slopes(ax, [4, 8, 16], [500, 600, 800], [550, 750, 1150])
    lines = {line.get_label(): line for line in ax.lines}
    present, absent = lines["target present"], lines["target absent"]
    np.testing.assert_array_equal(present.get_ydata(), [500, 600, 800])
    np.testing.assert_array_equal(absent.get_ydata(), [550, 750, 1150])
    assert present.get_linestyle() != absent.get_linestyle()
    assert list(ax.get_xticks()) == [4, 8, 16]
    assert ax.get_ylim()[0] == 0


def test_rows_of_unequal_length_are_refused(ax):
    message = r"kernel_fit: x and y must share t_k, .*; got x \(3,\) and y \(2,\)\.$"
    with pytest.raises(ValueError, match=message):
        plots.kernel_fit(ax, [1, 2, 3], [1, 2], [1], [1])
    message = r"display_sizes and absent must share .* \(2,\) and absent \(3,\)\.$"
    with pytest.raises(ValueError, match=message):
        plots.search_slopes(ax, [4, 8], [1, 2], [1, 2, 3])


def test_a_role_has_the_same_colour_in_figures_and_widgets():
    assert svg.COLORS == plots.COLORS


# --- texts that mean something to somebody else ---

MARKUP = [
    "$$",
    "$x$",
    "$",
    r"\$",
    r"\alpha",
    "a_b",
    "x^2",
    "{",
    "%",
    "#",
    "&",
    "$\\frac$",
]
UNSEEN = {
    "\n": r"\n",
    "\t": r"\t",
    "\x00": r"\x00",
    "a\x1b": r"a\x1b",
    "\u2028": r"\u2028",
}


def draw_words(words):
    """A figure with the words at both axes, drawn, and the same with bars."""
    figure = Figure()
    one, other = figure.subplots(1, 2)
    plots.attention_map(one, np.eye(len(words)), words, words)
    ones = dict.fromkeys(words, 1.0)
    plots.reaction_times(other, ones, ones)
    FigureCanvasAgg(figure).draw()
    return one.xaxis, one.yaxis, other.xaxis


def test_labels_are_shown_as_they_are_whatever_they_mean_in_tex():
    for axis in draw_words(MARKUP):
        assert ticks(axis) == MARKUP
        for label in axis.get_ticklabels():
            assert not label.get_parse_math()
            assert not label.get_usetex()


@pytest.mark.filterwarnings("ignore:Glyph")
def test_a_reader_who_has_all_texts_set_by_tex_sees_the_labels_too():
    with matplotlib.rc_context({"text.usetex": True}):
        figure = Figure()
        plots.attention_map(figure.subplots(), np.eye(2), ["$$", "a_b"], ["%", "b"])
        for axis in (figure.axes[0].xaxis, figure.axes[0].yaxis):
            assert not any(label.get_usetex() for label in axis.get_ticklabels())


def test_characters_that_cannot_be_seen_are_shown_as_escapes():
    for axis in draw_words(list(UNSEEN)):
        assert ticks(axis) == list(UNSEEN.values())


def test_a_label_is_drawn_with_every_sign_of_its_own():
    """A formula is narrower than its signs one after the other."""
    figure = Figure()
    ax = figure.subplots()
    plots.attention_map(ax, np.eye(2), key_labels=["$x$", "xxx"])
    FigureCanvasAgg(figure).draw()
    wide, letters = (t.get_window_extent().width for t in ax.get_xticklabels())
    assert wide > letters


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax, x: plots.attention_map(ax, x[None] / 9),
        lambda ax, x: plots.attention_map(ax, np.ones((2, 2)), x),
        lambda ax, x: plots.kernel_fit(ax, [0.0, 1.0], x, [1.0], [1.0]),
        lambda ax, x: plots.reaction_times(
            ax, {"a": x[0], "b": x[1]}, {"a": 1, "b": 1}
        ),
        lambda ax, x: plots.search_slopes(ax, [1.0, 2.0], [1.0, 2.0], x),
    ],
)
def test_masked_numbers_are_refused_as_they_would_be_drawn(ax, draw):
    with pytest.raises(TypeError, match=r"unit would be lost; got .* of type M"):
        draw(ax, np.ma.array([1.0, 9.0], mask=[0, 1]))
    assert not ax.has_data()
