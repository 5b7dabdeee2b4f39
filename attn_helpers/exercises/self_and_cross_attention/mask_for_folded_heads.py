"""A mask for folded heads."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.self_and_cross_attention.programs import (
    ALL,
    END,
    FRONT,
    HERE_AND_THERE,
    MIDDLE,
    NOTHING,
    causal,
    counted,
    flipped,
    real_in,
)


def mask_for_folded_heads(real, num_heads, t_q):
    """A padding mask for heads that were folded into the batch axis."""
    per_head = np.repeat(real, num_heads, axis=0)  # (b * h, t_k)
    return np.repeat(per_head[:, None], t_q, axis=1)


def folded_cases(seed):
    del seed  # sizes, not numbers: nothing here is random
    everywhere = END, FRONT, MIDDLE, HERE_AND_THERE, ALL
    return [
        Case("2 sentences, 3 heads", (real_in(5, END, ALL), 3, 2)),
        Case("padding in front", (real_in(5, FRONT, ALL), 3, 2)),
        Case("padding in the middle", (real_in(5, ALL, MIDDLE), 3, 2)),
        Case("3 sentences, 2 heads", (real_in(5, HERE_AND_THERE, END, FRONT), 2, 7)),
        Case("1 sentence, 3 heads", (real_in(3, MIDDLE), 3, 5)),
        Case("2 sentences, 1 head", (real_in(11, HERE_AND_THERE, MIDDLE), 1, 2)),
        Case("as many heads as sentences", (real_in(3, END, MIDDLE), 2, 3)),
        Case("as many sentences as keys", (real_in(5, *everywhere), 2, 5)),
        Case("one query", (real_in(7, HERE_AND_THERE, ALL), 2, 1)),
        Case("one key", (real_in(1, ALL, NOTHING), 3, 2)),
        Case("nothing but padding", (real_in(5, ALL, NOTHING), 2, 3)),
        Case("10 sentences, 12 heads", (real_in(11, *everywhere * 2), 12, 13)),
    ]


def rows_of(per_head, t_q):
    return np.repeat(per_head[:, None], t_q, axis=1)


EXERCISE = Exercise(
    title="A mask for folded heads",
    answer=mask_for_folded_heads,
    returns={"mask": "may query {1} of folded row {0} read key {2}?"},
    cases=folded_cases,
    mistakes={
        "f-tile": Mistake(
            lambda real, num_heads, t_q: rows_of(np.tile(real, (num_heads, 1)), t_q),
            "Your rows run sentence 0, sentence 1, sentence 0, sentence 1, as "
            "`np.tile` has them. The heads of a sentence stand side by side, 0, 0, 1, "
            "1, so yours hides one sentence's padding in another: `np.repeat`.",
        ),
        "f-tile-queries": Mistake(
            lambda real, num_heads, t_q: np.tile(real, (num_heads, t_q, 1)).reshape(
                len(real) * num_heads, t_q, -1
            ),
            "In yours the queries of one folded row come from several sentences, as "
            "when `np.tile` says the list of sentences over and over. Repeat the row "
            "of a sentence for each of its heads, then for each query.",
        ),
        "f-causal": Mistake(
            lambda real, num_heads, t_q: (
                mask_for_folded_heads(real, num_heads, t_q) & causal(t_q, real.shape[1])
            ),
            "The future is hidden as well, as by a causal mask. Only padding is to be "
            "hidden here.",
        ),
        "f-first": Mistake(
            lambda real, num_heads, t_q: rows_of(
                np.tile(real[:1], (len(real) * num_heads, 1)), t_q
            ),
            "Every row has the padding of the first sentence.",
        ),
        "f-any": Mistake(
            lambda real, num_heads, t_q: rows_of(
                np.tile(real.any(axis=0), (len(real) * num_heads, 1)), t_q
            ),
            "Every row may read whatever is real in any sentence. Each sentence has "
            "padding of its own.",
        ),
        "f-keys": Mistake(
            lambda real, num_heads, t_q: np.repeat(
                rows_of(real, t_q), num_heads, axis=-1
            ),
            "The last axis has grown: every key stands there once for each head. The "
            "heads lie on the batch axis, the first one.",
        ),
        "f-queries": Mistake(
            lambda real, num_heads, t_q: np.repeat(
                rows_of(real, t_q), num_heads, axis=1
            ),
            "The middle axis has grown: every query stands there once for each head. "
            "The heads lie on the batch axis, the first one.",
        ),
        "f-unfolded": Mistake(
            lambda real, num_heads, t_q: np.repeat(
                rows_of(real, t_q)[:, None], num_heads, axis=1
            ),
            "The heads have an axis of their own in yours, (b, h, t_q, t_k). Here they "
            "are folded into the first: (b · h, t_q, t_k).",
        ),
        "f-no-heads": Mistake(
            lambda real, num_heads, t_q: rows_of(real, t_q),
            "There is one row for each sentence. Each of its heads needs one.",
        ),
        "f-no-queries": Mistake(
            lambda real, num_heads, t_q: np.repeat(real, num_heads, axis=0),
            "The axis of the queries is missing: (b · h, t_q, t_k) is asked for.",
        ),
        "f-one-query": Mistake(
            lambda real, num_heads, t_q: np.repeat(real, num_heads, axis=0)[:, None],
            "The axis of the queries has length 1. Where it is broadcast that would "
            "do; asked for is the whole mask, (b · h, t_q, t_k).",
        ),
        "f-rows": Mistake(
            lambda real, num_heads, t_q: np.repeat(
                np.repeat(real, num_heads, axis=0)[:, :, None], t_q, axis=2
            ),
            "Padding went onto the rows. A row is a query; what must not be read is a "
            "column.",
        ),
        "f-counted": Mistake(
            lambda real, num_heads, t_q: mask_for_folded_heads(
                counted(real), num_heads, t_q
            ),
            "Right while padding stands at the end: in yours the first keys are real "
            "and the others not, as if `real` only said how many there are. It says "
            "which.",
        ),
        "f-counted-back": Mistake(
            lambda real, num_heads, t_q: mask_for_folded_heads(
                flipped(real), num_heads, t_q
            ),
            "Right while padding stands in front: in yours the last keys are real and "
            "the others not, as if `real` only said how many there are. It says which.",
        ),
        "f-inverted": Mistake(
            lambda real, num_heads, t_q: ~mask_for_folded_heads(real, num_heads, t_q),
            "Every entry is the opposite of what it should be. Here True means that "
            "the query may read the key.",
        ),
    },
    also_right={
        "heads unfolded, then folded": lambda real, num_heads, t_q: np.broadcast_to(
            real[:, None, None], (len(real), num_heads, t_q, real.shape[1])
        ).reshape(-1, t_q, real.shape[1]),
        "a list of sentences": lambda real, num_heads, t_q: np.array(
            [[row] * t_q for row in real for _ in range(num_heads)]
        ),
        "by number": lambda real, num_heads, t_q: rows_of(
            real[np.arange(len(real) * num_heads) // num_heads], t_q
        ),
    },
    hints=(
        "`(b, h, t, d)` reshaped to `(b · h, t, d)`: write down which sentence and "
        "which head each row of the new first axis holds, for b = 2 and h = 3.",
        "`np.repeat` says everything h times before it goes on; `np.tile` says the "
        "whole list h times.",
        "`np.repeat(real, num_heads, axis=0)` gives (b · h, t_k); the queries all get "
        "the same row.",
    ),
    question_after=(
        "One question about your mask: with which batches does the wrong order go "
        "unnoticed?"
    ),
    answer_after=(
        "With one sentence, with sentences of equal length, and with one head. A test "
        "on such a batch passes and proves nothing."
    ),
)
