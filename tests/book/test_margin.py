"""A work stands in the margin where a chapter first cites it."""

from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document
from pybtex.database import Entry, Person

from attn_helpers.book import margin
from attn_helpers.book.contents import chapters, topic_of
from tests.copies import ROOT

[PAGE] = [page for page in chapters() if topic_of(page) == "soft_lookup"]


def work(title, year, *people):
    persons = {"author": [Person(name) for name in people]}
    return Entry("article", fields={"title": title, "year": year}, persons=persons)


COBB = work("The {N}ile & its {\\'e}tudes", "1978", "Cobb, George W.")
FOUR = work("Many", "2001", "One, A.", "van Two, B.", "Three, C.", "Four, D.")
TWO = work("Pair", "1964", "Watson, G.", "van der Nadaraya, E.")


@pytest.fixture
def noted():
    """noted(page, node, …): what stands in the margin when the page is written."""
    entries = [("a", COBB), ("b", FOUR), ("c", TWO)]
    citations = [SimpleNamespace(citation_id=i, entry=entry) for i, entry in entries]
    env = SimpleNamespace(domaindata={"cite": {"citations": citations}})
    app = SimpleNamespace(env=env, srcdir=str(ROOT))

    def write(page, *parts):
        document = new_document("page")
        document += nodes.section("", *parts)
        margin.cite_in_margin(app, document, page)
        return [node.astext() for node in document.findall(nodes.raw)]

    return write


def cited(*targets):
    """A citation in the text that leads to these works."""
    links = [
        nodes.reference("", "work", refuri=f"references.html#{t}") for t in targets
    ]
    return nodes.inline("", "", *links, classes=["bibtex-citation"])


def prose(*parts):
    return nodes.paragraph("", "", *parts)


def test_a_note_says_who_when_and_what_once_a_chapter(noted):
    (note,) = noted(PAGE, prose(cited("a")), prose(nodes.Text("and"), cited("a")))
    assert note == (
        '<span class="side" aria-hidden="true"><b>Cobb, 1978</b> '
        "<cite>The Nile &amp; its études</cite></span>"
    )


def test_two_are_joined_and_of_many_the_first_is_named(noted):
    assert noted(PAGE, prose(cited("b", "c"))) == [
        '<span class="side" aria-hidden="true"><b>One and others, 2001</b> '
        "<cite>Many</cite></span>",
        '<span class="side" aria-hidden="true"><b>Watson and van der Nadaraya, '
        "1964</b> <cite>Pair</cite></span>",
    ]


def test_nothing_stands_beside_a_list_or_a_box_or_on_other_pages(noted):
    listed = nodes.bullet_list("", nodes.list_item("", prose(cited("a"))))
    boxed = nodes.admonition("", prose(cited("b")))
    assert noted(PAGE, listed, boxed) == []
    assert noted("chapters/references", prose(cited("a"))) == []


def test_a_link_within_the_page_counts_too_and_an_unknown_one_does_not(noted):
    link = nodes.reference("", "work", refid="a")
    here = nodes.inline("", "", link, classes=["bibtex-citation"])
    assert len(noted(PAGE, prose(here))) == 1
    assert noted(PAGE, prose(cited("z"))) == []
