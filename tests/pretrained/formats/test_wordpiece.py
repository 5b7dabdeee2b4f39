import pytest
import torch

from attn_helpers.pretrained.formats.wordpiece import WordPiece

WORDS = (
    "[PAD] [UNK] [CLS] [SEP] river ##bank ##ban bank cafe . , 漢 $ 5 un ##aff ##able"
).split()


@pytest.fixture
def cut():
    return WordPiece(WORDS)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("riverbank", "river ##bank"),  # the longest piece, not river ##ban and a rest
        ("unaffable", "un ##aff ##able"),
        ("River.Bank,", "river . bank ,"),
        ("  CAFÉ\tcafé\u0301 ", "cafe cafe"),
        ("漢bank漢", "漢 bank 漢"),
        ("$5", "$ 5"),
        ("riverx bank", "[UNK] bank"),  # one unknown end makes the word unknown
        ("ba\u200bnk\0", "bank"),
        ("river" * 21, "[UNK]"),
        ("", ""),
    ],
)
def test_texts_are_cut_as_published(cut, text, pieces):
    assert cut.pieces(text) == ["[CLS]", *pieces.split(), "[SEP]"]


@pytest.mark.parametrize(
    ("word", "rest"),
    [
        ("un" + "aff" * 31 + "bank", ["##aff"] * 31 + ["##bank"]),  # 99 letters
        ("river" + "bank" * 23 + "aff", ["##bank"] * 23 + ["##aff"]),  # 100
        ("un" + "aff" * 33, None),  # 101
    ],
)
def test_a_word_of_a_hundred_letters_is_cut_and_a_longer_one_is_unknown(
    cut, word, rest
):
    first = "un" if word.startswith("un") else "river"
    pieces = ["[UNK]"] if rest is None else [first, *rest]
    assert cut.pieces(word) == ["[CLS]", *pieces, "[SEP]"]


# as the published program, github.com/google-research/bert, tokenization.py, has them
IDEOGRAPHS = """
    4E00 9FFF  3400 4DBF  20000 2A6DF  2A700 2B73F  2B740 2B81F  2B820 2CEAF
    F900 FAFF  2F800 2FA1F
""".split()


@pytest.mark.parametrize("code", IDEOGRAPHS)
def test_an_ideograph_is_a_word_of_its_own(cut, code):
    sign = chr(int(code, 16))
    assert cut.pieces(f"bank{sign}bank") == "[CLS] bank [UNK] bank [SEP]".split()


@pytest.mark.parametrize("code", ["4DFF", "A000", "33FF", "F8FF", "FB00"])
def test_a_sign_beside_them_is_not(cut, code):
    assert cut.pieces(f"bank{chr(int(code, 16))}bank") == "[CLS] [UNK] [SEP]".split()


def test_a_batch_is_padded_and_says_where(cut):
    ids, mask = cut.batch(["river.", "bank"])
    assert ids.tolist() == [[2, 4, 9, 3], [2, 7, 3, 0]]
    assert torch.equal(mask, ids != 0)


def test_numbers_and_pieces_belong_together(cut):
    assert [cut.vocabulary[cut.number[word]] for word in WORDS] == WORDS


def test_a_batch_of_no_texts_is_refused(cut):
    with pytest.raises(ValueError) as caught:
        cut.batch([])
    assert str(caught.value) == (
        "WordPiece: len(texts) must be at least 1; got len(texts)=0."
    )
