"""Which English word each German piece of a number translates."""

from collections.abc import Sequence

from attn_helpers.data.numbers import MORPHEMES

ENGLISH = (
    "zero one one two three four five six seven eight nine ten eleven twelve sixteen "
    "seventeen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand"
).split()
GERMAN = [piece for piece in MORPHEMES if piece != "und"]
MEANING: dict[str, str] = dict(zip(GERMAN, ENGLISH, strict=True))
TEENS = {  # with "zehn" after them one English word
    "drei": "thirteen",
    "vier": "fourteen",
    "fünf": "fifteen",
    "acht": "eighteen",
    "neun": "nineteen",
}


def true_places(english: Sequence[str], german: Sequence[str]) -> list[int | None]:
    """Say which English word each German piece stands for.

    Both languages name the same parts, and equal parts in the same order: the second
    *drei* is the second *three*. Nothing stands for *und*, which joins a unit to a ten
    where English has no word at all.

    Args:
        english: words, as ``english_words`` gives them.
        german: pieces, as ``german_morphemes`` gives them.

    Returns:
        for each piece the place of its word, or None.

    Example:
        >>> true_places(["eighty", "one"], ["ein", "und", "achtzig"])
        [1, None, 0]
        >>> true_places(["thirteen", "hundred"], ["drei", "zehn", "hundert"])
        [0, 0, 1]
    """
    left = {}
    for place, word in enumerate(english):
        left.setdefault(word, []).append(place)
    places, before = [], None
    for piece, after in zip(german, [*german[1:], None], strict=True):
        if piece == "und":
            places.append(None)
        elif piece == "zehn" and before in TEENS:
            places.append(places[-1])
        else:
            teen = after == "zehn" and piece in TEENS
            places.append(left[(TEENS if teen else MEANING)[piece]].pop(0))
        before = piece
    return places
