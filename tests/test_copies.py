"""A copy of the book holds what somebody wrote, wherever it stands."""

from tests.copies import ROOT, copied

WRITTEN = {
    ".ci/run",
    ".github/workflows/test.yml",
    ".gitignore",
    ".pre-commit-config.yaml",
    "Makefile",
    "attn_helpers/book/serve.py",
    "binder/postBuild",
}
LEFT_BEHIND = {
    ".DS_Store",
    ".git/config",
    ".hypothesis/examples/a",
    ".venv/bin/python",
    "_build/html/index.html",
    "attn_helpers.egg-info/PKG-INFO",
    "attn_helpers/book/__pycache__/serve.pyc",
    "chapters/.ipynb_checkpoints/a.ipynb",
}


def test_a_copy_lacks_just_what_git_ignores(tmp_path):
    for name in WRITTEN | LEFT_BEHIND:
        (tmp_path / "book" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "book" / name).touch()
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8")
    (tmp_path / "book" / ".gitignore").write_text(ignored, encoding="utf-8")
    copy = copied(tmp_path / "copy", tmp_path / "book")
    files = {path for path in copy.rglob("*") if path.is_file()}
    assert {path.relative_to(copy).as_posix() for path in files} == WRITTEN
