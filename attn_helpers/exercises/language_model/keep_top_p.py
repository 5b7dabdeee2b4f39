"""Enough of the likely ones."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import log_softmax, soft


def keep_top_p(logits, p):
    """The likeliest tokens of each row that together reach p, and -inf for the rest."""
    order = np.argsort(-logits, axis=-1)
    ordered = np.take_along_axis(logits, order, axis=-1)
    grown = np.exp(ordered - ordered[..., :1])  # the first is the largest
    share = grown / grown.sum(axis=-1, keepdims=True)
    keep = share.cumsum(axis=-1) - share < p  # what comes before has not reached p
    keep[..., 0] = True
    kept = np.full_like(logits, -np.inf)
    np.put_along_axis(kept, order, np.where(keep, ordered, -np.inf), axis=-1)
    return kept


def top_p_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, shape, p, at=0.0, spread=1.5):
        return Case(name, (at + spread * rng.normal(size=shape), p))

    def shuffled(*shares):
        return np.log(rng.permutation(shares))

    below, above, apart = 0.3 * rng.normal(size=(3, 3, 7))  # several reach 0.7
    below[1] -= 2000.0
    above[2] += 2000.0
    apart[:, [0, 1, 3, 4, 6]] -= 2000.0
    ruled_out = 1.5 * rng.normal(size=(3, 7))
    ruled_out[:, [0, 3, 5]] = -np.inf
    crossing = np.stack([shuffled(0.5, 0.41, 0.09), shuffled(0.41, 0.09, 0.5)])
    return [
        case("3 rows of 7 tokens, p = 0.7", (3, 7), 0.7),
        case("the same sizes, p = 0.4", (3, 7), 0.4),
        case("2 texts of 3 places, 5 tokens, p = 0.8", (2, 3, 5), 0.8),
        case("one row, as one axis", (7,), 0.6),
        case("as many rows as tokens", (5, 5), 0.75),
        case("11 rows of 17 tokens, p = 0.95", (11, 17), 0.95, spread=0.5),
        Case("shares of 0.5, 0.41 and 0.09, p = 0.9", (crossing, 0.9)),
        Case("one token that has more than p", (shuffled(0.9, 0.06, 0.04)[None], 0.8)),
        case("p = 0", (3, 7), 0.0),
        case("p = 1", (3, 5), 1.0, spread=1.0),
        Case("a row far below the others", (below, 0.7)),
        Case("a row far above the others", (above, 0.7)),
        Case("two tokens far above the others of their row", (apart, 0.7)),
        case("logits in the thousands", (3, 7), 0.7, spread=2000.0),
        Case("tokens ruled out before", (ruled_out, 0.8)),
    ]


def sorted_shares(logits, soft=soft):
    """Which token comes at each rank, the best first, and its share."""
    order = np.argsort(-logits, axis=-1)
    return order, np.take_along_axis(soft(logits), order, axis=-1)


def by_rank(which, soft=soft):
    """Keep the ranks that ``which`` marks by their shares, each row's best first."""

    def program(logits, p):
        order, share = sorted_shares(logits, soft)
        kept = np.zeros(logits.shape, dtype=bool)
        np.put_along_axis(kept, order, which(share, p), axis=-1)
        return np.where(kept, logits, -np.inf)

    return program


def with_the_best(keep):
    keep[..., 0] = True
    return keep


def enough(share, p):
    """The right ranks."""
    return with_the_best(share.cumsum(axis=-1) - share < p)


def reached(share, p):
    return share.cumsum(axis=-1) <= p


def one_more(share, p):
    keep = enough(share, p)
    return np.concatenate([keep[..., :1], keep], axis=-1)[..., :-1] | keep


def changed(change):
    """The right result, changed."""
    return lambda logits, p: change(keep_top_p(logits, p))


def over_tokens(order_of):
    """The mask over ranks, laid over tokens as ``order_of`` says."""

    def program(logits, p):
        order, share = sorted_shares(logits)
        keep = np.take_along_axis(enough(share, p), order_of(order), axis=-1)
        return np.where(keep, logits, -np.inf)

    return program


def in_order_of_rank(logits, p):
    order, share = sorted_shares(logits)
    ordered = np.take_along_axis(logits, order, axis=-1)
    return np.where(enough(share, p), ordered, -np.inf)


def unsorted(logits, p):
    share = soft(logits)
    return np.where(share.cumsum(axis=-1) - share < p, logits, -np.inf)


def least_first(logits, p):
    """The least likely tokens that together reach p."""
    order = np.argsort(logits, axis=-1)
    share = np.take_along_axis(soft(logits), order, axis=-1)
    kept = np.zeros(logits.shape, dtype=bool)
    np.put_along_axis(kept, order, enough(share, p), axis=-1)
    return np.where(kept, logits, -np.inf)


def over_all_rows(logits, p):
    flat = logits.reshape(1, -1)
    order, _ = sorted_shares(flat)
    share = np.take_along_axis(soft(logits).reshape(1, -1), order, axis=-1)
    kept = np.zeros(flat.shape, dtype=bool)
    np.put_along_axis(kept, order, enough(share, p), axis=-1)
    return np.where(kept.reshape(logits.shape), logits, -np.inf)


