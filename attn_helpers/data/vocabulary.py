"""Words to whole numbers and back, and rows of different length to one rectangle."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from attn_helpers._checks import check_count

PAD, START, END, UNKNOWN = SPECIALS = ("<pad>", "<s>", "</s>", "<unk>")
PAD_ID, START_ID, END_ID, UNKNOWN_ID = range(4)

Pair = tuple[list[str], list[str]]  # a sentence in two languages, as tokens


class Vocabulary:
    """The tokens of a language, numbered; 0 to 3 are the four special ones.

    Args:
        sentences: lists of tokens, those of the training data alone.
        at_least: a rarer token is left out, and read as ``<unk>``.

    Example:
        >>> words = Vocabulary([["save", "all"], ["save"]])
        >>> words.encode(["save", "none"])
        [5, 3]
        >>> words.decode([1, 5, 4, 2, 0, 0])
        ['save', 'all']
    """

    def __init__(self, sentences: Iterable[list[str]], at_least: int = 1):
        check_count(at_least, function="Vocabulary", argument="at_least")
        counts = Counter(token for sentence in sentences for token in sentence)
        known = sorted(token for token, n in counts.items() if n >= at_least)
        self.tokens = [*SPECIALS, *(token for token in known if token not in SPECIALS)]
        self._ids = {token: number for number, token in enumerate(self.tokens)}

    def __len__(self):
        return len(self.tokens)

    def encode(self, sentence: list[str]) -> list[int]:
        """The number of each token; no special one is added."""
        return [self._ids.get(token, UNKNOWN_ID) for token in sentence]

    def encode_target(self, sentence: list[str]) -> list[int]:
        """The same between ``<s>`` and ``</s>``, as a decoder is taught it."""
        return [START_ID, *self.encode(sentence), END_ID]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The tokens up to the first ``</s>``, without ``<pad>`` and ``<s>``."""
        sentence = []
        for number in ids:
            if number == END_ID:
                break
            if number not in (PAD_ID, START_ID):
                sentence.append(self.tokens[number])
        return sentence


def pad(rows: Sequence[list[int]]) -> np.ndarray:
    """Put rows of different length into one rectangle, filled up with 0 on the right.

    Returns:
        ids ``(b, t)``, int64. The 0 is ``<pad>``.

    Example:
        >>> pad([[4, 5, 6], [7]]).tolist()
        [[4, 5, 6], [7, 0, 0]]
    """
    longest = max(map(len, rows), default=0)
    ids = np.full((len(rows), longest), PAD_ID, dtype=np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
    return ids


def pad_pairs(pairs: list[tuple[list[int], list[int]]]) -> tuple[np.ndarray, ...]:
    """Put both sides of sentence pairs into a rectangle each.

    Returns:
        source ``(b, t_k)`` and target ``(b, t_q)``, int64, 0 where a row has ended.

    Example:
        >>> source, target = pad_pairs([([4, 5], [1, 6, 2]), ([7], [1, 2])])
        >>> source.tolist(), target.tolist()
        ([[4, 5], [7, 0]], [[1, 6, 2], [1, 2, 0]])
    """
    source, target = zip(*pairs, strict=True)
    return pad(source), pad(target)


def bucketed_batches(
    lengths: Sequence[int] | np.ndarray, size: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Draw batches of rows that are about equally long, for as long as one asks.

    A batch is ``size`` neighbours in the order of length, from a random place on, so
    that little of it is padding. The very shortest and longest come up less often.

    Args:
        lengths: of every row, ``(n,)``.
        size: rows in a batch; all of them if there are fewer.
        rng: draws the places.

    Yields:
        row numbers, ``(size,)``.
    """
    order = np.argsort(np.asarray(lengths), kind="stable")
    check_count(len(order), function="bucketed_batches", argument="len(lengths)")
    size = min(
        check_count(size, function="bucketed_batches", argument="size"), len(order)
    )
    while True:
        first = rng.integers(len(order) - size + 1)
        yield order[first : first + size]


def paired_batches(
    pairs: Sequence[tuple[list[int], list[int]]], size: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, ...]]:
    """Draw batches of sentence pairs of about the same length, both sides together.

    Args:
        pairs: token numbers of source and target, a list of two lists.
        size: pairs in a batch; all of them if there are fewer.
        rng: draws them, as ``bucketed_batches`` does.

    Yields:
        source ``(b, t_k)`` and target ``(b, t_q)``, int64, 0 where a row has ended.
    """
    lengths = [len(source) + len(target) for source, target in pairs]
    for chosen in bucketed_batches(lengths, size, rng):
        yield pad_pairs([pairs[i] for i in chosen])
