"""A page with one experiment on it, and what its tests look at."""

import itertools
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe

from attn_helpers.book.sphinxext import scripts_of, styles_of
from attn_helpers.widgets.kit import bundle

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

# An onlooker sees what is drawn in one frame at the start of the next. Where there is
# a `reply`, it is called then.
ONLOOKER = """(selector) => {
  let there = false;
  new MutationObserver(() => {
    const before = there;
    there = document.querySelector(".bw-area " + selector) !== null;
    if (there && !before) requestAnimationFrame((onset) => {
      seen.push(["shown", onset]);
      window.reply?.();
    });
  }).observe(document, { attributes: true, childList: true, subtree: true });
}"""

# A press 150 ms after, which a busy page hands over 40 ms late: its own time counts.
REPLY = """(key) => {
  window.reply = () => setTimeout(() => {
    const press = new KeyboardEvent("keydown", { key, bubbles: true });
    while (performance.now() < press.timeStamp + 40);
    document.activeElement.dispatchEvent(press);
  }, 150);
}"""


def html(widget, theme="light"):
    names = [type(widget).__name__]
    styles = "\n".join(styles_of(names).values())
    scripts = "".join(f"<script>{text}</script>" for text in scripts_of(names).values())
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Test</title><style>{THEME}{styles}</style></head>"
        f"<body><main><h1>Test</h1>{widget.page_html()}</main>"
        f"{scripts}</body></html>"
    )


@contextmanager
def visit(new_context, widget, folder, theme="light", **options):
    """A page from the disk that must neither complain nor ask for anything."""
    path = folder / f"{theme}.html"
    path.write_text(html(widget, theme), encoding="utf-8")
    page = new_context(**options).new_page()
    page.set_default_timeout(10_000)
    page.set_default_navigation_timeout(60_000)  # a busy machine is slow to begin
    errors, requests = [], []
    page.on("console", lambda m: m.type == "error" and errors.append(m.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.add_init_script(WITNESS)
    page.goto(path.as_uri())
    page.wait_for_function("window.liveWidgets?.length === 1")
    yield page
    assert errors == []
    assert requests == [path.as_uri()]


def click(page, name):
    page.get_by_role("button", name=name).click()


def phase(page):
    return page.get_attribute(".bw", "data-phase")


def traits(page, name):
    return page.evaluate("name => liveWidgets[0].model.get(name)", name)


def hold_time(page):
    """From here the clock of the page goes only in `pass_time` and `wait_for`.

    How busy the machine is then makes no difference to a reaction time, and the pauses
    between trials take no time.
    """
    page.clock.install(time=0)
    page.clock.pause_at(3600)


def pass_time(page, ms):
    page.clock.run_for(ms)


# One question to the page, as it is asked fifty times a second of the held clock.
STAGE = """(selector) => {
  const first = document.querySelector(".bw-area " + selector);
  const { width, height } = first?.getBoundingClientRect() ?? {};
  const there = width && height && first.checkVisibility({ visibilityProperty: true });
  return [document.querySelector(".bw").dataset.phase, Boolean(there)];
}"""


def wait_for(page, selector):
    """Pass time until something stands on the stage, or the trials end or pause."""
    for _ in range(300):
        in_phase, is_there = page.evaluate(STAGE, selector)
        if in_phase != "trial":
            return False
        if is_there:
            return True
        pass_time(page, 20)
    raise AssertionError(f"no {selector} on the stage within 6 s")


def times_between(seen):
    """From each thing shown to the press that follows it, in ms."""
    pairs = itertools.pairwise(seen)
    return [b[1] - a[1] for a, b in pairs if (a[0], b[0]) == ("shown", "press")]


def real_times(page, selector, key, count=3):
    """Reaction times on the real clock: the widget's own and those an onlooker takes.

    No bound in ms is asked for, so that a busy machine changes both alike.
    """
    page.evaluate(ONLOOKER, selector)
    page.evaluate(REPLY, key)
    click(page, "Start")
    click(page, "Begin")
    page.wait_for_function(
        "n => seen.filter(([what]) => what === 'shown').length > n",
        arg=count,
        timeout=60_000,
    )
    page.keyboard.press("Escape")
    click(page, "Stop and see results")
    own = [t["rt"] for t in traits(page, "trials") if t["rt"] is not None]
    return own[:count], times_between(page.evaluate("seen"))[:count]


# The marks of a chart in the units of the numbers on its axis, by their classes.
CHART = """(n) => {
  const chart = document.querySelectorAll(".bw-chart")[n];
  const number = (element, name) => Number(element.getAttribute(name));
  const grid = [...chart.querySelectorAll(".bw-grid")];
  const lines = grid.map((line) => number(line, "y1"));
  const texts = [...chart.querySelectorAll("text[text-anchor=end]")];
  const marks = lines.map((y) =>
    [y, texts.find((text) => Math.abs(number(text, "y") - 4 - y) < 1e-6)]);
  const said = marks.map(([y, text]) =>
    [y, Number(text.textContent.replace("\u2212", "-"))]);
  const [[y0, v0], [y1, v1]] = [said[0], said.at(-1)];
  const at = (y) => v0 + ((y - y0) / (y1 - y0)) * (v1 - v0);
  const read = (element) => {
    const found = ["y", "y1", "y2", "cy"].filter((name) => element.hasAttribute(name));
    const values = found.map((name) => [name, at(number(element, name))]);
    return {
      kind: element.getAttribute("class"), text: element.textContent,
      x: number(element, "cx") || number(element, "x1"),
      foot: at(number(element, "y") + number(element, "height")),
      ...Object.fromEntries(values),
    };
  };
  return {
    ticks: said.map(([y, v]) => [at(y), v]),
    marks: [...chart.querySelectorAll(".mean, .error, .fit, .band, .number")].map(read),
  };
}"""


def chart(page, n=0):
    """Chart ``n``: its ticks, as (where one stands, what it says), and its marks."""
    read = page.evaluate(CHART, n)
    kinds = [(mark["kind"].split()[0], mark) for mark in read["marks"]]
    return read["ticks"], lambda kind: [mark for k, mark in kinds if k == kind]


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
    from py_mini_racer import MiniRacer

    context = MiniRacer()
    context.eval(bundle.joined(entry))
    context.eval(f'var exported = modules["{entry}"];')
    return context
