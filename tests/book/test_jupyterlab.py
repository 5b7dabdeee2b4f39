"""JupyterLab: a widget and Python move each other, and text is shown as in the book."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

CELLS = [
    "from attn_helpers.widgets.query_key_playground import QueryKeyPlayground\n"
    "widget = QueryKeyPlayground()\nwidget",
    "import json\nprint(json.dumps([widget.Q, widget.weights, widget.output]))",
    "widget.Q = [[-1.0, -1.0]]\nprint(json.dumps(widget.weights))",
]
TEXT = """\
:::{admonition} Mind the root
:class: important
As {doc}`glossary` says.
:::

:::{exercise} Cut the columns
:label: ex-cut
Split `x`.
:::
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of its own; lab(name) is the address of one of two notebooks."""
    tmp_path = tmp_path_factory.mktemp("lab")
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    home.mkdir()
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for name, cells in {
        "widget": [new_code_cell(source) for source in CELLS],
        "text": [new_markdown_cell(TEXT)],
    }.items():
        notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, work / f"{name}.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--port={port}", f"--ServerApp.root_dir={work}", "--LabApp.news_url="]
    command += ["--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"]
    with open(tmp_path / "lab.log", "w") as log:
        server = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, "HOME": str(home)}
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/api")
            yield f"http://127.0.0.1:{port}/lab/tree/{{}}.ipynb?reset".format
        finally:
            server.send_signal(signal.SIGINT)
            time.sleep(0.3)
            server.send_signal(signal.SIGINT)  # the second one answers "really stop?"
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:  # a busy machine; the test is over anyway
                server.kill()
                server.wait()


def wait_for(address, seconds=60):
    for _ in range(10 * seconds):
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not answer within {seconds} s")


def test_a_drag_reaches_python_and_a_trait_set_there_reaches_the_page(lab, new_context):
    page = new_context(viewport={"width": 1300, "height": 1000}).new_page()
    page.goto(lab("widget"))
    # the cell indicator turns idle before the kernel is connected; this text does not
    page.get_by_text("| Idle").first.wait_for(timeout=60_000)
    page.wait_for_timeout(300)

    run_cell(page, 0)
    query = page.locator('[data-vector="Q0"]')
    query.wait_for(timeout=30_000)
    handle = query.locator(".bw-tip").bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y + 50, steps=5)
    page.mouse.up()

    shown = query.get_attribute("aria-valuetext")
    [[qx, qy]], weights, _output = printed(page, run_cell(page, 1))
    assert f"({qx:.2f}, {qy:.2f})".replace("-", "\u2212") in shown
    assert qx < 1.2 and qy < 0.2  # where it was not before the drag
    bars = page.locator(".bw-keys .bw-bar + .bw-number, .bw-track + .bw-number")
    assert bars.all_text_contents() == [f"{w:.2f}" for w in weights[0]]

    after = printed(page, run_cell(page, 2))
    page.wait_for_function(
        "document.querySelector('[data-vector=Q0]').ariaValueText?.includes('\u22121.00')"
        " ?? document.querySelector('[data-vector=Q0]')"
        ".getAttribute('aria-valuetext').includes('\u22121.00')"
    )
    assert bars.all_text_contents() == [f"{w:.2f}" for w in after[0]]
    page.close()


def test_a_text_is_shown_without_the_signs_of_myst(lab, new_context):
    page = new_context().new_page()
    page.goto(lab("text"))
    cell = page.locator(".jp-MarkdownCell")
    cell.locator("aside", has_text="Mind the root").wait_for(timeout=60_000)
    text = cell.inner_text()
    assert "As glossary says." in text
    assert "Exercise 1 (Cut the columns)" in text
    assert ":::" not in text and "{" not in text
    page.close()


def run_cell(page, index):
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").nth(index).click()
    page.keyboard.press("Shift+Enter")
    return index


def printed(page, index):
    output = (
        page.locator(".jp-CodeCell").nth(index).locator(".jp-OutputArea-output pre")
    )
    output.wait_for(timeout=20_000)
    return json.loads(output.text_content())
