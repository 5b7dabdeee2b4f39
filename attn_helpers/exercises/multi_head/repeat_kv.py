"""Eight askers, two answerers."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def repeat_kv(k, num_heads):
    """(b, h_kv, t, d) → (b, h, t, d): neighbouring queries share a key head."""
    return np.repeat(k, num_heads // k.shape[1], axis=1)


def repeat_cases(seed):
    rng = np.random.default_rng(seed)
    return [
        Case("6 query heads, 2 key heads", (rng.normal(size=(2, 2, 5, 3)), 6)),
        Case("6 query heads, 3 key heads", (rng.normal(size=(2, 3, 5, 2)), 6)),
        Case("as many key heads as tokens", (rng.normal(size=(2, 2, 2, 3)), 6)),
        Case("one key head for all", (rng.normal(size=(2, 1, 5, 3)), 6)),
        Case("a key head for each", (rng.normal(size=(2, 6, 5, 3)), 6)),
        Case("4 query heads, 2 key heads", (rng.normal(size=(1, 2, 3, 2)), 4)),
        Case("16 query heads, 2 key heads", (rng.normal(size=(11, 2, 3, 13)), 16)),
        Case("the same sizes, other numbers", (rng.normal(size=(2, 2, 5, 3)), 6)),
        Case("as many numbers as tokens", (rng.normal(size=(2, 3, 5, 5)), 6)),
        Case("30 query heads, 10 key heads", (rng.normal(size=(3, 10, 2, 1)), 30)),
    ]


GROUP_SIZE = (
    "In yours a key head serves as many query heads as there are key heads, h_kv. It "
    "should serve num_heads / h_kv of them."
)


EXERCISE = Exercise(
    title="Eight askers, two answerers",
    answer=repeat_kv,
    returns={"keys": "which key head does query head {1} read?"},
    cases=repeat_cases,
    mistakes={
        "gq-tile": Mistake(
            lambda k, num_heads: np.tile(k, (1, num_heads // k.shape[1], 1, 1)),
            "The order is another one: yours is 0 1 0 1 0 1. Neighbouring query heads "
            "share a key head, 0 0 0 1 1 1: query head i reads key head "
            "i // (h / h_kv). Trained weights fit only one of the two.",
        ),
        "gq-all": Mistake(
            lambda k, num_heads: np.repeat(k, num_heads, axis=1),
            "Each key head comes num_heads times in yours. It is needed num_heads / "
            "h_kv times.",
        ),
        "gq-flat": Mistake(
            lambda k, num_heads: np.repeat(k, num_heads // k.shape[1]),
            "Your result is one long row: without an axis, `repeat` takes the array "
            "apart. It is the axis of the heads that grows, `axis=1`.",
        ),
        "gq-samples": Mistake(
            lambda k, num_heads: np.repeat(k, num_heads // k.shape[1], axis=0),
            "The samples are repeated in yours. It is the axis of the heads that "
            "grows.",
        ),
        "gq-columns": Mistake(
            lambda k, num_heads: np.repeat(k, num_heads // k.shape[1], axis=-1),
            "The numbers within a key are repeated in yours, which makes it wider. It "
            "is the axis of the heads that grows.",
        ),
        "gq-tokens": Mistake(
            lambda k, num_heads: np.repeat(k, num_heads // k.shape[1], axis=2),
            "Every key is there several times, one after the other along the tokens. "
            "It is the axis of the heads that grows.",
        ),
        "gq-first": Mistake(
            lambda k, num_heads: np.repeat(k[:, :1], num_heads, axis=1),
            "All query heads read key head 0.",
        ),
        "gq-mean": Mistake(
            lambda k, num_heads: np.repeat(
                k.mean(axis=1, keepdims=True), num_heads, axis=1
            ),
            "All query heads read the mean of the key heads. (That is how a model may "
            "be converted before it is trained on; here each group keeps its own.)",
        ),
        "gq-factor": Mistake(
            lambda k, num_heads: np.repeat(k, k.shape[1], axis=1)[:, :num_heads],
            GROUP_SIZE,
        ),
        "gq-factor-clipped": Mistake(
            lambda k, num_heads: k[
                :, np.minimum(np.arange(num_heads) // k.shape[1], k.shape[1] - 1)
            ],
            GROUP_SIZE,
        ),
        "gq-mirror": Mistake(
            lambda k, num_heads: np.concatenate(
                [
                    k if i % 2 == 0 else k[:, ::-1]
                    for i in range(num_heads // k.shape[1])
                ],
                axis=1,
            ),
            "The order runs back and forth: 0 1 1 0 0 1. Neighbouring query heads "
            "share a key head, 0 0 0 1 1 1.",
        ),
        "gq-backwards": Mistake(
            lambda k, num_heads: repeat_kv(k[:, ::-1], num_heads),
            "The last key head stands first in yours.",
        ),
    },
    also_right={
        "broadcast and reshape": lambda k, num_heads: np.broadcast_to(
            k[:, :, None],
            (*k.shape[:2], num_heads // k.shape[1], *k.shape[2:]),
        ).reshape(k.shape[0], num_heads, *k.shape[2:]),
        "one index for each query head": lambda k, num_heads: k[
            :, np.arange(num_heads) * k.shape[1] // num_heads
        ],
    },
    hints=(
        "With 6 query heads and 2 key heads, query heads 0, 1, 2 read key head 0.",
        "`np.repeat` writes each entry several times in a row; `np.tile` writes the "
        "whole array several times.",
    ),
    question_after=(
        "One question about your function: how many bytes does the repeated array "
        "take, and how could a program avoid storing it?"
    ),
    answer_after=(
        "As many as with full heads, so nothing would be saved. What shrinks is what "
        "is kept between tokens, the keys and values before repeating; the product "
        "itself can be done by broadcasting over groups."
    ),
)
