"""Cards that ask for each other: a lookup whose rule nobody tells the model.

    I hold a circle. On the table lie six cards, one of each shape. What is written on
    the triangle?

A card has a shape, a shade and a letter. The card in the hand asks for the shape that
follows its own; the answer is the letter there. Shades, the letter in the hand and the
order on the table mean nothing. The cards are drawn at random; nothing is loaded.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from attn_helpers._checks import check_count, check_generator, complaint

SHAPES = ("circle", "triangle", "square", "star", "diamond", "cross")
SHADES = ("white", "grey", "black")
LETTERS = ("A", "B", "C", "D", "E", "F", "G", "H")
SIZES = len(SHAPES), len(SHADES), len(LETTERS)

NEXT = (1, 2, 3, 4, 5, 0)  # for each shape, the number of the shape that it asks for
SAME = (0, 1, 2, 3, 4, 5)
PARTNER = (1, 0, 3, 2, 5, 4)


class Deals(NamedTuple):
    """Hands and tables; a card is three numbers: its shape, its shade, its letter.

    Attributes:
        asker: the card in the hand, ``(b, 3)``.
        cards: the cards on the table, one of each shape, ``(b, t, 3)``.
        answers: number of the letter on the card that is asked for, ``(b,)``.
    """

    asker: np.ndarray
    cards: np.ndarray
    answers: np.ndarray


def deal(rng: np.random.Generator, deals: int, asks_for: Sequence[int] = NEXT) -> Deals:
    """Deal a card to the hand and six to the table, as often as asked.

    Args:
        rng: a numpy random generator.
        deals: how many, ``b``.
        asks_for: for each shape, the number of the shape that it asks for.

    Example:
        >>> one = deal(np.random.default_rng(3), deals=1)
        >>> hand, *table = read(one)
        >>> hand, table[:3], table[3:]
        ('white diamond B', ['white square G', 'grey triangle A', 'white cross D'], \
['grey diamond C', 'black circle F', 'white star D'])
        >>> LETTERS[one.answers[0]]
        'D'
    """
    check_generator(rng, function="deal", argument="rng")
    check_count(deals, function="deal", argument="deals")
    if len(asks_for) != len(SHAPES) or not set(asks_for) <= set(range(len(SHAPES))):
        rule = f"asks_for must name a shape, 0 to {len(SHAPES) - 1}, for each shape"
        raise ValueError(complaint("deal", rule, f"asks_for={tuple(asks_for)}"))
    asker = rng.integers(SIZES, size=(deals, 3))
    cards = rng.integers(SIZES, size=(deals, len(SHAPES), 3))
    shapes = np.tile(np.arange(len(SHAPES)), (deals, 1))
    cards[..., 0] = rng.permuted(shapes, axis=1)
    wanted = np.asarray(asks_for)[asker[:, 0]]  # (b,)
    found = (cards[..., 0] == wanted[:, None]).argmax(axis=1)  # (b,), a place
    return Deals(asker, cards, cards[np.arange(deals), found, 2])


def one_hot(cards: np.ndarray) -> np.ndarray:
    """Write each card, ``(..., 3)``, as a row of zeros with three ones in it.

    Returns:
        ``(..., d_model)`` in float32: six numbers for the shape, three for the shade,
        eight for the letter.

    Example:
        >>> one_hot(np.array([2, 0, 7])).astype(int)
        array([0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    """
    marks = [
        cards[..., part, None] == np.arange(size) for part, size in enumerate(SIZES)
    ]
    return np.concatenate(marks, axis=-1).astype(np.float32)


def read(deals: Deals, which: int = 0) -> list[str]:
    """One deal in words: the card in the hand, then the table."""
    rows = [deals.asker[which], *deals.cards[which]]
    return [f"{SHADES[h]} {SHAPES[s]} {LETTERS[w]}" for s, h, w in rows]
