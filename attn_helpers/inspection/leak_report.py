"""What was found where a program and its mask differ, and how it is said."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import fill

from attn_helpers.naming import told_apart

MOST_NAMED = 6  # findings of one kind that a report spells out
WIDTH = 72  # of its lines


@dataclass(frozen=True)
class LeakReport:
    """Where a program and its mask differ; every finding is a tuple of whole numbers.

    Attributes:
        leaks: pairs (query, key) that the mask forbids and that are felt all the same.
            In a batch each pair has the number of its sample in front, here and below.
        cut: pairs that the mask allows and that are not felt.
        lost: queries whose output is NaN or infinite.
        broken: pairs whose gradient is. One lost query is enough to break them all, as
            0 · NaN is NaN on the way back.
        across: pairs (sample, other sample) where the first feels the second.
    """

    leaks: tuple[tuple[int, ...], ...]
    cut: tuple[tuple[int, ...], ...]
    lost: tuple[tuple[int, ...], ...]
    broken: tuple[tuple[int, ...], ...]
    across: tuple[tuple[int, int], ...]

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        found = self.leaks, self.cut, self.lost, self.broken, self.across
        return not any(found)

    def in_words(
        self, queries: Sequence[str] | None = None, keys: Sequence[str] | None = None
    ) -> str:
        """The report as text; ``queries`` and ``keys`` are words for the positions.

        Words that come more than once are numbered: the₁, the₂.
        """
        if self.clean:
            return "clean: every pair that may flow does, and no other"
        keys = queries if keys is None else keys
        queries, keys = (words and told_apart(words) for words in (queries, keys))
        pair = partial(_pair, queries=queries, keys=keys)
        lines = [
            _line("leak", self.leaks, partial(pair, verb="feels")),
            _line("cut", self.cut, partial(pair, verb="does not feel")),
            _line("output not finite", self.lost, partial(_place, words=queries)),
            f"gradient not finite: {len(self.broken)} pairs" if self.broken else "",
            _line("samples mix", self.across, partial(_pair, verb="feels")),
        ]
        return "\n".join(
            fill(line, WIDTH, subsequent_indent="  ") for line in lines if line
        )

    __str__ = in_words


def _line(kind, found, in_words):
    if not found:
        return ""
    named = ", ".join(in_words(one) for one in found[:MOST_NAMED])
    rest = len(found) - MOST_NAMED
    return f"{kind}: {named}" + (f" and {rest} more" if rest > 0 else "")


def _pair(pair, verb, queries=None, keys=None):
    *query, key = pair
    key = key if keys is None else keys[key]
    return f"{_place(query, queries)} {verb} {key}"


def _place(query, words):
    """A query by its word or number, after the number of its sample in a batch."""
    *sample, position = query
    name = position if words is None else words[position]
    return f"sample {sample[0]}: {name}" if sample else f"{name}"
