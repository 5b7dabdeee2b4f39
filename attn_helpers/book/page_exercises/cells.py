"""Find the exercises among the cells of a chapter, and make places of them.

A cell with the tag ``scratch`` becomes a place for the reader's own lines.
"""

import json
import re
from collections.abc import Iterator
from html import escape

from docutils import nodes
from sphinx.application import Sphinx

from attn_helpers.book.contents import topic_of
from attn_helpers.exercises.core.registry import exercise

CHECK = re.compile(r'check\("(?P<id>[\w-]+)", (?P<function>\w+)\)')
LAUNCH_LINKS = '<span data-launch-links=""></span>'
FOR_THE_NOTEBOOK = (
    '<p class="book-needs-kernel" role="note">This exercise is in torch, which the '
    f"page does not have. It is for the notebook.{LAUNCH_LINKS}</p>"
)


def mark(app: Sphinx, doctree: nodes.document) -> None:
    """Put each stub and its check into an element that names the exercise."""
    for stub, check, match in list(_pairs(doctree)):
        parent, found = check.parent, exercise(match["id"])
        after = parent.index(check) + 1
        if found.library == "torch":
            parent.insert(after, _html(FOR_THE_NOTEBOOK))
            continue
        parent.insert(after, _html("</div>"))
        data = {
            "exercise": found.id,
            "function": match["function"],
            "title": found.title,
            "hints": json.dumps(found.hints, ensure_ascii=False),
        }
        named = " ".join(f'data-{key}="{escape(text)}"' for key, text in data.items())
        parent.insert(parent.index(stub), _html(f'<div class="book-exercise" {named}>'))


def mark_scratch(app: Sphinx, doctree: nodes.document) -> None:
    """Put a cell for the reader's own lines into an element that names the topic."""
    for cell in list(doctree.findall(nodes.container)):
        if "tag_scratch" in cell["classes"]:
            name = escape(topic_of(app.env.docname))
            start = f'<div class="book-exercise" data-scratch="{name}">'
            at = cell.parent.index(cell)
            cell.parent[at : at + 1] = [_html(start), cell, _html("</div>")]


def _pairs(doctree) -> Iterator:
    """Cells with a stub, the cells after them that check it, and what those say."""
    for check in doctree.findall(nodes.container):
        if "tag_check" in check["classes"]:
            place = check.parent.index(check)
            stub = check.parent[max(place - 1, 0)]
            match = CHECK.match(check.astext().strip())
            if match and "tag_exercise" in stub.get("classes", ()):
                yield stub, check, match


def _html(text):
    return nodes.raw("", text, format="html")


def add_launch_links(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Beside an exercise for the notebook: where the theme's own buttons launch it."""
    if LAUNCH_LINKS in context.get("body", ""):
        links = ", ".join(
            f'<a href="{escape(button["url"])}">{escape(button["text"])}</a>'
            for group in context.get("header_buttons", [])
            if group.get("label") == "launch-buttons"
            for button in group["buttons"]
            if "url" in button  # one of the theme's is a program of the page
        )
        said = f" Open it in {links}." if links else ""
        context["body"] = context["body"].replace(LAUNCH_LINKS, said)
