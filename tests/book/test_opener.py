"""A chapter opens with its part, its question, what is in it, and its face."""

import re
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document
from sphinx_exercise.nodes import exercise_enumerable_node

from attn_helpers.book import opener
from attn_helpers.book.contents import chapters, question_of, topic_of
from attn_helpers.book.notebooks import read
from tests.copies import ROOT

[PAGE] = [page for page in chapters() if topic_of(page) == "soft_lookup"]


NO_AIM = ("If", "When", "It", "This", "You", "The", "A", "So")


def test_all_that_one_will_be_able_to_do_is_something_to_do():
    for page in chapters():
        text = "\n".join(cell.source for cell in read(ROOT / f"{page}.ipynb").cells)
        [aims] = re.findall(r"^\*What you will be able to do\.\* (.*)", text, re.M)
        [needs] = re.findall(r"^\*What you need\.\* (.*)", text, re.M)
        for line in re.split(r"(?<=\.)\s+(?=[A-Z])", aims):
            assert line.split()[0] not in NO_AIM, (page, line)
        assert not needs.startswith("You need"), page


def test_every_chapter_asks_one_question_in_one_line():
    questions = [question_of(page) for page in chapters()]
    assert len(set(questions)) == len(questions)
    for question in questions:
        assert question.endswith("?") and 20 < len(question) < 90, question


def widget(name):
    text = f'<div class="book-widget" data-widget="{name}" data-state="{{}}">'
    return nodes.raw("", text, format="html")


def prose(*parts):
    return nodes.paragraph("", "", *parts)


def chapter(*parts):
    """A document with one section, its title and these nodes."""
    document = new_document("page")
    section = nodes.section("", nodes.title("", "Soft lookup"), *parts)
    document += section
    return document


@pytest.fixture
def opened(tmp_path):
    """opened(page, node, …): the nodes of the section when its opener is in."""
    app = SimpleNamespace(srcdir=str(ROOT), outdir=str(tmp_path))

    def open_page(page, *parts):
        document = chapter(*parts)
        opener.open_chapter(app, document, page)
        return document.children[0].children

    return open_page


def test_the_title_stays_a_title_between_part_and_question(opened):
    before, title, behind = opened(PAGE)
    assert isinstance(title, nodes.title)
    assert before.astext() == (
        '<header class="opener"><div>'
        '<p class="kicker">Part I: From mind to mechanism</p>'
    )
    assert f'<p class="question">{question_of(PAGE)}</p>' in behind.astext()
    assert behind.astext().endswith("</svg></header>")
    assert re.search(
        'read</li><li class="done" data-done="[a-z -]+" hidden></li></ul>',
        behind.astext(),
    )


def test_what_is_no_chapter_stays_as_it_is(opened):
    assert len(opened("chapters/glossary", prose(nodes.Text("a")))) == 2


def test_the_parts_are_counted_in_roman_numbers():
    parts = [opener.part_of(page).partition(":")[0] for page in chapters()]
    assert (
        parts == ["Part I"] * 5 + ["Part II"] * 4 + ["Part III"] * 3 + ["Part IV"] * 2
    )


def test_the_facts_are_counted():
    document = chapter(
        *(prose(nodes.Text("word " * 500)) for _ in range(5)),
        nodes.literal_block("", "code " * 5000),
        widget("SoftLookup"),
        widget("PredictQuestion"),
        widget("SoftmaxDial"),
        exercise_enumerable_node(""),
    )
    assert opener.facts_of(document) == [
        "10 minutes to read",  # 2,500 words, 200 a minute, in steps of 5
        "2 figures to move",
        "1 prediction",
        "1 exercise",
    ]


def test_what_a_chapter_lacks_is_not_told():
    assert opener.facts_of(chapter(prose(nodes.Text("a b c")))) == ["5 minutes to read"]


AIMS = nodes.emphasis("", "What you will be able to do.")
NEEDS = nodes.emphasis("", "What you need.")


def test_aims_become_a_list_with_a_line_for_each_sentence(opened):
    lead, behind = prose(nodes.Text("A river.")), prose(nodes.Text("It begins."))
    aims = prose(
        AIMS.deepcopy(),
        nodes.Text(" Read the weights of Cho et al. by eye. Say what "),
        nodes.math("", "d_k"),
        nodes.Text(" does. Count."),
    )
    needs = prose(NEEDS.deepcopy(), nodes.Text(" Arrays, and the softmax."))
    *_, first, start, listed, middle, need, end, last = opened(
        PAGE, lead, aims, needs, behind
    )
    assert (first, last) == (lead, behind)
    assert [item.astext() for item in listed] == [
        "read the weights of Cho et al. by eye",
        "say what d_k does",
        "count",
    ]
    assert isinstance(listed[1][0][1], nodes.math)
    assert need.astext() == "Arrays, and the softmax."
    whole = start.astext() + middle.astext() + end.astext()
    assert whole.count("<div") == whole.count("</div>") == 3
    assert "You will be able to" in start.astext()
    assert "You need" in middle.astext()


def test_a_chapter_that_names_no_needs_keeps_its_paragraphs(opened):
    *_, paragraph = opened(PAGE, prose(AIMS.deepcopy(), nodes.Text(" Count.")))
    assert paragraph.astext() == "What you will be able to do. Count."
