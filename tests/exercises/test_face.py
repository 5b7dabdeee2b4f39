"""``check``, ``hint`` and ``solution``, for whatever a reader hands over."""

import itertools
import re
import sys
import time
from functools import partial

import numpy as np
import pytest

from attn_helpers.exercises import check, hint, progress, registry, solution
from attn_helpers.exercises.core import sandbox

EXERCISES = registry()
each_exercise = pytest.mark.parametrize("id", EXERCISES)
ANSWER = EXERCISES["softmax"].answer


def says(result, *phrases, status="not yet"):
    assert result.status == status
    assert bool(result) == (status == "correct")
    for phrase in phrases:
        assert phrase in result.message
    assert "Traceback" not in result.message


@pytest.fixture
def short_patience(monkeypatch):
    monkeypatch.setattr(sandbox, "SECONDS_PER_STEP", 1.0)


@pytest.fixture(params=["process", "thread"])
def worker(request, monkeypatch):
    """Both ways in which a reader's function may be run."""
    if request.param == "thread":
        monkeypatch.setattr(sandbox, "_forks_well", lambda: False)


# ---------------------------------------------------------------------------- time
def test_an_endless_loop_is_ended(short_patience, worker):
    def forever(*args):
        while True:
            pass

    case = EXERCISES["softmax"].cases(0)[0].name
    says(check("softmax", forever), case, "had not come back", "Either it is slow")


@pytest.mark.parametrize(
    "forever",
    [
        lambda scores: sum(itertools.count()),
        lambda scores: list(itertools.repeat(0, 10**12)),
        lambda scores: re.match("(a+)+$", "a" * 60 + "b"),
        lambda scores: time.sleep(1000),
        lambda scores: 10 ** (10**9),
    ],
    ids=["a long sum", "a long list", "backtracking", "sleep", "a large power"],
)
def test_what_is_busy_below_python_is_ended(forever, short_patience):
    began = time.monotonic()
    result = check("softmax", forever)
    assert result.status == "not yet"
    assert time.monotonic() - began < 10


def test_a_loop_that_catches_everything_is_ended(short_patience, worker):
    def stubborn(scores):
        for _ in range(3):
            try:
                while True:
                    pass
            except BaseException:
                continue

    says(check("softmax", stubborn), "had not come back")


def test_a_slow_program_is_told_that_it_is_slow(monkeypatch, worker):
    monkeypatch.setattr(sandbox, "SECONDS_IN_ALL", 0.3)

    def slow(scores):
        time.sleep(0.12)
        return ANSWER(scores)

    result = check("softmax", slow)
    says(result, "Right so far, and slow", "cases came back, all of them right")
    assert "loop" not in result.message


def test_a_slow_wrong_program_hears_what_is_wrong(monkeypatch, worker):
    monkeypatch.setattr(sandbox, "SECONDS_IN_ALL", 0.3)

    def slow(scores):
        time.sleep(0.12)
        return ANSWER(scores) / 2

    says(check("softmax", slow), "The answer has")


def test_a_program_that_is_slow_on_one_case_hears_of_those_before(
    short_patience, worker
):
    def slow(scores):
        if np.array_equal(scores, EXERCISES["softmax"].cases(0)[2].args[0]):
            time.sleep(3)
        return ANSWER(scores)

    says(check("softmax", slow), "from the two cases before, and its numbers were righ")


def test_a_second_call_that_never_comes_back(short_patience):
    calls = []

    def second(scores):
        calls.append(scores)
        while len(calls) > len(EXERCISES["softmax"].cases(0)):
            pass
        return ANSWER(scores)

    says(check("softmax", second), "when a case came a second time")


# ------------------------------------------------------------------ whatever it is
class WordlessError(Exception):
    def __str__(self):
        raise RuntimeError

    __repr__ = __str__


def nameless():
    """A class of which nothing can be asked; pytest must not see it."""

    class Meta(type):
        def __getattribute__(cls, name):
            raise SystemExit

    return Meta("Nameless", (), {})


class LyingSignature:
    @property
    def __signature__(self):
        raise KeyError

    def __call__(self, scores):
        return ANSWER(scores)


class OpenToAnything:
    def __getattr__(self, name):
        return OpenToAnything()

    def __call__(self, *args, **keywords):
        return OpenToAnything()


class NoBool:
    def __bool__(self):
        raise ValueError

    def __eq__(self, other):
        raise ValueError

    __hash__ = None


class Endless(list):
    def __iter__(self):
        return itertools.repeat(0)

    def __len__(self):
        raise MemoryError


