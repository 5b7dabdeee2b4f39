import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from attn_helpers.drawings import EDGE, arrow, box, lookup, skip, table
from attn_helpers.plots import COLORS, INK


@pytest.fixture
def ax():
    figure = Figure(figsize=(5, 4))
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def test_a_box_stands_around_its_text_and_inside_the_figure(ax):
    text = box(ax, 3, 5, "norm")
    ax.figure.canvas.draw()
    around = text.get_bbox_patch().get_window_extent()
    inside = text.get_window_extent()
    assert around.width > inside.width and around.height > inside.height
    middle = ax.transData.transform((3, 5))
    assert (around.x0 + around.x1) / 2 == pytest.approx(middle[0], abs=1)
    assert (around.y0 + around.y1) / 2 == pytest.approx(middle[1], abs=2)


def test_an_arrow_leaves_room_for_its_boxes_and_says_what_it_carries(ax):
    drawn = arrow(ax, (0, 0), (0, 2), "(t, d)")
    ax.figure.canvas.draw()
    line = drawn.arrow_patch.get_tightbbox(ax.figure.canvas.get_renderer())
    start, end = ax.transData.transform([(0, 0), (0, 2)])
    room = EDGE * ax.figure.dpi / 72
    assert line.y0 >= start[1] + room - 2 and line.y1 <= end[1] - room + 2
    label = ax.texts[-1]
    assert label.get_text() == "(t, d)"
    place = label.get_window_extent()
    assert place.x0 > line.x1
    assert (place.y0 + place.y1) / 2 == pytest.approx((start[1] + end[1]) / 2, abs=2)


def test_what_a_level_arrow_carries_stands_above_it(ax):
    drawn = arrow(ax, (0, 1), (2, 1), "keys")
    ax.set(xlim=(-1, 3), ylim=(0, 2))
    ax.figure.canvas.draw()
    line = drawn.arrow_patch.get_tightbbox(ax.figure.canvas.get_renderer())
    place = ax.texts[-1].get_window_extent()
    assert place.y0 > (line.y0 + line.y1) / 2
    assert (place.x0 + place.x1) / 2 == pytest.approx((line.x0 + line.x1) / 2, abs=3)


@pytest.mark.parametrize("end", [(3, 2), (-3, 2), (3, -2), (-3, -2)])
def test_what_a_slanted_arrow_carries_stands_above_it_and_clear_of_it(ax, end):
    ax.set(xlim=(-4, 4), ylim=(-4, 4))
    arrow(ax, (0, 0), end, "the token before")
    ax.set(xlim=(-4, 4), ylim=(-4, 4))
    ax.figure.canvas.draw()
    place = ax.texts[-1].get_window_extent()
    middle, tip = ax.transData.transform([(end[0] / 2, end[1] / 2), end])
    slope = (tip[1] - middle[1]) / (tip[0] - middle[0])
    for x in (place.x0, place.x1):  # both lower corners are over the line
        assert place.y0 > middle[1] + slope * (x - middle[0])


def test_a_role_colours_the_edge_of_a_box_and_an_arrow(ax):
    text = box(ax, 0, 0, "B, after A", COLORS["key"])
    drawn = arrow(ax, (0, 0), (1, 1), color=COLORS["value"])
    assert to_hex(text.get_bbox_patch().get_edgecolor()) == COLORS["key"].lower()
    assert to_hex(drawn.arrow_patch.get_edgecolor()) == COLORS["value"].lower()
    assert text.get_color() not in COLORS.values()  # words are read, not matched


def test_everything_stays_in_view(ax):
    box(ax, 0, 0, "low"), box(ax, 7, 9, "high")
    arrow(ax, (0, 0), (7, 11))
    assert ax.get_xlim()[0] < 0 and ax.get_xlim()[1] > 7
    assert ax.get_ylim()[0] < 0 and ax.get_ylim()[1] > 11


def test_the_ground_is_white_and_bears_no_axes(ax):
    box(ax, 0, 0, "alone")
    assert ax.figure.get_facecolor() == (1, 1, 1, 1)
    assert not ax.axison


