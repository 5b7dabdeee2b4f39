"""Exercises of chapter 5: sparsemax, two losses, two gradients of a choice, local-p."""

from functools import partial

import numpy as np

from attn_helpers.exercises._programs import WEIGHTS, soft
from attn_helpers.exercises._types import Case, Exercise, Mistake

CHAPTER = "05_soft_hard_local"

SLOPE = "does the expected reward rise or fall when score {0} rises?"
OVERFLOW = (
    "Right until the scores are large: near 1000 `exp` overflows. Subtract the largest "
    "score first."
)


# ------------------------------------------------------------------ the answers
# [sparsemax-solution]
def sparsemax(scores):
    """Lower all scores of a row by one threshold, and cut off what falls below 0."""
    falling = -np.sort(-scores, axis=-1)  # the largest score first
    total = np.cumsum(falling, axis=-1)
    size = np.arange(1, scores.shape[-1] + 1)
    kept = (1 + size * falling > total).sum(axis=-1, keepdims=True)
    threshold = (np.take_along_axis(total, kept - 1, axis=-1) - 1) / kept
    return np.maximum(scores - threshold, 0)


# [sparsemax-solution-end]


# [expected-loss-solution]
def two_losses(weights, values, target):
    """The loss of the mean value, and the mean of the losses of the values."""
    soft = ((weights @ values - target) ** 2).sum()
    hard = weights @ ((values - target) ** 2).sum(axis=-1)
    return soft, hard


# [expected-loss-solution-end]


# [hard-gradient-solution]
def slope_of_expected_reward(scores, rewards):
    """How the expected reward of one drawn choice moves with each score."""
    grown = np.exp(scores - scores.max())
    p = grown / grown.sum()
    return p * (rewards - p @ rewards)


# [hard-gradient-solution-end]


# [reinforce-solution]
def reinforce(scores, choices, rewards, baseline):
    """Estimate that slope from choices that were drawn and what they earned."""
    grown = np.exp(scores - scores.max())
    p = grown / grown.sum()
    drawn = np.eye(len(scores))[choices]  # (n, t_k), a single 1 in each row
    return ((rewards - baseline)[:, None] * (drawn - p)).mean(axis=0)


# [reinforce-solution-end]


# [local-p-solution]
def local_weights(scores, z, reach):
    """Softmax inside a window around a learned centre, then fade towards its edge."""
    t_k = scores.shape[-1]
    centre = t_k / (1 + np.exp(-z))[:, None]  # (t_q, 1), between 0 and t_k
    distance = np.arange(t_k) - centre  # (t_q, t_k)
    inside = np.where(np.abs(distance) <= reach, scores, -np.inf)
    grown = np.exp(inside - inside.max(axis=-1, keepdims=True))
    align = grown / grown.sum(axis=-1, keepdims=True)
    return align * np.exp(-(distance**2) / (2 * (reach / 2) ** 2))


# [local-p-solution-end]


# -------------------------------------------------------------------- sparsemax
def sparsemax_cases(seed):
    rng = np.random.default_rng(seed)
    return [
        Case("3 queries, 5 keys", (rng.normal(size=(3, 5)),)),
        Case("5 queries, 5 keys", (rng.normal(size=(5, 5)),)),
        Case("1.0, 0.8 and 0.1", (np.array([[1.0, 0.8, 0.1]]),)),
        Case("1.0, 0.8 and 0.1 in another order", (np.array([[0.1, 1.0, 0.8]]),)),
        Case("scores close together", (0.1 * rng.normal(size=(2, 5)),)),
        Case("one score far above", (rng.normal(size=(3, 5)) + 9 * np.eye(3, 5),)),
        Case("all scores equal", (np.full((2, 7), 3.0),)),
        Case("scores near -100", (rng.normal(size=(2, 5)) - 100.0,)),
    ]


def by_threshold(scores, kept, total, less=1.0):
    """max(score - threshold, 0) for a number of kept scores and their total."""
    return np.maximum(scores - (total - less) / kept, 0)


def sorted_parts(scores, sort=True, first=1):
    """Running totals and how many scores stay; the traps are the arguments."""
    ordered = -np.sort(-scores, axis=-1) if sort else scores
    total = np.cumsum(ordered, axis=-1)
    size = np.arange(first, scores.shape[-1] + first)
    kept = (1 + size * ordered > total).sum(axis=-1, keepdims=True)
    return total, kept


