"""A decimal in the text is one that a cell nearby prints, to the digits that are given.

Nearby is the same section or the one before; the summary, and what comes after it, may
refer to all. A cell's code counts as well, and 0.92 may be said as 92 %. Tables and
literal text count as printed. What is measured elsewhere or stands in a cited work is
listed in the metadata of the notebook, ``book.elsewhere``, so that a number which no
run confirms any more is either mended or owned up to.
"""

import re
from itertools import pairwise

import nbformat.v4 as v4
import pytest

from attn_helpers.book.contents import chapter_notebooks
from attn_helpers.book.notebooks import read

DECIMAL = re.compile(r"(?<![\w.,/])(?<![sS]ection )\d+\.\d+(?!\w|\.\d)")
LITERAL = re.compile(
    r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$]*\$|^\|[^\n]*\|$", re.DOTALL | re.MULTILINE
)
LINK = re.compile(r"\{[\w:]+\}`[^`]*`|\]\([^)]*\)")
NUMBER = re.compile(r"\d*\.?\d+(?:e-?\d+)?")
SECTION = re.compile(r"^## ", re.MULTILINE)
SUMMARY = re.compile(r"^## Summary", re.MULTILINE)


def unconfirmed(notebook):
    """The decimals of the prose that nothing nearby prints, in order, each once."""
    sections = [[]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and SECTION.search(cell.source):
            sections.append([])
        sections[-1].append(cell)
    shown = [{*map(float, NUMBER.findall(_shown(section)))} for section in sections]
    found, looks_back, everything = {}, False, set().union(*shown)
    for section, (before, here) in zip(
        sections, pairwise([set(), *shown]), strict=True
    ):
        looks_back = looks_back or bool(SUMMARY.search(_said(section)))
        near = everything if looks_back else before | here
        for said in DECIMAL.findall(_said(section)):
            if not any(_agree(said, number) for number in near):
                found[said] = None
    return list(found)


def _agree(said, number):
    half = 0.501 * 10.0 ** -len(said.partition(".")[2])
    return min(abs(float(said) - number), abs(float(said) - 100 * number)) <= half


def _said(section):
    texts = (cell.source for cell in section if cell.cell_type == "markdown")
    return "\n\n".join(LITERAL.sub(" ", LINK.sub(" ", text)) for text in texts)


def _shown(section):
    parts = []
    for cell in section:
        if cell.cell_type == "markdown":
            parts += LITERAL.findall(cell.source)
            continue
        parts.append(cell.source)
        for output in cell.outputs:
            parts += [
                output.get("text", ""),
                output.get("data", {}).get("text/plain", ""),
            ]
    return "\n".join(parts).replace(",", "")


@pytest.mark.parametrize("path", chapter_notebooks(), ids=lambda path: path.stem)
def test_every_decimal_of_a_chapter_is_printed_by_a_cell_or_owned_up_to(path):
    notebook = read(path)
    assert unconfirmed(notebook) == notebook.metadata["book"].get("elsewhere", [])


def chapter(*texts, out="0.9234 and .5, 1,234.5"):
    output = v4.new_output("stream", text=out)
    cells = [v4.new_markdown_cell(text) for text in texts]
    cells.insert(1, v4.new_code_cell("rate = 3e-3", outputs=[output]))
    return v4.new_notebook(cells=cells)


@pytest.mark.parametrize(
    "text",
    [
        "It is 0.92, or 92.3 %, with a rate of 0.003; half is 0.5. Of 1234.5 all.",
        "See {cite:t}`Luong2015`, section 3.2, on `0.77`, or [here](at-0.77).",
        "| a | 0.77 |\n\nThis is 0.77.",
        "With $a = 0.77$ it is 0.77, in version 2.13.0.",
    ],
)
def test_what_is_printed_is_confirmed(text):
    assert unconfirmed(chapter("# Title", text)) == []


@pytest.mark.parametrize("said", ["0.93", "0.924", "0.6", "92.4", "1234.4"])
def test_a_digit_that_differs_is_found(said):
    assert unconfirmed(chapter("# Title", f"It is {said}, and {said} again.")) == [said]


def test_a_number_of_two_sections_ago_confirms_nothing():
    text = "## {}\n\nIt is 0.92."
    one, two, three = (text.format(name) for name in ("One", "Two", "Three"))
    assert unconfirmed(chapter("## Zero", one)) == []
    assert unconfirmed(chapter("## Zero", one, two, three)) == ["0.92"]
    assert unconfirmed(chapter("## Zero", "## One", "## Summary", two)) == []
