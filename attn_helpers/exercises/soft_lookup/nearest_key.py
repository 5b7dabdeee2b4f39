"""The nearest key, for vectors."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft
from attn_helpers.exercises.soft_lookup.programs import squares


def nearest_value(query, keys, values):
    """Read the value filed under the key that lies nearest to the query."""
    gaps = keys - query  # (t_k, d)
    distances = (gaps**2).sum(axis=-1)  # (t_k,)
    return values[distances.argmin()]


def nearest_cases(seed):
    rng = np.random.default_rng(seed)
    values = np.array([[10.0, 1.0], [20.0, 2.0], [30.0, 3.0], [40.0, 4.0]])
    diagonal = np.array([[0.6, 0.6], [0.0, 1.0], [2.0, 0.0], [0.3, 2.0]])
    loud = np.array([[0.8, 0.1], [5.0, 3.0], [1.0, 2.0], [0.5, -1.0]])
    tie = np.array([[3.0, 0.0], [1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
    behind = np.array([[-4.0, -2.0], [0.5, 0.2], [0.1, 3.0], [2.0, 2.0]])
    opposite = np.array([[1.5, -1.5], [1.0, 0.2], [0.9, 0.9], [3.0, 3.0]])
    line = np.array([[2.0], [-3.0], [5.0]])
    keys, seven = rng.standard_normal((7, 3)), rng.standard_normal((7, 2))
    near_four = keys[4] + 0.01
    return [
        Case("7 keys of 3 entries, the query beside key 4", (near_four, keys, seven)),
        Case("a key on the diagonal", (np.zeros(2), diagonal, values.copy())),
        Case("one long key", (np.array([1.0, 0.0]), loud, values.copy())),
        Case("two keys equally near", (np.zeros(2), tie, values.copy())),
        Case("the query on key 2", (loud[2].copy(), loud.copy(), values.copy())),
        Case("a key far behind the query", (np.zeros(2), behind, values.copy())),
        Case("differences that cancel", (np.zeros(2), opposite, values.copy())),
        Case(
            "keys on a line", (np.array([1.0]), line, np.array([[7.0], [8.0], [9.0]]))
        ),
    ]


def last_of_the_nearest(query, keys, values):
    distances = squares(query, keys)
    return values[np.flatnonzero(distances == distances.min())[-1]]


def first_equal(query, keys, values):
    return values[(keys == query).all(axis=-1).argmax()]


def all_equal(query, keys, values):
    return values[(keys == query).all(axis=-1)]


def cosine(query, keys):
    lengths = np.linalg.norm(keys, axis=-1) * np.linalg.norm(query)
    return keys @ query / np.where(lengths == 0, 1, lengths)


def search_with_a_loop(query, keys, values):
    best, found = np.inf, None
    for key, value in zip(keys, values, strict=True):
        distance = np.linalg.norm(query - key)
        if distance < best:
            best, found = distance, value
    return found


EXERCISE = Exercise(
    title="The nearest key, for vectors",
    answer=nearest_value,
    returns={"value": "which key lies nearest, and what is entry {0} of its value?"},
    cases=nearest_cases,
    mistakes={
        "nk-dot": Mistake(
            lambda query, keys, values: values[(keys @ query).argmax()],
            "You took the key with the largest dot product. A long key wins that way "
            "from far off; asked for is the smallest distance.",
        ),
        "nk-cosine": Mistake(
            lambda query, keys, values: values[cosine(query, keys).argmax()],
            "You took the key whose direction fits best. Direction alone says nothing "
            "of distance: a key ten times as far away may point the same way.",
        ),
        "nk-farthest": Mistake(
            lambda query, keys, values: values[squares(query, keys).argmax()],
            "You took the farthest key. A distance is small where the match is good: "
            "look for the minimum.",
        ),
        "nk-key": Mistake(
            lambda query, keys, values: keys[squares(query, keys).argmin()],
            "You found the right key and returned it. A dictionary returns what is "
            "filed under the key: its value.",
        ),
        "nk-index": Mistake(
            lambda query, keys, values: squares(query, keys).argmin(),
            "You return the key's number. That is the right place to look; now read "
            "the value that stands there.",
        ),
        "nk-distance": Mistake(
            lambda query, keys, values: squares(query, keys).min(),
            "You return the smallest distance itself. Which key has it, and what is "
            "filed there? `argmin` tells the place, `min` the size.",
        ),
        "nk-axis": Mistake(
            lambda query, keys, values: values[((keys - query) ** 2).sum(0).argmin()],
            "Your sum runs over the keys, so you compare entries with each other. One "
            "distance per key: sum along the key's own entries, the last axis.",
        ),
        "nk-nosquare": Mistake(
            lambda query, keys, values: values[(keys - query).sum(-1).argmin()],
            "You summed the differences as they are, with their signs. A key far below "
            "the query then looks nearer than one beside it. Square them first.",
        ),
        "nk-signed-total": Mistake(
            lambda query, keys, values: values[np.abs((keys - query).sum(-1)).argmin()],
            "You took the absolute value after the sum, so +3 in one entry and -3 in "
            "another cancel. Make every difference positive before you add.",
        ),
        "nk-l1": Mistake(
            lambda query, keys, values: values[np.abs(keys - query).sum(-1).argmin()],
            "You added up absolute differences, the way a taxi drives. The distance "
            "asked for is the straight line: squares, then the sum.",
        ),
        "nk-largest-gap": Mistake(
            lambda query, keys, values: values[np.abs(keys - query).max(-1).argmin()],
            "You compared the largest single difference of each key. The distance of "
            "the straight line adds the squares of all of them.",
        ),
        "nk-flat": Mistake(
            lambda query, keys, values: values[np.abs(keys - query).argmin()],
            "This is the line for keys that are single numbers. With vectors `argmin` "
            "counts through all entries of the table, key after key, and what it finds "
            "is no key's number. First make one distance of each key: sum its squares.",
        ),
        "nk-smallest-gap": Mistake(
            lambda query, keys, values: values[np.abs(keys - query).min(-1).argmin()],
            "You compared the smallest single difference of each key. One entry that "
            "fits does not make a key near: add the squares of all of them.",
        ),
        **{
            f"nk-argmin-axis{variant}": Mistake(
                lambda query, keys, values, axis=axis: values[
                    np.abs(keys - query).argmin(axis)
                ],
                "Your `argmin` runs over a table of differences and finds a place for "
                "each row or column of it. There is one answer: first one distance of "
                "each key, then one `argmin` over the keys.",
            )
            for variant, axis in (("", 0), ("-rows", -1))
        },
        "nk-whole": Mistake(
            lambda query, keys, values: values[squares(query, keys).sum().argmin()],
            "Your distance is one number for the whole table, so its smallest stands "
            "at place 0 and you always read the first value. Sum, or take the norm, "
            "with `axis=-1`.",
        ),
        **{
            f"nk-exact{variant}": Mistake(
                program,
                "You look for a key equal to the query, and mostly none is. Asked for "
                "is the nearest, however far away it is.",
            )
            for variant, program in (
                ("", first_equal),
                ("-rows", all_equal),
            )
        },
        **{
            f"nk-soft{variant}": Mistake(
                lambda query, keys, values, width=width: (
                    soft(-squares(query, keys) / width) @ values
                ),
                "You mixed the values by nearness: the soft lookup, which comes in "
                "the next exercise. Here the nearest key alone decides.",
            )
            for variant, width in (("", 1.0), ("-gaussian", 2.0))
        },
        "nk-last": Mistake(
            last_of_the_nearest,
            "Right but for ties: where two keys are equally near you take the last, "
            "and the rule here is the first. (A loop with `<=` does that.)",
        ),
        "nk-mean": Mistake(
            lambda query, keys, values: values.mean(axis=0),
            "You averaged all values. That is one end of the soft lookup; here the "
            "nearest key alone decides.",
        ),
    },
    also_right={
        "a loop over the keys": search_with_a_loop,
        "the norm": lambda query, keys, values: values[
            np.linalg.norm(keys - query, axis=1).argmin()
        ],
        "the largest negative distance": lambda query, keys, values: values[
            (-squares(query, keys)).argmax()
        ],
    },
    hints=(
        "Two steps: one number per key that says how far away it is, then the value of "
        "the key with the smallest.",
        "`keys - query` lines the query up with every row. Square, and sum along the "
        "last axis: the root would not change which is smallest.",
        "`distances.argmin()` is the place of the first smallest distance; index "
        "`values` with it.",
    ),
    question_after=(
        "One question about your function: nudge the query by a hair. Does its answer "
        "move a little, not at all, or by a jump, and what would a slope of it be?"
    ),
    answer_after=(
        "Nearly always not at all, and by a jump where another key becomes the "
        "nearest. The slope is 0 wherever there is one, so nothing can be learnt by "
        "following it."
    ),
)
