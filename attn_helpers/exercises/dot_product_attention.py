"""Exercises of chapter 3: softmax, temperature, attention, masks and entropy."""

import numpy as np

from attn_helpers.exercises._programs import WEIGHTS, soft
from attn_helpers.exercises._types import Case, Exercise, Mistake

CHAPTER = "03_dot_product_attention"

OUTPUT = "where does entry {1} of the output for query {0} come from?"


# ------------------------------------------------------------------ the answers
# [softmax-solution]
def softmax(scores):
    """Turn each row of scores into shares of 1."""
    peak = scores.max(axis=-1, keepdims=True)
    grown = np.exp(scores - peak)  # the largest becomes exp(0) = 1: no overflow
    return grown / grown.sum(axis=-1, keepdims=True)


# [softmax-solution-end]


# [temperature-solution]
def softmax_at(scores, temperature):
    """Softmax of the scores divided by a temperature."""
    scaled = scores / temperature
    grown = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


# [temperature-solution-end]


# [attention-solution]
def attention(q, k, v):
    """Mix the rows of ``v`` by how well each query matches each key."""
    scores = q @ k.T / np.sqrt(q.shape[-1])  # (t_q, t_k)
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return weights @ v, weights


# [attention-solution-end]


# [masked-attention-solution]
def masked_attention(q, k, v, mask):
    """Attend only where ``mask`` is True; a row with nothing to read gives zeros."""
    scores = q @ k.T / np.sqrt(q.shape[-1])  # (t_q, t_k)
    allowed = np.where(mask, scores, -np.inf)
    peak = allowed.max(axis=-1, keepdims=True)
    grown = np.exp(allowed - np.where(np.isfinite(peak), peak, 0.0))
    total = grown.sum(axis=-1, keepdims=True)
    weights = grown / np.where(total == 0.0, 1.0, total)
    return weights @ v, weights


# [masked-attention-solution-end]


# [causal-mask-solution]
def visible_keys(t_q, t_k, num_real):
    """Which of ``t_k`` keys each of the last ``t_q`` positions may read."""
    key = np.arange(t_k)
    query = np.arange(t_k - t_q, t_k)  # the last query stands at the last key
    not_later = key <= query[:, None]  # (t_q, t_k)
    return not_later & (key < num_real)


# [causal-mask-solution-end]


# [entropy-solution]
def entropy(weights):
    """How widely each query spreads its attention, in nats."""
    logs = np.log(np.where(weights > 0, weights, 1.0))  # 0 log 0 counts as 0
    return -(weights * logs).sum(axis=-1)


# [entropy-solution-end]


# ---------------------------------------------------------------------- softmax
def share(grown):
    """Divide each row by its sum."""
    return grown / grown.sum(axis=-1, keepdims=True)


def with_eps(grown, eps):
    """Divide each row by its sum and a small number that is meant to be harmless."""
    return grown / (grown.sum(axis=-1, keepdims=True) + eps)


def softmax_cases(seed):
    rng = np.random.default_rng(seed)
    square = rng.standard_normal((5, 5))
    low_row = rng.standard_normal((3, 5)) - [[0.0], [0.0], [800.0]]
    wide = np.array([[1000.0, 999.0, -1000.0, -999.0, -1000.0]] * 2)
    wide[1] = wide[1, ::-1]
    return [
        Case("3 queries, 5 keys", (rng.standard_normal((3, 5)),)),
        Case("5 queries, 5 keys", (rng.standard_normal((5, 5)),)),
        Case("a symmetric table", (square + square.T,)),
        Case("one query, three scores", (np.array([[2.0, 1.0, 0.0]]),)),
        Case("scores near 1000", (rng.standard_normal((3, 5)) + 1000.0,)),
        Case("scores near -1000", (rng.standard_normal((3, 5)) - 1000.0,)),
        Case("one row 800 below the others", (low_row,)),
        Case("1000 and -1000 in one row", (wide,)),
    ]


def softmax_without_keepdims(scores):
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1)


def softmax_of_the_table(scores):
    grown = np.exp(scores - scores.max())
    return grown / grown.sum()


def kept_flat(scores):
    """A softmax whose maximum and sum have both lost their axis."""
    grown = np.exp(scores - scores.max(axis=-1))
    return grown / grown.sum(axis=-1)


LOST_AXIS = (
    "Your sum lost its axis. With as many queries as keys numpy then divides column j "
    "by the sum of row j, and otherwise it stops. `keepdims=True` keeps each sum "
    "beside its own row."
)

