"""Long against short."""

from dataclasses import dataclass

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def ranking(log_p, lengths, prompt, alpha):
    """Which finished text comes first, second, ...; and the score of each of these."""
    written = lengths - prompt
    score = log_p / ((5 + written) / 6) ** alpha
    order = np.argsort(-score)
    return order, score[order]


@dataclass(frozen=True)
class Draw:
    """Texts in which the best one depends on what they are divided by."""

    seed: int

    def __call__(self, name, n, prompt, alpha, per_piece=0.4):
        rng = np.random.default_rng([self.seed, n, prompt])
        written = rng.permutation(np.arange(2, 2 + 3 * n))[:n]
        log_p = -per_piece * written**0.7 * rng.uniform(0.7, 1.4, size=n) - 0.1
        return Case(name, (log_p, written + prompt, prompt, alpha))


def ranking_cases(seed):
    case = Draw(seed)
    short_or_long = np.array([-4.0, -5.0]), np.array([4, 10])
    behind_a_prompt = np.array([-4.0, -5.0]), np.array([104, 110])
    return [
        case("7 texts behind a prompt of 11 pieces", 7, 11, 0.6),
        case("5 texts without a prompt", 5, 0, 1.0),
        case("7 texts, much favour for long ones", 7, 3, 2.0),
        case("7 texts, no penalty", 7, 5, 0.0),
        case("11 texts, a little favour for long ones", 11, 2, 0.3),
        case("the texts are unlikely", 7, 11, 0.6, per_piece=200.0),
        Case("a short one and a long one", (*short_or_long, 0, 1.0)),
        Case("the same two behind a long prompt", (*behind_a_prompt, 100, 1.0)),
        Case("one text", (np.array([-3.0]), np.array([9]), 2, 0.6)),
        Case("one piece each", (np.array([-2.0, -1.0, -3.0]), np.full(3, 4), 3, 0.6)),
    ]


def ranked_by(score):
    """Ranked by another score, which is also the one that is returned."""

    def program(log_p, lengths, prompt, alpha):
        scores = score(log_p, lengths, prompt, alpha)
        order = np.argsort(-scores, kind="stable")
        return order, scores[order]

    return program


def divided_by(penalty):
    """Ranked by the log-probability over another penalty."""
    return ranked_by(
        lambda log_p, lengths, prompt, alpha: log_p / penalty(lengths - prompt, alpha)
    )


def right_penalty(written, alpha):
    return ((5 + written) / 6) ** alpha


def scores_of(log_p, lengths, prompt, alpha):
    return log_p / right_penalty(lengths - prompt, alpha)


def ordered(change):
    """The right scores in another order."""

    def program(log_p, lengths, prompt, alpha):
        scores = scores_of(log_p, lengths, prompt, alpha)
        order = change(scores, log_p)
        return order, scores[order]

    return program


def shown(change):
    """The right program, whose two results are changed."""
    return lambda *args: change(*ranking(*args), args)


def one_by_one(log_p, lengths, prompt, alpha):
    scores = [
        p * (6 / (5 + n - prompt)) ** alpha for p, n in zip(log_p, lengths, strict=True)
    ]
    order = sorted(range(len(scores)), key=lambda i: scores[i], reverse=True)
    return np.array(order), np.array([scores[i] for i in order])


def by_logarithms(log_p, lengths, prompt, alpha):
    worse = np.log(-log_p) - alpha * np.log((5 + lengths - prompt) / 6)
    order = np.argsort(worse)
    return order, -np.exp(worse[order])


