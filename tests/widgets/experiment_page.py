"""A page with one experiment on it, and what its tests look at."""

from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe

from attn_helpers.book.sphinxext import page_script, page_style
from attn_helpers.widgets import bundle

# The variables of the theme that the widgets read, and room to scroll.
THEME = """
html[data-theme="dark"] {
  --pst-color-text-base: #ced6dd; --pst-color-text-muted: #9ca4af;
  --pst-color-background: #14181e; --pst-color-surface: #29313d;
  --pst-color-border: #48566b;
}
body { background: var(--pst-color-background, #fff); min-height: 3000px }
"""

# What happened when, seen from outside the widget.
WITNESS = """
window.seen = [];
window.leaked = [];
addEventListener("keydown", (e) => seen.push(["press", e.timeStamp]), true);
addEventListener("pointerdown", (e) => seen.push(["press", e.timeStamp]), true);
addEventListener("keydown", (e) => leaked.push(e.key));
"""


def html(widget, theme="light"):
    classes = {type(widget).__name__: type(widget)}
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Test</title><style>{THEME}{page_style(classes)}</style></head>"
        f"<body><main><h1>Test</h1>{widget.page_html()}</main>"
        f"<script>{page_script(classes)}</script></body></html>"
    )


@contextmanager
def visit(browser, widget, folder, theme="light", **context):
    """A page from the disk that must neither complain nor ask for anything."""
    path = folder / f"{theme}.html"
    path.write_text(html(widget, theme), encoding="utf-8")
    context = browser.new_context(**context)
    page = context.new_page()
    page.set_default_timeout(10_000)
    errors, requests = [], []
    page.on("console", lambda m: m.type == "error" and errors.append(m.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.add_init_script(WITNESS)
    page.goto(path.as_uri())
    page.wait_for_function("window.liveWidgets?.length === 1")
    try:
        yield page
        assert errors == []
        assert requests == [path.as_uri()]
    finally:
        context.close()


def click(page, name):
    page.get_by_role("button", name=name).click()


def phase(page):
    return page.get_attribute(".bw", "data-phase")


def traits(page, name):
    return page.evaluate("name => liveWidgets[0].model.get(name)", name)


def wait_for(page, selector):
    """Wait until something stands on the stage, or the trials are interrupted."""
    page.wait_for_function(
        """selector => document.querySelector(".bw").dataset.phase !== "trial"
             || [...document.querySelectorAll(".bw-area " + selector)].some(
                  (e) => getComputedStyle(e).visibility === "visible")""",
        arg=selector,
    )
    return phase(page) == "trial"


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def violations(page):
    results = Axe().run(page, context=".book-widget")
    return [(v["id"], v["nodes"][0]["html"]) for v in results.response["violations"]]


def assert_same(got, want):
    """Equal dictionaries; numbers to 1e-12 of a reaction time, None only as None."""
    assert list(got) == list(want)
    for name, value in want.items():
        if isinstance(value, float):
            assert got[name] == pytest.approx(value, rel=1e-12, abs=1e-11), name
        else:
            assert got[name] == value, name


def module(entry):
    """The exports of a view's module in an engine without a page."""
    import quickjs

    context = quickjs.Context()
    context.eval(bundle.script(bundle.modules_of(entry)))
    context.eval(f'var exported = modules["{entry}"];')
    return context
