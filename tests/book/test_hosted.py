"""Chapters as a hosted notebook runs them: a wheel is installed, no clone is near.

What runs is the plain edition, which the buttons of the pages open. One quick chapter
runs here; `make hosted` runs them all.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat.v4 as v4
import pytest

from attn_helpers.book.contents import ROOT, chapter_notebooks
from attn_helpers.book.notebooks import execute, normalise, read

QUICK = "soft_lookup"
CHAPTERS = [
    path
    for path in chapter_notebooks()
    if os.environ.get("HOSTED") == "all" or path.stem.endswith(f"_{QUICK}")
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The package as `pip install git+…` builds it, from a copy without the rest."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "attn_helpers", source / "attn_helpers", ignore=ignored)
    for name in ("pyproject.toml", "LICENSE", "LICENSE-TEXT"):
        shutil.copy(ROOT / name, source)
    pip("wheel", "--no-build-isolation", "--wheel-dir", built, source)
    [path] = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder that holds the installed package and nothing else of the book."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--target", folder, wheel)
    return folder


def pip(command, *arguments):
    """Run pip with neither a network nor anybody's settings."""
    call = [sys.executable, "-m", "pip", "--isolated", command, "-q", "--no-deps"]
    ran = subprocess.run(
        [*call, "--no-index", *map(str, arguments)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


def test_the_wheel_holds_every_file_of_the_package(wheel):
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "attn_helpers").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert files - packed == set()
    assert {name for name in packed - files if ".dist-info/" not in name} == set()


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_alone_gives_what_is_stored(
    path, html, installed, tmp_path, monkeypatch
):
    monkeypatch.setenv("PYTHONPATH", str(installed))
    plain = html.parent / "plain" / path.relative_to(ROOT)
    alone = Path(shutil.copy(plain, tmp_path))
    stored, notebook = read(plain), read(alone)
    where = v4.new_code_cell("import attn_helpers\nprint(attn_helpers.__file__)")
    notebook.cells.append(where)
    execute(notebook, alone)
    normalise(notebook, alone)
    assert notebook.cells.pop().outputs[0].text.startswith(str(installed))
    for cell, was in zip(notebook.cells, stored.cells, strict=True):
        if cell.cell_type == "code" and "nbval-ignore-output" not in tags(cell):
            assert texts(cell) == texts(was), cell.source


def tags(cell):
    return cell.metadata.get("tags", [])


def texts(cell):
    """What a cell shows, but for the bytes of a picture."""
    shown = []
    for output in cell.outputs:
        data = output.get("data", {})
        kept = {kind: data[kind] for kind in data if kind != "image/png"}
        shown.append({**output, "data": kept})
    return shown
