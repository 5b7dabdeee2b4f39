"""Cut the columns, not the tokens."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.multi_head.programs import split_at_once, split_interleaved


def split_heads(x, num_heads):
    """(b, t, d_model) → (b, h, t, d_model / h): each head a block of columns."""
    b, t, d_model = x.shape
    blocks = x.reshape(b, t, num_heads, d_model // num_heads)  # cut the last axis
    return blocks.transpose(0, 2, 1, 3)  # then bring the heads before the tokens


def split_cases(seed):
    rng = np.random.default_rng(seed)
    sizes = {
        "2 samples, 5 tokens, 3 heads of 7": (2, 5, 21, 3),
        "the same sizes, other numbers": (2, 5, 21, 3),
        "11 samples": (11, 3, 10, 2),
        "16 heads": (3, 2, 80, 16),
        "as many tokens as columns": (2, 6, 6, 3),
        "as many heads as tokens": (2, 3, 21, 3),
        "as many heads as numbers in one": (2, 5, 9, 3),
        "one head": (2, 5, 7, 1),
        "one token": (2, 1, 21, 3),
        "one sample": (1, 5, 21, 3),
        "heads, tokens and numbers all 3": (2, 3, 9, 3),
    }
    return [
        Case(name, (rng.normal(size=(b, t, d)), h))
        for name, (b, t, d, h) in sizes.items()
    ]


EXERCISE = Exercise(
    title="Cut the columns, not the tokens",
    answer=split_heads,
    returns={"heads": "which columns of the token belong to head {1}?"},
    cases=split_cases,
    mistakes={
        "h-view": Mistake(
            split_at_once,
            "The shape is right and the numbers are not: head 0 holds the first "
            "tokens, whole, as one reshape straight to (b, h, t, d) fills it. That "
            "cuts across tokens. Cut the last axis first, then swap tokens and heads.",
        ),
        "h-interleaved": Mistake(
            split_interleaved,
            "Head j gets every h-th column. A head should get a block of neighbours: "
            "head j the columns from j · d up to (j + 1) · d.",
        ),
        "h-swapped-after": Mistake(
            lambda x, num_heads: split_at_once(x, num_heads).transpose(0, 2, 1, 3),
            "The cut goes across tokens and the shape is (b, t, h, d), as when a "
            "reshape to (b, h, t, d) is followed by a swap. The two steps are right "
            "the other way about: cut into (b, t, h, d), and the swap gives "
            "(b, h, t, d).",
        ),
        "h-tokens": Mistake(
            lambda x, num_heads: np.stack(np.split(x, num_heads, axis=1), axis=1),
            "Each head has some of the tokens, whole, or the cut does not come out "
            "even: it goes through the axis of the tokens. Every head gets all tokens, "
            "and some columns of each: cut the last axis.",
        ),
        "h-batch": Mistake(
            lambda x, num_heads: x.reshape(
                x.shape[1], x.shape[0], num_heads, -1
            ).transpose(1, 2, 0, 3),
            "Samples and tokens are jumbled in yours, as by a reshape that names them "
            "in the other order. A reshape moves no number; to change places takes a "
            "transpose.",
        ),
        "h-notranspose": Mistake(
            lambda x, num_heads: x.reshape(*x.shape[:2], num_heads, -1),
            "The heads still come after the tokens: (b, t, h, d). A matrix product of "
            "such queries and keys would let the heads of one token attend to each "
            "other. Bring the heads before the tokens.",
        ),
        "h-untangled": Mistake(
            lambda x, num_heads: x.transpose(0, 2, 1).reshape(
                x.shape[0], num_heads, x.shape[1], -1
            ),
            "Each head of yours holds its columns one after the other, all tokens of "
            "the first and then of the next, as when a transpose comes before the cut "
            "and the tokens stand on the last axis. Cut the last axis into (h, d) "
            "first.",
        ),
        "h-copy": Mistake(
            lambda x, num_heads: np.repeat(
                x[:, None, :, : x.shape[-1] // num_heads], num_heads, axis=1
            ),
            "Every head gets the same block, the first one.",
        ),
        "h-backwards": Mistake(
            lambda x, num_heads: split_heads(x, num_heads)[:, ::-1],
            "Your heads stand in reverse order: head 0 should hold the first columns.",
        ),
        "h-transposed": Mistake(
            lambda x, num_heads: split_heads(x, num_heads).transpose(0, 1, 3, 2),
            "The last two axes have changed places: (b, h, d, t). The numbers of a "
            "token belong on the last axis.",
        ),
        "h-batch-last": Mistake(
            lambda x, num_heads: split_heads(x, num_heads).transpose(1, 0, 2, 3),
            "Heads come before samples in yours: (h, b, t, d). The samples stay in "
            "front.",
        ),
    },
    also_right={
        "head by head": lambda x, num_heads: np.stack(
            np.split(x, num_heads, axis=-1), axis=1
        ),
        "axes swapped by name": lambda x, num_heads: np.swapaxes(
            x.reshape(*x.shape[:2], num_heads, -1), 1, 2
        ),
    },
    hints=(
        "Two steps. Which of them moves numbers, and which only reads them in another "
        "shape?",
        "`x.reshape(b, t, num_heads, d)` cuts every token's row into blocks. Then "
        "swap the axes of tokens and heads.",
    ),
    question_after=(
        "One question about your function: fill x with 0, 1, 2, … and look at head 0 "
        "of token 1. Where would the numbers of token 0 be after a single reshape?"
    ),
    answer_after=(
        "All in head 0: a single reshape hands the first numbers of the sample, token "
        "after token, to the first head. With 5 tokens and 3 heads of 7, head 0 then "
        "holds token 0 and two thirds of token 1."
    ),
)