SOFTMAX = Exercise(
    id="softmax",
    chapter=CHAPTER,
    title="Softmax, row by row",
    answer=softmax,
    returns={"weights": WEIGHTS},
    cases=softmax_cases,
    mistakes={
        "sm-axis0": Mistake(
            lambda scores: soft(scores, axis=0),
            "Each column of yours sums to 1, so the keys share out the queries. It is "
            "the query that shares out its attention: every row must sum to 1. Which "
            "axis runs along a row?",
        ),
        "sm-all": Mistake(
            softmax_of_the_table,
            "Your whole table sums to 1, so a query gets less attention when there are "
            "more of them. Every row needs a denominator of its own: look at the "
            "`axis` and `keepdims` of your sum.",
        ),
        "sm-nomax": Mistake(
            lambda scores: share(np.exp(scores)),
            "Right for small scores. Near 1000 `exp` overflows to inf and inf/inf is "
            "nan; near -1000 it is 0/0. Subtract each row's largest score first: that "
            "multiplies numerator and denominator by the same number.",
        ),
        "sm-globalmax": Mistake(
            lambda scores: share(np.exp(scores - scores.max())),
            "You subtract the largest score of the whole table. A row that lies 800 "
            "below it becomes exp(-800) = 0 everywhere, and 0/0 is nan. Each row "
            "needs its own maximum.",
        ),
        **{
            f"sm-mean{variant}": Mistake(
                lambda scores, pick=pick: share(np.exp(scores - pick(scores))),
                "You subtract the mean (or the smallest). A score far above it still "
                "overflows; only the largest leaves nothing above 0.",
            )
            for variant, pick in (
                ("", lambda scores: scores.mean(-1, keepdims=True)),
                ("-smallest", lambda scores: scores.min(-1, keepdims=True)),
                ("-table", np.mean),
            )
        },
        **{
            f"sm-hidden{variant}": Mistake(
                lambda scores, eps=eps: with_eps(np.exp(scores), eps),
                "The small number in your denominator hides a 0/0: near -1000 the "
                "weights sum to 0, and near 1000 inf/inf stays nan. Subtract each "
                "row's largest score before `exp` and nothing needs hiding.",
            )
            for variant, eps in (("", 1e-12), ("-1e-8", 1e-8), ("-1e-6", 1e-6))
        },
        **{
            f"sm-eps{variant}": Mistake(
                lambda scores, eps=eps: with_eps(
                    np.exp(scores - scores.max(-1, keepdims=True)), eps
                ),
                "The number added to your denominator protects from nothing: with the "
                "largest score subtracted the sum is at least 1. And it is large "
                "enough to be seen, the rows no longer sum to 1.",
            )
            for variant, eps in (("", 1e-6), ("-1e-5", 1e-5), ("-1e-3", 1e-3))
        },
        "sm-base2": Mistake(
            lambda scores: share(2.0 ** (scores - scores.max(-1, keepdims=True))),
            "You used powers of 2 in place of `exp`. That is a softmax at the "
            "temperature 1/ln 2 = 1.44, flatter than the one asked for.",
        ),
        "sm-negative": Mistake(
            lambda scores: soft(-scores),
            "The order is upside down: the lowest score gets the largest share. There "
            "is no minus sign in a softmax.",
        ),
        "sm-noexp": Mistake(
            share,
            "You divide the raw scores by their sum. A negative score then gives a "
            "negative share, and scores that sum to nearly 0 explode. Make them "
            "positive first: that is what `exp` is for.",
        ),
        "sm-twice": Mistake(
            lambda scores: soft(soft(scores)),
            "Softmax ran twice. The second one sees only numbers between 0 and 1, so "
            "it makes nearly equal shares of them, whatever the scores were.",
        ),
        "sm-log": Mistake(
            lambda scores: np.log(soft(scores)),
            "These are the logarithms of the weights, all negative. `exp` turns them "
            "back; did a log_softmax slip in?",
        ),
        "sm-sigmoid": Mistake(
            lambda scores: 1 / (1 + np.exp(-scores)),
            "This is the sigmoid: it looks at each score alone, so ten good keys would "
            "all get a weight near 1. In a softmax the keys compete, because one sum "
            "divides them all.",
        ),
        "sm-keepdims": Mistake(
            softmax_without_keepdims,
            LOST_AXIS,
        ),
        "sm-keepdims-nomax": Mistake(
            lambda scores: np.exp(scores) / np.exp(scores).sum(axis=-1),
            LOST_AXIS,
        ),
        "sm-keepdims-both": Mistake(
            kept_flat,
            LOST_AXIS,
        ),
        "sm-hardmax": Mistake(
            lambda scores: (scores == scores.max(-1, keepdims=True)).astype(float),
            "You kept only the winner of each row. The soft version gives every key a "
            "share, and only that has a slope to learn from.",
        ),
        "sm-abs": Mistake(
            lambda scores: share(np.abs(scores)),
            "Absolute values make a strongly negative score count as much as a "
            "strongly positive one. A softmax must keep the order of the scores.",
        ),
        "sm-square": Mistake(
            lambda scores: share(scores**2),
            "Squares are positive, but -3 then outweighs 2. A softmax must keep the "
            "order of the scores, which `exp` does.",
        ),
    },
    also_right={
        "another constant subtracted": lambda scores: share(
            np.exp(scores - scores.max(-1, keepdims=True) + 3)
        ),
        "through the logarithm of the sum": lambda scores: np.exp(
            scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)
        ),
        "row by row": lambda scores: np.array([soft(row) for row in scores]),
    },
    hints=(
        "Two steps: make every number positive in a way that keeps their order, then "
        "divide each row by its sum.",
        "`x.sum(axis=-1, keepdims=True)` sums along each row and stays a column, so "
        "that it divides the row it came from.",
        "Adding one number to all scores of a row changes no share. Which number keeps "
        "`np.exp` from ever seeing anything above 0?",
    ),
    question_after=(
        "One question about your function: which of its weights move when 10 is added "
        "to a single score? And when 10 is added to all scores of one row?"
    ),
    answer_after=(
        "One score moves every weight of its row, because they share a sum, and none "
        "of another row. The whole row raised by 10 moves nothing: exp(10) multiplies "
        "above and below the fraction bar."
    ),
)


# ------------------------------------------------------------------ temperature
def temperature_cases(seed):
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((3, 5))
    close = np.array([[1.001, 1.0, 0.999], [-0.001, 0.0, 0.002]])
    return [
        Case("temperature 0.3", (scores, 0.3)),
        Case("temperature 3", (scores + 0.0, 3.0)),
        Case("temperature 1", (scores + 0.0, 1.0)),
        Case("temperature 0.001", (scores + 0.0, 1e-3)),
        Case("three scores, temperature 2", (np.array([[2.0, 1.0, 0.0]]), 2.0)),
        Case("scores near 1000, temperature 1", (scores + 1000.0, 1.0)),
        Case("leads of a thousandth, temperature 0.001", (close, 1e-3)),
        Case("5 queries, 5 keys, temperature 0.3", (rng.normal(size=(5, 5)), 0.3)),
    ]


