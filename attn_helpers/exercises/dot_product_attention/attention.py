"""Scaled dot-product attention."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.dot_product_attention.programs import (
    HALF_D,
    LOST_AXIS,
    LOST_PEAK,
    NO_PEAK,
    NOT_THE_PEAK,
    OUTPUT,
    PEAK_OF_THE_TABLE,
    TWICE_D,
    WHOLE_SUM,
    kept_flat,
    less,
    mix,
    over_the_table,
    own_peak,
    qkv,
    row_mean,
    scores_of,
    share,
    smallest,
    softmax_with_a_flat_peak,
    softmax_without_keepdims,
)
from attn_helpers.exercises.programs import WEIGHTS, soft


def attention(q, k, v):
    """Mix the rows of ``v`` by how well each query matches each key."""
    scores = q @ k.T / np.sqrt(q.shape[-1])  # (t_q, t_k)
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return weights @ v, weights


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
        Case("5 queries, one key, d_k = 1", qkv(rng, 5, 1, 1, 2)),
        Case("17 queries, 19 keys, d_k = 13, d_v = 11", qkv(rng, 17, 19, 13, 11)),
        Case("scores in the thousands", (q * 3000.0, k + 0.0, v + 0.0)),
        Case("rows thousands apart, two keys ahead", steep(rng)),
    ]


def steep(rng):
    """Rows that lie thousands apart, two keys ahead of all others."""
    q, k, v = qkv(rng, 5, 7, 3, 2)
    q[:, 0], k[:, 0] = [0.0, 500.0, 1000.0, 2000.0, 2000.0], 1.0
    k[[2, 5], 0] = 2.0, 1.9999
    return q * np.sqrt(3), k, v


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


EXERCISE = Exercise(
    title="Scaled dot-product attention",
    answer=attention,
    returns={"output": OUTPUT, "weights": WEIGHTS},
    cases=attention_cases,
    mistakes={
        "no-scale": Mistake(
            scaled_by(lambda q, k, v: 1.0),
            "Your scores are too large by √d_k. A dot product of long vectors is large "
            "by itself, so one key would take nearly all the weight and nothing could "
            "be learnt from the others. Divide.",
        ),
        "scale-d": Mistake(
            scaled_by(lambda q, k, v: q.shape[-1]),
            "Your scores are divided by d_k. For independent entries of variance 1, "
            "d_k is the variance of q·k; its typical size is the standard deviation, "
            "√d_k. Yours are too flat.",
        ),
        "scale-mul": Mistake(
            scaled_by(lambda q, k, v: 1 / np.sqrt(q.shape[-1])),
            "Your scores are multiplied by √d_k, which makes the weights sharper. They "
            "should be calmed: divide. (Code that multiplies does so with "
            "d_k ** -0.5.)",
        ),
        "scale-dv": Mistake(
            scaled_by(lambda q, k, v: np.sqrt(v.shape[-1])),
            "Your scores are divided by √d_v, from the width of the values. The sum in "
            "q·k runs over the entries of a key, so its size depends on d_k.",
        ),
        "scale-tk": Mistake(
            scaled_by(lambda q, k, v: np.sqrt(k.shape[0])),
            "Your scores are divided by the root of the number of keys. The sum in q·k "
            "runs over the entries of one key, `k.shape[-1]`, however many keys there "
            "are.",
        ),
        "scale-tq": Mistake(
            scaled_by(lambda q, k, v: np.sqrt(q.shape[0])),
            "Your scores are divided by the root of the number of queries. How many "
            "ask does not matter; the width of a query does: `q.shape[-1]`.",
        ),
        "scale-prec": Mistake(scaled_by(lambda q, k, v: q.shape[-1] ** 1 / 2), HALF_D),
        "scale-open": Mistake(scaled_by(lambda q, k, v: 2 * q.shape[-1]), TWICE_D),
        "scale-after": Mistake(
            lambda q, k, v: mix(soft(q @ k.T) / np.sqrt(q.shape[-1]), v),
            "The rows of your weights sum to 1/√d_k, and are as sharp as those of "
            "unscaled scores: so it is when the weights are divided, after the "
            "softmax. Divide the scores.",
        ),
        "scale-output": Mistake(
            lambda q, k, v: (
                soft(q @ k.T) @ v / np.sqrt(q.shape[-1]),
                soft(q @ k.T),
            ),
            "Your output is divided by √d_k. That shrinks what is read, while the "
            "scores that decide where to read stay too large. Divide the scores.",
        ),
        "nomax": Mistake(
            lambda q, k, v: mix(share(np.exp(scores_of(q, k))), v), NO_PEAK
        ),
        **{
            f"peak{variant}": Mistake(
                lambda q, k, v, pick=pick: mix(share(less(scores_of(q, k), pick)), v),
                NOT_THE_PEAK,
            )
            for variant, pick in (("", row_mean), ("-smallest", smallest))
        },
        "peak-of-the-table": Mistake(
            lambda q, k, v: mix(share(less(scores_of(q, k), np.max)), v),
            PEAK_OF_THE_TABLE,
        ),
        **{
            f"whole-sum{variant}": Mistake(
                lambda q, k, v, pick=pick: mix(
                    over_the_table(less(scores_of(q, k), pick)), v
                ),
                WHOLE_SUM,
            )
            for variant, pick in (
                ("", np.max),
                ("-nomax", lambda scores: 0.0),
                ("-rows", own_peak),
            )
        },
        "axis-q": Mistake(
            lambda q, k, v: mix(soft(scores_of(q, k), axis=0), v),
            "Each column of your weights sums to 1: each key shares itself out among "
            "the queries. Each query, a row, must share out its attention over the "
            "keys.",
        ),
        "weights-T": Mistake(
            lambda q, k, v: (soft(scores_of(q, k)).T @ v, soft(scores_of(q, k))),
            "Your weights are right, and mix the values transposed. "
            "(t_q, t_k) @ (t_k, d_v) fits as it stands: one row of weights, times all "
            "values, gives one output.",
        ),
        "scores-T": Mistake(
            lambda q, k, v: mix(soft(scores_of(k, q)), v),
            "Your table has one row per key, as `k @ q.T` has. Queries are the rows, "
            "so it is `q @ k.T`. With as many queries as keys the shapes do not tell "
            "you.",
        ),
        "value-is-key": Mistake(
            lambda q, k, v: mix(soft(scores_of(q, k)), k),
            "What you mix are the keys. A key says what a position can be found by; "
            "what is read there is its value.",
        ),
        "value-is-query": Mistake(
            lambda q, k, v: mix(soft(scores_of(q, k)), q),
            "What you mix are the queries. Row i of the weights says how much to take "
            "of each value; the queries have done their part.",
        ),
        "qq": Mistake(
            lambda q, k, v: mix(soft(scores_of(q, q)), v),
            "In your scores queries meet queries: `k` has no effect. Which line should "
            "mention it?",
        ),
        "kk": Mistake(
            lambda q, k, v: mix(soft(scores_of(k, k)), v),
            "In your scores keys meet keys, so nobody asks: `q` has no effect.",
        ),
        "hard": Mistake(
            best_key_only,
            "Yours is the value of the best key alone. Attention is a weighted mean: "
            "every key contributes its share.",
        ),
        "no-softmax": Mistake(
            lambda q, k, v: mix(scores_of(q, k), v),
            "Your weights are the raw scores, some of them negative, and a row does "
            "not sum to 1: the softmax is missing.",
        ),
        "l1-norm": Mistake(
            lambda q, k, v: mix(share(scores_of(q, k)), v),
            "Your weights are the scores over their sum, without `exp`. Negative "
            "scores then give negative weights, and a row that sums to nearly 0 "
            "explodes.",
        ),
        "reshape-T": Mistake(
            lambda q, k, v: mix(
                soft(q @ k.reshape(k.shape[::-1]) / np.sqrt(q.shape[-1])), v
            ),
            "In your scores every column mixes several keys, as `reshape` makes them: "
            "it is not the transpose, but reads the numbers row by row and cuts them "
            "anew. The shape is right, the keys are not: use `k.T`.",
        ),
        "cosine": Mistake(
            lambda q, k, v: mix(soft(unit(q) @ unit(k).T), v),
            "Your scores are cosines: the length of a query or a key has no effect. In "
            "a dot product a long key is a loud key.",
        ),
        "distance": Mistake(
            lambda q, k, v: mix(soft(-distances(q, k) / 2 / np.sqrt(q.shape[-1])), v),
            "Your scores are distances. -|q - k|²/2 equals q·k - |q|²/2 - |k|²/2, so "
            "it takes |k|²/2 off every long key, and the dot product does not.",
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
            "Your weights are the exponentials of the scores, not divided by the row's "
            "sum. The output grows with the number of keys instead of staying among "
            "the values.",
        ),
        "sum-not-mean-peak": Mistake(
            lambda q, k, v: mix(less(scores_of(q, k), own_peak), v),
            "The best key of each row gets the weight 1, and the others come on top. "
            "One step is left: divide each row by its sum.",
        ),
        "keepdims": Mistake(
            lambda q, k, v: mix(softmax_without_keepdims(scores_of(q, k)), v),
            LOST_AXIS,
        ),
        "keepdims-both": Mistake(
            lambda q, k, v: mix(kept_flat(scores_of(q, k)), v), LOST_AXIS
        ),
        "keepdims-peak": Mistake(
            lambda q, k, v: mix(softmax_with_a_flat_peak(scores_of(q, k)), v),
            LOST_PEAK,
        ),
        "swapped": Mistake(
            lambda q, k, v: attention(q, k, v)[::-1],
            "The two results have changed places: asked is output, weights.",
        ),
        "elementwise": Mistake(
            element_by_element,
            "Query i meets only key i in yours, or nothing fits: `*` multiplies entry "
            "by entry. With `@` every query meets every key.",
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
