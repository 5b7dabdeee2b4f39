"""A shop's board: prices as they were written, and questions that turn on the order.

    tea 3 · rice 5 · tea 7 · tea now? · tea first?

The answers are 7 and 3. Whoever knows all the lines of the board, but not their order,
cannot tell which is which. The boards are drawn at random; nothing is loaded.
"""

from typing import NamedTuple

import numpy as np

from attn_helpers._checks import check_count, check_generator

GOODS = ("tea", "rice", "salt", "milk", "eggs", "oats", "figs", "dill")
PRICES = ("1", "2", "3", "4", "5", "6", "7", "8")
NOW, FIRST = len(PRICES), len(PRICES) + 1
WORDS = (*PRICES, "now?", "first?")
UNKNOWN = -100  # what cross_entropy leaves out


class Boards(NamedTuple):
    """Boards, line by line; every array is ``(b, t)``.

    Attributes:
        goods: number of the line's good, in ``GOODS``.
        words: number of the line's price or question, in ``WORDS``.
        now: at a question, the latest price of its good; else, or if there is none
            yet, ``UNKNOWN``.
        first: at a question, the first price of its good, likewise.
    """

    goods: np.ndarray
    words: np.ndarray
    now: np.ndarray
    first: np.ndarray

    @property
    def answers(self) -> np.ndarray:
        """What each question asks for, ``UNKNOWN`` on every other line."""
        return np.where(self.words == NOW, self.now, self.first)

    @property
    def hard(self) -> np.ndarray:
        """True where latest and first price differ, so that order decides."""
        return self.now != self.first


def running_boards(rng: np.random.Generator, boards: int, lines: int) -> Boards:
    """Boards on which every second line or so asks about the lines before it.

    Args:
        rng: a numpy random generator.
        boards: how many, ``b``.
        lines: how long each is, ``t``.

    Example:
        >>> board = running_boards(np.random.default_rng(79), boards=1, lines=6)
        >>> read(board)
        ['tea 3', 'dill 1', 'dill 5', 'tea now?', 'dill first?', 'dill 2']
        >>> [PRICES[answer] for answer in board.answers[0, 3:5]]
        ['3', '1']
    """
    shape = _shape(rng, boards, lines, function="running_boards")
    goods = rng.integers(len(GOODS), size=shape)
    prices = rng.integers(len(PRICES), size=shape)
    questions = rng.integers(NOW, FIRST + 1, size=shape)
    words = np.where(rng.random(shape) < 0.5, questions, prices)
    return _with_answers(goods, words)


def closing_boards(rng: np.random.Generator, boards: int, lines: int) -> Boards:
    """Boards of prices alone, then one question for each good: what does it cost now?

    Args:
        rng: a numpy random generator.
        boards: how many.
        lines: how many lines stand before the questions.
    """
    shape = _shape(rng, boards, lines, function="closing_boards")
    goods = rng.integers(len(GOODS), size=shape)
    words = rng.integers(len(PRICES), size=shape)
    asked = np.broadcast_to(np.arange(len(GOODS)), (boards, len(GOODS)))
    goods = np.concatenate([goods, asked], axis=1)
    words = np.concatenate([words, np.full_like(asked, NOW)], axis=1)
    return _with_answers(goods, words)


def read(boards: Boards, board: int = 0) -> list[str]:
    """The lines of one board, in words."""
    lines = zip(boards.goods[board], boards.words[board], strict=True)
    return [f"{GOODS[good]} {WORDS[word]}" for good, word in lines]


def _shape(rng, boards, lines, *, function):
    check_generator(rng, function=function, argument="rng")
    return (
        check_count(boards, function=function, argument="boards"),
        check_count(lines, function=function, argument="lines"),
    )


def _with_answers(goods, words):
    """Find for each question the first and the last line above it with its good."""
    t = goods.shape[1]
    line = np.arange(t)
    above = (goods[:, :, None] == goods[:, None, :]) & (line < line[:, None])
    above &= (words < NOW)[:, None, :]  # (b, t, t): a price of the same good, earlier
    asked = (words >= NOW) & above.any(axis=-1)
    latest = t - 1 - above[:, :, ::-1].argmax(axis=-1)
    earliest = above.argmax(axis=-1)
    answers = (np.take_along_axis(words, at, axis=1) for at in (latest, earliest))
    return Boards(goods, words, *(np.where(asked, a, UNKNOWN) for a in answers))