@pytest.mark.parametrize("top", [2, -2])
def test_a_skip_goes_past_what_stands_between_and_comes_back(ax, top):
    around = skip(ax, (0, 0), (0, top), aside=0.4)
    ax.set(xlim=(-2, 2), ylim=(-3, 3))
    ax.figure.canvas.draw()
    patch = around.arrow_patch
    way = patch.get_transform().transform(patch.get_path().vertices)
    start, end = ax.transData.transform([(0, 0), (0, top)])
    length, points = abs(end[1] - start[1]), ax.figure.dpi / 72
    assert way[0] == pytest.approx(start, abs=1)
    assert way[:, 0].min() == pytest.approx(start[0] - 0.4 * length, abs=3)
    tip = way[abs(way[:, 1] - end[1]) < 1, 0].max()
    assert tip == pytest.approx(end[0] - EDGE * points, abs=2)


def test_a_table_has_a_unit_for_each_row_and_column_and_names_at_its_edges(ax):
    drawn = table(ax, (2, 3), (5, 7), "scores", ("$t_q$", "$t_k$"), COLORS["key"])
    ax.figure.canvas.draw()
    assert drawn.get_bbox().bounds == (2, 3, 7, 5)
    around = drawn.get_window_extent()
    assert around.width / around.height == pytest.approx(7 / 5)
    assert ax.bbox.contains(around.x0, around.y0)
    assert ax.bbox.contains(around.x1, around.y1)
    name, rows, columns = (text.get_window_extent() for text in ax.texts)
    middle = (around.x0 + around.x1) / 2, (around.y0 + around.y1) / 2
    assert [text.get_text() for text in ax.texts] == ["scores", "$t_q$", "$t_k$"]
    assert ((name.x0 + name.x1) / 2, (name.y0 + name.y1) / 2) == pytest.approx(
        middle, abs=2
    )
    assert rows.x1 < around.x0 and rows.y0 < middle[1] < rows.y1
    assert columns.y0 > around.y1 and columns.x0 < middle[0] < columns.x1
    assert to_hex(drawn.get_edgecolor()) == COLORS["key"].lower()
    assert not ax.axison


@pytest.mark.parametrize(
    "marked, bounds",
    [
        ((slice(1, 2), slice(None)), (2, 6, 7, 1)),  # the second row from above
        ((slice(None), slice(4, 6)), (6, 3, 2, 5)),
        ((slice(-1, None), slice(1)), (2, 3, 1, 1)),
    ],
)
def test_rows_are_counted_from_above_and_columns_from_the_left(ax, marked, bounds):
    table(ax, (2, 3), (5, 7), "", ("", ""), marked=marked)
    whole, part = ax.patches
    assert part.get_bbox().bounds == bounds
    assert to_hex(part.get_facecolor()) == INK
    assert part.get_facecolor()[3] > whole.get_facecolor()[3]


ROWS = [("one", "-3", 0.1, "A"), ("two", "5", 0.7, "B"), ("three", "2", 0.2, "C")]


def test_a_lookup_has_its_keys_from_above_and_names_each_step(ax):
    assert lookup(ax, "ask", ROWS, "answer") is ax
    place = {text.get_text(): text.get_position() for text in ax.texts}
    assert place["one"][1] > place["two"][1] > place["three"][1]
    for key, score, weight, value in ROWS:
        heights = {place[text][1] for text in (key, score, f"{weight:.2f}", value)}
        assert len(heights) == 1, key
    assert place["ask"][1] == place["answer"][1] == place["two"][1]
    steps = ["query", "keys", "1. score", "2. share out", "values", "3. mix: output"]
    assert [text.get_text() for text in ax.texts[-6:]] == steps


def test_a_lookup_shows_weights_as_bars_and_as_arrows_from_the_values(ax):
    lookup(ax, "ask", ROWS, "answer")
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == pytest.approx([1.6 * row[2] for row in ROWS])
    arrows = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", 0)]
    mixing = [drawn for drawn in arrows if same_color(drawn, COLORS["value"])]
    thick = [drawn.get_linewidth() for drawn in mixing]
    assert thick[1] > thick[2] > thick[0]


def same_color(drawn, color):
    return to_hex(drawn.get_edgecolor()) == color.lower()