TEMPERATURE = Exercise(
    id="temperature",
    chapter=CHAPTER,
    title="A dial from sharp to flat",
    answer=softmax_at,
    returns={"weights": WEIGHTS},
    cases=temperature_cases,
    mistakes={
        "T-mul": Mistake(
            lambda scores, temperature: soft(scores * temperature),
            "You multiply by the temperature, so hot comes out sharp. Scores are "
            "divided by it: near 0 the winner takes all, far above 1 the shares "
            "even out.",
        ),
        "T-after": Mistake(
            lambda scores, temperature: soft(scores) / temperature,
            "You divide the weights, after the softmax. They no longer sum to 1, and "
            "their ratios have not changed. Divide the scores instead.",
        ),
        "T-none": Mistake(
            lambda scores, temperature: soft(scores),
            "The temperature has no effect in your program: the weights at 0.3 and at "
            "3 are the same.",
        ),
        "T-sq": Mistake(
            lambda scores, temperature: soft(scores / temperature**2),
            "You divide by the square of the temperature. It has the unit of a score, "
            "like a standard deviation, not like a variance.",
        ),
        "T-root": Mistake(
            lambda scores, temperature: soft(scores / np.sqrt(temperature)),
            "You divide by the square root of the temperature. The root belongs to "
            "the width d_k of the keys; a temperature divides as it is.",
        ),
        "T-power": Mistake(
            lambda scores, temperature: soft(scores) ** (1 / temperature),
            "Raising the weights to the power 1/temperature is right up to the last "
            "step: the rows need to be divided by their sums again.",
        ),
        "T-nomax": Mistake(
            lambda scores, temperature: share(np.exp(scores / temperature)),
            "Right until the temperature is small: a score of 1 divided by 0.001 is "
            "1000, and `exp` overflows. Subtract the row's largest score after "
            "dividing.",
        ),
        "T-max-before": Mistake(
            lambda scores, temperature: share(
                np.exp((scores / temperature) - scores.max(-1, keepdims=True))
            ),
            "You subtract the largest raw score from scores that are already divided. "
            "At temperature 0.001 they stay far above 0 and `exp` overflows. Divide "
            "first, then take the maximum of what you have.",
        ),
        **{
            f"T-floor{variant}": Mistake(
                lambda scores, temperature, least=least: soft(
                    scores / max(temperature, least)
                ),
                "Your temperature stops falling at some value, as with "
                "`max(temperature, 0.01)`. At 0.001 a lead of a thousandth counts as a "
                "lead of 1; the maximum subtracted is all the protection it needs.",
            )
            for variant, least in (
                ("", 0.01),
                ("-0.1", 0.1),
                ("-0.05", 0.05),
                ("-0.005", 0.005),
                ("-0.002", 0.002),
            )
        },
        **{
            f"T-eps{variant}": Mistake(
                lambda scores, temperature, eps=eps: soft(scores / (temperature + eps)),
                "You add a small number to the temperature. It is above 0 already, and "
                "at 0.001 what you add can be seen.",
            )
            for variant, eps in (("", 1e-8), ("-1e-6", 1e-6), ("-1e-3", 1e-3))
        },
        "T-axis": Mistake(
            lambda scores, temperature: soft(scores / temperature, axis=0),
            "The temperature is right; each column of yours sums to 1. It is the query "
            "that shares out its attention: every row must sum to 1.",
        ),
        "T-globalmax": Mistake(
            lambda scores, temperature: share(
                np.exp(scores / temperature - (scores / temperature).max())
            ),
            "You subtract the largest score of the whole table. At temperature 0.001 a "
            "row whose best score is 1 lower lies 1000 below it and becomes 0/0. Each "
            "row needs its own maximum.",
        ),
        "T-keepdims": Mistake(
            lambda scores, temperature: softmax_without_keepdims(scores / temperature),
            LOST_AXIS,
        ),
        "T-keepdims-both": Mistake(
            lambda scores, temperature: kept_flat(scores / temperature), LOST_AXIS
        ),
        "T-negative": Mistake(
            lambda scores, temperature: soft(-scores / temperature),
            "The order is upside down: the lowest score gets the largest share. "
            "Energies in physics carry a minus sign here, scores do not.",
        ),
    },
    also_right={
        "the maximum taken before dividing": lambda scores, temperature: share(
            np.exp((scores - scores.max(-1, keepdims=True)) / temperature)
        ),
        "weights raised to 1/temperature in logarithms": lambda scores, temperature: (
            soft(
                (scores - np.logaddexp.reduce(scores, -1, keepdims=True)) / temperature
            )
        ),
    },
    hints=(
        "The temperature changes the scores, before they become shares.",
        "What should happen to a lead of 2 when the temperature is 2? It should count "
        "as a lead of 1.",
        "Divide the scores by the temperature, then do what your softmax did, the "
        "subtraction of the maximum included.",
    ),
    question_after=(
        "One question about your function: can any temperature above 0 change which "
        "key gets the largest share?"
    ),
    answer_after=(
        "No. Dividing by a number above 0 keeps the order of the scores, and `exp` "
        "keeps it too."
    ),
)


# -------------------------------------------------------------------- attention
def qkv(rng, t_q, t_k, d_k, d_v):
    """Random queries, keys and values."""
    shapes = (t_q, d_k), (t_k, d_k), (t_k, d_v)
    return tuple(rng.standard_normal(shape) for shape in shapes)


def attention_cases(seed):
    rng = np.random.default_rng(seed)
    q, k, v = qkv(rng, 5, 7, 3, 2)
    tiny = np.array([[1.0, 0.0]]), np.eye(2), np.array([[10.0], [20.0]])
    return [
        Case("5 queries, 7 keys, d_k = 3, d_v = 2", (q, k, v)),
        Case("5 of everything", qkv(rng, 5, 5, 5, 5)),
        Case("7 queries, 7 keys", qkv(rng, 7, 7, 3, 2)),
        Case("d_k = 11, d_v = 3", qkv(rng, 5, 7, 11, 3)),
        Case("one query, two keys", tiny),
        Case("scores in the thousands", (q * 3000.0, k + 0.0, v + 0.0)),
    ]


def scores_of(q, k):
    return q @ k.T / np.sqrt(q.shape[-1])


def mix(weights, v):
    return weights @ v, weights


def scaled_by(divisor):
    """Attention whose scores are divided by ``divisor(q, k, v)``."""
    return lambda q, k, v: mix(soft(q @ k.T / divisor(q, k, v)), v)


def distances(q, k):
    return ((q[:, None] - k[None]) ** 2).sum(axis=-1)


def best_key_only(q, k, v):
    scores = q @ k.T
    return mix((scores == scores.max(-1, keepdims=True)).astype(float), v)


def unit(rows):
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def element_by_element(q, k, v):
    weights = soft(q * k / np.sqrt(q.shape[-1]))
    return weights * v, weights


