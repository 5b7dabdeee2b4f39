"""REINFORCE: the slope from samples."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft
from attn_helpers.exercises.soft_hard_local.programs import (
    FAR_APART,
    HALF_THE_PEAK,
    NOT_PEAKS,
    NOT_THE_PEAK,
    OVERFLOW,
    shared,
)


def reinforce(scores, choices, rewards, baseline):
    """Estimate that slope from choices that were drawn and what they earned."""
    grown = np.exp(scores - scores.max())
    p = grown / grown.sum()
    drawn = np.eye(len(scores))[choices]  # (n, t_k), a single 1 in each row
    return ((rewards - baseline)[:, None] * (drawn - p)).mean(axis=0)


def reinforce_cases(seed):
    rng = np.random.default_rng(seed)

    def drawn(t_k, n, baseline, shift=0.0):
        scores = rng.normal(size=t_k)
        choices = rng.integers(0, t_k, size=n)
        return scores + shift, choices, rng.normal(size=n), baseline

    return [
        Case("5 choices, 7 draws", drawn(5, 7, 0.3)),
        Case("5 choices, 7 other draws", drawn(5, 7, 0.3)),
        Case("5 choices, 5 draws", drawn(5, 5, -0.4)),
        Case("11 choices, 23 draws", drawn(11, 23, 0.1)),
        Case("no baseline", drawn(3, 7, 0.0)),
        Case("a single draw", drawn(5, 1, 0.7)),
        *(
            Case(f"scores near {at:g}", drawn(3, 5, 0.2, at))
            for at in (1000.0, -1000.0, 1500.0, -1500.0)
        ),
        Case(
            "only two of seven choices are ever drawn",
            (
                np.array(FAR_APART),
                np.array([3, 4, 3, 3, 4]),
                rng.normal(size=5),
                0.3,
            ),
        ),
    ]


def estimate(scores, choices, advantage, minus=None, weigh=None):
    """The mean of advantage × (one-hot - p); the traps are the arguments."""
    p = soft(scores)
    terms = np.eye(len(scores))[choices] - (p if minus is None else minus)
    terms = advantage[:, None] * terms
    return (terms if weigh is None else weigh * terms).mean(axis=0)


def reinforce_in_a_loop(scores, choices, rewards, baseline):
    p, total = soft(scores), np.zeros(len(scores))
    for choice, reward in zip(choices, rewards, strict=True):
        slope = -p.copy()
        slope[choice] += 1
        total += (reward - baseline) * slope
    return total / len(choices)


def reinforce_losing_repeats(scores, choices, rewards, baseline):
    advantage, gained = rewards - baseline, np.zeros(len(scores))
    gained[choices] += advantage
    return (gained - advantage.sum() * soft(scores)) / len(choices)


EXERCISE = Exercise(
    title="REINFORCE: the slope from samples",
    answer=reinforce,
    returns={"slope": "what do the draws say about the slope of score {0}?"},
    cases=reinforce_cases,
    mistakes={
        "re-nobase": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, choices, rewards
            ),
            "The baseline has no effect in your program. Each reward counts by what it "
            "is above the baseline.",
        ),
        "re-plus": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, choices, rewards + baseline
            ),
            "The baseline is added in yours. It is what one expects anyway: subtract "
            "it.",
        ),
        "re-own-mean": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, choices, rewards - rewards.mean()
            ),
            "In yours the mean of these very rewards is the baseline. With a single "
            "draw that is the reward itself, and nothing is left to learn from; use "
            "the baseline that is given.",
        ),
        "re-onehot": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, choices, rewards - baseline, minus=0.0
            ),
            "You only push the drawn choice. The derivative of log p_a by the scores "
            "is (one-hot of a) - p: what one choice gains, the others lose.",
        ),
        "re-onehot-only": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores,
                choices,
                rewards - baseline,
                weigh=np.eye(len(scores))[choices],
            ),
            "A draw moves its own key alone in yours, by 1 - p. It moves the other "
            "keys too, each by -p: the derivative of log p_a by the scores is the "
            "whole row (one-hot of a) - p.",
        ),
        "re-scores": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, choices, rewards - baseline, minus=scores
            ),
            "What you subtract from the one-hot rows are the scores; it is the "
            "probabilities that belong there, softmax(scores).",
        ),
        "re-sign": Mistake(
            lambda scores, choices, rewards, baseline: (
                -reinforce(scores, choices, rewards, baseline)
            ),
            "The sign is that of a loss. A draw that earned more than the baseline "
            "should become more likely: one-hot minus p, not p minus one-hot.",
        ),
        "re-own-p": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores,
                choices,
                rewards - baseline,
                minus=soft(scores)[choices][:, None],
            ),
            "From every entry the probability of the drawn key is subtracted in yours. "
            "Each key has its own: subtract the whole row p.",
        ),
        "re-repeats": Mistake(
            reinforce_losing_repeats,
            "Of a key that was drawn twice the last draw alone is credited, as by "
            "`slope[choices] += ...`. `np.add.at` adds them all, and so do one-hot "
            "rows.",
        ),
        "re-tk": Mistake(
            lambda scores, choices, rewards, baseline: (
                reinforce(scores, choices, rewards, baseline)
                * (len(choices) / len(scores))
            ),
            "Your sum over the draws is divided by the number of keys. The mean is "
            "over the draws: divide by how many there are.",
        ),
        "re-nomax": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores,
                choices,
                rewards - baseline,
                minus=shared(scores),
            ),
            OVERFLOW,
        ),
        **{
            f"re-peak{variant}": Mistake(
                lambda scores, choices, rewards, baseline, pick=pick: estimate(
                    scores,
                    choices,
                    rewards - baseline,
                    minus=shared(scores, pick(scores)),
                ),
                NOT_THE_PEAK,
            )
            for variant, pick in NOT_PEAKS
        },
        "re-half": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores,
                choices,
                rewards - baseline,
                minus=shared(scores, scores.max() / 2),
            ),
            HALF_THE_PEAK,
        ),
        "re-sum": Mistake(
            lambda scores, choices, rewards, baseline: (
                len(choices) * reinforce(scores, choices, rewards, baseline)
            ),
            "More draws make a larger slope in yours, as their sum does. The estimate "
            "is their mean.",
        ),
        "re-p": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores,
                choices,
                rewards - baseline,
                weigh=soft(scores)[choices][:, None],
            ),
            "Each draw of yours is weighed with its probability. It has been counted "
            "already: likely choices are drawn more often.",
        ),
        "re-p-each": Mistake(
            lambda scores, choices, rewards, baseline: (
                soft(scores) * reinforce(scores, choices, rewards, baseline)
            ),
            "Each entry of your slope is multiplied with that key's p. The slope of "
            "the expected reward has such a factor; here the draws bring it, as likely "
            "choices are drawn more often.",
        ),
        "re-importance": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores,
                choices,
                rewards - baseline,
                weigh=1 / soft(scores)[choices][:, None],
            ),
            "Each draw of yours is divided by its probability. That is done already: "
            "(one-hot - p) is the derivative of log p, which is that of p over p.",
        ),
        "re-uniform": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, choices, rewards - baseline, minus=1 / len(scores)
            ),
            "From the one-hot rows equal shares are subtracted in yours. The draws "
            "come from the softmax of the scores, so its probabilities belong there.",
        ),
        "re-argmax": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, np.full(len(choices), scores.argmax()), rewards - baseline
            ),
            "The likeliest choice gets the credit for every reward in yours. Each "
            "reward belongs to the choice that was drawn with it.",
        ),
        "re-baseline-scale": Mistake(
            lambda scores, choices, rewards, baseline: (
                reinforce(scores, choices, rewards, 0.0) - baseline
            ),
            "The baseline is subtracted from the finished slope in yours, the same "
            "number from every score. It belongs to the rewards, before they are "
            "multiplied with one-hot minus p.",
        ),
    },
    also_right={
        "in a loop": reinforce_in_a_loop,
        "the means of both terms apart": lambda scores, choices, rewards, baseline: (
            (rewards - baseline) @ np.eye(len(scores))[choices] / len(choices)
            - (rewards - baseline).mean() * soft(scores)
        ),
    },
    hints=(
        "For one draw a with reward r the estimate is (r - baseline) times the "
        "derivative of log p_a by the scores.",
        "`np.eye(len(scores))[choices]` has a row for each draw, with a single 1 at "
        "what was drawn. Subtract p from every row.",
    ),
    question_after=(
        "One question about your function: what does it give, on average over the "
        "draws, for another baseline? And how far do single estimates scatter?"
    ),
    answer_after=(
        "The same: the mean of one-hot minus p is 0 over the draws, so a constant "
        "times it vanishes. The scatter does change, and is smallest near the mean "
        "reward. That is all a baseline does, and it is much."
    ),
)
