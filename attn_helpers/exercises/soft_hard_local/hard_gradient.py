"""The slope of a choice."""

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


def slope_of_expected_reward(scores, rewards):
    """How the expected reward of one drawn choice moves with each score."""
    grown = np.exp(scores - scores.max())
    p = grown / grown.sum()
    return p * (rewards - p @ rewards)


SLOPE = "does the expected reward rise or fall when score {0} rises?"


def slope_cases(seed):
    rng = np.random.default_rng(seed)
    rewards = rng.normal(size=5)
    return [
        Case("5 choices", (rng.normal(size=5), rewards)),
        # so small that a numerical derivative, too, comes near enough to 0
        Case("equal rewards", (rng.normal(size=5), np.full(5, 0.002))),
        Case("equal scores", (np.zeros(5), rewards + 0.0)),
        Case("one choice that pays", (rng.normal(size=3), np.array([0.0, 0.0, 1.0]))),
        Case("losses, all negative", (rng.normal(size=5), -np.exp(rng.normal(size=5)))),
        Case("scores near 1000", (rng.normal(size=5) + 1000.0, rewards + 0.0)),
        Case("scores near -1000", (rng.normal(size=5) - 1000.0, 1 - rewards)),
        *(
            Case(f"scores near {at:g}", (rng.normal(size=5) + at, np.full(5, 0.002)))
            for at in (1500.0, -1500.0)
        ),
        Case("13 choices", (rng.normal(size=13), rng.normal(size=13))),
        Case(
            "only two of seven choices are ever drawn, the others have loud rewards",
            (
                np.array(FAR_APART),
                np.where(np.array(FAR_APART) < -1, 1e30, [0, 0, 0, 0.3, -0.4, 0, 0]),
            ),
        ),
    ]


def slope_under(p, rewards):
    return p * (rewards - p @ rewards)


def likeliest_only(scores, rewards):
    p, best = soft(scores), scores.argmax()
    return rewards[best] * (np.eye(len(p))[best] - p)


def pair_by_pair(scores, rewards):
    p = soft(scores)
    return p * ((rewards[:, None] - rewards) * p).sum(axis=1)


EXERCISE = Exercise(
    title="The slope of a choice",
    answer=slope_of_expected_reward,
    returns={"slope": SLOPE},
    cases=slope_cases,
    tolerance=1e-7,  # a derivative by small differences is an answer, too
    mistakes={
        "hg-zero": Mistake(
            lambda scores, rewards: np.zeros_like(scores),
            "Your slopes are all 0. A drawn choice has no useful slope, but the "
            "expected reward has: the sum of p × reward moves smoothly with the "
            "scores. Differentiate that.",
        ),
        "hg-nobase": Mistake(
            lambda scores, rewards: soft(scores) * rewards,
            "With equal rewards nothing can be gained, and your slopes are not 0. The "
            "derivative of log p_a by the scores is (one-hot of a) - p, and the second "
            "term subtracts the mean reward.",
        ),
        "hg-nop": Mistake(
            lambda scores, rewards: rewards - soft(scores) @ rewards,
            "A score counts as often as its choice is drawn: multiply by p.",
        ),
        "hg-sign": Mistake(
            lambda scores, rewards: -slope_of_expected_reward(scores, rewards),
            "The sign is that of a loss. A choice that pays more than the mean should "
            "get a higher score.",
        ),
        "hg-unif": Mistake(
            lambda scores, rewards: soft(scores) * (rewards - rewards.mean()),
            "From each reward the plain mean of all is subtracted in yours. The mean "
            "that counts is the one under p, in which a rare choice counts little. "
            "Check: adding a constant to all scores changes nothing, so the slopes "
            "must sum to 0; yours do not.",
        ),
        "hg-mean": Mistake(
            lambda scores, rewards: (
                soft(scores) * (rewards - (soft(scores) * rewards).mean())
            ),
            "The mean reward that you subtract is divided by the number of choices. p "
            "sums to 1 already, so the mean under p is `p @ rewards`, and "
            "`(p * rewards).mean()` is smaller.",
        ),
        "hg-square": Mistake(
            lambda scores, rewards: (
                soft(scores) ** 2 * (rewards - soft(scores) @ rewards)
            ),
            "Your p enters twice. It counts how often a choice is drawn; the "
            "derivative of log p brings no second one.",
        ),
        "hg-argmax": Mistake(
            likeliest_only,
            "Yours is the slope of the likeliest choice's term alone. The expected "
            "reward is a sum over all choices.",
        ),
        "hg-diagonal": Mistake(
            lambda scores, rewards: soft(scores) * (1 - soft(scores)) * rewards,
            "Each slope of yours knows one reward only, by the factor p (1 - p): how a "
            "choice's own p moves with its score. The same score also takes from all "
            "others, and their rewards go with them.",
        ),
        "hg-nomax": Mistake(
            lambda scores, rewards: slope_under(shared(scores), rewards), OVERFLOW
        ),
        **{
            f"hg-peak{variant}": Mistake(
                lambda scores, rewards, pick=pick: slope_under(
                    shared(scores, pick(scores)), rewards
                ),
                NOT_THE_PEAK,
            )
            for variant, pick in NOT_PEAKS
        },
        "hg-half": Mistake(
            lambda scores, rewards: slope_under(
                shared(scores, scores.max() / 2), rewards
            ),
            HALF_THE_PEAK,
        ),
        "hg-value": Mistake(
            lambda scores, rewards: soft(scores) * (soft(scores) @ rewards),
            "What you return are shares of the expected reward, by p. Asked for is how "
            "it changes with each score: what a choice pays above the mean, times p.",
        ),
    },
    also_right={
        "through the Jacobian of the softmax": lambda scores, rewards: (
            (np.diag(soft(scores)) - np.outer(soft(scores), soft(scores))) @ rewards
        ),
        "each choice against each other one": pair_by_pair,
    },
    hints=(
        "Write the expected reward: J = p · rewards with p = softmax(scores). How does "
        "p_i move with score j?",
        "∂p_i/∂s_j = p_i (1 if i = j else 0) - p_i p_j. Multiply by the rewards and "
        "sum over i.",
    ),
    question_after=(
        "One question about your function: which choice has the steepest slope, the "
        "likeliest, the best, or neither?"
    ),
    answer_after=(
        "Neither needs to. A slope is p times the lead over the mean: the best choice "
        "with p near 0 has almost none, so a choice that is never tried is never "
        "learned."
    ),
)
