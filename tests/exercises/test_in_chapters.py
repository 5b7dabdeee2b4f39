"""What the chapters show of each exercise, question and challenge."""

import inspect
import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from attn_helpers.book.notebooks import chapter_notebooks
from attn_helpers.exercises import challenges, check, questions, registry
from attn_helpers.exercises.core.registry import on_the_page, topics

CHAPTERS = Path(__file__).parents[2] / "chapters"
EXERCISES = registry()
CHAPTER = {path.stem.partition("_")[2]: path.stem for path in chapter_notebooks()}
each_exercise = pytest.mark.parametrize("id", EXERCISES)


@cache
def cells(chapter, kind):
    """The sources of one kind of cell in a chapter."""
    text = (CHAPTERS / f"{chapter}.ipynb").read_text(encoding="utf-8")
    sources = (c["source"] for c in json.loads(text)["cells"] if c["cell_type"] == kind)
    return tuple("".join(source) for source in sources)


def prose(chapter):
    return "\n".join(cells(chapter, "markdown"))


def handed_over(id):
    """The names of the functions that the chapter hands to this exercise's check."""
    code = "\n".join(cells(CHAPTER[EXERCISES[id].topic], "code"))
    return re.findall(rf'\bcheck\("{id}", (\w+)\)', code)


def stub(id):
    """The function of the notebook that waits for the reader's answer."""
    (name,) = handed_over(id)
    found = [
        source
        for source in cells(CHAPTER[EXERCISES[id].topic], "code")
        if source.startswith(f"def {name}(") and "raise NotImplementedError" in source
    ]
    assert len(found) == 1
    namespace = {"np": np}
    exec(found[0], namespace)
    return namespace[name]


@each_exercise
def test_the_stub_takes_what_the_answer_takes(id):
    wanted = list(inspect.signature(EXERCISES[id].answer).parameters)
    assert list(inspect.signature(stub(id)).parameters) == wanted
    assert stub(id).__doc__


@each_exercise
def test_the_stub_of_the_page_is_not_attempted(id):
    assert check(id, stub(id)).status == "not attempted"


@each_exercise
def test_the_exercise_is_set_once_and_checked_once(id):
    exercise = EXERCISES[id]
    page = prose(CHAPTER[exercise.topic])
    title = re.search(rf":::\{{exercise\}} (.*)\n:label: ex-{id}\n", page)
    assert title, f":label: ex-{id} is missing"
    assert title[1] == exercise.title
    assert len(handed_over(id)) == 1


@each_exercise
def test_the_solution_is_taken_from_the_file_that_is_tested(id):
    answer = EXERCISES[id].answer
    file = answer.__module__.replace(".", "/") + ".py"
    lines = (
        rf":::\{{solution\}} ex-{id}\n(:.*\n)*\n?"
        rf"```\{{literalinclude\}} \.\./{re.escape(file)}\n"
        rf"(:.*\n)*:pyobject: {answer.__name__}\n```"
    )
    assert re.search(lines, prose(CHAPTER[EXERCISES[id].topic]))


@pytest.mark.parametrize(
    ("call", "chapter"),
    [
        (f'{call}("{item.id}")', CHAPTER[topic])
        for topic in topics()
        for call, items in (
            ("ask", on_the_page(topic).QUESTIONS),
            ("challenge", on_the_page(topic).CHALLENGES),
        )
        for item in items
    ],
)
def test_every_question_and_challenge_is_shown_once(call, chapter):
    assert sum(call in code for code in cells(chapter, "code")) == 1


@pytest.mark.parametrize("path", sorted(CHAPTERS.glob("[0-9]*.ipynb")), ids=str)
def test_a_chapter_names_only_ids_that_exist(path):
    code = "\n".join(cells(path.stem, "code"))
    named = {
        "check": set(re.findall(r'\bcheck\("([^"]+)"', code)),
        "ask": set(re.findall(r'\bask\("([^"]+)"', code)),
        "challenge": set(re.findall(r'\bchallenge\("([^"]+)"', code)),
    }
    assert named["check"] <= set(EXERCISES)
    assert named["ask"] <= set(questions())
    assert named["challenge"] <= set(challenges())
