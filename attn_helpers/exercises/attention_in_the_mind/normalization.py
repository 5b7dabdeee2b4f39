"""Attend, then divide."""

import numpy as np

from attn_helpers.exercises.attention_in_the_mind.programs import share_of_exponentials
from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def normalized_response(drive, attention, sigma):
    """Responses of neurons that attend and then divide by what all receive."""
    excitation = attention * drive
    suppression = excitation.sum()
    return excitation / (suppression + sigma)


def normalization_cases(seed):
    rng = np.random.default_rng(seed)
    focus = np.array([1.0, 1.0, 3.0, 1.0, 1.0])
    patchy, shut = np.array([0.0, 7.0, 3.0, 0.0, 5.0]), np.array([2.0, 1.0, 0, 1, 0.5])
    return [
        Case("7 neurons", (rng.uniform(1, 9, 7), rng.uniform(1, 3, 7), 1.7)),
        Case("attention on the third of five", (rng.uniform(1, 9, 5), focus, 0.5)),
        Case("two neurons", (np.array([2.0, 4.0]), np.array([2.0, 1.0]), 2.0)),
        Case("one neuron", (np.array([3.0]), np.array([2.0]), 0.7)),
        Case("13 neurons", (rng.uniform(0, 9, 13), rng.uniform(0, 3, 13), 0.3)),
        Case("two of five see nothing, one is shut out", (patchy, shut.copy(), 0.5)),
        Case("a faint picture", (rng.uniform(1, 9, 7) * 1e-6, rng.random(7), 1e-5)),
        Case("nothing to see", (np.zeros(5), focus.copy(), 0.5)),
    ]


def squared_response(drive, attention, sigma):
    excitation = (attention * drive) ** 2
    return excitation / (excitation.sum() + sigma**2)


def divided_by_the_others(drive, attention, sigma):
    excitation = attention * drive
    return excitation / (excitation.sum() - excitation + sigma)


def attended_after_all(drive, attention, sigma):
    return attention * normalized_response(drive, attention, sigma)


def attended_twice(drive, attention, sigma):
    return normalized_response(drive, attention**2, sigma)


def attended_twice_below(drive, attention, sigma):
    return attention * drive / ((attention**2 * drive).sum() + sigma)


