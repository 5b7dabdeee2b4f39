"""Up on a line, down with a root."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def learning_rate(steps, d_model, warmup):
    """The first Transformer's learning rate at each of these steps, counted from 1."""
    return d_model**-0.5 * np.minimum(steps**-0.5, steps * warmup**-1.5)


def rate_cases(seed):
    first = float(np.random.default_rng(seed).integers(500, 1000))
    return [
        Case("the first 17 steps, 5 of warm-up", (np.arange(1.0, 18.0), 7, 5)),
        Case("the same steps, a wider model", (np.arange(1.0, 18.0), 512, 5)),
        Case("the same steps, a longer warm-up", (np.arange(1.0, 18.0), 7, 11)),
        Case("before, at and after the end", (np.array([99.0, 100.0, 101.0]), 13, 100)),
        Case("as in the paper", (np.array([1.0, 100.0, 4e3, 1e5]), 512, 4000)),
        Case("no order, and far out", (np.array([first, 3.0, 1e6, 53.0]), 11, 37)),
        Case("a warm-up of one step", (np.array([1.0, 2.0, 9.0]), 3, 1)),
        Case("one step", (np.array([2.0]), 1, 7)),
    ]


def rate_with(
    rise=lambda s, w: s * w**-1.5,
    fall=lambda s, w: s**-0.5,
    join=np.minimum,
    width=lambda d: d**-0.5,
):
    """The schedule with one of its parts replaced."""
    return lambda steps, d_model, warmup: (
        width(d_model) * join(fall(steps, warmup), rise(steps, warmup))
    )


def step_by_step(steps, d_model, warmup):
    rates = [
        s * warmup ** (-3 / 2) if s < warmup else 1 / s ** (1 / 2)
        for s in steps.tolist()
    ]
    return np.array(rates) / np.sqrt(d_model)


def from_the_peak(steps, d_model, warmup):
    peak = 1 / np.sqrt(d_model * warmup)
    share = steps / warmup
    return peak * np.where(share < 1, share, 1 / np.sqrt(np.maximum(share, 1)))


EXERCISE = Exercise(
    title="Up on a line, down with a root",
    answer=learning_rate,
    returns={"rate": "what is the learning rate at the step in place {0}?"},
    cases=rate_cases,
    mistakes={
        "wu-max": Mistake(
            rate_with(join=np.maximum),
            "Your rate is the larger of the two, so it starts high, falls, and then "
            "grows for ever. The smaller one holds: `np.minimum`.",
        ),
        "wu-nowarmup": Mistake(
            rate_with(join=lambda fall, rise: fall),
            "There is no warm-up in yours, and the rate is at its largest in the first "
            "step: the rising line is missing, or too steep to be the smaller one. It "
            "is steps × warmup to the power of -1.5, with a minus sign.",
        ),
        "wu-nofall": Mistake(
            rate_with(join=lambda fall, rise: rise),
            "Your rate never falls. After the warm-up it is steps to the power of "
            "-0.5, the smaller of the two.",
        ),
        "wu-flat": Mistake(
            rate_with(fall=lambda s, w: w**-0.5 + 0 * s),
            "Your rate stays at its peak after the warm-up. It falls from there with "
            "the root of the step.",
        ),
        "wu-linear": Mistake(
            rate_with(
                rise=lambda s, w: np.where(s < w, s * w**-1.5, np.inf),
                fall=lambda s, w: np.maximum(2 * w - s, 0) * w**-1.5,
            ),
            "Your rate falls on a line, as steeply as it rose, down to 0. It falls "
            "with the root of the step, and never gets there.",
        ),
        "wu-inverse": Mistake(
            rate_with(fall=lambda s, w: np.sqrt(w) / s),
            "Your rate falls as 1 / step: after four times the warm-up a quarter of "
            "the peak is left. With the root of the step it is a half.",
        ),
        "wu-unraised": Mistake(
            rate_with(rise=lambda s, w: s * w**-1.0),
            "Your line is too steep, as with warmup to the power of -1: it meets the "
            "curve long before the warm-up is over. With -1.5 they meet at the step "
            "`warmup`.",
        ),
        "wu-half": Mistake(
            rate_with(rise=lambda s, w: s * w**-0.5),
            "Your line is too steep, as with warmup to the power of -0.5: it is never "
            "the smaller one for long. With -1.5 they meet at the step `warmup`.",
        ),
        "wu-from0": Mistake(
            lambda steps, d_model, warmup: learning_rate(
                np.maximum(steps - 1, 1e-300), d_model, warmup
            ),
            "Your rates come one step late, as when steps are counted from 0: the "
            "first one is 0, and nothing is learnt from the first batch. `steps` "
            "counts from 1 already.",
        ),
        "wu-one-more": Mistake(
            lambda steps, d_model, warmup: learning_rate(steps + 1, d_model, warmup),
            "Your rates come one step early, as when 1 is added to the steps. They "
            "count from 1 already.",
        ),
        "wu-nowidth": Mistake(
            rate_with(width=lambda d: 1.0),
            "`d_model` has no effect in yours. A wider model takes smaller steps: "
            "d_model to the power of -0.5.",
        ),
        "wu-width-times": Mistake(
            rate_with(width=lambda d: d**0.5),
            "A wider model takes larger steps in yours: the power of `d_model` is "
            "-0.5, not 0.5.",
        ),
        "wu-width-once": Mistake(
            lambda steps, d_model, warmup: np.minimum(
                d_model**-0.5 * steps**-0.5, steps * warmup**-1.5
            ),
            "Only the falling part of yours depends on d_model, as when brackets are "
            "missing. The factor stands before both.",
        ),
        "wu-width-inverse": Mistake(
            rate_with(width=lambda d: 1 / d),
            "Your rate is divided by d_model. It is divided by the root of it.",
        ),
        "wu-share": Mistake(
            lambda steps, d_model, warmup: np.minimum(
                steps / warmup, np.sqrt(warmup / steps)
            ),
            "Your rate is measured by its peak, which is 1. The peak is the inverse "
            "of the root of d_model × warmup.",
        ),
    },
    also_right={
        "step by step": step_by_step,
        "from the peak": from_the_peak,
    },
    hints=(
        "Two curves: a line that rises, steps × warmup to the power of -1.5, and one "
        "that falls, steps to the power of -0.5. Where do they cross?",
        "`np.minimum` takes the smaller of two, entry by entry.",
    ),
    question_after=(
        "One question about your function: how high is the peak for the paper's width "
        "of 512 and warm-up of 4000, and what would a warm-up of 400 do to it?"
    ),
    answer_after=(
        "0.0007: the inverse of the root of 512 × 4000. A warm-up of 400 raises it to "
        "0.0022, so in this schedule a shorter warm-up is also a larger rate. Whoever "
        "compares warm-ups with it changes two things at once."
    ),
)
