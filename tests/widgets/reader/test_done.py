"""What a reader has done is counted, and forgotten when they ask for it."""

import functools

import pytest

from tests.widgets.reader.bets import (
    MORE,
    RIGHT,
    bets,
    choose,
    chosen,
    counted,
    kept,
    solve,
)
from tests.widgets.reader.conftest import REFUSED


@pytest.fixture
def visit(open_page):
    """visit(…) opens two questions and a challenge."""
    return functools.partial(open_page, *bets(), more=MORE)


def test_an_exercise_that_is_judged_correct_counts(visit):
    page = visit()
    page.evaluate("dispatchEvent(new CustomEvent('book-done', { detail: 'softmax' }))")
    assert counted(page) == "1 of 4 done"
    assert counted(visit(context=page.context)) == "1 of 4 done"


def test_another_tab_counts_along(visit):
    page = visit()
    other = visit(context=page.context)
    choose(page, RIGHT)
    other.wait_for_function(
        "document.querySelector('[data-done]').textContent === '1 of 4 done'"
    )


def test_everything_is_forgotten_once_the_reader_has_confirmed_it(visit):
    page = visit()
    button = page.get_by_role("button", name="Forget everything")
    assert not button.is_visible()
    choose(page, RIGHT)
    solve(page)
    page.evaluate("localStorage.setItem('book-exercise:softmax', 'mine')")
    page.evaluate("localStorage.setItem('mode', 'dark')")  # the theme's
    asked = []
    page.once("dialog", lambda d: (asked.append(d.message), d.dismiss()))
    button.click()
    assert "Forget everything that this browser has kept" in asked[0]
    assert len(kept(page)) == 5
    page.once("dialog", lambda d: d.accept())
    with page.expect_navigation():
        button.click()
    page.wait_for_function("document.documentElement.dataset.reader === 'here'")
    assert kept(page) == {"mode": "dark"}
    assert counted(page) == "0 of 4 done" and chosen(page) == []
    assert page.locator("[data-solved]").count() == 0


def test_where_storage_is_refused_the_page_counts_what_is_done_in_it(visit):
    page = visit(init=REFUSED)
    choose(page, RIGHT)
    solve(page)
    page.wait_for_function(
        "document.querySelector('[data-done]').textContent === '2 of 4 done'"
    )
    assert not page.get_by_role("button", name="Forget everything").is_visible()
    assert page.said == []
