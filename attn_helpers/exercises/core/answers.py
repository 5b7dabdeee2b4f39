"""What the book's own programs return: computed once, and kept from being changed.

A reader's notebook may put functions of its own in numpy's place, or ask numpy to
raise. So while the book computes, the modules hold what they held when this file was
imported, and numpy's warnings are off.
"""

import builtins
import contextlib
import math
import sys
import time
import warnings
from collections.abc import Generator
from functools import cache
from types import ModuleType

import numpy as np

from attn_helpers.exercises.core.compare import is_tensor, read_parts
from attn_helpers.exercises.core.types import Exercise

_AS_IMPORTED = [
    (module, dict(vars(module)))
    for module in (builtins, math, time, np, np.linalg, np.random)
]
_DEPTH = sys.getrecursionlimit()
_DICE = np.random.get_state()  # noqa: NPY002, a reader's program may use the old ones


@contextlib.contextmanager
def undisturbed() -> Generator[None]:
    """Let the book's own code run as if the reader had changed nothing."""
    theirs = [(module, _put_back(module, names)) for module, names in _AS_IMPORTED]
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for module, names in theirs:
            vars(module).update(names)


def put_back() -> None:
    """Undo for good what a reader did to the modules: changed, taken out or added."""
    for module, names in _AS_IMPORTED:
        _put_back(module, names)
        now = vars(module)
        for name in set(now) - set(names):
            if not isinstance(now[name], ModuleType):  # one may be imported any time
                del now[name]
    np.random.set_state(_DICE)  # noqa: NPY002
    sys.setrecursionlimit(_DEPTH)


def _put_back(module, names):
    """Give these names their values, and return those that had others."""
    now = vars(module)
    if list(map(now.get, names)) == list(names.values()):
        return {}
    others = {k: now[k] for k, v in names.items() if k in now and now[k] is not v}
    now.update(names)
    return others


@cache
def wanted(exercise: Exercise, seed: int) -> list[list]:
    """What the answer returns, case by case."""
    with undisturbed():
        return [_returned(exercise, exercise.answer, c) for c in exercise.cases(seed)]


@cache
def mistaken(exercise: Exercise, seed: int) -> dict[str, list[list | None]]:
    """What each mistake returns, case by case; None where it stops with an error."""
    with undisturbed():
        return {
            name: [
                _tried(exercise, mistake.program, case) for case in exercise.cases(seed)
            ]
            for name, mistake in exercise.mistakes.items()
        }


@cache
def in_single_precision(exercise: Exercise, seed: int) -> list[list | None]:
    """What the answer returns for the same cases in float32; None where it stops."""
    with undisturbed():
        return [
            _tried(exercise, lambda *args: exercise.answer(*map(_single, args)), case)
            for case in exercise.cases(seed)
        ]


def _single(value):
    if is_tensor(value):
        return value.float() if value.is_floating_point() else value
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "f":
        return value.astype(np.float32)
    return value


def _tried(exercise, program, case):
    try:
        return _returned(exercise, program, case)
    except Exception:
        return None


def _returned(exercise, program, case):
    value = program(*case.args)
    parts = read_parts(value, tuple(exercise.returns), exercise.library)
    for part in parts:
        part.flags.writeable = False
    return parts
