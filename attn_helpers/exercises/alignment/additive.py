"""Bahdanau's score, for all queries at once."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import WEIGHTS, soft


def additive_attention(q, k, v, w_q, w_k, w_out):
    """Score every pair with a small network, share out, mix the values."""
    hidden = np.tanh((q @ w_q)[:, None, :] + (k @ w_k)[None, :, :])  # (t_q, t_k, d)
    scores = hidden @ w_out  # (t_q, t_k)
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return weights @ v, weights


def additive_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, t_q, t_k, sizes, scale=1.0, loud=1.0):
        d_q, d_k, d_v, d = sizes
        shapes = [(t_q, d_q), (t_k, d_k), (t_k, d_v), (d_q, d), (d_k, d), (d,)]
        q, k, v, w_q, w_k, w_out = (rng.normal(size=shape) for shape in shapes)
        return Case(name, (q, k, v, w_q * scale, w_k * scale, w_out * loud))

    return [
        case("5 queries of 3, 7 keys of 2, 11 hidden", 5, 7, (3, 2, 4, 11)),
        case("every size 5", 5, 5, (5, 5, 5, 5)),
        case("every size 5, other numbers", 5, 5, (5, 5, 5, 5)),
        case("one key", 3, 1, (2, 3, 1, 5)),
        case("11 queries, 13 keys, 17 hidden", 11, 13, (10, 12, 9, 17), scale=0.2),
        Case("scores 2000 apart, in a row and between rows", far_apart(rng)),
        case("one query", 1, 7, (3, 2, 4, 6)),
        case("small weights", 5, 7, (3, 2, 4, 6), scale=0.1),
        case("large w_out", 3, 7, (3, 2, 4, 6), loud=1e5),
    ]


def far_apart(rng):
    """One hidden entry parts the keys, one the queries; lost keys hold loud values."""
    q, k, w_q, w_k = (
        rng.normal(size=size) for size in ((4, 3), (6, 3), (3, 5), (3, 5))
    )
    q[:, 0], w_q[0] = (9.0, 9.0, -9.0, 9.0), 9.0 * np.eye(5)[1]
    k[:, 0], w_k[0] = (-9.0, 9.0, -9.0, 9.0, 9.0, -9.0), 9.0 * np.eye(5)[0]
    w_q[1:, :2], w_k[1:, :2] = 0.0, 0.0
    v = np.where(k[:, :1] < 0, 1e30, rng.normal(size=(6, 2)))
    return q, k, v, w_q, w_k, np.array([1000.0, 1000.0, 1.0, -1.0, 2.0])


def pairs_of(q, k, w_q, w_k):
    return (q @ w_q)[:, None] + (k @ w_k)[None]


def additive_with(score, normalise=soft):
    """Attention with another score, or another way to share out."""

    def program(q, k, v, w_q, w_k, w_out):
        weights = normalise(score(q, k, w_q, w_k, w_out))
        return weights @ v, weights

    return program


def additive_scores(q, k, w_q, w_k, w_out):
    return np.tanh(pairs_of(q, k, w_q, w_k)) @ w_out


def pair_by_pair(q, k, v, w_q, w_k, w_out):
    output, weights = np.zeros((len(q), v.shape[-1])), np.zeros((len(q), len(k)))
    for i, query in enumerate(q):
        scores = [w_out @ np.tanh(query @ w_q + key @ w_k) for key in k]
        weights[i] = soft(np.array(scores))
        output[i] = sum(w * value for w, value in zip(weights[i], v, strict=True))
    return output, weights


def concatenated(q, k, v, w_q, w_k, w_out):
    both = np.concatenate(
        [np.repeat(q[:, None], len(k), 1), np.repeat(k[None], len(q), 0)], axis=-1
    )
    weights = soft(np.tanh(both @ np.concatenate([w_q, w_k])) @ w_out)
    return weights @ v, weights


NO_QUERY = (
    "Your weights do not depend on the query: every query reads the same. The tanh has "
    "to go round the sum of both, `q @ w_q` and `k @ w_k`. Outside it the query adds "
    "the same number to the whole row, and softmax takes that away."
)


def additive_without_query(q, k, w_q, w_k, w_out):
    return np.repeat((np.tanh(k @ w_k) @ w_out)[None], len(q), 0)


def additive_without_tanh(q, k, w_q, w_k, w_out):
    return pairs_of(q, k, w_q, w_k) @ w_out


def additive_two_tanhs(q, k, w_q, w_k, w_out):
    return (np.tanh(q @ w_q)[:, None] + np.tanh(k @ w_k)[None]) @ w_out


def hands_out_the_scores(q, k, v, w_q, w_k, w_out):
    scores = additive_scores(q, k, w_q, w_k, w_out)
    return soft(scores) @ v, scores


def mixes_the_keys(q, k, v, w_q, w_k, w_out):
    weights = soft(additive_scores(q, k, w_q, w_k, w_out))
    return weights @ k, weights


EXERCISE = Exercise(
    title="Bahdanau's score, for all queries at once",
    answer=additive_attention,
    returns={"output": "what should query {0} read in entry {1}?", "weights": WEIGHTS},
    cases=additive_cases,
    mistakes={
        **{
            f"b-no-query{variant}": Mistake(additive_with(score), NO_QUERY)
            for variant, score in (
                ("", additive_without_query),
                ("-no-tanh", additive_without_tanh),
                ("-two-tanhs", additive_two_tanhs),
            )
        },
        "b-tanh-outside": Mistake(
            additive_with(
                lambda q, k, w_q, w_k, w_out: np.tanh(pairs_of(q, k, w_q, w_k) @ w_out)
            ),
            "Your scores stay between -1 and 1, as with a tanh round the finished "
            "score. It belongs on the hidden vector, before `w_out`.",
        ),
        "b-no-w-out": Mistake(
            additive_with(
                lambda q, k, w_q, w_k, w_out: np.tanh(pairs_of(q, k, w_q, w_k)).sum(-1)
            ),
            "The entries of your hidden vector all count alike: `w_out` has no effect. "
            "It says how much each of them counts, and in which direction.",
        ),
        "b-axis": Mistake(
            additive_with(additive_scores, normalise=lambda scores: soft(scores, 0)),
            "Each column of your weights sums to 1. A query shares out its attention "
            "over the keys, so rows do: axis -1.",
        ),
        "b-all": Mistake(
            additive_with(additive_scores, normalise=lambda scores: soft(scores, None)),
            "Your whole table of weights sums to 1. Each query has a full share to "
            "give, so every row is divided by its own sum.",
        ),
        "b-blind": Mistake(
            additive_with(
                lambda q, k, w_q, w_k, w_out: np.repeat(
                    (np.tanh(q @ w_q) @ w_out)[:, None], len(k), 1
                )
            ),
            "Your scores never look at the keys: every key of a row gets the same "
            "weight, and the output is the plain mean of the values.",
        ),
        "b-mul": Mistake(
            additive_with(
                lambda q, k, w_q, w_k, w_out: (
                    np.tanh((q @ w_q)[:, None] * (k @ w_k)[None]) @ w_out
                )
            ),
            "The two projections are multiplied in yours. Additive means that they are "
            "added.",
        ),
        "b-dot": Mistake(
            additive_with(lambda q, k, w_q, w_k, w_out: (q @ w_q) @ (k @ w_k).T),
            "Your scores are dot products of the projections. Here they are added, "
            "bent by a tanh, and weighed by `w_out`.",
        ),
        "b-scores": Mistake(
            hands_out_the_scores,
            "Your output is right, but beside it you return the scores. Return the "
            "weights, which the softmax makes of them.",
        ),
        "b-relu": Mistake(
            additive_with(
                lambda q, k, w_q, w_k, w_out: (
                    np.maximum(pairs_of(q, k, w_q, w_k), 0) @ w_out
                )
            ),
            "Your hidden vector is bent by a relu. That is an additive score too, but "
            "the one asked for has a tanh.",
        ),
        "b-sigmoid": Mistake(
            additive_with(
                lambda q, k, w_q, w_k, w_out: (
                    1 / (1 + np.exp(-pairs_of(q, k, w_q, w_k))) @ w_out
                )
            ),
            "Your hidden vector is bent by a sigmoid, which runs from 0 to 1. The "
            "score asked for has a tanh, from -1 to 1.",
        ),
        **{
            f"b-scaled{variant}": Mistake(
                additive_with(
                    lambda q, k, w_q, w_k, w_out, axis=axis: (
                        additive_scores(q, k, w_q, w_k, w_out)
                        / np.sqrt((w_out, q[0], k[0])[axis].size)
                    )
                ),
                "Your scores are divided by the root of a width. The additive score "
                "has no such factor: tanh bounds each hidden entry, and `w_out` is "
                "learnt with its size.",
            )
            for variant, axis in (("", 0), ("-queries", 1), ("-keys", 2))
        },
        "b-keys": Mistake(
            mixes_the_keys,
            "What you mix are the keys. They decide where to look; the values are "
            "read.",
        ),
        "b-noexp": Mistake(
            additive_with(
                additive_scores,
                normalise=lambda s: s / s.sum(axis=-1, keepdims=True),
            ),
            "Your weights are the scores themselves over their sum. Scores may be "
            "negative: exp comes first.",
        ),
        "b-nomax": Mistake(
            additive_with(
                additive_scores,
                normalise=lambda s: np.exp(s) / np.exp(s).sum(axis=-1, keepdims=True),
            ),
            "Right until `w_out` is large: exp of a large score is inf, and inf/inf is "
            "nan. Subtract each row's largest score first.",
        ),
        "b-one-max": Mistake(
            additive_with(
                additive_scores,
                normalise=lambda s: (
                    np.exp(s - s.max()) / np.exp(s - s.max()).sum(-1, keepdims=True)
                ),
            ),
            "Right until `w_out` is large: where a row lies far below others, every "
            "exp in it is 0, and 0/0 is nan. One maximum for the whole table does "
            "that; subtract each row's own largest score.",
        ),
        **{
            f"b-mean{variant}": Mistake(
                additive_with(
                    additive_scores,
                    normalise=lambda s, pick=pick: (
                        np.exp(s - pick(s, axis=-1, keepdims=True))
                        / np.exp(s - pick(s, axis=-1, keepdims=True)).sum(
                            -1, keepdims=True
                        )
                    ),
                ),
                "Right until `w_out` is large: a score far above what is subtracted, "
                "such as the mean of its row, still makes exp overflow, and inf/inf is "
                "nan. Subtract the row's largest, which leaves nothing above 0.",
            )
            for variant, pick in (("", np.mean), ("-smallest", np.min))
        },
        "b-column-max": Mistake(
            additive_with(
                additive_scores,
                normalise=lambda s: (
                    np.exp(s - s.max(0)) / np.exp(s - s.max(0)).sum(-1, keepdims=True)
                ),
            ),
            "From every key of a row another number is taken away, as when each "
            "column's largest score is subtracted. Only a number that the whole row "
            "shares cancels: axis -1, keepdims=True.",
        ),
        "b-sum": Mistake(
            additive_with(
                additive_scores,
                normalise=lambda s: np.exp(s - s.max(axis=-1, keepdims=True)),
            ),
            "Your weights are not divided by their sum, so the output grows with the "
            "number of keys.",
        ),
    },
    also_right={
        "a loop over pairs": pair_by_pair,
        "query and key side by side": concatenated,
    },
    hints=(
        "Every query meets every key: give `q @ w_q` an axis of length 1 for the keys, "
        "and `k @ w_k` one for the queries, then add.",
        "`np.tanh(...)` of that has the axes (t_q, t_k, d); `@ w_out` takes the last "
        "one away and leaves the scores.",
        "From here on it is the attention you know: softmax over the last axis, then "
        "`weights @ v`.",
    ),
    question_after=(
        "One question about your function: for one step the model of this chapter "
        "needs `k @ w_k` for all source words. How often has that to be computed for a "
        "translation of twenty words?"
    ),
    answer_after=(
        "Once: the source does not change, so `k @ w_k` can be kept, as Bahdanau and "
        "his co-authors note. Only `q @ w_q`, the tanh and `w_out` are new each step."
    ),
)
