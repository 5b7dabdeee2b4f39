"""Exercises that tell the reader which mistake they made.

Each topic has a folder here and each exercise a file in it, found by itself. ``check``
compares a reader's function with the answer on several cases; when they differ it looks
for a known wrong program that does the same, and says what that program does.
"""

from typing import TYPE_CHECKING

from attn_helpers.exercises.core.conditions import conditions_met
from attn_helpers.exercises.core.judge import judge
from attn_helpers.exercises.core.progress import Progress
from attn_helpers.exercises.core.registry import (
    UnknownId,
    challenges,
    exercise,
    find,
    questions,
    registry,
    solution_source,
)
from attn_helpers.exercises.core.result import Passage, Result, Source
from attn_helpers.exercises.core.types import (
    Case,
    Challenge,
    Exercise,
    Mistake,
    Option,
    Question,
)

if TYPE_CHECKING:  # widgets are imported when they are asked for
    from attn_helpers.widgets.kit.base import BookWidget

__all__ = [
    "Case",
    "Challenge",
    "Exercise",
    "Mistake",
    "Option",
    "Progress",
    "Question",
    "Result",
    "UnknownId",
    "ask",
    "challenge",
    "challenges",
    "check",
    "conditions_met",
    "hint",
    "progress",
    "questions",
    "registry",
    "solution",
]


SESSION = Progress()


def check(id: str, function: object) -> Result:
    """Judge your answer to an exercise. Whatever you hand over, this does not raise.

    Args:
        id: the exercise, such as ``"softmax"``.
        function: your function itself, without brackets after its name.

    Raises:
        UnknownId: when no exercise has this id; it names those that are close.
    """
    result = judge(exercise(id), function)
    SESSION.note(id, result)
    return result


def progress() -> Progress:
    """What ``check`` has judged since Python was started, as a table of topics."""
    return SESSION


def hint(id: str, n: int = 1) -> Passage:
    """The ``n``-th hint to an exercise, counted from 1."""
    hints = exercise(id).hints
    if n > len(hints):
        return Passage(f"That was the last of {len(hints)} hints; see `solution`.")
    return Passage(hints[max(n, 1) - 1])


def solution(id: str) -> Source:
    """The book's answer to an exercise, as code, and to the question asked after it."""
    found = exercise(id)
    remark = f"{found.question_after} {found.answer_after}"
    return Source(solution_source(found), remark)


def ask(id: str) -> "BookWidget":
    """Show a predict-question: place a bet, then read the reply to it."""
    from attn_helpers.widgets.predict_question import PredictQuestion

    question = find(questions(), id, "question")
    options = [
        {"text": option.text, "feedback": option.feedback, "right": option.right}
        for option in question.options
    ]
    return PredictQuestion(prompt=question.prompt, options=options)


def challenge(id: str) -> "BookWidget":
    """Show a widget with a goal that it checks by itself."""
    from attn_helpers.widgets.kit.base import widget_classes

    found = find(challenges(), id, "challenge")
    goal = {
        "goal": found.goal,
        "conditions": [dict(condition) for condition in found.conditions],
        "keep": list(found.keep),
        "start": {name: found.state[name] for name in found.keep},
    }
    return widget_classes()[found.widget](**found.state, challenge=goal)
