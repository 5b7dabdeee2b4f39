"""And back."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.multi_head.programs import merge_at_once, merge_interleaved


def merge_heads(heads):
    """(b, h, t, d) → (b, t, h · d): the heads of a token side by side."""
    b, h, t, d = heads.shape
    return heads.transpose(0, 2, 1, 3).reshape(b, t, h * d)


def merge_cases(seed):
    rng = np.random.default_rng(seed)
    sizes = {
        "2 samples, 3 heads, 5 tokens": (2, 3, 5, 7),
        "the same sizes, other numbers": (2, 3, 5, 7),
        "13 samples, heads of 11": (13, 3, 2, 11),
        "16 heads": (3, 16, 5, 2),
        "as many tokens as columns": (2, 3, 6, 2),
        "as many heads as tokens": (2, 3, 3, 7),
        "one head": (2, 1, 5, 7),
        "one token": (2, 3, 1, 7),
        "one sample": (1, 3, 5, 7),
        "heads, tokens and numbers all 3": (2, 3, 3, 3),
    }
    return [Case(name, (rng.normal(size=size),)) for name, size in sizes.items()]


EXERCISE = Exercise(
    title="And back",
    answer=merge_heads,
    returns={"merged": "which head does number {2} of the token come from?"},
    cases=merge_cases,
    mistakes={
        "g-view": Mistake(
            merge_at_once,
            "Token 0 holds what head 0 found for the first tokens, as when a reshape "
            "comes without bringing the heads behind the tokens first. The shape is "
            "right, and a model may even train with it.",
        ),
        "g-sum": Mistake(
            lambda heads: heads.sum(axis=1),
            "Your heads are added up. They go side by side, h · d numbers a token; the "
            "output matrix mixes them later.",
        ),
        "g-mean": Mistake(
            lambda heads: heads.mean(axis=1),
            "Yours is the mean of the heads. They go side by side, h · d numbers a "
            "token.",
        ),
        "g-interleave": Mistake(
            merge_interleaved,
            "The heads are shuffled like cards: number 0 of each, then number 1 of "
            "each. Put whole heads side by side.",
        ),
        "g-first": Mistake(
            lambda heads: heads[:, 0],
            "Only head 0 comes back.",
        ),
        "g-backwards": Mistake(
            lambda heads: merge_heads(heads[:, ::-1]),
            "The last head stands first in yours.",
        ),
        "g-tokens-last": Mistake(
            lambda heads: merge_heads(heads).transpose(0, 2, 1),
            "The tokens stand last in yours: (b, h · d, t). A token is a row, with its "
            "numbers on the last axis.",
        ),
        "g-along-tokens": Mistake(
            lambda heads: heads.reshape(heads.shape[0], -1, heads.shape[3]),
            "Your heads stand one behind the other along the tokens: (b, h · t, d). "
            "The heads of one token go side by side, h · d numbers a token.",
        ),
        "g-notmerged": Mistake(
            lambda heads: heads.transpose(0, 2, 1, 3),
            "The heads stand behind the tokens, and still on an axis of their own. "
            "The last two axes become one.",
        ),
    },
    also_right={
        "head after head": lambda heads: np.concatenate(
            [heads[:, i] for i in range(heads.shape[1])], axis=-1
        ),
        "token by token": lambda heads: np.stack(
            [heads[:, :, i].reshape(len(heads), -1) for i in range(heads.shape[2])],
            axis=1,
        ),
    },
    hints=(
        "The same two steps as in splitting, in the other order.",
        "A reshape joins axes that stand side by side. Which two must stand side by "
        "side?",
    ),
    question_after=(
        "One question about your function: what does merging after splitting give? And "
        "the two single reshapes, one after the other?"
    ),
    answer_after=(
        "Both give x back. So a test that only splits and merges finds nothing wrong "
        "with the two reshapes: what happens between them is wrong."
    ),
)
