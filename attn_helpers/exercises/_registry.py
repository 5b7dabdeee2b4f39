"""Find the exercises, questions and challenges of every chapter."""

import difflib
import importlib
import inspect
import pkgutil
from functools import cache

from attn_helpers.exercises._types import Challenge, Exercise, Question


class UnknownId(KeyError):
    """No exercise, question or challenge has this id."""

    def __str__(self):
        return self.args[0]


@cache
def topics():
    """The chapters' files in this package, in reading order."""
    package = importlib.import_module("attn_helpers.exercises")
    names = [m.name for m in pkgutil.iter_modules(package.__path__)]
    modules = [
        importlib.import_module(f"{package.__name__}.{name}")
        for name in names
        if not name.startswith("_")
    ]
    return sorted(modules, key=lambda module: module.CHAPTER)


@cache
def _collected(name):
    found = {}
    for module in topics():
        for item in getattr(module, name, ()):
            if item.id in found:
                raise ValueError(f"{name}: the id {item.id!r} is used twice.")
            found[item.id] = item
    return found


def registry() -> dict[str, Exercise]:
    """All code exercises by id, in reading order."""
    return dict(_collected("EXERCISES"))


def questions() -> dict[str, Question]:
    """All predict-questions by id, in reading order."""
    return dict(_collected("QUESTIONS"))


def challenges() -> dict[str, Challenge]:
    """All widget challenges by id, in reading order."""
    return dict(_collected("CHALLENGES"))


def find(items, id, kind):
    """The item called ``id``, or an error that names the ids close to it."""
    if id in items:
        return items[id]
    close = difflib.get_close_matches(str(id), items, n=3, cutoff=0.4)
    listed = ", ".join(repr(name) for name in close or items)
    more = f"did you mean {listed}?" if close else f"there are {listed}."
    raise UnknownId(f"There is no {kind} {id!r}; {more}")


def solution_source(exercise):
    """The lines between the exercise's two solution markers."""
    text = inspect.getsource(inspect.getmodule(exercise.answer))
    _, _, rest = text.partition(f"# [{exercise.id}-solution]\n")
    source, _, _ = rest.partition(f"# [{exercise.id}-solution-end]")
    return source.strip("\n")
