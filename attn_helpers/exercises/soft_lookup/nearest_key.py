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
    diagonal = np.array([[0.7, 0.7], [0.0, 1.0], [2.0, 0.0], [0.3, 2.0]])
    loud = np.array([[0.8, 0.1], [5.0, 3.0], [1.0, 2.0], [0.5, -1.0]])
    tie = np.array([[3.0, 0.0], [1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
    behind = np.array([[-4.0, -2.0], [0.5, 0.2], [0.1, 3.0], [2.0, 2.0]])
    opposite = np.array([[1.5, -1.5], [1.0, 0.2], [0.9, 0.9], [3.0, 3.0]])
    beam = np.array([[1.0, 1.0], [1.4, 0.1], [2.0, 2.0], [-3.0, 1.0]])
    hair = np.array([[2.0, 1.0], [0.0, 1.000001], [1.0, 0.0], [3.0, 0.0]])
    line = np.array([[2.0], [-3.0], [5.0]])
    keys, seven = rng.standard_normal((7, 3)), rng.standard_normal((7, 2))
    return [
        Case("7 keys of 3 entries", (keys[4] + 0.01, keys, seven)),
        Case("5 of everything", beside(rng, 3, (5, 5, 5))),
        Case("13 keys, the nearest apart in its last entry", twins(rng, 13, 11, 9)),
        Case("one key", beside(rng, 0, (1, 3, 2))),
        Case("a query a million away", (keys[5] * 1e6, keys.copy(), seven.copy())),
        Case("a key on the diagonal", (np.zeros(2), diagonal, values.copy())),
        Case("a key beside an axis", (np.zeros(2), beam, values.copy())),
        Case("a key nearer by a hair", (np.zeros(2), hair, values.copy())),
        Case("one long key", (np.array([1.0, 0.0]), loud, values.copy())),
        Case("two keys equally near", (np.zeros(2), tie, values.copy())),
        Case("the query on key 2", (loud[2].copy(), loud.copy(), values.copy())),
        Case("a key far behind the query", (np.zeros(2), behind, values.copy())),
        Case("differences that cancel", (np.zeros(2), opposite, values.copy())),
        Case(
            "keys on a line", (np.array([1.0]), line, np.array([[7.0], [8.0], [9.0]]))
        ),
    ]


def beside(rng, chosen, sizes):
    """A query beside one key, and the values."""
    t_k, d, d_v = sizes
    keys, values = rng.standard_normal((t_k, d)), rng.standard_normal((t_k, d_v))
    return keys[chosen] + 0.01, keys, values


def twins(rng, t_k, d, d_v):
    """The query lies beside the last key but one; key 3 has its last entry at 0."""
    query, keys, values = beside(rng, t_k - 2, (t_k, d, d_v))
    keys[3] = keys[-2]
    keys[-2, -1] = query[-1] = 3.0
    keys[3, -1] = 0.0
    return query, keys, values


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
            "In yours the key with the largest dot product wins. A long key does so "
            "from far off; asked for is the smallest distance.",
        ),
        "nk-cosine": Mistake(
            lambda query, keys, values: values[cosine(query, keys).argmax()],
            "In yours the key whose direction fits best wins. Direction alone says "
            "nothing of distance: a key ten times as far away may point the same way.",
        ),
        "nk-farthest": Mistake(
            lambda query, keys, values: values[squares(query, keys).argmax()],
            "Yours reads the value of the farthest key. A distance is small where the "
            "match is good: look for the minimum.",
        ),
        "nk-key": Mistake(
            lambda query, keys, values: keys[squares(query, keys).argmin()],
            "What comes back is the nearest key itself. A dictionary returns what is "
            "filed under the key: its value.",
        ),
        "nk-index": Mistake(
            lambda query, keys, values: squares(query, keys).argmin(),
            "What comes back is the key's number. That is the right place to look; now "
            "read the value that stands there.",
        ),
        "nk-distance": Mistake(
            lambda query, keys, values: squares(query, keys).min(),
            "What comes back is the smallest distance itself, squared. Which key has "
            "it, and what is filed there? `argmin` tells the place, `min` the size.",
        ),
        "nk-axis": Mistake(
            lambda query, keys, values: values[((keys - query) ** 2).sum(0).argmin()],
            "The place that you look up is that of an entry, not of a key: a sum that "
            "runs over the keys compares entries with each other. One distance per "
            "key: sum along the key's own entries, the last axis.",
        ),
        "nk-nosquare": Mistake(
            lambda query, keys, values: values[(keys - query).sum(-1).argmin()],
            "Differences keep their signs in yours, so a key far below the query looks "
            "nearer than one beside it. Square them before you add.",
        ),
        "nk-signed-total": Mistake(
            lambda query, keys, values: values[np.abs((keys - query).sum(-1)).argmin()],
            "In yours +3 in one entry and -3 in another cancel, as they do when the "
            "sum comes before the square or the absolute value. Make every difference "
            "positive before you add.",
        ),
        "nk-l1": Mistake(
            lambda query, keys, values: values[np.abs(keys - query).sum(-1).argmin()],
            "Your nearest key is the one with the smallest sum of absolute "
            "differences, the way a taxi drives. The distance asked for is the "
            "straight line: squares, then the sum.",
        ),
        "nk-largest-gap": Mistake(
            lambda query, keys, values: values[np.abs(keys - query).max(-1).argmin()],
            "In yours the largest single difference of each key decides. The distance "
            "of the straight line adds the squares of all of them.",
        ),
        "nk-flat": Mistake(
            lambda query, keys, values: values[np.abs(keys - query).argmin()],
            "Right for keys that are single numbers. With vectors the place that you "
            "look up is no key's number: over a table `argmin` counts through all "
            "entries, key after key. First make one distance of each key: sum its "
            "squares.",
        ),
        "nk-smallest-gap": Mistake(
            lambda query, keys, values: values[np.abs(keys - query).min(-1).argmin()],
            "In yours the smallest single difference of each key decides. One entry "
            "that fits does not make a key near: add the squares of all of them.",
        ),
        **{
            f"nk-argmin-axis{variant}": Mistake(
                lambda query, keys, values, axis=axis: values[
                    np.abs(keys - query).argmin(axis)
                ],
                "Several values come back, as when `argmin` runs over a table of "
                "differences and finds a place for each row or column of it. There is "
                "one answer: first one distance of each key, then one `argmin` over "
                "the keys.",
            )
            for variant, axis in (("", 0), ("-rows", -1))
        },
        "nk-whole": Mistake(
            lambda query, keys, values: values[squares(query, keys).sum().argmin()],
            "Yours always reads the first value, as when the distance is one number "
            "for the whole table, whose smallest stands at place 0. Sum, or take the "
            "norm, with `axis=-1`.",
        ),
        **{
            f"nk-exact{variant}": Mistake(
                program,
                "Right where a key equals the query, and mostly none does. Asked for "
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
                "Your values are mixed by nearness: the soft lookup, which comes in "
                "the next exercise. Here the nearest key alone decides.",
            )
            for variant, width in (("", 1.0), ("-gaussian", 2.0))
        },
        "nk-last": Mistake(
            last_of_the_nearest,
            "Right but for ties: where two keys are equally near yours reads the last, "
            "and the rule here is the first. (A loop with `<=` does that.)",
        ),
        "nk-mean": Mistake(
            lambda query, keys, values: values.mean(axis=0),
            "What comes back is the mean of all values. That is one end of the soft "
            "lookup; here the nearest key alone decides.",
        ),
        "nk-tie-mean": Mistake(
            lambda query, keys, values: values[
                squares(query, keys) == squares(query, keys).min()
            ].mean(axis=0),
            "Right but for ties: where two keys are equally near yours mixes their "
            "values, as a very cold softmax does. The rule here is the first of them.",
        ),
        "nk-limit": Mistake(
            lambda query, keys, values: values[np.exp(-squares(query, keys)).argmax()],
            "Right near the keys. A million away no key is near enough for yours, and "
            "the first value comes back: `exp` of a huge negative number is 0 for all "
            "of them. Compare the distances themselves.",
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
