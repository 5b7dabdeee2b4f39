"""One notebook of a small book, and its plain edition."""

import copy
from pathlib import Path
from types import SimpleNamespace

import nbformat.v4 as v4
import pytest

from attn_helpers.book.plain import offer_the_notebooks, plain_notebook


def chapter():
    """A text, a figure with a caption, and code that has to do with no figure."""
    picture = v4.new_output("display_data", {"image/png": "iVBO"})
    caption = {"caption": "See {doc}`../one`.", "name": "fig-a"}
    drawing = v4.new_code_cell("draw()", id="02-01", outputs=[picture])
    drawing.metadata.mystnb = {"figure": caption}
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# The second\n\nAfter {doc}`../one`.", id="02-00"),
            drawing,
            v4.new_code_cell('print("{doc}`../one`")', id="02-02"),
        ],
        metadata={"book": {"question": "Why?"}},
    )


LINK = "[The first one](https://book.example/attention/one.html)"
PAGE = "https://book.example/attention/parts/two.html"


def test_the_text_is_plain_and_ends_its_first_cell_with_the_page(small_book):
    edition = plain_notebook(chapter(), small_book, "parts/two")
    assert edition.cells[0].source == (
        f"# The second\n\nAfter {LINK}.\n\n"
        f"*This notebook is made from [a page of the book]({PAGE}).*"
    )


def test_code_outputs_and_metadata_stay(small_book):
    notebook = chapter()
    before = copy.deepcopy(notebook)
    edition = plain_notebook(notebook, small_book, "parts/two")
    assert [c for c in edition.cells if c.cell_type == "code"] == before.cells[1:]
    assert edition.metadata == before.metadata
    assert notebook == before


def test_a_caption_follows_its_figure(small_book):
    edition = plain_notebook(chapter(), small_book, "parts/two")
    assert [cell.id for cell in edition.cells] == [
        "02-00",
        "02-01",
        "02-01-caption",
        "02-02",
    ]
    assert edition.cells[2].source == f"**Fig. 2.1**: See {LINK}."


@pytest.mark.parametrize(("format", "offered"), [("html", True), ("", False)])
def test_only_pages_offer_what_an_earlier_build_wrote(tmp_path, format, offered):
    """The builder that checks links has no folder for the sources of its pages."""
    out = tmp_path / "out"
    for folder in ("plain", "out/_sources" if offered else "out"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "plain/one.ipynb").write_text("{}")
    environment = SimpleNamespace(found_docs=["one"])
    builder = SimpleNamespace(format=format)
    app = SimpleNamespace(env=environment, builder=builder, outdir=str(out))
    offer_the_notebooks(app, None)
    assert Path(out, "_sources/one.ipynb").exists() == offered
