"""The built pages in Firefox: figures that move, exercises, and Python for them."""

import functools
import http.server
import threading

import pytest

from attn_helpers.book.page_exercises import assets
from tests.book.conftest import QuietHandler
from tests.book.firefox import MISSING, find_firefox, started
from tests.book.test_live_exercises import (
    LOOP,
    READY,
    RIGHT,
    WRONG,
    needs_python,
    page_of,
    run,
)

SHIFT, ENTER, ESCAPE, TAB = "\ue008", "\ue006", "\ue00c", "\ue004"
PAGE = page_of("dot_product_attention")
SOFTMAX = '[data-exercise="softmax"]'
SAID = f"() => document.querySelector('{SOFTMAX} [data-verdict]').textContent"
FOCUSED = "() => document.activeElement.outerHTML"
NOT_BUILT_IN = "This copy of the book was built without Python for its pages;"
FROM_A_FILE = "Python does not run in a page that was opened from a file:"


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    """A Firefox without windows; where there is none the test is skipped."""
    path = find_firefox()
    if path is None:
        pytest.skip(MISSING)
    with started(path, tmp_path_factory.mktemp("firefox") / "profile") as session:
        yield session


@pytest.fixture
def visit_firefox(firefox, site):
    """visit_firefox(path) opens a page of the book, or an address, and waits."""

    def open_page(path):
        tab = firefox.new_tab()
        tab.goto(path if "://" in path else f"{site}/{path}")
        tab.wait_for_function(f"() => {READY}")
        return tab

    return open_page


@pytest.fixture
def site_without_python(html):
    """The address of the book as it is where it was built without Python."""

    class WithoutPython(QuietHandler):
        def do_GET(self):
            if "exercise_editor/data.js" not in self.path:
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()
            self.wfile.write(assets.later_script({}).encode())

    handler = functools.partial(WithoutPython, directory=html)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_figure_of_a_page_goes_live_and_is_dragged(visit_firefox, site):
    tab = visit_firefox(PAGE)
    names = tab.evaluate(
        "() => [...document.querySelectorAll('[data-widget]')]"
        ".map((el) => el.dataset.widget)"
    )
    assert len(names) > 5 and names[0] == "QueryKeyPlayground"
    assert tab.evaluate("() => liveWidgets.length") == len(names)
    state = "liveWidgets[0].model.state"
    keys, weights = tab.evaluate(f"() => [{state}.K, {state}.weights]")
    tab.drag('[data-vector="K1"] .bw-tip', -40, 20)
    tab.wait_for_function(f"() => String({state}.weights) !== String({weights})")
    now = tab.evaluate(f"() => {state}.K")
    assert [old != new for old, new in zip(keys, now, strict=True)].index(True) == 1
    assert tab.errors == []
    assert all(url.startswith((site, "data:", "blob:")) for url in tab.requests)


@needs_python
def test_what_a_reader_does_in_firefox(visit_firefox, site):
    tab = visit_firefox(PAGE)
    assert not any("_static/python/" in url for url in tab.requests)
    wrong = run(tab, "softmax", WRONG)
    assert wrong["message"].startswith("Your whole table sums to 1, so a query gets")
    assert tab.evaluate(SAID) == wrong["message"]
    assert all(url.startswith((site, "data:", "blob:")) for url in tab.requests)

    tab.set_offline(True)  # Python is there now, and stays
    gone = "() => fetch(location.href).then(() => false, () => true)"
    assert tab.evaluate(gone)
    assert run(tab, "softmax", RIGHT)["status"] == "correct"
    looped = run(tab, "softmax", LOOP)
    assert "had not come back after 10 seconds" in looped["message"]
    ends = "import os\ndef my_softmax(s):\n    os._exit(1)"
    ended = run(tab, "softmax", ends)
    assert "brought down the Python of this page" in ended["message"]
    printing = run(
        tab, "entropy", "def my_entropy(w):\n    print('a')\n    return 1 / 0"
    )
    assert printing["printed"].startswith("a\nTraceback")
    assert run(tab, "softmax", RIGHT)["status"] == "correct"


def test_the_editor_is_used_and_left_by_keyboard_in_firefox(visit_firefox):
    tab = visit_firefox(PAGE)
    before = tab.evaluate("() => pageExercises.map((one) => one.get())")
    tab.click(f"{SOFTMAX} textarea")
    tab.press(TAB)
    assert tab.evaluate(FOCUSED).startswith("<textarea")
    after = tab.evaluate("() => pageExercises.map((one) => one.get())")
    assert after != before
    tab.press(ESCAPE)
    tab.press(TAB)
    assert "data-run" in tab.evaluate(FOCUSED)


@pytest.mark.parametrize("where", ["file", "without"])
def test_where_python_cannot_run_firefox_says_so(
    visit_firefox, html, site_without_python, where
):
    file = where == "file"
    root = html.as_uri() if file else site_without_python
    tab = visit_firefox(f"{root}/{PAGE}")
    sentence = FROM_A_FILE if file else NOT_BUILT_IN
    assert tab.evaluate(SAID).startswith(sentence)
    tab.click(f"{SOFTMAX} textarea")
    tab.press(SHIFT, ENTER)
    assert tab.evaluate(SAID).startswith(sentence)
    said = run(tab, "softmax")
    assert said["status"] == "not attempted" and said["message"].startswith(sentence)
    assert tab.errors == []
