"""Sphinx extension: the front page is a cover, with the live figure and the chapters.

What stands before the first figure is the cover's text: title, one sentence, and what
to do with the figure. A front page that has no chapter to lead to, or no figure below
a title and a sentence, stays as it is.

The directive ``{chapters}`` shows the parts with all their chapters, each with its face
and its question.
"""

from html import escape
from itertools import takewhile
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from attn_helpers.book.contents import chapters, parts, question_of
from attn_helpers.book.motifs import motif
from attn_helpers.book.opener import FIGURE, ROMAN, html
from attn_helpers.book.reader import FORGET, done

WAYS = "choose-a-way-in"  # a section of the front page


class ChapterMap(nodes.General, nodes.Element):
    """Where the map of all chapters stands."""


class ChaptersDirective(Directive):
    """``{chapters}``: the parts and their chapters, as links."""

    def run(self) -> list[nodes.Node]:
        env = self.state.document.settings.env
        root = Path(env.srcdir)
        for page in chapters(root):
            env.note_dependency(str(root / f"{page}.ipynb"))
        return [ChapterMap()]


def compose(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the cover together, and draw the map wherever one is asked for."""
    for asked in list(doctree.findall(ChapterMap)):
        asked.replace_self(html(chapter_map(app, docname)))
    if docname == app.config.root_doc:
        for first in chapters(Path(app.srcdir))[:1]:
            section = next(doctree.findall(nodes.section))
            make_cover(section, app.builder.get_relative_uri(docname, first))


def make_cover(section: nodes.Element, begin: str) -> None:
    """Title and sentence on one side, the figure with its task on the other."""
    figure = next(
        (
            place
            for place, node in enumerate(section.children)
            if isinstance(node, nodes.raw) and FIGURE.search(node.astext())
        ),
        0,
    )
    if figure < 2:  # what stands before it is to be the title and a sentence
        return
    title, deck, *task = section.children[:figure]
    deck["classes"].append("deck")
    section["classes"].append("front")
    lead = list(takewhile(is_paragraph, section.children[figure + 1 :]))
    section[: figure + 1 + len(lead)] = [
        html('<header class="cover"><div>'),
        title,
        deck,
        html(
            f'<p><a class="begin" href="{escape(begin)}">Begin</a> '
            f'<a href="#{WAYS}">or choose a way in</a></p></div><div class="live">'
        ),
        *task,
        section.children[figure],
        html('</div></header><div class="front-lead">'),
        *lead,
        html("</div>"),
    ]


def is_paragraph(node: nodes.Node) -> bool:
    """Whether it is running text."""
    return isinstance(node, nodes.paragraph)


def chapter_map(app: Sphinx, docname: str) -> str:
    """The parts as headings, and below each its chapters as links."""
    root, place, drawn = Path(app.srcdir), 0, ""
    for number, part in zip(ROMAN, parts(root), strict=False):
        links = ""
        for page in part.chapters:
            place += 1
            links += (
                f'<li><a href="{app.builder.get_relative_uri(docname, page)}">'
                f'{motif(page, root)}<span class="title"><i>{place}</i> '
                f"{escape(app.env.titles[page].astext())}</span> "
                f'<span class="question">{escape(question_of(page, root))}</span>'
                f"{done('span', page, app)}</a></li>"
            )
        drawn += (
            f'<h2 class="part">{escape(part.caption)} <small>Part {number}</small></h2>'
            f'<ol class="chapter-map">{links}</ol>'
        )
    return drawn + FORGET


def widen(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """The front page has the whole width: no list of its sections stands beside it."""
    if pagename == app.config.root_doc:
        context["theme_secondary_sidebar_items"] = []


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.add_directive("chapters", ChaptersDirective)
    app.add_node(ChapterMap)
    app.connect("doctree-resolved", compose, priority=600)
    app.connect("html-page-context", widen, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
