"""How widely does each head look?"""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def attention_entropy(weights):
    """How widely the queries of each head look, on average, in nats: (h,)."""
    logs = np.log(np.where(weights > 0, weights, 1.0))  # 0 log 0 counts as 0
    return -(weights * logs).sum(axis=-1).mean(axis=-1)


def head_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, shape, spread=1.0, hidden=None):
        scores = spread * rng.normal(size=shape)
        if hidden is not None:
            scores = np.where(hidden, -np.inf, scores)
        return Case(name, (soft(scores),))

    some = rng.random((2, 5, 7)) < 0.4
    some[..., 3] = False  # every query has a key
    faint = np.array([[[1 - 1e-9, 1e-9, 0.0], [0.5, 0.0, 0.5]]])
    return [
        case("2 heads, 3 queries, 5 keys", (2, 3, 5)),
        case("the same sizes, sharper", (2, 3, 5), spread=3.0),
        case("heads, queries and keys all 5", (5, 5, 5), spread=2.0),
        case("2 heads, 3 queries, 3 keys", (2, 3, 3)),
        case("3 heads under a causal mask", (3, 7, 7), hidden=~np.tri(7, dtype=bool)),
        case("some keys hidden", (2, 5, 7), hidden=some),
        case("13 heads, 11 queries, 17 keys", (13, 11, 17), spread=2.0),
        case("sharp heads", (3, 5, 7), spread=40.0),
        case("one query", (3, 1, 5)),
        case("one key", (2, 3, 1)),
        Case("even shares of 4", (np.full((2, 3, 4), 0.25),)),
        Case("every query has one key, each another", (np.eye(5)[None].copy(),)),
        Case("a weight of a billionth", (faint,)),
    ]


def plogp(weights, log=np.log):
    """The terms w log w, with 0 for 0 log 0."""
    return weights * log(np.where(weights > 0, weights, 1.0))


def spread(weights):
    """The entropy of each row."""
    return -plogp(weights).sum(-1)


def head_by_head(weights):
    found = []
    for head in weights:
        rows = [-sum(w * np.log(w) for w in row if w > 0) for row in head]
        found.append(sum(rows) / len(rows))
    return np.array(found)


def from_the_scores(weights):
    """log of the sum less the mean of the logarithms, which are scores again."""
    logs = np.log(np.where(weights > 0, weights, 1.0))
    total = np.log(weights.sum(axis=-1))
    return (total - np.einsum("hqk,hqk->hq", weights, logs)).mean(axis=1)


