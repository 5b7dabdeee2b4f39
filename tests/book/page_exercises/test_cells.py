import json
from html import unescape
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from attn_helpers.book.page_exercises import cells
from attn_helpers.exercises.core.registry import exercise

STUB = "def my_softmax(scores):\n    raise NotImplementedError\n"


def cell(tag, code):
    return nodes.container("", nodes.literal_block(code, code), classes=["cell", tag])


def marked(*children):
    """What stands in the document afterwards: raw HTML, or the tag of a cell."""
    document = new_document("page")
    document.extend(children)
    cells.mark(None, document)
    return [
        child.astext() if isinstance(child, nodes.raw) else child["classes"][-1]
        for child in document
    ]


def test_stub_and_check_get_into_one_element_that_names_the_exercise():
    check = cell("tag_check", 'check("softmax", my_softmax)')
    begin, *between, end = marked(cell("tag_exercise", STUB), check)
    assert between == ["tag_exercise", "tag_check"] and end == "</div>"
    assert begin.startswith('<div class="book-exercise" data-exercise="softmax" ')
    assert 'data-function="my_softmax" data-title="Softmax, row by row"' in begin
    hints = begin.partition('data-hints="')[2].removesuffix('">')
    assert tuple(json.loads(unescape(hints))) == exercise("softmax").hints


def test_two_exercises_get_an_element_each():
    pair = [
        (cell("tag_exercise", STUB), cell("tag_check", f'check("{id}", f)'))
        for id in ("softmax", "entropy")
    ]
    found = marked(*pair[0], *pair[1])
    assert [part for part in found if part == "</div>"] == ["</div>", "</div>"]
    assert len(found) == 8


@pytest.mark.parametrize(
    ("tag", "code"),
    [("tag_other", 'check("softmax", f)'), ("tag_check", "look(softmax)")],
)
def test_any_other_cell_stays_as_it_is(tag, code):
    assert marked(cell("tag_exercise", STUB), cell(tag, code)) == ["tag_exercise", tag]


def test_a_check_without_a_stub_stays_as_it_is():
    found = marked(cell("tag_hide", "x"), cell("tag_check", 'check("softmax", f)'))
    assert found == ["tag_hide", "tag_check"]


def test_a_stub_that_stands_last_is_not_that_of_a_check_that_stands_first():
    check = cell("tag_check", 'check("softmax", f)')
    found = marked(check, cell("tag_exercise", STUB))
    assert found == ["tag_check", "tag_exercise"]


def test_a_scratch_cell_gets_into_an_element_that_names_the_topic():
    app = SimpleNamespace(env=SimpleNamespace(docname="chapters/07_kinds"))
    document = new_document("page")
    document += [cell("tag_other", "a"), cell("tag_scratch", "b")]
    cells.mark_scratch(app, document)
    other, begin, scratch, end = document.children
    assert other["classes"][-1] == "tag_other"
    assert begin.astext() == '<div class="book-exercise" data-scratch="kinds">'
    assert scratch["classes"][-1] == "tag_scratch" and end.astext() == "</div>"


BUTTONS = [
    {"label": "other", "buttons": [{"text": "no", "url": "no"}]},
    {
        "label": "launch-buttons",
        "buttons": [
            {"text": "Colab", "url": "https://c/?a&b"},
            {"text": "B", "url": "u"},
        ],
    },
]


@pytest.mark.parametrize(
    ("buttons", "said"),
    [
        (
            BUTTONS,
            ' Open it in <a href="https://c/?a&amp;b">Colab</a>, <a href="u">B</a>.',
        ),
        ([], ""),
    ],
)
def test_an_exercise_in_torch_is_for_the_notebook(buttons, said):
    check = cell("tag_check", 'check("tied-step", f)')
    *kept, note = marked(cell("tag_exercise", STUB), check)
    assert kept == ["tag_exercise", "tag_check"]
    context = {"body": f"<p>a</p>{note}", "header_buttons": buttons}
    cells.add_launch_links(SimpleNamespace(), "page", "", context, None)
    assert context["body"].endswith(f"It is for the notebook.{said}</p>")
