import numpy as np
import pytest

from attn_helpers.data.numbers import MORPHEMES, english_words, german_morphemes
from attn_helpers.tasks import number_places
from attn_helpers.tasks.number_places import true_places


@pytest.mark.parametrize(
    ("number", "places"),
    [
        (0, [0]),
        (7, [0]),
        (16, [0]),
        (13, [0, 0]),
        (10, [0]),
        (47381, [1, None, 0, 2, 3, 4, 7, None, 6]),
        (33003, [1, None, 0, 2, 4]),  # thirty three thousand and three
        (18013, [0, 0, 1, 3, 3]),  # eighteen thousand and thirteen
        (310_010, [0, 1, 3, 4, 6]),  # three hundred and ten thousand and ten
    ],
)
def test_places_worked_by_hand(number, places):
    assert true_places(english_words(number), german_morphemes(number)) == places


def test_every_word_but_and_is_named_by_some_piece():
    for number in np.random.default_rng(0).integers(1_000_000, size=1009).tolist():
        english, german = english_words(number), german_morphemes(number)
        named = {place for place in true_places(english, german) if place is not None}
        assert named == {j for j, word in enumerate(english) if word != "and"}


def test_every_piece_has_a_meaning():
    assert set(number_places.MEANING) | {"und"} == set(MORPHEMES)
