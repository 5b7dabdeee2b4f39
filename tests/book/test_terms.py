"""Terms in bold lead to the glossary, once a chapter."""

from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from attn_helpers.book import terms

OBJECTS = [  # as Sphinx knows them: name, shown name, kind, page, anchor, priority
    ("QK-norm", "QK-norm", "term", "chapters/glossary", "term-QK-norm", -1),
    ("head", "head", "term", "chapters/glossary", "term-head", -1),
    ("bias", "bias", "term", "chapters/glossary", "term-bias", -1),
    ("mask", "mask", "label", "chapters/notation", "mask", -1),
]


@pytest.fixture
def linked():
    """linked(docname, node, …): where the document's links lead, and their words."""
    domain = SimpleNamespace(get_objects=lambda: OBJECTS)
    builder = SimpleNamespace(
        get_relative_uri=lambda start, to: f"{to.removeprefix('chapters/')}.html"
    )
    env = SimpleNamespace(get_domain={"std": domain}.get)
    app = SimpleNamespace(env=env, builder=builder)

    def link(docname, *parts):
        document = new_document("page")
        document += list(parts)
        terms.link_terms(app, document, docname)
        found = document.findall(nodes.reference)
        return [(node["refuri"], node.astext()) for node in found if "refuri" in node]

    return link


def bold(words):
    return nodes.strong("", words)


def test_a_term_in_bold_is_a_link_and_stays_bold(linked):
    paragraph = nodes.paragraph("", "", bold("QK-norm"))
    to_norm = "glossary.html#term-QK-norm"
    assert linked("chapters/11_topic", paragraph) == [(to_norm, "QK-norm")]
    (link,) = paragraph.children
    assert isinstance(link.children[0], nodes.strong)


@pytest.mark.parametrize(
    ("words", "term"), [("Heads", "head"), ("qk-NORM", "QK-norm"), ("bias", "bias")]
)
def test_large_letters_and_the_plural_do_not_matter(linked, words, term):
    paragraph = nodes.paragraph("", "", bold(words))
    expected = [(f"glossary.html#term-{term}", words)]
    assert linked("chapters/11_topic", paragraph) == expected


def test_only_the_first_time_is_a_link(linked):
    parts = [nodes.paragraph("", "", bold(words)) for words in ("head", "heads")]
    assert linked("chapters/11_topic", *parts) == [("glossary.html#term-head", "head")]


def test_what_is_no_term_stays_as_it_is(linked):
    parts = [nodes.paragraph("", "", bold(words)) for words in ("mask", "one")]
    assert linked("chapters/11_topic", *parts) == []


def test_there_is_no_link_in_a_link_nor_in_a_title(linked):
    inside = nodes.reference("", "", bold("head"), refuri="there")
    parts = nodes.paragraph("", "", inside), nodes.title("", "", bold("head"))
    assert linked("chapters/11_topic", *parts) == [("there", "head")]


@pytest.mark.parametrize("page", ["chapters/glossary", "chapters/index", "11_topic"])
def test_only_chapters_link(linked, page):
    assert linked(page, nodes.paragraph("", "", bold("head"))) == []
