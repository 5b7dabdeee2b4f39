import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attn_helpers.pretrained.formats.byte_pair import (
    LETTERS,
    BytePair,
    words,
    words_and_digits,
)

MERGES = ["Ġ t", "h e", "Ġt he", "a a", "aa a", "e r", "Ã ©", "i n", "in g", "Ġ Ġ"]
PIECES = [
    *LETTERS.values(),
    *(pair.replace(" ", "") for pair in MERGES),
    "<end>",
    "<end>ing",
    "ŧ漢",  # none of its signs stands for a byte
]
SPECIAL = PIECES[-3:]


@pytest.fixture
def tokenizer():
    return BytePair(PIECES, MERGES, SPECIAL)


def pieces_of(tokenizer, text):
    return [tokenizer.vocabulary[number] for number in tokenizer.encode(text)]


# --- words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the  old\n\nman", ["the", " ", " old", "\n", "\n", "man"]),
        ("I'll DON'T it's", ["I", "'ll", " DON", "'", "T", " it", "'s"]),
        ("x2 12.5", ["x", "2", " 12", ".", "5"]),
        ("a  5", ["a", " ", " 5"]),
        ("end   ", ["end", "   "]),
        ("f(x): y_1!", ["f", "(", "x", "):", " y", "_", "1", "!"]),
        ("Привет, 漢字", ["Привет", ",", " 漢字"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_words(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x2 12.5", ["x", "2", " ", "1", "2", ".", "5"]),
        ("a  5", ["a", "  ", "5"]),  # the run of spaces ends with the part
        ("½²Ⅷ٣", ["½", "²", "Ⅷ", "٣"]),
        ("the  old", ["the", " ", " old"]),
    ],
)
def test_each_digit_may_be_a_word_of_its_own(text, expected):
    assert words_and_digits(text) == expected


@pytest.mark.parametrize("cut", [words, words_and_digits])
@given(text=st.text())
def test_no_sign_is_lost_between_words(cut, text):
    assert "".join(cut(text)) == text
    assert all(cut(text))


# --- bytes ---------------------------------------------------------------------------


def test_each_byte_has_a_letter_of_its_own():
    assert sorted(LETTERS) == list(range(256))
    assert len(set(LETTERS.values())) == 256
    assert all(letter.isprintable() and letter != " " for letter in LETTERS.values())
    # as printed in every vocabulary: space, line feed, no-break space, soft hyphen
    assert "".join(LETTERS[byte] for byte in b" \n\xa0\xadA~\xff") == "ĠĊłŃA~ÿ"


# --- pairs ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the thering", ["t", "he", "Ġthe", "r", "ing"]),  # h e is older than e r
        ("aaaaa", ["aa", "aaa"]),
        ("aaa", ["aaa"]),
        ("é", ["Ã©"]),
        ("s the", ["s", "Ġthe"]),
        ("s  the", ["s", "Ġ", "Ġthe"]),
    ],
)
def test_the_pair_that_was_learnt_first_is_joined_first(tokenizer, text, expected):
    assert pieces_of(tokenizer, text) == expected


def one_at_a_time(text):
    """The same by its definition: of the oldest pairs the leftmost, and again."""
    rank = {tuple(pair.split(" ")): i for i, pair in enumerate(MERGES)}
    found = []
    for word in words(text):
        pieces = [LETTERS[byte] for byte in word.encode()]
        while True:
            ranks = [rank.get(pair, math.inf) for pair in pairwise(pieces)]
            if min(ranks, default=math.inf) == math.inf:
                break
            i = ranks.index(min(ranks))
            pieces[i : i + 2] = [pieces[i] + pieces[i + 1]]
        found += pieces
    return found


@given(text=st.text(st.sampled_from("ahering té\n5")))
def test_joining_everywhere_is_joining_one_at_a_time(text):
    assert pieces_of(BytePair(PIECES, MERGES), text) == one_at_a_time(text)


@given(text=st.text(st.one_of(st.sampled_from("ahe<nd>ŧ漢 ig"), st.characters())))
def test_what_is_decoded_is_what_was_encoded(text):
    text = text.encode(errors="ignore").decode()  # without halves of surrogate pairs
    tokenizer = BytePair(PIECES, MERGES, SPECIAL)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_a_byte_without_a_piece_is_left_out_and_its_neighbours_meet():
    tokenizer = BytePair(["a", "aa"], ["a a"])
    assert tokenizer.encode("abac a") == [1, 0]
    assert tokenizer.encode("é") == []


def test_part_of_a_letter_is_a_mark(tokenizer):
    one, two = (tokenizer.number[LETTERS[byte]] for byte in "é".encode())
    assert tokenizer.decode([one]) == "�"
    assert tokenizer.decode([one, two]) == "é"
    assert tokenizer.decode([]) == ""


# --- special pieces ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<end>", ["<end>"]),
        ("the<end>ring", ["t", "he", "<end>", "r", "ing"]),
        ("<end>ing", ["<end>ing"]),  # the longer of two
        ("<end >", ["<", "e", "n", "d", "Ġ", ">"]),
        ("a  <end>", ["a", "ĠĠ", "<end>"]),  # what comes before it ends there
        ("ŧ漢", ["ŧ漢"]),
    ],
)
def test_special_pieces_are_found_first(tokenizer, text, expected):
    assert pieces_of(tokenizer, text) == expected
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_without_special_pieces_nothing_is_special():
    tokenizer = BytePair(PIECES, MERGES)
    assert pieces_of(tokenizer, "<end>") == ["<", "e", "n", "d", ">"]


@pytest.mark.parametrize("number", [-1, len(PIECES)])
def test_a_number_without_a_piece_is_refused(tokenizer, number):
    rule = f"^BytePair: id must be from 0 to {len(PIECES) - 1}; got id={number}"
    with pytest.raises(ValueError, match=rule):
        tokenizer.decode([0, number])
    with pytest.raises(TypeError, match=r"^BytePair: id must be a whole number; got"):
        tokenizer.decode([0.5])
