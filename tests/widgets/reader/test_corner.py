"""One quiet button in the corner of each figure."""

import re

import pytest

from attn_helpers.exercises import ask, challenge
from attn_helpers.widgets.query_key_playground import QueryKeyPlayground
from attn_helpers.widgets.softmax_dial import SoftmaxDial
from tests.widgets.conftest import AXE, THEMES
from tests.widgets.reader.conftest import opened, opener

OPENER = "Tools of this figure"


def test_what_the_button_opens_is_loaded_when_it_is_first_pressed(open_page):
    page = open_page(SoftmaxDial(), SoftmaxDial())
    asked = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    assert opener(page).get_attribute("aria-label") == OPENER
    assert opener(page).get_attribute("aria-expanded") == "false"
    assert page.locator(".bw-tools").count() == 0
    opener(page).focus()
    page.keyboard.press("Enter")
    page.locator(".bw-tools:visible").wait_for()
    [address] = asked
    assert re.fullmatch(r"tools\.js\?v=[0-9a-f]{8}", address)
    tools = page.locator(".bw-tools:visible")
    assert opener(page).get_attribute("aria-controls") == tools.get_attribute("id")
    opened_second = page.locator(".bw-tools")
    opener(page, 1).click()
    opened_second.nth(1).wait_for()
    assert asked == [address] and page.said == []


@pytest.mark.parametrize("theme", THEMES)
def test_button_and_tools_have_no_accessibility_fault_and_fit_a_phone(open_page, theme):
    phone = {"width": 360, "height": 740}
    page = open_page(QueryKeyPlayground(), SoftmaxDial(), theme=theme, viewport=phone)
    opened(page, 1)
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run('.book-widget').then((all) => all.violations)")
    assert [(v["id"], v["nodes"][0]["html"][:90]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    tools = page.locator(".bw-tools:visible").bounding_box()
    assert tools["x"] >= 0 and tools["x"] + tools["width"] <= 360


def test_a_question_has_no_tools_and_a_challenge_has(open_page):
    page = open_page(ask("shift-scores"), challenge("half-for-the-best"))
    corners = page.locator(".book-widget").evaluate_all(
        "all => all.map((one) => one.querySelectorAll('.bw-corner').length)"
    )
    assert corners == [0, 1]


def test_tools_that_did_not_come_are_asked_for_again(open_page):
    page = open_page(SoftmaxDial())
    page.route("**/tools.js*", lambda route: route.abort())
    opener(page).click()
    said = page.locator(".bw-notice [role=status]")
    said.filter(has_text="did not come; press its button again").wait_for()
    assert opener(page).get_attribute("aria-expanded") == "false"
    page.unroute("**/tools.js*")
    opened(page)