ATTENTION = Exercise(
    id="attention",
    chapter=CHAPTER,
    title="Scaled dot-product attention",
    answer=attention,
    returns={"output": OUTPUT, "weights": WEIGHTS},
    cases=attention_cases,
    mistakes={
        "no-scale": Mistake(
            scaled_by(lambda q, k, v: 1.0),
            "The scores are not divided by √d_k. A dot product of long vectors is "
            "large, so one key would take nearly all the weight and nothing could be "
            "learnt from the others.",
        ),
        "scale-d": Mistake(
            scaled_by(lambda q, k, v: q.shape[-1]),
            "You divide by d_k. For independent entries of variance 1, d_k is the "
            "variance of q·k; its typical size is the standard deviation, √d_k. Yours "
            "are too flat.",
        ),
        "scale-mul": Mistake(
            scaled_by(lambda q, k, v: 1 / np.sqrt(q.shape[-1])),
            "You multiply by √d_k, which makes the weights sharper. The scores should "
            "be calmed: divide. (Code that multiplies does so with d_k ** -0.5.)",
        ),
        "scale-dv": Mistake(
            scaled_by(lambda q, k, v: np.sqrt(v.shape[-1])),
            "You took the width of the values, d_v. The sum in q·k runs over the "
            "entries of a key, so its size depends on d_k.",
        ),
        "scale-tk": Mistake(
            scaled_by(lambda q, k, v: np.sqrt(k.shape[0])),
            "You took the number of keys. The sum in q·k runs over the entries of one "
            "key, `k.shape[-1]`, however many keys there are.",
        ),
        "scale-tq": Mistake(
            scaled_by(lambda q, k, v: np.sqrt(q.shape[0])),
            "You took the number of queries, `q.shape[0]`. How many ask does not "
            "matter; the width of a query does: `q.shape[-1]`.",
        ),
        "scale-prec": Mistake(
            scaled_by(lambda q, k, v: q.shape[-1] ** 1 / 2),
            "`d ** 1/2` means (d ** 1) / 2, because the power comes before the "
            "division. Write `d ** 0.5` or `np.sqrt(d)`. At d = 4 nobody sees the "
            "difference.",
        ),
        "scale-after": Mistake(
            lambda q, k, v: mix(soft(q @ k.T) / np.sqrt(q.shape[-1]), v),
            "You divide the weights by √d_k, after the softmax. Their rows no longer "
            "sum to 1, and they are as sharp as before. Divide the scores.",
        ),
        "scale-output": Mistake(
            lambda q, k, v: (
                soft(q @ k.T) @ v / np.sqrt(q.shape[-1]),
                soft(q @ k.T),
            ),
            "You divide the output by √d_k. That shrinks what is read, while the "
            "scores that decide where to read stay too large. Divide the scores.",
        ),
        "nomax": Mistake(
            lambda q, k, v: mix(share(np.exp(scores_of(q, k))), v),
            "Right for ordinary scores. In the thousands `exp` overflows to inf and "
            "inf/inf is nan. Subtract each row's largest score before `exp`.",
        ),
        "axis-q": Mistake(
            lambda q, k, v: mix(soft(scores_of(q, k), axis=0), v),
            "Your softmax ran down the columns: each key shares itself out among the "
            "queries. Each query, a row, must share out its attention over the keys.",
        ),
        "weights-T": Mistake(
            lambda q, k, v: (soft(scores_of(q, k)).T @ v, soft(scores_of(q, k))),
            "You transposed the weights before using them. (t_q, t_k) @ (t_k, d_v) "
            "fits as it stands: one row of weights, times all values, gives one "
            "output.",
        ),
        "scores-T": Mistake(
            lambda q, k, v: mix(soft(scores_of(k, q)), v),
            "You built the table the other way round, `k @ q.T`: one row per key. "
            "Queries are the rows, so it is `q @ k.T`. With as many queries as keys "
            "the shapes do not tell you.",
        ),
        "value-is-key": Mistake(
            lambda q, k, v: mix(soft(scores_of(q, k)), k),
            "You averaged the keys. A key says what a position can be found by; what "
            "is read there is its value.",
        ),
        "value-is-query": Mistake(
            lambda q, k, v: mix(soft(scores_of(q, k)), q),
            "You averaged the queries. Row i of the weights says how much to take of "
            "each value; the queries have done their part.",
        ),
        "qq": Mistake(
            lambda q, k, v: mix(soft(scores_of(q, q)), v),
            "You compared queries with queries, so the keys are never used. Which "
            "line should mention `k`?",
        ),
        "kk": Mistake(
            lambda q, k, v: mix(soft(scores_of(k, k)), v),
            "You compared keys with keys, so nobody asks: the queries are never used.",
        ),
        "hard": Mistake(
            best_key_only,
            "You took the value of the best key alone. Attention is a weighted mean: "
            "every key contributes its share.",
        ),
        "no-softmax": Mistake(
            lambda q, k, v: mix(scores_of(q, k), v),
            "There is no softmax: your weights are the raw scores, some of them "
            "negative, and a row does not sum to 1.",
        ),
        "l1-norm": Mistake(
            lambda q, k, v: mix(share(scores_of(q, k)), v),
            "You divided the scores by their sum without `exp`. Negative scores then "
            "give negative weights, and a row that sums to nearly 0 explodes.",
        ),
        "reshape-T": Mistake(
            lambda q, k, v: mix(
                soft(q @ k.reshape(k.shape[::-1]) / np.sqrt(q.shape[-1])), v
            ),
            "`reshape` is not the transpose. It reads the numbers row by row and cuts "
            "them anew, so every column mixes several keys. The shape is right, the "
            "keys are not: use `k.T`.",
        ),
        "cosine": Mistake(
            lambda q, k, v: mix(soft(unit(q) @ unit(k).T), v),
            "You used the cosine. The length of a query or a key then has no effect; "
            "in a dot product a long key is a loud key.",
        ),
        "distance": Mistake(
            lambda q, k, v: mix(soft(-distances(q, k) / 2 / np.sqrt(q.shape[-1])), v),
            "You scored by distance. -|q - k|²/2 equals q·k - |q|²/2 - |k|²/2, so it "
            "takes |k|²/2 off every long key, and the dot product does not.",
        ),
        "distance+": Mistake(
            lambda q, k, v: mix(soft(distances(q, k) / np.sqrt(q.shape[-1])), v),
            "The farther the key, the larger your weight: a distance counts against a "
            "key. And the score asked for is the dot product.",
        ),
        "mean": Mistake(
            lambda q, k, v: mix(np.full((len(q), len(k)), 1 / len(k)), v),
            "Every query gets the same plain mean of the values. The scores have no "
            "effect on your weights.",
        ),
        "sum-not-mean": Mistake(
            lambda q, k, v: mix(np.exp(scores_of(q, k)), v),
            "You took `exp` but did not divide by the row's sum. The output grows with "
            "the number of keys instead of staying among the values.",
        ),
        "keepdims": Mistake(
            lambda q, k, v: mix(softmax_without_keepdims(scores_of(q, k)), v),
            LOST_AXIS,
        ),
        "keepdims-both": Mistake(
            lambda q, k, v: mix(kept_flat(scores_of(q, k)), v), LOST_AXIS
        ),
        "swapped": Mistake(
            lambda q, k, v: attention(q, k, v)[::-1],
            "You return weights, output; asked is output, weights.",
        ),
        "elementwise": Mistake(
            element_by_element,
            "`*` multiplies entry by entry, so query i meets only key i. With `@` "
            "every query meets every key.",
        ),
    },
    also_right={
        "queries scaled": lambda q, k, v: mix(soft(q / np.sqrt(q.shape[-1]) @ k.T), v),
        "queries and keys scaled by the fourth root": lambda q, k, v: mix(
            soft((q * q.shape[-1] ** -0.25) @ (k * k.shape[-1] ** -0.25).T), v
        ),
        "a constant added to each row": lambda q, k, v: mix(
            soft(scores_of(q, k) + 7.0), v
        ),
        "einsum": lambda q, k, v: mix(
            soft(np.einsum("qd,kd->qk", q, k) / q.shape[1] ** 0.5), v
        ),
    },
    hints=(
        "Three steps, in this order: scores of every query with every key, a softmax "
        "along each row, a weighted mean of the values.",
        "`q @ k.T` has one row per query and one column per key. Divide it by the "
        "square root of the width of a key, `k.shape[-1]`.",
        "Subtract `scores.max(axis=-1, keepdims=True)` before `np.exp`, divide by the "
        "row sums, and return `weights @ v, weights`.",
    ),
    question_after=(
        "One question about your function: if you change only `k[3]`, which rows of "
        "`weights` move, and which columns? Try it before you decide."
    ),
    answer_after=(
        "Every row and every column. Each query meets key 3, so column 3 changes; each "
        "row is divided by its sum, so its other weights make room. Among themselves "
        "they keep their ratios."
    ),
)


