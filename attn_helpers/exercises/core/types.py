"""What an exercise, a predict-question and a widget challenge are made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from attn_helpers.exercises.core.compare import TOLERANCE


@dataclass(frozen=True)
class Case:
    """One call of the reader's function: a name to speak of it, and its arguments."""

    name: str
    args: tuple


@dataclass(frozen=True)
class Mistake:
    """A wrong program, and what a reader who wrote it needs to hear."""

    program: Callable
    message: str


@dataclass(frozen=True, eq=False)
class Exercise:
    """A function that the reader writes.

    Args:
        title: what the page calls it.
        answer: the right program, defined in the exercise's own file.
        returns: for each thing it returns, the name and a question about one entry;
            ``{0}`` and ``{1}`` in the question stand for the entry's indices.
        cases: called with a seed, builds the cases afresh.
        mistakes: named wrong programs. Two share a message only when they compute the
            same, or when the second is a variant of the first and its name says so, as
            ``"k-eps"`` and ``"k-eps-large"`` do.
        library: ``"numpy"`` or ``"torch"``: what the arguments are arrays of, and what
            the result should be an array of.
        tolerance: how far off a right program may be, as a part of the largest entry;
            more than the default only where a right program may approximate.
        also_right: other programs that must pass, by name.
        hints: from a nudge to nearly the answer.
        question_after: asked once the answer is right, about the reader's own program.
        answer_after: the reply to it, shown below the solution.
    """

    title: str
    answer: Callable
    returns: Mapping[str, str]
    cases: Callable[[int], list[Case]]
    mistakes: Mapping[str, Mistake]
    library: str = "numpy"
    tolerance: float = TOLERANCE
    also_right: Mapping[str, Callable] = field(default_factory=dict)
    hints: tuple[str, ...] = ()
    question_after: str = ""
    answer_after: str = ""

    @property
    def id(self) -> str:
        """Its short name, for ``check`` and the page's labels: that of its file."""
        return self.answer.__module__.rpartition(".")[2].replace("_", "-")

    @property
    def topic(self) -> str:
        """The folder that its file is in, named like its chapter without the number."""
        return self.answer.__module__.split(".")[-2]


@dataclass(frozen=True)
class Option:
    """One answer to a predict-question, with the reply to a reader who picks it."""

    text: str
    feedback: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A bet to place before the page shows what happens. One option is right."""

    id: str
    prompt: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Challenge:
    """A goal that the reader reaches by hand in a widget.

    Args:
        widget: class name in ``attn_helpers.widgets``.
        state: the traits it starts from.
        goal: one sentence.
        conditions: ``{"path": ["weights", 0, 2], "op": ">=", "value": 0.9,
            "hint": "..."}``; all must hold. See ``conditions_met``.
        keep: traits the reader must leave as they are.
        solved: traits that, put over ``state``, reach the goal (used by the tests).
    """

    id: str
    widget: str
    state: Mapping
    goal: str
    conditions: tuple[Mapping, ...]
    keep: tuple[str, ...] = ()
    solved: Mapping = field(default_factory=dict)
