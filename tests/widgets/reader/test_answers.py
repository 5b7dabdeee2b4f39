"""Answers and solved challenges are there when a reader comes back."""

import functools

import pytest

from attn_helpers.exercises import questions
from tests.widgets.reader.bets import (
    ID,
    MORE,
    RIGHT,
    WRONG,
    bets,
    choose,
    chosen,
    counted,
    solve,
)


@pytest.fixture
def visit(open_page):
    """visit(…) opens two questions and a challenge."""
    return functools.partial(open_page, *bets(), more=MORE)


@pytest.mark.parametrize("file", [False, True], ids=["served", "from a file"])
def test_answers_and_challenges_are_there_after_a_reload(visit, file):
    page = visit(file=file)
    assert counted(page) == "0 of 4 done"
    choose(page, WRONG)
    choose(page, RIGHT)
    solve(page)
    page.wait_for_function(
        "document.querySelector('[data-done]').textContent === '2 of 4 done'"
    )
    again = visit(file=file, context=page.context)
    assert counted(again) == "2 of 4 done"
    assert chosen(again) == [WRONG, RIGHT] and chosen(again, 1) == []
    panel = again.locator(".bw-challenge[data-solved]")
    assert "You have solved this before." in panel.inner_text()
    assert again.said == []


def test_an_answer_that_is_not_right_is_kept_and_counts_for_nothing(visit):
    page = visit()
    choose(page, WRONG)
    again = visit(context=page.context)
    assert chosen(again) == [WRONG]
    assert counted(again) == "0 of 4 done"


def test_who_starts_again_has_found_it_all_the_same(visit):
    page = visit()
    choose(page, RIGHT)
    page.locator(".book-widget").first.get_by_role("button", name="Start again").click()
    again = visit(context=page.context)
    assert chosen(again) == []
    assert counted(again) == "1 of 4 done"


def test_an_answer_is_kept_by_its_words(visit):
    page = visit()
    words = questions()[ID].options[RIGHT].text
    page.evaluate(
        "([id, text]) => localStorage.setItem(`book-answer:${id}`, text)",
        [ID, f'["gone", "{words}", "{words}"]'],
    )
    assert chosen(visit(context=page.context)) == [RIGHT]


@pytest.mark.parametrize("text", ["", "{half", "7", "null", '["gone"]'])
def test_what_nobody_can_read_is_no_answer(visit, text):
    page = visit()
    page.evaluate(
        "([id, text]) => localStorage.setItem(`book-answer:${id}`, text)", [ID, text]
    )
    again = visit(context=page.context)
    assert chosen(again) == [] and again.said == []