# ------------------------------------------------------------- masked attention
def masked_cases(seed):
    rng = np.random.default_rng(seed)
    q, k, v = qkv(rng, 5, 7, 3, 2)
    padding = np.tile(np.arange(7) < 4, (5, 1))
    dead_row = padding.copy()
    dead_row[2] = False
    irregular = rng.random((5, 7)) < 0.6
    irregular[:, 0] = True
    irregular[:2, 1:3] = [[False, True], [True, False]]
    low_key = np.vstack([np.full((1, 3), -2e4 / np.sqrt(3)), k[1:]])
    only_first = np.tile(np.arange(7) < 1, (5, 1))
    tiny = np.array([[1.0, 0.0]]), np.eye(2), np.array([[10.0], [20.0]])
    causal = np.tril(np.ones((7, 7), dtype=bool))
    return [
        Case("4 of 7 keys are real", (q, k, v, padding)),
        Case("a mask with holes", (q + 0.0, k + 0.0, v + 0.0, irregular)),
        Case("causal, 7 by 7", (*qkv(rng, 7, 7, 3, 2), causal)),
        Case("everything allowed", (q + 0.0, k + 0.0, v + 0.0, padding | True)),
        Case("query 2 may read nothing", (q + 0.0, k + 0.0, v + 0.0, dead_row)),
        Case("one query, two keys", (*tiny, np.array([[True, False]]))),
        Case(
            "the only real key scores -200, -2000 or -20 000",
            (
                np.ones((5, 3)) * [[0.01], [0.1], [1.0], [1.0], [0.0]],
                low_key,
                v + 0.0,
                only_first,
            ),
        ),
        Case(
            "scores in the thousands", (q * 3000.0, k + 0.0, v + 0.0, irregular.copy())
        ),
    ]


def filled_with(number):
    """Attention whose forbidden scores are replaced by ``number``."""
    return lambda q, k, v, mask: mix(soft(np.where(mask, scores_of(q, k), number)), v)


def read_by_anyone(mask):
    return mask.any(axis=0)[:, None]


def late(q, k, mask):
    """Weights that are set to 0 only after the softmax."""
    return soft(scores_of(q, k)) * mask


def row_sums(table):
    return table.sum(axis=-1, keepdims=True)


def renormalised(q, k, v, mask):
    """Softmax first, mask after, then divide by the new sums."""
    scores = scores_of(q, k)
    top = np.where(mask, scores, -np.inf).max(-1, keepdims=True)
    grown = np.exp(np.minimum(scores - np.where(np.isfinite(top), top, 0.0), 600.0))
    kept = grown / grown.sum(-1, keepdims=True) * mask
    total = kept.sum(-1, keepdims=True)
    return mix(kept / np.where(total == 0.0, 1.0, total), v)


def over_queries(scores, mask):
    """A masked softmax down the columns; an empty column gives zeros."""
    return soft(np.where(mask, scores, -1e30), axis=0) * mask


def query_by_query(q, k, v, mask):
    weights = np.zeros((len(q), len(k)))
    for i, allowed in enumerate(mask):
        if allowed.any():
            weights[i, allowed] = soft(scores_of(q[i : i + 1], k[allowed]))[0]
    return mix(weights, v)


def minus_infinity_then_zeros(q, k, v, mask):
    scores = scores_of(q, k) + np.where(mask, 0.0, -np.inf)
    dead = ~mask.any(axis=-1, keepdims=True)
    return mix(np.where(dead, 0.0, soft(np.where(dead, 0.0, scores))), v)


