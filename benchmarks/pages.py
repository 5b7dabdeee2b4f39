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

from tests.book.chromium import MISSING, find_chromium

HTML = Path(__file__).parents[1] / "_build" / "html"
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
    script = HTML / "_static" / "book-widgets.js"
    if not script.exists():
        raise SystemExit("There is no _build/html: run `make build` first.")
    path = find_chromium()
    if path is None:
        raise SystemExit(MISSING)
    yield "book-widgets.js", f"{script.stat().st_size / 1000:.0f} kB", "≤ 120 kB"
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
    files = {urlsplit(url).path.lstrip("/") for url in requests if url.startswith(site)}
    weight = sum(len(gzip.compress((HTML / file).read_bytes())) for file in files)
    yield f"{name}: weight", f"{weight / 1e6:.2f} MB", "≤ 1.2 MB"
    yield f"{name}: live after navigation", f"{statistics.median(live):.0f} ms", ""
    yield f"{name}: live after load", f"{statistics.median(after):.0f} ms", "≤ 500 ms"


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
        "≤ 33 ms",
    )
