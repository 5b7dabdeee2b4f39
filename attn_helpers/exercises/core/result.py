"""How an outcome, a hint or a solution shows itself in a notebook."""

import re
from dataclasses import dataclass, field

HEADINGS = {
    "correct": "Correct",
    "not yet": "Not yet",
    "not attempted": "Not attempted",
}


@dataclass(frozen=True)
class Result:
    """What ``check`` found.

    Args:
        status: ``"correct"``, ``"not yet"`` or ``"not attempted"``.
        message: what to look at next; after a right answer, a question or nothing.
        inputs: the arguments of the case the message speaks of, if it speaks of one.
    """

    status: str
    message: str = ""
    inputs: tuple | None = field(default=None, repr=False, compare=False)

    def __bool__(self):
        """Whether it is correct, so that ``if check(…):`` means what it says."""
        return self.status == "correct"

    def __str__(self):
        heading = HEADINGS[self.status]
        return f"{heading}: {self.message}" if self.message else heading

    __repr__ = __str__

    def _repr_markdown_(self):
        return f"**{HEADINGS[self.status]}.** {_escape(self.message)}".rstrip()


class Passage(str):
    """A text that shows as prose, not as a quoted string."""

    __slots__ = ()

    def __repr__(self):
        return str(self)

    def _repr_markdown_(self):
        return _escape(self)


class Source(Passage):
    """Python code that shows as a code block, with a remark below it."""

    remark: str

    def __new__(cls, code, remark=""):
        source = super().__new__(cls, code)
        source.remark = remark
        return source

    def __repr__(self):
        return f"{self}\n\n{self.remark}".rstrip()

    def _repr_markdown_(self):
        return f"```python\n{self}\n```\n\n{_escape(self.remark)}".rstrip()


def _escape(text):
    """Keep ``*`` ``_`` ``<`` and ``$`` literal outside `code`."""
    parts = re.split(r"(`[^`]*`)", text)
    plain = [re.sub(r"([*_<$\[\]])", r"\\\1", part) for part in parts[::2]]
    parts[::2] = plain
    return "".join(parts)
