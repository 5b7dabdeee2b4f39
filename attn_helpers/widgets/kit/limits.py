"""What a link may put into the inputs of a figure, as lists that go through JSON.

Python refuses a bad value by itself. A page has no Python, and a link may bring
anything, so each figure says beforehand what it takes: a rule for each input. The page
holds values against the rules in ``reader/limits.js``.
"""

from collections.abc import Iterable


def one_of(values: Iterable[object]) -> list:
    """One of these values."""
    return ["one of", list(values)]


def number(low: float, high: float) -> list:
    """A finite number in this range, ends included."""
    return ["number", low, high]


def whole(low: int, high: int) -> list:
    """A whole number in this range, ends included."""
    return ["whole", low, high]


def place_in(name: str) -> list:
    """The index of an entry in the list ``name``, or in the list that it names."""
    return ["place in", name]


def text(least: int, most: int, letters: str) -> list:
    """So many letters, of these alone."""
    return ["text", least, most, letters]


def each(*rules: list) -> list:
    """A list with one entry for each rule."""
    return ["each", list(rules)]


def several(rule: list, least: int, most: int, along: str = "") -> list:
    """So many entries by one rule; empty, or as many as the list ``along`` has."""
    return ["several", rule, least, most, along]


def summing(rule: list, total: float) -> list:
    """A list by this rule with this sum."""
    return ["summing", rule, total]
