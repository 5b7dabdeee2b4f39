"""What a worker answers, by a clock and a queue in the test's hand."""

import numpy as np
import pytest

from tests.widgets.language_model_explorer.tiny import (
    LETTERS,
    SIZES,
    Page,
    random_llama,
)


@pytest.fixture
def page():
    return Page()


SERVE = """(sizes, all) => {
  queue.length = 0;
  said.length = 0;
  const scope = { postMessage: (message) => said.push(message) };
  globalThis.handle = (data) => scope.onmessage({ data });
  modules["language_model_explorer/worker.js"].default(scope);
  handle({ do: "load", buffer: bytes(all), options: sizes });
}"""
RUN = "() => { while (queue.length) queue.shift()(); }"


@pytest.fixture
def served(page):
    _, twin = random_llama(SIZES[0])
    page(SERVE, twin.sizes, list(twin.packed()))
    return page


def answers(page):
    page(RUN)
    return page("() => said.splice(0)")


def test_a_text_is_answered_row_by_row(served):
    (ready,) = answers(served)
    assert ready["is"] == "ready" and ready["about"]["vocab"] == 11
    served("() => handle({ do: 'read', run: 1, text: 'cab', lens: true })")
    text, *rows, done = answers(served)
    assert (text["ids"], text["pieces"], text["kept"]) == (
        [2, 0, 1],
        ["c", "a", "b"],
        0,
    )
    assert [(row["is"], row["place"]) for row in rows] == [("row", n) for n in range(3)]
    assert (done["is"], done["length"], done["cacheBytes"]) == ("read", 3, 3 * 64)
    best = rows[2]["best"]
    np.testing.assert_allclose(np.exp(best["logp"]).sum(), 1, atol=1e-6)
    assert best["logp"] == sorted(best["logp"], reverse=True)
    assert best["pieces"] == [LETTERS[i] for i in best["ids"]]
    assert rows[0]["lens"]["pieces"] == [LETTERS[i] for i in rows[0]["lens"]["ids"]]


def test_only_what_is_new_is_read_again(served):
    for run, text in enumerate(["badge", "badgeh", "bad", "bead"]):
        served(f"() => handle({{ do: 'read', run: {run}, text: '{text}' }})")
    text, *_, done = [m for m in answers(served) if m.get("run") == 3]
    assert text["kept"] == 1 and done["length"] == 4
    assert done["cacheBytes"] == 4 * 64
    served("() => handle({ do: 'read', run: 9, ids: [1, 4, 0, 3, 5] })")
    text, row, done = answers(served)
    assert (text["kept"], row["place"], done["length"]) == (4, 4, 5)


def test_a_newer_text_ends_an_older_one(served):
    slow = "() => { let now = 0; Date.now = () => (now += 5); }"
    served(slow)
    served("() => handle({ do: 'read', run: 1, text: 'abcdefgh' })")
    served("() => handle({ do: 'read', run: 2, text: 'ab' })")
    said = answers(served)
    assert max(m["place"] for m in said if m.get("run") == 1 and "place" in m) < 7
    assert said[-1] == said[-1] | {"is": "read", "run": 2, "length": 2}


def test_what_cannot_be_read_is_refused_in_words(served):
    served("() => handle({ do: 'read', run: 1, text: 'x' })")
    served("() => handle({ do: 'read', run: 2, text: 'a'.repeat(65) })")
    _, letter, length = answers(served)
    assert (letter["is"], letter["why"]) == (
        "refused",
        "“x” is not one of this model's letters.",
    )
    assert length["why"] == "The model reads at most 64 tokens; these are 65."


def test_a_model_that_cannot_be_made_is_told(page):
    _, twin = random_llama(SIZES[0])
    page(SERVE, twin.sizes | {"layers": 1}, list(twin.packed()))
    (failed,) = answers(page)
    assert failed == {
        "is": "failed",
        "why": "These sizes ask for 804 numbers; the model has 1464.",
    }
