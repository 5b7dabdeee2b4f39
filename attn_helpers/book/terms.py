"""Sphinx extension: where a chapter sets a term in bold, it links to the glossary.

A chapter explains a term where it first needs it, and sets it in bold there. So no text
has to say that it is a link, and none can be forgotten.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

CHAPTER = re.compile(r"chapters/\d\d_\w+")
NO_LINK_IN = (nodes.reference, nodes.title, nodes.caption)


def entries_of(env: BuildEnvironment) -> dict[str, tuple[str, str]]:
    """For each term of the glossary, in small letters, its page and its anchor."""
    objects = env.get_domain("std").get_objects()
    return {
        name.lower(): (page, anchor)
        for name, _, kind, page, anchor, _ in objects
        if kind == "term"
    }


def entry_of(words: str, entries: dict[str, tuple[str, str]]) -> tuple[str, str] | None:
    """The entry that words in bold stand for, in the singular or the plural."""
    term = words.lower()
    return entries.get(term) or entries.get(term.removesuffix("s"))


def link_terms(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make each term in bold a link, the first time that a chapter has it."""
    if not CHAPTER.fullmatch(docname):
        return
    entries, linked = entries_of(app.env), set()
    for bold in list(doctree.findall(nodes.strong)):
        entry = entry_of(bold.astext(), entries)
        if entry is None or entry in linked or _stands_in(bold, NO_LINK_IN):
            continue
        linked.add(entry)
        page, anchor = entry
        link = make_refnode(app.builder, docname, page, anchor, bold.deepcopy())
        bold.replace_self(link)


def _stands_in(node, kinds):
    while node is not None and not isinstance(node, kinds):
        node = node.parent
    return node is not None


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("doctree-resolved", link_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
