"""The tool that runs the chapters and stores them in one normal form."""

import asyncio
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import nbformat.v4 as v4
import pytest

from attn_helpers.book import notebooks
from attn_helpers.book.contents import BookError
from attn_helpers.book.notebooks import (
    WIDGET_VIEW,
    code_hash,
    execute,
    main,
    normalise,
    read,
    update,
    why_stale,
)

CHAPTER = "chapters/05_kinds.ipynb"
IMPORT = "from attn_helpers.reference import softmax"


def lay_out(root):
    """A folder laid out like the repository, with one chapter in it."""
    for room in ("book", "reference"):
        (root / "attn_helpers" / room).mkdir(parents=True)
    for name in ("softmax", "masks"):
        (root / "attn_helpers" / "reference" / f"{name}.py").write_text("A = 1\n")
    (root / "chapters").mkdir()
    (root / "requirements.lock").write_text("numpy\n")
    (root / "requirements-data.txt").touch()
    (root / "_toc.yml").write_text(
        "root: chapters/index\nparts: [{chapters: [{file: chapters/05_kinds}]}]\n"
    )
    (root / "chapters" / "index.md").write_text("# Index\n")
    write(root / "chapters" / "05_kinds.ipynb", f"{IMPORT}\n3 + 4")


@pytest.fixture(scope="session")
def book_after_a_run(tmp_path_factory):
    """Where the chapter has been run once; to be copied, not changed."""
    root = tmp_path_factory.mktemp("run") / "book"
    lay_out(root)
    assert update(root / "chapters" / "05_kinds.ipynb", root=root) == "run, written"
    return root


@pytest.fixture
def book(tmp_path):
    lay_out(tmp_path)
    return tmp_path


@pytest.fixture
def fresh(book_after_a_run, tmp_path):
    """A book whose chapter is up to date."""
    return Path(shutil.copytree(book_after_a_run, tmp_path / "book"))


@pytest.fixture
def chapter(book):
    return book / CHAPTER


def write(path, *sources):
    cells = [v4.new_markdown_cell("# Kinds"), *map(v4.new_code_cell, sources)]
    path.write_text(v4.writes(v4.new_notebook(cells=cells)), "utf-8")


def messy_notebook():
    """What Jupyter stores: random ids, counts, timestamps and widget state."""
    streams = [v4.new_output("stream", text=text) for text in ("2\n", "3\n")]
    widget = v4.new_output("display_data", {WIDGET_VIEW: {}})
    both = v4.new_output("display_data", {WIDGET_VIEW: {}, "text/html": "<div>"})
    result = v4.new_output("execute_result", {"text/plain": "5"}, execution_count=31)
    error = v4.new_output("error", ename="E", evalue="e", traceback=["\x1b[31m", "E"])
    cell = v4.new_code_cell(
        "5",
        execution_count=31,
        outputs=[*streams, widget, both, result, error],
        metadata={
            "tags": ["t"],
            "execution": {"shell.execute_reply": "12:00"},
            "scrolled": True,
        },
    )
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# T"), cell])
    notebook.metadata.update(
        widgets={"state": {}}, language_info={"name": "python", "version": "3.11.7"}
    )
    return notebook


def test_normal_form_holds_nothing_that_a_second_run_would_change():
    notebook = messy_notebook()
    normalise(notebook, "05_kinds.ipynb")
    cell = notebook.cells[1]
    assert [c.id for c in notebook.cells] == ["05-00", "05-01"]
    assert cell.execution_count == cell.outputs[2].execution_count == 1
    assert cell.metadata == {"tags": ["t"]}
    assert [o.output_type for o in cell.outputs] == [
        "stream",
        "display_data",
        "execute_result",
        "error",
    ]
    assert cell.outputs[0].text == "2\n3\n"
    assert cell.outputs[1].data == {"text/html": "<div>"}
    assert cell.outputs[3].traceback == ["E: e"]
    assert set(notebook.metadata) == {"kernelspec", "language_info", "book"}
    assert notebook.metadata.kernelspec.display_name == "Python 3"
    assert "version" not in notebook.metadata.language_info


def test_normal_form_keeps_what_authors_say_of_a_chapter_and_the_hash_of_its_code():
    notebook = messy_notebook()
    kept = {"question": "Which?", "recall": ["key"], "code_hash": "ab"}
    notebook.metadata["book"] = nbformat.from_dict({**kept, "seen": True})
    normalise(notebook, "05_kinds.ipynb")
    assert notebook.metadata.book == kept


