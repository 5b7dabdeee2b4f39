"""The face of a chapter: one small picture from the chapter's own numbers.

A chapter about ``soft_lookup`` has its motif in ``soft_lookup.py``, a function ``draw``
of the first state of the widget that ``WIDGET`` names. The state is the one that the
notebook stores, so a motif changes with its chapter and with nothing else.
"""

import functools
import html
import importlib
import json
import re
from importlib.util import find_spec
from pathlib import Path

from attn_helpers.book.contents import ROOT, topic_of

LARGEST = 6_000  # bytes
STORED = r'<div class="book-widget" data-widget="{}" data-state="([^"]*)">'


def motif(page: str, root: Path = ROOT) -> str:
    """The picture of a chapter, by its page, as SVG text, "" where none is drawn.

    It only decorates, so it is hidden from those who hear a page.
    """
    name = f"{__name__}.{topic_of(page)}"
    if find_spec(name) is None:
        return ""
    module = importlib.import_module(name)
    notebook = Path(root, f"{page}.ipynb")
    state = first_state(notebook, module.WIDGET, notebook.stat().st_mtime_ns)
    return "" if state is None else module.draw(state)


@functools.cache
def first_state(notebook: Path, widget: str, _changed: int = 0) -> dict | None:
    """The state of the first widget of this name that a notebook stores, or None."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    wanted = re.compile(STORED.format(widget))
    for cell in cells:
        for output in cell.get("outputs", []):
            text = "".join(output.get("data", {}).get("text/html", ""))
            if found := wanted.search(text):
                return json.loads(html.unescape(found[1]))
    return None
