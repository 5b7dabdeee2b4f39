"""Widgets in a page of their own, from file://, and what it says and asks for."""

import itertools
import json
from pathlib import Path

import axe_playwright_python
import numpy as np
import pytest
from py_mini_racer import MiniRacer

from attn_helpers.book.sphinxext import data_of, scripts_of, styles_of
from attn_helpers.widgets.kit import bundle
from tests.frames import TWO_FRAMES
from tests.widgets.ends import assert_python_takes_every_end

AXE = next(iter(axe_playwright_python.__path__)) + "/axe.min.js"
DRAWING = Path(__file__).with_name("drawing.js")
CONTROLS = 'button, select, input, [tabindex="0"]'
KEYS = {
    "checkbox": ["Space"],
    "range": ["ArrowRight", "Home", "End", "ArrowLeft"],
    "g": ["ArrowRight", "ArrowUp"],
    "td": ["Space", "ArrowRight"],
}
THEMES = {
    "light": ("#222832", "#48566b", "#ffffff", "#f3f4f5", "#c9c9c9"),
    "dark": ("#ced6dd", "#9ca4af", "#14181e", "#29313d", "#48566b"),
}
ROLES = ("text-base", "text-muted", "background", "surface", "border")


def page_of(widgets, theme):
    """HTML with the theme's colours, the widgets, and the script that starts them."""
    names = dict.fromkeys(type(widget).__name__ for widget in widgets)
    styles = "\n".join(styles_of(names).values())
    texts = [*data_of(names).values(), *scripts_of(names).values()]
    scripts = "".join(f"<script>{text}</script>" for text in texts)
    colors = ";".join(
        f"--pst-color-{role}:{color}"
        for role, color in zip(ROLES, THEMES[theme], strict=True)
    )
    body = "".join(widget.page_html() for widget in widgets)
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head>'
        '<meta charset="utf-8"><title>Widgets</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>:root{{{colors}}}body{{margin:0;padding:0 1rem;"
        "font-family:sans-serif;color:var(--pst-color-text-base);"
        f"background:var(--pst-color-background)}}{styles}</style>"
        f"</head><body><main><h1>Widgets</h1>{body}</main>"
        f"{scripts}</body></html>"
    )


class WidgetPage:
    """An open page with live widgets."""

    def __init__(self, page, widgets):
        self.page = page
        self.widgets = widgets
        self.errors = []
        self.requests = []
        page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def state(self, i=0):
        """All traits of widget ``i`` in the page, once no widget is at work."""
        read = f"(i) => {TWO_FRAMES}.then(() => liveWidgets[i].model.state)"
        return self.page.evaluate(read, i)

    def assert_python_agrees(self, i=0, atol=1e-9):
        """What the page computed is what Python computes from the same inputs."""
        state = self.state(i)
        widget = self.widgets[i]
        inputs = {
            name: state[name]
            for name in widget.inputs()
            if not widget.traits()[name].read_only
        }
        expected = type(widget)(**inputs)
        for name in widget.results:
            got, want = (
                np.array([state[name]], float),
                np.array([getattr(expected, name)]),
            )
            np.testing.assert_allclose(got, want.astype(float), atol=atol, rtol=0)
        return state

    def drag(self, place, dx, dy):
        """Pull the element at a selector by so many pixels, in steps as a hand does."""
        box = self.page.locator(place).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + dx, y + dy, steps=5)
        mouse.up()

    def swipe(self, place, dx, dy):
        """The same with a finger; a page that wants to scroll takes it over."""
        box = self.page.locator(place).first.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        device = self.page.context.new_cdp_session(self.page)
        steps = [(x + dx * i / 8, y + dy * i / 8) for i in range(9)]
        for kind, points in [
            ("touchStart", steps[:1]),
            *(("touchMove", [step]) for step in steps[1:]),
            ("touchEnd", []),
        ]:
            touches = [{"x": x, "y": y} for x, y in points]
            event = {"type": kind, "touchPoints": touches}
            device.send("Input.dispatchTouchEvent", event)

    def drawn_anew(self, i=0, but=""):
        """What view ``i`` shows, and what a new view of the same inputs shows.

        Both as text; ``but`` selects what a view may show of its own past.
        """
        if not self.page.evaluate("'twice' in window"):
            self.page.add_script_tag(path=DRAWING)
        but = ", ".join(filter(None, [".bw-heard", but]))
        script = "([i, but]) => twice(liveWidgets[i], but)"
        return self.page.evaluate(script, [i, but])

    def use_all_controls(self, i=0):
        """Use all that view ``i`` offers, one after the other; yields what was used."""
        controls = self.page.locator(".book-widget").nth(i).locator(CONTROLS)
        for n in itertools.takewhile(lambda n: n < controls.count(), itertools.count()):
            control = controls.nth(n)
            if not (control.is_visible() and control.is_enabled()):
                continue
            name, text, kind, options = control.evaluate(
                "c => [c.localName, c.outerHTML.slice(0, 90), c.type,"
                " [...(c.options ?? [])].map(({ value }) => value)]"
            )
            for option in options:
                control.select_option(option)
                yield f"{option} in {text}"
            if name == "button":
                control.click()
                yield text
            for key in KEYS.get(kind, KEYS.get(name, [])):
                control.press(key)
                yield f"{key} on {text}"

    def pause(self):
        """Stop what plays by itself, if it does not come to its end this moment."""
        self.page.evaluate(
            "document.querySelectorAll('.bw-player button').forEach("
            "(b) => b.textContent === 'Pause' && b.click())"
        )

    def assert_python_takes_every_end(self, i=0, steps=100, atol=1e-9):
        """Wherever the controls of widget ``i`` lead, Python takes it: see ends.py."""
        assert_python_takes_every_end(self, i, steps, atol)

    def violations(self):
        """Accessibility faults that axe finds inside the widgets."""
        self.page.add_script_tag(path=AXE)
        # what is in order stays in the page: it would be a megabyte to send
        only = "({ violations }) => violations"
        found = self.page.evaluate(f"axe.run('.book-widget').then({only})")
        return [(v["id"], v["nodes"][0]["html"][:90]) for v in found]

    def sideways(self):
        """How many pixels the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.fixture(scope="session")
def taken():
    """taken(widget, values): those of the values that the page takes."""
    context = MiniRacer()
    context.eval(bundle.joined("reader/limits.js"))

    def call(widget, values):
        given_ = ", ".join(map(json.dumps, (widget.limits(), widget.state(), values)))
        called = f'modules["reader/limits.js"].accepted({given_})'
        return json.loads(context.eval(f"JSON.stringify({called})"))

    return call


@pytest.fixture
def show(new_context, tmp_path):
    """show(widget, …, theme="dark", width=360) opens a page with live widgets."""
    files = (tmp_path / f"{i}.html" for i in itertools.count())

    def open_page(*widgets, theme="light", width=800, height=1000, touch=False):
        file = next(files)
        file.write_text(page_of(widgets, theme), encoding="utf-8")
        size = {"width": width, "height": height}
        context = new_context(viewport=size, has_touch=touch, is_mobile=touch)
        shown = WidgetPage(context.new_page(), widgets)
        shown.page.goto(file.as_uri())
        assert shown.page.evaluate("liveWidgets.length") == len(widgets)
        return shown

    return open_page
