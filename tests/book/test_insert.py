"""Putting a new chapter between two others."""

import json

import nbformat.v4 as v4
import pytest

from attn_helpers.book import insert as tool
from attn_helpers.book.bootstrap import is_bootstrap
from attn_helpers.book.contents import BookError, chapters, misplaced
from attn_helpers.book.insert import insert
from attn_helpers.book.notebooks import normalise, read

TOC = """\
root: chapters/index
defaults: {numbered: true}
parts:
  - caption: One
    chapters:
      - file: chapters/01_kinds
      - file: chapters/02_ways # a comment
  - caption: Two
    chapters:
      - file: chapters/03_ends
  - numbered: false
    chapters:
      - file: chapters/notation
"""


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A small book; the one new cell is not run, as that takes a kernel."""
    monkeypatch.setattr(tool, "update", lambda path, root: None)
    (tmp_path / "chapters").mkdir()
    (tmp_path / "attn_helpers").mkdir()
    (tmp_path / "_toc.yml").write_text(TOC, "utf-8")
    config = "repository: {url: https://github.com/a/b, branch: main}\n"
    (tmp_path / "_config.yml").write_text(config, "utf-8")
    for name in ("index", "notation"):
        (tmp_path / "chapters" / f"{name}.md").write_text("{doc}`03_ends`", "utf-8")
    for name in ("01_kinds", "02_ways", "03_ends"):
        path = tmp_path / "chapters" / f"{name}.ipynb"
        notebook = v4.new_notebook(cells=[v4.new_markdown_cell("{doc}`03_ends`")])
        normalise(notebook, path)
        path.write_text(v4.writes(notebook) + "\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("at", "names"),
    [
        (1, ["01_new_ideas", "02_kinds", "03_ways", "04_ends"]),
        (2, ["01_kinds", "02_new_ideas", "03_ways", "04_ends"]),
        (3, ["01_kinds", "02_ways", "03_new_ideas", "04_ends"]),
        (4, ["01_kinds", "02_ways", "03_ends", "04_new_ideas"]),
    ],
)
def test_the_new_chapter_takes_its_place_and_the_others_move_on(book, at, names):
    assert insert("new_ideas", at, book) == book / f"chapters/{names[at - 1]}.ipynb"
    assert chapters(book) == [f"chapters/{name}" for name in names]
    assert misplaced(book) == []
    ends = next(name for name in names if name.endswith("ends"))
    assert (book / "chapters" / "index.md").read_text("utf-8") == f"{{doc}}`{ends}`"
    cell = read(book / "chapters" / f"{ends}.ipynb").cells[0]
    assert (cell.id, cell.source) == (f"{ends[:2]}-00", f"{{doc}}`{ends}`")


@pytest.mark.parametrize(("at", "part"), [(2, 0), (3, 1), (4, 1)])
def test_it_joins_the_part_of_the_chapter_whose_place_it_takes(book, at, part):
    insert("new_ideas", at, book)
    toc = (book / "_toc.yml").read_text("utf-8")
    parts = toc.split("caption")[1:]
    assert ["new_ideas" in text for text in parts] == [part == 0, part == 1]
    assert (
        "chapters/02_ways # a comment" in toc or "chapters/03_ways # a comment" in toc
    )


def test_the_new_chapter_is_a_draft_with_a_title_and_the_cell_that_installs(book):
    cells = read(insert("new_ideas", 2, book)).cells
    assert cells[0].source.startswith("# New ideas\n")
    assert "Draft" in cells[0].source
    assert [is_bootstrap(cell) for cell in cells] == [False, True]
    assert "a/b@main" in cells[1].source


@pytest.mark.parametrize(
    "topic", ["New", "new ideas", "new-ideas", "_new", "3_new", "n__"]
)
def test_what_is_no_name_of_a_file_is_refused(book, topic):
    with pytest.raises(BookError, match=rf"underscores, as in: .*; got '{topic}'"):
        insert(topic, 2, book)


@pytest.mark.parametrize("at", [0, 5])
def test_a_place_outside_the_book_is_refused(book, at):
    with pytest.raises(BookError, match=rf"from 1 to 4, .*; got {at}\."):
        insert("new_ideas", at, book)


def test_a_topic_that_is_there_already_is_refused(book):
    with pytest.raises(BookError, match="there is a chapter about ways already"):
        insert("ways", 1, book)


def test_numbers_that_are_wrong_before_are_told_first(book):
    toc = book / "_toc.yml"
    toc.write_text(toc.read_text("utf-8").replace("03_ends", "x"), "utf-8")
    toc.write_text(toc.read_text("utf-8").replace("02_ways", "03_ends"), "utf-8")
    toc.write_text(toc.read_text("utf-8").replace("chapters/x", "chapters/02_ways"))
    before = sorted((book / "chapters").iterdir())
    with pytest.raises(BookError, match="make renumber"):
        insert("new_ideas", 1, book)
    assert sorted((book / "chapters").iterdir()) == before


@pytest.mark.parametrize(
    "arguments", [[], [""], ["new_ideas"], ["", "3"], ["new_ideas", "x"], ["a", "-1"]]
)
def test_the_command_says_what_it_needs(arguments, capsys):
    assert tool.main(arguments) == 1
    assert "as in: make insert TOPIC=long_texts AT=12" in capsys.readouterr().err


def test_in_this_book_the_quick_checks_pass_afterwards(copy_of_the_book, quick_checks):
    """No chapter needs to run again, and no output changed."""
    before = outputs(copy_of_the_book)
    insert("long_texts", 12, copy_of_the_book)
    after = outputs(copy_of_the_book)
    assert after.pop("long_texts") == [[]]
    assert after == before
    quick_checks(copy_of_the_book)


def outputs(root):
    """What each chapter shows, by its topic."""
    found = {}
    for path in sorted((root / "chapters").glob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        topic = path.stem.partition("_")[2]
        found[topic] = [cell["outputs"] for cell in cells if "outputs" in cell]
    return found
