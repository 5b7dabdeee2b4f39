"""Exercises of chapter 2: from a dictionary to a weighted mean of its entries."""

import numpy as np

from attn_helpers.exercises._programs import soft
from attn_helpers.exercises._types import Case, Exercise, Mistake

CHAPTER = "02_soft_lookup"


# ------------------------------------------------------------------ the answers
# [nearest-key-solution]
def nearest_value(query, keys, values):
    """Read the value filed under the key that lies nearest to the query."""
    gaps = keys - query  # (t_k, d)
    distances = (gaps**2).sum(axis=-1)  # (t_k,)
    return values[distances.argmin()]


# [nearest-key-solution-end]


# [lookup-weights-solution]
def lookup_weights(query, keys, temperature):
    """Share out one query's attention: the nearer the key, the larger its share."""
    scores = -((keys - query) ** 2).sum(axis=-1)  # (t_k,)
    scaled = scores / temperature
    grown = np.exp(scaled - scaled.max())  # the nearest becomes exp(0) = 1
    return grown / grown.sum()


# [lookup-weights-solution-end]


# [kernel-regression-solution]
def kernel_regression(x_query, x, y, bandwidth):
    """Estimate y at each query: a mean of the known y, near ones counting more."""
    gaps = x_query[:, None] - x  # (t_q, t_k)
    scores = -(gaps**2) / (2 * bandwidth**2)
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return weights @ y


# [kernel-regression-solution-end]


# [leave-one-out-solution]
def leave_one_out_error(x, y, bandwidth):
    """Mean squared error when every point is estimated from all the others."""
    gaps = x[:, None] - x  # (t, t)
    scores = -(gaps**2) / (2 * bandwidth**2)
    np.fill_diagonal(scores, -np.inf)  # a point may not read its own answer
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return ((y - weights @ y) ** 2).mean()


# [leave-one-out-solution-end]


# -------------------------------------------------------------------- hard lookup
def share(grown):
    """Divide each row by its sum."""
    return grown / grown.sum(axis=-1, keepdims=True)


EPSILONS = ("", 1e-12), ("-1e-8", 1e-8), ("-1e-6", 1e-6)


def with_eps(near, eps):
    """Divide each row by its sum and a small number that is meant to be harmless."""
    return near / (near.sum(axis=-1, keepdims=True) + eps)


def squares(query, keys):
    return ((keys - query) ** 2).sum(axis=-1)


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


