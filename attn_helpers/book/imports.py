"""Which files of the package a chapter or a page is made from, by following imports.

Python imports are followed at every depth, and so are those of a widget's JavaScript.
Two things are found by name instead: an exercise by the id that a chapter checks, and
a widget by the name that a page or a challenge shows.
"""

import ast
import hashlib
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

PACKAGE = "attn_helpers"
SCRIPT_IMPORT = re.compile(r"""\b(?:from|import)\s*(["'])(\.{1,2}/[^"'\n]+)\1""")
EXERCISE_ID = re.compile(r"""\b(?:check|hint|solution)\(\s*\\?["']([\w-]+)\\?["']""")
PAGE_ID = re.compile(r"""\b(?:ask|challenge)\(\s*["']([\w-]+)["']""")
SHOWN_WIDGET = re.compile(r"""\{widget\}\s+(\w+)|data-widget=\\?["'](\w+)""")
DATA = {".csv", ".json", ".npz"}
CHALLENGED_WIDGET = re.compile(r"""\bwidget=["'](\w+)["']""")


@cache
def imported(source: str) -> tuple:
    """Dotted names of what Python source imports from the package, at any depth."""
    return tuple(_imported(ast.parse(source)))


def files_of_code(cells: Iterable[str], root: Path) -> list[Path]:
    """What running these code cells reads of the package: its files, sorted."""
    found = {path for source in cells for path in _files_of_cell(source, root)}
    return _closure(found, root)


def files_of_page(text: str, root: Path) -> list[Path]:
    """What the page that is written as ``text`` shows of the package, sorted."""
    found = set()
    for written, stored in SHOWN_WIDGET.findall(text):
        folder = _widget_folder(written or stored, root)
        # a directive makes its picture anew; of a notebook's the page takes the stored
        names = ("__init__.py", "view.js") if written else ("view.js",)
        found |= {folder / name for name in names}
    # hints and title of an exercise stand on the page, and nothing that it imports
    return sorted({*_closure(found, root), *_exercises_of(text, root)})


def fingerprint(files: Iterable[Path], root: Path) -> str:
    """One short text that is another one when a file is, or when another one joins."""
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()


def _imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == PACKAGE)


def _files_of_cell(source, root):
    try:
        python = TransformerManager().transform_cell(source)
        names = imported(python)
    except SyntaxError:  # a cell that is meant to fail imports nothing
        return
    for name in names:
        yield from _modules(name, root)
    yield from _exercises_of(source, root)
    exercises = root / PACKAGE / "exercises"
    for id in PAGE_ID.findall(source):
        for path in exercises.glob("*/on_the_page.py"):
            if re.search(rf"""\bid=["']{id}["']""", path.read_text("utf-8")):
                yield path


def _exercises_of(text, root):
    """The files of the exercises that code checks, written plainly or in JSON."""
    for id in EXERCISE_ID.findall(text):
        yield from (root / PACKAGE / "exercises").glob(f"*/{id.replace('-', '_')}.py")


def _closure(found, root):
    """These files and all that they bring, sorted; what is not there is left out."""
    reached, waiting = set(), list(found)
    while waiting:
        path = waiting.pop()
        if path not in reached and path.is_file():
            reached.add(path)
            waiting += _brought(path, root)
    return sorted(reached)


def _brought(path, root):
    """What one file needs beside itself."""
    if path.suffix == ".py":
        text = path.read_text("utf-8")
        for name in imported(text):
            yield from _modules(name, root)
        yield path.with_name("view.js")
        yield from (near for near in path.parent.iterdir() if near.suffix in DATA)
        yield from _packages_of(path, root)
        if path.name == "on_the_page.py":
            for name in CHALLENGED_WIDGET.findall(text):
                yield _widget_folder(name, root) / "__init__.py"
    if path.suffix == ".js":
        for _, name in SCRIPT_IMPORT.findall(path.read_text("utf-8")):
            yield Path(os.path.normpath(path.parent / name))
        yield from path.parent.glob("*.css")


def _modules(dotted, root):
    """Where a name like ``attn_helpers.reference.masks.causal_mask`` may come from."""
    parts = dotted.split(".")
    for end in range(1, len(parts) + 1):
        path = root.joinpath(*parts[:end])
        yield path.with_suffix(".py")
        yield path / "__init__.py"


def _packages_of(path, root):
    """The ``__init__.py`` of each folder around a module: Python runs them first."""
    for folder in path.parents:
        if folder == root:
            break
        yield folder / "__init__.py"


def _widget_folder(name, root):
    """``HeadMixer`` lives in ``widgets/head_mixer``."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return root / PACKAGE / "widgets" / snake
