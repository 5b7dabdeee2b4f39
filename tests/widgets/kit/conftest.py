"""The page's shared code, called from Python: with and without a page."""

import json

import pytest
from py_mini_racer import MiniRacer

from attn_helpers.widgets.kit import bundle

PARTS = (
    "dom",
    "axes",
    "challenge",
    "later",
    "memory",
    "motion",
    "naming",
    "own_words",
    "player",
)
SHARED = [f"kit/{part}.js" for part in PARTS]
# What a view is handed: traits, who hears of their changes, and what Python was told.
MODEL = """
window.modelOf = (state) => {
  const heard = new Map();
  const of = (event) => heard.get(event) ?? heard.set(event, new Set()).get(event);
  return {
    state, of, saved: [],
    get: (name) => state[name],
    set(name, value) {
      state[name] = value;
      for (const event of [`change:${name}`, "change"])
        for (const hear of [...of(event)]) hear();
    },
    on: (event, hear) => of(event).add(hear),
    off: (event, hear) => of(event).delete(hear),
    save_changes() { this.saved.push(JSON.stringify(state)); },
  };
};
"""


@pytest.fixture(scope="session")
def engine():
    """engine("dom", "format", 1.5, 2) calls what a module of the kit exports."""
    context = MiniRacer()
    context.eval(bundle.joined(*SHARED))

    def call(module, function, *arguments):
        literals = ", ".join(json.dumps(argument) for argument in arguments)
        called = f'modules["kit/{module}.js"].{function}({literals})'
        return json.loads(context.eval(f"JSON.stringify({called})"))

    return call


@pytest.fixture(scope="module")
def window(browser):
    """One page for all tests of a file."""
    context = browser.new_context(viewport={"width": 800, "height": 600})
    yield context.new_page()
    context.close()


@pytest.fixture
def page(window):
    """An empty page with the shared code in `dom`, `axes` and `challenge`."""
    window.goto("about:blank")
    furnish(window)
    return window


def furnish(page):
    page.set_content('<html lang="en"><body><main></main></body></html>')
    scripts = "".join(map(bundle.classic, bundle.modules_of(*SHARED)))
    page.evaluate(
        f"() => {{ {scripts}"
        "for (const [name, exports] of Object.entries(bookModules))"
        " window[name.slice(4, -3)] = exports;"
        f"window.main = document.querySelector('main');{MODEL} }}"
    )
