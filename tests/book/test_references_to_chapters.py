"""Texts link to chapters, and code names topics; nobody says a chapter's number.

So a chapter can be inserted, and what is written about the others stays true. Exempt is
what speaks of a chapter of somebody else's book, together with the book it is in.
"""

import re
from pathlib import Path

import pytest

from attn_helpers.book.contents import ROOT, chapters, numbered_name, topic_of
from attn_helpers.book.files import text_files
from attn_helpers.book.notebooks import read

COUNT = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
ORDER = (
    "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    "|next|last|previous|preceding|following|coming|final"
)
NUMBER = re.compile(
    rf"(?i:\b(?:chapters?|chap\.|ch\.)[\s_-]*(?:\d+|(?:{COUNT})\b))"
    r"|\b[Cc]h(?:apters?|ap\.|\.)\s+(?:[VXL]|[IVXLC]{2,})\b"
    rf"|(?i:\b(?:{ORDER}|\d+(?:st|nd|rd|th))\s+chapter\b)"
    r"|(?i:\bchapters?\s+(?:before|after|ago|back|from now|earlier|later)\b)"
)
TABLE = re.compile(r"(?:^\|.*\|[ \t]*(?:\n|$)){3,}", re.MULTILINE)
WORK = r"\{cite(?::\w+)?\}`[^`]+`|[A-Z]\w+ \(\d{4}\)|arXiv:[\d.]*\d|doi:\S*\w"
CITED_BEFORE = re.compile(rf"(?:{WORK})(?:,|\s|in\b|and\b|especially\b)*$")
CITED_AFTER = re.compile(rf"\s+(?:of|in)\s+(?:{WORK})")
# A line that ends within a comment or a string of Python or JavaScript goes on.
WRAPPED = re.compile(r"""["'`]?[ \t]*\n[ \t]*(?:#|//|\*)*[ \t]*(?:[frb]*["'`])?""")
PARAGRAPH = re.compile(r"\n[ \t]*\n")
TOPICS = "|".join(topic_of(page) for page in chapters())
FILE = re.compile(rf"(?<!\w)\d\d_(?:{TOPICS})(?!\w)")
LINK = re.compile(r"""(?:\{doc\}`(?:[^`<]*<)?|\]\(|\bhref=")[\w./-]*$""")
CURES = (
    "link to it, as in {doc}`…`, or name its topic; of one to come say 'a later one'"
)
EXEMPT = {
    ROOT / "_toc.yml",  # the one place where the order stands
    ROOT / "chapters" / "references.bib",  # of other books
    Path(__file__),  # says them in order to find them
}


def numbers_said(text):
    """What names a chapter of this book by its number or by its place."""
    flat = WRAPPED.sub(" ", PARAGRAPH.sub(" ¶ ", text))
    return [
        found[0]
        for found in NUMBER.finditer(flat)
        if not CITED_BEFORE.search(flat[: found.start()])
        and not CITED_AFTER.match(flat[found.end() :])
    ] + numbers_in_tables(text)


def numbers_in_tables(text):
    """The same in a column that is headed *chapter*, where the word stands once."""
    found = []
    for table in TABLE.findall(text):
        heads, _, *rows = [line.strip("|\n ").split("|") for line in table.splitlines()]
        columns = [i for i, head in enumerate(heads) if head.strip(" *") == "chapter"]
        cells = [row[i].strip() for row in rows for i in columns if i < len(row)]
        found += [cell for cell in cells if cell.isdecimal()]
    return found


def files_named(text, in_markdown):
    """File names of chapters, but for those that Markdown links to."""
    return [
        found[0]
        for found in FILE.finditer(text)
        if not (in_markdown and LINK.search(text[: found.start()].split("\n")[-1]))
    ]


def parts(path):
    """The texts of a file, each with whether it is Markdown."""
    if path.suffix != ".ipynb":
        return [(path.read_text("utf-8"), path.suffix == ".md")]
    return [(c.source, c.cell_type == "markdown") for c in read(path).cells]


WRITTEN = [path for path in text_files(ROOT) if path not in EXEMPT]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_text_says_a_chapters_number(path):
    for text, in_markdown in parts(path):
        assert numbers_said(text) == [], CURES
        assert files_named(text, in_markdown) == [], CURES


@pytest.mark.parametrize(
    "text",
    [
        "as chapter 7 shows",
        "(Chapter 12)",
        "Chapters 3 and 4",
        "chapter-7",
        "chapter seven",
        "Chapter XI of this book",
        "see ch. 7",
        "the next chapter says why",
        "the last\n    chapter proved it",
        "the 3rd chapter",
        "in the First Chapter",
        "two chapters ago",
        "the chapter before",
        "# as chapter\n# 7 shows",
        '"the attention of chapter "\n    "3."',
        "// of chapter\n  // 7",
        "| symbol | chapter |\n|---|---|\n| q | 2 |\n",
        "{cite:t}`James1890` is the root of what chapter 7 does",
        "James (1890) was first. Chapter 7 is next",
    ],
)
def test_a_number_is_found_however_it_is_said(text):
    assert numbers_said(text)


@pytest.mark.parametrize(
    "text",
    [
        "{cite:t}`James1890`, chapter XI: still the best prose",
        "chapter 3 of {cite:t}`James1890`",
        "chapter 3 of James (1890)",
        "James (1890), especially chapter 11",
        "Source: arXiv:1810.04805, chapter 3",
        "a later chapter comes to it",
        "earlier chapters",
        "from this chapter on",
        "the chapter on positions",
        "the last exercise of this chapter",
        "make test CHAPTER=07",
        "chapters/",
        "The chapter I like",
        "a chapter ill placed",
        "## Add a chapter\n\n1. Write it",
        "| symbol | chapter |\n|---|---|\n| 2 | {doc}`soft` |\n",
    ],
)
def test_what_stays_true_may_be_said(text):
    assert numbers_said(text) == []


NAME = numbered_name(topic_of(chapters()[0]), 7)


@pytest.mark.parametrize(
    ("text", "in_markdown"),
    [
        (f"see {NAME}", True),
        (f"`{NAME}.ipynb`", True),
        (f'CHAPTER = "{NAME}"', False),
        (f"{{doc}}`{NAME}`", False),
        (f"chapters/{NAME}", False),
        (f"{{doc}}`notation` and {NAME}", True),
    ],
)
def test_a_file_is_found_however_it_is_named(text, in_markdown):
    assert files_named(text, in_markdown) == [NAME]


@pytest.mark.parametrize(
    "text",
    [
        f"{{doc}}`{NAME}`",
        f"{{doc}}`../{NAME}`",
        f"{{doc}}`how people do it <{NAME}>`",
        f"[people]({NAME}.html#a)",
        f"[people](chapters/{NAME}.ipynb)",
        f'<a href="{NAME}.html">',
    ],
)
def test_a_link_may_name_a_file(text):
    assert files_named(text, True) == []
