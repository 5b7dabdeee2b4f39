"""A shared chapter shows its own figure, whole, on the ground of the book."""

import io
import json
from base64 import b64encode
from types import SimpleNamespace

import pytest
from PIL import Image, ImageChops, ImageColor

from attn_helpers.book import sharing

TOC = """\
root: chapters/index
defaults: {numbered: true}
parts:
  - chapters: [{file: chapters/01_kinds}, {file: chapters/02_ways}]
  - numbered: false
    chapters: [{file: chapters/notes}]
"""
PAPER = ImageColor.getrgb(sharing.GROUND)


def png(width, height, colour=(200, 0, 0, 255)):
    written = io.BytesIO()
    Image.new("RGBA", (width, height), colour).save(written, "PNG")
    return written.getvalue()


def notebook(*pictures):
    outputs = [{"data": {"image/png": b64encode(p).decode()}} for p in pictures]
    image = {"mystnb": {"image": {"alt": "Two bars."}}}
    words = {"cell_type": "markdown", "metadata": {}, "source": "Words"}
    return json.dumps(
        {"cells": [words, {"metadata": image, "outputs": [{"data": {}}, *outputs]}]}
    )


@pytest.fixture
def app(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_toc.yml").write_text(TOC, "utf-8")
    for name in ("01_kinds", "notes"):
        path = tmp_path / "chapters" / f"{name}.ipynb"
        path.write_text(notebook(png(500, 300), png(10, 10)), "utf-8")
    path = tmp_path / "chapters" / "02_ways.ipynb"
    path.write_text(notebook(), "utf-8")
    return SimpleNamespace(srcdir=str(tmp_path), outdir=str(tmp_path / "html"))


def meta_of(app, page, meta):
    context = {"meta": meta}
    sharing.add_card(app, page, "page.html", context, None)
    return context["meta"]


def test_a_chapter_names_the_card_of_its_first_picture(app, tmp_path):
    assert meta_of(app, "chapters/01_kinds", {"own": "kept"}) == {
        "own": "kept",
        "og:image": "_static/cards/01_kinds.png",
        "og:image:alt": "Two bars.",
    }
    drawn = Image.open(tmp_path / "html" / "_static" / "cards" / "01_kinds.png")
    assert drawn.size == (1200, 630)
    assert drawn.getpixel((600, 315)) == (200, 0, 0)


@pytest.mark.parametrize("page", ["chapters/02_ways", "chapters/notes", "genindex"])
def test_any_other_page_shows_the_picture_of_the_book(app, page):
    assert meta_of(app, page, None) is None


@pytest.mark.parametrize("size", [(500, 300), (2000, 100), (30, 400)])
def test_a_picture_stands_whole_in_the_middle(size):
    drawn = sharing.card(png(*size))
    left, top, right, bottom = box_of(drawn)
    assert left >= sharing.MARGIN and top >= sharing.MARGIN
    assert abs(left - (1200 - right)) <= 1 and abs(top - (630 - bottom)) <= 1
    assert (right - left) / (bottom - top) == pytest.approx(size[0] / size[1], rel=0.03)
    assert min(left, top) == sharing.MARGIN


def box_of(drawn):
    """Where something stands that is not the ground."""
    return ImageChops.difference(drawn, Image.new("RGB", drawn.size, PAPER)).getbbox()


def test_a_clear_ground_becomes_that_of_the_book():
    drawn = sharing.card(png(400, 200, (0, 0, 0, 0)))
    assert drawn.getpixel((600, 315)) == PAPER == drawn.getpixel((0, 0))
