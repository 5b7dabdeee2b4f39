"""Links in a text that set a figure: what the build makes of them, and chapters."""

import re

import pytest
from docutils import nodes
from docutils.utils import new_document

from attn_helpers.book import figure_links
from attn_helpers.book.notebooks import chapter_notebooks, read
from attn_helpers.widgets.softmax_dial import SoftmaxDial

LINK = re.compile(r"\]\((#figure=[^\s)]+)\)")
DIALS = [
    ("SoftmaxDial", SoftmaxDial(scores=scores).state()) for scores in ([2, 1], [0] * 3)
]


def figures_of(notebook):
    """Name and first state of each figure that a chapter has stored."""
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", ())]
    texts = [o.get("data", {}).get("text/html", "") for o in outputs]
    document = new_document("page")
    document += [nodes.raw("", text, format="html") for text in texts]
    return figure_links.figures_of(document)


CHAPTERS = {path.stem: read(path) for path in chapter_notebooks()}
LINKS = [
    (name, address)
    for name, notebook in CHAPTERS.items()
    for cell in notebook.cells
    if cell.cell_type == "markdown"
    for address in LINK.findall(cell.source)
]


def test_at_least_three_chapters_have_sentences_that_set_a_figure():
    assert len({name for name, _ in LINKS}) >= 3


@pytest.mark.parametrize(("name", "address"), LINKS)
def test_each_link_of_a_chapter_is_taken_by_its_figure_and_changes_it(name, address):
    figures = figures_of(CHAPTERS[name])
    shown = figure_links.figure_at(address, figures)
    assert shown.state() not in [state for _, state in figures]


def test_a_link_names_a_figure_and_its_inputs():
    at = figure_links.figure_at
    shown = at("#figure=SoftmaxDial&v=1&temperature=0.5&normaliser=entmax", DIALS)
    assert (shown.temperature, shown.normaliser, shown.scores) == (
        0.5,
        "entmax",
        [2, 1],
    )
    shown = at("#figure=SoftmaxDial.2&v=1&scores=[1,5,3]&subtract_max=false", DIALS)
    assert (shown.scores, shown.subtract_max) == ([1, 5, 3], False)


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("#figure=SoftmaxDial&temperature=2", "v must be 1; got v=0"),
        ("#figure=SoftmaxDial&v=2", "v must be 1; got v=2"),
        ("#figure=SoftmaxDial.3&v=1", "the page has 2 of the kind SoftmaxDial"),
        ("#figure=SoftmaxDial.0&v=1", "the page has 2 of the kind SoftmaxDial"),
        ("#figure=Dial&v=1", "the page has 0 of the kind Dial"),
        ("#figure=SoftmaxDial&v=1&heat=2", "a link may set .*temperature.*; got heat"),
        ("#figure=SoftmaxDial&v=1&challenge={}", "got challenge"),
        ("#figure=SoftmaxDial&v=1&temperature=-2", "temperature must be .*got"),
        ("#figure=SoftmaxDial&v=1&scores=[1,2", "Expecting"),
    ],
)
def test_a_link_that_leads_nowhere_says_why(address, complaint):
    with pytest.raises(ValueError, match=complaint):
        figure_links.figure_at(address, DIALS)


def page_with(address):
    document = new_document("page")
    document += nodes.raw("", SoftmaxDial().page_html(), format="html")
    document += nodes.paragraph("", "", nodes.reference("", "cold", refuri=address))
    return document


def test_the_build_warns_of_a_link_that_is_refused(monkeypatch):
    said = []
    monkeypatch.setattr(
        figure_links.logger,
        "warning",
        lambda text, error, location: said.append(str(error)),
    )
    for value in (2, -2):
        address = f"#figure=SoftmaxDial&v=1&temperature={value}"
        figure_links.check(None, page_with(address), "page")
    figure_links.check(None, page_with("#elsewhere"), "page")
    assert len(said) == 1 and "temperature must be" in said[0]
