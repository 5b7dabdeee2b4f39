"""WordPiece: cut a text into words, and each word into the longest pieces known."""

import unicodedata

import torch
from torch import Tensor

from attn_helpers._checks import check_count

START, END, UNKNOWN, PADDING = "[CLS]", "[SEP]", "[UNK]", "[PAD]"
LONGEST_WORD = 100  # characters; beyond that a word is unknown, as published
IDEOGRAPHS = (  # each is a word of its own
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


class WordPiece:
    """Turn texts into numbers and back; small letters only, accents removed.

    Args:
        pieces: the vocabulary in order; a piece inside a word begins with ``##``.

    Example:
        >>> words = "[PAD] [UNK] [CLS] [SEP] river ##bank .".split()
        >>> cut = WordPiece(words)
        >>> cut.pieces("Riverbank.")
        ['[CLS]', 'river', '##bank', '.', '[SEP]']

    Source: Devlin et al. (2019), arXiv:1810.04805, and its published program.
    """

    def __init__(self, pieces: list[str]):
        self.vocabulary = list(pieces)
        self.number = {piece: i for i, piece in enumerate(self.vocabulary)}

    def pieces(self, text: str) -> list[str]:
        """The pieces of a text, between ``[CLS]`` and ``[SEP]``."""
        found = [piece for word in _words(text) for piece in self._cut(word)]
        return [START, *found, END]

    def batch(self, texts: list[str]) -> tuple[Tensor, Tensor]:
        """Numbers and a mask, which is False on the padding, each ``(b, t)``."""
        check_count(len(texts), function="WordPiece", argument="len(texts)")
        rows = [[self.number[p] for p in self.pieces(text)] for text in texts]
        longest = max(map(len, rows))
        padding = self.number[PADDING]
        ids = [row + [padding] * (longest - len(row)) for row in rows]
        lengths = torch.tensor([len(row) for row in rows])
        return torch.tensor(ids), torch.arange(longest) < lengths[:, None]

    def _cut(self, word):
        """Take the longest known piece from the front, and again from what is left."""
        if len(word) > LONGEST_WORD:
            return [UNKNOWN]
        found, start = [], 0
        while start < len(word):
            mark = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((e for e in ends if mark + word[start:e] in self.number), None)
            if end is None:
                return [UNKNOWN]
            found.append(mark + word[start:end])
            start = end
        return found


def _words(text):
    """Split at spaces, and around every sign of punctuation."""
    spaced = "".join(_apart(c) for c in text)
    plain = unicodedata.normalize("NFD", spaced.lower())
    letters = "".join(c for c in plain if unicodedata.category(c) != "Mn")
    return "".join(f" {c} " if _is_sign(c) else c for c in letters).split()


def _apart(c):
    if c in "\t\n\r":
        return " "
    if c in "\0\ufffd" or unicodedata.category(c) in ("Cc", "Cf"):
        return ""
    lone = any(first <= ord(c) <= last for first, last in IDEOGRAPHS)
    return f" {c} " if lone else c


def _is_sign(c):
    ascii_sign = c.isascii() and c.isprintable() and not c.isalnum() and c != " "
    return ascii_sign or unicodedata.category(c).startswith("P")
