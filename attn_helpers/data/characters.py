"""A text as whole numbers, one for each character, and windows cut out of it."""

from collections.abc import Iterable, Iterator

import numpy as np

from attn_helpers._checks import check_at_most, check_count, check_generator, complaint


class Characters:
    """The characters of a text, numbered from 0 in the order of their code points.

    There is no number for padding, for an end or for what is unknown: a language model
    of characters needs none, as its text goes on and its windows are equally long.

    Args:
        text: whose characters are numbered, that of the training data alone.

    Example:
        >>> letters = Characters("in the beginning")
        >>> letters.encode("tin").tolist(), letters.decode([7, 5, 6])
        ([7, 5, 6], 'tin')
        >>> len(letters), letters.tokens
        (8, [' ', 'b', 'e', 'g', 'h', 'i', 'n', 't'])
    """

    def __init__(self, text: str):
        self.tokens = sorted(set(text))
        self._ids = {token: number for number, token in enumerate(self.tokens)}

    def __len__(self):
        return len(self.tokens)

    def encode(self, text: str) -> np.ndarray:
        """The number of each character, ``(n,)``, int64; an unknown one is refused."""
        try:
            return np.array([self._ids[token] for token in text], dtype=np.int64)
        except KeyError as error:
            unknown = error.args[0]
            rule = "every character must be one of those that were numbered"
            got = f"{unknown!r} at text[{text.index(unknown)}]"
            raise ValueError(complaint("encode", rule, got)) from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text that these numbers stand for."""
        return "".join(self.tokens[number] for number in ids)


def all_windows(ids: np.ndarray, length: int) -> np.ndarray:
    """Cut a text into windows in which each token but the first is predicted once.

    A window has ``length`` + 1 tokens, as its last one is only predicted; the next
    window begins with that one. What is left at the end is too short and is left out.

    Args:
        ids: the tokens, ``(n,)``.
        length: how many tokens of a window are predicted.

    Returns:
        ``(windows, length + 1)``.

    Example:
        >>> all_windows(np.arange(8), length=3).tolist()
        [[0, 1, 2, 3], [3, 4, 5, 6]]
    """
    _check_length("all_windows", ids, length)
    return np.lib.stride_tricks.sliding_window_view(ids, length + 1)[::length]


def random_windows(
    ids: np.ndarray, length: int, size: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Draw batches of windows from random places, for as long as one asks.

    Args:
        ids: the tokens, ``(n,)``.
        length: how many tokens of a window are predicted.
        size: windows in a batch.
        rng: draws the places.

    Yields:
        ``(size, length + 1)``.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> next(random_windows(np.arange(100), length=3, size=2, rng=rng)).tolist()
        [[82, 83, 84, 85], [61, 62, 63, 64]]
    """
    _check_length("random_windows", ids, length)
    check_count(size, function="random_windows", argument="size")
    check_generator(rng, function="random_windows")
    windows = np.lib.stride_tricks.sliding_window_view(ids, length + 1)
    while True:
        yield windows[rng.integers(len(windows), size=size)]


def _check_length(function, ids, length):
    """Require a text that is long enough for one window."""
    check_count(length, function=function, argument="length")
    names = ("length + 1", "len(ids)")
    check_at_most(length + 1, len(ids), function=function, arguments=names)