MASKED_ATTENTION = Exercise(
    id="masked-attention",
    chapter=CHAPTER,
    title="Attention with a mask",
    answer=masked_attention,
    returns={"output": OUTPUT, "weights": WEIGHTS},
    cases=masked_cases,
    mistakes={
        "m-inverted": Mistake(
            lambda q, k, v, mask: masked_attention(q, k, v, ~mask),
            "Your mask works the other way round. In this book True means that the "
            "query may attend to the key, as in torch's scaled_dot_product_attention; "
            "nn.MultiheadAttention is the one where True means blocked.",
        ),
        "m-after": Mistake(
            lambda q, k, v, mask: mix(soft(scores_of(q, k)) * mask, v),
            "You set weights to 0 after the softmax, so what is left no longer sums "
            "to 1: the forbidden keys took their share with them. Mask the scores "
            "before the softmax.",
        ),
        **{
            f"m-renormalised{variant}": Mistake(
                lambda q, k, v, mask, total=total: mix(
                    late(q, k, mask) / total(late(q, k, mask)), v
                ),
                "Right on paper. Where forbidden scores are far higher, the allowed "
                "weights are 0 before you divide by their sum. Mask the scores, not "
                "the weights.",
            )
            for variant, total in (
                ("", lambda kept: np.where(row_sums(kept) == 0, 1.0, row_sums(kept))),
                ("-nan", row_sums),
                ("-eps", lambda kept: row_sums(kept) + 1e-12),
                ("-eps-1e-9", lambda kept: row_sums(kept) + 1e-9),
            )
        },
        "m-swapped": Mistake(
            lambda q, k, v, mask: masked_attention(q, k, v, mask)[::-1],
            "You return weights, output; asked is output, weights.",
        ),
        "m-zero": Mistake(
            filled_with(0.0),
            "A forbidden score of 0 is not nothing: exp(0) = 1, and that beats every "
            "negative score. (-1e-9, a slip for -1e9, does the same.) Only -inf "
            "becomes a weight of 0.",
        ),
        "m-zero-k": Mistake(
            lambda q, k, v, mask: mix(soft(scores_of(q, k * read_by_anyone(mask))), v),
            "You zeroed the forbidden keys. Their score is then 0, exp(0) = 1, and "
            "they are still read.",
        ),
        "m-zero-v": Mistake(
            lambda q, k, v, mask: (
                soft(scores_of(q, k)) @ (v * read_by_anyone(mask)),
                soft(scores_of(q, k)),
            ),
            "You zeroed the forbidden values. Their weight stays in the denominator, "
            "so every output is shrunk towards 0.",
        ),
        **{
            f"m-fill-small{variant}": Mistake(
                filled_with(fill),
                "Your number for forbidden scores is not low enough. It only weakens a "
                "key, which is still read where the allowed scores are low. Use -inf.",
            )
            for variant, fill in (("", -10.0), ("-100", -100.0), ("-1000", -1000.0))
        },
        "m-fill-1e4": Mistake(
            filled_with(-1e4),
            "It looks right, but a real score below -10 000 loses against your mask "
            "(a model once learnt to look ahead that way). Use -inf.",
        ),
        "m-fill-1e9": Mistake(
            filled_with(-1e9),
            "Right except for the query that may read nothing: your empty row comes "
            "out as even shares of forbidden keys (as it does when all its scores tie "
            "at one fill value). Here such a row is all zeros.",
        ),
        "m-add-1e9": Mistake(
            lambda q, k, v, mask: mix(
                soft(scores_of(q, k) + np.where(mask, 0, -1e9)), v
            ),
            "Right except for the query that may read nothing: -1e9 is then added to "
            "all its scores alike, and a softmax does not see what is added to all. "
            "Here such a row is all zeros.",
        ),
        "m-inf": Mistake(
            lambda q, k, v, mask: mix(
                soft(np.where(mask, scores_of(q, k), -np.inf)), v
            ),
            "Right except for the query that may read nothing: its row is all -inf, "
            "the sum is 0, and 0/0 is nan. Here such a row is all zeros; where would "
            "you catch it?",
        ),
        "m-plusinf": Mistake(
            filled_with(np.inf),
            "You filled with +inf, so the forbidden keys take everything (and inf/inf "
            "is nan). The sign must be minus.",
        ),
        "m-0timesinf": Mistake(
            lambda q, k, v, mask: mix(soft(scores_of(q, k) + (1 - mask) * -np.inf), v),
            "0 · -inf is nan, so the allowed cells became nan too. Choose with "
            "`np.where(mask, scores, -np.inf)` instead of multiplying.",
        ),
        "m-double": Mistake(
            lambda q, k, v, mask: mix(
                soft(np.where(mask, soft(scores_of(q, k)), -np.inf)), v
            ),
            "Softmax ran twice, before the mask and after it. The second one sees "
            "numbers between 0 and 1 and makes them nearly equal.",
        ),
        "m-add-bool": Mistake(
            lambda q, k, v, mask: mix(soft(scores_of(q, k) + mask), v),
            "You added the mask itself: True counts as 1, so allowed keys get a bonus "
            "of 1 and forbidden ones are still read. True must add 0, and False -inf.",
        ),
        "m-times-inf-scores": Mistake(
            lambda q, k, v, mask: mix(
                soft(np.where(mask, scores_of(q, k), scores_of(q, k) * 1e9)), v
            ),
            "You multiplied the forbidden scores by a large number. That silences the "
            "negative ones and makes the positive ones win everything.",
        ),
        "m-ignored": Mistake(
            lambda q, k, v, mask: mix(soft(scores_of(q, k)), v),
            "The mask has no effect in your program: forbidden keys keep the weight "
            "they would have without it.",
        ),
        "m-T": Mistake(
            lambda q, k, v, mask: masked_attention(q, k, v, mask.T),
            "You used the mask transposed. Rows are queries and columns are keys, in "
            "the mask as in the scores.",
        ),
        "m-noscale": Mistake(
            lambda q, k, v, mask: masked_attention(
                q * np.sqrt(q.shape[-1]), k, v, mask
            ),
            "The mask is right; the scores are not divided by √d_k.",
        ),
        "m-axis-q": Mistake(
            lambda q, k, v, mask: mix(over_queries(scores_of(q, k), mask), v),
            "The mask is right, but your softmax ran down the columns, over the "
            "queries. Each row must sum to 1 (or to 0 where nothing may be read).",
        ),
        "m-axis-q-nan": Mistake(
            lambda q, k, v, mask: mix(
                soft(np.where(mask, scores_of(q, k), -np.inf), axis=0), v
            ),
            "Your softmax ran down the columns, over the queries, so a key that nobody "
            "may read becomes 0/0 = nan. Each row must sum to 1 (or to 0 where "
            "nothing may be read).",
        ),
    },
    also_right={
        "one query at a time, allowed keys only": query_by_query,
        "mask after the softmax, then renormalise": renormalised,
        "-inf added, dead rows zeroed": minus_infinity_then_zeros,
        "a very low number, dead rows zeroed": lambda q, k, v, mask: mix(
            soft(np.where(mask, scores_of(q, k), -1e30)) * mask, v
        ),
    },
    hints=(
        "A key must not be read: which score gives the weight exp(score) = 0?",
        "`np.where(mask, scores, -np.inf)` before the softmax. Then look at a row of "
        "the mask that is False everywhere: what is its maximum, and its sum?",
        "In a row of nothing but -inf, subtract 0 in place of the maximum and divide "
        "by 1 in place of the sum: exp(-inf) = 0 does the rest.",
    ),
    question_after=(
        "One question about your function: add 5 to every value that a query may not "
        "read. Which outputs move? If the answer is none, your mask does its work."
    ),
    answer_after=("None. Their weights are exactly 0, and 0 times any number is 0."),
)