EXERCISE = Exercise(
    title="Attend, then divide",
    answer=normalized_response,
    returns={"response": "what drives neuron {0}, and what is it divided by?"},
    cases=normalization_cases,
    mistakes={
        "nr-late": Mistake(
            lambda drive, attention, sigma: attention * drive / (drive.sum() + sigma),
            "Attention acts only above the fraction bar in yours, as if it came after "
            "the division. What is attended to suppresses more, too: the pool sums "
            "attention times drive.",
        ),
        "nr-below-only": Mistake(
            lambda drive, attention, sigma: drive / ((attention * drive).sum() + sigma),
            "Attention acts only below the fraction bar in yours: it makes everything "
            "weaker and nothing stronger. It multiplies the neuron's own drive too.",
        ),
        "nr-no-attention": Mistake(
            lambda drive, attention, sigma: drive / (drive.sum() + sigma),
            "Attention has no effect in your program.",
        ),
        "nr-no-sigma": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / (attention * drive).sum()
            ),
            "Your responses sum to 1, however faint the picture is, and an empty one "
            "is 0/0: sigma is missing. It keeps weak input weak.",
        ),
        "nr-no-sigma-guarded": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / ((attention * drive).sum() or 1.0)
            ),
            "Your responses sum to 1, however faint the picture is: sigma has no "
            "effect. It stands beside the sum, keeps weak input weak, and makes a "
            "special rule for an empty picture needless.",
        ),
        "nr-plus": Mistake(
            lambda drive, attention, sigma: (
                (attention + drive) / ((attention + drive).sum() + sigma)
            ),
            "A neuron that sees nothing responds in yours, as when attention is added "
            "to the drive. Attention multiplies.",
        ),
        "nr-sigma-outside": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / ((attention * drive).sum() or 1.0) + sigma
            ),
            "Every response of yours is too high by sigma. It belongs below the "
            "fraction bar, beside the sum: look at your brackets.",
        ),
        "nr-sigma-each": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / (attention * drive + sigma).sum()
            ),
            "Sigma counts once per neuron in your pool, as it does inside the sum. It "
            "is added once.",
        ),
        "nr-mean": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / ((attention * drive).mean() + sigma)
            ),
            "Your pool is a mean. Here it is a sum: every neuron that joins takes "
            "something from the others.",
        ),
        "nr-alone": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / (attention * drive + sigma)
            ),
            "Each neuron is divided by itself alone, so none takes anything from "
            "another. The pool is the sum over all of them.",
        ),
        "nr-others": Mistake(
            divided_by_the_others,
            "Each neuron is missing from its own pool. Here the pool is the whole "
            "population, the neuron itself included.",
        ),
        "nr-largest": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / ((attention * drive).max() + sigma)
            ),
            "Your pool is the largest excitation alone. It should be the sum.",
        ),
        "nr-softmax": Mistake(
            lambda drive, attention, sigma: share_of_exponentials(attention * drive),
            "Your responses are a softmax of attention times drive. It divides by a "
            "pool too, but of exponentials, and it has no sigma. Here the numbers are "
            "divided as they are.",
        ),
        "nr-product-of-sums": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / (attention.sum() * drive.sum() + sigma)
            ),
            "Your pool is the sum of attention times the sum of drive. A product of "
            "sums is not the sum of products: multiply neuron by neuron, then add.",
        ),
        **{
            f"nr-twice{variant}": Mistake(
                program,
                "Attention acts twice somewhere in yours. It amplifies the drive once, "
                "and what it has amplified goes above the bar and into the pool.",
            )
            for variant, program in (
                ("", attended_after_all),
                ("-pool", attended_twice),
                ("-below", attended_twice_below),
            )
        },
        "nr-sigma-above": Mistake(
            lambda drive, attention, sigma: (
                (attention * drive + sigma) / ((attention * drive).sum() + sigma)
            ),
            "Sigma stands above the fraction bar as well, so neurons respond to an "
            "empty picture. It belongs below only.",
        ),
        "nr-brackets": Mistake(
            lambda drive, attention, sigma: attention * drive / drive.sum() + sigma,
            "Two things: every response is too high by sigma, which is so without "
            "brackets, and the pool leaves attention out. Below the bar stands the sum "
            "of attention times drive, plus sigma.",
        ),
        "nr-square": Mistake(
            squared_response,
            "Excitation and sigma are squared in yours. Many models of neurons do "
            "that; this one is asked for without exponents.",
        ),
        "nr-sigma-square": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / ((attention * drive).sum() + sigma**2)
            ),
            "Sigma is squared in yours. Here it is added as it is, in the unit of the "
            "drive.",
        ),
    },
    also_right={
        "numerator and denominator scaled alike": lambda drive, attention, sigma: (
            attention * drive / sigma / (1 + attention @ drive / sigma)
        ),
        "a loop over the neurons": lambda drive, attention, sigma: np.array(
            [
                a * d / (sum(attention * drive) + sigma)
                for a, d in zip(attention, drive, strict=True)
            ]
        ),
    },
    hints=(
        "First multiply every drive by its attention. The result stands above the "
        "fraction bar, and once more below it.",
        "Below the bar: the sum over all neurons, and sigma, added once.",
        "`excitation / (excitation.sum() + sigma)`; mind the brackets.",
    ),
    question_after=(
        "One question about your function: attention to neuron 2 doubles. Which "
        "responses rise, which fall, and is their sum the same as before?"
    ),
    answer_after=(
        "Neuron 2 rises, to less than twice what it was, and all others fall. The sum "
        "of the responses is S / (S + sigma), with S the pool: it rises a little, and "
        "would stay at 1 if sigma were 0."
    ),
)
