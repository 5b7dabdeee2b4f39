"""Attention with a mask."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.dot_product_attention.programs import (
    HALF_D,
    NO_PEAK,
    NOT_THE_PEAK,
    OUTPUT,
    PEAK_OF_THE_TABLE,
    TWICE_D,
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
    irregular = rng.random((5, 7)) < 0.6
    irregular[:, 0] = True
    irregular[:2, 1:3] = [[False, True], [True, False]]
    dead_row = np.tile(np.arange(7) < 4, (5, 1))
    dead_row[2] = False
    tiny = np.array([[1.0, 0.0]]), np.eye(2), np.array([[10.0], [20.0]])
    causal = np.tril(np.ones((7, 7), dtype=bool))

    def again(mask):
        return q + 0.0, k + 0.0, v + 0.0, mask.copy()

    return [
        *(Case(name, again(np.tile(real, (5, 1)))) for name, real in REAL_KEYS.items()),
        Case("a mask with holes", again(irregular)),
        Case("causal, 7 by 7", (*qkv(rng, 7, 7, 3, 2), causal)),
        Case("5 of everything, a patchy mask", patchy(rng, 5, 5, 5, 5)),
        Case("17 queries, 19 keys, d_k = 13, d_v = 11", patchy(rng, 17, 19, 13, 11)),
        Case("query 2 may read nothing", again(dead_row)),
        Case("one query, two keys", (*tiny, np.array([[True, False]]))),
        Case("the only real key scores -200 to -20 000 000 000", low(rng)),
        Case("hidden keys score a billion and hold 1e30", loud(rng)),
        Case("rows thousands apart, two keys ahead", steep(rng)),
        Case(
            "scores in the thousands", (q * 3000.0, k + 0.0, v + 0.0, irregular.copy())
        ),
    ]


REAL_KEYS = {  # which of 7 keys are real
    "4 of 7 keys are real": np.arange(7) < 4,
    "everything allowed": np.arange(7) < 7,
    "padding in front": np.arange(7) > 2,
    "padding in the middle": abs(np.arange(7) - 3) > 1,
    "padding here and there": np.isin(np.arange(7), (1, 2, 5)),
}


def patchy(rng, t_q, t_k, d_k, d_v):
    """Random parts, and a mask with holes anywhere and one row without any True."""
    mask = rng.random((t_q, t_k)) < 0.5
    mask[np.arange(t_q), rng.integers(t_k, size=t_q)] = True
    mask[-2] = False
    return *qkv(rng, t_q, t_k, d_k, d_v), mask


def low(rng):
    """One real key, whose score lies below nearly every number one could think of."""
    q, k, v = qkv(rng, 6, 7, 3, 2)
    q[:] = np.array([0.01, 0.1, 1.0, 5.0, 1e6, 0.0])[:, None]
    k[2] = -2e4 / np.sqrt(3)
    return q, k, v, np.tile(np.arange(7) == 2, (6, 1))


def loud(rng):
    q, k, v = qkv(rng, 5, 7, 3, 2)
    hidden = np.isin(np.arange(7), (0, 4))
    q[:, 0] = [1.0, 1.0, -1.0, 1.0, -1.0]
    k[hidden, 0], v[hidden] = 1e9, 1e30
    return q, k, v, np.tile(~hidden, (5, 1))


def steep(rng):
    """Rows that lie thousands apart, two keys ahead of all others."""
    q, k, v = qkv(rng, 5, 7, 3, 2)
    q[:, 0], k[:, 0] = [0.0, 500.0, 1000.0, 2000.0, 2000.0], 1.0
    k[[2, 5], 0] = 2.0, 1.9999
    q *= np.sqrt(3)
    return q, k, v, np.tile(np.arange(7) != 3, (5, 1))


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


def guarded_sums(table):
    return np.where(row_sums(table) == 0, 1.0, row_sums(table))


def hidden(q, k, mask):
    return np.where(mask, scores_of(q, k), -np.inf)


def peak_taken(pick):
    """A number, picked from the allowed scores, is taken away before ``exp``."""

    def program(q, k, v, mask):
        seen = np.where(mask, scores_of(q, k), np.nan)
        grown = np.exp(hidden(q, k, mask) - np.nan_to_num(pick(seen)))
        return mix(grown / guarded_sums(grown), v)

    return program


def seen_mean(seen):
    return np.nanmean(seen, axis=-1, keepdims=True)


def seen_least(seen):
    return np.nanmin(seen, axis=-1, keepdims=True)


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
            "Your queries read what they must not, and nothing else. In this book True "
            "means that the query may attend to the key, as in torch's "
            "scaled_dot_product_attention; nn.MultiheadAttention is the one where True "
            "means blocked.",
        ),
        "m-after": Mistake(
            lambda q, k, v, mask: mix(soft(scores_of(q, k)) * mask, v),
            "The weights that are left in a row no longer sum to 1: the forbidden keys "
            "took their share with them. So it is when weights are set to 0 after the "
            "softmax; mask the scores before it.",
        ),
        **{
            f"m-renormalised{variant}": Mistake(
                lambda q, k, v, mask, total=total: mix(
                    late(q, k, mask) / total(late(q, k, mask)), v
                ),
                "Right on paper. Where forbidden scores are far higher, your allowed "
                "weights are all 0: beside the largest of all scores their "
                "exponentials are. Mask the scores, not the weights, and then look for "
                "the largest.",
            )
            for variant, total in (
                ("", guarded_sums),
                ("-nan", row_sums),
                ("-eps", lambda kept: row_sums(kept) + 1e-12),
                ("-eps-1e-9", lambda kept: row_sums(kept) + 1e-9),
            )
        },
        "m-swapped": Mistake(
            lambda q, k, v, mask: masked_attention(q, k, v, mask)[::-1],
            "The two results have changed places: asked is output, weights.",
        ),
        "m-zero": Mistake(
            filled_with(0.0),
            "Forbidden keys count in yours as if they scored 0, and that is not "
            "nothing: exp(0) = 1 beats every negative score. (-1e-9, a slip for -1e9, "
            "does the same.) Only -inf becomes a weight of 0.",
        ),
        "m-zero-k": Mistake(
            lambda q, k, v, mask: mix(soft(scores_of(q, k * read_by_anyone(mask))), v),
            "A key that nobody may read scores 0 in yours, and the mask does no more: "
            "exp(0) = 1, so it is still read. So it is when forbidden keys are set to "
            "0. Mask the scores, each query's by its own row.",
        ),
        "m-zero-v": Mistake(
            lambda q, k, v, mask: (
                soft(scores_of(q, k)) @ (v * read_by_anyone(mask)),
                soft(scores_of(q, k)),
            ),
            "Your weights know nothing of the mask, and a value that nobody may read "
            "counts as 0: its weight stays in the denominator, so every output is "
            "shrunk towards 0. Mask the scores.",
        ),
        **{
            f"m-fill-small{variant}": Mistake(
                filled_with(fill),
                "A forbidden key is only weakened in yours, and still read where the "
                "allowed scores are low: your number for forbidden scores is not low "
                "enough. Use -inf.",
            )
            for variant, fill in (("", -10.0), ("-100", -100.0), ("-1000", -1000.0))
        },
        "m-fill-1e4": Mistake(
            filled_with(-1e4),
            "It looks right, but a real score below -10 000 loses against your mask "
            "(a model once learnt to look ahead that way). Use -inf.",
        ),
        **{
            f"m-fill-1e9{variant}": Mistake(
                filled_with(fill),
                "Right for ordinary rows. A query that may read nothing gets even "
                "shares of forbidden keys from yours, for all its scores tie at one "
                "number, and a real score below that number loses against it. Use "
                "-inf; and here a row with nothing to read is all zeros.",
            )
            for variant, fill in (("", -1e9), ("-1e5", -1e5), ("-1e6", -1e6))
        },
        **{
            f"m-add-1e9{variant}": Mistake(
                lambda q, k, v, mask, by=by: mix(
                    soft(scores_of(q, k) + np.where(mask, 0, by)), v
                ),
                "Right for ordinary rows. With one number added to all scores of a "
                "query that may read nothing, it reads as if there were no mask, for a "
                "softmax does not see what is added to all; and a real score that lies "
                "further below the forbidden ones still loses. Use -inf; and here a "
                "row with nothing to read is all zeros.",
            )
            for variant, by in (("", -1e9), ("-1e6", -1e6), ("-1e4", -1e4))
        },
        **{
            f"m-fill-zeroed{variant}": Mistake(
                lambda q, k, v, mask, fill=fill: mix(
                    soft(np.where(mask, scores_of(q, k), fill)) * mask, v
                ),
                "Right while the allowed scores lie above your number for forbidden "
                "ones. Where they lie below it, the forbidden keys take everything, "
                "and nothing is left once they are set to 0. Use -inf.",
            )
            for variant, fill in (
                ("", -1e9),
                ("-1e6", -1e6),
                ("-1e5", -1e5),
                ("-1e4", -1e4),
                ("-1000", -1e3),
            )
        },
        **{
            f"m-nomax{variant}": Mistake(
                lambda q, k, v, mask, total=total: mix(
                    np.exp(hidden(q, k, mask)) / total(np.exp(hidden(q, k, mask))), v
                ),
                NO_PEAK,
            )
            for variant, total in (("", guarded_sums), ("-nan", row_sums))
        },
        "m-peak": Mistake(peak_taken(seen_mean), NOT_THE_PEAK),
        "m-peak-smallest": Mistake(peak_taken(seen_least), NOT_THE_PEAK),
        "m-table-peak": Mistake(peak_taken(np.nanmax), PEAK_OF_THE_TABLE),
        "m-counted": Mistake(
            lambda q, k, v, mask: masked_attention(
                q, k, v, np.arange(len(k)) < mask.sum(axis=-1, keepdims=True)
            ),
            "Right while a row allows its first keys: in yours the first ones are read "
            "and the rest hidden, as if the mask only said how many there are. It says "
            "which.",
        ),
        "m-first-row": Mistake(
            lambda q, k, v, mask: masked_attention(
                q, k, v, np.tile(mask[0], (len(q), 1))
            ),
            "Every query reads what query 0 may read. The mask has a row for each.",
        ),
        "m-anyone": Mistake(
            lambda q, k, v, mask: masked_attention(
                q, k, v, np.tile(mask.any(axis=0), (len(q), 1))
            ),
            "What one query may read, every query reads in yours. The mask has a row "
            "for each.",
        ),
        "m-inf": Mistake(
            lambda q, k, v, mask: mix(
                soft(np.where(mask, scores_of(q, k), -np.inf)), v
            ),
            "Right except for the query that may read nothing: its row is nan, as 0/0 "
            "and -inf - (-inf) are. Here such a row is all zeros; where would you "
            "catch it?",
        ),
        "m-plusinf": Mistake(
            filled_with(np.inf),
            "The forbidden keys take everything, and inf/inf is nan: with +inf in "
            "their place that is so. The sign must be minus.",
        ),
        "m-0timesinf": Mistake(
            lambda q, k, v, mask: mix(soft(scores_of(q, k) + (1 - mask) * -np.inf), v),
            "Every row is nan, allowed keys included, as when the mask is multiplied "
            "by -inf: 0 · -inf is nan. Choose with `np.where(mask, scores, -np.inf)` "
            "instead.",
        ),
        "m-double": Mistake(
            lambda q, k, v, mask: mix(
                soft(np.where(mask, soft(scores_of(q, k)), -np.inf)), v
            ),
            "The allowed keys share nearly equally in yours, whatever they score, as "
            "when softmax runs twice, before the mask and after it. The second one "
            "sees numbers between 0 and 1.",
        ),
        "m-add-bool": Mistake(
            lambda q, k, v, mask: mix(soft(scores_of(q, k) + mask), v),
            "Allowed keys get a bonus of 1 in yours, and forbidden ones are still "
            "read, as when the mask itself is added: True counts as 1. True must add "
            "0, and False -inf.",
        ),
        "m-times-inf-scores": Mistake(
            lambda q, k, v, mask: mix(
                soft(np.where(mask, scores_of(q, k), scores_of(q, k) * 1e9)), v
            ),
            "Forbidden keys with a negative score are silent in yours, and those with "
            "a positive one win everything: a large factor does that. Only -inf "
            "silences both.",
        ),
        "m-ignored": Mistake(
            lambda q, k, v, mask: mix(soft(scores_of(q, k)), v),
            "The mask has no effect in your program: forbidden keys keep the weight "
            "they would have without it.",
        ),
        "m-T": Mistake(
            lambda q, k, v, mask: masked_attention(q, k, v, mask.T),
            "The mask acts transposed in yours, or does not fit. Rows are queries and "
            "columns are keys, in the mask as in the scores.",
        ),
        "m-noscale": Mistake(
            lambda q, k, v, mask: masked_attention(
                q * np.sqrt(q.shape[-1]), k, v, mask
            ),
            "The mask is right; your scores are too large by √d_k. Divide.",
        ),
        **{
            f"m-scale{variant}": Mistake(
                lambda q, k, v, mask, by=by: masked_attention(
                    q * np.sqrt(q.shape[-1]) / by(q.shape[-1]), k, v, mask
                ),
                message,
            )
            for variant, by, message in (
                ("-half", lambda d: d / 2, HALF_D),
                ("-twice", lambda d: 2 * d, TWICE_D),
                (
                    "-square",
                    lambda d: d,
                    "The mask is right; your scores are divided by d_k, and √d_k is "
                    "their typical size.",
                ),
            )
        },
        "m-axis-q": Mistake(
            lambda q, k, v, mask: mix(over_queries(scores_of(q, k), mask), v),
            "The mask is right, but each column of yours sums to 1: each key shares "
            "itself out among the queries. Each row must sum to 1 (or to 0 where "
            "nothing may be read).",
        ),
        "m-axis-q-nan": Mistake(
            lambda q, k, v, mask: mix(
                soft(np.where(mask, scores_of(q, k), -np.inf), axis=0), v
            ),
            "Each column of yours sums to 1, over the queries, so a key that nobody "
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
