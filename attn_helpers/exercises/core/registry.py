"""Find the exercises, questions and challenges in the folders of their topics.

A topic is a folder beside ``core``, named as its chapter's file is after the number.
An exercise is a file in it and goes by the file's name, with dashes.
"""

import difflib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from attn_helpers.exercises.core.types import Challenge, Exercise, Question

PACKAGE = __name__.removesuffix(".core.registry")
NO_EXERCISE = "programs", "on_the_page"


class UnknownId(KeyError):
    """No exercise, question or challenge has this id."""

    def __str__(self):
        return self.args[0]


@cache
def topics() -> tuple[str, ...]:
    """The names of all topics."""
    found = pkgutil.iter_modules(import_module(PACKAGE).__path__)
    return tuple(m.name for m in found if m.ispkg and m.name != "core")


def exercises_of(topic: str) -> dict[str, str]:
    """The module of each exercise of a topic, by the exercise's id; imports none."""
    package = f"{PACKAGE}.{topic}"
    names = [m.name for m in pkgutil.iter_modules(import_module(package).__path__)]
    return {
        name.replace("_", "-"): f"{package}.{name}"
        for name in names
        if name not in NO_EXERCISE
    }


def on_the_page(topic: str) -> ModuleType:
    """The module that holds a topic's ``QUESTIONS`` and ``CHALLENGES``."""
    return import_module(f"{PACKAGE}.{topic}.on_the_page")


@cache
def _modules():
    return _by_id(item for topic in topics() for item in exercises_of(topic).items())


def _by_id(pairs):
    found = {}
    for id, item in pairs:
        if id in found:
            raise ValueError(f"registry: the id {id!r} is used twice.")
        found[id] = item
    return found


def exercise(id: str) -> Exercise:
    """The exercise of this id; no other is imported."""
    return import_module(find(_modules(), id, "exercise")).EXERCISE


def registry() -> dict[str, Exercise]:
    """All code exercises by id."""
    return {id: exercise(id) for id in _modules()}


def questions() -> dict[str, Question]:
    """All predict-questions by id."""
    pages = map(on_the_page, topics())
    return _by_id((item.id, item) for page in pages for item in page.QUESTIONS)


def challenges() -> dict[str, Challenge]:
    """All widget challenges by id."""
    pages = map(on_the_page, topics())
    return _by_id((item.id, item) for page in pages for item in page.CHALLENGES)


def find(items: Mapping[str, Any], id: str, kind: str) -> Any:
    """The item called ``id``, or an error that names the ids close to it."""
    if isinstance(id, str) and id in items:
        return items[id]
    close = difflib.get_close_matches(str(id), items, n=3, cutoff=0.4)
    listed = ", ".join(repr(name) for name in close or items)
    more = f"did you mean {listed}?" if close else f"there are {listed}."
    raise UnknownId(f"There is no {kind} {id!r}; {more}")


def solution_source(exercise: Exercise) -> str:
    """The answer's own lines."""
    return inspect.getsource(exercise.answer).rstrip("\n")
