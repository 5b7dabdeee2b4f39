"""Judge a reader's function: compare first, then name the mistake, else ask."""

import inspect
import time
import warnings
from dataclasses import dataclass
from functools import cache

import numpy as np

from attn_helpers.exercises.core import wording as say
from attn_helpers.exercises.core.compare import (
    WrongKind,
    alike,
    finite,
    read_parts,
    right,
)
from attn_helpers.exercises.core.result import Result
from attn_helpers.exercises.core.sandbox import Run, run
from attn_helpers.exercises.core.types import Case

SECONDS_PER_CASE = 2.0
SECONDS_IN_ALL = 10.0
SEED = 0


@dataclass(eq=False)
class Trial:
    """One case, what the reader's function did on it, and what was wanted."""

    case: Case
    run: Run
    want: list
    got: list | None = None  # None: it stopped with an error
    problem: str = ""  # why ``got`` cannot be compared at all
    changed: str = ""  # the argument that it changed

    @property
    def right(self):
        return self.got is not None and right(self.got, self.want)

    @property
    def size(self):
        return sum(np.size(argument) for argument in self.case.args)


def judge(exercise, function) -> Result:
    """Say whether the function is right, and if not what to look at."""
    early = _before_running(exercise, function)
    if early:
        return early
    trials = []
    deadline = time.monotonic() + SECONDS_IN_ALL
    given, untouched = exercise.cases(SEED), exercise.cases(SEED)
    for own, case, want in zip(given, untouched, _wanted(exercise), strict=True):
        seconds = min(SECONDS_PER_CASE, max(deadline - time.monotonic(), 0.1))
        try:
            outcome = run(function, own.args, seconds)
        except KeyboardInterrupt:
            return Result("not yet", say.INTERRUPTED, case.args)
        if outcome.timed_out:
            return Result("not yet", say.too_slow(case), case.args)
        if _is_stub(function, outcome):
            return Result("not attempted", say.STUB)
        trials.append(_trial(exercise, case, outcome, want, own.args))
    return _verdict(exercise, trials)


def _before_running(exercise, function):
    if function is None or function is ... or function is NotImplemented:
        return Result("not attempted", say.STUB)
    if not callable(function):
        return Result("not yet", say.not_callable(function))
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C have none
        return None
    wanted = tuple(inspect.signature(exercise.answer).parameters)
    try:
        signature.bind(*wanted)
    except TypeError:
        return Result("not yet", say.parameters(wanted, tuple(signature.parameters)))
    return None


def _trial(exercise, case, outcome, want, args_afterwards):
    trial = Trial(case, outcome, want)
    if outcome.error is None:
        try:
            trial.got = read_parts(outcome.value, tuple(exercise.returns))
        except WrongKind as problem:
            trial.problem = str(problem)
    names = inspect.signature(exercise.answer).parameters
    for name, before, after in zip(names, case.args, args_afterwards, strict=True):
        if not np.array_equal(before, after):
            trial.changed = name
    return trial


def _is_stub(function, outcome):
    if isinstance(outcome.error, NotImplementedError):
        return True
    if outcome.value is ... or outcome.value is NotImplemented:
        return True
    code = getattr(function, "__code__", None)
    empty = code is not None and not code.co_names and len(code.co_code) <= 8
    return outcome.error is None and outcome.value is None and empty


def _verdict(exercise, trials):
    for trial in trials:
        if trial.problem:
            return Result("not yet", say.kind(trial), trial.case.args)
    failed = sorted((t for t in trials if not t.right), key=lambda t: t.size)
    if failed:
        message = _named_mistake(exercise, trials)
        if message:
            return Result("not yet", message)
    for trial in trials:
        if trial.changed:
            return Result("not yet", say.changed(trial), trial.case.args)
    for trial in trials:
        dtype = say.wrong_dtype(exercise, trial)
        if dtype:
            return Result("not yet", dtype, trial.case.args)
    if failed:
        return Result("not yet", say.wrong(exercise, failed[0]), failed[0].case.args)
    return Result("correct", say.right(exercise, trials))


def _named_mistake(exercise, trials):
    """The message of the one mistake that explains everything the reader's run did.

    First the mistakes that did the same on every case, nan and errors included. If
    none did, those that agree wherever the reader's numbers are finite: a program
    with two faults then hears of the one that shows.
    """
    failed = [t for t in trials if not t.right]
    for visible in (trials, [t for t in trials if finite(t.got)]):
        if not any(t.got is not None for t in failed if t in visible):
            continue
        names = {t.case.name for t in visible}
        messages = {
            exercise.mistakes[name].message
            for name, outputs in _mistaken(exercise).items()
            if all(
                alike(t.got, output)
                for t, output in zip(trials, outputs, strict=True)
                if t.case.name in names
            )
        }
        if len(messages) == 1:
            return messages.pop()
    return ""


@cache
def _wanted(exercise):
    """What the answer returns, case by case."""
    return [
        read_parts(exercise.answer(*case.args), tuple(exercise.returns))
        for case in exercise.cases(SEED)
    ]


@cache
def _mistaken(exercise):
    """What each mistake returns, case by case; None where it stops with an error."""
    return {
        name: [
            _quietly(mistake.program, case.args, tuple(exercise.returns))
            for case in exercise.cases(SEED)
        ]
        for name, mistake in exercise.mistakes.items()
    }


def _quietly(program, args, names):
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read_parts(program(*args), names)
    except Exception:
        return None
