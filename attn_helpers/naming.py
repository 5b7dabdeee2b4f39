"""Words by which the places of a sequence can be told apart."""

from collections import Counter
from collections.abc import Iterable

SMALL = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def told_apart(words: Iterable[str]) -> list[str]:
    """The words, those that come more than once with a number: the first, the second.

    Example:
        >>> told_apart(["the", "boat", "left", "the", "bank"])
        ['the₁', 'boat', 'left', 'the₂', 'bank']
    """
    often, so_far = Counter(words), Counter()
    names = []
    for word in words:
        so_far[word] += 1
        number = str(so_far[word]).translate(SMALL) if often[word] > 1 else ""
        names.append(f"{word}{number}")
    return names