NEAREST_KEY = Exercise(
    id="nearest-key",
    chapter=CHAPTER,
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


# ------------------------------------------------------------------- soft lookup
def lookup_cases(seed):
    rng = np.random.default_rng(seed)
    query, keys = rng.standard_normal(3), rng.standard_normal((7, 3))
    line = np.array([[0.0], [1.0], [3.0]])
    return [
        Case("7 keys of 3 entries, temperature 0.7", (query, keys, 0.7)),
        Case(
            "5 keys of 5 entries", (rng.standard_normal(5), rng.normal(size=(5, 5)), 3)
        ),
        Case("temperature 1", (query.copy(), keys.copy(), 1.0)),
        Case("three keys on a line", (np.array([1.0]), line, 2.0)),
        Case("a query 60 away from all keys", (query + 60.0, keys.copy(), 0.7)),
    ]


def nearest_share(query, keys, temperature):
    distances = squares(query, keys)
    return (distances == distances.min()).astype(float)


def inverse_squares(query, keys, temperature):
    return share(1 / (squares(query, keys) + 1e-12))


LOOKUP_WEIGHTS = Exercise(
    id="lookup-weights",
    chapter=CHAPTER,
    title="Shares that survive a long journey",
    answer=lookup_weights,
    returns={"weights": "how much of the answer should come from key {0}?"},
    cases=lookup_cases,
    mistakes={
        "lw-sign": Mistake(
            lambda query, keys, temperature: soft(squares(query, keys) / temperature),
            "The farthest key gets the largest share in yours. A distance must count "
            "against a key: the score is minus the squared distance.",
        ),
        "lw-nosquare": Mistake(
            lambda query, keys, temperature: soft(
                -np.sqrt(squares(query, keys)) / temperature
            ),
            "You used the distance, not its square. That is a lookup too, with a sharp "
            "peak at each key; asked for is minus the squared distance.",
        ),
        "lw-l1": Mistake(
            lambda query, keys, temperature: soft(
                -np.abs(keys - query).sum(-1) / temperature
            ),
            "You added up absolute differences. The score is minus the sum of their "
            "squares.",
        ),
        "lw-mul": Mistake(
            lambda query, keys, temperature: soft(-squares(query, keys) * temperature),
            "You multiply by the temperature, so hot comes out sharp. Scores are "
            "divided by it: the higher, the more evenly the keys share.",
        ),
        "lw-none": Mistake(
            lambda query, keys, temperature: soft(-squares(query, keys)),
            "The temperature has no effect in your program.",
        ),
        "lw-square-T": Mistake(
            lambda query, keys, temperature: soft(
                -squares(query, keys) / (2 * temperature**2)
            ),
            "You divided by 2 · temperature², as if it were the bandwidth of a "
            "Gaussian. The two are related, temperature = 2 · bandwidth², but here "
            "the temperature divides as it is.",
        ),
        "lw-after": Mistake(
            lambda query, keys, temperature: soft(-squares(query, keys)) / temperature,
            "You divide the weights. They no longer sum to 1, and their ratios are "
            "what they were. Divide the scores.",
        ),
        "lw-nosum": Mistake(
            lambda query, keys, temperature: np.exp(
                -squares(query, keys) / temperature
            ),
            "These are closenesses, not shares: they do not sum to 1. A key's share "
            "depends on who else is near. Divide by the sum.",
        ),
        "lw-largest": Mistake(
            lambda query, keys, temperature: (
                lambda scores: np.exp(scores - scores.max())
            )(-squares(query, keys) / temperature),
            "You divided by the largest weight, so the nearest key gets 1 and the rest "
            "come on top. Shares are divided by their sum.",
        ),
        "lw-noexp": Mistake(
            lambda query, keys, temperature: share(-squares(query, keys)),
            "You divided the scores by their sum, without `exp`. Minus over minus is "
            "plus, so the farthest key gets the largest share, and the temperature "
            "cancels.",
        ),
        "lw-2T": Mistake(
            lambda query, keys, temperature: soft(
                -squares(query, keys) / (2 * temperature)
            ),
            "You divided by twice the temperature. The 2 belongs to a Gaussian with a "
            "bandwidth; here the temperature divides as it is.",
        ),
        "lw-mean": Mistake(
            lambda query, keys, temperature: soft(
                -((keys - query) ** 2).mean(-1) / temperature
            ),
            "You took the mean of the squares over the entries of a key. A squared "
            "distance is their sum; with one entry the two are the same.",
        ),
        "lw-underflow": Mistake(
            lambda query, keys, temperature: share(
                np.exp(-squares(query, keys) / temperature)
            ),
            "Right near the keys. For a query far from all of them yours is 0/0 or "
            "inf/inf, which is nan, though one key is still the nearest. Subtract the "
            "largest score before `exp`, and at the same scale: divide both by the "
            "temperature, or neither.",
        ),
        **{
            f"lw-eps{variant}": Mistake(
                lambda query, keys, temperature, eps=eps: with_eps(
                    np.exp(-squares(query, keys) / temperature), eps
                ),
                "Something in your program hides a 0/0 (a small number in the "
                "denominator, or `nan_to_num`): for a query far from all keys the "
                "shares sum to 0 instead of 1. Subtract the largest score before `exp` "
                "and nothing needs hiding.",
            )
            for variant, eps in EPSILONS
        },
        "lw-inverse": Mistake(
            inverse_squares,
            "You weighted by one over the squared distance. A query that stands on a "
            "key then divides by 0, and the temperature has no say. Use `exp` of minus "
            "the squared distance.",
        ),
        "lw-dot": Mistake(
            lambda query, keys, temperature: soft(keys @ query / temperature),
            "You scored by the dot product. That comes in the next chapter; it rewards "
            "long keys, however far away they are.",
        ),
        "lw-hard": Mistake(
            nearest_share,
            "All goes to the nearest key, whatever the temperature. That is the hard "
            "lookup; the soft one leaves a share to every key.",
        ),
        "lw-axis": Mistake(
            lambda query, keys, temperature: soft(
                -((keys - query) ** 2).sum(0) / temperature
            ),
            "Your sum runs over the keys and leaves one weight per entry. One weight "
            "per key: sum along the last axis.",
        ),
    },
    also_right={
        "the square multiplied out": lambda query, keys, temperature: soft(
            (2 * keys @ query - (keys**2).sum(-1)) / temperature
        ),
        "the smallest distance taken off": lambda query, keys, temperature: share(
            np.exp((squares(query, keys).min() - squares(query, keys)) / temperature)
        ),
        "base 2": lambda query, keys, temperature: share(
            2.0
            ** (
                (squares(query, keys).min() - squares(query, keys))
                / (temperature * np.log(2))
            )
        ),
    },
    hints=(
        "First a score per key, high where the key is near: minus the squared "
        "distance. Then shares.",
        "`exp` makes every score positive and keeps their order; dividing by the sum "
        "makes shares of them. The temperature divides the scores, before `exp`.",
        "Far from all keys `exp` of every score is 0. Subtract the largest score from "
        "all of them first: the ratios stay, and one `exp` is exactly 1.",
    ),
    question_after=(
        "One question about your weights: a new key arrives far from everything. Which "
        "of the old shares change, and by how much?"
    ),
    answer_after=(
        "All of them shrink by one factor, 1 minus the share of the new key. Far from "
        "everything that share is nearly 0, so they hardly move."
    ),
)


# -------------------------------------------------------------- kernel regression
def regression_cases(seed):
    rng = np.random.default_rng(seed)
    x_query, x, y = (rng.standard_normal(n) for n in (5, 7, 7))
    three = np.array([0.0, 1.0, 2.0]), np.array([0.0, 10.0, 20.0])
    return [
        Case("5 queries, 7 points, bandwidth 0.7", (x_query, x, y, 0.7)),
        Case("7 queries, 7 points", (rng.standard_normal(7), x.copy(), y.copy(), 0.3)),
        Case("bandwidth 1", (x_query.copy(), x.copy(), y.copy(), 1.0)),
        Case("one query, three points", (np.array([0.5]), *three, 0.5)),
        Case("a query 60 away", (np.array([60.0, 0.0]), x.copy(), y.copy(), 0.7)),
    ]


def gap_squares(x_query, x):
    return (x_query[:, None] - x) ** 2


def bell(x_query, x, bandwidth):
    return np.exp(-gap_squares(x_query, x) / (2 * bandwidth**2))


def over_the_table(x_query, x, y, h):
    near = bell(x_query, x, h)
    return near / near.sum() @ y


def over_the_shifted_table(x_query, x, y, h):
    scores = -gap_squares(x_query, x) / (2 * h**2)
    near = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return near / near.sum() @ y


def one_query_at_a_time(x_query, x, y, bandwidth):
    estimates = []
    for query in x_query:
        scores = -((query - x) ** 2) / (2 * bandwidth**2)
        weights = np.exp(scores - max(scores))
        estimates.append(sum(weights * y) / sum(weights))
    return np.array(estimates)


KERNEL_REGRESSION = Exercise(
    id="kernel-regression",
    chapter=CHAPTER,
    title="The estimate of Nadaraya and Watson",
    answer=kernel_regression,
    returns={"estimate": "which points lie near query {0}, and what is their mean?"},
    cases=regression_cases,
    mistakes={
        "k-nosq": Mistake(
            lambda x_query, x, y, h: (
                soft(-np.sqrt(gap_squares(x_query, x)) / (2 * h**2)) @ y
            ),
            "The gap is not squared. That gives another kernel, with a peak at every "
            "point (Laplace's); the Gaussian squares the gap.",
        ),
        "k-sign": Mistake(
            lambda x_query, x, y, h: soft(gap_squares(x_query, x) / (2 * h**2)) @ y,
            "The minus sign is missing: the farthest points get the weight.",
        ),
        "k-h": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / (2 * h)) @ y,
            "You divided by 2h. The gap is measured in bandwidths and then squared, so "
            "it is 2h². At h = 1 nobody sees the difference.",
        ),
        "k-no2": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / h**2) @ y,
            "The 2 is missing in 2h². Your kernel is narrower by √2.",
        ),
        "k-2h-square": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / (2 * h) ** 2) @ y,
            "You squared the 2 as well: (2h)² is 4h². Your kernel is wider by √2.",
        ),
        **{
            f"k-table{variant}": Mistake(
                program,
                "You divided by the sum of the whole table. Every query has its own "
                "weights and its own sum: add along the points, with `axis=-1` and "
                "`keepdims=True`.",
            )
            for variant, program in (
                ("", over_the_table),
                ("-shifted", over_the_shifted_table),
            )
        },
        "k-precedence": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / 2 * h**2) @ y,
            "Without brackets `/ 2 * h**2` divides by 2 and then multiplies by h², so "
            "a larger bandwidth smooths less. Write `/ (2 * h**2)`.",
        ),
        "k-axis": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / (2 * h**2), 0) @ y,
            "Your weights sum to 1 down the columns, over the queries. Every query has "
            "its own set of shares: sum along the points.",
        ),
        "k-nonorm": Mistake(
            lambda x_query, x, y, h: bell(x_query, x, h) @ y,
            "The weights are not divided by their sum, so the estimate grows with the "
            "number of points nearby.",
        ),
        "k-gaussnorm": Mistake(
            lambda x_query, x, y, h: bell(x_query, x, h) / np.sqrt(2 * np.pi) / h @ y,
            "You divided by the Gaussian's own constant, h√(2π). What makes a mean of "
            "it is the sum of the kernel values over the points.",
        ),
        "k-count": Mistake(
            lambda x_query, x, y, h: bell(x_query, x, h) @ y / len(x),
            "You divided by the number of points. Far points would count as if they "
            "were there: divide by the sum of the weights.",
        ),
        "k-underflow": Mistake(
            lambda x_query, x, y, h: share(bell(x_query, x, h)) @ y,
            "Right near the points. Sixty away every kernel value is exp of a huge "
            "negative number, which is 0, and 0/0 is nan. Subtract the largest score "
            "before `exp` (of each row, not of the whole table).",
        ),
        **{
            f"k-eps{variant}": Mistake(
                lambda x_query, x, y, h, eps=eps: (
                    with_eps(bell(x_query, x, h), eps) @ y
                ),
                "Something in your program hides a 0/0 (a small number in the "
                "denominator, or `nan_to_num`): far from all points the estimate "
                "becomes 0, a number no point has. Subtract the largest score of the "
                "row before `exp` instead.",
            )
            for variant, eps in EPSILONS
        },
        "k-mean": Mistake(
            lambda x_query, x, y, h: np.full(len(x_query), y.mean()),
            "Every query gets the plain mean of y: the gaps have no effect.",
        ),
        "k-nearest": Mistake(
            lambda x_query, x, y, h: y[gap_squares(x_query, x).argmin(-1)],
            "You took the nearest point alone. That is the hard lookup; the estimate "
            "is a mean over all points.",
        ),
        "k-no-h": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / 2) @ y,
            "The bandwidth has no effect in your program.",
        ),
        "k-weights": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / (2 * h**2)),
            "These are the weights. One step is left: the mean of y that they make.",
        ),
        "k-x": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / (2 * h**2)) @ x,
            "You averaged the x. They decide the weights; what is averaged is y.",
        ),
    },
    also_right={
        "one query at a time": one_query_at_a_time,
        "the Gaussian's constant, which cancels": lambda x_query, x, y, h: (
            share(
                np.exp(
                    (
                        gap_squares(x_query, x).min(-1, keepdims=True)
                        - gap_squares(x_query, x)
                    )
                    / (2 * h * h)
                )
                / np.sqrt(2 * np.pi)
                / h
            )
            @ y
        ),
        "gaps in bandwidths": lambda x_query, x, y, h: (
            soft(-0.5 * np.subtract.outer(x_query / h, x / h) ** 2) @ y
        ),
    },
    hints=(
        "The gap of every query to every point is a table: `x_query[:, None] - x` has "
        "one row per query.",
        "The score is -gap² / (2 · bandwidth²); mind the brackets. A softmax along "
        "each row makes the weights.",
        "With rows that sum to 1, the estimates are `weights @ y`, one per query.",
    ),
    question_after=(
        "One question about your estimates: can one of them be larger than every y you "
        "put in? Look at what the weights are before you answer."
    ),
    answer_after=(
        "No. The weights are never negative and sum to 1, so each estimate is a mean "
        "of the y and lies between the smallest and the largest."
    ),
)


