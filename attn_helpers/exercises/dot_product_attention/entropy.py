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
        Case("a weight of a millionth", (tiny,)),
    ]


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
