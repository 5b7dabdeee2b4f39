"""More text than in training."""

from functools import partial

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def stretched_angles(length, trained, d):
    """RoPE's angles for a longer text, squeezed in two ways into the trained range."""
    pair = np.arange(0, d, 2) / d
    factor = length / trained
    squeezed = np.arange(length)[:, None] / factor * 10_000.0**-pair
    base = 10_000.0 * factor ** (d / (d - 2))
    rebased = np.arange(length)[:, None] * base**-pair
    return squeezed, rebased


def stretch_cases(seed):
    return [
        Case("11 positions after 5 in training, width 6", (11, 5, 6)),
        Case("7 after 7", (7, 7, 4)),
        Case("13 after 3, width 4", (13, 3, 4)),
        Case("10 after 5, width 10", (10, 5, 10)),
        Case("5 after 3, width 10", (5, 3, 10)),
        Case("101 after 37, width 12", (101, 37, 12)),
    ]


def stretched(
    length,
    trained,
    d,
    *,
    factor=lambda length, trained: length / trained,
    squeeze=lambda p, factor, pair: p / factor * 1e4**-pair,
    power=lambda d: d / (d - 2),
    rebase=lambda p, base, pair: p * base**-pair,
):
    """Both ways with one step replaced."""
    pair = np.arange(0, d, 2) / d
    times = factor(length, trained)
    position = np.arange(length)[:, None]
    grown = 1e4 * np.power(float(times), power(d))
    return squeeze(position, times, pair), rebase(position, grown, pair)


def _rates(d):
    return 1e4 ** (-np.arange(0, d, 2) / d)


