"""The second piece of a text."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def chunk_mask(t, first, size):
    """Which of a cache's places each new row may read, (b, t, size)."""
    place = first[:, None] + np.arange(t)  # (b, t), where each new row stands
    return np.arange(size) <= place[..., None]


def chunk_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, t, first, size):
        return Case(name, (t, np.array(first), size))

    return [
        case("2 texts, 3 new rows, 4 and 2 old ones, room for 11", 3, [4, 2], 11),
        case("the first piece of both", 3, [0, 0], 7),
        case("a first piece beside a later one", 2, [0, 5], 7),
        case("a full cache", 3, [4, 4], 7),
        case("one full cache and one with room", 3, [4, 1], 7),
        case("one new row each", 1, [6, 3, 0], 7),
        case("one text alone, 2 old rows", 2, [2], 5),
        case("as many new rows as places", 5, [0], 5),
        case("5 texts, 5 new rows, 5 places left over", 5, [0, 3, 1, 5, 2], 15),
        case("11 texts of 10 new rows", 10, rng.integers(0, 8, size=11), 17),
        case("one row in all", 1, [0], 1),
    ]


def places(t, first):
    return first[:, None] + np.arange(t)


def mask_with(last):
    """Each new row reads up to the place that ``last`` says, (b, t)."""

    def program(t, first, size):
        shown = np.broadcast_to(last(t, first, size), (len(first), t))
        return np.arange(size) <= shown[..., None]

    return program


def changed(change):
    """The right mask and another condition, ``change(mask, key, place, first, t)``."""

    def program(t, first, size):
        key = np.arange(size)[None, None]
        place = places(t, first)[..., None]
        return change(chunk_mask(t, first, size), key, place, first[:, None, None], t)

    return program


def text_by_text(t, first, size):
    mask = np.zeros((len(first), t, size), dtype=bool)
    for text, old in enumerate(first):
        for row in range(t):
            mask[text, row, : old + row + 1] = True
    return mask


def by_triangles(t, first, size):
    return np.stack([np.tri(t, size, old, dtype=bool) for old in first])


def rows_of_one_triangle(t, first, size):
    """Rows of the triangle for the whole text, as many as are new."""
    return np.tri(size, dtype=bool)[places(t, first)]


EXERCISE = Exercise(
    title="The second piece of a text",
    answer=chunk_mask,
    returns={"mask": "may new row {1} of text {0} read place {2} of the cache?"},
    cases=chunk_cases,
    mistakes={
        "cm-topleft": Mistake(
            mask_with(lambda t, first, size: np.arange(t)),
            "New row 0 reads place 0 alone in yours, whatever was read before: the "
            "triangle of `np.tril` begins beside the oldest row. Right for a first "
            "piece; in a second one the whole prompt is hidden. Row i stands at "
            "`first + i`.",
        ),
        "cm-bottomright": Mistake(
            mask_with(lambda t, first, size: size - t + np.arange(t)),
            "Your last new row stands beside the last place of the cache. So it is "
            "while a cache is as long as its text. Here places may be empty "
            "behind it: row i stands at `first + i`.",
        ),
        "cm-strict": Mistake(
            mask_with(lambda t, first, size: places(t, first) - 1),
            "A new row does not read itself in yours, and the first of a text reads "
            "nothing. It stands in the cache when attention begins, and may: `<=`.",
        ),
        "cm-peek": Mistake(
            mask_with(lambda t, first, size: places(t, first) + 1),
            "A new row reads the one after it in yours, which is the answer, or an "
            "empty place. Places count from 0: row i stands at `first + i`.",
        ),
        "cm-no-mask": Mistake(
            mask_with(lambda t, first, size: first[:, None] + t - 1),
            "The new rows read each other whole in yours, the later ones too, as when "
            "a mask is made only where there is no cache. Among themselves they are "
            "causal.",
        ),
        "cm-everything": Mistake(
            mask_with(lambda t, first, size: size),
            "Every place can be read in yours: later rows, and those that nobody has "
            "written yet.",
        ),
        "cm-old-alone": Mistake(
            mask_with(lambda t, first, size: first[:, None] - 1),
            "The new rows read the old ones alone in yours, and neither themselves nor "
            "each other.",
        ),
        "cm-old-and-itself": Mistake(
            changed(lambda mask, key, place, first, t: (key < first) | (key == place)),
            "A new row reads the old ones and itself in yours. It may read the new "
            "ones before it, too.",
        ),
        "cm-new-alone": Mistake(
            changed(lambda mask, key, place, first, t: mask & (key >= first)),
            "The new rows read the new ones alone in yours, so the text begins anew "
            "with each piece. All that stands before a row may be read.",
        ),
        "cm-first-text": Mistake(
            lambda t, first, size: chunk_mask(t, first * 0 + first[0], size),
            "All texts have as many old rows as text 0 in yours. `first` has a number "
            "for each.",
        ),
        "cm-longest": Mistake(
            lambda t, first, size: chunk_mask(t, first * 0 + first.max(), size),
            "All texts have as many old rows as the longest in yours, so a short one "
            "reads places that nobody has written. `first` has a number for each.",
        ),
        "cm-shortest": Mistake(
            lambda t, first, size: chunk_mask(t, first * 0 + first.min(), size),
            "All texts have as many old rows as the shortest in yours, so a long one "
            "loses the newest of them. `first` has a number for each.",
        ),
        "cm-inverted": Mistake(
            lambda t, first, size: ~chunk_mask(t, first, size),
            "True and False have changed places: True marks what may be read.",
        ),
        "cm-later": Mistake(
            changed(lambda mask, key, place, first, t: key >= place),
            "A new row reads itself and what comes later. It may read what comes "
            "before: `<=`.",
        ),
        "cm-turned": Mistake(
            lambda t, first, size: chunk_mask(t, first, size).swapaxes(1, 2),
            "Rows and places have changed axes: (b, t, size) is asked for, a row of "
            "the table for each new row.",
        ),
        "cm-one-table": Mistake(
            lambda t, first, size: chunk_mask(t, first[:1], size)[0],
            "Yours is one table, (t, size). The texts differ in how much was read "
            "before: (b, t, size) is asked for.",
        ),
        "cm-short": Mistake(
            lambda t, first, size: chunk_mask(t, first, int(first.max()) + t),
            "Your mask ends with the last row of the longest text. It must have a "
            "column for each place of the cache, those that are empty as well.",
        ),
    },
    also_right={
        "text by text": text_by_text,
        "by triangles": by_triangles,
        "rows of one triangle": rows_of_one_triangle,
    },
    hints=(
        "Where does new row i of text n stand? Behind `first[n]` old rows, and behind "
        "i new ones.",
        "Compare all places with that: `np.arange(size)` has them, and "
        "`place[..., None]`, (b, t, 1), lines up with it.",
    ),
    question_after=(
        "One question about your function: which case is right even for a program that "
        "always puts its triangle beside place 0, and which for one that makes no mask?"
    ),
    answer_after=(
        "The first piece of a text, where nothing stands before; and a single new row, "
        "which comes last and may read all there is. These two are what most programs "
        "are tried on. A text in two pieces shows both faults."
    ),
)