# ------------------------------------------------------------------ causal mask
def causal_cases(seed):
    del seed  # sizes, not numbers: nothing here is random
    return [
        Case("last 3 of 7 positions, 6 real", (3, 7, 6)),
        Case("7 of 7, all real", (7, 7, 7)),
        Case("7 of 7, 5 real", (7, 7, 5)),
        Case("the last of 7, all real", (1, 7, 7)),
        Case("2 of 2, all real", (2, 2, 2)),
    ]


def lower_left(t_q, t_k, shift=0):
    return np.tril(np.ones((t_q, t_k), dtype=bool), t_k - t_q + shift)


def is_real(t_k, num_real):
    return np.arange(t_k)[None] < num_real


CAUSAL_MASK = Exercise(
    id="causal-mask",
    chapter=CHAPTER,
    title="Who may read what",
    answer=visible_keys,
    returns={"mask": "may query {0}, counted from the first new one, read key {1}?"},
    cases=causal_cases,
    mistakes={
        "c-topleft": Mistake(
            lambda t_q, t_k, n: np.tril(np.ones((t_q, t_k), bool)) & is_real(t_k, n),
            "You lined up the first query with the first key. When old keys are kept, "
            "a new query would see only the oldest of them. The last query belongs "
            "beside the last key.",
        ),
        "c-topleft-nopad": Mistake(
            lambda t_q, t_k, n: np.tril(np.ones((t_q, t_k), bool)),
            "Two things are missing. The first query is lined up with the first key, "
            "where the last belongs beside the last: `np.tril` takes the shift "
            "`t_k - t_q`. And the padding can be read: `num_real` has no effect.",
        ),
        "c-real-positions": Mistake(
            lambda t_q, t_k, n: np.arange(t_k) <= np.arange(n - t_q, n)[:, None],
            "You counted the queries back from the last real key. They are the last "
            "t_q of all t_k positions, padding included; only the keys are cut off at "
            "`num_real`.",
        ),
        "c-strict": Mistake(
            lambda t_q, t_k, n: lower_left(t_q, t_k, -1) & is_real(t_k, n),
            "In yours a position may not read itself, so the very first may read "
            "nothing. It knows its own word already: to predict the next one it may "
            "look at it.",
        ),
        "c-peek": Mistake(
            lambda t_q, t_k, n: lower_left(t_q, t_k, 1) & is_real(t_k, n),
            "Each position sees one position of the future, which is the word it is "
            "to predict. The training loss would look wonderful and the model would "
            "know nothing.",
        ),
        "c-triu": Mistake(
            lambda t_q, t_k, n: ~lower_left(t_q, t_k, -1) & is_real(t_k, n),
            "You kept the future and hid the past. Above the diagonal is what comes "
            "later; np.tril keeps what lies below.",
        ),
        "c-inverted": Mistake(
            lambda t_q, t_k, n: ~(lower_left(t_q, t_k) & is_real(t_k, n)),
            "Every entry is the opposite of what it should be. Here True means that "
            "the query may read the key.",
        ),
        "c-or": Mistake(
            lambda t_q, t_k, n: lower_left(t_q, t_k) | is_real(t_k, n),
            "You joined the two conditions with or. A key must be real and must not "
            "lie in the future: `&`.",
        ),
        "c-nopad": Mistake(
            lambda t_q, t_k, n: lower_left(t_q, t_k),
            "The padding can still be read. Being in the past does not make a key "
            "real: `num_real` has no effect in yours.",
        ),
        "c-nocausal": Mistake(
            lambda t_q, t_k, n: np.repeat(is_real(t_k, n), t_q, axis=0),
            "The future can still be read. You hid the padding, and every query sees "
            "the same keys.",
        ),
        "c-padrows": Mistake(
            lambda t_q, t_k, n: (
                lower_left(t_q, t_k)
                & is_real(t_k, n)
                & (np.arange(t_k - t_q, t_k)[:, None] < n)
            ),
            "You also emptied the rows of padded queries. Only keys are hidden; what "
            "a padded query reads harms nobody, and an empty row is a trap (0/0).",
        ),
        "c-off-by-one-real": Mistake(
            lambda t_q, t_k, n: lower_left(t_q, t_k) & is_real(t_k, n + 1),
            "One padding key is still allowed. Counted from 0, the real keys are 0 to "
            "num_real - 1: compare with `<`, not `<=`.",
        ),
        "c-leftpad": Mistake(
            lambda t_q, t_k, n: lower_left(t_q, t_k) & is_real(t_k, n)[:, ::-1],
            "You hid the first positions instead of the last: here the padding stands "
            "at the end, after the real keys.",
        ),
        "c-additive": Mistake(
            lambda t_q, t_k, n: np.where(
                lower_left(t_q, t_k) & is_real(t_k, n), 0.0, -np.inf
            ),
            "This is the mask in its additive form, 0 and -inf, ready to be added to "
            "scores. Asked for is who may read whom, as True and False.",
        ),
    },
    also_right={
        "np.tril": lambda t_q, t_k, n: lower_left(t_q, t_k) & is_real(t_k, n),
        "the last rows of the square mask": lambda t_q, t_k, n: (
            lower_left(t_k, t_k)[t_k - t_q :] & is_real(t_k, n)
        ),
        "two loops": lambda t_q, t_k, n: np.array(
            [[j <= t_k - t_q + i and j < n for j in range(t_k)] for i in range(t_q)]
        ),
    },
    hints=(
        "Give every key its position, 0 to t_k - 1. At which positions do the t_q "
        "queries stand, if they are the last ones?",
        "Query i stands at position t_k - t_q + i. It may read keys whose position is "
        "at most that, and only real ones.",
        "`np.arange(t_k) <= positions[:, None]` compares every query with every key at "
        "once; join the second condition with `&`.",
    ),
    question_after=(
        "One question about your mask: how many True entries does it hold for 7 of 7 "
        "positions, all real? Say it before you call `.sum()`."
    ),
    answer_after="28: the first row holds 1, the next 2, and so on up to 7.",
)


