"""Which pages are built again after a change: Sphinx itself builds a tiny book."""

import os

import pytest
from sphinx.application import Sphinx

from attn_helpers.book import outdated

PAGES = {
    "index": "Index\n=====\n\n.. toctree::\n\n   dial\n   plain\n   live\n   asks\n",
    "asks": 'Asks\n====\n\n::\n\n   check("mean", f)\n',
    "dial": "Dial\n====\n\n.. raw:: html\n\n   <div data-widget='Dial'></div>\n",
    "plain": "Plain\n=====\n",
    "live": "Live\n====\n\n.. {widget} Dial\n",
}
PACKAGE = {
    "widgets/dial/__init__.py": "from attn_helpers.reference import masks\n",
    "widgets/dial/view.js": 'import { a } from "../kit/dom.js";\n',
    "widgets/kit/dom.js": "export const a = 1;\n",
    "reference/masks.py": "A = 1\n",
    "reference/softmax.py": "A = 1\n",
    "exercises/t/mean.py": "from attn_helpers.reference import masks\n",
    "book/sphinxext.py": "from attn_helpers.book import outdated\n",
    "book/outdated.py": "A = 1\n",
    "book/notebooks.py": "A = 1\n",
    "book/host.js": "1;\n",
    "book/book.css": "a {}\n",
    "book/motifs/dial.py": "A = 1\n",
    "book/templates/components/next.html": "<p>\n",
}
ALL = {"asks", "dial", "index", "live", "plain"}


@pytest.fixture
def book(tmp_path):
    """A folder with five pages and a package, built once."""
    for name, text in PACKAGE.items():
        path = tmp_path / "attn_helpers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for name, text in PAGES.items():
        (tmp_path / f"{name}.rst").write_text(text, "utf-8")
    assert build(tmp_path) == ALL
    return tmp_path


def build(root):
    """Bring the pages up to date; the names of those that were written."""
    app = Sphinx(
        root,
        None,
        root / "_build" / "html",
        root / "_build" / ".doctrees",
        "html",
        confoverrides={"exclude_patterns": ["_build"]},
        status=None,
        warning=None,
    )
    app.extensions["attn_helpers.book.sphinxext"] = app.extensions["alabaster"]
    app.connect("env-get-outdated", outdated.pages_that_show_a_change)
    app.connect("env-updated", outdated.pages_that_list_a_change)
    written = set()
    context = "html-page-context"
    app.connect(context, lambda app, page, template, *_: written.add(page))
    app.build()
    return written & ALL


def change(root, name, text="B = 2\n"):
    path = root / "attn_helpers" / name
    path.write_text(path.read_text("utf-8") + text, "utf-8")


def written_after(book, name):
    change(book, name)
    return build(book)


def test_nothing_is_built_where_nothing_changed(book):
    assert build(book) == set()


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("widgets/dial/view.js", {"dial", "live"}),
        ("widgets/kit/dom.js", {"dial", "live"}),
        ("widgets/dial/__init__.py", {"live"}),
        ("reference/masks.py", {"live"}),
        ("reference/softmax.py", set()),
        ("exercises/t/mean.py", {"asks"}),
        ("book/notebooks.py", set()),
        ("book/sphinxext.py", ALL),
        ("book/outdated.py", ALL),
        ("book/host.js", ALL),
        ("book/book.css", ALL),
        ("book/motifs/dial.py", ALL),
        ("book/templates/components/next.html", ALL),
    ],
)
def test_a_change_builds_the_pages_that_show_it(book, name, pages):
    written = written_after(book, name)
    assert pages <= written
    assert written <= pages | {"index"}  # Sphinx writes the page above those, too
    assert build(book) == set()


def test_a_file_that_appears_or_goes_counts_as_a_change(book):
    (book / "attn_helpers" / "widgets" / "dial" / "style.css").write_text("a {}")
    assert {"dial", "live"} <= build(book)
    os.remove(book / "attn_helpers" / "widgets" / "dial" / "style.css")
    assert {"dial", "live"} <= build(book)


def test_a_page_whose_text_changed_is_built_alone(book):
    page = book / "plain.rst"
    page.write_text(page.read_text("utf-8") + "\nMore.\n", "utf-8")
    assert build(book) - {"index"} == {"plain"}


def test_a_title_stands_at_the_side_of_every_page(book):
    (book / "plain.rst").write_text("Plainer\n=======\n", "utf-8")
    assert build(book) == ALL
    assert build(book) == set()