# ------------------------------------------------------------------ leave one out
def leave_one_out_cases(seed):
    rng = np.random.default_rng(seed)
    x, noise = np.sort(rng.uniform(0, 3, 11)), rng.standard_normal(11)
    alone = np.append(x[:6], 90.0)
    three = np.array([0.0, 1.0, 3.0]), np.array([0.0, 10.0, 20.0])
    twins = np.array([0.0, 1.0, 1.0, 2.0, 3.5])
    return [
        Case("11 points, bandwidth 0.3", (x, np.sin(2 * x) + 0.3 * noise, 0.3)),
        Case("11 points, bandwidth 2", (x.copy(), np.sin(2 * x) + 0.3 * noise, 2.0)),
        Case("three points, bandwidth 1", (*three, 1.0)),
        Case("five points, two at one place", (twins, noise[:5].copy(), 0.7)),
        Case("one point 87 away from the others", (alone, noise[:7].copy(), 0.5)),
    ]


def gaussian_table(x, h):
    return -((x[:, None] - x) ** 2) / (2 * h**2)


def with_diagonal(x, h, fill):
    return np.where(np.eye(len(x), dtype=bool), fill, gaussian_table(x, h))


def without_self(x, h):
    return with_diagonal(x, h, -np.inf)


def misses(x, y, h):
    return y - soft(without_self(x, h)) @ y


