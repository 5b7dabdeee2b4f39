"""The first few, and the last."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def rows_to_keep(n, sinks, window):
    """The rows that stay of n, and the positions that they get inside the cache."""
    first = np.arange(min(sinks, n))
    last = np.arange(max(n - window, len(first)), n)
    rows = np.concatenate([first, last])
    return rows, np.arange(len(rows))


def cache_cases(seed):
    rng = np.random.default_rng(seed)
    long = int(rng.integers(100, 1000))
    sizes = (
        (11, 3, 5),
        (13, 2, 7),
        (8, 3, 5),
        (9, 3, 5),
        (7, 3, 5),
        (5, 3, 5),
        (2, 3, 5),
        (3, 3, 5),
        (1, 3, 5),
        (0, 3, 5),
        (11, 0, 5),
        (11, 5, 3),
        (4, 5, 3),
        (11, 1, 1),
        (53, 4, 13),
        (long, 4, 17),
    )
    return [
        Case(f"{n} rows, {sinks} sinks, a window of {window}", (n, sinks, window))
        for n, sinks, window in sizes
    ]


def both(first, last):
    """Rows from these two ranges, and the places that they have in the cache."""

    def program(n, sinks, window):
        rows = np.concatenate(
            [np.arange(*pair(n, sinks, window)) for pair in (first, last)]
        )
        return rows, np.arange(len(rows))

    return program


def head(n, sinks, window):
    return 0, min(sinks, n)


def tail(n, sinks, window):
    return max(n - window, min(sinks, n)), n


def positions(change):
    """The right rows, with other positions."""

    def program(n, sinks, window):
        rows, places = rows_to_keep(n, sinks, window)
        return rows, change(rows, places, n, sinks, window)

    return program


def in_another_order(order):
    def program(n, sinks, window):
        rows, places = rows_to_keep(n, sinks, window)
        return order(rows, min(sinks, n)), places

    return program


def slots_of_a_ring(rows, places, n, sinks, window):
    """Where a row lies if the window is a ring behind the sinks."""
    return np.where(rows < sinks, rows, sinks + (rows - sinks) % window)


def row_by_row(n, sinks, window):
    rows = [row for row in range(n) if row < sinks or row >= n - window]
    return np.array(rows, dtype=int), np.array(range(len(rows)), dtype=int)


def by_a_mask(n, sinks, window):
    row = np.arange(n)
    kept = (row < sinks) | (row + window >= n)
    return row[kept], np.cumsum(kept)[kept] - 1


def less_what_is_gone(n, sinks, window):
    rows = np.delete(np.arange(n), np.arange(sinks, max(n - window, sinks)))
    gone = max(n - window - sinks, 0)
    return rows, np.where(rows < sinks, rows, rows - gone)


def union(n, sinks, window):
    row = np.arange(n)
    rows = np.union1d(row[:sinks], row[max(n - window, 0) :])
    return rows, np.arange(rows.size)


EXERCISE = Exercise(
    title="The first few, and the last",
    answer=rows_to_keep,
    returns={
        "rows": "which row of the text stands at position {0} of the cache?",
        "positions": "which position does row number {0} of those that stay get?",
    },
    cases=cache_cases,
    mistakes={
        "rk-one-less": Mistake(
            both(head, lambda n, s, w: (max(n - w + 1, min(s, n)), n)),
            "The oldest row of the window is missing in yours. A window of w holds the "
            "rows from n - w to n - 1.",
        ),
        "rk-one-more": Mistake(
            both(head, lambda n, s, w: (max(n - w - 1, min(s, n)), n)),
            "Your window holds one row too many. A window of w holds the rows from "
            "n - w to n - 1.",
        ),
        "rk-newest-lost": Mistake(
            both(head, lambda n, s, w: (max(n - w, min(s, n)), n - 1)),
            "The newest row is missing in yours. There are n rows, and the last is row "
            "n - 1.",
        ),
        "rk-twice": Mistake(
            both(head, lambda n, s, w: (max(n - w, 0), n)),
            "Right once the window has left the sinks behind. Before that some rows "
            "come twice in yours, as sinks and in the window, and have twice their "
            "weight. The window begins behind the sinks.",
        ),
        "rk-from-the-end": Mistake(
            both(head, lambda n, s, w: (n - w, n)),
            "Right once the text is longer than the window and the sinks. Before that "
            "some rows come twice in yours, or rows below 0 come. The window begins "
            "at n - w, and not before the sinks end.",
        ),
        "rk-always-full": Mistake(
            both(lambda n, s, w: (0, s), lambda n, s, w: (n - w, n)),
            "Yours is always full, even when there are fewer rows than the cache has "
            "room for. Then some come twice, and some are not there at all.",
        ),
        "rk-not-there": Mistake(
            both(lambda n, s, w: (0, s), lambda n, s, w: (max(n - w, s), n)),
            "While the text is shorter than the sinks, yours keeps rows that nobody "
            "has written yet.",
        ),
        "rk-inside": Mistake(
            both(head, lambda n, s, w: (max(n - max(w - s, 0), min(s, n)), n)),
            "The sinks take places of the window in yours, and so many recent rows are "
            "missing. The window holds w rows beside the sinks.",
        ),
        "rk-no-sinks": Mistake(
            both(lambda n, s, w: (0, 0), lambda n, s, w: (max(n - w, 0), n)),
            "Yours keeps the window alone. The first rows are those that heads with "
            "nothing to read give their weight to: without them the other rows get it.",
        ),
        "rk-as-many-recent": Mistake(
            both(lambda n, s, w: (0, 0), lambda n, s, w: (max(n - w - s, 0), n)),
            "Yours has as many rows as asked, and all from the end. The first rows of "
            "the text stay, whatever comes.",
        ),
        "rk-first": Mistake(
            both(
                lambda n, s, w: (0, 0),
                lambda n, s, w: (0, min(n, s + w)),
            ),
            "Yours keeps the first rows of the text and lets no new one in once it is "
            "full.",
        ),
        "rk-sinks-alone": Mistake(
            both(head, lambda n, s, w: (0, 0)),
            "Yours keeps the sinks alone. The last w rows stay, too.",
        ),
        "rk-everything": Mistake(
            both(lambda n, s, w: (0, 0), lambda n, s, w: (0, n)),
            "All rows stay in yours. Those between the sinks and the window go.",
        ),
        "rk-places": Mistake(
            positions(lambda rows, places, n, s, w: rows.copy()),
            "The rows are right, and they have kept their places in the text. Those "
            "grow for ever, to distances that no model was trained on. Inside the "
            "cache one counts without gaps, from 0.",
        ),
        "rk-places-to-the-end": Mistake(
            positions(lambda rows, places, n, s, w: places + n - len(rows)),
            "Your positions have no gaps and end at n - 1, so all distances are right, "
            "but the numbers go on growing. Inside the cache one counts from 0.",
        ),
        "rk-from-1": Mistake(
            positions(lambda rows, places, n, s, w: places + 1),
            "Your positions begin at 1. They begin at 0.",
        ),
        "rk-window-from-0": Mistake(
            positions(
                lambda rows, places, n, s, w: np.where(rows < s, rows, places - s)
            ),
            "Your positions begin at 0 again at the window, so that two rows have the "
            "same. The window goes on where the sinks end.",
        ),
        "rk-sinks-at-0": Mistake(
            positions(
                lambda rows, places, n, s, w: np.where(
                    rows < s, 0, places - min(s, n) + 1
                )
            ),
            "All sinks have the position 0 in yours. Each has its own.",
        ),
        "rk-ring": Mistake(
            positions(slots_of_a_ring),
            "Your positions are the slots of a ring behind the sinks. Where a row lies "
            "in memory is one thing; its position says how far it is from the others.",
        ),
        "rk-distance": Mistake(
            positions(lambda rows, places, n, s, w: places[::-1].copy()),
            "Your positions count from the newest back. They grow with the text.",
        ),
        "rk-window-first": Mistake(
            in_another_order(lambda rows, s: np.concatenate([rows[s:], rows[:s]])),
            "The window comes before the sinks in yours. The rows stand in the order "
            "of the text.",
        ),
        "rk-newest-first": Mistake(
            in_another_order(
                lambda rows, s: np.concatenate([rows[:s], rows[s:][::-1]])
            ),
            "The window begins with the newest row in yours. The rows stand in the "
            "order of the text.",
        ),
        "rk-exchanged": Mistake(
            lambda n, sinks, window: rows_to_keep(n, sinks, window)[::-1],
            "The two results have changed places: the rows come first.",
        ),
        "rk-arguments": Mistake(
            lambda n, sinks, window: rows_to_keep(n, window, sinks),
            "Sinks and window have changed places in yours: the sinks are at the "
            "front, the window at the end.",
        ),
    },
    also_right={
        "row by row": row_by_row,
        "by a mask": by_a_mask,
        "less what is gone": less_what_is_gone,
        "a union of both": union,
    },
    hints=(
        "Two ranges: the first `sinks` rows, and the last `window`. What if there are "
        "fewer than that, or if the two overlap?",
        "The window begins at n - window, but never before the sinks end. Inside the "
        "cache one counts through, whatever is missing between.",
    ),
    question_after=(
        "One question about your function: keys turned by RoPE before they are stored "
        "keep the turn of their place in the text. What must such a cache store?"
    ),
    answer_after=(
        "Keys before the turn, and turn all of them at each step, by their positions "
        "inside the cache; or it turns what is stored on by as many places as a row "
        "has moved. Only the window moves: the sinks keep their positions."
    ),
)