def test_normal_form_of_a_normal_form_is_itself():
    notebook = messy_notebook()
    normalise(notebook, "05_kinds.ipynb")
    once = v4.writes(notebook)
    normalise(notebook, "05_kinds.ipynb")
    assert v4.writes(notebook) == once


def test_streams_of_different_names_are_kept_apart():
    notebook = messy_notebook()
    notebook.cells[1].outputs[1].name = "stderr"
    normalise(notebook, "05_kinds.ipynb")
    assert [o.get("name") for o in notebook.cells[1].outputs[:2]] == [
        "stdout",
        "stderr",
    ]


def test_a_run_stores_outputs_and_the_hash_of_the_code(fresh):
    notebook = read(fresh / CHAPTER)
    assert notebook.cells[1].outputs[0].data["text/plain"] == "7"
    assert notebook.metadata.book.code_hash == code_hash(notebook)
    assert (fresh / CHAPTER).read_text("utf-8").endswith("}\n")


def test_a_second_run_gives_the_same_bytes(fresh):
    once = (fresh / CHAPTER).read_bytes()
    assert update(fresh / CHAPTER, force=True, root=fresh) == "run"
    assert (fresh / CHAPTER).read_bytes() == once


def test_what_is_up_to_date_is_not_run_again(fresh, monkeypatch):
    monkeypatch.setattr(notebooks, "execute", None)
    assert update(fresh / CHAPTER, root=fresh) == "up to date"


def edited_code(book, chapter):
    notebook = read(chapter)
    notebook.cells[1].source = f"{IMPORT}\n3 + 5"
    chapter.write_text(v4.writes(notebook), "utf-8")


def edited_output(book, chapter):
    chapter.write_text(chapter.read_text("utf-8").replace('"7"', '"8"'), "utf-8")


def cleared_output(book, chapter):
    notebook = read(chapter)
    notebook.cells[1].execution_count = None
    notebook.cells[1].outputs = []
    chapter.write_text(v4.writes(notebook), "utf-8")


def edited_helper(book, chapter):
    (book / "attn_helpers" / "reference" / "softmax.py").write_text("A = 2\n")


def lost_helper(book, chapter):
    (book / "attn_helpers" / "reference" / "softmax.py").unlink()


def new_pin(book, chapter):
    (book / "requirements.lock").write_text("numpy==3\n")


def new_data_pin(book, chapter):
    (book / "requirements-data.txt").write_text("weights==3\n")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (edited_code, "its code was edited"),
        (edited_output, "its outputs"),
        (cleared_output, "were not run"),
        (edited_helper, "what it imports"),
        (lost_helper, "what it imports"),
        (new_pin, "the pinned packages"),
        (new_data_pin, "the pinned packages"),
    ],
)
def test_any_change_that_may_change_an_output_makes_a_chapter_stale(fresh, change, why):
    assert why_stale(fresh / CHAPTER, fresh) == ""
    change(fresh, fresh / CHAPTER)
    assert why in why_stale(fresh / CHAPTER, fresh)


@pytest.mark.parametrize("moved", [["x = 1\nx"], ["x = 1\n", "x"], ["x = ", "1\nx"]])
def test_code_that_moves_to_another_cell_is_edited(moved):
    def in_cells(sources):
        return v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])

    assert code_hash(in_cells(moved)) != code_hash(in_cells(["x = 1", "\nx"]))


def edited_prose(book):
    text = (book / CHAPTER).read_text("utf-8")
    (book / CHAPTER).write_text(text.replace("# Kinds", "# All kinds"), "utf-8")


def edited_page_script(book):
    (book / "attn_helpers" / "book" / "host.js").write_text("1")


def edited_helper_of_others(book):
    (book / "attn_helpers" / "reference" / "masks.py").write_text("A = 2\n")


def edited_comment(book):
    (book / "requirements.lock").write_text("# what CI runs\nnumpy  # arrays\n")


def other_number(book):
    """The chapter moves on by one, which its file's name and its cells' ids say."""
    notebook = read(book / CHAPTER)
    (book / CHAPTER).unlink()
    normalise(notebook, "06_kinds.ipynb")
    text = v4.writes(notebook) + "\n"
    (book / "chapters" / "06_kinds.ipynb").write_text(text, "utf-8")


