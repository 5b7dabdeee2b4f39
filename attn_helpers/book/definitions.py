"""Sphinx extension: a term of an earlier chapter is defined in the margin.

A chapter lists a few terms that it takes for granted: ``recall`` in the metadata of its
notebook. Where its running text first uses one of them, the word leads to the glossary,
and the first sentence of the entry there stands beside it. As a repetition of what the
link leads to, that sentence is hidden from those who hear the page, and a formula in it
takes no place in the order of the keyboard.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.nodes import make_refnode

from attn_helpers.book.contents import chapters, recalled_by
from attn_helpers.book.opener import AIMS, NEEDS, html
from attn_helpers.book.terms import entries_of

SENTENCE_END = re.compile(r"(?<=\.)(?=\s|$)")


def define_in_margin(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link the terms that a chapter recalls, and put a note behind each."""
    root = Path(app.srcdir)
    if docname not in chapters(root):
        return
    entries = entries_of(app.env)
    for term in recalled_by(docname, root):
        if term.lower() not in entries:
            raise ExtensionError(f"{docname}: the glossary has no term {term!r}.")
        page, anchor = entries[term.lower()]
        for paragraph, text, found in places_of(term, doctree):
            before, word, after = text[: found.start()], found[0], text[found.end() :]
            link = make_refnode(app.builder, docname, page, anchor, nodes.Text(word))
            note = html(f'<span class="side" inert><b>{word}</b> ')
            at = paragraph.index(text)
            paragraph[at : at + 1] = [
                nodes.Text(before),
                link,
                note,
                *definition(term, page, app.env),
                html("</span>"),
                nodes.Text(after),
            ]
            break
        else:
            raise ExtensionError(
                f"{docname} recalls {term!r}, but has the word in no running text."
            )


def places_of(
    term: str, doctree: nodes.document
) -> Iterator[tuple[nodes.paragraph, nodes.Text, re.Match]]:
    """Paragraph and text that use a term, in the singular or the plural."""
    word = re.compile(rf"(?<![\w-]){re.escape(term)}(?:e?s)?(?![\w-])", re.I)
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section) and not opens(paragraph):
            for node in paragraph.children:
                if isinstance(node, nodes.Text) and (found := word.search(node)):
                    yield paragraph, node, found


def opens(paragraph: nodes.Element) -> bool:
    """Whether it is one of the two paragraphs that the opener makes a list of."""
    return bool(paragraph.children) and paragraph[0].astext() in (AIMS, NEEDS)


def definition(term: str, page: str, env: BuildEnvironment) -> list[nodes.Node]:
    """The first sentence of a term's entry, without links."""
    for item in env.get_doctree(page).findall(nodes.definition_list_item):
        names = [node.astext().lower() for node in item.findall(nodes.term)]
        if term.lower() in names:
            return first_sentence(next(item.findall(nodes.paragraph)))
    raise ExtensionError(f"{page}: the entry of {term!r} has no text.")


def first_sentence(paragraph: nodes.Element) -> list[nodes.Node]:
    """What stands before the first full stop; links become their words."""
    sentence = []
    for node in paragraph.deepcopy().children:
        if isinstance(node, addnodes.pending_xref):
            node = nodes.Text(node.astext())
        if isinstance(node, nodes.Text) and (end := SENTENCE_END.search(node)):
            return [*sentence, nodes.Text(node[: end.start()])]
        sentence.append(node)
    return sentence


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension; the opener moves paragraphs after it."""
    app.connect("doctree-resolved", define_in_margin, priority=550)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
