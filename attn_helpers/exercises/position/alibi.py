"""The price of distance."""

from functools import partial

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def alibi(num_heads, t):
    """What each head adds to a score, by how far back the key lies."""
    head = np.arange(1, num_heads + 1)
    slope = 2.0 ** (-8 * head / num_heads)  # the first head is the most short-sighted
    offset = np.arange(t) - np.arange(t)[:, None]  # (t, t): key minus query position
    return slope[:, None, None] * np.minimum(offset, 0)


def alibi_cases(seed):
    return [
        Case("4 heads, 5 tokens", (4, 5)),
        Case("2 heads, 7 tokens", (2, 7)),
        Case("one head", (1, 5)),
        Case("8 heads, 3 tokens", (8, 3)),
        Case("16 heads, 13 tokens", (16, 13)),
        Case("one token", (4, 1)),
    ]


def penalties(num_heads, t, slope=None, distance=None):
    """A negative slope times a distance; the traps are the arguments."""
    head = np.arange(1, num_heads + 1)
    slope = 2.0 ** (-8 * head / num_heads) if slope is None else slope(head, num_heads)
    back = np.arange(t)[:, None] - np.arange(t)
    measure = distance or (lambda back: np.maximum(back, 0))
    return -slope[:, None, None] * measure(back)


EXERCISE = Exercise(
    title="The price of distance",
    answer=alibi,
    returns={"bias": "in head {0}, what is added where query {1} reads key {2}?"},
    cases=alibi_cases,
    mistakes={
        "al-plus": Mistake(
            lambda num_heads, t: -penalties(num_heads, t),
            "Your bias is positive, so far keys are rewarded. Distance should cost: "
            "what is added is minus the slope times the distance.",
        ),
        "al-reversed": Mistake(
            lambda num_heads, t: penalties(num_heads, t)[::-1],
            "Your heads stand in reverse order. The first has the steepest slope, "
            "2^(-8/h); the last the gentlest, 2^-8.",
        ),
        "al-same": Mistake(
            partial(penalties, slope=lambda head, n: np.full(n, 2.0 ** (-8 / n))),
            "All your heads share one slope. Different slopes give some heads a short "
            "view and others a long one.",
        ),
        "al-from0": Mistake(
            partial(penalties, slope=lambda head, n: 2.0 ** (-8 * (head - 1) / n)),
            "Your heads count from 0, so the first slope is 1. The exponents are "
            "-8/h, -16/h, … down to -8.",
        ),
        "al-noh": Mistake(
            partial(penalties, slope=lambda head, n: 2.0 ** (-head.astype(float))),
            "Your slopes are 1/2, 1/4, 1/8, … for any number of heads. That is right "
            "for 8 heads only; the exponent is -8 × head / number of heads.",
        ),
        "al-power": Mistake(
            partial(penalties, slope=lambda head, n: 8 * head / n),
            "Your slopes are 8/h, 16/h, … up to 8: these are exponents. A slope is 2 "
            "to the power of minus that.",
        ),
        "al-fourths": Mistake(
            partial(penalties, slope=lambda head, n: 4.0 ** (-head.astype(float))),
            "Your slopes are 1/4, 1/16, 1/64, … for any number of heads. That is right "
            "for 4 heads only; the exponent of 2 is -8 × head / number of heads.",
        ),
        "al-line": Mistake(
            partial(
                penalties, slope=lambda head, n: np.linspace(2 ** (-8 / n), 2**-8, n)
            ),
            "Your slopes fall by equal differences. They should fall by one ratio: the "
            "exponents are evenly spaced, -8/h, -16/h, … down to -8.",
        ),
        "al-base10": Mistake(
            partial(penalties, slope=lambda head, n: 10.0 ** (-8 * head / n)),
            "Your slopes are powers of 10. They are powers of 2 (`np.logspace` takes "
            "`base=2`).",
        ),
        "al-self": Mistake(
            partial(penalties, distance=lambda back: np.where(back < 0, 0, back + 1)),
            "A token pays for reading itself: your distance is 1 too large. It is "
            "query position minus key position, 0 on the diagonal.",
        ),
        "al-square": Mistake(
            partial(penalties, distance=lambda back: np.maximum(back, 0) ** 2),
            "Distance enters squared. In ALiBi, L stands for linear.",
        ),
        "al-transposed": Mistake(
            partial(penalties, distance=lambda back: np.maximum(-back, 0)),
            "Rows and columns are exchanged: the future costs and the past is free. "
            "The distance back is query position minus key position.",
        ),
        "al-abs": Mistake(
            partial(penalties, distance=np.abs),
            "Keys that come later cost something, too. Asked for is the causal form: "
            "0 there, as a causal mask hides them anyway. (For a model that reads in "
            "both directions yours is the usual choice.)",
        ),
        "al-mask": Mistake(
            partial(penalties, distance=lambda back: np.where(back < 0, np.inf, back)),
            "The future is hidden with -inf in the same array. It works; asked for is "
            "the penalty alone, and the causal mask stays a mask.",
        ),
        "al-mask-finite": Mistake(
            partial(penalties, distance=lambda back: np.where(back < 0, 1e9, back)),
            "The future is hidden with a large negative number in the same array. "
            "Asked for is the penalty alone, 0 there; the causal mask stays a mask.",
        ),
        "al-negative-zero": Mistake(
            partial(penalties, distance=lambda back: back),
            "Keys that come later are rewarded: there the distance back is negative. "
            "Cut it off at 0.",
        ),
        "al-log": Mistake(
            partial(penalties, distance=lambda back: np.log1p(np.maximum(back, 0))),
            "Your penalty grows with the logarithm of the distance. In ALiBi, L stands "
            "for linear.",
        ),
    },
    also_right={
        "entry by entry": lambda num_heads, t: np.array(
            [
                [
                    [-(2.0 ** (-8 * h / num_heads)) * max(i - j, 0) for j in range(t)]
                    for i in range(t)
                ]
                for h in range(1, num_heads + 1)
            ]
        ),
        "slopes as powers of the first": lambda num_heads, t: (
            -((2.0 ** (-8 / num_heads)) ** np.arange(1, num_heads + 1))[:, None, None]
            * np.tril(np.arange(t)[:, None] - np.arange(t))
        ),
    },
    hints=(
        "For 4 heads the slopes are 1/4, 1/16, 1/64, 1/256.",
        "`np.arange(t)[:, None] - np.arange(t)` is query position minus key position; "
        "`np.maximum(..., 0)` keeps what lies behind.",
    ),
    question_after=(
        "One question about your function: a key 1,000 tokens back has the best score "
        "by 10. Which of 8 heads can still read it?"
    ),
    answer_after=(
        "Of the slopes 1/2 … 1/256 even the gentlest takes off 1000/256 = 3.9, the "
        "next one 7.8, the one before 15.6: two heads out of eight. ALiBi reaches "
        "longer texts partly by not looking so far."
    ),
)
