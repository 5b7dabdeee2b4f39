"""The printed book: its contents, pages, links and answers, read from the PDF."""

import re
import shutil
import subprocess
import sys

import pytest

from attn_helpers.book.contents import chapters, topic_of
from tests.book.chromium import MISSING, find_for_tests, in_ci
from tests.copies import ROOT

pytestmark = pytest.mark.needs("pypdf")
PROGRAM = """\
import sys
from pathlib import Path
from attn_helpers.book.pdf.printed import print_book
root = Path(sys.argv[1])
(root / "book.pdf").write_bytes(print_book(root / "html", sys.argv[2], root))
"""
[CHAPTER] = [page for page in chapters() if topic_of(page) == "soft_lookup"]
TOC = f"""\
root: chapters/index
defaults: {{numbered: true}}
parts:
  - caption: From mind to mechanism
    chapters: [{{file: {CHAPTER}}}]
"""


@pytest.fixture(scope="module")
def book(html, tmp_path_factory):
    """A PDF of this book with one of its chapters."""
    from pypdf import PdfReader

    browser = find_for_tests()
    if browser is None:
        (pytest.fail if in_ci() else pytest.skip)(MISSING)
    root = tmp_path_factory.mktemp("book")
    (root / "_toc.yml").write_text(TOC, "utf-8")
    shutil.copyfile(ROOT / "_config.yml", root / "_config.yml")
    (root / "html").symlink_to(html)
    subprocess.run([sys.executable, "-c", PROGRAM, root, browser], check=True)
    return PdfReader(root / "book.pdf")


@pytest.fixture(scope="module")
def texts(book):
    return [" ".join(page.extract_text().split()) for page in book.pages]


def numbers_in(texts):
    """The lines of the contents, with the number behind each."""
    lines = r"(\d\.\d+ .+?) (\d+)(?= \d\.\d+ | Appendix)"
    return dict(re.findall(lines, texts[1]))


def test_the_contents_name_the_page_on_which_a_section_begins(texts):
    sections = numbers_in(texts)
    assert len(sections) >= 8
    for title, number in sections.items():
        assert title in texts[int(number) - 1], title


def test_every_page_but_the_cover_bears_its_number(texts):
    assert not texts[0].endswith("1")
    for number, text in enumerate(texts[1:], start=2):
        assert re.search(rf"(^|\D){number}(\D|$)", text), number


def test_it_opens_with_an_outline_of_chapters_and_sections(book):
    titles = [item.title for item in book.outline if not isinstance(item, list)]
    assert titles[:3] == ["Contents", "About this book", "2 Soft lookup"]
    assert titles[-1] == "Answers"
    assert "2.2 A little of every value" in [item.title for item in flat(book.outline)]


def test_every_link_within_has_a_place_and_none_leads_to_a_file(book):
    links = [
        note.get_object()["/A"]
        for page in book.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    ]
    assert links
    addresses = [str(link["/URI"]) for link in links if "/URI" in link]
    assert addresses and all(a.startswith("https://") for a in addresses)


def test_answers_stand_behind_everything_else(book, texts):
    places = {d.title: book.get_destination_page_number(d) for d in flat(book.outline)}
    first = places["Answers"]
    solution = "def nearest_value(query, keys, values):"
    behind = [
        n for n, text in enumerate(texts) if "argmin()]" in text and solution in text
    ]
    assert behind and min(behind) >= first
    assert re.search(r"Answer: page \d+", " ".join(texts[:first]))


def flat(outline):
    for item in outline:
        yield from flat(item) if isinstance(item, list) else [item]


def test_it_has_a_title_and_is_tagged_for_those_who_hear_it(book):
    assert book.metadata.title == "Attention, from Mind to Machine"
    assert book.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert book.trailer["/Root"]["/Lang"] == "en"


def test_formulas_are_set(texts):
    assert not any("\\frac" in text or "\\sum" in text for text in texts)
