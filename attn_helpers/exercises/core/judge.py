"""Judge a reader's function: compare first, then name the mistake, else ask.

Each case is put to the function twice, the second time after all the others: what is
right must be right again. The calls are made in a sandbox; what comes out of it is
judged here, against answers that the function could not reach.
"""

import inspect
import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from attn_helpers.exercises.core import answers, sandbox
from attn_helpers.exercises.core import wording as say
from attn_helpers.exercises.core.compare import (
    WrongKind,
    alike,
    as_in_single,
    finite,
    leaks,
    nearly,
    read_parts,
    right,
    unchanged,
)
from attn_helpers.exercises.core.result import Result
from attn_helpers.exercises.core.types import Case, Exercise

SECONDS_AGAIN = 1.0  # for the second calls, the quickest first; one is always made
SEED = 0


@dataclass(frozen=True)
class Reading:
    """What one call did, as far as it can be compared."""

    call: sandbox.Call
    parts: list | None = None  # None: it stopped with an error, or see ``problem``
    problem: str = ""  # why what it returned cannot be compared at all
    listed: list | None = None  # the parts, if a list were an array
    changed: str = ""  # the argument that it changed
    stub: bool = False  # nobody has written anything yet


@dataclass(eq=False)
class Trial:
    """One case, what the reader's function did on it, and what was wanted."""

    case: Case
    first: Reading
    want: list
    tolerance: float
    second: Reading | None = None

    @property
    def got(self) -> list | None:
        return self.first.parts

    @property
    def right(self) -> bool:
        return self.got is not None and self.agrees(self.got)

    @property
    def nearly(self) -> bool:
        return self.got is not None and nearly(self.got, self.want)

    @property
    def size(self) -> int:
        shapes = (getattr(argument, "shape", ()) for argument in self.case.args)
        return sum(map(math.prod, shapes))

    @property
    def repeats(self) -> bool:
        """Whether the second call, if there was one, did what the first had done."""
        if self.second is None:
            return True
        if self.right and self.second.parts is not None:
            return self.agrees(self.second.parts)
        return alike(self.got, self.second.parts)

    def agrees(self, parts: list) -> bool:
        """Whether these are the parts that are wanted."""
        return right(parts, self.want, self.tolerance)


def judge(
    exercise: Exercise,
    function: object,
    seed: int = SEED,
    run: Callable[..., sandbox.Session] = sandbox.run,
) -> Result:
    """Say whether the function is right, and if not what to look at.

    Args:
        seed: of the cases.
        run: how the calls are made; ``sandbox.plain`` for programs that one trusts.
    """
    try:
        return _judge(exercise, function, seed, run)
    except KeyboardInterrupt:
        return Result("not yet", say.INTERRUPTED)
    except BaseException:  # whatever was handed over, a reader gets a sentence
        return Result("not yet", say.UNREADABLE)


def _judge(exercise, function, seed, run):
    with answers.undisturbed():
        wanted = answers.wanted(exercise, seed)
        shown, *calls = (_apart(exercise.cases(seed)) for _ in range(4))
    session = run(lambda: _steps(exercise, function, *calls))
    found: list[Any] = session.found or [Result("not yet", say.UNREADABLE)]
    opening, *readings = found
    if opening is not None:
        return opening
    trials = trials_of(exercise, shown, readings, wanted)
    for number, reading in readings[len(shown) :]:
        trials[number].second = reading
    with answers.undisturbed():
        early = _early_end(session, shown, trials)
        return _verdict(exercise, trials, seed) if early is None else early


def trials_of(
    exercise: Exercise, cases: list[Case], readings: list, wanted: list[list]
) -> list[Trial]:
    """The cases that were tried, with what the first call did on each."""
    return [
        Trial(case, first, want, exercise.tolerance)
        for case, first, want in zip(cases, readings, wanted, strict=False)
    ]


def _apart(cases):
    """The cases, none of which is changed by what is done to another."""
    return [replace(case, args=deepcopy(case.args)) for case in cases]


# -------------------------------------------------------------- inside the sandbox
def _steps(exercise, function, given, again, untouched):
    """Look at the function, then call it on each case, and again on each case."""
    early = _before_running(exercise, function)
    yield early
    if early is not None:
        return
    took = []
    for case, before in zip(given, untouched, strict=True):
        began = time.monotonic()
        yield _reading(exercise, function, case, before)
        took.append(time.monotonic() - began)
    spent = 0.0
    for number in sorted(range(len(took)), key=took.__getitem__):
        if spent and spent + took[number] > SECONDS_AGAIN:
            return
        spent += took[number]
        case, before = again[number], untouched[number]
        yield number, _reading(exercise, function, case, before)


def _before_running(exercise, function):
    if function is None or function is ... or function is NotImplemented:
        return Result("not attempted", say.STUB)
    if not callable(function):
        return Result("not yet", say.not_callable(function))
    if inspect.isclass(function):
        return Result("not yet", say.is_class(function))
    try:
        signature = inspect.signature(function)
    except Exception:  # some functions written in C have none, and some lie
        return None
    wanted = tuple(inspect.signature(exercise.answer).parameters)
    try:
        signature.bind(*wanted)
    except TypeError:
        return Result("not yet", say.parameters(wanted, signature))
    return None


