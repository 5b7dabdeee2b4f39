"""The loss of the mean, and the mean of the losses."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def two_losses(weights, values, target):
    """The loss of the mean value, and the mean of the losses of the values."""
    soft = ((weights @ values - target) ** 2).sum()
    hard = weights @ ((values - target) ** 2).sum(axis=-1)
    return soft, hard


def loss_cases(seed):
    rng = np.random.default_rng(seed)
    weights = soft(rng.normal(size=5))
    values, target = rng.normal(size=(5, 3)), rng.normal(size=3)
    return [
        Case("5 keys, values of 3 numbers", (weights, values, target)),
        Case("5 other keys", (soft(rng.normal(size=5)), 2 - values, 0.5 * target)),
        Case(
            "one sure choice beside loud values",
            (np.eye(5)[2], np.where(np.eye(5)[2][:, None], values, 1e10), target + 0.0),
        ),
        Case("equal values", (soft(rng.normal(size=5)), np.full((5, 3), 2.0), target)),
        Case(
            "two values, the target between them",
            (np.array([0.5, 0.5]), np.array([[-1.0], [1.0]]), np.array([0.0])),
        ),
        Case(
            "13 keys, values of 11 numbers",
            (
                soft(rng.normal(size=13)),
                rng.normal(size=(13, 11)),
                np.linspace(-1, 1, 11),
            ),
        ),
        Case("one key", (np.ones(1), rng.normal(size=(1, 2)), rng.normal(size=2))),
        Case(
            "3 keys, values of 3 numbers",
            (
                np.array([0.45, 0.3, 0.25]),
                rng.normal(size=(3, 3)),
                rng.normal(size=3),
            ),
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
    "In your hard loss the weights are squared, as happens to what stands inside the "
    "square. A weight belongs to the loss of a value: square first, then weigh."
)


AVERAGED = (
    "Squared errors are averaged over the numbers of a value in yours. Asked for is "
    "the squared distance to the target, both times: their sum."
)


EXERCISE = Exercise(
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
        "el-divided": Mistake(
            lambda weights, values, target: (
                two_losses(weights, values, target)[0],
                (weights * ((values - target) ** 2).sum(axis=-1)).mean(),
            ),
            "Your hard loss is divided by the number of keys. The weights sum to 1 "
            "already, so the weighted sum is the mean: add it up, without `.mean()`.",
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
            "Your losses are sums of absolute errors. Squares are asked for.",
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
