"""The table of contents, and what a chapter's number means."""

import pytest

from attn_helpers.book.contents import (
    BookError,
    chapter_notebooks,
    chapters,
    find_chapter,
    main,
    misplaced,
    pages,
    parts,
    question_of,
    topic_of,
)

TOC = """\
root: chapters/index
defaults: {numbered: true}
parts:
  - chapters:
      - file: chapters/01_kinds
      - file: chapters/02_ways
    caption: Kinds and ways
  - chapters:
      - file: chapters/03_ends
  - numbered: false
    chapters:
      - file: chapters/notation
"""
COUNTED = ["chapters/01_kinds", "chapters/02_ways", "chapters/03_ends"]


@pytest.fixture
def book(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "_toc.yml").write_text(TOC, "utf-8")
    for name in ("01_kinds.ipynb", "02_ways.ipynb", "03_ends.md"):
        (tmp_path / "chapters" / name).touch()
    for name in ("index.md", "notation.md"):
        (tmp_path / "chapters" / name).touch()
    return tmp_path


def swap(book, one, other):
    toc = book / "_toc.yml"
    text = toc.read_text("utf-8").replace(one, "x").replace(other, one)
    toc.write_text(text.replace("x\n", f"{other}\n"), "utf-8")


def test_pages_stand_in_reading_order(book):
    assert pages(book) == ["chapters/index", *COUNTED, "chapters/notation"]


def test_an_appendix_is_not_counted(book):
    assert chapters(book) == COUNTED


def test_a_part_has_a_name_and_its_chapters(book):
    assert parts(book) == [("Kinds and ways", COUNTED[:2]), ("", COUNTED[2:])]


def test_a_chapter_asks_what_its_notebook_says_and_a_draft_asks_nothing(book):
    kinds = book / "chapters" / "01_kinds.ipynb"
    kinds.write_text('{"metadata": {"book": {"question": "Which?"}}}', "utf-8")
    (book / "chapters" / "02_ways.ipynb").write_text('{"metadata": {}}', "utf-8")
    assert [question_of(page, book) for page in COUNTED] == ["Which?", "", ""]


def test_what_nobody_calls_numbered_is_not_counted(book):
    toc = (book / "_toc.yml").read_text("utf-8")
    silent = toc.replace("defaults: {numbered: true}\n", "")
    (book / "_toc.yml").write_text(silent, "utf-8")
    assert chapters(book) == []
    one = silent.replace("  - chapters:", "  - numbered: true\n    chapters:", 1)
    (book / "_toc.yml").write_text(one, "utf-8")
    assert chapters(book) == COUNTED[:2]


def test_only_notebooks_are_run(book):
    names = [path.name for path in chapter_notebooks(book)]
    assert names == ["01_kinds.ipynb", "02_ways.ipynb"]


def test_a_page_that_is_listed_but_not_there_is_named(book):
    (book / "chapters" / "02_ways.ipynb").unlink()
    with pytest.raises(BookError, match="lists chapters/02_ways, but"):
        pages(book)


def test_a_missing_table_of_contents_is_named(tmp_path):
    with pytest.raises(BookError, match="run this from a clone"):
        chapter_notebooks(tmp_path)


def test_a_topic_is_what_follows_the_number():
    assert topic_of("chapters/12_dot_product_2.ipynb") == "dot_product_2"
    assert topic_of("chapters/notation") == "notation"


def test_the_chapters_of_this_book_have_the_numbers_of_their_places():
    assert misplaced() == []


def test_a_chapter_with_another_number_is_told_from_its_place(book):
    assert misplaced(book) == []
    swap(book, "02_ways", "03_ends")
    assert misplaced(book) == [
        "chapters/03_ends stands at place 2 in _toc.yml: `make renumber` calls it "
        "02_ends and mends what links to it.",
        "chapters/02_ways stands at place 3 in _toc.yml: `make renumber` calls it "
        "03_ways and mends what links to it.",
    ]


def test_a_chapter_without_a_number_is_out_of_place(book):
    toc = (book / "_toc.yml").read_text("utf-8")
    (book / "_toc.yml").write_text(toc.replace("03_ends", "ends"), "utf-8")
    wanted = "chapters/ends stands at place 3 in _toc.yml: call it 03_ends, in that"
    assert misplaced(book) == [f"{wanted} line, too."]


@pytest.mark.parametrize("name", ["2", "02", "ways", "02_ways"])
def test_a_chapter_is_found_by_number_and_by_topic(book, name):
    assert find_chapter(name, book) == "chapters/02_ways"


@pytest.mark.parametrize("name", ["", "0", "4", "ways.ipynb", "notation"])
def test_what_is_no_chapter_is_answered_with_those_there_are(book, name):
    known = "there are 01_kinds, 02_ways, 03_ends"
    with pytest.raises(BookError, match=f"There is no chapter '{name}'; {known}"):
        find_chapter(name, book)


def test_the_command_prints_a_page_or_says_which_there_are(capsys):
    assert main(["1"]) == 0
    assert capsys.readouterr().out == f"{chapters()[0]}\n"
    for nothing in ([], ["99"]):
        assert main(nothing) == 1
        assert "There is no chapter" in capsys.readouterr().err
