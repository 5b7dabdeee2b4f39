"""Sphinx extension: each chapter once more, as a notebook without MyST.

Hosted notebooks and GitHub know no MyST and would show its signs. So the build also
writes every notebook to ``_build/plain`` in Markdown that they know, with the cells and
outputs of the chapter. The workflow ``deploy`` publishes these on the branch ``plain``;
the buttons of a page open them there, and save them.
"""

import copy
import shutil
from pathlib import Path

import nbformat.v4 as v4
from docutils import nodes
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from attn_helpers.book.files import write
from attn_helpers.book.notebooks import read
from attn_helpers.book.plain.markdown import PlainMarkdown
from attn_helpers.book.plain.references import SphinxReferences

BRANCH = "plain"
FROM_THE_PAGE = "*This notebook is made from [a page of the book]({}).*"


def plain_notebook(notebook: NotebookNode, app: Sphinx, docname: str) -> NotebookNode:
    """The notebook of a page in plain Markdown, with its captions as cells.

    Code cells are those of the chapter, with their outputs. The first cell ends with
    the address of the page.

    Raises:
        BookError: where the text has something that has no plain form yet.
    """
    references = SphinxReferences(app, docname)
    syntax = MdParserConfig(enable_extensions=app.config.myst_enable_extensions)
    plain = PlainMarkdown(syntax, references)
    edition = copy.deepcopy(notebook)
    edition.cells = [
        cell for old in notebook.cells for cell in _plain_cells(old, plain, references)
    ]
    edition.cells[0].source += f"\n\n{FROM_THE_PAGE.format(references.page)}"
    return edition


def _plain_cells(cell, plain, references):
    """A cell of a chapter, and behind a figure the caption that its page has."""
    cell = copy.deepcopy(cell)
    if cell.cell_type == "markdown":
        cell.source = plain(cell.source)
    yield cell
    figure = cell.metadata.get("mystnb", {}).get("figure", {})
    if "caption" in figure:
        number = references.number("figure", figure["name"])
        text = f"**{number}**: {plain(figure['caption'])}"
        yield v4.new_markdown_cell(text, id=f"{cell.id}-caption")


def write_notebook(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """For ``html-page-context``: the plain edition of the notebook of a page."""
    if doctree and (source := Path(app.env.doc2path(pagename))).suffix == ".ipynb":
        path = _place(app, pagename)
        path.parent.mkdir(parents=True, exist_ok=True)
        edition = plain_notebook(read(source), app, pagename)
        write(path, v4.writes(edition) + "\n")


def offer_the_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """For ``build-finished``: what a page's button saves is its plain edition."""
    if app.builder.format != "html" or exception:
        return
    for docname in app.env.found_docs:
        if (path := _place(app, docname)).exists():
            shutil.copyfile(path, Path(app.outdir, "_sources", f"{docname}.ipynb"))


def _place(app, docname):
    return Path(app.outdir).parent / "plain" / f"{docname}.ipynb"


def launch_from_the_branch(app: Sphinx, env: BuildEnvironment) -> None:
    """The theme takes the branch that it launches from here; it has what it edits."""
    app.config.html_theme_options["repository_branch"] = BRANCH


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("env-check-consistency", launch_from_the_branch)
    app.connect("html-page-context", write_notebook)
    app.connect("build-finished", offer_the_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
