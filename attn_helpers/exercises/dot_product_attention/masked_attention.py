"""Attention with a mask."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.dot_product_attention.programs import (
    OUTPUT,
    mix,
    qkv,
    scores_of,
)
from attn_helpers.exercises.programs import WEIGHTS, soft


def masked_attention(q, k, v, mask):
    """Attend only where ``mask`` is True; a row with nothing to read gives zeros."""
    scores = q @ k.T / np.sqrt(q.shape[-1])  # (t_q, t_k)
    allowed = np.where(mask, scores, -np.inf)
    peak = allowed.max(axis=-1, keepdims=True)
    grown = np.exp(allowed - np.where(np.isfinite(peak), peak, 0.0))
    total = grown.sum(axis=-1, keepdims=True)
    weights = grown / np.where(total == 0.0, 1.0, total)
    return weights @ v, weights


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


EXERCISE = Exercise(
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