@pytest.mark.parametrize(
    "change",
    [
        edited_prose,
        edited_page_script,
        edited_helper_of_others,
        edited_comment,
        other_number,
    ],
)
def test_what_no_output_comes_from_makes_no_chapter_stale(fresh, change):
    change(fresh)
    [chapter] = (fresh / "chapters").glob("*.ipynb")
    assert why_stale(chapter, fresh) == ""


def test_an_error_names_cell_line_and_reason_and_writes_nothing(book, chapter):
    write(chapter, "a = 1", "b = 2\ndef f():\n    return missing\nf()")
    before = chapter.read_bytes()
    with pytest.raises(BookError) as caught:
        update(chapter, root=book)
    assert "05_kinds.ipynb, code cell 2 (05-02), line 4: NameError" in str(caught.value)
    assert "\n    f()\n" in str(caught.value)
    assert chapter.read_bytes() == before


def test_a_meant_error_is_stored(book, chapter):
    write(chapter, "1 / 0")
    notebook = read(chapter)
    notebook.cells[1].metadata.tags = ["raises-exception"]
    chapter.write_text(v4.writes(notebook), "utf-8")
    update(chapter, root=book)
    output = read(chapter).cells[1].outputs[0]
    assert output.traceback == ["ZeroDivisionError: division by zero"]


def test_a_chapter_can_be_run_where_an_event_loop_is_running_already(book, chapter):
    async def from_within():
        return update(chapter, root=book)

    with ThreadPoolExecutor(1) as thread:  # playwright may hold this one's event loop
        done = thread.submit(lambda: asyncio.run(from_within()))
        assert done.result() == "run, written"


def test_a_cell_that_does_not_end_is_stopped(chapter):
    notebook = v4.new_notebook(cells=[v4.new_code_cell("import time; time.sleep(60)")])
    normalise(notebook, chapter)
    with pytest.raises(BookError, match=r"code cell 1 .*: still running after 1 s"):
        execute(notebook, chapter, timeout=1)


def test_a_chapter_is_stored_whole_or_not_at_all(fresh, monkeypatch):
    def full_disk(beside, data):
        with open(beside, "wb") as half:
            half.write(data[:9])
        raise OSError("no space left")

    edited_code(fresh, fresh / CHAPTER)
    before = (fresh / CHAPTER).read_bytes()
    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="no space"):
        update(fresh / CHAPTER, root=fresh)
    assert (fresh / CHAPTER).read_bytes() == before


def test_an_edit_during_the_run_is_not_overwritten(book, chapter):
    write(chapter, f"open({str(chapter)!r}, 'a').write(' ');")
    with pytest.raises(BookError, match="edited while it was running"):
        update(chapter, root=book)


def test_a_chapter_runs_in_its_folder_on_one_thread(book, chapter):
    write(
        chapter,
        "import os\n(os.path.basename(os.getcwd()), os.environ['OMP_NUM_THREADS'])",
    )
    update(chapter, root=book)
    shown = read(chapter).cells[1].outputs[0].data["text/plain"]
    assert shown == "('chapters', '1')"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("no.ipynb", None, "there is no notebook of that name"),
        ("text.md", "# T", "there is no notebook of that name"),
        ("cut.ipynb", '{"cells": [', "this is not a notebook file"),
    ],
)
def test_what_is_no_notebook_is_refused_in_words(
    tmp_path, capsys, name, content, message
):
    if content:
        (tmp_path / name).write_text(content)
    assert main([str(tmp_path / name)]) == 1
    assert message in capsys.readouterr().err


def test_check_names_what_is_stale_and_runs_nothing(chapter, capsys):
    before = chapter.read_bytes()
    assert main(["--check", str(chapter)]) == 1
    assert "its code was edited after it was run" in capsys.readouterr().out
    assert chapter.read_bytes() == before


def test_one_broken_chapter_does_not_keep_the_others_from_running(book, capsys):
    write(book / "06_bad.ipynb", "missing")
    write(book / "07_good.ipynb", "1")
    assert main([str(book / "06_bad.ipynb"), str(book / "07_good.ipynb")]) == 1
    said = capsys.readouterr()
    assert "NameError" in said.err
    assert "07_good.ipynb: run, written" in said.out
    assert json.loads((book / "07_good.ipynb").read_text())["cells"][1]["outputs"]