def zeroed_late(x, y, h):
    weights = soft(gaussian_table(x, h)) * (1 - np.eye(len(x)))
    return ((y - weights @ y) ** 2).mean()


def renormalised_naively(x, y, h):
    weights = np.exp(gaussian_table(x, h)) * (1 - np.eye(len(x)))
    return ((y - share(weights) @ y) ** 2).mean()


def renormalised_with_eps(x, y, h, eps):
    near = np.exp(gaussian_table(x, h)) * (1 - np.eye(len(x)))
    return ((y - with_eps(near, eps) @ y) ** 2).mean()


def without_twins(x, y, h):
    scores = np.where(x[:, None] == x, -np.inf, gaussian_table(x, h))
    return ((y - soft(scores) @ y) ** 2).mean()


def plain_gaps(x, y, h):
    scores = -np.abs(x[:, None] - x) / (2 * h**2)
    np.fill_diagonal(scores, -np.inf)
    return ((y - soft(scores) @ y) ** 2).mean()


def one_point_at_a_time(x, y, h):
    errors = []
    for i in range(len(x)):
        rest = np.arange(len(x)) != i
        estimate = kernel_regression(x[i : i + 1], x[rest], y[rest], h)[0]
        errors.append((y[i] - estimate) ** 2)
    return np.mean(errors)


