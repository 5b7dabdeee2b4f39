import re
import subprocess
import sys

import pytest

from attn_helpers.data.numbers import (
    MORPHEMES,
    english_words,
    german_morphemes,
    left_out,
    number_lists,
    number_pairs,
    numbers_in,
)

TRAIN, HELD_OUT = 211, 53


@pytest.fixture(scope="module")
def pairs():
    return number_pairs(TRAIN, HELD_OUT, seed=3)


@pytest.fixture(scope="module")
def lists():
    return number_lists(307, up_to=3, lengths=(1, 2, 5), each=41, seed=3)


@pytest.mark.parametrize(
    ("number", "english", "german"),
    [
        (0, "zero", "null"),
        (1, "one", "eins"),
        (16, "sixteen", "sechzehn"),
        (17, "seventeen", "siebzehn"),
        (80, "eighty", "achtzig"),
        (381, "three hundred and eighty one", "drei hundert ein und achtzig"),
        (1001, "one thousand and one", "ein tausend eins"),
        (
            47381,
            "forty seven thousand three hundred and eighty one",
            "sieben und vierzig tausend drei hundert ein und achtzig",
        ),
    ],
)
def test_numbers_are_spelt_as_people_spell_them(number, english, german):
    assert english_words(number) == english.split()
    assert german_morphemes(number) == german.split()


def test_morphemes_join_to_the_word_for_every_number_below_a_thousand():
    from num2words import num2words

    for number in [*range(1000), 999_999, 100_001, 123_456]:
        assert "".join(german_morphemes(number)) == num2words(number, lang="de")
        assert set(german_morphemes(number)) <= set(MORPHEMES)
        assert re.fullmatch("[a-z ]+", " ".join(english_words(number)))


def test_a_word_that_does_not_split_is_refused(monkeypatch):
    monkeypatch.setattr(
        "attn_helpers.data.numbers._num2words", lambda *_, function: "zwölfzig"
    )
    with pytest.raises(ValueError, match=r"got \['zwölf'\] for 'zwölfzig'"):
        german_morphemes(12)


@pytest.mark.parametrize("function", [english_words, german_morphemes])
def test_numbers_out_of_range_are_refused(function):
    with pytest.raises(ValueError, match="from 0 to 999999; got number=1000000"):
        function(1_000_000)
    with pytest.raises(ValueError, match="at least 0; got number=-1"):
        function(-1)


def test_pairs_are_as_many_as_asked_and_all_different(pairs):
    train, held_out = pairs
    assert (len(train), len(held_out)) == (TRAIN, HELD_OUT)
    seen = {" ".join(source) for source, _ in train}
    tested = {" ".join(source) for source, _ in held_out}
    assert len(seen) == TRAIN and len(tested) == HELD_OUT
    assert not seen & tested


def test_a_quarter_of_what_is_drawn_is_below_ten_thousand():
    halves = number_pairs(500, 400, keep_out=(), seed=0)
    small = {" ".join(english_words(n)) for n in range(100, 10_000)}
    few = [" ".join(source) in small for half in halves for source, _ in half]
    assert sum(few) == (400 + 400) // 4


def test_the_pair_kept_out_is_the_first_to_be_tested(pairs):
    assert pairs[1][0] == (english_words(47381), german_morphemes(47381))


def test_pairs_can_keep_out_small_numbers_and_none():
    train, held_out = number_pairs(101, 2, keep_out=(21, 22), seed=0)
    assert [len(train), len(held_out)] == [101, 2]
    assert english_words(21) not in [source for source, _ in train]
    train, held_out = number_pairs(101, 2, keep_out=(), seed=0)
    assert [len(train), len(held_out)] == [101, 2]


def test_a_number_kept_out_is_never_trained_on():
    kept = tuple(range(100, 1_400))  # enough for the draw to meet some of them
    train, held_out = number_pairs(211, 1_307, keep_out=kept, seed=0)
    assert len(train) == 211 and len(held_out) == 1_307
    tested = {" ".join(source) for source, _ in held_out}
    assert not tested & {" ".join(source) for source, _ in train}


def test_every_morpheme_and_word_tested_was_trained_on(pairs):
    train, held_out = pairs
    for side in (0, 1):
        known = {token for pair in train for token in pair[side]}
        assert {token for pair in held_out for token in pair[side]} <= known


def test_the_split_is_fixed_by_the_seed(pairs, lists):
    assert number_pairs(TRAIN, HELD_OUT, seed=3) == pairs
    assert number_pairs(TRAIN, HELD_OUT, seed=4) != pairs
    again = number_lists(307, up_to=3, lengths=(1, 2, 5), each=41, seed=3)
    assert again == lists


def test_lists_have_k_numbers_on_both_sides(lists):
    train, held_out = lists
    assert {k: len(rows) for k, rows in held_out.items()} == {1: 20, 2: 41, 5: 41}
    for k, rows in held_out.items():
        for source, target in rows:
            assert source.count(",") == target.count(",") == k - 1
    assert len(train) == 307
    assert {source.count(",") for source, _ in train} == {0, 1, 2}


def test_a_list_translates_number_by_number(lists):
    known = {tuple(english_words(n)): german_morphemes(n) for n in range(100)}
    for source, target in lists[1][5]:
        halves = [" ".join(side).split(" , ") for side in (source, target)]
        for english, german in zip(*halves, strict=True):
            assert known[tuple(english.split())] == german.split()


def test_no_held_out_list_is_trained_on(lists):
    seen = {" ".join(source) for source, _ in lists[0]}
    for rows in lists[1].values():
        tested = [" ".join(source) for source, _ in rows]
        assert len(set(tested)) == len(tested)
        assert not seen & set(tested)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: number_pairs(99), "train must be at least 100; got train=99"),
        (lambda: number_pairs(100, 0), "held_out must be at least 1; got held_out=0"),
        (
            lambda: number_pairs(100, 1, keep_out=(5, 6)),
            "held_out must be at least 2; got held_out=1",
        ),
        (lambda: number_lists(0), "train must be at least 1; got train=0"),
        (lambda: number_lists(5, each=0), "each must be at least 1; got each=0"),
    ],
)
def test_empty_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_number_kept_out_twice_is_tested_once():
    train, held_out = number_pairs(100, 7, keep_out=(5, 47381, 5))
    assert len({" ".join(source) for source, _ in train + held_out}) == 107


def test_the_floor_loads_neither_torch_nor_num2words_until_asked():
    code = (
        "import sys, attn_helpers.data.numbers; "
        "assert not {'torch', 'num2words'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_says_what_to_install_when_the_package_is_missing(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for function in (english_words, german_morphemes):
        message = f"^{function.__name__}: .* `pip install num2words`"
        with pytest.raises(ModuleNotFoundError, match=message):
            function(1)


def test_a_list_is_cut_at_its_commas():
    assert numbers_in("forty seven , ninety , three".split()) == [
        ["forty", "seven"],
        ["ninety"],
        ["three"],
    ]


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("ein und vierzig , sechs", 0),
        ("drei , sechs", 1),
        ("drei , ein und vierzig", 2),
        ("drei , ein und vierzig , sechs", None),
        ("drei , sieben", None),
        ("drei", None),
        ("sechs , drei", None),
    ],
)
def test_the_one_number_that_is_missing_is_found(written, place):
    given = "drei , ein und vierzig , sechs".split()
    assert left_out(written.split(), given) == place
