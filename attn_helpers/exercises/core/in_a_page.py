"""Judge what a reader has written in a page, with the judge of the notebooks.

In a page there is no second process and no thread, so the calls are made here. What
does not come back only the page can end, together with all of Python. So it is told
before each call what to say in that case.
"""

import linecache
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from attn_helpers.exercises.core import answers, sandbox
from attn_helpers.exercises.core import wording as say
from attn_helpers.exercises.core.judge import SEED, ended, judge, trials_of
from attn_helpers.exercises.core.registry import exercise
from attn_helpers.exercises.core.result import Result
from attn_helpers.exercises.core.types import Case, Exercise


@dataclass(frozen=True)
class Verdict:
    """What the page shows: a result, and what Python printed on the way to it.

    Args:
        status: ``"correct"``, ``"not yet"`` or ``"not attempted"``.
        message: as ``check`` words it.
        printed: by the text, and by the function on the first case where it printed;
            then the traceback of an error, if there was one.
    """

    status: str
    message: str
    printed: str = ""


def check_text(
    id: str, name: str, text: str, seconds: float, tell: Callable[[str], object]
) -> Verdict:
    """Run a text, and judge the function that it defines; nothing of it stays.

    Args:
        id: the exercise.
        name: of the function.
        text: Python, for which ``np`` is numpy.
        seconds: that the page gives to each step.
        tell: called before each step with what is to be said if that never ends.
    """
    try:
        with np.printoptions():
            return _checked(exercise(id), name, text, seconds, tell)
    finally:
        answers.put_back()


def _checked(found, name, text, seconds, tell):
    tell(say.ended_outside(seconds))
    file, space = f"{found.id}.py", {"__name__": "__main__", "np": np}
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    read = sandbox.call(compile, (text, file, "exec"))
    ran = read if read.stop else sandbox.call(exec, (read.value, space))
    if ran.stop:
        return Verdict("not yet", say.stops_outside(ran.stop), printed_by(ran))
    if name not in space:
        return Verdict("not yet", say.no_function(name), ran.printed)
    watched = _Watched(found, seconds, tell)
    result = judge(found, space[name], run=watched.run)
    printed = "" if result.status == "not attempted" else watched.printed()
    return Verdict(result.status, for_a_page(found, result), ran.printed + printed)


def for_a_page(exercise: Exercise, result: Result) -> str:
    """The message of a result, where print and a solution stand right below it."""
    if result.status == "not attempted":
        return say.STUB_OF_A_PAGE
    answer = say.where_the_answer_is(exercise)
    message = result.message.replace(answer, say.SOLUTION_OF_A_PAGE)
    return message.removesuffix(say.LEFT_OUT)


@dataclass
class _Watched:
    """The steps of one judgement, made here and told of."""

    exercise: Exercise
    seconds: float
    tell: Callable[[str], object]
    session: sandbox.Session = field(default_factory=sandbox.Session)
    cases: list[Case] = field(default_factory=list)

    def run(self, steps: sandbox.Steps) -> sandbox.Session:
        """Collect what ``steps()`` yields, as long as there is time for all of it."""
        self.session.seconds = self.seconds
        with answers.undisturbed():
            self.cases = self.exercise.cases(SEED)
        begun = time.monotonic()
        try:
            for found in steps():
                self.session.found.append(found)
                if time.monotonic() - begun > sandbox.SECONDS_IN_ALL:
                    self.session.ended = "all"
                    break
                if not isinstance(found, tuple):  # of a second call the same is said
                    self.tell(self._if_the_next_never_ends())
        except BaseException:  # a fault of the step, or one that escaped from it
            self.session.ended = "fault"
        return self.session

    def _if_the_next_never_ends(self):
        stuck, (_, *readings) = replace(self.session, ended="step"), self.session.found
        with answers.undisturbed():
            wanted = answers.wanted(self.exercise, SEED)
            trials = trials_of(self.exercise, self.cases, readings, wanted)
            return ended(stuck, self.cases, trials).message

    def printed(self) -> str:
        """What the first call that printed anything did, then the first traceback."""
        calls = [found.call for found in self.session.found if hasattr(found, "call")]
        printed = next((call.printed for call in calls if call.printed), "")
        stop = next((call.stop for call in calls if call.stop), None)
        return printed_by(sandbox.Call(stop=stop, printed=printed))


def printed_by(call: sandbox.Call) -> str:
    """What a call printed and, on lines of its own, the traceback that ended it."""
    trace = call.stop.trace if call.stop else ""
    return "\n".join(filter(None, (call.printed.removesuffix("\n"), trace)))