EXERCISE = Exercise(
    title="More text than in training",
    answer=stretched_angles,
    returns={
        "squeezed": "with squeezed positions, where does hand {1} stand at {0}?",
        "rebased": "with the larger base, where does hand {1} stand at {0}?",
    },
    cases=stretch_cases,
    mistakes={
        "st-upside-down": Mistake(
            partial(stretched, factor=lambda length, trained: trained / length),
            "Your factor is upside down: positions spread instead of being squeezed, "
            "and leave the trained range all the sooner. It is length / trained.",
        ),
        "st-none": Mistake(
            partial(stretched, factor=lambda length, trained: 1.0),
            "Nothing is stretched in yours: these are the angles of plain RoPE.",
        ),
        "st-nosqueeze": Mistake(
            partial(stretched, squeeze=lambda p, factor, pair: p * 1e4**-pair),
            "Your first array is plain RoPE. Position interpolation divides every "
            "position by length / trained.",
        ),
        "st-squeeze-frequency": Mistake(
            partial(
                stretched, squeeze=lambda p, factor, pair: p * (1e4 * factor) ** -pair
            ),
            "Your first array changes the base. Interpolation leaves the frequencies "
            "alone and squeezes the positions: the fastest hand slows down as well.",
        ),
        "st-whole": Mistake(
            partial(
                stretched, squeeze=lambda p, factor, pair: p // factor * 1e4**-pair
            ),
            "Your squeezed positions are whole numbers, so that neighbours fall on the "
            "same place. An angle may be anything in between.",
        ),
        "st-whole-factor": Mistake(
            partial(stretched, factor=lambda length, trained: length // trained),
            "Your factor is cut down to a whole number, as by `//`. 11 positions in "
            "place of 5 need 2.2.",
        ),
        "st-times": Mistake(
            partial(stretched, squeeze=lambda p, factor, pair: p * factor * 1e4**-pair),
            "Your first array spreads the positions: multiplied by length / trained, "
            "they leave the trained range all the sooner. Divide.",
        ),
        "st-clip": Mistake(
            lambda length, trained, d: (
                np.outer(np.minimum(np.arange(length), trained - 1), _rates(d)),
                stretched_angles(length, trained, d)[1],
            ),
            "All positions after the trained ones fall on the last of them, so that "
            "their order is lost. Squeezing moves every position.",
        ),
        "st-linspace-end": Mistake(
            lambda length, trained, d: (
                np.outer(np.linspace(0, trained, length), _rates(d)),
                stretched_angles(length, trained, d)[1],
            ),
            "Your last position falls on `trained`, one past the trained ones, as with "
            "`np.linspace`, which includes its end. The step is trained / length.",
        ),
        "st-linspace": Mistake(
            lambda length, trained, d: (
                np.outer(np.linspace(0, trained - 1, length), _rates(d)),
                stretched_angles(length, trained, d)[1],
            ),
            "Your last position falls exactly on the last trained one. That is "
            "sensible, and a little different: asked for is a step of "
            "trained / length, as Chen and colleagues have it.",
        ),
        "st-modulo": Mistake(
            lambda length, trained, d: (
                (np.arange(length) % trained)[:, None]
                * 1e4 ** (-np.arange(0, d, 2) / d),
                stretched_angles(length, trained, d)[1],
            ),
            "Your positions start again at 0 after the trained length. Then two tokens "
            "stand at the same place; interpolation keeps the order.",
        ),
        "st-power1": Mistake(
            partial(stretched, power=lambda d: 1.0),
            "Your base grows by the factor itself. The slowest hand has the exponent "
            "(d - 2)/d, so to slow it down by the whole factor the base must grow by "
            "factor^(d/(d - 2)).",
        ),
        "st-brackets": Mistake(
            partial(stretched, power=lambda d: d / d - 2),
            "Your base shrinks as the text grows: the exponent is -1, as `d / d - 2` "
            "is, since Python divides first. It is d/(d - 2), with brackets.",
        ),
        "st-all-powered": Mistake(
            lambda length, trained, d: (
                stretched_angles(length, trained, d)[0],
                np.outer(
                    np.arange(length),
                    (1e4 * length / trained) ** (-np.arange(0, d, 2) / (d - 2)),
                ),
            ),
            "The power takes 10000 in as well. Only the factor is raised to d/(d - 2): "
            "10000 × factor^(d/(d - 2)).",
        ),
        "st-power-upside-down": Mistake(
            partial(stretched, power=lambda d: (d - 2) / d),
            "Your exponent is upside down: d/(d - 2), which is more than 1.",
        ),
        "st-norebase": Mistake(
            partial(stretched, rebase=lambda p, base, pair: p * 1e4**-pair),
            "Your second array is plain RoPE. The base grows to "
            "10000 × factor^(d/(d - 2)).",
        ),
        "st-both": Mistake(
            lambda length, trained, d: (
                stretched_angles(length, trained, d)[0],
                stretched_angles(length, trained, d)[1] * trained / length,
            ),
            "Your second array has both: the larger base and squeezed positions. NTK "
            "scaling leaves the positions as they are, and the fastest hand untouched.",
        ),
        "st-swapped": Mistake(
            lambda length, trained, d: stretched_angles(length, trained, d)[::-1],
            "The two arrays are exchanged: first the squeezed positions, then the "
            "larger base.",
        ),
    },
    also_right={
        "one angle at a time": lambda length, trained, d: tuple(
            np.array(
                [[p * a * b**-e for e in np.arange(0, d, 2) / d] for p in range(length)]
            )
            for a, b in (
                (trained / length, 1e4),
                (1.0, 1e4 * (length / trained) ** (d / (d - 2))),
            )
        ),
        "the slowed hands one by one": lambda length, trained, d: (
            np.outer(
                np.linspace(0, (length - 1) * trained / length, length), _rates(d)
            ),
            np.outer(
                np.arange(length),
                _rates(d) * (length / trained) ** (-np.arange(d // 2) / (d / 2 - 1)),
            ),
        ),
    },
    hints=(
        "Plain RoPE's angle is position × 10000^(-2i/d). One way changes the first "
        "factor, the other the second.",
        "Interpolation: position × trained / length. The last position then lies "
        "inside the trained range.",
        "NTK scaling: base = 10000 × (length / trained)^(d / (d - 2)).",
    ),
    question_after=(
        "One question about your function: compare the last column of your two arrays. "
        "And the first?"
    ),
    answer_after=(
        "The last columns are equal: both slow the slowest hand down by the factor. "
        "The first differ: interpolation slows the fastest hand, too, so that "
        "neighbours are harder to tell apart, and NTK scaling leaves it alone."
    ),
)
