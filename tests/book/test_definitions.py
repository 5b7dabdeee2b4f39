"""A term of an earlier chapter is defined in the margin where it is first used."""

import json
import re
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from sphinx.errors import ExtensionError

from attn_helpers.book import definitions
from attn_helpers.book.contents import chapters, recalled_by
from tests.copies import ROOT

MOST = 7  # notes of this kind in a chapter: the margin is no second text
GLOSSARY = "chapters/glossary"


def entry(term, *text):
    definition = nodes.definition("", nodes.paragraph("", "", *text))
    return nodes.definition_list_item("", nodes.term("", term), definition)


def prose(*parts):
    return nodes.paragraph("", "", *parts)


@pytest.fixture
def defined(tmp_path):
    """defined(recall, node, …): what the section of a chapter with them becomes."""
    glossary = new_document("glossary")
    glossary += nodes.definition_list(
        "",
        entry("head", nodes.Text("One of several. There are more.")),
        entry(
            "QK-norm",
            nodes.Text("Divides by "),
            nodes.math("", "d_k"),
            addnodes.pending_xref("", nodes.Text("heads")),
            nodes.Text(": so. See more."),
        ),
        entry("bias", nodes.Text("No stop")),
    )
    objects = [
        (term, term, "term", GLOSSARY, f"term-{term}", -1)
        for term in ("head", "QK-norm", "bias")
    ]
    domain = SimpleNamespace(get_objects=lambda: objects)
    env = SimpleNamespace(
        get_domain={"std": domain}.get, get_doctree={GLOSSARY: glossary}.get
    )
    builder = SimpleNamespace(get_relative_uri=lambda start, to: "glossary.html")
    (tmp_path / "chapters").mkdir()
    part = "{numbered: true, chapters: [{file: chapters/01_a}]}"
    (tmp_path / "_toc.yml").write_text(f"root: chapters/index\nparts: [{part}]")
    app = SimpleNamespace(env=env, builder=builder, srcdir=str(tmp_path))

    def write(recall, *parts, page="chapters/01_a"):
        book = {"metadata": {"book": {"recall": recall}}}
        (tmp_path / "chapters/01_a.ipynb").write_text(json.dumps(book))
        document = new_document("page")
        document += nodes.section("", *parts)
        definitions.define_in_margin(app, document, page)
        return document[0].children

    return write


NOTE = '<span class="side" inert><b>{}</b> '


def test_the_first_use_is_a_link_with_the_first_sentence_beside_it(defined):
    first, second = defined(["head"], prose(nodes.Text("Two Heads see.")), prose(
        nodes.Text("A head.")
    ))  # fmt: skip
    before, link, opened, sentence, closed, after = first.children
    assert (before.astext(), after.astext()) == ("Two ", " see.")
    assert (link["refuri"], link.astext()) == ("glossary.html#term-head", "Heads")
    assert opened.astext() == NOTE.format("Heads") and closed.astext() == "</span>"
    assert sentence.astext() == "One of several."
    assert len(second.children) == 1


def test_a_formula_stays_and_a_link_becomes_its_words(defined):
    [paragraph] = defined(["QK-norm"], prose(nodes.Text("With QK-norm.")))
    divides, formula, heads, rest = paragraph.children[3:7]
    assert isinstance(formula, nodes.math) and type(heads) is nodes.Text
    assert (divides.astext(), heads.astext(), rest.astext()) == (
        "Divides by ", "heads", ": so.",
    )  # fmt: skip


def test_an_entry_without_a_full_stop_is_shown_whole(defined):
    [paragraph] = defined(["bias"], prose(nodes.Text("A bias.")))
    assert paragraph.children[3].astext() == "No stop"


def test_two_terms_in_one_sentence_both_have_their_note(defined):
    [paragraph] = defined(["head", "bias"], prose(nodes.Text("A bias of a head.")))
    links = list(paragraph.findall(nodes.reference))
    assert [link.astext() for link in links] == ["bias", "head"]
    assert paragraph.children[-1].astext() == "."


@pytest.mark.parametrize(
    "elsewhere",
    [
        prose(nodes.emphasis("", "What you need."), nodes.Text(" A head.")),
        prose(nodes.literal("", "head")),
        nodes.title("", "A head"),
        nodes.admonition("", prose(nodes.Text("A head."))),
        prose(nodes.Text("A multi-head, a header.")),
    ],
)
def test_only_whole_words_of_the_running_text_count(defined, elsewhere):
    text = prose(nodes.Text("One head."))
    *_, last = defined(["head"], elsewhere, text)
    assert [link.astext() for link in last.findall(nodes.reference)] == ["head"]
    with pytest.raises(ExtensionError, match="'head', but has the word in no running"):
        defined(["head"], elsewhere.deepcopy())


def test_a_term_that_nobody_defined_is_refused(defined):
    with pytest.raises(ExtensionError, match="01_a: the glossary has no term 'tail'"):
        defined(["tail"], prose(nodes.Text("A tail.")))


def test_other_pages_stay_as_they_are(defined):
    text = prose(nodes.Text("One head."))
    [paragraph] = defined(["head"], text, page="chapters/index")
    assert len(paragraph.children) == 1


def introduced(term):
    """The place of the chapter that the glossary names for a term."""
    glossary = (ROOT / f"{GLOSSARY}.md").read_text("utf-8")
    [text] = re.findall(rf"^{re.escape(term)}\n    (.*)$", glossary, re.M)
    return int(re.search(r"See \{doc\}`(\d\d)_", text)[1])


@pytest.mark.parametrize("page", chapters())
def test_a_chapter_recalls_a_few_terms_of_earlier_ones(page):
    recalled = recalled_by(page)
    place = chapters().index(page) + 1
    assert len(set(recalled)) == len(recalled) <= MOST
    assert bool(recalled) == (place > 2)
    assert [term for term in recalled if introduced(term) >= place] == []
