"""A cache that writes over its oldest row."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def ring_rows(ring, count):
    """The rows that a ring still holds, the oldest first, and their places."""
    window = len(ring)
    places = np.arange(max(count - window, 0), count)
    return ring[places % window], places


def ring_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, window, count, d=3):
        return Case(name, (rng.normal(size=(window, d)), count))

    return [
        case("5 slots, 3 rows written", 5, 3),
        case("5 slots, 5 rows written", 5, 5),
        case("5 slots, 7 rows written", 5, 7),
        case("5 slots, 10 rows written", 5, 10),
        case("5 slots, 53 rows written", 5, 53),
        case("7 slots, 9 rows of one number", 7, 9, 1),
        case("7 slots, nothing written", 7, 0),
        case("one slot, 3 rows written", 1, 3),
        case("as many slots as numbers", 4, 6, 4),
        case("13 slots, 11 rows written", 13, 11),
        case("13 slots, 31 rows of 11 numbers", 13, 31, 11),
    ]


def last(number, count):
    """The last places of so many."""
    return np.arange(max(count - number, 0), count)


def rows_with(slots=lambda places, window, count: places % window):
    """The right places, and the rows of other slots."""

    def program(ring, count):
        places = last(len(ring), count)
        return ring[slots(places, len(ring), count)], places

    return program


def places_with(change):
    """The right rows, and other places."""
    return lambda ring, count: (
        ring_rows(ring, count)[0],
        change(last(len(ring), count), len(ring), count),
    )


def both_with(places):
    """Rows and places of other rows, each in its own slot."""

    def program(ring, count):
        chosen = places(len(ring), count)
        return ring[chosen % len(ring)], chosen

    return program


def rolled(shift):
    """All slots, turned round."""

    def program(ring, count):
        rows = np.roll(ring, shift(len(ring), count), axis=0)
        return rows, np.arange(count - len(ring), count)

    return program


def cut_and_joined(ring, count):
    window = len(ring)
    if count <= window:
        return ring[:count], np.arange(count)
    cut = count % window
    return np.concatenate([ring[cut:], ring[:cut]]), np.arange(window) + count - window


def row_by_row(ring, count):
    window, d = ring.shape
    rows, places = [], []
    for place in range(count):
        if place + window >= count:
            rows.append(ring[place % window])
            places.append(place)
    return np.array(rows).reshape(-1, d), np.array(places, dtype=int)


def newest_first_and_turned(ring, count):
    kept = min(count, len(ring))
    places = count - 1 - np.arange(kept)
    return ring[places % len(ring)][::-1], places[::-1]


EXERCISE = Exercise(
    title="A cache that writes over its oldest row",
    answer=ring_rows,
    returns={
        "rows": "which row stands at position {0}, counted from the oldest?",
        "places": "which place of the text does row {0} have?",
    },
    cases=ring_cases,
    mistakes={
        "rr-slots": Mistake(
            rows_with(lambda places, window, count: np.arange(len(places))),
            "Your rows come in the order of the slots, as if the ring had never turned "
            "round. Once it has, the oldest stands where the next one will be written: "
            "at slot `count % window`.",
        ),
        "rr-cut-early": Mistake(
            rows_with(
                lambda places, window, count: (count + np.arange(len(places))) % window
            ),
            "Right once the ring is full. Before that yours begins at the slot where "
            "the next row will be written, which nobody has filled: then the oldest "
            "stands in slot 0.",
        ),
        "rr-roll": Mistake(
            rolled(lambda window, count: -count),
            "Right once the ring is full. Before that yours gives out slots that "
            "nobody has filled, with places below 0. As many rows are held as were "
            "written, and no more than there are slots.",
        ),
        "rr-roll-back": Mistake(
            rolled(lambda window, count: count),
            "The ring is turned the wrong way, and slots that nobody has filled are "
            "given out. The row at place i stands in slot i % window.",
        ),
        "rr-everything": Mistake(
            lambda ring, count: (ring.copy(), np.arange(len(ring))),
            "Yours gives out the slots as they are: in their own order, and those that "
            "nobody has filled as well.",
        ),
        "rr-from-0": Mistake(
            places_with(lambda places, window, count: np.arange(len(places))),
            "The rows are right, and their places begin at 0 again. A row keeps its "
            "place in the text: the oldest that is held has `count - window`.",
        ),
        "rr-places-slots": Mistake(
            places_with(lambda places, window, count: places % window),
            "The rows are right, and beside them stand their slots. A place in the "
            "text goes on growing; the slot is its remainder.",
        ),
        "rr-places-from-1": Mistake(
            places_with(lambda places, window, count: places + 1),
            "The rows are right, and their places are one too far. Places count from "
            "0: the last row has `count - 1`.",
        ),
        "rr-oldest-lost": Mistake(
            both_with(
                lambda window, count: np.arange(max(count - window + 1, 0), count)
            ),
            "The oldest row is missing once the ring is full, as if its slot had been "
            "overwritten already. A ring of `window` slots holds `window` rows.",
        ),
        "rr-newest-lost": Mistake(
            both_with(
                lambda window, count: np.arange(max(count - window, 0), count - 1)
            ),
            "The newest row is missing. It was written last, in slot "
            "`(count - 1) % window`.",
        ),
        "rr-one-more": Mistake(
            both_with(
                lambda window, count: np.arange(max(count - window - 1, 0), count)
            ),
            "Yours begins one row too early, in a slot that a newer row has: that one "
            "comes twice.",
        ),
        "rr-since-the-turn": Mistake(
            both_with(lambda window, count: np.arange(count - count % window, count)),
            "Yours holds only what was written since the ring last began at slot 0. "
            "The older rows behind them are still there, and inside the window.",
        ),
        "rr-newest-first": Mistake(
            both_with(lambda window, count: last(window, count)[::-1]),
            "The right rows, and the newest comes first. The oldest does.",
        ),
        "rr-first": Mistake(
            both_with(lambda window, count: np.arange(min(count, window))),
            "Yours tells of the first rows of the text, which are long overwritten: "
            "the ring holds the last ones.",
        ),
        "rr-one-late": Mistake(
            rows_with(lambda places, window, count: (places + 1) % window),
            "Each row of yours is its neighbour: the row at place i stands in slot "
            "i % window, and place 0 in slot 0.",
        ),
        "rr-exchanged": Mistake(
            lambda ring, count: ring_rows(ring, count)[::-1],
            "The two results have changed places: the rows come first.",
        ),
    },
    also_right={
        "cut and joined": cut_and_joined,
        "row by row": row_by_row,
        "from the newest back": newest_first_and_turned,
    },
    hints=(
        "Which places are held? The last `window` of `count`, or all of them while "
        "there are fewer.",
        "The row at place i stands in slot i % window. An index with an array of slots "
        "takes a row for each.",
    ),
    question_after=(
        "One question about your function: attention to a window does not care for the "
        "order in which keys come. What goes wrong, then, if places begin at 0 again?"
    ),
    answer_after=(
        "The places themselves: a mask compares the place of a query with those of "
        "the keys, and a rotation turns by them. With keys kept as they were before "
        "the turn, the distances must still be right, so a row needs its true place."
    ),
)
