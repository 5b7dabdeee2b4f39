"""Behind a chapter stands the next one."""

from types import SimpleNamespace

from docutils import nodes

from attn_helpers.book import next_chapter
from attn_helpers.book.contents import chapters, question_of
from attn_helpers.book.motifs import motif
from tests.copies import ROOT

ENV = SimpleNamespace(
    titles={page: nodes.title("", f"Title of {page}") for page in chapters()}
)
APP = SimpleNamespace(
    srcdir=str(ROOT), env=ENV, config=SimpleNamespace(root_doc="chapters/index")
)


def card_of(page):
    context = {"pathto": lambda other: f"from {page} to {other}"}
    next_chapter.add_next_chapter(APP, page, "", context, None)
    return context.get("next_chapter")


def test_a_card_has_place_title_question_and_face_of_the_next_chapter():
    second, third = chapters()[1:3]
    assert card_of(second) == {
        "place": 3,
        "link": f"from {second} to {third}",  # whatever stands between
        "title": f"Title of {third}",
        "question": question_of(third),
        "motif": motif(third),
    }


def test_the_front_page_leads_to_the_first_chapter_and_the_last_to_none():
    assert card_of("chapters/index")["place"] == 1
    assert card_of(chapters()[-1]) is None
    assert card_of("chapters/glossary") is None


def test_a_new_question_changes_the_page_before_it():
    env = SimpleNamespace()
    before_all = ["chapters/index", *chapters()[:-1]]
    assert next_chapter.pages_that_show_a_change(APP, env) == before_all
    assert next_chapter.pages_that_show_a_change(APP, env) == []
    env.book_faces[chapters()[4]] = ("another question", "")
    assert next_chapter.pages_that_show_a_change(APP, env) == [chapters()[3]]