LEAVE_ONE_OUT = Exercise(
    id="leave-one-out",
    chapter=CHAPTER,
    title="Choosing a bandwidth honestly",
    answer=leave_one_out_error,
    returns={"error": "how far off is each point when only the others may speak?"},
    cases=leave_one_out_cases,
    mistakes={
        "lo-self": Mistake(
            lambda x, y, h: ((y - soft(gaussian_table(x, h)) @ y) ** 2).mean(),
            "Each point may read its own answer, so the smallest bandwidth always "
            "looks best: the error goes to 0. Shut the point out with a score of -inf "
            "(a score of 0 does nothing, its own score is 0 already).",
        ),
        "lo-zeroed-late": Mistake(
            zeroed_late,
            "You took each point's own weight away after the softmax, and the others "
            "no longer sum to 1. Every estimate is pulled towards 0. Shut the point "
            "out before the softmax, with a score of -inf.",
        ),
        "lo-underflow": Mistake(
            renormalised_naively,
            "Right while every point has a neighbour. For a point 87 away no weight is "
            "left for the others: beside the point's own exp(0) = 1 they are all 0, "
            "and 0/0 is nan. Give the point itself a score of -inf, and only then "
            "subtract the largest score of the row and take `exp`.",
        ),
        **{
            f"lo-eps{variant}": Mistake(
                lambda x, y, h, eps=eps: renormalised_with_eps(x, y, h, eps),
                "Something in your program hides a 0/0 (a small number in the "
                "denominator, or `nan_to_num`): a point far from the others is "
                "estimated as 0. Give the point itself a score of -inf, then subtract "
                "the largest score of the row before `exp`.",
            )
            for variant, eps in EPSILONS
        },
        "lo-twins": Mistake(
            without_twins,
            "You shut out every point at the same place, not the point itself. Two "
            "measurements can share an x, and each may speak for the other: compare "
            "positions in the list, not the x.",
        ),
        **{
            f"lo-fill{variant}": Mistake(
                lambda x, y, h, fill=fill: (
                    (y - soft(with_diagonal(x, h, fill)) @ y) ** 2
                ).mean(),
                "Your number for the diagonal is not low enough. A point 87 away from "
                "the others scores them at about -15 000, so it reads its own answer "
                "after all. Use -inf.",
            )
            for variant, fill in (("", -100.0), ("-1000", -1e3), ("-1e4", -1e4))
        },
        "lo-sum": Mistake(
            lambda x, y, h: (misses(x, y, h) ** 2).sum(),
            "You took the sum of the squared errors. With the mean, data sets of "
            "different size can be compared.",
        ),
        "lo-root": Mistake(
            lambda x, y, h: np.sqrt((misses(x, y, h) ** 2).mean()),
            "You took the root of the mean squared error. It has the unit of y, which "
            "is handy; asked for is the mean itself.",
        ),
        "lo-abs": Mistake(
            lambda x, y, h: np.abs(misses(x, y, h)).mean(),
            "You averaged absolute errors. Squared ones are asked for, so one large "
            "miss counts more than two small ones.",
        ),
        "lo-bias": Mistake(
            lambda x, y, h: misses(x, y, h).mean() ** 2,
            "You averaged the errors first and squared after, so misses above and "
            "below cancel. Square each one, then average.",
        ),
        "lo-signed": Mistake(
            lambda x, y, h: misses(x, y, h).mean(),
            "You averaged the errors with their signs: misses above and below cancel. "
            "Square them.",
        ),
        "lo-h": Mistake(
            lambda x, y, h: (misses(x, y, np.sqrt(h)) ** 2).mean(),
            "You divided by 2h where the kernel has 2h². The gap is measured in "
            "bandwidths before it is squared.",
        ),
        "lo-no2": Mistake(
            lambda x, y, h: (misses(x, y, h / np.sqrt(2)) ** 2).mean(),
            "The 2 of 2h² is missing, so your kernel is narrower by √2.",
        ),
        "lo-2h-square": Mistake(
            lambda x, y, h: (misses(x, y, h * np.sqrt(2)) ** 2).mean(),
            "You squared the 2 as well: (2h)² is 4h². Your kernel is wider by √2.",
        ),
        "lo-precedence": Mistake(
            lambda x, y, h: (misses(x, y, 1 / h) ** 2).mean(),
            "Without brackets `/ 2 * h**2` divides by 2 and then multiplies by h², so "
            "a larger bandwidth smooths less. Write `/ (2 * h**2)`.",
        ),
        "lo-no-h": Mistake(
            lambda x, y, h: (misses(x, y, 1.0) ** 2).mean(),
            "The bandwidth has no effect in your program, so there is nothing to "
            "choose.",
        ),
        "lo-nosq": Mistake(
            plain_gaps,
            "The gap is not squared. That gives another kernel, with a peak at every "
            "point (Laplace's); the Gaussian squares the gap.",
        ),
        "lo-n-1": Mistake(
            lambda x, y, h: (misses(x, y, h) ** 2).sum() / (len(x) - 1),
            "You divided by n - 1. Each of the n points is left out once: n errors.",
        ),
        "lo-estimates": Mistake(
            lambda x, y, h: y - misses(x, y, h),
            "These are the estimates with each point left out. One number is asked "
            "for: the mean squared distance to the y that were measured.",
        ),
        "lo-mean-of-y": Mistake(
            lambda x, y, h: ((y - y.mean()) ** 2).mean(),
            "This is the variance of y, the error of always guessing the mean. The "
            "bandwidth and the gaps have no effect.",
        ),
    },
    also_right={
        "one point at a time": one_point_at_a_time,
        "np.where for the diagonal": lambda x, y, h: float(
            (misses(x, y, h) ** 2).sum() / len(x)
        ),
        "a very low score": lambda x, y, h: (
            (y - soft(gaussian_table(x, h) - 1e12 * np.eye(len(x))) @ y) ** 2
        ).mean(),
    },
    hints=(
        "Let every point be a query and every point a key: the table of gaps is "
        "square. Which of its entries would be cheating?",
        "The diagonal. What must a score be for its weight to be exactly 0?",
        "`np.fill_diagonal(scores, -np.inf)` before the softmax, then the mean of "
        "`(y - weights @ y) ** 2`.",
    ),
    question_after=(
        "One question about your function: as the bandwidth goes to 0, whose value "
        "does each estimate become, and does the error go to 0?"
    ),
    answer_after=(
        "That of the nearest other point. The error goes to the mean squared "
        "difference between such neighbours, which noise keeps above 0."
    ),
)

EXERCISES = (NEAREST_KEY, LOOKUP_WEIGHTS, KERNEL_REGRESSION, LEAVE_ONE_OUT)
