"""The built book on a local port, and pages of it in a browser."""

import functools
import http.server
import os
import subprocess
import sys
import threading

import pytest

from tests.copies import ROOT, copied

HTML = ROOT / "_build" / "html"
QUICK_CHECKS = (
    "tests/book/test_contents.py",
    "tests/book/test_hygiene.py",
    "tests/book/test_references_to_chapters.py",
    "tests/book/test_repository.py",
    "tests/exercises/test_in_chapters.py",
)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def html():
    """The folder of built pages."""
    if not (HTML / "index.html").exists():
        pytest.fail("there is no _build/html: run `make build` first, or `make test`")
    return HTML


@pytest.fixture(scope="session")
def site(html):
    """The address of the book, served from this machine."""
    handler = functools.partial(QuietHandler, directory=html)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def copy_of_the_book(tmp_path):
    """This book in a folder where a tool may change it."""
    return copied(tmp_path / "book")


@pytest.fixture
def quick_checks():
    """quick_checks(root) expects the tests of files and chapters to pass there."""

    def run(root):
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *QUICK_CHECKS],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout

    return run


class Visit:
    """An open page with what it said and asked for while it was open."""

    def __init__(self, page):
        self.page = page
        self.errors = []
        self.requests = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _console(self, message):
        if message.type == "error":
            self.errors.append(message.text)

    def live(self):
        """The number of live widgets; deferred scripts have run before `load`."""
        return self.page.evaluate("window.liveWidgets?.length ?? 0")


@pytest.fixture
def visit(new_context, site):
    """visit("chapters/index.html", color_scheme="dark", …) opens a page and waits."""

    def open_page(path, script=True, **options):
        seen = Visit(new_context(java_script_enabled=script, **options).new_page())
        address = path if "://" in path else f"{site}/{path}"
        seen.page.goto(address, wait_until="load")
        return seen

    return open_page
