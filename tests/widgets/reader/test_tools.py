"""What the button of a figure opens."""

import pytest

from attn_helpers.widgets.query_key_playground import QueryKeyPlayground
from attn_helpers.widgets.softmax_dial import SoftmaxDial
from tests.widgets.conftest import THEMES
from tests.widgets.reader.conftest import opened, opener

NAMES = [
    "Copy link to this state",
    "Full screen",
    "Save picture as SVG",
    "Save picture as PNG",
]


def test_the_keyboard_reaches_the_tools_and_leaves_them(open_page):
    page = open_page(SoftmaxDial())
    opener(page).focus()
    page.keyboard.press("Enter")
    page.locator(".bw-tools:visible").wait_for()
    focused = "document.activeElement.textContent"
    for name in NAMES:
        assert page.evaluate(focused) == name
        page.keyboard.press("Tab")
    page.locator(".bw-tools button").first.focus()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.className") == "bw-corner"
    assert not page.locator(".bw-tools").is_visible()
    assert opener(page).get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    page.locator(".bw-tools:visible").wait_for()


def test_the_link_is_copied_where_the_page_may(open_page, address):
    page = open_page(SoftmaxDial())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tools = opened(page)
    tools.get_by_role("button", name=NAMES[0]).click()
    tools.get_by_text("is copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{address}/page.html#figure=SoftmaxDial&v=1" == page.url


@pytest.mark.parametrize("theme", THEMES)
def test_a_figure_fills_the_screen_and_can_be_moved_there(open_page, theme):
    large = {"width": 1700, "height": 1300}
    page = open_page(QueryKeyPlayground(), theme=theme, viewport=large)
    tools = opened(page)
    tools.get_by_role("button", name="Full screen").click()
    page.wait_for_function(
        "document.querySelector('.book-widget > div').style.zoom > 1"
    )
    box, view = page.locator(".bw").bounding_box(), page.viewport_size
    assert box["width"] <= view["width"] and box["height"] <= view["height"]
    assert box["width"] > 0.9 * view["width"] or box["height"] > 0.9 * view["height"]
    page.evaluate("document.activeElement.blur()")
    handle = page.locator('[data-vector="Q0"] .bw-tip').bounding_box()
    x, y = (handle[a] + handle[b] / 2 for a, b in (("x", "width"), ("y", "height")))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y + 30, steps=4)
    page.mouse.up()
    after = page.locator('[data-vector="Q0"] .bw-tip').bounding_box()
    assert after["x"] - handle["x"] == pytest.approx(-40, abs=3)
    assert after["y"] - handle["y"] == pytest.approx(30, abs=3)
    tools.get_by_role("button", name="Full screen").click()
    page.wait_for_function(
        "document.querySelector('.book-widget > div').style.zoom === ''"
    )
    assert page.evaluate("document.fullscreenElement") is None and page.said == []
