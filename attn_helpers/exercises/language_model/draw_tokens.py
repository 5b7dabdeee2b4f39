"""Warmer, colder, and at 0."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def draw(logits, temperature, u):
    """The token that each number of u, between 0 and 1, falls on at a temperature."""
    if temperature == 0:
        return np.full(len(u), logits.argmax())
    grown = np.exp((logits - logits.max()) / temperature)
    share = grown / grown.sum()
    return np.searchsorted(share.cumsum(), u, side="right")


def draw_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, vocab, temperature, draws=53, at=0.0, spread=1.5):
        logits = at + spread * rng.normal(size=vocab)
        return Case(name, (logits, temperature, numbers(draws)))

    def numbers(draws):
        return rng.permutation((np.arange(draws) + 0.05 + 0.9 * rng.random()) / draws)

    ruled_out = 1.5 * rng.normal(size=7)
    ruled_out[[0, 3, 6]] = -np.inf
    apart = 0.3 * rng.normal(size=7)
    apart[[0, 2, 3, 6]] -= 2000.0
    edge = np.append(0.0, numbers(10))
    return [
        case("7 tokens, as they are", 7, 1.0),
        case("7 tokens, warmer", 7, 2.0),
        case("7 tokens, colder", 7, 0.5),
        case("as many tokens as draws, T = 1.5", 5, 1.5, draws=5),
        case("17 tokens, T = 0.7", 17, 0.7, draws=101),
        case("3 tokens, nearly 0", 3, 0.001, draws=11),
        case("7 tokens, T = 0", 7, 0.0, draws=11),
        case("7 tokens, so warm that all are alike", 7, 1e4, draws=71),
        case("one draw", 5, 0.9, draws=1),
        case("logits far below 0", 7, 1.3, at=-2000.0),
        case("logits far above 0", 7, 1.3, at=2000.0),
        Case("three tokens far above the others", (apart, 0.8, numbers(41))),
        Case("tokens ruled out before, and a draw of 0", (ruled_out, 1.2, edge)),
    ]


def by(share, side="right"):
    """The draw from another distribution, made of the logits and the temperature."""
    return lambda logits, temperature, u: np.searchsorted(
        share(logits, temperature).cumsum(), u, side=side
    )


def right_share(logits, temperature):
    if temperature == 0:
        return np.eye(len(logits))[logits.argmax()]
    return soft(logits / temperature)


def cold_at_zero(share):
    """With a temperature of 0 the best, as asked; otherwise this distribution."""
    return lambda logits, temperature: (
        right_share(logits, 0) if temperature == 0 else share(logits, temperature)
    )


def less(pick):
    def share(logits, temperature):
        grown = np.exp((logits - pick(logits)) / temperature)
        return grown / grown.sum()

    return share


def ranks_drawn(logits, temperature, u):
    """Ranks, where tokens are asked for: 0 is the likeliest."""
    return np.searchsorted(-np.cumsum(np.sort(-right_share(logits, temperature))), u)


def one_by_one(logits, temperature, u):
    temperature = max(temperature, 1e-12)
    grown = np.exp((logits - np.max(logits)) / temperature)
    drawn = []
    for number in u:
        token, reached = 0, 0.0
        while (reached := reached + grown[token] / grown.sum()) <= number:
            token += 1
        drawn.append(token)
    return np.array(drawn)


def by_powers(logits, temperature, u):
    """A power of the probabilities is the temperature, too."""
    p = soft(logits)
    p = p * (p == p.max()) if temperature == 0 else p ** (1 / temperature)
    below = (p / p.sum()).cumsum()
    return (u[:, None] >= below).sum(axis=1)


WRONG_SIDE = (
    "Where a draw falls on an edge, yours takes the token before it, which may be one "
    "that has no share at all: a draw of 0 takes token 0, ruled out or not. A token "
    "holds the numbers from the sum before it, that one included, to the sum with its "
    'own: `side="right"`.'
)


PEAK = (
    "Right while the logits lie near each other and the temperature is not low. With "
    "nothing subtracted before `exp`, or a mean, all are 0 or some are inf, and 0/0 "
    "and inf/inf are nan. Subtract the largest."
)


EXERCISE = Exercise(
    title="Warmer, colder, and at 0",
    answer=draw,
    returns={"token": "which token holds the number of draw {0}?"},
    cases=draw_cases,
    mistakes={
        "dt-times": Mistake(
            by(cold_at_zero(lambda logits, t: soft(logits * t))),
            "A high temperature makes yours surer, as when logits are multiplied by "
            "it. They are divided: high is flat.",
        ),
        "dt-none": Mistake(
            by(cold_at_zero(lambda logits, t: soft(logits))),
            "The temperature has no effect in yours, but at 0. So it is when "
            "probabilities are divided by it and made to sum to 1 again: a factor that "
            "all share cancels. Divide the logits, before the softmax.",
        ),
        "dt-none-at-0": Mistake(
            by(lambda logits, t: soft(logits)),
            "The temperature has no effect in yours, not even at 0.",
        ),
        "dt-after": Mistake(
            by(cold_at_zero(lambda logits, t: soft(logits) / t)),
            "Your shares do not sum to 1, so the last token, or none, gets what is "
            "missing: probabilities were divided by the temperature. Divide the "
            "logits, before the softmax.",
        ),
        "dt-after-softmax": Mistake(
            by(cold_at_zero(lambda logits, t: soft(soft(logits) / t))),
            "Yours is nearly flat even at a temperature of 1, as when probabilities "
            "are divided by it and put through a second softmax. Logits are divided, "
            "and there is one softmax.",
        ),
        "dt-added": Mistake(
            by(cold_at_zero(lambda logits, t: soft(logits / (1 + t)))),
            "Yours is flatter than asked even at a temperature of 1, as when 1 is "
            "added to it. At 1 the shares are those of the logits as they are.",
        ),
        "dt-root": Mistake(
            by(cold_at_zero(lambda logits, t: soft(logits / np.sqrt(t)))),
            "The root of the temperature divides your logits. The temperature itself "
            "does.",
        ),
        "dt-best": Mistake(
            lambda logits, temperature, u: np.full(len(u), logits.argmax()),
            "Yours always takes the best token. That is asked at a temperature of 0 "
            "alone; otherwise `u` decides.",
        ),
        "dt-zero": Mistake(
            by(lambda logits, t: less(np.max)(logits, t)),
            "Right but for a temperature of 0: there yours divides by 0. As the "
            "temperature falls the best token gets everything, so at 0 it is the best "
            "one that is drawn.",
        ),
        "dt-zero-flat": Mistake(
            by(
                lambda logits, t: (
                    np.full(len(logits), 1 / len(logits))
                    if t == 0
                    else right_share(logits, t)
                )
            ),
            "Right but for a temperature of 0, where all tokens are alike in yours. "
            "That is what a very high temperature does; at 0 the best one is drawn.",
        ),
        "dt-zero-plain": Mistake(
            by(lambda logits, t: right_share(logits, t or 1.0)),
            "Right but for a temperature of 0, which is taken for 1 in yours, as "
            "`temperature or 1` would. At 0 the best token is drawn.",
        ),
        "dt-side": Mistake(by(right_share, side="left"), WRONG_SIDE),
        "dt-sorted": Mistake(
            ranks_drawn,
            "Yours are ranks: 0 is the likeliest token, whichever that is, as when "
            "shares are sorted before they are added up. Asked is the token.",
        ),
        "dt-one-early": Mistake(
            lambda logits, temperature, u: draw(logits, temperature, u) - 1,
            "Your tokens are one too low. The first token is 0: as many sums as are "
            "not above the draw, so many tokens lie before it.",
        ),
        "dt-one-late": Mistake(
            lambda logits, temperature, u: draw(logits, temperature, u) + 1,
            "Your tokens are one too high, as when a 0 stands before the first sum. "
            "The first token is 0.",
        ),
        "dt-backwards": Mistake(
            lambda logits, temperature, u: draw(logits, temperature, 1 - u),
            "Your numbers run backwards: a `u` near 0 takes the last token. The "
            "chances are the same; here token 0 holds the lowest numbers.",
        ),
        "dt-likely-first": Mistake(
            lambda logits, temperature, u: np.argsort(-logits)[
                ranks_drawn(logits, temperature, u)
            ],
            "The chances are right, and the likeliest token holds the lowest numbers "
            "in yours. Here tokens hold them in the order of the vocabulary.",
        ),
        "dt-each-share": Mistake(
            lambda logits, temperature, u: np.argmax(
                right_share(logits, temperature) > u[:, None], axis=1
            ),
            "A draw takes the first token in yours whose own share is above it. Add "
            "the shares up: it is the first at which the sum is above it.",
        ),
        "dt-nearest": Mistake(
            lambda logits, temperature, u: np.argmin(
                abs(right_share(logits, temperature).cumsum() - u[:, None]), axis=1
            ),
            "A draw takes the token in yours whose sum is nearest. It is the first at "
            "which the sum is above the draw.",
        ),
        "dt-unsummed": Mistake(
            by(cold_at_zero(lambda logits, t: np.exp((logits - logits.max()) / t))),
            "Your shares do not sum to 1: they are exponentials beside that of the "
            "best. Divide by their sum.",
        ),
        **{
            f"dt-peak{variant}": Mistake(by(cold_at_zero(less(pick))), PEAK)
            for variant, pick in (("", lambda logits: 0.0), ("-mean", np.mean))
        },
    },
    also_right={
        "one by one": one_by_one,
        "powers of the probabilities": by_powers,
        "by its shares": by(right_share),
    },
    hints=(
        "Divide the logits by the temperature, then take the softmax. A temperature of "
        "0 is a case of its own.",
        "Add the shares up: `share.cumsum()`. Token 0 holds the numbers below the "
        "first sum, token 1 those from there to the second.",
        '`np.searchsorted(sums, u, side="right")` counts for each number of `u` the '
        "sums that are not above it.",
    ),
    question_after=(
        "One question about your function: at which temperature is the best of two "
        "tokens drawn with a chance of 0.9, if its logit is 1 above the other's?"
    ),
    answer_after=(
        "At 1 / ln 9, about 0.46: the odds of the two are exp(1 / T), and 9 to 1 is "
        "what is wanted. Adding a number to both logits changes nothing, so only the "
        "lead of 1 counts."
    ),
)