def sparsemax_unsorted(scores):
    total, kept = sorted_parts(scores, sort=False)
    return by_threshold(scores, kept, np.take_along_axis(total, kept - 1, -1))


def sparsemax_counting_from_zero(scores):
    total, kept = sorted_parts(scores, first=0)
    return by_threshold(scores, kept, np.take_along_axis(total, kept - 1, -1))


def sparsemax_one_too_many(scores):
    total, kept = sorted_parts(scores)
    last = np.minimum(kept, scores.shape[-1] - 1)
    return by_threshold(scores, kept, np.take_along_axis(total, last, -1))


def sparsemax_without_the_one(scores):
    total, kept = sorted_parts(scores)
    return by_threshold(scores, kept, np.take_along_axis(total, kept - 1, -1), 0.0)


def sparsemax_uncut(scores):
    total, kept = sorted_parts(scores)
    return scores - (np.take_along_axis(total, kept - 1, -1) - 1) / kept


def sparsemax_threshold_of_all(scores):
    total = scores.sum(axis=-1, keepdims=True)
    return by_threshold(scores, scores.shape[-1], total)


def sparsemax_rows_reversed(scores):
    total = np.cumsum(np.sort(scores, axis=-1)[::-1], axis=-1)
    size = np.arange(1, scores.shape[-1] + 1)
    thresholds = (total - 1) / size
    kept = (np.sort(scores, axis=-1)[::-1] > thresholds).sum(axis=-1, keepdims=True)
    return np.maximum(scores - np.take_along_axis(thresholds, kept - 1, axis=-1), 0)


def sparsemax_last_threshold(scores):
    falling = -np.sort(-scores, axis=-1)
    size = np.arange(1, scores.shape[-1] + 1)
    thresholds = (np.cumsum(falling, axis=-1) - 1) / size
    return np.maximum(scores - thresholds[falling > thresholds][-1], 0)


def sparsemax_of_the_table(scores):
    return sparsemax(scores.reshape(1, -1)).reshape(scores.shape)


def cut_and_divide(scores, cut=0.0):
    kept = np.maximum(scores - cut, 0)
    total = kept.sum(axis=-1, keepdims=True)
    return kept / np.where(total == 0, 1.0, total)


def pruned_softmax(scores, least):
    weights = soft(scores)
    weights = np.where(weights < least, 0.0, weights)
    return weights / weights.sum(axis=-1, keepdims=True)


def sparsemax_by_dropping(scores):
    """Drop the scores below the threshold and take it afresh, until none falls."""
    rows = []
    for row in scores:
        kept = np.ones(len(row), bool)
        while True:
            threshold = (row[kept].sum() - 1) / kept.sum()
            if (row[kept] > threshold).all():
                break
            kept &= row > threshold
        rows.append(np.maximum(row - threshold, 0))
    return np.array(rows)


def sparsemax_by_halving(scores):
    low = scores.max(axis=-1, keepdims=True) - 1
    high = low + 1
    for _ in range(60):
        middle = (low + high) / 2
        heavy = np.maximum(scores - middle, 0).sum(axis=-1, keepdims=True) > 1
        low, high = np.where(heavy, middle, low), np.where(heavy, high, middle)
    return np.maximum(scores - low, 0)