EXERCISE = Exercise(
    title="How widely does each head look?",
    answer=attention_entropy,
    returns={"entropy": "how widely do the queries of head {0} look, on average?"},
    cases=head_cases,
    mistakes={
        "ae-mean-first": Mistake(
            lambda weights: spread(weights.mean(1)),
            "Yours is the entropy of the mean weights of a head, which is larger: "
            "queries that each look at one key, and each at another, give log n. "
            "First the entropy of each query, then the mean.",
        ),
        "ae-over-heads": Mistake(
            lambda weights: spread(weights).mean(0),
            "You have one number per query, as when the mean runs over the heads. Each "
            "head has one number: the mean runs over its queries.",
        ),
        "ae-one": Mistake(
            lambda weights: spread(weights).mean(),
            "You have one number for all heads. One that looks at everything and one "
            "that looks at one key would hide each other: keep the axis of the heads.",
        ),
        "ae-each-query": Mistake(
            spread,
            "You have one number for each query of each head. Asked is their mean, one "
            "number per head.",
        ),
        "ae-columns": Mistake(
            lambda weights: -plogp(weights).sum(1).mean(-1),
            "The terms are summed over the queries in yours, key by key. It is the row "
            "of one query that sums to 1: sum over the last axis.",
        ),
        "ae-mean-of-terms": Mistake(
            lambda weights: -plogp(weights).mean((-2, -1)),
            "Yours is smaller by the number of keys, as a mean over them is. The terms "
            "of a query are added up; only the queries are averaged.",
        ),
        "ae-sum": Mistake(
            lambda weights: spread(weights).sum(-1),
            "Yours grows with the number of queries, as a sum over them does. Asked is "
            "their mean.",
        ),
        "ae-joint": Mistake(
            lambda weights: spread(
                (weights / weights.shape[1]).reshape(len(weights), -1)
            ),
            "Yours is larger by the logarithm of the number of queries, as when all "
            "weights of a head are made one distribution. Each query has its own.",
        ),
        "ae-again": Mistake(
            lambda weights: spread(soft(weights)).mean(-1),
            "Your heads all look nearly evenly, as when a softmax goes over the "
            "weights once more. They are weights already, and sum to 1.",
        ),
        "ae-log2": Mistake(
            lambda weights: -plogp(weights, np.log2).sum(-1).mean(-1),
            "Yours is in bits, by the logarithm to base 2. Nats are asked for, the "
            "natural logarithm: the same times ln 2 = 0.693.",
        ),
        "ae-share": Mistake(
            lambda weights: spread(weights).mean(-1) / np.log(weights.shape[-1]),
            "Yours runs from 0 to 1: it is divided by log n, for n keys. Asked is the "
            "entropy itself, and for n even shares it is log n.",
        ),
        "ae-effective": Mistake(
            lambda weights: np.exp(spread(weights)).mean(-1),
            "Yours is the mean of exp of the entropies, the number of keys that a "
            "query effectively looks at. Asked is the mean of the entropies.",
        ),
        "ae-effective-after": Mistake(
            lambda weights: np.exp(spread(weights).mean(-1)),
            "Yours is exp of the mean entropy, as when a perplexity is made of it. "
            "Asked is the mean entropy itself.",
        ),
        "ae-sign": Mistake(
            lambda weights: plogp(weights).sum(-1).mean(-1),
            "Yours is negative: logarithms of shares are, and the minus sign before "
            "their sum is missing.",
        ),
        "ae-nan": Mistake(
            lambda weights: -(weights * np.log(weights)).sum(-1).mean(-1),
            "Right until a weight is exactly 0, as every hidden key's is: log 0 is "
            "-inf and 0 · -inf is nan. The term 0 log 0 counts as 0.",
        ),
        "ae-nansum": Mistake(
            lambda weights: np.nanmean(-(weights * np.log(weights)).sum(-1), axis=-1),
            "The mean of yours leaves out every query that has a weight of exactly 0, "
            "as `np.nanmean` does with what has become nan. The term 0 log 0 counts as "
            "0, and the query counts.",
        ),
        **{
            f"ae-eps{variant}": Mistake(
                lambda weights, eps=eps: (
                    -(weights * np.log(weights + eps)).sum(-1).mean(-1)
                ),
                "Every term of yours is a little off, as when log 0 is avoided by "
                "adding a small number: it shifts all the other terms, too, and yours "
                "is large enough to be seen. Replace only the zeros.",
            )
            for variant, eps in (("", 1e-3), ("-1e-5", 1e-5), ("-1e-6", 1e-6))
        },
        **{
            f"ae-raised{variant}": Mistake(
                lambda weights, least=least: spread(np.clip(weights, least, 1)).mean(
                    -1
                ),
                "A key of weight 0 adds a little in yours, as when small weights are "
                "raised before all else. It must add 0.",
            )
            for variant, least in (("", 1e-3), ("-1e-6", 1e-6))
        },
        "ae-nolog": Mistake(
            lambda weights: 1 - (weights**2).sum(-1).mean(-1),
            "This is another measure of spread, one minus the sum of squares. Entropy "
            "has a logarithm in it.",
        ),
        "ae-median": Mistake(
            lambda weights: np.median(spread(weights), axis=-1),
            "Yours is the median of the queries' entropies. Asked is their mean.",
        ),
        "ae-last-query": Mistake(
            lambda weights: spread(weights)[:, -1],
            "Yours is the entropy of the last query of each head. Asked is the mean of "
            "them all.",
        ),
    },
    also_right={
        "head by head": head_by_head,
        "tiny number inside the logarithm": lambda weights: (
            -(weights * np.log(weights + 1e-300)).sum(-1).mean(-1)
        ),
        "sum of all over the queries": lambda weights: (
            -plogp(weights).sum((1, 2)) / weights.shape[1]
        ),
        "log of the sum less the mean logarithm": from_the_scores,
    },
    hints=(
        "One number for each query first: minus the sum of w log w over its keys. Then "
        "the mean over the queries of a head.",
        "`np.log(np.where(weights > 0, weights, 1.0))` is 0 where a weight is 0, and "
        "0 · 0 = 0.",
    ),
    question_after=(
        "One question about your numbers: under a causal mask, which mean entropy can "
        "a head not exceed, if there are 3 tokens?"
    ),
    answer_after=(
        "The query of token i sees i keys, and has log i at most: (log 1 + log 2 + log "
        "3) / 3 = 0.597 nats. So a low mean entropy alone does not say that a head is "
        "sharp: compare it with what the mask allows."
    ),
)