def as_many_as_the_first_row(logits, p):
    order, share = sorted_shares(logits)
    first = enough(share, p).reshape(-1, logits.shape[-1])[0]
    kept = np.zeros(logits.shape, dtype=bool)
    np.put_along_axis(kept, order, np.broadcast_to(first, kept.shape), axis=-1)
    return np.where(kept, logits, -np.inf)


def scaled_by(pick):
    """A softmax with another number subtracted."""

    def program(logits):
        grown = np.exp(logits - pick(logits))
        return grown / grown.sum(axis=-1, keepdims=True)

    return program


def row_by_row(logits, p):
    kept = np.full(logits.shape, -np.inf)
    for place in np.ndindex(logits.shape[:-1]):
        row, reached = logits[place], 0.0
        share = np.exp(row - row.max())
        share /= share.sum()
        for token in sorted(range(len(row)), key=lambda token: -row[token]):
            kept[(*place, token)] = row[token]
            reached += share[token]
            if reached >= p:
                break
    return kept


def from_the_tail(logits, p):
    """Drop the least likely while together they have no more than 1 - p."""
    order = np.argsort(logits, axis=-1)
    share = np.take_along_axis(soft(logits), order, axis=-1)
    drop = share.cumsum(axis=-1) <= 1 - p
    drop[..., -1] = False
    kept = logits.copy()
    np.put_along_axis(
        kept, order, np.where(drop, -np.inf, np.sort(logits, axis=-1)), axis=-1
    )
    return kept


def by_the_lowest_kept(logits, p):
    """Find the least logit that stays, and compare all with it."""
    ordered = -np.sort(-logits, axis=-1)
    count = np.maximum((soft(ordered).cumsum(axis=-1) < p).sum(axis=-1), 0)
    count = np.minimum(count, logits.shape[-1] - 1)
    lowest = np.take_along_axis(ordered, count[..., None], axis=-1)
    return np.where(logits >= lowest, logits, -np.inf)


def by_pairs(logits, p):
    """What has been given to likelier tokens, token by token."""
    share = soft(logits)
    likelier = logits[..., None, :] > logits[..., :, None]
    before = (likelier * share[..., None, :]).sum(axis=-1)
    keep = (before < p) | (logits == logits.max(axis=-1, keepdims=True))
    return np.where(keep, logits, -np.inf)


CROSSING = (
    "The token with which the sum reaches p is missing, as with `cumsum <= p`: of 0.5, "
    "0.41 and 0.09 only the first is left for p = 0.9. What is kept must have p "
    "together: a token stays while those before it have not reached p."
)


PEAK = (
    "Right while the logits of a row lie near each other. With nothing subtracted "
    "before `exp`, or with a mean, or with what is largest elsewhere, a row is left "
    "with inf or with nothing but 0, and inf/inf and 0/0 are nan. Only a row's own "
    "largest logit is safe."
)


