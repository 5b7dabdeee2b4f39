"""Sphinx extension: behind a chapter stands the next, with its question and face."""

from itertools import pairwise
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from attn_helpers.book.contents import chapters, question_of
from attn_helpers.book.motifs import motif

TEMPLATES = Path(__file__).parent / "templates"


def add_next_chapter(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """For the template: place, address, title, question and motif of what comes next.

    The front page and every chapter but the last have one.
    """
    root = Path(app.srcdir)
    in_order = [app.config.root_doc, *chapters(root)]
    if pagename not in in_order[:-1]:
        return
    place = in_order.index(pagename) + 1
    page = in_order[place]
    context["next_chapter"] = {
        "place": place,
        "link": context["pathto"](page),
        "title": app.env.titles[page].astext(),
        "question": question_of(page, root),
        "motif": motif(page, root),
    }


def pages_that_show_a_change(app: Sphinx, env: Any) -> list[str]:
    """For ``env-updated``: what stands before a chapter with a new question or face."""
    root = Path(app.srcdir)
    before = getattr(env, "book_faces", {})
    env.book_faces = {
        page: (question_of(page, root), motif(page, root)) for page in chapters(root)
    }
    in_order = [app.config.root_doc, *chapters(root)]
    return [
        page
        for page, behind in pairwise(in_order)
        if before.get(behind) != env.book_faces[behind]
    ]


def find_the_templates(app: Sphinx, config: Config) -> None:
    """They come before those of the theme."""
    config.templates_path = [str(TEMPLATES), *config.templates_path]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("config-inited", find_the_templates)
    app.connect("env-updated", pages_that_show_a_change)
    app.connect("html-page-context", add_next_chapter)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
