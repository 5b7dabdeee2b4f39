"""Along which axis?"""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def add_positions(x, table, start):
    """Add to each token the row of the table for the place where it stands."""
    t = x.shape[1]
    return x + table[start : start + t]  # (t, d) lines up with the last two axes


def add_cases(seed):
    rng = np.random.default_rng(seed)

    def case(b, t, d, length, start):
        return rng.normal(size=(b, t, d)), rng.normal(size=(length, d)), start

    return [
        Case("2 samples of 5 tokens", case(2, 5, 3, 7, 0)),
        Case("5 samples of 5 tokens", case(5, 5, 3, 11, 0)),
        Case("3 samples of 3 tokens, width 3", case(3, 3, 3, 3, 0)),
        Case("one sample, starting at 4", case(1, 3, 2, 7, 4)),
        Case("2 samples, starting at 2", case(2, 3, 5, 11, 2)),
        Case("2 samples, starting at 8, where the table ends", case(2, 3, 5, 11, 8)),
        Case("9 samples of 13 tokens, width 11", case(9, 13, 11, 23, 5)),
        Case("a single token at 6", case(2, 1, 3, 7, 6)),
    ]


def on_the_batch_axis(x, table, start):
    return x + table[start : start + x.shape[0]][:, None]


def token_by_token(x, table, start):
    moved = x.copy()
    for t in range(x.shape[1]):
        moved[:, t] = moved[:, t] + table[start + t]
    return moved


EXERCISE = Exercise(
    title="Along which axis?",
    answer=add_positions,
    returns={"moved": "which row of the table belongs to sample {0}, token {1}?"},
    cases=add_cases,
    mistakes={
        "a-batch": Mistake(
            on_the_batch_axis,
            "The position runs along the batch: all tokens of a sample get the same "
            "row, and each sample another. Axis 0 counts samples, axis 1 tokens.",
        ),
        "a-first": Mistake(
            lambda x, table, start: x + table[start],
            "Every token gets the row of the first one: an order in which all stand at "
            "the same place is none.",
        ),
        "a-start": Mistake(
            lambda x, table, start: x + table[: x.shape[1]],
            "Your count always starts at 0. The first token of `x` stands at `start`. "
            "This mistake shows only once a model writes token by token.",
        ),
        "a-offset": Mistake(
            lambda x, table, start: (
                x + table[np.arange(start + 1, start + 1 + x.shape[1]) % len(table)]
            ),
            "You are one place too late: the first token of `x` stands at `start`, not "
            "at `start + 1`.",
        ),
        "a-count": Mistake(
            lambda x, table, start: x + table[start : x.shape[1]],
            "Right where `start` is 0, and else too few rows, as from a slice that "
            "ends at t: a slice says where it ends, and not how many rows it has.",
        ),
        "a-last": Mistake(
            lambda x, table, start: x + table[len(table) - x.shape[1] :],
            "Your text gets the last rows of the table. It is longer than the text; "
            "the text begins at `start`.",
        ),
        "a-mul": Mistake(
            lambda x, table, start: x * table[start : start + x.shape[1]],
            "Your words are multiplied with the rows of the table. Positions are "
            "added; a row with zeros would wipe out the word.",
        ),
        "a-concat": Mistake(
            lambda x, table, start: np.concatenate(
                [
                    x,
                    np.broadcast_to(table[start : start + x.shape[1]], x.shape),
                ],
                axis=-1,
            ),
            "The position stands beside the word, and the width has doubled. That can "
            "be made to work; asked for is the sum, which keeps the width.",
        ),
        "a-reversed": Mistake(
            lambda x, table, start: x + table[start : start + x.shape[1]][::-1],
            "The last token gets the first position. The rows of the table stand in "
            "the order of the text.",
        ),
    },
    also_right={
        "token by token": token_by_token,
        "with an explicit batch axis": lambda x, table, start: (
            x + table[None, start : start + x.shape[1], :]
        ),
    },
    hints=(
        "Write the axes: `x` is (sample, token, number), `table` is (position, "
        "number). Which two must meet?",
        "Broadcasting lines axes up from the last one, and `table[start : start + t]` "
        "has t rows.",
    ),
    question_after=(
        "One question about your function: with as many samples as tokens, which wrong "
        "program would no shape have betrayed?"
    ),
    answer_after=(
        "The one with the positions along the batch. With 5 samples of 5 tokens every "
        "shape fits, and a model trained so has no order at all."
    ),
)