EXERCISE = Exercise(
    title="Enough of the likely ones",
    answer=keep_top_p,
    returns={"kept": "have the likelier tokens of this row together less than p?"},
    cases=top_p_cases,
    mistakes={
        "tp-crossing": Mistake(by_rank(reached), CROSSING),
        "tp-crossing-with-best": Mistake(
            by_rank(lambda share, p: with_the_best(reached(share, p))), CROSSING
        ),
        "tp-empty": Mistake(
            by_rank(lambda share, p: share.cumsum(axis=-1) - share < p),
            "With p = 0 nothing is left in yours, and softmax of nothing but -inf is "
            "nan. The likeliest token always stays.",
        ),
        "tp-one-more": Mistake(
            by_rank(one_more),
            "One token too many is kept, unless that was all. The one with which the "
            "sum reaches p is the last: what comes before a token decides, and the "
            "first has nothing before it.",
        ),
        "tp-unsorted": Mistake(
            unsorted,
            "Your tokens are added up in the order of the vocabulary, so the first "
            "ones are kept, whatever their shares are. The likeliest come first.",
        ),
        "tp-least-first": Mistake(
            least_first,
            "Yours starts with the least likely and keeps them until they reach p. "
            "`np.argsort` puts the smallest first: sort `-logits`.",
        ),
        "tp-rank-for-token": Mistake(
            over_tokens(
                lambda order: np.zeros_like(order) + np.arange(order.shape[-1])
            ),
            "As many tokens are kept as should be, and they are the first of the "
            "vocabulary: what holds for ranks was laid over tokens. Bring it back to "
            "the order of the tokens.",
        ),
        "tp-order-for-rank": Mistake(
            over_tokens(lambda order: order),
            "As many tokens are kept as should be, and others than the likeliest, as "
            "when the mask is indexed with `order`. That is the way from tokens to "
            "ranks. The way back is `np.put_along_axis`, or argsort of `order`.",
        ),
        "tp-sorted": Mistake(
            in_order_of_rank,
            "The right logits, and they stand in front, sorted. Each belongs in the "
            "place of its token: that is how one knows which token it is.",
        ),
        "tp-at-least-p": Mistake(
            lambda logits, p: np.where(soft(logits) >= p, logits, -np.inf),
            "Yours keeps each token whose own probability is at least p, which are "
            "none where no token has so much. It is the sum of those kept that "
            "reaches p.",
        ),
        "tp-min-p": Mistake(
            lambda logits, p: np.where(
                logits >= logits.max(axis=-1, keepdims=True) + np.log(p or 1e-300),
                logits,
                -np.inf,
            ),
            "Yours keeps each token that has at least p times the probability of the "
            "best. That is min-p, another rule. Here likely tokens are added up until "
            "they reach p.",
        ),
        "tp-more-than-the-rest": Mistake(
            lambda logits, p: np.where(soft(logits) > 1 - p, logits, -np.inf),
            "Yours keeps each token that has more than 1 - p by itself. It is the sum "
            "of those kept that reaches p.",
        ),
        "tp-logits": Mistake(
            by_rank(enough, soft=lambda logits: logits),
            "Yours adds up logits, which are no shares and may be negative. The "
            "softmax makes shares of them.",
        ),
        "tp-exponentials": Mistake(
            by_rank(enough, soft=np.exp),
            "Your shares of a row do not sum to 1, so p is reached too early or too "
            "late, as when exponentials are added up. Divide by their sum.",
        ),
        "tp-columns": Mistake(
            by_rank(enough, soft=lambda logits: soft(logits, axis=0)),
            "Your softmax runs along the first axis. The tokens of a row share its "
            "probability: they stand along the last.",
        ),
        "tp-all-rows": Mistake(
            over_all_rows,
            "Your rows are added up one with the other, so some of them lose all their "
            "tokens. Each row reaches p by itself: name the last axis.",
        ),
        "tp-one-number": Mistake(
            as_many_as_the_first_row,
            "Each row keeps as many tokens in yours as the first. A row that is less "
            "sure needs more to reach p.",
        ),
        "tp-zero": Mistake(
            changed(lambda kept: np.where(kept == -np.inf, 0.0, kept)),
            "The others get the logit 0 in yours, which is more than many that you "
            "keep: exp(0) is 1. Only -inf has the probability 0.",
        ),
        **{
            f"tp-finite{variant}": Mistake(
                changed(lambda kept, fill=fill: np.where(kept == -np.inf, fill, kept)),
                "The others get a low number in yours. Logits may lie lower still, and "
                "then the others win. Only -inf has the probability 0.",
            )
            for variant, fill in (("", -1e9), ("-4", -1e4), ("-3", -1e3))
        },
        "tp-probabilities": Mistake(
            changed(soft),
            "Yours are probabilities, shared out anew among those kept. Logits are "
            "asked for, so that another choice can follow; the softmax shares out by "
            "itself.",
        ),
        "tp-old-probabilities": Mistake(
            lambda logits, p: np.where(
                np.isfinite(keep_top_p(logits, p)), soft(logits), 0.0
            ),
            "Yours are the old probabilities, with 0 for the others: they no longer "
            "sum to 1. Logits are asked for, with -inf for the others.",
        ),
        "tp-log-probabilities": Mistake(
            changed(log_softmax),
            "What you keep was changed: these are log-probabilities. Logits are asked "
            "for as they came.",
        ),
        "tp-nothing": Mistake(
            lambda logits, p: logits.copy(),
            "All logits stay in yours: `p` has no effect.",
        ),
        "tp-best": Mistake(
            by_rank(lambda share, p: np.arange(share.shape[-1]) + 0 * share < 1),
            "Only the likeliest token is left in yours, whatever p is. Where all "
            "exponentials are divided by the largest, and not by their sum, p is "
            "reached by the first.",
        ),
        **{
            f"tp-peak{variant}": Mistake(by_rank(enough, soft=scaled_by(pick)), PEAK)
            for variant, pick in (
                ("", lambda logits: 0.0),
                ("-mean", lambda logits: logits.mean(axis=-1, keepdims=True)),
                ("-all", np.max),
            )
        },
    },
    also_right={
        "row by row": row_by_row,
        "from the tail": from_the_tail,
        "by the lowest that stays": by_the_lowest_kept,
        "by pairs": by_pairs,
        "by ranks": by_rank(enough),
    },
    hints=(
        "Sort each row, the likeliest first, and add up the shares: "
        "`np.cumsum(share, axis=-1)`.",
        "A token stays if what stands before it has not reached p: `cumsum - share`. "
        "Nothing stands before the first, so it stays always.",
        "The mask is in the order of ranks. `np.put_along_axis(kept, order, …)` brings "
        "it back to the order of tokens.",
    ),
    question_after=(
        "One question about your function: why does the order of temperature and "
        "keep-top-p matter, and that of temperature and keep-top-k not?"
    ),
    answer_after=(
        "A temperature changes the shares and never the order. The k best stay the k "
        "best; how many tokens it takes to reach p changes with their shares. So it "
        "must be said which comes first: usually the temperature."
    ),
)