SPARSEMAX = Exercise(
    id="sparsemax",
    chapter=CHAPTER,
    title="Weights that are exactly zero",
    answer=sparsemax,
    returns={"weights": WEIGHTS},
    cases=sparsemax_cases,
    mistakes={
        "sp-softmax": Mistake(
            soft,
            "This is the softmax: every key gets something, and none gets exactly 0. "
            "Sparsemax subtracts one threshold from all scores of a row and cuts off "
            "what falls below 0; there is no `exp` in it.",
        ),
        "sp-divide": Mistake(
            cut_and_divide,
            "You cut at 0 and divide by the sum. Then adding 1 to every score changes "
            "the weights. The cut must move with the scores: the threshold is what "
            "makes the rest sum to 1 by itself, without a division.",
        ),
        **{
            f"sp-prune{variant}": Mistake(
                lambda scores, least=least: pruned_softmax(scores, least),
                "You take a softmax, drop the small weights and divide again. The "
                "zeros are there; the other weights keep a softmax's ratios. Those of "
                "sparsemax differ by as much as their scores differ.",
            )
            for variant, least in (("", 0.1), ("-0.05", 0.05), ("-0.01", 0.01))
        },
        "sp-nosort": Mistake(
            sparsemax_unsorted,
            "Your running totals follow the keys as they stand. The k scores that may "
            "stay are the k largest: sort each row before you add.",
        ),
        "sp-from0": Mistake(
            sparsemax_counting_from_zero,
            "You count the kept scores from 0. The test for the k-th largest score "
            "s is 1 + k s > (sum of the k largest), with k = 1 for the first.",
        ),
        "sp-next": Mistake(
            sparsemax_one_too_many,
            "Your threshold adds up one score too many: the total of `kept` scores "
            "stands at index kept - 1.",
        ),
        "sp-no1": Mistake(
            sparsemax_without_the_one,
            "Your weights do not sum to 1. Kept scores minus a threshold t sum to "
            "total - kept × t. That is 1 when t = (total - 1) / kept: the 1 is "
            "missing.",
        ),
        "sp-nocut": Mistake(
            sparsemax_uncut,
            "Some of your weights are negative. What falls below the threshold is cut "
            "off: `np.maximum(..., 0)`.",
        ),
        "sp-all": Mistake(
            sparsemax_threshold_of_all,
            "Your threshold is the one for keeping every key. Once a score falls below "
            "it and is cut off, the others sum to more than 1. Only the kept scores "
            "count in it. (Sorted with the smallest first, the test keeps all, too.)",
        ),
        "sp-rows": Mistake(
            sparsemax_rows_reversed,
            "You turn the order of the rows round, and each row still rises. To turn "
            "each row round, write `[..., ::-1]`.",
        ),
        "sp-last": Mistake(
            sparsemax_last_threshold,
            "One threshold, that of the last row, serves all your rows. Each row has "
            "its own: count how many scores of a row stay, and take its threshold at "
            "that place.",
        ),
        "sp-order": Mistake(
            lambda scores: -np.sort(-sparsemax(scores), axis=-1),
            "Your weights stand in the order of the sorted scores. The sorted row is "
            "for finding the threshold; subtract it from the scores as they stood.",
        ),
        "sp-table": Mistake(
            sparsemax_of_the_table,
            "Your whole table sums to 1. Each query, which is each row, has a "
            "threshold of its own.",
        ),
        "sp-axis0": Mistake(
            lambda scores: sparsemax(scores.T).T,
            "Each column of yours sums to 1. It is the query that shares out its "
            "attention: sort and add along the last axis.",
        ),
        "sp-hardmax": Mistake(
            lambda scores: (scores == scores.max(-1, keepdims=True)).astype(float),
            "You kept the winner only. Sparsemax does that when the lead is 1 or more; "
            "closer scores share.",
        ),
    },
    also_right={
        "dropping keys until none falls": sparsemax_by_dropping,
        "halving an interval": sparsemax_by_halving,
        "the largest score subtracted first": lambda scores: sparsemax(
            scores - scores.max(-1, keepdims=True)
        ),
    },
    hints=(
        "For 1.0, 0.8 and 0.1: keep the two largest. Which number must be taken from "
        "both so that the rest sums to 1?",
        "Sort each row, the largest first, and form running totals. The k-th score "
        "stays while 1 + k s_k > (total of the first k).",
        "The threshold is (total of the kept scores - 1) / (how many are kept), and "
        "the weights are `np.maximum(scores - threshold, 0)`.",
    ),
    question_after=(
        "One question about your function: two keys, the scores 0 and x. From which x "
        "on does the first key get nothing? And with a softmax?"
    ),
    answer_after=(
        "From x = 1 on. The softmax never gets there: at x = 1 it still gives the "
        "first key 0.27, at x = 5 still 0.007."
    ),
)


# ---------------------------------------------------------------- expected loss
def loss_cases(seed):
    rng = np.random.default_rng(seed)
    weights = soft(rng.normal(size=5))
    values, target = rng.normal(size=(5, 3)), rng.normal(size=3)
    return [
        Case("5 keys, values of 3 numbers", (weights, values, target)),
        Case("one sure choice", (np.eye(5)[2], values + 0.0, target + 0.0)),
        Case("equal values", (soft(rng.normal(size=5)), np.full((5, 3), 2.0), target)),
        Case(
            "two values, the target between them",
            (np.array([0.5, 0.5]), np.array([[-1.0], [1.0]]), np.array([0.0])),
        ),
        Case(
            "3 keys, values of 3 numbers",
            (soft(rng.normal(size=3)), rng.normal(size=(3, 3)), rng.normal(size=3)),
        ),
    ]