def _reading(exercise, function, case, before):
    call = sandbox.call(function, case.args)
    with answers.undisturbed():
        return _read(exercise, function, call, before.args, case.args)


def _read(exercise, function, call, args_before, args):
    value = call.value
    reading = Reading(replace(call, value=None), stub=_is_stub(function, call))
    for name, was, now in zip(
        inspect.signature(exercise.answer).parameters, args_before, args, strict=True
    ):
        if not unchanged(was, now):
            reading = replace(reading, changed=name)
    if call.stop:
        return reading
    try:
        parts = read_parts(value, tuple(exercise.returns), exercise.library)
        return replace(reading, parts=parts)
    except WrongKind as wrong:
        printed = value is None and call.printed.strip()
        problem = say.PRINTS if printed else str(wrong)
        listed = _as_if_an_array(value, exercise)
        return replace(reading, problem=problem, listed=listed)


def _as_if_an_array(value, exercise):
    if not isinstance(value, list | tuple) or len(exercise.returns) > 1:
        return None
    try:
        return read_parts(np.array(value, float), tuple(exercise.returns))
    except Exception:  # rows of unequal length, words, numbers beyond all bounds
        return None


def _is_stub(function, call):
    if call.stop:
        return call.stop.at_once and call.stop.is_a("NotImplementedError")
    if call.value is ... or call.value is NotImplemented:
        return True
    code = getattr(function, "__code__", None)
    empty = code is not None and not code.co_names and len(code.co_code) <= 8
    return call.value is None and empty


# ---------------------------------------------------------------------- the verdict
def _early_end(session, cases, trials):
    """The result when not all calls were made, unless it is that of any others."""
    if session.ended in ("done", "all") and len(trials) == len(cases):
        return None  # at most a few second calls are missing
    if session.ended == "all" and not all(trial.right for trial in trials):
        return None
    return ended(session, cases, trials)


def ended(session: sandbox.Session, cases: list[Case], trials: list[Trial]) -> Result:
    """The result when the calls ended after these trials."""
    if len(trials) == len(cases):
        return Result("not yet", say.ended_when_called_again(session))
    case = cases[len(trials)]
    return Result("not yet", say.ended(session, case, trials, len(cases)), case.args)


def _verdict(exercise, trials, seed):
    if all(trial.first.stub for trial in trials):
        return Result("not attempted", say.STUB)
    for trial in trials:
        if trial.first.problem:
            return _not_yet(say.kind(exercise, trial), trial)
    for trial in trials:
        if not trial.repeats:
            return _not_yet(say.differs(exercise, trial), trial)
    failed = sorted((t for t in trials if not t.right), key=lambda t: t.size)
    if failed and all(trial.nearly for trial in trials):
        for trial in failed:
            if any(map(_leaky, trial.got, trial.want)):
                return _not_yet(say.leaks(exercise, trial), trial)
    if failed:
        message = _named_mistake(exercise, trials, seed)
        if message:
            return Result("not yet", message)
    for trial in trials:
        if trial.first.changed:
            return _not_yet(say.changed(trial), trial)
    for trial in trials:
        dtype = say.wrong_dtype(exercise, trial)
        if dtype:
            return _not_yet(dtype, trial)
    if not failed:
        return Result("correct", say.right(exercise, trials))
    if _in_single_precision(exercise, trials, seed):
        return _not_yet(say.single_precision(exercise, failed[0]), failed[0])
    return _not_yet(say.wrong(exercise, failed[0]), failed[0])


def _not_yet(message, trial):
    return Result("not yet", message, trial.case.args)


def _leaky(got, want):
    return leaks(got, want).any()


def _in_single_precision(exercise, trials, seed):
    """Whether every result is as rough as the answer itself is in float32."""
    return all(
        trial.got is not None
        and single is not None
        and as_in_single(trial.got, trial.want, single)
        for trial, single in zip(
            trials, answers.in_single_precision(exercise, seed), strict=False
        )
    )


def _named_mistake(exercise, trials, seed):
    """The message of the one mistake that explains everything the reader's run did.

    First the mistakes that did the same on every case, nan and errors included. If
    none did, those that agree wherever the reader's numbers are finite: a program
    with two faults then hears of the one that shows.
    """
    mistaken = answers.mistaken(exercise, seed)
    for visible in (trials, [t for t in trials if finite(t.got)]):
        if not any(t.got is not None and not t.right for t in visible):
            continue
        names = {t.case.name for t in visible}
        messages = {
            exercise.mistakes[name].message
            for name, outputs in mistaken.items()
            if all(
                alike(t.got, output)
                for t, output in zip(trials, outputs, strict=False)
                if t.case.name in names
            )
        }
        if len(messages) == 1:
            return messages.pop()
    return ""
