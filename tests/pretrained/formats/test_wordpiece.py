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
