"""Byte-pair encoding: begin with the bytes of a word, and join pairs that are known."""

import math
from collections.abc import Callable, Iterable
from itertools import pairwise

import regex

from attn_helpers._checks import check_between, check_integer

# GPT-2's words: an ending such as 's, letters, digits or signs, each with the space
# before it; else spaces, of which the last is left to the word that follows.
WORDS = regex.compile(
    r"'s|'t|'re|'ve|'m|'ll|'d"
    r"| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+"
    r"|\s+(?!\S)|\s+"
)
DIGITS = regex.compile(r"\p{N}|\P{N}+")


def _letters():
    """A letter that can be seen for each byte, by which vocabularies are printed."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    moved = {byte: chr(0x100 + i) for i, byte in enumerate(others)}
    return {byte: chr(byte) for byte in plain} | moved


LETTERS = _letters()  # byte: letter
BYTES = {letter: byte for byte, letter in LETTERS.items()}


def words(text: str) -> list[str]:
    """Cut a text into the words that GPT-2 encodes one by one; no sign is lost.

    Example:
        >>> words("I'll pay 1,250 euros")
        ['I', "'ll", ' pay', ' 1', ',', '250', ' euros']
    """
    return WORDS.findall(text)


def words_and_digits(text: str) -> list[str]:
    """The same, but each digit is a word of its own, as SmolLM has it.

    Example:
        >>> words_and_digits("I'll pay 1,250 euros")
        ['I', "'ll", ' pay', ' ', '1', ',', '2', '5', '0', ' euros']
    """
    return [word for run in DIGITS.findall(text) for word in words(run)]


class BytePair:
    """Turn a text into the numbers of its pieces and back.

    Any text can be written with a piece for each of the 256 bytes, so none is unknown.
    A vocabulary may lack some of these, as SmolLM's lacks 21. A byte that it lacks is
    left out, and nothing says so, as in the published program.

    Args:
        pieces: the vocabulary in order. A letter stands for each byte, such as Ġ for
            the space.
        merges: pairs of pieces with a space between, in the order in which they were
            learnt: of two pairs the earlier one is joined first.
        special: pieces that are found in a text before it is cut into words, such as
            the marks between the turns of a conversation. Whoever writes one in a text
            cannot be told from a program that does.
        cut: cuts a text into words, across which nothing is joined.

    Example:
        >>> pieces = ["r", "i", "v", "e", "ri", "er", "ver", "<end>"]
        >>> tokenizer = BytePair(pieces, ["r i", "e r", "v er"], special=["<end>"])
        >>> tokenizer.encode("river<end>")
        [4, 6, 7]
        >>> tokenizer.decode([4, 6, 7])
        'river<end>'

    Source: Sennrich, Haddow and Birch (2015), arXiv:1508.07909; Radford et al. (2019),
    *Language models are unsupervised multitask learners*, section 2.2, for bytes.
    """

    def __init__(
        self,
        pieces: Iterable[str],
        merges: Iterable[str],
        special: Iterable[str] = (),
        cut: Callable[[str], list[str]] = words,
    ):
        self.vocabulary = list(pieces)
        self.number = {piece: i for i, piece in enumerate(self.vocabulary)}
        self.rank = {tuple(pair.split(" ")): i for i, pair in enumerate(merges)}
        self.special, self.cut = set(special), cut
        # of two that begin alike the longer one; with none to find, what is never there
        names = sorted(map(regex.escape, self.special), key=len, reverse=True)
        self.mark = regex.compile(f"({'|'.join(names) or '(?!)'})")

    def encode(self, text: str) -> list[int]:
        """The numbers of the pieces of a text."""
        pieces = []
        for part in self.mark.split(text):
            if part in self.special:
                pieces.append(part)
            else:
                for word in self.cut(part):
                    pieces += self._join(word)
        return [self.number[piece] for piece in pieces]

    def decode(self, ids: Iterable[int]) -> str:
        """The text that these pieces make.

        A letter beyond the first 128 has several bytes, which may be several pieces;
        where one of them is missing the text has a �.
        """
        return b"".join(map(self._bytes, ids)).decode("utf-8", errors="replace")

    def _join(self, word):
        """Join the pair that was learnt first wherever it stands, and so on."""
        letters = [LETTERS[byte] for byte in word.encode("utf-8")]
        pieces = [letter for letter in letters if letter in self.number]
        while len(pieces) > 1:
            pair = min(pairwise(pieces), key=lambda pair: self.rank.get(pair, math.inf))
            if pair not in self.rank:
                break
            pieces = _joined(pieces, pair)
        return pieces

    def _bytes(self, number):
        names = {"function": "BytePair", "argument": "id"}
        number = check_integer(number, **names)
        check_between(number, 0, len(self.vocabulary) - 1, **names)
        piece = self.vocabulary[number]
        if piece in self.special:
            return piece.encode("utf-8")
        return bytes(BYTES[letter] for letter in piece)


def _joined(pieces, pair):
    """``pieces`` with each neighbouring ``pair`` made one, from the left."""
    joined, i = [], 0
    while i < len(pieces):
        width = 2 if tuple(pieces[i : i + 2]) == pair else 1
        joined.append("".join(pieces[i : i + width]))
        i += width
    return joined
