"""Where numbers lie in a plot, beside the same in Python's static picture."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attn_helpers.widgets.soft_lookup import SoftLookup
from attn_helpers.widgets.soft_lookup import widget as soft_lookup

ROUND = sorted(m * 10.0**k for m in (1, 2, 5) for k in range(-7, 8))


@given(st.floats(1e-6, 1e6))
@example(1.0)
@example(0.1)
@example(2.0)
@example(5.0)
@example(5.1)
@example(1000.0)
def test_a_step_is_the_next_round_number(engine, size):
    wanted = next(step for step in ROUND if step >= 0.999 * size)
    assert engine("axes", "niceStep", size) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("step", [x for x in ROUND if 1e-5 < x < 1e5])
def test_a_step_gets_just_the_digits_it_needs(engine, step):
    digits = engine("axes", "decimals", engine("axes", "niceStep", 0.99 * step))
    assert float(f"{step:.{digits}f}") == pytest.approx(step, rel=1e-12)
    if digits:
        assert float(f"{step:.{digits - 1}f}") != pytest.approx(step, rel=1e-12)


def test_a_span_is_never_zero(engine):
    assert engine("axes", "span", [2, -3, 5]) == 8
    assert engine("axes", "span", [4, 4]) == 1


PLOTS = [
    ([0.0, 1.0, 2.0, 3.0, 4.0], [1.0, -1.0, 2.0, 0.0, 0.5]),
    ([1871.0, 1970.0, 1900.0], [456.0, 1370.0, 1120.0]),
    ([-0.003, 0.004], [-1e5, -3e5]),
    ([7.0, 7.0], [2.0, 2.0]),
    ([-100.0, 100.0], [-1.0, 1.0]),
]
# The plot as the lookup's view lays it out, its ticks, and the ways there and back.
AXES = """([x, y, width]) => {
  const box = { left: 46, right: 14, top: 48, foot: 262 };
  const plot = axes.axesOf(x, y, width, box);
  const at = (element, ...names) =>
    names.map((name) => Number(element.getAttribute(name)));
  const parts = axes.grid(plot, 322, "Year", "Flow");
  const [texts, lines] = ["text", "line"].map((tag) =>
    parts.filter(({ tagName }) => tagName === tag));
  return {
    texts: texts.map((text) =>
      [text.textContent, ...at(text, "x", "y"), text.getAttribute("text-anchor")]),
    lines: lines.map((line) =>
      [line.getAttribute("class"), ...at(line, "x1", "x2", "y1", "y2")]),
    x: x.map(plot.toX), y: y.map(plot.toY), back: x.map(plot.toX).map(plot.fromX),
    ends: [plot.x0, plot.x1, plot.y0, plot.y1, plot.left, plot.right, plot.width],
    corners: [
      ...[plot.x0, plot.x1].map(plot.toX), ...[plot.y0, plot.y1].map(plot.toY),
    ],
  };
}"""


@pytest.mark.parametrize(("x", "y"), PLOTS)
def test_a_plot_lies_where_the_static_picture_has_it(page, x, y):
    got = page.evaluate(AXES, [x, y, soft_lookup.WIDTH])
    drawing = soft_lookup._Drawing(SoftLookup(x=x, y=y, query=x[0]))
    assert got["x"] == pytest.approx(list(map(drawing.to_x, x)))
    assert got["y"] == pytest.approx(list(map(drawing.to_y, y)))
    assert got["back"] == pytest.approx(x, abs=1e-9)
    ends = [drawing.x0, drawing.x1, drawing.y0, drawing.y1]
    assert got["ends"] == pytest.approx([*ends, 46, 626, 640])
    assert got["corners"] == pytest.approx([46, 626, 262, 48])


@pytest.mark.parametrize(("x", "y"), PLOTS)
def test_each_tick_of_the_static_picture_stands_in_the_page_and_no_other(page, x, y):
    got = page.evaluate(AXES, [x, y, soft_lookup.WIDTH])
    drawing = soft_lookup._Drawing(SoftLookup(x=x, y=y, query=x[0]))
    *ticks, y_name, x_name = got["texts"]
    across = [t for t in ticks if t[3] == "end"]
    along = [t for t in ticks if t[3] == "middle"]
    wanted_y = list(soft_lookup._ticks(drawing.y0, drawing.y1, 6))
    wanted_x = list(soft_lookup._ticks(drawing.x0, drawing.x1, 640 / 75))
    assert [t[0] for t in across] == [text for _, text in wanted_y]
    assert [t[0] for t in along] == [text for _, text in wanted_x]
    heights = [drawing.to_y(value) for value, _ in wanted_y]
    places = [drawing.to_x(value) for value, _ in wanted_x]
    assert [t[2] for t in across] == pytest.approx([place + 4 for place in heights])
    assert [t[1] for t in along] == pytest.approx(places)
    grid = [["bw-grid", 46, 626, place, place] for place in heights]
    marks = [["bw-axis", place, place, 322, 327] for place in places]
    for line, wanted in zip(
        got["lines"], [*grid, *marks, ["bw-axis", 46, 626, 322, 322]], strict=True
    ):
        assert line[0] == wanted[0]
        assert line[1:] == pytest.approx(wanted[1:])
    assert (y_name[0], x_name[0]) == ("Flow", "Year")


def test_a_narrow_plot_has_fewer_ticks_and_keeps_them_inside(page):
    x, y = PLOTS[1]
    wide, narrow = (page.evaluate(AXES, [x, y, width]) for width in (640, 320))
    count = [sum(t[3] == "middle" for t in got["texts"]) for got in (wide, narrow)]
    assert count[1] < count[0]
    places = [t[1] for t in narrow["texts"] if t[3] == "middle"]
    assert min(places) >= 46 and max(places) <= 320 - 14
    assert math.isclose(narrow["ends"][5], 306)
