"""The front page: title, one sentence, the live figure, and the map of the chapters."""

import re
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from attn_helpers.book import cover
from attn_helpers.book.contents import chapters, parts, question_of
from attn_helpers.book.motifs import motif
from attn_helpers.book.reader import FORGET, done
from tests.copies import ROOT


@pytest.fixture
def app(tmp_path):
    return SimpleNamespace(
        srcdir=str(ROOT),
        outdir=str(tmp_path),
        config=SimpleNamespace(root_doc="chapters/index"),
        env=SimpleNamespace(
            titles={p: nodes.title("", f"About {p}") for p in chapters()}
        ),
        builder=SimpleNamespace(
            get_relative_uri=lambda start, to: f"{to.removeprefix('chapters/')}.html"
        ),
    )


def text(words):
    return nodes.paragraph("", words)


FIGURE = '<div class="book-widget" data-widget="SoftmaxDial" data-state="{}"></div>'


def composed(app, docname, *parts_of):
    document = new_document("page")
    document += nodes.section("", *parts_of)
    cover.compose(app, document, docname)
    return document[0]


def test_what_stands_before_the_figure_is_its_cover(app):
    section = composed(
        app,
        "chapters/index",
        nodes.title("", "The book"),
        text("One sentence."),
        text("Drag."),
        nodes.raw("", FIGURE, format="html"),
        text("What you saw."),
        text("And more."),
        nodes.section("", nodes.title("", "Ways")),
    )
    said = [node.astext() for node in section]
    assert said[1:3] == ["The book", "One sentence."]
    assert said[4:6] == ["Drag.", FIGURE]
    assert said[7:9] == ["What you saw.", "And more."]
    assert section[2]["classes"] == ["deck"] and section["classes"] == ["front"]
    raw = "".join(node.astext() for node in section if isinstance(node, nodes.raw))
    for tag in ("div", "header", "p", "a"):
        assert len(re.findall(rf"<{tag}\b", raw)) == raw.count(f"</{tag}>")
    assert f'href="{chapters()[0].removeprefix("chapters/")}.html">Begin' in said[3]
    assert isinstance(section[-1], nodes.section)


DECK = text("One sentence.")
PICTURE = nodes.raw("", FIGURE, format="html")


@pytest.mark.parametrize("parts_of", [[], [DECK, text("No figure.")], [PICTURE]])
def test_a_front_page_without_a_figure_below_a_sentence_stays_as_it_is(app, parts_of):
    title = nodes.title("", "The book")
    section = composed(app, "chapters/index", title, *parts_of)
    assert section.children == [title, *parts_of]


def test_a_front_page_without_chapters_stays_as_it_is(app, monkeypatch):
    monkeypatch.setattr(cover, "chapters", lambda root: [])
    children = [nodes.title("", "The book"), DECK, PICTURE]
    section = composed(app, "chapters/index", *children)
    assert section.children == children


def test_the_map_shows_every_chapter_under_its_part(app):
    section = composed(app, "chapters/other", cover.ChapterMap())
    drawn = section.astext()
    assert drawn.count("<ol") == drawn.count("<h2") == len(parts())
    place = 0
    numbers = ("I", "II", "III", "IV")
    shown_parts = drawn.split("<h2")[1:]
    for number, part, shown in zip(numbers, parts(), shown_parts, strict=True):
        assert f"{part.caption} <small>Part {number}</small>" in shown
        assert shown.count("<li>") == len(part.chapters)
        for page in part.chapters:
            place += 1
            assert f'href="{page.removeprefix("chapters/")}.html"' in shown
            assert f"<i>{place}</i> About {page}" in shown
            assert question_of(page) in shown and motif(page) in shown
            assert done("span", page, app) in shown
    assert drawn.endswith(FORGET)


def test_only_the_front_page_has_the_whole_width(app):
    for page, wide in [("chapters/index", True), ("chapters/glossary", False)]:
        context = {"theme_secondary_sidebar_items": ["page-toc"]}
        cover.widen(app, page, "", context, None)
        assert (context["theme_secondary_sidebar_items"] == []) == wide
