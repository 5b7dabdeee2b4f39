"""The k best, and no other."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import log_softmax, soft


def keep_top_k(logits, k):
    """The k largest logits of each row as they are, and -inf for the others."""
    best = np.argsort(-logits, axis=-1)[..., :k]
    kept = np.full_like(logits, -np.inf)
    values = np.take_along_axis(logits, best, axis=-1)
    np.put_along_axis(kept, best, values, axis=-1)
    return kept


def top_k_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, shape, k, at=0.0, spread=1.0):
        return Case(name, (at + spread * rng.normal(size=shape), k))

    ruled_out = rng.normal(size=(3, 7))
    ruled_out[:, [1, 4]] = -np.inf
    return [
        case("3 rows of 7 tokens, 2 to keep", (3, 7), 2),
        case("the same sizes, other numbers", (3, 7), 2, spread=5.0),
        case("2 texts of 3 places, 5 tokens, 3 to keep", (2, 3, 5), 3),
        case("one row, as one axis", (7,), 3),
        case("one to keep", (3, 7), 1),
        case("as many rows as tokens", (5, 5), 2),
        case("as many to keep as tokens", (3, 5), 5),
        case("more to keep than tokens", (2, 5), 7),
        case("11 rows of 17 tokens, 10 to keep", (11, 17), 10),
        case("logits far below 0", (3, 7), 2, at=-2000.0, spread=300.0),
        case("logits far above 0", (3, 7), 3, at=1e6),
        Case("two tokens ruled out before", (ruled_out, 3)),
    ]


def ranks(logits, axis=-1):
    """0 for the largest of each row."""
    return np.argsort(np.argsort(-logits, axis=axis), axis=axis)


def keeping(which, fill=-np.inf):
    """The logits that ``which`` marks, and ``fill`` for the others."""
    return lambda logits, k: np.where(which(logits, k), logits, fill)


def best_kept(change):
    """The right result, changed."""
    return lambda logits, k: change(keep_top_k(logits, k))


def of_the_last_row(logits, k):
    """Which tokens are among the best of the last row, for all rows."""
    return np.broadcast_to(
        ranks(logits).reshape(-1, logits.shape[-1])[-1] < k, logits.shape
    )


def in_front(logits, k):
    best = -np.sort(-logits, axis=-1)
    best[..., k:] = -np.inf
    return best


def at_least_the_kth(logits, k):
    kth = np.sort(logits, axis=-1)[..., -min(k, logits.shape[-1])]
    return np.where(logits >= kth[..., None], logits, -np.inf)


def by_partition(logits, k):
    kept = logits.copy()
    rest = max(logits.shape[-1] - k, 0)
    if rest:
        worst = np.argpartition(logits, rest - 1, axis=-1)[..., :rest]
        np.put_along_axis(kept, worst, -np.inf, axis=-1)
    return kept


def row_by_row(logits, k):
    kept = np.full(logits.shape, -np.inf)
    for place in np.ndindex(logits.shape[:-1]):
        row = logits[place].tolist()
        for token in sorted(range(len(row)), key=row.__getitem__, reverse=True)[:k]:
            kept[(*place, token)] = row[token]
    return kept


ONE_MORE = (
    "One token too many is kept in yours, as when ranks are counted from 0 and one "
    "asks for those that are not more than k. The k best have the ranks 0 to k - 1."
)


EXERCISE = Exercise(
    title="The k best, and no other",
    answer=keep_top_k,
    returns={"kept": "is this logit among the k largest of its row?"},
    cases=top_k_cases,
    mistakes={
        "tk-one-more": Mistake(
            keeping(lambda logits, k: ~(ranks(logits) > k)), ONE_MORE
        ),
        "tk-one-less": Mistake(
            keeping(lambda logits, k: ranks(logits) < k - 1),
            "One token too few is kept in yours, and none where k is 1. As many as k "
            "stay.",
        ),
        "tk-above-the-kth": Mistake(
            lambda logits, k: np.where(
                logits
                > np.sort(logits, axis=-1)[..., -min(k, logits.shape[-1])][..., None],
                logits,
                -np.inf,
            ),
            "The last of those to keep is missing, as when a logit must be larger than "
            "the k-th. The k-th itself stays: `>=`.",
        ),
        "tk-worst": Mistake(
            keeping(lambda logits, k: ranks(-logits) < k),
            "Yours keeps the smallest. `np.argsort` puts the smallest first: sort "
            "`-logits`, or take from the end.",
        ),
        "tk-drops-the-best": Mistake(
            keeping(lambda logits, k: ranks(logits) >= k),
            "Yours keeps all but the k best: True and False have changed places.",
        ),
        "tk-order-for-rank": Mistake(
            keeping(lambda logits, k: np.argsort(-logits, axis=-1) < k),
            "Your choice has little to do with the logits, as when the result of "
            "`np.argsort` is taken for ranks. It says which token is at each rank, not "
            "which rank a token has.",
        ),
        "tk-first-tokens": Mistake(
            keeping(lambda logits, k: np.arange(logits.shape[-1]) < k),
            "Yours keeps the first k tokens of the vocabulary, whatever their logits "
            "are, as when a mask over ranks is laid over tokens.",
        ),
        "tk-sorted": Mistake(
            in_front,
            "The right logits, and they stand in front, sorted. Each belongs in the "
            "place of its token: that is how one knows which token it is.",
        ),
        "tk-one-table": Mistake(
            keeping(
                lambda logits, k: ranks(logits.ravel(), 0).reshape(logits.shape) < k
            ),
            "Yours keeps k tokens of all rows together. Each row is a choice of its "
            "own: name the last axis.",
        ),
        "tk-columns": Mistake(
            keeping(lambda logits, k: ranks(logits, axis=0) < k),
            "Yours keeps the k best rows for each token. The tokens of a row compete: "
            "they stand along the last axis.",
        ),
        "tk-one-row": Mistake(
            keeping(of_the_last_row),
            "The tokens that you keep are those of the last row, in every row. Each "
            "row has its own best.",
        ),
        "tk-zero": Mistake(
            best_kept(lambda kept: np.where(kept == -np.inf, 0.0, kept)),
            "The others get the logit 0 in yours, which is more than many that you "
            "keep: exp(0) is 1. Only -inf has the probability 0.",
        ),
        **{
            f"tk-finite{variant}": Mistake(
                best_kept(
                    lambda kept, fill=fill: np.where(kept == -np.inf, fill, kept)
                ),
                "The others get a low number in yours. Logits may lie lower still, and "
                "then the others win. Only -inf has the probability 0.",
            )
            for variant, fill in (("", -1e9), ("-4", -1e4), ("-3", -1e3))
        },
        "tk-nan": Mistake(
            best_kept(lambda kept: np.where(kept == -np.inf, np.nan, kept)),
            "The others are nan in yours, and so will be all that is made of them. "
            "`-np.inf` is what has the probability 0.",
        ),
        "tk-probabilities": Mistake(
            best_kept(soft),
            "Yours are probabilities. Logits are asked for, so that another choice, "
            "such as keep-top-p or a temperature, can follow.",
        ),
        "tk-log-probabilities": Mistake(
            best_kept(log_softmax),
            "What you keep was changed: these are log-probabilities. Logits are asked "
            "for as they came.",
        ),
        "tk-mask": Mistake(
            lambda logits, k: ranks(logits) < k,
            "Yours says which tokens are kept. Asked are the logits, with -inf in "
            "place of the others.",
        ),
        "tk-values": Mistake(
            lambda logits, k: -np.sort(-logits, axis=-1)[..., :k],
            "Yours has the k largest logits alone, and nobody knows which tokens they "
            "belong to. All vocab places stay, with -inf in the others.",
        ),
        "tk-nothing": Mistake(
            lambda logits, k: logits.copy(),
            "All logits stay in yours: `k` has no effect.",
        ),
    },
    also_right={
        "at least the k-th": at_least_the_kth,
        "by partition": by_partition,
        "row by row": row_by_row,
        "by ranks": keeping(lambda logits, k: ranks(logits) < k),
    },
    hints=(
        "`np.argsort(-logits, axis=-1)` says for each row which token is best, which "
        "second, and so on. The first k of these are to be kept.",
        "Start from an array full of -inf and write into it: `np.put_along_axis` puts "
        "values at the places that an `argsort` has found.",
    ),
    question_after=(
        "One question about your function: a model is sure of one token in one place, "
        "and torn between a hundred in another. What does one k do to each?"
    ),
    answer_after=(
        "In the first place it lets k - 1 poor tokens in, in the second it cuts off "
        "most of the good ones. Keep-top-p lets the number of tokens follow the "
        "distribution."
    ),
)
