"""What has been judged in this session, kept in memory and nowhere else."""

from dataclasses import dataclass, field

from attn_helpers.exercises.core.registry import exercises_of, topics
from attn_helpers.exercises.core.result import Result

HEADINGS = ("topic", "correct", "not yet")
NOTHING = "`check` has judged nothing in this session."


@dataclass
class Progress:
    """The newest verdict on each exercise, but what was correct once stays correct.

    It shows itself as a table, a line for each topic with a verdict.

    Example:
        >>> progress = Progress()
        >>> progress.note("softmax", Result("correct"))
        >>> progress.note("entropy", Result("not yet"))
        >>> print(progress)
        topic                  correct          not yet
        dot product attention  1 of 6: softmax  entropy
    """

    statuses: dict[str, str] = field(default_factory=dict)

    def note(self, id: str, result: Result) -> None:
        """Keep a verdict; what nobody has attempted has none."""
        if result.status != "not attempted" and self.statuses.get(id) != "correct":
            self.statuses[id] = result.status

    def rows(self) -> list[tuple[str, str, str]]:
        """For each topic in sight its name, what is correct, and what is not yet."""
        found = []
        for topic in topics():
            ids = exercises_of(topic)
            correct, not_yet = (
                [id for id in ids if self.statuses.get(id) == status]
                for status in ("correct", "not yet")
            )
            if correct or not_yet:
                done = f"{len(correct)} of {len(ids)}"
                done += f": {', '.join(correct)}" if correct else ""
                found.append((topic.replace("_", " "), done, ", ".join(not_yet)))
        return found

    def __str__(self):
        rows = self.rows()
        if not rows:
            return NOTHING
        table = (HEADINGS, *rows)
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ("  ".join(map(str.ljust, row, widths)) for row in table)
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__

    def _repr_markdown_(self):
        rows = self.rows()
        if not rows:
            return NOTHING
        rule = ("---",) * len(HEADINGS)
        return "\n".join(f"| {' | '.join(row)} |" for row in (HEADINGS, rule, *rows))
