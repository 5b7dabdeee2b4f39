"""Making every chapter's file number its place in the table of contents."""

import nbformat.v4 as v4
import pytest

from attn_helpers.book import numbering
from attn_helpers.book.contents import BookError, chapters, misplaced
from attn_helpers.book.notebooks import normalise, read
from attn_helpers.book.numbering import renumber

TOC = """\
# what readers see first
root: chapters/index
defaults: {numbered: true}
parts:
  - caption: One
    chapters:
      - file: chapters/01_kinds  # all of them
      - file: chapters/02_ways
  - caption: Two
    chapters:
      - file: chapters/03_ends
"""
PAGE = "See {doc}`02_ways`, {doc}`Ends <03_ends>` and [ways](02_ways.html#a); 102_ways."


@pytest.fixture
def book(tmp_path):
    for folder in ("chapters/images", "tests"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "_toc.yml").write_text(TOC, "utf-8")
    (tmp_path / "chapters" / "index.md").write_text(PAGE, "utf-8")
    (tmp_path / "chapters" / "03_ends.md").write_text("# Ends", "utf-8")
    (tmp_path / "chapters" / "images" / "03_ends-1.svg").write_text("<svg/>", "utf-8")
    (tmp_path / "tests" / "test_x.py").write_text('A = "02_ways"\n', "utf-8")
    for name in ("01_kinds", "02_ways"):
        write(tmp_path / "chapters" / f"{name}.ipynb")
    return tmp_path


def write(path):
    output = v4.new_output("stream", text="02_ways\n")
    code = v4.new_code_cell("'02_ways'", outputs=[output], execution_count=1)
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell(PAGE), code])
    normalise(notebook, path)
    path.write_text(v4.writes(notebook) + "\n", "utf-8")


def reorder(book, *lines):
    """Put these pages, in this order, in the places of the three there are."""
    toc = book / "_toc.yml"
    text = toc.read_text("utf-8")
    for place, page in enumerate(chapters(book)):
        text = text.replace(f"file: {page}", f"file: <{place}>")
    for place, page in enumerate(lines):
        text = text.replace(f"<{place}>", f"chapters/{page}")
    toc.write_text(text, "utf-8")


def listed(book):
    return sorted(path.name for path in (book / "chapters").iterdir() if path.is_file())


def test_where_every_number_is_right_nothing_moves(book):
    assert renumber(book) == []
    assert (book / "_toc.yml").read_text("utf-8") == TOC


def test_files_links_ids_and_names_in_tests_follow_the_order(book):
    reorder(book, "03_ends", "01_kinds", "02_ways")
    assert renumber(book) == [
        "01_kinds.ipynb -> 02_kinds.ipynb",
        "02_ways.ipynb -> 03_ways.ipynb",
        "03_ends.md -> 01_ends.md",
        "03_ends-1.svg -> 01_ends-1.svg",
    ]
    assert misplaced(book) == []
    assert listed(book) == ["01_ends.md", "02_kinds.ipynb", "03_ways.ipynb", "index.md"]
    page = PAGE.replace("`02_ways", "`03_ways").replace("(02_ways", "(03_ways")
    page = page.replace("<03_ends", "<01_ends")
    assert (book / "chapters" / "index.md").read_text("utf-8") == page
    assert (book / "tests" / "test_x.py").read_text("utf-8") == 'A = "03_ways"\n'
    toc = (book / "_toc.yml").read_text("utf-8")
    assert toc.startswith("# what readers see first\n")
    assert "file: chapters/01_ends  # all of them\n" in toc
    cells = read(book / "chapters" / "03_ways.ipynb").cells
    assert [cell.id for cell in cells] == ["03-00", "03-01"]
    assert cells[0].source == page


def test_code_and_outputs_stay_as_they_were_run(book):
    reorder(book, "02_ways", "01_kinds", "03_ends")
    renumber(book)
    cell = read(book / "chapters" / "01_ways.ipynb").cells[1]
    assert cell.source == "'02_ways'"
    assert cell.outputs[0].text == "02_ways\n"


def test_there_and_back_again_gives_the_same_bytes(book):
    def everything():
        files = [path for path in book.rglob("*") if path.is_file()]
        return {path.relative_to(book): path.read_bytes() for path in files}

    before = everything()
    reorder(book, "03_ends", "01_kinds", "02_ways")
    renumber(book)
    assert everything() != before
    reorder(book, "02_kinds", "03_ways", "01_ends")
    renumber(book)
    assert everything() == before


def test_a_chapter_without_a_number_is_to_get_one_by_hand(book):
    (book / "chapters" / "03_ends.md").rename(book / "chapters" / "ends.md")
    reorder(book, "01_kinds", "02_ways", "ends")
    with pytest.raises(BookError, match=r"chapters/ends .*: call it 03_ends, in that"):
        renumber(book)


def test_a_file_that_is_in_the_way_is_named_before_anything_moves(book):
    (book / "chapters" / "01_ends.md").touch()
    reorder(book, "03_ends", "01_kinds", "02_ways")
    before = listed(book)
    with pytest.raises(BookError, match=r"01_ends\.md is there already"):
        renumber(book)
    assert listed(book) == before


def test_a_missing_page_is_named_before_anything_moves(book):
    reorder(book, "03_ends", "01_kind", "02_ways")
    before = listed(book)
    with pytest.raises(BookError, match="lists chapters/01_kind, but"):
        renumber(book)
    assert listed(book) == before


def test_one_topic_cannot_stand_at_two_places(book):
    reorder(book, "01_kinds", "02_ways", "01_kinds")
    with pytest.raises(BookError, match="two chapters about kinds"):
        renumber(book)


def test_the_command_says_what_it_did(monkeypatch, capsys):
    monkeypatch.setattr(numbering, "renumber", lambda: ["a -> b", "c -> d"])
    assert numbering.main() == 0
    assert capsys.readouterr().out == "a -> b\nc -> d\n"
    monkeypatch.setattr(numbering, "renumber", lambda: [])
    assert numbering.main() == 0
    assert "Every chapter has the number" in capsys.readouterr().out


def test_the_command_says_what_is_wrong(monkeypatch, capsys):
    def fails():
        raise BookError("two chapters")

    monkeypatch.setattr(numbering, "renumber", fails)
    assert numbering.main() == 1
    assert capsys.readouterr().err == "two chapters\n"
