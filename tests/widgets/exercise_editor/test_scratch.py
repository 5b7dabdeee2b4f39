"""A place to try things out, with a Python that the test answers for."""

import pytest

from attn_helpers.book.page_exercises import assets
from attn_helpers.widgets.kit import bundle
from tests.widgets.conftest import AXE

NAME = "exercise_editor/scratch.js"
FIRST = "np.arange(3)"
BEGIN = f"""(why) => {{
  {bundle.joined(NAME)}
  window.asked = [];
  const running = (task, hear) => {{
    hear("running");
    return new Promise((resolve) => asked.push({{ task, resolve }}));
  }};
  const el = document.querySelector("[data-scratch]");
  const ask = why ? null : running;
  const earlier = () => ["def f(x):\\n    return x"];
  window.one = modules["{NAME}"].scratch(el, {{ ask, why, bytes: 17e6, earlier }});
}}"""


@pytest.fixture
def open_page(new_context):
    """open_page(why): the place in a page, without Python where `why` says so."""
    context = new_context()

    def visit(why=""):
        page = context.new_page()
        body = (
            f'<main><h1>A</h1><div data-scratch="kinds"><pre>{FIRST}</pre></div></main>'
        )
        html = f'<!doctype html><html lang="en"><title>A</title>{body}'
        page.route("https://book.test/", lambda route: route.fulfill(body=html))
        page.goto("https://book.test/")
        page.add_script_tag(content=bundle.read(f"{assets.VENDORED}.js"))
        page.add_style_tag(content=bundle.read("kit/base.css") + assets.style_sheet())
        page.evaluate(BEGIN, why)
        return page

    return visit


def press(page, name):
    page.get_by_role("button", name=name).click()


def answer(page, **verdict):
    page.evaluate(
        """async (verdict) => {
          asked.at(-1).resolve(verdict);
          await new Promise((resolve) => setTimeout(resolve));
        }""",
        {"printed": "", **verdict},
    )


def printed(page):
    return page.get_by_role("region", name="what Python printed")


def test_lines_run_after_the_exercises_and_what_they_print_is_shown(open_page):
    page = open_page()
    page.locator("textarea").fill("f(3)")
    press(page, "Run")
    assert page.evaluate("asked[0].task") == {
        "do": "run",
        "text": "f(3)",
        "earlier": ["def f(x):\n    return x"],
    }
    assert page.get_by_text("Python runs …").first.is_visible()
    answer(page, printed="3")
    assert printed(page).inner_text() == "3"
    assert page.locator(".bw-note", has_text="Python runs").is_hidden()
    press(page, "Run")
    answer(page, message="They never end.")
    assert page.locator(".bw-note", has_text="They never end.").is_visible()
    assert printed(page).count() == 0


def test_a_second_press_waits_for_the_first(open_page):
    page = open_page()
    same = page.evaluate("one.run() === one.run()")
    assert same and page.evaluate("asked.length") == 1
    answer(page)
    press(page, "Run")
    assert page.evaluate("asked.length") == 2


def test_the_text_is_kept_in_the_browser(open_page):
    page = open_page()
    assert page.evaluate("one.get()") == FIRST
    page.evaluate("one.set('mine')")
    assert page.evaluate("localStorage.getItem('book-scratch:kinds')") == "mine"
    page = open_page()
    assert page.evaluate("one.get()") == "mine"


def test_where_python_is_not_that_is_said_at_once(open_page):
    page = open_page("It is not here.")
    assert page.locator(".bw-note", has_text="It is not here.").is_visible()
    assert page.get_by_role("status").inner_text() == "It is not here."
    press(page, "Run (not here)")
    assert page.evaluate("asked.length") == 0


def test_it_has_no_accessibility_fault(open_page):
    page = open_page()
    press(page, "Run")
    answer(page, printed="a\n" * 80)
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run('[data-scratch]').then((all) => all.violations)")
    assert [fault["id"] for fault in found] == []