# ---------------------------------------------------------------------- entropy
def entropy_cases(seed):
    rng = np.random.default_rng(seed)
    tiny = np.array([[1 - 1e-6, 1e-6, 0.0], [0.25, 0.25, 0.5]])
    return [
        Case("3 queries, 5 keys", (soft(rng.standard_normal((3, 5))),)),
        Case("5 queries, 5 keys", (soft(rng.standard_normal((5, 5))),)),
        Case("weights that are exactly 0", (np.array([[0.5, 0.5, 0.0], [1.0, 0, 0]]),)),
        Case("even shares of 4", (np.full((1, 4), 0.25),)),
        Case("a weight of a millionth", (tiny,)),
    ]


def plogp(weights, log=np.log):
    return weights * log(np.where(weights > 0, weights, 1.0))


ENTROPY = Exercise(
    id="entropy",
    chapter=CHAPTER,
    title="How widely does a query look?",
    answer=entropy,
    returns={"spread": "how widely does query {0} spread its attention?"},
    cases=entropy_cases,
    mistakes={
        "en-log2": Mistake(
            lambda weights: -plogp(weights, np.log2).sum(-1),
            "You measured in bits. Nats are asked for, the natural logarithm: the "
            "same spread times ln 2 = 0.693.",
        ),
        "en-log10": Mistake(
            lambda weights: -plogp(weights, np.log10).sum(-1),
            "You took the logarithm to base 10. Nats are asked for, the natural "
            "logarithm: the same spread times ln 10 = 2.303.",
        ),
        **{
            f"en-clip{variant}": Mistake(
                lambda weights, least=least: (
                    -(weights * np.log(np.clip(weights, least, 1))).sum(-1)
                ),
                "You raise small weights before the logarithm, and yours raises some "
                "that are not 0: a weight of a millionth has a term of its own. "
                "Replace only the zeros.",
            )
            for variant, least in (("", 1e-3), ("-1e-2", 1e-2), ("-1e-4", 1e-4))
        },
        **{
            f"en-raised{variant}": Mistake(
                lambda weights, least=least: -plogp(np.clip(weights, least, 1)).sum(-1),
                "You raise every 0 to a small number and then count it: each adds a "
                "little spread where there is none. A key of weight 0 must add 0.",
            )
            for variant, least in (("", 1e-3), ("-1e-6", 1e-6), ("-1e-7", 1e-7))
        },
        "en-nan": Mistake(
            lambda weights: -(weights * np.log(weights)).sum(-1),
            "Right until a weight is exactly 0, as every masked key's is: log 0 is "
            "-inf and 0 · -inf is nan. The term 0 log 0 counts as 0.",
        ),
        **{
            f"en-eps{variant}": Mistake(
                lambda weights, eps=eps: -(weights * np.log(weights + eps)).sum(-1),
                "You avoid log 0 by adding a small number, which also shifts every "
                "other term, and yours is large enough to be seen. Replace only the "
                "zeros.",
            )
            for variant, eps in (
                ("", 1e-3),
                ("-1e-4", 1e-4),
                ("-1e-5", 1e-5),
                ("-1e-6", 1e-6),
            )
        },
        "en-sign": Mistake(
            lambda weights: plogp(weights).sum(-1),
            "The sign is missing: logarithms of shares are negative, and a spread is "
            "not.",
        ),
        "en-axis": Mistake(
            lambda weights: -plogp(weights).sum(0),
            "You summed over the queries and got one number per key. Each query has "
            "one entropy: sum along its row.",
        ),
        "en-mean": Mistake(
            lambda weights: -plogp(weights).mean(-1),
            "You took the mean over the keys. Entropy is a sum; the weights do the "
            "averaging already.",
        ),
        "en-norm": Mistake(
            lambda weights: -plogp(weights).sum(-1) / np.log(weights.shape[-1]),
            "You divided by log n, which gives a number from 0 to 1. Asked for is the "
            "entropy itself: for n even shares it is log n.",
        ),
        "en-all": Mistake(
            lambda weights: -plogp(weights).sum(),
            "You got one number for the whole table. Every query has an entropy of its "
            "own. (`weights[weights > 0]` forgets the rows: it makes one long line of "
            "what it keeps.)",
        ),
        "en-table": Mistake(
            lambda weights: -plogp(weights),
            "These are the terms -w log w, one per key. The entropy of a query is "
            "their sum.",
        ),
        "en-nolog": Mistake(
            lambda weights: 1 - (weights**2).sum(-1),
            "This is another measure of spread (one minus the sum of squares). "
            "Entropy has a logarithm in it: even shares of n keys give log n.",
        ),
        "en-exp": Mistake(
            lambda weights: np.exp(-plogp(weights).sum(-1)),
            "This is exp of the entropy, the number of keys a query effectively looks "
            "at. A good number to know; asked for is its logarithm.",
        ),
    },
    also_right={
        "tiny number inside the logarithm": lambda weights: (
            -(weights * np.log(weights + 1e-300)).sum(-1)
        ),
        "logarithm of 1/w": lambda weights: np.where(
            weights > 0, weights * np.log(1 / np.where(weights > 0, weights, 1)), 0
        ).sum(-1),
    },
    hints=(
        "Minus the sum of w log w, over the keys of one query.",
        "For weights that are exactly 0 the product is nan on the machine, though its "
        "limit is 0. Which harmless number could stand inside the logarithm there?",
        "`np.log(np.where(weights > 0, weights, 1.0))`: log 1 = 0, and 0 · 0 = 0.",
    ),
    question_after=(
        "One question about your numbers: what is the largest entropy that a query "
        "over 7 keys can have, and which weights reach it?"
    ),
    answer_after="Seven even shares of 1/7 reach it: log 7 = 1.946 nats.",
)

EXERCISES = (SOFTMAX, TEMPERATURE, ATTENTION, MASKED_ATTENTION, CAUSAL_MASK, ENTROPY)
