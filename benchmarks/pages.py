"""The built pages: weight, time until the widgets live, a drag (after `make build`)

Weight is what a first visit transfers, each file compressed. Time until live is given
from the start of navigation and from the page's own ``load`` event, as budgeted.
"""

import functools
import gzip
import http.server
import statistics
import threading
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

from attn_helpers.book import budgets
from tests.book.chromium import MISSING, find_chromium

HTML = Path(__file__).parents[1] / "_build" / "html"
OWN = HTML / "_static" / "widgets"
# These have budgets of their own, and tests.
LATER = {OWN / "exercise_editor" / "data.js", *OWN.glob("reader/*.js")}
LIVE = "performance.getEntriesByName('book-widgets-live')[0].startTime"
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"

WATCH = """() => {
  window.frames_ms = [];
  const shown = (event) => requestAnimationFrame(() => requestAnimationFrame(
    (now) => frames_ms.push(now - event.timeStamp)));
  addEventListener("pointermove", shown, true);
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def measure():
    if not HTML.exists():
        raise SystemExit("There is no _build/html: run `make build` first.")
    path = find_chromium()
    if path is None:
        raise SystemExit(MISSING)
    handler = functools.partial(Quiet, directory=HTML)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = f"http://127.0.0.1:{server.server_port}"
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        for page in sorted((HTML / "chapters").glob("*.html")):
            name = page.relative_to(HTML).as_posix()
            yield from _page(browser, site, name)
        yield _drag(browser, f"{site}/chapters/index.html")
        yield from _verdicts(browser, site)
        browser.close()
    server.shutdown()


def _page(browser, site, name):
    live, after, requests = [], [], set()
    for _ in range(5):
        page = browser.new_page()
        page.on("request", lambda request: requests.add(request.url))
        page.goto(f"{site}/{name}", wait_until="load")
        page.wait_for_function("window.liveWidgets !== undefined")
        page.wait_for_timeout(50)
        live.append(page.evaluate(LIVE))
        after.append(live[-1] - page.evaluate(LOADED))
        page.close()
    paths = {urlsplit(url).path.lstrip("/") for url in requests if url.startswith(site)}
    files = [(HTML / path) for path in paths]
    own = [
        f for f in files if OWN in f.parents and f.suffix == ".js" and f not in LATER
    ]
    written = sum(file.stat().st_size for file in own)
    yield f"{name}: own scripts", _kilo(written), f"≤ {_kilo(budgets.SCRIPTS)}"
    limit = f"≤ {_kilo(budgets.SCRIPTS_COMPRESSED)}"
    yield f"{name}: the same, compressed", _kilo(_compressed(own)), limit
    limit = f"≤ {_kilo(budgets.PAGE_COMPRESSED)}"
    yield f"{name}: weight", _kilo(_compressed(files)), limit
    yield f"{name}: live after navigation", f"{statistics.median(live):.0f} ms", ""
    limit = f"≤ {budgets.LIVE_AFTER_LOAD_MS} ms"
    yield f"{name}: live after load", f"{statistics.median(after):.0f} ms", limit


def _verdicts(browser, site):
    """From a press of Run to what is said, with Python still to come and then there."""
    page = browser.new_page()
    [chapter] = (HTML / "chapters").glob("*_dot_product_attention.html")
    page.goto(f"{site}/chapters/{chapter.name}")
    page.wait_for_function("window.pageExercises?.length > 0")
    for name, limit in [
        ("first", budgets.FIRST_VERDICT_MS),
        ("later", budgets.LATER_VERDICT_MS),
    ]:
        took, status = page.evaluate(
            """async (text) => {
              pageExercises[0].set(text);
              const begun = performance.now();
              const { status } = await pageExercises[0].run();
              return [performance.now() - begun, status];
            }""",
            "def my_softmax(scores):\n    return np.exp(scores)\n",
        )
        row = f"{took:.0f} ms" if status == "not yet" else "no Python was built in"
        yield f"an exercise: the {name} verdict", row, f"≤ {limit} ms"


def _compressed(files):
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def _kilo(size):
    return f"{size / 1000:.0f} kB"


def _drag(browser, address):
    """From a pointer move to the end of the frame that shows it."""
    page = browser.new_page()
    page.goto(address)
    page.wait_for_function("window.liveWidgets !== undefined")
    handle = page.locator('[data-vector="Q0"] circle')
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(WATCH)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(40):
        page.mouse.move(x - step, y + step / 2)
        page.wait_for_timeout(25)
    page.mouse.up()
    milliseconds = statistics.median(page.evaluate("frames_ms"))
    return (
        "a drag on the front page: move to frame",
        f"{milliseconds:.0f} ms",
        f"≤ {budgets.DRAG_TO_FRAME_MS} ms",
    )
