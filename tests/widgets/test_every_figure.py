"""Every figure fits a laptop's screen, and its marks are seen in any colours."""

import io

import numpy as np
import pytest
from matplotlib.image import imread

from attn_helpers.widgets.kit.base import widget_classes

WIDGETS = widget_classes()
LAPTOP = {"width": 1366, "height": 640}
TALLEST = 560
# The colours of each handle with what is seen of them, and the ground, as a browser
# paints them: red, green, blue and opacity, each up to 255.
HANDLES = """() => {
  const brush = document.createElement("canvas").getContext("2d");
  const painted = (color, opacity) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = color;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a * opacity];
  };
  const colors = (mark) => {
    const style = getComputedStyle(mark);
    let seen = 1;
    for (let at = mark; at.matches(".bw *"); at = at.parentNode)
      seen *= Number(getComputedStyle(at).opacity);
    return ["fill", "stroke"]
      .filter((part) => style[part] !== "none")
      .map((part) => painted(style[part], seen * style[`${part}Opacity`]));
  };
  const { backgroundColor } = getComputedStyle(document.querySelector(".bw"));
  const handles = [...document.querySelectorAll(".bw-handle")]
    .map((handle) => [...handle.querySelectorAll("circle, rect, path, line, text")])
    .filter((marks) => marks.length)
    .map((marks) => marks.flatMap(colors));
  return [painted(backgroundColor, 1), handles];
}"""
# Controls and words get colours from the system, and a table has less to show than a
# drawing beside it.
HIDDEN = """.bw :is(.bw-button, input, select, progress), .tables .bw svg {
  visibility: hidden;
}
.bw * { -webkit-text-fill-color: transparent; }"""


def luminance(color):
    """As WCAG has it."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in np.divide(color, 255)
    ]
    return np.dot((0.2126, 0.7152, 0.0722), linear)


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def faintest(shown):
    """Of all handles the one that stands out least, by its strongest colour."""
    (*ground, _), handles = shown.page.evaluate(HANDLES)
    found = [
        max(
            contrast(np.average([color, ground], axis=0, weights=[a, 255 - a]), ground)
            for *color, a in colors
        )
        for colors in handles
    ]
    return min(found, default=21)


def painted(shown):
    """Counts of pixels: coloured in tables, coloured anywhere, and drawn upon."""
    coloured = []
    for tables in (True, False):
        script = "(on) => document.body.classList.toggle('tables', on)"
        shown.page.evaluate(script, tables)
        png = shown.page.locator(".bw").screenshot(animations="disabled")
        inside = imread(io.BytesIO(png))[4:-4, 4:-4, :3]
        coloured.append((np.ptp(inside, axis=-1) > 0.16).sum())
    drawn = np.abs(inside - inside[0, 0]).max(-1) > 0.12
    return np.array([*coloured, drawn.sum()])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", WIDGETS)
def test_it_fits_a_screen_and_its_marks_are_seen_in_any_colours(show, name, theme):
    shown = show(WIDGETS[name](), theme=theme, **LAPTOP)
    shown.state()
    height = shown.page.locator(".bw").bounding_box()["height"]
    assert height <= TALLEST
    assert faintest(shown) >= 3
    shown.page.add_style_tag(content=HIDDEN)
    before = painted(shown)
    shown.page.emulate_media(forced_colors="active", color_scheme=theme)
    shown.state()
    assert faintest(shown) >= 3
    assert (painted(shown) >= 0.6 * before).all()