def losses_of(weights, values, target, measure):
    soft_loss = measure(weights @ values - target)
    return soft_loss, weights @ measure(values - target)


ALIKE = (
    "Your hard loss counts every key alike. A key is drawn as often as its weight "
    "says: weigh its loss with it."
)
INSIDE = (
    "In your hard loss the weight stands inside the square. It belongs to the loss of "
    "a value: square first, then weigh."
)
AVERAGED = (
    "You average squared errors over the numbers of a value. Asked for is the squared "
    "distance to the target, both times: their sum."
)

EXPECTED_LOSS = Exercise(
    id="expected-loss",
    chapter=CHAPTER,
    title="The loss of the mean, and the mean of the losses",
    answer=two_losses,
    returns={
        "soft": "what does soft attention pay, which hands on the mean value?",
        "hard": "what does hard attention pay on average, which hands on one value?",
    },
    cases=loss_cases,
    mistakes={
        "el-same-soft": Mistake(
            lambda weights, values, target: (
                two_losses(weights, values, target)[0],
                two_losses(weights, values, target)[0],
            ),
            "Both of yours are the loss of the mean. Hard attention hands on one value "
            "and pays for that one: first the loss of every value, then their weighted "
            "mean.",
        ),
        "el-same-hard": Mistake(
            lambda weights, values, target: (
                two_losses(weights, values, target)[1],
                two_losses(weights, values, target)[1],
            ),
            "Both of yours are the mean of the losses. Soft attention mixes first and "
            "pays once, for the mixture.",
        ),
        "el-swapped": Mistake(
            lambda weights, values, target: two_losses(weights, values, target)[::-1],
            "The two are exchanged. Soft attention pays for the mean; hard attention "
            "pays, on average, the mean of what the single values cost. The second is "
            "never smaller here.",
        ),
        "el-argmax": Mistake(
            lambda weights, values, target: (
                two_losses(weights, values, target)[0],
                ((values[weights.argmax()] - target) ** 2).sum(),
            ),
            "Your hard loss looks only at the likeliest choice. The others are drawn, "
            "too, each as often as its weight says.",
        ),
        "el-unweighted": Mistake(
            lambda weights, values, target: (
                two_losses(weights, values, target)[0],
                ((values - target) ** 2).sum(-1).mean(),
            ),
            ALIKE,
        ),
        "el-unweighted-sum": Mistake(
            lambda weights, values, target: (
                two_losses(weights, values, target)[0],
                ((values - target) ** 2).sum(),
            ),
            ALIKE,
        ),
        "el-inside": Mistake(
            lambda weights, values, target: (
                two_losses(weights, values, target)[0],
                ((weights[:, None] * values - target) ** 2).sum(),
            ),
            INSIDE,
        ),
        "el-inside-error": Mistake(
            lambda weights, values, target: (
                two_losses(weights, values, target)[0],
                ((weights[:, None] * (values - target)) ** 2).sum(),
            ),
            INSIDE,
        ),
        "el-plain-mean": Mistake(
            lambda weights, values, target: (
                ((values.mean(axis=0) - target) ** 2).sum(),
                two_losses(weights, values, target)[1],
            ),
            "Your mixture counts every value alike. Soft attention mixes them with the "
            "weights.",
        ),
        "el-mean": Mistake(
            lambda weights, values, target: losses_of(
                weights, values, target, lambda error: (error**2).mean(-1)
            ),
            AVERAGED,
        ),
        "el-mean-soft": Mistake(
            lambda weights, values, target: (
                ((weights @ values - target) ** 2).mean(),
                two_losses(weights, values, target)[1],
            ),
            AVERAGED,
        ),
        "el-mean-hard": Mistake(
            lambda weights, values, target: (
                two_losses(weights, values, target)[0],
                weights @ ((values - target) ** 2).mean(axis=-1),
            ),
            AVERAGED,
        ),
        "el-root": Mistake(
            lambda weights, values, target: losses_of(
                weights, values, target, lambda error: np.sqrt((error**2).sum(-1))
            ),
            "These are distances, not squared distances. That changes more than the "
            "unit: a mean of roots is not the root of a mean.",
        ),
        "el-abs": Mistake(
            lambda weights, values, target: losses_of(
                weights, values, target, lambda error: np.abs(error).sum(-1)
            ),
            "You take absolute errors where squares are asked for.",
        ),
        "el-zero": Mistake(
            lambda weights, values, target: two_losses(weights, values, 0 * target),
            "The target does not enter your losses: they measure the distance to 0.",
        ),
    },
    also_right={
        "the hard loss as soft loss plus spread": lambda weights, values, target: (
            ((weights @ values - target) ** 2).sum(),
            ((weights @ values - target) ** 2).sum()
            + weights @ ((values - weights @ values) ** 2).sum(-1),
        ),
        "in loops": lambda weights, values, target: (
            sum((weights @ values - target) ** 2),
            sum(
                w * sum((v - target) ** 2) for w, v in zip(weights, values, strict=True)
            ),
        ),
    },
    hints=(
        "Soft attention: one mixture, one loss. Hard attention: a loss for each value "
        "that might be drawn.",
        "`((values - target) ** 2).sum(axis=-1)` is the squared distance of each "
        "value; what is the mean of these under the weights?",
    ),
    question_after=(
        "One question about your function: when are the two numbers equal? Try a "
        "one-hot row of weights, and equal values."
    ),
    answer_after=(
        "When nothing is left to chance. Their difference is the spread of the values "
        "around their mean under the weights: it is 0 for a sure choice or equal "
        "values, and never negative. With a loss that is linear in the value there is "
        "no difference at all."
    ),
)


