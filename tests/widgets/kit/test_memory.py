"""What a browser keeps of a reader, and what happens where it keeps nothing."""

import pytest

from tests.widgets.kit.conftest import furnish


@pytest.fixture
def page(window):
    """A page with a place to keep things in, which `about:blank` has not."""
    window.route("http://book.test/", lambda route: route.fulfill(body="<p>"))
    window.goto("http://book.test/")
    furnish(window)
    window.evaluate("localStorage.clear()")
    return window


def test_each_kind_has_a_text_for_each_id(page):
    page.evaluate(
        """() => {
          const [texts, done] = ["exercise", "done"].map(memory.shelf);
          texts.keep("softmax", "def f()");
          texts.keep("entropy", "");
          done.keep("softmax", "yes");
        }"""
    )
    assert dict(page.evaluate("Object.entries(localStorage)")) == {
        "book-exercise:softmax": "def f()",
        "book-exercise:entropy": "",
        "book-done:softmax": "yes",
    }
    recalled = "['softmax', 'entropy', 'rope'].map(memory.shelf('exercise').recall)"
    assert page.evaluate(recalled) == ["def f()", "", None]
    page.evaluate("memory.shelf('exercise').forget('softmax')")
    assert page.evaluate(recalled) == [None, "", None]
    assert page.evaluate("memory.shelf('done').recall('softmax')") == "yes"


def test_everything_is_what_the_book_has_kept_and_nothing_else(page):
    theirs = {"mode": "dark", "book-mark": "12", "a book-done:x": "yes"}
    for key, text in theirs.items():
        page.evaluate("([k, t]) => localStorage.setItem(k, t)", [key, text])
    assert page.evaluate("memory.isAnythingKept()") is False
    page.evaluate("memory.shelf('done').keep('softmax', 'yes')")
    page.evaluate("memory.shelf('answer').keep('bet', '[]')")
    assert page.evaluate("memory.isAnythingKept()") is True
    page.evaluate("memory.forgetEverything()")
    assert dict(page.evaluate("Object.entries(localStorage)")) == theirs


def test_refused_storage_keeps_nothing_and_breaks_nothing(page):
    page.evaluate(
        "Object.defineProperty(window, 'localStorage',"
        " { configurable: true, get() { throw new Error('refused'); } })"
    )
    page.evaluate("memory.shelf('done').keep('softmax', 'yes')")
    page.evaluate("memory.shelf('done').forget('softmax')")
    assert page.evaluate("memory.shelf('done').recall('softmax')") is None
    assert page.evaluate("memory.isAnythingKept()") is False
    page.evaluate("memory.forgetEverything()")
