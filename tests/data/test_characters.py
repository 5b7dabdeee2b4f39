from itertools import islice

import numpy as np
import pytest

from attn_helpers.data.characters import Characters, all_windows, random_windows

IDS = np.arange(100, 131)


def test_characters_are_numbered_by_their_code_points():
    letters = Characters("Zebra, zoo!\n")
    assert letters.tokens == ["\n", " ", "!", ",", "Z", "a", "b", "e", "o", "r", "z"]
    assert len(letters) == 11


def test_a_text_comes_back_as_it_was():
    text = "ſo – »naïve« 😀\n\tand so on"
    letters = Characters(text)
    ids = letters.encode(text)
    assert ids.shape == (len(text),) and ids.dtype == np.int64
    assert set(ids) == set(range(len(letters)))
    assert letters.decode(ids) == text
    assert letters.encode("").shape == (0,) and letters.decode([]) == ""


def test_an_unknown_character_is_refused():
    with pytest.raises(ValueError) as caught:
        Characters("abc").encode("bad")
    assert str(caught.value) == (
        "encode: every character must be one of those that were numbered; "
        "got 'd' at text[2]."
    )


@pytest.mark.parametrize("length", [1, 2, 3, 7, 29, 30])
def test_all_windows_predict_each_token_once(length):
    windows = all_windows(IDS, length)
    assert windows.shape == (30 // length, length + 1)
    predicted = windows[:, 1:].flatten()
    assert predicted.tolist() == IDS[1 : len(predicted) + 1].tolist()
    assert (windows[:, :-1].flatten() == predicted - 1).all()


def test_random_windows_are_cut_from_the_text():
    batches = random_windows(IDS, length=4, size=3, rng=np.random.default_rng(0))
    for batch in islice(batches, 7):
        assert batch.shape == (3, 5) and batch.dtype == IDS.dtype
        assert (np.diff(batch) == 1).all()


def test_every_window_comes_up_and_no_other():
    rng = np.random.default_rng(0)
    batch = next(random_windows(IDS, length=28, size=200, rng=rng))
    assert sorted(set(batch[:, 0].tolist())) == [100, 101, 102]
    assert batch.max() == 130


def test_the_generator_decides():
    one, again, other = (
        next(random_windows(IDS, 4, 3, np.random.default_rng(seed)))
        for seed in (1, 1, 2)
    )
    assert (one == again).all() and (one != other).any()


def test_a_batch_may_be_changed_and_the_text_stays():
    batch = next(random_windows(IDS, 4, 3, np.random.default_rng(0)))
    batch[:] = 0
    assert IDS[0] == 100 and IDS.min() == 100


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: all_windows(IDS, 31),
            "all_windows: length + 1 must be at most len(ids); "
            "got length + 1=32 and len(ids)=31.",
        ),
        (
            lambda: all_windows(IDS, 0),
            "all_windows: length must be at least 1; got length=0.",
        ),
        (
            lambda: next(random_windows(IDS, 31, 3, np.random.default_rng(0))),
            "random_windows: length + 1 must be at most len(ids); "
            "got length + 1=32 and len(ids)=31.",
        ),
        (
            lambda: next(random_windows(IDS, 3, 0, np.random.default_rng(0))),
            "random_windows: size must be at least 1; got size=0.",
        ),
        (
            lambda: next(random_windows(IDS, 3, 2, np.random)),
            "random_windows: rng must be a numpy random generator; "
            "got rng of type module. Write np.random.default_rng(0).",
        ),
    ],
)
def test_wrong_input_is_refused_in_our_words(call, message):
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    assert str(caught.value) == message
