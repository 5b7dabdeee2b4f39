"""What the judge says of programs that need no sandbox."""

import pytest

from attn_helpers.exercises import registry
from attn_helpers.exercises.core import sandbox
from attn_helpers.exercises.core import wording as say
from attn_helpers.exercises.core.judge import judge

EXERCISES = registry()


each_exercise = pytest.mark.parametrize("id", EXERCISES)
IN_NUMPY = [id for id, exercise in EXERCISES.items() if exercise.library == "numpy"]
each_in_numpy = pytest.mark.parametrize("id", IN_NUMPY)


def check(id, program):
    """The verdict on a program that needs no sandbox."""
    return judge(EXERCISES[id], program, run=sandbox.plain)


def changed_result(id, change):
    """A program that gives the right parts after ``change`` has been over each."""
    exercise = EXERCISES[id]

    def program(*args):
        value = exercise.answer(*args)
        if len(exercise.returns) == 1:
            return change(value)
        return tuple(change(part) for part in value)

    return program


def says(result, status, *phrases):
    assert result.status == status
    for phrase in phrases:
        assert phrase in result.message
    assert result.message != say.UNREADABLE
    assert "Traceback" not in result.message
    assert "/work" not in result.message
    assert ".py" not in result.message
