"""The gradient of a cross-entropy."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def softmax_gradient(x, w, targets):
    """The gradient of the mean cross-entropy with respect to w, (d, classes)."""
    logits = x @ w  # (b, classes)
    grown = np.exp(logits - logits.max(axis=-1, keepdims=True))
    slopes = grown / grown.sum(axis=-1, keepdims=True)
    slopes[np.arange(len(x)), targets] -= 1
    return x.T @ slopes / len(x)


def gradient_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, b, d, classes, loud=1.0):
        x, w = rng.normal(size=(b, d)), loud * rng.normal(size=(d, classes))
        targets = rng.integers(classes, size=b)
        targets[-1] = ((x @ w)[-1].argmax() + 1) % classes  # one is surely wrong
        return Case(name, (x, w, targets))

    return [
        case("7 examples of 5 numbers, 3 classes", 7, 5, 3),
        case("11 examples of 2 numbers, 13 classes", 11, 2, 13),
        case("one example", 1, 5, 3),
        case("3 examples of 3 numbers, 7 classes", 3, 3, 7),
        case("13 examples of 11 numbers, 17 classes", 13, 11, 17),
        case("3 examples of 5 numbers, 5 classes", 3, 5, 5),
        case("as many examples as classes", 5, 3, 5),
        case("logits in the thousands", 7, 5, 3, loud=2000.0),
        case("53 examples, 2 classes", 53, 3, 2),
    ]


def right_ones(x, w, targets):
    """1 at the right class of each example, (b, classes)."""
    return np.eye(w.shape[1])[targets]


def from_slopes(slopes, join=lambda x, slopes: x.T @ slopes / len(x)):
    """A gradient out of other slopes of the logits."""
    return lambda x, w, targets: join(x, slopes(x, w, targets))


def wrong_part(x, w, targets):
    return soft(x @ w) - right_ones(x, w, targets)


def down_the_batch(x, w, targets):
    return soft(x @ w, axis=0) - right_ones(x, w, targets)


def bare_exponentials(x, w, targets):
    with np.errstate(over="ignore", invalid="ignore"):
        grown = np.exp(x @ w)
        shares = grown / grown.sum(axis=-1, keepdims=True)
    return shares - right_ones(x, w, targets)


def squared_error(x, w, targets):
    shares = soft(x @ w)
    miss = shares - right_ones(x, w, targets)
    return shares * (miss - (shares * miss).sum(axis=-1, keepdims=True))


EXERCISE = Exercise(
    title="The gradient of a cross-entropy",
    answer=softmax_gradient,
    returns={"gradient": "how fast does the loss grow with w[{0}, {1}]?"},
    cases=gradient_cases,
    mistakes={
        "sg-sum": Mistake(
            from_slopes(wrong_part, lambda x, slopes: x.T @ slopes),
            "Your gradient grows with the number of examples: it belongs to the sum "
            "of their losses. Take the mean, so that the learning rate need not change "
            "with the size of the batch.",
        ),
        "sg-sign": Mistake(
            from_slopes(lambda x, w, t: -wrong_part(x, w, t)),
            "The sign is the wrong way round: along yours the loss falls. The slope "
            "of a logit is its probability, minus 1 where it is the right one.",
        ),
        "sg-no-target": Mistake(
            from_slopes(lambda x, w, t: soft(x @ w)),
            "The targets have no effect in yours. At the right class, 1 is taken from "
            "the probability.",
        ),
        "sg-target-only": Mistake(
            from_slopes(lambda x, w, t: -right_ones(x, w, t)),
            "The logits have no effect in yours, so a model that is right already "
            "would be pushed as hard as any. The slope of a logit is its probability, "
            "minus 1 where it is the right one.",
        ),
        "sg-right-class-only": Mistake(
            from_slopes(lambda x, w, t: wrong_part(x, w, t) * right_ones(x, w, t)),
            "Only the column of the right class gets a slope in yours. The others have "
            "one, too: a probability that they should not have.",
        ),
        "sg-no-softmax": Mistake(
            from_slopes(lambda x, w, t: x @ w - right_ones(x, w, t)),
            "The softmax is missing: the logits themselves stand where probabilities "
            "should.",
        ),
        "sg-batch-axis": Mistake(
            from_slopes(down_the_batch),
            "The softmax runs down the batch in yours, so the examples compete with "
            "each other. The classes of one example do: take it along each row.",
        ),
        "sg-overflow": Mistake(
            from_slopes(bare_exponentials),
            "Right while the logits are small. In the thousands `exp` overflows, and "
            "inf/inf is nan. Subtract each row's largest logit first.",
        ),
        "sg-sigmoid": Mistake(
            from_slopes(
                lambda x, w, t: 0.5 * (1 + np.tanh(x @ w / 2)) - right_ones(x, w, t)
            ),
            "Each class has a probability of its own in yours, by a sigmoid, and they "
            "do not sum to 1. A softmax shares one whole out among the classes.",
        ),
        "sg-squared": Mistake(
            from_slopes(squared_error),
            "This is the gradient of half the squared error of the probabilities. The "
            "loss is minus the logarithm of the right one's probability.",
        ),
        "sg-over-classes": Mistake(
            from_slopes(wrong_part, lambda x, slopes: x.T @ slopes / slopes.shape[1]),
            "You divide by the number of classes. The mean is taken over the examples.",
        ),
        "sg-over-all": Mistake(
            from_slopes(wrong_part, lambda x, slopes: x.T @ slopes / slopes.size),
            "You divide by examples times classes. Each example has one loss, so the "
            "mean is over the examples alone.",
        ),
        "sg-means": Mistake(
            from_slopes(
                wrong_part,
                lambda x, slopes: np.outer(x.mean(axis=0), slopes.mean(axis=0)),
            ),
            "You multiply the mean row by the mean slopes. Each example's row meets "
            "its own slopes: the mean of products is asked for, not the product of "
            "means.",
        ),
        "sg-turned": Mistake(
            from_slopes(wrong_part, lambda x, slopes: slopes.T @ x / len(x)),
            "Your gradient lies on its side, (classes, d). It has the shape of w, so "
            "that it can be subtracted.",
        ),
        "sg-logits": Mistake(
            lambda x, w, targets: wrong_part(x, w, targets) / len(x),
            "These are the slopes of the logits, (b, classes). One step more leads to "
            "those of w.",
        ),
    },
    also_right={
        "one example at a time": lambda x, w, targets: np.mean(
            [
                np.outer(row, slopes)
                for row, slopes in zip(x, wrong_part(x, w, targets), strict=True)
            ],
            axis=0,
        ),
        "two products": lambda x, w, targets: (
            (x.T / len(x)) @ soft(x @ w) - (x.T / len(x)) @ right_ones(x, w, targets)
        ),
    },
    hints=(
        "For one example: -ln p = ln Σ exp(logit) - (the right logit). Take its slope "
        "with respect to logit c.",
        "The table of slopes, (b, classes), is the softmax of each row, minus 1 at the "
        "right class: `slopes[np.arange(len(x)), targets] -= 1`.",
        "Then `x.T @ slopes / len(x)` is the mean of the outer products.",
    ),
    question_after=(
        "One question about your function: what do the entries of each row of the "
        "gradient sum to, and why?"
    ),
    answer_after=(
        "To 0. Probabilities sum to 1, and 1 is taken away at the right class. The "
        "same number added to all logits changes nothing."
    ),
)
