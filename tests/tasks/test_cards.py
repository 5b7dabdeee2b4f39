import numpy as np
import pytest

from attn_helpers.tasks.cards import (
    LETTERS,
    NEXT,
    PARTNER,
    SAME,
    SHADES,
    SHAPES,
    deal,
    one_hot,
    read,
)

B = 211


def dealt(asks_for=NEXT, seed=0, deals=B):
    return deal(np.random.default_rng(seed), deals, asks_for)


def answer_of_a_player(words, asks_for):
    """Look through the table for the shape that the hand asks for."""
    hand, *table = (card.split() for card in words)
    wanted = SHAPES[asks_for[SHAPES.index(hand[1])]]
    (letter,) = (card[2] for card in table if card[1] == wanted)
    return letter


@pytest.mark.parametrize("asks_for", [NEXT, SAME, PARTNER, (5, 3, 3, 0, 1, 2)])
def test_the_answer_is_the_one_that_a_player_finds(asks_for):
    deals = dealt(asks_for)
    for which in range(B):
        found = answer_of_a_player(read(deals, which), asks_for)
        assert LETTERS[deals.answers[which]] == found


def test_every_shape_lies_on_the_table_once_and_anywhere():
    shapes = dealt().cards[..., 0]
    assert (np.sort(shapes, axis=1) == np.arange(6)).all()
    for place in range(6):
        assert set(shapes[:, place]) == set(range(6))


def test_all_that_may_be_drawn_is_drawn():
    deals = dealt()
    for part, size in enumerate((len(SHAPES), len(SHADES), len(LETTERS))):
        assert set(deals.asker[:, part]) == set(range(size))
        assert set(deals.cards[..., part].flat) == set(range(size))


def test_the_rules_are_a_ring_pairs_and_the_same():
    ring = [0]
    for _ in range(5):
        ring.append(NEXT[ring[-1]])
    assert sorted(ring) == list(range(6)) and NEXT[ring[-1]] == 0
    assert all(PARTNER[PARTNER[shape]] == shape != PARTNER[shape] for shape in range(6))
    assert SAME == tuple(range(6))


def test_a_card_is_three_ones():
    cards = dealt().cards
    vectors = one_hot(cards)
    assert vectors.shape == (B, 6, 17) and vectors.dtype == np.float32
    assert set(vectors.flat) == {0.0, 1.0}
    offsets = np.cumsum([0, 6, 3])
    for card, vector in zip(cards.reshape(-1, 3), vectors.reshape(-1, 17), strict=True):
        assert np.flatnonzero(vector).tolist() == (card + offsets).tolist()


def test_deals_come_from_their_generator_alone():
    for one, same in zip(dealt(), dealt(), strict=True):
        assert (one == same).all()
    assert (dealt(seed=1).cards != dealt().cards).any()


def test_errors_teach():
    with pytest.raises(TypeError, match=r"deal: rng must be a numpy random generator"):
        deal(0, 3)
    with pytest.raises(ValueError, match=r"deal: deals must be .*; got deals=0"):
        deal(np.random.default_rng(0), 0)
    for wrong in ((1, 2, 3), (1, 2, 3, 4, 5, 6)):
        with pytest.raises(ValueError, match=r"deal: asks_for must name a shape, 0 to"):
            deal(np.random.default_rng(0), 3, wrong)
