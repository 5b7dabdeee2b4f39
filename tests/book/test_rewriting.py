"""Changing what every text says, and no code of a chapter and no output."""

import nbformat.v4 as v4
import pytest

from attn_helpers.book.bootstrap import MARK
from attn_helpers.book.notebooks import normalise, read
from attn_helpers.book.rewriting import rewrite


def more(text):
    return text.replace("old", "new")


@pytest.fixture
def book(tmp_path):
    output = v4.new_output("stream", text="old output\n")
    bootstrap = v4.new_code_cell(f"{MARK} 'old'", metadata={"tags": ["remove-cell"]})
    cells = [
        v4.new_markdown_cell("# old title"),
        bootstrap,
        v4.new_code_cell("'old code'", outputs=[output], execution_count=1),
    ]
    notebook = v4.new_notebook(cells=cells)
    normalise(notebook, "03_kinds.ipynb")
    (tmp_path / "03_kinds.ipynb").write_text(v4.writes(notebook) + "\n", "utf-8")
    (tmp_path / "a.md").write_text("old page", "utf-8")
    (tmp_path / "b.md").write_text("page", "utf-8")
    return tmp_path


def test_texts_and_the_cell_that_installs_change_and_nothing_else_does(book):
    changed = rewrite(book, more)
    assert [path.name for path in changed] == ["03_kinds.ipynb", "a.md"]
    cells = read(book / "03_kinds.ipynb").cells
    assert [cell.source for cell in cells] == [
        "# new title",
        f"{MARK} 'new'",
        "'old code'",
    ]
    assert cells[2].outputs[0].text == "old output\n"
    assert (book / "a.md").read_text("utf-8") == "new page"


def test_a_notebook_that_is_about_to_move_gets_the_ids_of_its_new_number(book):
    path = book / "03_kinds.ipynb"
    assert rewrite(book, str, {path: book / "11_kinds.ipynb"}) == [path]
    assert [cell.id for cell in read(path).cells] == ["11-00", "11-01", "11-02"]


def test_where_nothing_is_to_change_nothing_is_written(book):
    before = (book / "03_kinds.ipynb").stat().st_mtime_ns
    assert rewrite(book, str) == []
    assert (book / "03_kinds.ipynb").stat().st_mtime_ns == before


def test_a_failure_leaves_every_file_as_it_was(book):
    def fails(text):
        if text == "page":
            raise RuntimeError("b.md comes after a.md")
        return more(text)

    with pytest.raises(RuntimeError):
        rewrite(book, fails)
    assert (book / "a.md").read_text("utf-8") == "old page"
    assert "old title" in (book / "03_kinds.ipynb").read_text("utf-8")
