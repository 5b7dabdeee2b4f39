"""The gradient of the scores, from weights and their gradient."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def softmax_backward(weights, grad_weights):
    """The gradient of the scores, (t_q, t_k): each row of weights is a softmax."""
    row_sum = (grad_weights * weights).sum(axis=1, keepdims=True)  # (t_q, 1)
    return weights * (grad_weights - row_sum)


def weight_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, t_q, t_k, size=1.0):
        weights = soft(size * rng.normal(size=(t_q, t_k)))
        return Case(name, (weights, rng.normal(size=(t_q, t_k))))

    sure = np.eye(5)[[0, 3, 3]] + 0.0
    hidden = soft(np.where(rng.random((4, 6)) < 0.5, rng.normal(size=(4, 6)), -np.inf))
    hidden = np.nan_to_num(hidden)
    hidden[2] = 0.0
    return [
        case("5 queries, 7 keys", 5, 7),
        case("7 queries, 3 keys", 7, 3),
        case("as many queries as keys", 4, 4),
        case("11 queries, 13 keys", 11, 13),
        case("one query", 1, 6),
        case("one key", 5, 1),
        case("nearly equal weights", 5, 7, size=0.01),
        case("nearly all on one key", 5, 7, size=8.0),
        Case("all on one key", (sure, rng.normal(size=sure.shape))),
        Case("hidden keys, and a query with no key", (hidden, rng.normal(size=(4, 6)))),
    ]


def less(what):
    """Weights times the gradient less something."""
    return lambda weights, grad: weights * (grad - what(weights, grad))


def by_jacobians(weights, grad_weights):
    rows = [
        (np.diag(p) - np.outer(p, p)) @ g
        for p, g in zip(weights, grad_weights, strict=True)
    ]
    return np.stack(rows)


def multiplied_out(weights, grad_weights):
    mean = np.einsum("qk,qk->q", weights, grad_weights)
    return weights * grad_weights - weights * mean[:, None]


EXERCISE = Exercise(
    title="Back through a softmax",
    answer=softmax_backward,
    returns={
        "grad": "what is the slope of the loss by the score of query {0}, key {1}?"
    },
    cases=weight_cases,
    mistakes={
        "sb-no-row-sum": Mistake(
            lambda weights, grad: weights * grad,
            "Each weight feels only its own score in yours. But all weights of a row "
            "share one sum: a larger score takes from all the others. What is missing "
            "is the row sum of weights times gradients.",
        ),
        "sb-own": Mistake(
            lambda weights, grad: weights * (1 - weights) * grad,
            "How a weight depends on its own score, p(1 - p), is all that yours knows. "
            "The other weights of the row depend on that score, too: by -p_i p_j.",
        ),
        "sb-mean": Mistake(
            less(lambda weights, grad: grad.mean(axis=1, keepdims=True)),
            "Yours subtracts the plain mean of the gradients of a row. It must be the "
            "mean with the weights: a key with much weight counts more.",
        ),
        "sb-sum": Mistake(
            less(lambda weights, grad: grad.sum(axis=1, keepdims=True)),
            "Yours subtracts the plain sum of the gradients of a row. They are "
            "multiplied by the weights before they are summed.",
        ),
        "sb-columns": Mistake(
            less(lambda weights, grad: (weights * grad).sum(axis=0, keepdims=True)),
            "Yours sums down the columns. A softmax runs along a row: the sum is over "
            "the keys of one query.",
        ),
        "sb-table": Mistake(
            less(lambda weights, grad: (weights * grad).sum()),
            "Yours subtracts one sum of the whole table. Each row has its own.",
        ),
        "sb-unweighted": Mistake(
            lambda weights, grad: grad - (weights * grad).sum(axis=1, keepdims=True),
            "The bracket is right. It is not multiplied by the weights in yours, so a "
            "key with no weight has a slope.",
        ),
        "sb-sign": Mistake(
            lambda weights, grad: -softmax_backward(weights, grad),
            "The sizes are right, and the sign is turned round.",
        ),
        "sb-plus": Mistake(
            less(lambda weights, grad: -(weights * grad).sum(axis=1, keepdims=True)),
            "Yours adds the row sum. Adding the same number to all scores of a row "
            "changes nothing, so the slopes of a row must sum to 0: subtract it.",
        ),
        "sb-subtracted-late": Mistake(
            lambda weights, grad: (
                weights * grad - (weights * grad).sum(axis=1, keepdims=True)
            ),
            "The row sum is subtracted from every key alike in yours. Each key takes "
            "the part of it that its weight is: weights * (gradient - row sum).",
        ),
    },
    also_right={"by Jacobians": by_jacobians, "multiplied out": multiplied_out},
    hints=(
        "Raise one score a little. Its own weight rises, and all other weights of the "
        "row fall. By how much does the loss change in all?",
        "The slope of weight j by score i is p_i (1 - p_i) for j = i, and -p_i p_j "
        "else. Multiply by the gradients of the weights and sum over j.",
        "What comes out is p_i times a bracket: the gradient of weight i, less a sum "
        "that is the same for the whole row.",
    ),
    question_after=(
        "One question about your function: what do the entries of a row of its result "
        "sum to?"
    ),
    answer_after=(
        "To 0. Adding one number to all scores of a row leaves the weights as they "
        "are, so the loss has no slope in that direction."
    ),
)
