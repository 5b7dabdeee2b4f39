"""The page's side: what it holds of a text when answers cross with newer texts."""

import json

import pytest
from py_mini_racer import MiniRacer

from attn_helpers.widgets.kit import bundle

# No worker is here, so the page works itself; this work only notes what it is sent.
START = """
globalThis.encodeURIComponent = (text) => text;
globalThis.sent = [];
globalThis.changes = 0;
const work = (scope) => {
  globalThis.answer = (message) => scope.postMessage(message);
  scope.onmessage = ({ data }) => sent.push(data);
};
globalThis.mind = modules["language_model_explorer/session.js"].session(() => {
  changes += 1;
});
const model = (name) => Promise.resolve({ work, buffer: name, options: {} });
"""
ROW = "({ is: 'row', run: %d, place: %d, best: '%s', weights: [], lens: null })"


@pytest.fixture
def page():
    context = MiniRacer()
    context.eval(bundle.joined("language_model_explorer/session.js") + START)

    def run(code):
        return json.loads(context.eval(f"JSON.stringify({code}) ?? 'null'"))

    return run


@pytest.fixture
def ready(page):
    """A session whose model is there, and that has asked for the text “abc”."""
    page("void mind.use(model('own'))")
    page("answer({ is: 'ready', about: { vocab: 3 } })")
    page("mind.read('abc')")
    return page


def answer_text(page, run, text, kept):
    ids = [ord(letter) for letter in text]
    message = {"is": "text", "run": run, "ids": ids, "pieces": list(text)}
    page(f"answer({json.dumps(message | {'kept': kept})})")


def rows(page):
    return page("mind.held.rows.map(({ best }) => best)")


def test_a_text_is_asked_for_once_there_is_a_model(page):
    page("mind.read('abc')")
    assert page("sent") == []
    page("void mind.use(model('own'))")
    assert page("mind.held.status") == "loading"
    assert page("sent") == [{"do": "load", "buffer": "own", "options": {}}]
    page("answer({ is: 'ready', about: { vocab: 3 } })")
    page("mind.read('abc')")
    page("mind.read('abc')")
    assert page("sent.slice(1)") == [
        {"do": "read", "run": 1, "lens": True, "text": "abc"}
    ]
    assert page("mind.held.status") == "reading"


def test_rows_come_one_after_the_other(ready):
    answer_text(ready, 1, "abc", 0)
    for place, letter in enumerate("ABC"):
        ready(f"answer{ROW % (1, place, letter)}")
    assert ready("mind.held.status") == "reading"
    ready("answer({ is: 'read', run: 1, cacheBytes: 12, perSecond: 5 })")
    assert rows(ready) == ["A", "B", "C"]
    assert ready("[mind.held.status, mind.held.cacheBytes]") == ["done", 12]


def test_a_row_that_crosses_with_a_newer_text_is_kept_for_it(ready):
    answer_text(ready, 1, "abc", 0)
    ready(f"answer{ROW % (1, 0, 'A')}")
    ready("mind.read('abx')")
    ready(f"answer{ROW % (1, 1, 'B')}")  # was on its way already
    answer_text(ready, 2, "abx", 2)  # the worker goes on from there
    ready(f"answer{ROW % (2, 2, 'X')}")
    assert rows(ready) == ["A", "B", "X"]
    assert ready("mind.held.pieces") == ["a", "b", "x"]


def test_an_older_text_does_not_end_a_newer_one(ready):
    answer_text(ready, 1, "abc", 0)
    ready("mind.read('ab')")
    ready("answer({ is: 'read', run: 1, cacheBytes: 12, perSecond: 5 })")
    ready("answer({ is: 'refused', run: 1, why: 'no' })")
    assert ready("mind.held.status") == "reading"
    answer_text(ready, 2, "ab", 2)
    ready("answer({ is: 'read', run: 2, cacheBytes: 8, perSecond: 5 })")
    assert ready("mind.held.status") == "done"


def test_a_text_whose_tokens_are_known_is_not_cut_anew(ready):
    ready("mind.know('abcd', [7, 8])")
    ready("mind.read('abcd')")
    assert ready("sent.at(-1)") == {"do": "read", "run": 2, "lens": True, "ids": [7, 8]}
    ready("mind.read('abcde')")
    assert ready("sent.at(-1).text") == "abcde"


def test_what_is_refused_is_told(ready):
    ready("answer({ is: 'refused', run: 1, why: 'too long' })")
    assert ready("[mind.held.status, mind.held.why]") == ["refused", "too long"]


def test_another_model_reads_the_text_anew(ready):
    answer_text(ready, 1, "abc", 0)
    ready(f"answer{ROW % (1, 0, 'A')}")
    ready("void mind.use(model('other'))")
    assert ready("[mind.held.rows, mind.held.about]") == [[], None]
    ready("answer({ is: 'ready', about: { vocab: 5 } })")
    ready("mind.read('abc')")
    assert [message["do"] for message in ready("sent")] == ["load", "read"] * 2


def test_a_model_that_does_not_come_is_told(page):
    page("void mind.use(Promise.reject(new Error('not there')))")
    page("0")
    assert page("[mind.held.status, mind.held.why]") == ["failed", "not there"]


def test_a_session_that_is_over_starts_nothing(page):
    page("(mind.use(model('own')), mind.stop())")
    page("0")
    assert page("sent") == []
