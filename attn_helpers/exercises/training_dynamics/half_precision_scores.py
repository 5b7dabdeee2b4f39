"""Scores that fit, by a way that fits."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def half_precision_scores(q, k):
    """Scaled scores in float16, of which no step on the way leaves its range."""
    q, k = q.astype(np.float32), k.astype(np.float32)
    scores = q @ k.T / np.sqrt(q.shape[-1])
    return scores.astype(np.float16)


def half_cases(seed):
    """Odd multiples of one step: in any order sums are exact, and none of them is 0."""
    rng = np.random.default_rng(seed)

    def odd(x, step):
        return (step * (2 * np.floor(x / (2 * step)) + 1)).astype(np.float16)

    def case(name, t_q, t_k, d, at=0.0, spread=1.0):
        q, k = (at + spread * rng.normal(size=(t, d)) for t in (t_q, t_k))
        return Case(name, (odd(q, spread / 8), odd(k, spread / 8)))

    def opposite(t_q, t_k, d):
        q, k = (80 + 20 * rng.random((t, d)) for t in (t_q, t_k))
        k[::2] *= -1
        return odd(q, 1), odd(k, 1)

    def cancelling(t_q, t_k, d):
        """Products far beyond the range, whose sum is small."""
        q, k = (odd(rng.normal(size=(t, d)), 0.5) for t in (t_q, t_k))
        q[:, :2], k[:, 0] = 700, rng.integers(600, 630, t_k)
        k[:, 1] = -k[:, 0]
        return q, k

    return [
        case("3 queries, 5 keys, width 7", 3, 5, 7),
        case("the same sizes, other numbers", 3, 5, 7, spread=4.0),
        case("as many queries as keys", 5, 5, 7),
        case("queries, keys and width all 7", 7, 7, 7, spread=4.0),
        case("11 queries, 13 keys, width 17", 11, 13, 17),
        case("sums above 65504", 3, 5, 13, at=90.0, spread=4.0),
        case("sums above 65504, width 61", 11, 3, 61, at=60.0, spread=8.0),
        Case("sums above 65504, of both signs", opposite(3, 5, 13)),
        Case("products above 65504 that cancel out", cancelling(3, 5, 7)),
        case("faint queries and keys", 3, 5, 11, spread=1 / 32),
        case("one query", 1, 3, 5),
        case("width 1", 3, 5, 1, spread=4.0),
    ]


def root(x):
    """The root of the width as a plain number, which leaves float16 as it is."""
    return float(x.shape[-1]) ** 0.5


def wide(x):
    return x.astype(np.float32)


def narrow(x):
    return x.astype(np.float16)


def scaled(scale):
    """Scores without a step that leaves the range, and another scale."""
    return lambda q, k: narrow(wide(q) @ wide(k).T * scale(q, k))


def one_by_one(q, k):
    scores = np.zeros((len(q), len(k)), np.float16)
    for i, j in np.ndindex(scores.shape):
        added = sum(float(a) * float(b) for a, b in zip(q[i], k[j], strict=True))
        scores[i, j] = added / root(q)
    return scores


def unit(x):
    x = wide(x)
    return x / np.sqrt((x**2).sum(-1, keepdims=True))


LATE = (
    "A score of yours is infinite though the one that is asked for fits: the sum of "
    "the products is above 65504, and √d_k is taken out after it has been brought to "
    "float16. What is lost there does not come back, neither with a smaller number nor "
    "with a wider type. Scale before, or compute in float32 until the end."
)
CUT = (
    "Where the sum of the products is above 65504 yours goes on with 65504, as when "
    "infinities are cut off before the scale comes. All such scores are alike then, "
    "and too small. Scale before the product, or compute in float32."
)
TERMS = (
    "Single products of yours leave the range of float16, and inf - inf is nan, though "
    "the sum would be small. A matrix product adds up in float32 inside; products that "
    "are stored do not. Bring both to float32 first."
)


EXERCISE = Exercise(
    title="Scores that fit, by a way that fits",
    answer=half_precision_scores,
    returns={"scores": "what is the scaled score of query {0} and key {1}?"},
    cases=half_cases,
    mistakes={
        "hp-late": Mistake(lambda q, k: q @ k.T / root(q), LATE),
        "hp-late-cast": Mistake(lambda q, k: wide(q @ k.T) / root(q), LATE),
        "hp-late-narrow": Mistake(
            lambda q, k: narrow(wide(q) @ wide(k).T) / root(q), LATE
        ),
        "hp-late-einsum": Mistake(
            lambda q, k: np.einsum("id,jd->ij", q, k) / root(q), LATE
        ),
        "hp-cut": Mistake(lambda q, k: np.clip(q @ k.T, -65504, 65504) / root(q), CUT),
        "hp-cut-nan-to-num": Mistake(
            lambda q, k: np.nan_to_num(q @ k.T) / root(q), CUT
        ),
        "hp-gone": Mistake(
            lambda q, k: np.nan_to_num(q @ k.T, posinf=0.0, neginf=0.0) / root(q),
            "Where the sum of the products is above 65504 yours has 0. The largest "
            "scores are lost. Scale before the product, or compute in float32.",
        ),
        "hp-terms": Mistake(lambda q, k: (q[:, None] * k).sum(-1) / root(q), TERMS),
        "hp-terms-scaled": Mistake(
            lambda q, k: (q[:, None] / root(q) * k).sum(-1), TERMS
        ),
        "hp-both": Mistake(
            lambda q, k: (q / root(q)) @ (k / root(q)).T,
            "Your scores are too small by √d_k, as when queries and keys are both "
            "divided by it. One of them is, or each by the root of it.",
        ),
        "hp-fourth-root-once": Mistake(
            lambda q, k: (q / root(q) ** 0.5) @ k.T,
            "Your scores are too large by the fourth root of d_k, and some are "
            "infinite: only one side was divided by it. Divide both, or one side by "
            "√d_k.",
        ),
        "hp-noscale": Mistake(
            scaled(lambda q, k: 1.0),
            "Your scores are not divided by √d_k.",
        ),
        "hp-width": Mistake(
            scaled(lambda q, k: 1 / q.shape[-1]),
            "Your scores are divided by d_k. It is the root of it.",
        ),
        "hp-tokens": Mistake(
            scaled(lambda q, k: len(k) ** -0.5),
            "Your scores are divided by the root of the number of keys. It is the root "
            "of the width.",
        ),
        "hp-multiplied": Mistake(
            scaled(lambda q, k: root(q)),
            "Your scores are multiplied by √d_k. They are divided by it.",
        ),
        "hp-cosine": Mistake(
            lambda q, k: narrow(unit(q) @ unit(k).T),
            "Yours are cosines: queries and keys were brought to the length 1, so that "
            "nothing can overflow. That is another function. The scores themselves "
            "are asked for.",
        ),
        "hp-cosine-scaled": Mistake(
            lambda q, k: narrow(unit(q) @ unit(k).T * root(q)),
            "Yours are scores of queries and keys of root mean square 1, as QK-norm "
            "makes them. That is a cure for large scores, but another function: here "
            "the scores themselves fit.",
        ),
        "hp-shrunk": Mistake(
            lambda q, k: narrow(wide(q) / np.abs(wide(q)).max() @ wide(k).T / root(q)),
            "Yours makes the queries smaller until nothing overflows, and never undoes "
            "it: another softmax comes out of such scores.",
        ),
        "hp-turned": Mistake(
            lambda q, k: half_precision_scores(k, q),
            "Queries and keys have changed places in yours: there is a row for each "
            "query, with a score for each key.",
        ),
        "hp-weights": Mistake(
            lambda q, k: narrow(soft(wide(q) @ wide(k).T / root(q))),
            "Yours are weights: a softmax has gone over the scores. The scores are "
            "asked for.",
        ),
    },
    also_right={
        "the scale on the queries": lambda q, k: (q / root(q)) @ k.T,
        "the scale on the keys": lambda q, k: q @ (k / root(q)).T,
        "half of the scale on each": lambda q, k: (
            (q / root(q) ** 0.5) @ (k / root(q) ** 0.5).T
        ),
        "in double precision": lambda q, k: narrow(
            q.astype(float) @ k.astype(float).T / root(q)
        ),
        "one by one": one_by_one,
    },
    hints=(
        "The largest number of float16 is 65504. Which number on the way to a score is "
        "larger than the score itself?",
        "`q.astype(np.float32)` has room for the product. The result goes back with "
        "`.astype(np.float16)`, once it is small.",
    ),
    question_after=(
        "One question about your function: bfloat16 has 16 bits as well. Would the "
        "product have to be scaled first there, too?"
    ),
    answer_after=(
        "No: bfloat16 has the range of float32, up to 3.4e38, and pays for it with "
        "digits: it has 8 bits of them, float16 has 11. A score of 70,000 fits, and "
        "its neighbours are 512 apart."
    ),
)
