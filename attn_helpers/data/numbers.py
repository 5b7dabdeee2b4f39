"""Numbers in English words and in German morphemes: small, exact, and crossed.

English says *eighty one*, German *ein und achtzig*: one before eighty. A translator
must look ahead and come back, twice in a number such as 47381.

Source: the rules of the package num2words (LGPL), asked at run time. The sentences are
generated, so there are as many as we like and no translator has made a slip in them.
"""

import re
from collections.abc import Collection

import numpy as np

from attn_helpers._checks import check_between, check_count, check_package, complaint

COMMA = ","
# The meaningful pieces of German number words below one million.
MORPHEMES = (
    "null ein eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf sechzehn "
    "siebzehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig und "
    "hundert tausend"
).split()
# The longest piece first, so that achtzig is not read as acht and a remainder.
_MORPHEME = re.compile("|".join(sorted(MORPHEMES, key=len, reverse=True)))


def english_words(number: int) -> list[str]:
    """Give the words of a number, without hyphens and commas.

    Example:
        >>> english_words(381)
        ['three', 'hundred', 'and', 'eighty', 'one']
    """
    spoken = _num2words(number, "en", function="english_words")
    return re.sub(r"[-,]", " ", spoken).split()


def german_morphemes(number: int) -> list[str]:
    """Give the pieces of the one German word for a number.

    Example:
        >>> german_morphemes(381)
        ['drei', 'hundert', 'ein', 'und', 'achtzig']
    """
    word = _num2words(number, "de", function="german_morphemes")
    pieces = _MORPHEME.findall(word)
    if "".join(pieces) != word:
        rule, got = "the pieces must join to the word", f"{pieces} for {word!r}"
        raise ValueError(complaint("german_morphemes", rule, got))
    return pieces


def number_pairs(
    train: int = 4000,
    held_out: int = 1500,
    *,
    keep_out: Collection[int] = (47381,),
    seed: int = 0,
) -> tuple[list[tuple[list[str], list[str]]], list[tuple[list[str], list[str]]]]:
    """Draw different numbers below one million, in English and in German.

    The training numbers hold all of 0 to 99, so every word is seen. A quarter of the
    rest is below 10 000.

    Args:
        train: how many pairs to train on, at least 100.
        held_out: how many further pairs to test on.
        keep_out: numbers that must be held out; they come first there.
        seed: of the draw; the same seed gives the same split.

    Returns:
        ``(train, held_out)``, two lists of pairs ``(english, german)`` of lists of
        tokens. No number stands in both.
    """
    check_count(train, function="number_pairs", argument="train", least=100)
    least = max(1, len(keep_out))
    check_count(held_out, function="number_pairs", argument="held_out", least=least)
    keep_out = tuple(dict.fromkeys(keep_out))  # each once
    rng = np.random.default_rng(seed)
    rest = train - 100 + held_out
    few = rng.permutation(np.arange(100, 10_000))[: rest // 4]
    many = rng.permutation(np.arange(10_000, 1_000_000))[: rest - len(few)]
    drawn = rng.permutation(np.concatenate([few, many])).tolist()
    drawn = [number for number in drawn if number not in keep_out]
    split = held_out - len(keep_out)
    tested = [*keep_out, *drawn[:split]]
    small = [number for number in range(100) if number not in keep_out]
    trained = [*small, *drawn[split:]][:train]
    return [_pair([n]) for n in trained], [_pair([n]) for n in tested]


def number_lists(
    train: int = 12_000,
    *,
    up_to: int = 8,
    lengths: Collection[int] = (1, 2, 4, 6, 8),
    each: int = 200,
    seed: int = 0,
) -> tuple[
    list[tuple[list[str], list[str]]], dict[int, list[tuple[list[str], list[str]]]]
]:
    """Draw lists of numbers below 100, such as *forty seven , ninety*.

    Args:
        train: how many lists to train on.
        up_to: those have 1 to ``up_to`` numbers, each length equally often.
        lengths: the lengths k to test on; they may go beyond ``up_to``.
        each: how many lists to hold out for each k. Of k = 1 there are only a hundred
            lists, and a fifth of them is held out (their numbers are still met in
            longer lists).
        seed: of the draw; the same seed gives the same split.

    Returns:
        ``(train, held_out)``: a list of pairs ``(english, german)``, and a dictionary
        from k to such a list. No held-out list is trained on.
    """
    for value, argument in [(train, "train"), (up_to, "up_to"), (each, "each")]:
        check_count(value, function="number_lists", argument=argument)
    rng = np.random.default_rng(seed)
    held_out = {k: _different_lists(k, min(each, 100**k // 5), rng) for k in lengths}
    forbidden = {row for rows in held_out.values() for row in rows}
    trained = []
    while len(trained) < train:
        row = tuple(rng.integers(100, size=rng.integers(1, up_to + 1)).tolist())
        if row not in forbidden:
            trained.append(row)
    words = {n: (english_words(n), german_morphemes(n)) for n in range(100)}
    pairs = {k: [_pair(row, words) for row in rows] for k, rows in held_out.items()}
    return [_pair(row, words) for row in trained], pairs


def numbers_in(tokens: list[str]) -> list[list[str]]:
    """Cut a list of numbers at its commas.

    Example:
        >>> numbers_in(["forty", "seven", ",", "ninety"])
        [['forty', 'seven'], ['ninety']]
    """
    cut: list[list[str]] = [[]]
    for token in tokens:
        if token == COMMA:
            cut.append([])
        else:
            cut[-1].append(token)
    return cut


def left_out(written: list[str], given: list[str]) -> int | None:
    """The place of the one number that ``written`` lacks, if it is right without it.

    Where two neighbours are equal, the first of them counts as left out.

    Args:
        written: a translated list of numbers.
        given: the right one.

    Returns:
        a place in ``given``, from 0, or None if more is wrong, or nothing.

    Example:
        >>> left_out(["vier", ",", "drei"], ["vier", ",", "zwei", ",", "drei"])
        1
    """
    own, right = numbers_in(written), numbers_in(given)
    for place in range(len(right)):
        if own == right[:place] + right[place + 1 :]:
            return place
    return None


def _different_lists(k, count, rng):
    rows = {}  # a dictionary, for it keeps the order of the draw
    while len(rows) < count:
        rows[tuple(rng.integers(100, size=k).tolist())] = None
    return list(rows)


def _pair(row, words=None):
    """The English and the German tokens of a list of numbers."""
    spoken = [
        words[n] if words else (english_words(n), german_morphemes(n)) for n in row
    ]
    source, target = list(spoken[0][0]), list(spoken[0][1])
    for english, german in spoken[1:]:
        source += [COMMA, *english]
        target += [COMMA, *german]
    return source, target


def _num2words(number, language, *, function):
    check_count(number, function=function, argument="number", least=0)
    check_between(number, 0, 999_999, function=function, argument="number")
    check_package("num2words", install="num2words", function=function)
    from num2words import num2words  # a loader asks for its package when it is called

    return num2words(number, lang=language)
