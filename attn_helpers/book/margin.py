"""Sphinx extension: a work stands in the margin where a chapter first cites it.

The note says who, when and what. It repeats what the link beside it leads to, so it is
hidden from those who hear the page. The style sheet shows it where there is a margin.
"""

from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from pybtex.richtext import Text
from sphinx.application import Sphinx

from attn_helpers.book.contents import chapters
from attn_helpers.book.opener import html

CITED = "bibtex-citation"  # the class of a citation in the text
MOST = 3  # names; of more only the first is said


def cite_in_margin(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a note behind the first citation of each work in the running text."""
    if docname not in chapters(Path(app.srcdir)):
        return
    entries = {
        citation.citation_id: citation.entry
        for citation in app.env.domaindata["cite"]["citations"]
    }
    noted = set()
    for cited in list(doctree.findall(nodes.inline)):
        if CITED not in cited["classes"] or not in_running_text(cited):
            continue
        paragraph, notes = cited.parent, []
        for target in map(target_of, cited.findall(nodes.reference)):
            if target in entries and target not in noted:
                noted.add(target)
                notes.append(html(note(entries[target])))
        at = paragraph.index(cited) + 1
        paragraph[at:at] = notes


def in_running_text(cited: nodes.Element) -> bool:
    """Whether it stands in a paragraph of a section; no box or list is as wide."""
    paragraph = cited.parent
    return isinstance(paragraph, nodes.paragraph) and isinstance(
        paragraph.parent, nodes.section
    )


def target_of(link: nodes.Element) -> str:
    """The anchor that a citation leads to, on this page or another one."""
    return link.get("refid") or link.get("refuri", "").rpartition("#")[2]


def note(entry: Any) -> str:
    """Who, when and what of a pybtex entry, as HTML."""
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [plain(" ".join(who.prelast_names + who.last_names)) for who in people]
    who = listed(names) if len(names) <= MOST else f"{names[0]} and others"
    title = plain(entry.fields["title"])
    return (
        f'<span class="side" aria-hidden="true"><b>{escape(who)}, '
        f"{escape(entry.fields['year'])}</b> <cite>{escape(title)}</cite></span>"
    )


def plain(latex: str) -> str:
    """LaTeX of a bibliography as the text that it stands for."""
    return str(Text.from_latex(latex))


def listed(names: list[str]) -> str:
    """``Bahdanau, Cho and Bengio``."""
    *before, last = names or [""]
    return f"{', '.join(before)} and {last}" if before else last


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("doctree-resolved", cite_in_margin)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