def raises(error):
    def program(scores):
        raise error

    return program


def closes_stdout(scores):
    sys.stdout.close()
    sys.stderr = None
    print("on nothing")
    return ANSWER(scores)


def sets_numpy(scores):
    np.seterr(all="raise")
    return ANSWER(scores)


def yields(scores):
    yield scores


async def waits(scores):
    return scores


HANDED_OVER = {
    "an error without words": raises(WordlessError()),
    "an error of a class without a name": lambda scores: nameless()(),
    "a group of errors": raises(ExceptionGroup("many", [ValueError()])),
    "stop iteration": raises(StopIteration()),
    "the end of a generator": raises(GeneratorExit()),
    "a class without a name": nameless(),
    "open to anything": OpenToAnything(),
    "neither true nor false": lambda scores: NoBool(),
    "not even comparable": NoBool(),
    "an endless list": lambda scores: Endless(),
    "itself": check,
    "a generator": yields,
    "a coroutine": waits,
    "a module": np,
    "a function of C": np.exp,
    "a method without its object": np.ndarray.sum,
    "a type": int,
    "zero-dimensional": lambda scores: np.array(None),
    "a structured array": lambda scores: np.zeros(3, dtype="i4,f8"),
    "dates": lambda scores: np.array(["2020-01-01"], dtype="M8"),
    "far too much": lambda scores: np.broadcast_to(1.0, (10**6, 10**6)),
    "what cannot be pickled": lambda scores: (scores, lambda: 0),
    "a partial with too much": partial(ANSWER, 1, 2),
    "numpy that raises from now on": sets_numpy,
    "a word": "softmax",
    "minus a million": -(10**6),
}


@pytest.mark.parametrize("name", HANDED_OVER)
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_a_sentence_for_whatever_is_handed_over(name, worker, short_patience):
    result = check("softmax", HANDED_OVER[name])
    assert result.status in ("not yet", "not attempted")
    assert result.message.endswith((".", "?", ")"))


@pytest.mark.parametrize(
    "program",
    [
        ANSWER,
        partial(ANSWER),
        LyingSignature(),
        closes_stdout,
        lambda scores, *rest, axis=-1, **more: ANSWER(scores=scores),
    ],
)
def test_what_is_odd_and_right_is_correct(program, worker):
    says(check("softmax", program), "One question", status="correct")


def test_a_notebook_that_makes_errors_of_warnings(worker):
    with np.errstate(all="raise"):
        says(check("softmax", ANSWER), status="correct")
        result = check("softmax", lambda s: np.exp(s) / np.exp(s).sum(-1)[:, None])
        says(result, "overflow")


def test_a_closed_stdout(worker, monkeypatch, tmp_path):
    closed = open(tmp_path / "closed", "w")
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    says(check("softmax", ANSWER), status="correct")


def test_where_no_thread_starts_the_function_is_called_as_it_is(monkeypatch):
    def none(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(sandbox, "_forks_well", lambda: False)
    monkeypatch.setattr("threading.Thread.start", none)
    says(check("softmax", ANSWER), status="correct")
    says(check("softmax", lambda scores: ANSWER(scores) / 2), "The answer has")


# -------------------------------------------------------------- hints, solutions
def test_hints_count_from_one_and_end():
    hints = EXERCISES["softmax"].hints
    assert [hint("softmax", n) for n in (1, 2, 3)] == list(hints)
    assert hint("softmax") == hint("softmax", 1) == hint("softmax", 0)
    assert hint("softmax", 4) == "That was the last of 3 hints; see `solution`."


def test_a_solution_shows_as_code():
    shown = solution("softmax")
    assert repr(shown).startswith("def softmax(scores):")
    assert shown._repr_markdown_().startswith("```python\ndef softmax")


@each_exercise
def test_the_question_asked_after_a_right_answer_is_answered(id):
    exercise = EXERCISES[id]
    asked = check(id, exercise.answer).message
    says(check(id, exercise.answer), f'Answer: `solution("{id}")`', status="correct")
    assert exercise.question_after in asked
    assert repr(solution(id)).endswith(exercise.answer_after)
    assert solution(id)._repr_markdown_().count("```") == 2


# ------------------------------------------------------------------------- progress
def test_what_check_has_judged_stands_in_the_table():
    progress().statuses.clear()
    check("softmax", None)
    assert progress().rows() == []
    check("softmax", lambda scores: scores)
    assert progress().rows() == [("dot product attention", "0 of 6", "softmax")]
    check("softmax", ANSWER)
    assert progress().rows() == [("dot product attention", "1 of 6: softmax", "")]
