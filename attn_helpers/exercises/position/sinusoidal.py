"""A clock for every pair of columns."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def sinusoidal(length, d_model):
    """A row of sin, cos, sin, cos, … for every position, counted from 0."""
    pair = np.arange(0, d_model, 2)  # 2 i: what both columns of pair i share
    angles = np.arange(length)[:, None] / 10_000 ** (pair / d_model)
    table = np.empty((length, d_model))
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles)
    return table


def sinusoidal_cases(seed):
    return [
        Case("7 positions, width 6", (7, 6)),
        Case("7 positions, width 2", (7, 2)),
        Case("one position", (1, 6)),
        Case("5 positions, width 4", (5, 4)),
        Case("3 positions, width 10", (3, 10)),
        Case("6 positions, width 6", (6, 6)),
        Case("101 positions, width 12", (101, 12)),
    ]


def waves(angles):
    """A table of sin and cos by column, from a function of column, position, width."""

    def table(length, d_model):
        column = np.arange(d_model)
        position = np.arange(length)[:, None]
        angle = angles(column, position, d_model)
        return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))

    return table


def even(column):
    return column // 2 * 2


def all_sines_first(length, d_model):
    table = sinusoidal(length, d_model)
    return np.concatenate([table[:, 0::2], table[:, 1::2]], axis=-1)


def cosine_first(length, d_model):
    table = sinusoidal(length, d_model)
    return np.stack([table[:, 1::2], table[:, 0::2]], axis=-1).reshape(table.shape)


def only_sines(length, d_model):
    column = np.arange(d_model)
    return np.sin(np.arange(length)[:, None] / 1e4 ** (even(column) / d_model))


def one_position_at_a_time(length, d_model):
    return np.array(
        [
            [
                (np.sin, np.cos)[j % 2](p / 1e4 ** ((j - j % 2) / d_model))
                for j in range(d_model)
            ]
            for p in range(length)
        ]
    )


def through_the_exponential(length, d_model):
    rate = np.exp(-np.log(1e4) / d_model * np.arange(0, d_model, 2))
    angles = np.arange(length)[:, None] * rate
    return np.stack([np.sin(angles), np.cos(angles)], -1).reshape(length, d_model)


EXERCISE = Exercise(
    title="A clock for every pair of columns",
    answer=sinusoidal,
    returns={"table": "what does column {1} say at position {0}?"},
    cases=sinusoidal_cases,
    mistakes={
        "p-2i": Mistake(
            waves(lambda c, p, d: p / 1e4 ** (2 * c / d)),
            "Your exponent uses twice the number of the column. In the paper i counts "
            "pairs: columns 2i and 2i + 1 share the exponent 2i/d.",
        ),
        "p-twice": Mistake(
            waves(lambda c, p, d: p / 1e4 ** (2 * even(c) / d)),
            "Your exponent of pair i is 4i/d: a factor of 2 too many. "
            "`np.arange(0, d_model, 2)` is 2i already; `np.arange(d_model // 2)` is i.",
        ),
        "p-own": Mistake(
            waves(lambda c, p, d: p / 1e4 ** (c / d)),
            "Sine and cosine of a pair must share one frequency, or they are not the "
            "two coordinates of one clock hand. Your cosine turns more slowly than the "
            "sine before it.",
        ),
        "p-halves": Mistake(
            all_sines_first,
            "All sines come first, then all cosines. Some code lays them out so; asked "
            "for is sin, cos, sin, cos.",
        ),
        "p-swap": Mistake(
            cosine_first,
            "Sine and cosine have changed places: position 0 should read 0, 1, 0, 1.",
        ),
        "p-mul": Mistake(
            waves(lambda c, p, d: p * 1e4 ** (even(c) / d)),
            "Each pair of yours turns faster than the one before, by 10000^(2i/d). It "
            "should turn more slowly: divide.",
        ),
        **{
            f"p-base{variant}": Mistake(
                waves(lambda c, p, d, base=base: p / base ** (even(c) / d)),
                "The base is 10 000, and yours is another number.",
            )
            for variant, base in (("", 1e3), ("-100000", 1e5))
        },
        "p-from1": Mistake(
            waves(lambda c, p, d: (p + 1) / 1e4 ** (even(c) / d)),
            "Your first row is the one of position 1. Positions count from 0, where "
            "every sine is 0 and every cosine 1.",
        ),
        "p-power": Mistake(
            waves(lambda c, p, d: p * (even(c) / d) ** 1e-4),
            "Base and exponent have changed places: 10000 is raised to the power 2i/d.",
        ),
        "p-floor": Mistake(
            waves(lambda c, p, d: p * np.exp(even(c) * (-np.log(1e4) / d // 2))),
            "Your rates are whole powers of e, as when the exponent is cut down to a "
            "whole number: Python reads `-log(10000) / d // 2` from the left. The "
            "exponent is -log(10000) × 2i / d.",
        ),
        "p-sines": Mistake(
            only_sines,
            "Your odd columns are sines, too. With the sine alone a clock hand at 10 "
            "minutes looks like one at 20.",
        ),
        "p-pairs": Mistake(
            waves(lambda c, p, d: p / 1e4 ** (c // 2 / d)),
            "Your frequencies fall too slowly: the exponent of pair i is 2i/d, and "
            "yours is i/d. (A base of 100 comes to the same.)",
        ),
    },
    also_right={
        "entry by entry": one_position_at_a_time,
        "through the exponential function": through_the_exponential,
    },
    hints=(
        "Columns 0 and 1 share a frequency, columns 2 and 3 the next. How many "
        "frequencies are there for width 6?",
        "`np.arange(0, d_model, 2) / d_model` is 2i/d for each pair; an angle is the "
        "position divided by 10000 to that power.",
        "`table[:, 0::2] = np.sin(angles)` fills every other column.",
    ),
    question_after=(
        "One question about your function: what is the dot product of two rows, 3 "
        "positions apart? Does it matter where they stand?"
    ),
    answer_after=(
        "It does not: sin a sin b + cos a cos b = cos(a - b) for each pair, so the dot "
        "product of rows m and n depends on m - n alone. That is lost again as soon "
        "as the table is added to words and multiplied by learned matrices."
    ),
)