EXERCISE = Exercise(
    title="Long against short",
    answer=ranking,
    returns={
        "order": "which text stands in place {0} of the ranking?",
        "score": "what is the score of the text in place {0} of the ranking?",
    },
    cases=ranking_cases,
    mistakes={
        "lp-prompt": Mistake(
            ranked_by(
                lambda log_p, lengths, prompt, alpha: (
                    log_p / right_penalty(lengths, alpha)
                )
            ),
            "Your length counts the prompt, too. Behind a long prompt all lengths are "
            "nearly the same, and short texts win again. Count what was written: "
            "`lengths - prompt`.",
        ),
        "lp-current": Mistake(
            divided_by(lambda written, alpha: right_penalty(written.max(), alpha)),
            "All texts are divided by the same number in yours, as when the length of "
            "the current step is taken for each. That changes no ranking. Every text "
            "has its own length.",
        ),
        "lp-none": Mistake(
            divided_by(lambda written, alpha: 1.0),
            "Your scores are the log-probabilities as they are: the length has no "
            "effect. That is right for `alpha` = 0 alone.",
        ),
        "lp-times": Mistake(
            ranked_by(
                lambda log_p, lengths, prompt, alpha: (
                    log_p * right_penalty(lengths - prompt, alpha)
                )
            ),
            "You multiply by the penalty. A log-probability is negative, so a long "
            "text is pushed down further. Divide.",
        ),
        "lp-minus": Mistake(
            ranked_by(
                lambda log_p, lengths, prompt, alpha: (
                    log_p - right_penalty(lengths - prompt, alpha)
                )
            ),
            "You subtract the penalty, and a long text loses more by it. The "
            "log-probability is divided by it.",
        ),
        "lp-plain": Mistake(
            divided_by(lambda written, alpha: written.astype(float) ** alpha),
            "You divide by the length to the power of `alpha`. Many libraries do. Here "
            "it is (5 + length) / 6, which is kinder to very short texts.",
        ),
        "lp-mean": Mistake(
            divided_by(lambda written, alpha: written),
            "You divide by the length itself, the mean of a piece, and `alpha` has no "
            "effect. Asked is ((5 + length) / 6) to the power of `alpha`.",
        ),
        "lp-brackets": Mistake(
            divided_by(lambda written, alpha: (5 + written / 6) ** alpha),
            "A bracket is missing: `5 + written / 6` divides the length alone. The sum "
            "is divided: `(5 + written) / 6`.",
        ),
        "lp-power": Mistake(
            divided_by(lambda written, alpha: (5 + written) / 6**alpha),
            "Only the 6 is raised to the power of `alpha`: a power binds more strongly "
            "than a division. Put brackets around the fraction.",
        ),
        "lp-power-first": Mistake(
            divided_by(lambda written, alpha: (5 + written**alpha) / 6),
            "The length is raised to the power of `alpha` before 5 is added. The whole "
            "fraction is raised.",
        ),
        "lp-factor": Mistake(
            divided_by(lambda written, alpha: 1 + alpha * (written - 1) / 6),
            "`alpha` is a factor in yours. It is an exponent: with 2, twice the "
            "fraction divides four times as much.",
        ),
        "lp-end": Mistake(
            divided_by(lambda written, alpha: right_penalty(written - 1, alpha)),
            "Your length is one short, as when the end is not counted. It was written, "
            "its log-probability is in the sum, and `lengths` counts it.",
        ),
        "lp-probability": Mistake(
            ranked_by(
                lambda log_p, lengths, prompt, alpha: (
                    np.exp(log_p) / right_penalty(lengths - prompt, alpha)
                )
            ),
            "You divide the probability, which is positive: a long text gets a smaller "
            "score by it. The log-probability is divided, and it comes closer to 0.",
        ),
        "lp-log-order": Mistake(
            ordered(lambda scores, log_p: np.argsort(-log_p, kind="stable")),
            "Your scores are right and the order is not made by them: it is that of "
            "the log-probabilities. Divide first, then sort.",
        ),
        "lp-worst": Mistake(
            ordered(lambda scores, log_p: np.argsort(scores, kind="stable")),
            "Your worst text comes first. `np.argsort` puts the smallest first: sort "
            "`-score`.",
        ),
        "lp-size": Mistake(
            ranked_by(
                lambda log_p, lengths, prompt, alpha: (
                    -scores_of(log_p, lengths, prompt, alpha)
                )
            ),
            "Your scores have lost their sign, and the least likely text comes first. "
            "A score is negative, and the one nearest to 0 is the best.",
        ),
        "lp-ranks": Mistake(
            shown(lambda order, score, args: (np.argsort(order), score)),
            "Your first result says for each text which place it has. Asked is the "
            "other way round: for each place, which text stands there.",
        ),
        "lp-unsorted": Mistake(
            shown(lambda order, score, args: (order, scores_of(*args))),
            "The order is right. Your scores stand as the texts came in: they belong "
            "beside the ranking, `score[order]`.",
        ),
    },
    also_right={
        "one by one": one_by_one,
        "logarithms of the penalty": by_logarithms,
    },
    hints=(
        "How many pieces of each text were written, and not given?",
        "`written = lengths - prompt`, then `log_p / ((5 + written) / 6) ** alpha`. "
        "The best score is the largest.",
        "`np.argsort(-score)` gives the order. With it, `score[order]` puts the scores "
        "in that order, too.",
    ),
    question_after=(
        "One question about your function: behind a prompt of 100 pieces somebody "
        "divides by the whole length, with `alpha` = 1. One text has 4 written pieces "
        "and -4, another one 10 and -5. Which of the two wins, and which should?"
    ),
    answer_after=(
        "The short one wins: -4 is divided by 18.2 and -5 by 19.2, which gives -0.22 "
        "and -0.26. The long one should: by what was written it is -2.67 against -2."
    ),
)
