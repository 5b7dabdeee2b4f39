"""Which files are text that somebody wrote, and writing one whole."""

import os
import stat

import pytest

from attn_helpers.book.files import text_files, write


def test_what_is_built_installed_or_no_text_is_left_out(tmp_path):
    kept = [
        "Makefile",
        ".ci/run",
        ".github/w.yml",
        ".pre-commit.yaml",
        "a/b.py",
        "chapters/x.md",
    ]
    left = ["_build/x.md", ".git/config", ".venv/x.py", "venv/lib/x.py", "venv/y.txt"]
    left += ["x.egg-info/PKG", "chapters/.ipynb_checkpoints/x.ipynb"]
    for name in kept + left:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("grün", "utf-8")
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    (tmp_path / "a" / "gone.md").symlink_to("nowhere.md")
    (tmp_path / "a" / "picture.png").write_bytes(b"\x89PNG\xff")
    found = [path.relative_to(tmp_path).as_posix() for path in text_files(tmp_path)]
    assert sorted(found) == sorted(kept)


def test_a_file_keeps_its_rights_and_its_line_ends(tmp_path):
    path = tmp_path / "run"
    path.touch()
    path.chmod(0o755)
    write(path, "grün\r\n")
    assert path.read_bytes() == "grün\r\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_a_file_that_was_not_there_is_made(tmp_path):
    write(tmp_path / "new", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_what_cannot_be_written_leaves_the_file_and_nothing_beside_it(
    tmp_path, monkeypatch
):
    (tmp_path / "page").write_text("whole", "utf-8")

    def fails(*arguments):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="no space left"):
        write(tmp_path / "page", "half")
    assert [path.name for path in tmp_path.iterdir()] == ["page"]
    assert (tmp_path / "page").read_text("utf-8") == "whole"
