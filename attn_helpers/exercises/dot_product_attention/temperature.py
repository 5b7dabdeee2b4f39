"""A dial from sharp to flat."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.dot_product_attention.programs import (
    LOST_AXIS,
    LOST_PEAK,
    NOT_THE_PEAK,
    WHOLE_SUM,
    kept_flat,
    less,
    over_the_table,
    row_mean,
    share,
    smallest,
    softmax_with_a_flat_peak,
    softmax_without_keepdims,
)
from attn_helpers.exercises.programs import WEIGHTS, soft


def softmax_at(scores, temperature):
    """Softmax of the scores divided by a temperature."""
    scaled = scores / temperature
    grown = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def temperature_cases(seed):
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((3, 5))
    wide = np.array([[2.0, 0.0, -2.0, -1.0], [-2.0, 1.0, 2.0, 0.0]])
    close = np.array([[1.001, 1.0, 0.999], [-0.001, 0.0, 0.002]])
    return [
        Case("temperature 0.3", (scores, 0.3)),
        Case("temperature 3", (scores + 0.0, 3.0)),
        Case("temperature 1", (scores + 0.0, 1.0)),
        Case("temperature 0.001", (scores + 0.0, 1e-3)),
        Case("three scores, temperature 2", (np.array([[2.0, 1.0, 0.0]]), 2.0)),
        Case("scores near 1000, temperature 1", (scores + 1000.0, 1.0)),
        Case("leads of a thousandth, temperature 0.001", (close, 1e-3)),
        Case("5 queries, 5 keys, temperature 0.3", (rng.normal(size=(5, 5)), 0.3)),
        Case("11 queries, 13 keys, temperature 2", (rng.normal(size=(11, 13)), 2.0)),
        Case("3 queries, one key, temperature 0.3", (rng.normal(size=(3, 1)), 0.3)),
        Case("temperature 1000", (scores * 1000.0, 1000.0)),
        Case("leads of 1 and more, temperature 0.001", (wide, 1e-3)),
    ]


EXERCISE = Exercise(
    title="A dial from sharp to flat",
    answer=softmax_at,
    returns={"weights": WEIGHTS},
    cases=temperature_cases,
    mistakes={
        "T-mul": Mistake(
            lambda scores, temperature: soft(scores * temperature),
            "Hot comes out sharp, as when scores are multiplied by the temperature. "
            "They are divided by it: near 0 the winner takes all, far above 1 the "
            "shares even out.",
        ),
        "T-after": Mistake(
            lambda scores, temperature: soft(scores) / temperature,
            "Your weights no longer sum to 1, and their ratios are the same at every "
            "temperature: it divides the weights, after the softmax. Divide the scores "
            "instead.",
        ),
        "T-none": Mistake(
            lambda scores, temperature: soft(scores),
            "The temperature has no effect in your program: the weights at 0.3 and at "
            "3 are the same.",
        ),
        "T-sq": Mistake(
            lambda scores, temperature: soft(scores / temperature**2),
            "Your scores are divided by the square of the temperature. It has the unit "
            "of a score, like a standard deviation, not like a variance.",
        ),
        "T-root": Mistake(
            lambda scores, temperature: soft(scores / np.sqrt(temperature)),
            "Your scores are divided by the square root of the temperature. The root "
            "belongs to the width d_k of the keys; a temperature divides as it is.",
        ),
        "T-power": Mistake(
            lambda scores, temperature: soft(scores) ** (1 / temperature),
            "The ratios in each row are right, and its sum is not 1. So it is when the "
            "weights are raised to the power 1/temperature: one step is left, the rows "
            "need to be divided by their sums again.",
        ),
        "T-nomax": Mistake(
            lambda scores, temperature: share(np.exp(scores / temperature)),
            "Right until the temperature is small, or the scores large: a score of 1 "
            "divided by 0.001 is 1000, and `exp` overflows. Subtract the row's largest "
            "score after dividing.",
        ),
        "T-max-before": Mistake(
            lambda scores, temperature: share(
                np.exp((scores / temperature) - scores.max(-1, keepdims=True))
            ),
            "Right while the temperature is near 1. At 0.001 your exponents stay far "
            "above 0 and `exp` overflows, at 1000 they lie far below: so it is when "
            "the largest raw score is subtracted from scores that are divided already. "
            "Divide first, then take the maximum of what you have.",
        ),
        **{
            f"T-peak{variant}": Mistake(
                lambda scores, temperature, pick=pick: share(
                    less(scores / temperature, pick)
                ),
                NOT_THE_PEAK,
            )
            for variant, pick in (("", row_mean), ("-smallest", smallest))
        },
        **{
            f"T-all{variant}": Mistake(
                lambda scores, temperature, pick=pick: over_the_table(
                    less(scores / temperature, pick)
                ),
                WHOLE_SUM,
            )
            for variant, pick in (
                ("", np.max),
                ("-nomax", lambda scores: 0.0),
                ("-rows", lambda scores: scores.max(axis=-1, keepdims=True)),
            )
        },
        "T-lost-peak": Mistake(
            lambda scores, temperature: softmax_with_a_flat_peak(scores / temperature),
            LOST_PEAK,
        ),
        **{
            f"T-floor{variant}": Mistake(
                lambda scores, temperature, least=least: soft(
                    scores / max(temperature, least)
                ),
                "Your temperature stops falling at some value, as with "
                "`max(temperature, 0.01)`. At 0.001 a lead of a thousandth counts as a "
                "lead of 1; the maximum subtracted is all the protection it needs.",
            )
            for variant, least in (
                ("", 0.01),
                ("-0.1", 0.1),
                ("-0.05", 0.05),
                ("-0.005", 0.005),
                ("-0.002", 0.002),
            )
        },
        **{
            f"T-eps{variant}": Mistake(
                lambda scores, temperature, eps=eps: soft(scores / (temperature + eps)),
                "Your temperature is a little too high, as when a small number is "
                "added to it. It is above 0 already, and at 0.001 what is added can be "
                "seen.",
            )
            for variant, eps in (("", 1e-8), ("-1e-6", 1e-6), ("-1e-3", 1e-3))
        },
        "T-axis": Mistake(
            lambda scores, temperature: soft(scores / temperature, axis=0),
            "The temperature is right; each column of yours sums to 1. It is the query "
            "that shares out its attention: every row must sum to 1, along `axis=-1`.",
        ),
        "T-globalmax": Mistake(
            lambda scores, temperature: share(
                np.exp(scores / temperature - (scores / temperature).max())
            ),
            "Right while the temperature is not small. With one number subtracted from "
            "all rows, such as the largest of the table, a row whose best score is 1 "
            "lower lies 1000 below it at temperature 0.001 and becomes 0/0. Each row "
            "needs its own maximum.",
        ),
        "T-keepdims": Mistake(
            lambda scores, temperature: softmax_without_keepdims(scores / temperature),
            LOST_AXIS,
        ),
        "T-keepdims-both": Mistake(
            lambda scores, temperature: kept_flat(scores / temperature), LOST_AXIS
        ),
        "T-negative": Mistake(
            lambda scores, temperature: soft(-scores / temperature),
            "The order is upside down: the lowest score gets the largest share. "
            "Energies in physics carry a minus sign here, scores do not.",
        ),
    },
    also_right={
        "the maximum taken before dividing": lambda scores, temperature: share(
            np.exp((scores - scores.max(-1, keepdims=True)) / temperature)
        ),
        "weights raised to 1/temperature in logarithms": lambda scores, temperature: (
            soft(
                (scores - np.logaddexp.reduce(scores, -1, keepdims=True)) / temperature
            )
        ),
    },
    hints=(
        "The temperature changes the scores, before they become shares.",
        "What should happen to a lead of 2 when the temperature is 2? It should count "
        "as a lead of 1.",
        "Divide the scores by the temperature, then do what your softmax did, the "
        "subtraction of the maximum included.",
    ),
    question_after=(
        "One question about your function: can any temperature above 0 change which "
        "key gets the largest share?"
    ),
    answer_after=(
        "No. Dividing by a number above 0 keeps the order of the scores, and `exp` "
        "keeps it too."
    ),
)