# ------------------------------------------------------------- the hard gradient
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
    ]


def likeliest_only(scores, rewards):
    p, best = soft(scores), scores.argmax()
    return rewards[best] * (np.eye(len(p))[best] - p)


def pair_by_pair(scores, rewards):
    p = soft(scores)
    return p * ((rewards[:, None] - rewards) * p).sum(axis=1)


HARD_GRADIENT = Exercise(
    id="hard-gradient",
    chapter=CHAPTER,
    title="The slope of a choice",
    answer=slope_of_expected_reward,
    returns={"slope": SLOPE},
    cases=slope_cases,
    mistakes={
        "hg-zero": Mistake(
            lambda scores, rewards: np.zeros_like(scores),
            "A drawn choice has no useful slope, but its expected reward has: the sum "
            "of p × reward moves smoothly with the scores. Differentiate that.",
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
            "You subtract the plain mean of the rewards. The mean that counts is the "
            "one under p, in which a rare choice counts little. Check: adding a "
            "constant to all scores changes nothing, so the slopes must sum to 0; "
            "yours do not.",
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
            "You differentiate the likeliest choice only. The expected reward is a sum "
            "over all choices.",
        ),
        "hg-diagonal": Mistake(
            lambda scores, rewards: soft(scores) * (1 - soft(scores)) * rewards,
            "The factor p (1 - p) is how a choice's own p moves with its score. The "
            "same score also takes from all others, and their rewards go with them.",
        ),
        "hg-nomax": Mistake(
            lambda scores, rewards: (
                np.exp(scores)
                / np.exp(scores).sum()
                * (rewards - np.exp(scores) / np.exp(scores).sum() @ rewards)
            ),
            OVERFLOW,
        ),
        "hg-value": Mistake(
            lambda scores, rewards: soft(scores) * (soft(scores) @ rewards),
            "You share out the expected reward by p. Asked for is how it changes with "
            "each score: what a choice pays above the mean, times p.",
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


# -------------------------------------------------------------------- REINFORCE
def reinforce_cases(seed):
    rng = np.random.default_rng(seed)

    def drawn(t_k, n, baseline, shift=0.0):
        scores = rng.normal(size=t_k)
        choices = rng.integers(0, t_k, size=n)
        return scores + shift, choices, rng.normal(size=n), baseline

    return [
        Case("5 choices, 7 draws", drawn(5, 7, 0.3)),
        Case("5 choices, 5 draws", drawn(5, 5, -0.4)),
        Case("no baseline", drawn(3, 7, 0.0)),
        Case("a single draw", drawn(5, 1, 0.7)),
        Case("scores near 1000", drawn(3, 5, 0.2, 1000.0)),
    ]


def estimate(scores, choices, advantage, minus=None, weigh=None):
    """The mean of advantage × (one-hot - p); the traps are the arguments."""
    p = soft(scores)
    terms = np.eye(len(scores))[choices] - (p if minus is None else minus)
    terms = advantage[:, None] * terms
    return (terms if weigh is None else weigh[:, None] * terms).mean(axis=0)


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


REINFORCE = Exercise(
    id="reinforce",
    chapter=CHAPTER,
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
            "You add the baseline. It is what one expects anyway: subtract it.",
        ),
        "re-own-mean": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, choices, rewards - rewards.mean()
            ),
            "You subtract the mean of these very rewards. With a single draw that is "
            "the reward itself, and nothing is left to learn from; use the baseline "
            "that is given.",
        ),
        "re-onehot": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, choices, rewards - baseline, minus=0.0
            ),
            "You only push the drawn choice. The derivative of log p_a by the scores "
            "is (one-hot of a) - p: what one choice gains, the others lose.",
        ),
        "re-scores": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, choices, rewards - baseline, minus=scores
            ),
            "You subtract the scores from the one-hot rows; it is the probabilities "
            "that belong there, softmax(scores).",
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
            "You subtract the probability of the drawn key from every entry. Each key "
            "has its own: subtract the whole row p.",
        ),
        "re-repeats": Mistake(
            reinforce_losing_repeats,
            "A key that was drawn twice counts once: `slope[choices] += ...` keeps "
            "only the last of its draws. `np.add.at` adds them all, and so do one-hot "
            "rows.",
        ),
        "re-tk": Mistake(
            lambda scores, choices, rewards, baseline: (
                reinforce(scores, choices, rewards, baseline)
                * (len(choices) / len(scores))
            ),
            "You divide by the number of keys. The mean is over the draws: divide by "
            "how many there are.",
        ),
        "re-nomax": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores,
                choices,
                rewards - baseline,
                minus=np.exp(scores) / np.exp(scores).sum(),
            ),
            OVERFLOW,
        ),
        "re-sum": Mistake(
            lambda scores, choices, rewards, baseline: (
                len(choices) * reinforce(scores, choices, rewards, baseline)
            ),
            "You sum over the draws. Then more draws make a larger slope; the estimate "
            "is their mean.",
        ),
        "re-p": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, choices, rewards - baseline, weigh=soft(scores)[choices]
            ),
            "You weigh each draw with its probability. It has been counted already: "
            "likely choices are drawn more often.",
        ),
        "re-importance": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, choices, rewards - baseline, weigh=1 / soft(scores)[choices]
            ),
            "You divide by the probability of the draw. The division is done already: "
            "(one-hot - p) is the derivative of log p, which is that of p over p.",
        ),
        "re-uniform": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, choices, rewards - baseline, minus=1 / len(scores)
            ),
            "You subtract equal shares from the one-hot rows. The draws come from the "
            "softmax of the scores, so its probabilities belong there.",
        ),
        "re-argmax": Mistake(
            lambda scores, choices, rewards, baseline: estimate(
                scores, np.full(len(choices), scores.argmax()), rewards - baseline
            ),
            "You credit the likeliest choice with every reward. Each reward belongs to "
            "the choice that was drawn with it.",
        ),
        "re-baseline-scale": Mistake(
            lambda scores, choices, rewards, baseline: (
                reinforce(scores, choices, rewards, 0.0) - baseline
            ),
            "You subtract the baseline from the finished slope, the same number from "
            "every score. It belongs to the rewards, before they are multiplied with "
            "one-hot minus p.",
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


# ---------------------------------------------------------------------- local-p
def local_cases(seed):
    rng = np.random.default_rng(seed)
    return [
        Case("3 queries, 7 keys", (rng.normal(size=(3, 7)), rng.normal(size=3), 3.0)),
        Case(
            "5 queries, 5 keys",
            (rng.normal(size=(5, 5)), 0.5 * rng.normal(size=5), 2.0),
        ),
        Case(
            "centre between two keys",
            (np.zeros((1, 7)), np.array([0.3]), 2.0),
        ),
        Case(
            "scores near 1000",
            (rng.normal(size=(2, 7)) + 1000.0, 0.3 * rng.normal(size=2), 2.0),
        ),
        Case(
            "the best key lies outside",
            (np.array([[1009.0, 0.5, 1.0, 0.2, 0.4, 0.1, 8.0]]), np.array([0.1]), 2.0),
        ),
        Case("a window over everything", (rng.normal(size=(2, 5)), np.zeros(2), 50.0)),
        Case(
            "keys on the edge of the window",
            (rng.normal(size=(1, 4)), np.zeros(1), 1.0),
        ),
    ]


def local(scores, z, reach, **trap):
    """Local attention with one step replaced."""
    t_k = scores.shape[-1]
    centre = trap.get("centre", lambda z, t_k: t_k / (1 + np.exp(-z)))(z, t_k)
    distance = np.arange(t_k) - centre[:, None]
    inside = trap.get("near", np.less_equal)(np.abs(distance), reach)
    fade = trap.get("fade", lambda d, D: np.exp(-(d**2) / (2 * (D / 2) ** 2)))
    return trap.get("mix", product)(scores, inside, fade(distance, reach))


def product(scores, inside, fade):
    return soft(np.where(inside, scores, -np.inf)) * fade


def divided_again(scores, inside, fade):
    weights = product(scores, inside, fade)
    return weights / weights.sum(axis=-1, keepdims=True)


def overflowing(scores, inside, fade):
    grown = np.where(inside, np.exp(scores), 0.0)
    return grown / grown.sum(axis=-1, keepdims=True) * fade


def log_inside(scores, inside, fade):
    return soft(np.where(inside, scores + np.log(fade), -np.inf))


def cut_after(scores, inside, fade):
    return np.where(inside, soft(scores), 0.0) * fade


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


RENORMALISED = (
    "You make the weights sum to 1 again after the Gaussian. Here, as in Luong, Pham "
    "and Manning (2015), they are left as they are: a query whose best key lies far "
    "from the centre gets a shorter output. (To add the Gaussian's logarithm to the "
    "scores before the softmax is to divide again, too.)"
)
DENSITY = (
    "You multiply by the density of a normal distribution. Local-p takes its "
    "exponential alone, which is 1 at the centre."
)

LOCAL_P = Exercise(
    id="local-p",
    chapter=CHAPTER,
    title="A window with a learned centre",
    answer=local_weights,
    returns={"weights": WEIGHTS},
    cases=local_cases,
    mistakes={
        "lo-sigma": Mistake(
            partial(local, fade=lambda d, D: np.exp(-(d**2) / (2 * D**2))),
            "Your Gaussian is twice too wide: σ is half the reach, D/2.",
        ),
        "lo-half": Mistake(
            partial(local, fade=lambda d, D: np.exp(-(d**2) / (D / 2) ** 2)),
            "The 2 is missing below: a Gaussian is exp(-distance² / (2 σ²)).",
        ),
        "lo-brackets": Mistake(
            partial(local, fade=lambda d, D: np.exp(-(d**2) / 2 * (D / 2) ** 2)),
            "You multiply by σ² where you mean to divide: `a / 2 * b` is (a / 2) · b. "
            "Put brackets around the `2 * b`.",
        ),
        "lo-density": Mistake(
            partial(
                local,
                fade=lambda d, D: (
                    np.exp(-(d**2) / (2 * (D / 2) ** 2)) / (D / 2 * np.sqrt(2 * np.pi))
                ),
            ),
            DENSITY,
        ),
        "lo-density-one": Mistake(
            partial(
                local,
                fade=lambda d, D: (
                    np.exp(-(d**2) / (2 * (D / 2) ** 2)) / np.sqrt(2 * np.pi)
                ),
            ),
            DENSITY,
        ),
        "lo-linear": Mistake(
            partial(local, fade=lambda d, D: np.exp(-np.abs(d) / (2 * (D / 2) ** 2))),
            "The distance enters unsquared: yours has a peak like a tent, a Gaussian "
            "is flat on top.",
        ),
        "lo-noS": Mistake(
            partial(local, centre=lambda z, t_k: sigmoid(z)),
            "Your centre stays between 0 and 1, at the first two keys. The sigmoid "
            "says which part of the sentence; multiply by its length t_k.",
        ),
        "lo-last": Mistake(
            partial(local, centre=lambda z, t_k: (t_k - 1) * sigmoid(z)),
            "Your centre goes from 0 to t_k - 1. That puts it on a key at both ends, "
            "which is sensible; Luong, Pham and Manning (2015) multiply by the length "
            "t_k.",
        ),
        "lo-from1": Mistake(
            partial(local, centre=lambda z, t_k: t_k * sigmoid(z) - 1),
            "You count the keys from 1. Key j stands at place j, and the first is 0.",
        ),
        "lo-tanh": Mistake(
            partial(local, centre=lambda z, t_k: t_k * np.tanh(z)),
            "Your centre can be negative: tanh goes from -1 to 1. The sigmoid, "
            "1 / (1 + exp(-z)), goes from 0 to 1.",
        ),
        "lo-edge": Mistake(
            partial(local, near=np.less),
            "You leave out a key that lies exactly `reach` from the centre. The window "
            "takes in its edges: `<=`.",
        ),
        "lo-narrow": Mistake(
            partial(local, near=lambda d, D: d <= D / 2),
            "Your window is half as wide as it should be. Keys up to `reach` from the "
            "centre compete; only σ is half of that.",
        ),
        "lo-nomax": Mistake(partial(local, mix=overflowing), OVERFLOW),
        "lo-axis0": Mistake(
            partial(
                local,
                mix=lambda s, inside, fade: (
                    soft(np.where(inside, s, -1e9), axis=0) * fade
                ),
            ),
            "Your softmax runs down the columns. It is the query that shares out its "
            "attention: sum along the last axis.",
        ),
        "lo-nosigmoid": Mistake(
            partial(local, centre=lambda z, t_k: t_k * np.clip(z, 0, 1)),
            "Any number may come as z. The sigmoid brings it between 0 and 1; clipping "
            "does too, but leaves no slope to learn from outside.",
        ),
        "lo-renorm": Mistake(partial(local, mix=divided_again), RENORMALISED),
        "lo-log": Mistake(partial(local, mix=log_inside), RENORMALISED),
        "lo-nogauss": Mistake(
            partial(local, fade=lambda d, D: np.ones_like(d)),
            "The Gaussian is missing: inside your window all distances count alike. "
            "Then nothing tells the centre which way to move.",
        ),
        "lo-nowindow": Mistake(
            partial(local, near=lambda d, D: d < np.inf),
            "Keys outside the window still take part in your softmax, and take weight "
            "from those inside. Only keys at most `reach` from the centre compete.",
        ),
        "lo-after": Mistake(
            partial(local, mix=cut_after),
            "You cut the window out of a softmax over all keys. A strong key outside "
            "has then already taken its share. Cut first, with -inf, then share out.",
        ),
        "lo-round": Mistake(
            partial(local, centre=lambda z, t_k: np.round(t_k * sigmoid(z))),
            "You round the centre to a key. It is a real number: rounding takes away "
            "the slope by which it learns.",
        ),
        "lo-noscores": Mistake(
            lambda scores, z, reach: local(0 * scores, z, reach),
            "The scores have no effect in yours: only the place counts. Local "
            "attention multiplies both, what a key is and where it stands.",
        ),
        "lo-zeroed": Mistake(
            partial(
                local, mix=lambda s, inside, fade: soft(np.where(inside, s, 0.0)) * fade
            ),
            "A score of 0 outside the window is still a score: exp(0) = 1. Put -inf "
            "there.",
        ),
    },
    also_right={
        "query by query": lambda scores, z, reach: np.concatenate(
            [
                local(row[None], np.array([u]), reach)
                for row, u in zip(scores, z, strict=True)
            ]
        ),
        "with a window cut out": lambda scores, z, reach: np.stack(
            [_cut_out(row, u, reach) for row, u in zip(scores, z, strict=True)]
        ),
    },
    hints=(
        "Three steps: the centre t_k · sigmoid(z), a softmax among the keys at most "
        "`reach` away from it, and the Gaussian.",
        "Put -inf on the scores outside the window, and the softmax gives them 0.",
        "The σ is reach / 2, and nothing is divided by a sum after the Gaussian.",
    ),
    question_after=(
        "One question about your function: what do the weights of a row sum to when "
        "all scores are equal?"
    ),
    answer_after=(
        "To the mean of the Gaussian over the window, which is less than 1. Attention "
        "that is unsure where to look, or whose best key stands far from the centre, "
        "hands on less."
    ),
)


def _cut_out(row, u, reach):
    centre = len(row) * sigmoid(u)
    near = np.flatnonzero(np.abs(np.arange(len(row)) - centre) <= reach)
    weights = np.zeros(len(row))
    fade = np.exp(-2 * (near - centre) ** 2 / reach**2)
    weights[near] = soft(row[near]) * fade
    return weights


EXERCISES = (SPARSEMAX, EXPECTED_LOSS, HARD_GRADIENT, REINFORCE, LOCAL_P)
