"""One exercise of a page, with a judge that the test answers for."""

import pytest

from attn_helpers.book.page_exercises import assets
from attn_helpers.widgets.kit import bundle

NAME = "exercise_editor/card.js"
PLACE = (
    '<div data-exercise="one" data-function="f" data-title="One" data-hints="[]">'
    "<pre>def f(x):\n    raise NotImplementedError</pre></div>"
)
BEGIN = f"""() => {{
  {bundle.joined(NAME)}
  window.asked = [];
  const check = ({{ text }}, hear) => {{
    hear("waiting");
    return new Promise((resolve) => asked.push({{ text, hear, resolve }}));
  }};
  const el = document.querySelector("[data-exercise]");
  window.one = modules["{NAME}"].card(el, {{ check, why: "", bytes: 17e6 }});
}}"""


@pytest.fixture
def page(new_context):
    page = new_context().new_page()
    page.route("https://book.test/", lambda route: route.fulfill(body=PLACE))
    page.goto("https://book.test/")
    page.add_script_tag(content=bundle.read(f"{assets.VENDORED}.js"))
    page.evaluate(BEGIN)
    return page


def run(page, text):
    page.evaluate("(text) => { one.set(text); one.run(); }", text)


def answer(page, number, **verdict):
    """Let the judge say it, and wait until the page has heard."""
    page.evaluate(
        """async ([number, verdict]) => {
          asked[number].resolve(verdict);
          await new Promise((resolve) => setTimeout(resolve));
        }""",
        [number, {"status": "not yet", "printed": "", **verdict}],
    )


def shown(page):
    return page.locator("[data-verdict]").inner_text()


def is_busy(page):
    return page.locator("[data-run][aria-busy]").count() == 1


def test_the_newest_text_gets_the_verdict(page):
    run(page, "old")
    run(page, "new")
    assert page.evaluate("asked.map(({ text }) => text)") == ["old", "new"]
    before = shown(page)
    answer(page, 0, message="Of the old.")
    assert shown(page) == before and is_busy(page)
    answer(page, 1, message="Of the new.")
    assert shown(page) == "Of the new." and not is_busy(page)


def test_a_second_press_on_the_same_text_waits_for_the_same_verdict(page):
    same = page.evaluate("[one.run(), one.run()].every((v, _, all) => v === all[0])")
    assert same and page.evaluate("asked.length") == 1


def test_each_phase_is_read_aloud_once(page):
    page.evaluate(
        """() => {
          window.heard = [];
          const region = document.querySelector(".bw-heard[role=status]");
          new MutationObserver(() => heard.push(region.textContent))
            .observe(region, { childList: true });
        }"""
    )
    run(page, "x")
    for news in ["coming", 1e6], ["coming", 9e6], ["starting"], ["running"]:
        page.evaluate("(news) => asked[0].hear(...news)", news)
        if news[0] == "coming":
            bar = page.locator("progress").evaluate("(bar) => bar.value")
            assert bar == pytest.approx(news[1] / 17e6)
    answer(page, 0, message="Said.")
    assert page.evaluate("heard") == [
        "Waiting for its turn …",
        "Python comes: 1 of 17 MB",
        "Python starts …",
        "Your function runs …",
        "",
    ]
    assert not page.locator("progress").is_visible()


def test_what_was_printed_can_be_scrolled_by_keyboard(page):
    run(page, "x")
    answer(page, 0, message="Said.", printed="a\nb")
    printed = page.get_by_role("region", name="what Python printed")
    assert printed.inner_text() == "a\nb"
    printed.focus()
    assert page.evaluate("document.activeElement.textContent") == "a\nb"


def test_who_forgets_is_told_and_keeps_place_and_verdict(page):
    run(page, "x")
    answer(page, 0, message="Said.")
    page.get_by_role("button", name="Forget").click()
    assert page.evaluate("document.activeElement.textContent") == "Run"
    assert "kept nowhere any more" in page.locator(".bw-heard").inner_text()
    assert shown(page) == "Said."
