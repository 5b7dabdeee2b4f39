"""A failing test of a page leaves something to look at."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.book.evidence import folder_of

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

@pytest.fixture
def page(new_context):
    page = new_context(viewport={"width": 300, "height": 200}).new_page()
    page.set_content("<h1>Hello</h1>")
    page.evaluate("console.warn('careful'); setTimeout(() => { throw Error('no'); })")
    page.wait_for_timeout(100)
    return page

def test_passes(page):
    assert page.inner_text("h1") == "Hello"

@pytest.mark.parametrize("word", ["Good/bye"])
def test_fails(page, word):
    assert page.inner_text("h1") == word

@pytest.fixture
def broken(page):
    raise RuntimeError

def test_cannot_start(broken):
    pass
"""


def test_only_failing_tests_leave_their_picture_console_and_trace(browser, tmp_path):
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", tmp_path]
    done = subprocess.run(
        [*command, f"--rootdir={tmp_path}", "-n", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert "1 failed, 1 passed, 1 error" in done.stdout, done.stdout + done.stderr
    left = [
        folder_of(tmp_path, "test_it.py::test_fails[Good/bye]"),
        folder_of(tmp_path, "test_it.py::test_cannot_start"),
    ]
    assert set((tmp_path / "_build" / "page_failures").iterdir()) == set(left)
    for folder in left:
        assert (folder / "page_0_0.png").read_bytes().startswith(b"\x89PNG")
        console = (folder / "console.txt").read_text()
        assert "warning: careful" in console
        assert "uncaught: " in console and "no" in console
        assert "trace.trace" in zipfile.ZipFile(folder / "trace_0.zip").namelist()
