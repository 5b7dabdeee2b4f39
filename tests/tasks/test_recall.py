import doctest

import numpy as np
import pytest

from attn_helpers.tasks import recall
from attn_helpers.tasks.recall import KEYS, VALUES, dictionary, one_item

B, PAIRS = 11, 7


def rng(seed=0):
    return np.random.default_rng(seed)


def test_examples_run():
    assert doctest.testmod(recall).failed == 0


# --- one item ---


@pytest.mark.parametrize("distance", [1, 2, 19])
def test_the_marked_item_stands_as_far_back_as_said(distance):
    x, value = one_item(rng(), B, distance)
    assert x.shape == (B, distance + 1, VALUES + 2)
    assert x.dtype == np.float32
    question = x[:, :, VALUES + 1].argmax(axis=1)
    marked = x[:, :, VALUES].argmax(axis=1)
    np.testing.assert_array_equal(question - marked, distance)
    np.testing.assert_array_equal(x[np.arange(B), marked, :VALUES].argmax(-1), value)


def test_every_step_shows_one_value_but_the_question_none():
    x, _ = one_item(rng(), B, 5)
    np.testing.assert_array_equal(x[..., :VALUES].sum(-1), [[1] * 5 + [0]] * B)
    assert (x[..., VALUES:].sum(axis=1) == 1).all()  # one mark, one question


# --- dictionary ---


@pytest.mark.parametrize("distance", [None, 1, 3, PAIRS])
def test_the_answer_is_the_value_filed_under_the_key_asked_for(distance):
    x, value = dictionary(rng(), B, PAIRS, distance)
    assert x.shape == (B, PAIRS + 1, KEYS + VALUES)
    assert x.dtype == np.float32
    for sequence, answer in zip(x, value, strict=True):
        filed = {
            step[:KEYS].argmax(): (step[KEYS:].argmax(), position)
            for position, step in enumerate(sequence[:PAIRS])
        }
        assert len(filed) == PAIRS  # no key comes twice
        wanted, position = filed[sequence[-1, :KEYS].argmax()]
        assert answer == wanted
        assert distance in (None, PAIRS - position)


def test_the_question_shows_a_key_and_no_value():
    x, _ = dictionary(rng(), B, PAIRS)
    np.testing.assert_array_equal(x[..., :KEYS].sum(-1), 1)
    np.testing.assert_array_equal(x[..., KEYS:].sum(-1), [[1] * PAIRS + [0]] * B)


def test_every_distance_is_asked_for_equally_often():
    x, _ = dictionary(rng(), 7000, PAIRS)
    at = (x[:, :PAIRS, :KEYS] * x[:, -1:, :KEYS]).sum(-1).argmax(-1)
    np.testing.assert_allclose(np.bincount(at) / 7000, 1 / PAIRS, atol=0.015)


def test_values_keys_and_places_are_independent():
    x, value = dictionary(rng(), 8000, PAIRS, 3)
    np.testing.assert_allclose(np.bincount(value) / 8000, 1 / VALUES, atol=0.015)
    asked = x[:, -1, :KEYS].argmax(-1)
    np.testing.assert_allclose(np.bincount(asked) / 8000, 1 / KEYS, atol=0.01)


@pytest.mark.parametrize("make", [one_item, dictionary])
def test_one_seed_gives_one_set(make):
    for one, other in zip(make(rng(5), B, 3), make(rng(5), B, 3), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(make(rng(5), B, 3)[0], make(rng(6), B, 3)[0])


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: one_item(0, B, 3), TypeError, "one_item: rng must be a numpy random"),
        (lambda: one_item(rng(), 0, 3), ValueError, "samples must be at least 1; .*=0"),
        (lambda: one_item(rng(), B, 0), ValueError, "distance must be at least 1; .*0"),
        (
            lambda: dictionary(rng(), B, 33),
            ValueError,
            "dictionary: pairs must be from 1 to 32; got pairs=33.",
        ),
        (
            lambda: dictionary(rng(), B, PAIRS, 8),
            ValueError,
            "dictionary: distance must be from 1 to 7; got distance=8.",
        ),
    ],
)
def test_wrong_input_is_refused_in_our_words(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_a_distance_between_two_steps_is_refused():
    with pytest.raises(TypeError, match="dictionary: distance must be a whole number"):
        dictionary(np.random.default_rng(0), samples=2, pairs=3, distance=1.5)
