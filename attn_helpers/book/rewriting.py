"""Change what every text of the book says, and no code of a chapter and no output."""

from collections.abc import Callable, Mapping
from pathlib import Path

import nbformat

from attn_helpers.book.bootstrap import is_bootstrap
from attn_helpers.book.files import text_files, write
from attn_helpers.book.notebooks import normalise, read


def rewrite(
    root: Path, change: Callable[[str], str], moves: Mapping[Path, Path] | None = None
) -> list[Path]:
    """Put ``change(text)`` in place of each text; return the files that changed.

    Of a notebook the Markdown changes and the cell that only installs. ``moves`` gives
    the names that notebooks are about to get, as cell ids begin with their numbers.
    Every new text is made before the first one is written.
    """
    changes = {}
    for path in text_files(root):
        before = path.read_bytes().decode()
        if path.suffix == ".ipynb":
            after = _notebook(path, change, (moves or {}).get(path, path))
        else:
            after = change(before)
        if after != before:
            changes[path] = after
    for path, text in changes.items():
        write(path, text)
    return sorted(changes)


def _notebook(path, change, target):
    notebook = read(path)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" or is_bootstrap(cell):
            cell.source = change(cell.source)
    normalise(notebook, target)
    return nbformat.v4.writes(notebook) + "\n"
