"""A page with live figures and all that the book's pages do for their readers."""

import functools
import http.server
import threading

import pytest

from attn_helpers.book import reader
from attn_helpers.book.sphinxext import data_of, scripts_of, styles_of
from tests.book.conftest import QuietHandler
from tests.widgets.conftest import ROLES, THEMES

REFUSED = "Object.defineProperty(window, 'localStorage', { get() { throw Error(); } })"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def address(folder):
    handler = functools.partial(QuietHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def html_of(widgets, theme, more):
    """The page as the book's builder writes it: each script a file of its own."""
    names = dict.fromkeys(type(widget).__name__ for widget in widgets)
    scripts = "".join(
        f'<script defer src="_static/widgets/{name}"></script>'
        for name in scripts_of(names)
    )
    colors = ";".join(
        f"--pst-color-{role}:{color}"
        for role, color in zip(ROLES, THEMES[theme], strict=True)
    )
    styles = "\n".join(styles_of(names).values())
    body = "".join(
        reader.FIGURE.sub(reader.named, widget.page_html()) for widget in widgets
    )
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head>'
        '<meta charset="utf-8"><link rel="icon" href="data:,"><title>Figures</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>:root{{{colors}}}body{{margin:0 1rem;font-family:sans-serif;"
        "color:var(--pst-color-text-base);background:var(--pst-color-background)}"
        f"{styles}</style></head><body><main><h1>Figures</h1>{more}{body}</main>"
        f"{scripts}</body></html>"
    )


@pytest.fixture
def open_page(new_context, folder, address):
    """open_page(widget, …, more=html, hash="#…") from a server, or from a `file`."""

    def visit(
        *widgets, theme="light", more="", hash="", file=False, init="", **options
    ):
        names = {type(widget).__name__ for widget in widgets}
        texts = scripts_of(names) | data_of(names) | reader.files()
        for name, text in texts.items():
            path = folder / "_static/widgets" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (folder / "page.html").write_text(html_of(widgets, theme, more), "utf-8")
        context = options.pop("context", None) or new_context(**options)
        page = context.new_page()
        page.said = []
        page.on("console", lambda m: m.type == "error" and page.said.append(m.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        if init:
            page.add_init_script(init)
        place = (folder / "page.html").as_uri() if file else f"{address}/page.html"
        page.goto(f"{place}{hash}")
        page.wait_for_function("document.documentElement.dataset.reader === 'here'")
        return page

    return visit


def opener(page, number=0):
    return page.locator(".bw-corner").nth(number)


def opened(page, number=0):
    """Press the button, and wait until what it opens is there."""
    opener(page, number).click()
    page.locator(".bw-tools:visible").wait_for()
    return page.locator(".bw-tools:visible")
