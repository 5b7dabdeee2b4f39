"""Sphinx extension: a chapter opens with its part, its question, facts and a face.

The part comes from ``_toc.yml`` and the question from the metadata of the notebook; the
facts are counted. The title stays where it is and what it is, the one ``h1``. Where the
text says "What you will be able to do" and "What you need", it becomes a list, a line
for each sentence, and a note beside it.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from attn_helpers.book.contents import ROOT, parts, question_of
from attn_helpers.book.motifs import motif
from attn_helpers.book.reader import done

WORDS_A_MINUTE, MINUTES = 200, 5  # reading alone; told in steps of so many minutes
FIGURE = re.compile(r'<div class="book-widget" data-widget="(\w+)"')
PREDICTION = "PredictQuestion"
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
AIMS, NEEDS = "What you will be able to do.", "What you need."
SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z])")


def open_chapter(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the opener round the title of a chapter, and its aims into a list."""
    root = Path(app.srcdir)
    kicker = part_of(docname, root)
    if not kicker:
        return
    facts = facts_of(doctree)
    section = next(doctree.findall(nodes.section))
    title = section.children[0]
    question = escape(question_of(docname, root))
    items = "".join(f"<li>{fact}</li>" for fact in facts) + done("li", docname, app)
    section[0:1] = [
        html(f'<header class="opener"><div><p class="kicker">{escape(kicker)}</p>'),
        title,
        html(
            f'<p class="question">{question}</p>\n<ul class="facts">{items}</ul></div>'
            f"{motif(docname, root)}</header>"
        ),
    ]
    list_aims(section)


def part_of(page: str, root: Path = ROOT) -> str:
    """``Part I: From mind to mechanism``, or "" for what is no chapter."""
    for place, part in enumerate(parts(root)):
        if page in part.chapters:
            return f"Part {ROMAN[place]}: {part.caption}"
    return ""


def facts_of(doctree: nodes.document) -> list[str]:
    """How long it takes to read, and how much there is to do."""
    prose = doctree.findall(lambda n: isinstance(n, nodes.paragraph))
    words = sum(len(paragraph.astext().split()) for paragraph in prose)
    raw = doctree.findall(lambda n: isinstance(n, nodes.raw))
    widgets = [name for node in raw for name in FIGURE.findall(node.astext())]
    predictions = widgets.count(PREDICTION)
    exercises = list(doctree.findall(lambda n: n.tagname.startswith("exercise_enum")))
    minutes = max(1, round(words / WORDS_A_MINUTE / MINUTES)) * MINUTES
    return [
        f"{minutes} minutes to read",
        *counted(len(widgets) - predictions, "figure", " to move"),
        *counted(predictions, "prediction"),
        *counted(len(exercises), "exercise"),
    ]


def counted(number: int, noun: str, rest: str = "") -> Iterator[str]:
    """``3 figures to move``; nothing is said of none."""
    if number:
        yield f"{number} {noun}{'' if number == 1 else 's'}{rest}"


def list_aims(section: nodes.Element) -> None:
    """Turn the two paragraphs into a list and a note, in their place."""
    aims, needs = (beginning_with(section, words) for words in (AIMS, NEEDS))
    if aims is None or needs is None:
        return
    lines = [nodes.list_item("", line) for line in sentences(without_label(aims))]
    need = without_label(needs)
    section.remove(needs)
    at = section.index(aims)
    section[at : at + 1] = [
        html('<div class="aims"><div><p class="aims-title">You will be able to</p>'),
        nodes.bullet_list("", *lines),
        html('</div><div class="need"><p class="aims-title">You need</p>'),
        nodes.paragraph("", "", *need),
        html("</div></div>"),
    ]


def beginning_with(section: nodes.Element, words: str) -> nodes.Element | None:
    """The paragraph of the section that begins with these words in italics."""
    for node in section.children:
        if isinstance(node, nodes.paragraph) and isinstance(node[0], nodes.emphasis):
            if node[0].astext() == words:
                return node
    return None


def without_label(paragraph: nodes.Element) -> list[nodes.Node]:
    """What a paragraph holds behind its first words in italics."""
    first, *rest = paragraph.children[1:]
    return [nodes.Text(first.astext().lstrip()), *rest]


def sentences(parts_of: list[nodes.Node]) -> list[nodes.paragraph]:
    """A paragraph for each sentence, in small letters and without its full stop."""
    lines = [nodes.paragraph()]
    for node in parts_of:
        if not isinstance(node, nodes.Text):
            lines[-1] += node
            continue
        first, *more = SENTENCE.split(node.astext())
        lines[-1] += nodes.Text(first)
        lines += [nodes.paragraph("", "", nodes.Text(text)) for text in more]
    for line in lines:
        if isinstance(line[0], nodes.Text):
            text = line[0].astext()
            line[0] = nodes.Text(text[:1].lower() + text[1:])
        if isinstance(line[-1], nodes.Text):
            line[-1] = nodes.Text(line[-1].astext().rstrip().removesuffix("."))
    return lines


def html(text: str) -> nodes.raw:
    """A piece of a page as it is written."""
    return nodes.raw("", text, format="html")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension; links to the glossary are set before it."""
    app.connect("doctree-resolved", open_chapter, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
