"""How widely does a query look?"""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def entropy(weights):
    """How widely each query spreads its attention, in nats."""
    logs = np.log(np.where(weights > 0, weights, 1.0))  # 0 log 0 counts as 0
    return -(weights * logs).sum(axis=-1)


def entropy_cases(seed):
    rng = np.random.default_rng(seed)
    tiny = np.array([[1 - 1e-6, 1e-6, 0.0], [0.25, 0.25, 0.5]])
    return [
        Case("3 queries, 5 keys", (soft(rng.standard_normal((3, 5))),)),
        Case("5 queries, 5 keys", (soft(rng.standard_normal((5, 5))),)),
        Case("weights that are exactly 0", (np.array([[0.5, 0.5, 0.0], [1.0, 0, 0]]),)),
        Case("even shares of 4", (np.full((1, 4), 0.25),)),
        Case("one key", (np.ones((3, 1)),)),
        Case("11 queries, 13 keys", (soft(rng.standard_normal((11, 13))),)),
        Case("11 queries, 13 keys, half of them masked", (masked(rng, 11, 13),)),
        Case("a weight of a millionth", (tiny,)),
        Case("a weight of a billionth", (np.array([[1 - 1e-9, 1e-9, 0.0]]),)),
    ]


def masked(rng, t_q, t_k):
    """Weights, about half of them 0 wherever they stand."""
    scores = np.where(rng.random((t_q, t_k)) < 0.5, rng.normal(size=(t_q, t_k)), -1e9)
    return soft(scores)


def plogp(weights, log=np.log):
    return weights * log(np.where(weights > 0, weights, 1.0))


EXERCISE = Exercise(
    title="How widely does a query look?",
    answer=entropy,
    returns={"spread": "how widely does query {0} spread its attention?"},
    cases=entropy_cases,
    mistakes={
        "en-log2": Mistake(
            lambda weights: -plogp(weights, np.log2).sum(-1),
            "Your spread is in bits, by the logarithm to base 2. Nats are asked for, "
            "the natural logarithm: the same spread times ln 2 = 0.693.",
        ),
        "en-log10": Mistake(
            lambda weights: -plogp(weights, np.log10).sum(-1),
            "Your logarithm is that to base 10. Nats are asked for, the natural "
            "logarithm: the same spread times ln 10 = 2.303.",
        ),
        **{
            f"en-clip{variant}": Mistake(
                lambda weights, least=least: (
                    -(weights * np.log(np.clip(weights, least, 1))).sum(-1)
                ),
                "Right but for small weights: yours raises some before the logarithm "
                "that are not 0, and even a weight of a billionth has a term of its "
                "own. Replace only the zeros.",
            )
            for variant, least in (
                ("", 1e-3),
                ("-1e-2", 1e-2),
                ("-1e-4", 1e-4),
                ("-1e-6", 1e-6),
                ("-1e-8", 1e-8),
            )
        },
        **{
            f"en-raised{variant}": Mistake(
                lambda weights, least=least: -plogp(np.clip(weights, least, 1)).sum(-1),
                "A key of weight 0 adds a little spread in yours, as when every 0 is "
                "raised to a small number and then counted. It must add 0.",
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
                "Every term of yours is a little off, as when log 0 is avoided by "
                "adding a small number: it shifts all the other terms too, and yours "
                "is large enough to be seen. Replace only the zeros.",
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
            "Your spread is negative: logarithms of shares are, and the minus sign "
            "before their sum is missing.",
        ),
        "en-axis": Mistake(
            lambda weights: -plogp(weights).sum(0),
            "You have one number per key, as when the sum runs over the queries. Each "
            "query has one entropy: sum along its row.",
        ),
        "en-mean": Mistake(
            lambda weights: -plogp(weights).mean(-1),
            "Yours is smaller by the number of keys, as a mean over them is. Entropy "
            "is a sum; the weights do the averaging already.",
        ),
        "en-norm": Mistake(
            lambda weights: -plogp(weights).sum(-1) / np.log(weights.shape[-1]),
            "Yours runs from 0 to 1: it is divided by log n. Asked for is the entropy "
            "itself: for n even shares it is log n.",
        ),
        "en-all": Mistake(
            lambda weights: -plogp(weights).sum(),
            "You have one number for the whole table. Every query has an entropy of "
            "its own. (`weights[weights > 0]` forgets the rows: it makes one long line "
            "of what it keeps.)",
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
