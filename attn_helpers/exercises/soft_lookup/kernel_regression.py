"""The estimate of Nadaraya and Watson."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft
from attn_helpers.exercises.soft_lookup.programs import EPSILONS, share, with_eps


def kernel_regression(x_query, x, y, bandwidth):
    """Estimate y at each query: a mean of the known y, near ones counting more."""
    gaps = x_query[:, None] - x  # (t_q, t_k)
    scores = -(gaps**2) / (2 * bandwidth**2)
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return weights @ y


def regression_cases(seed):
    rng = np.random.default_rng(seed)
    x_query, x, y = (rng.standard_normal(n) for n in (5, 7, 7))
    three = np.array([0.0, 1.0, 2.0]), np.array([0.0, 10.0, 20.0])
    wide = np.array([60.0, -60.0, 0.5, 61.0]), np.array([1.0, 2.0, 3.0, 4.0])
    alike = np.array([0.0, 0.004, -1.0]), np.array([1.0, 2.0, 5.0])
    many = [rng.standard_normal(n) for n in (11, 13, 13)]
    return [
        Case("5 queries, 7 points, bandwidth 0.7", (x_query, x, y, 0.7)),
        Case("7 queries, 7 points", (rng.standard_normal(7), x.copy(), y.copy(), 0.3)),
        Case("bandwidth 1", (x_query.copy(), x.copy(), y.copy(), 1.0)),
        Case("one query, three points", (np.array([0.5]), *three, 0.5)),
        Case("11 queries, 13 points", (*many, 0.4)),
        Case("two queries, one point", (x_query[:2], np.zeros(1), np.full(1, 3.0), 2)),
        Case("one point near, three 60 away", (np.array([0.2, 1.0]), *wide, 0.7)),
        Case("two points alike, 100 away", (np.array([100.0]), *alike, 0.7)),
        Case("a query 60 away", (np.array([60.0, 0.0]), x.copy(), y.copy(), 0.7)),
    ]


def gap_squares(x_query, x):
    return (x_query[:, None] - x) ** 2


def bell(x_query, x, bandwidth):
    return np.exp(-gap_squares(x_query, x) / (2 * bandwidth**2))


def over_the_table(x_query, x, y, h):
    near = bell(x_query, x, h)
    return near / near.sum() @ y


def over_the_shifted_table(x_query, x, y, h):
    scores = -gap_squares(x_query, x) / (2 * h**2)
    near = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return near / near.sum() @ y


def one_query_at_a_time(x_query, x, y, bandwidth):
    estimates = []
    for query in x_query:
        scores = -((query - x) ** 2) / (2 * bandwidth**2)
        weights = np.exp(scores - max(scores))
        estimates.append(sum(weights * y) / sum(weights))
    return np.array(estimates)


EXERCISE = Exercise(
    title="The estimate of Nadaraya and Watson",
    answer=kernel_regression,
    returns={"estimate": "which points lie near query {0}, and what is their mean?"},
    cases=regression_cases,
    mistakes={
        "k-nosq": Mistake(
            lambda x_query, x, y, h: (
                soft(-np.sqrt(gap_squares(x_query, x)) / (2 * h**2)) @ y
            ),
            "The gap counts as it is in yours, not squared. That is another kernel, "
            "with a peak at every point (Laplace's); the Gaussian squares the gap.",
        ),
        "k-sign": Mistake(
            lambda x_query, x, y, h: soft(gap_squares(x_query, x) / (2 * h**2)) @ y,
            "The farthest points get the weight in yours: the minus sign is missing.",
        ),
        "k-h": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / (2 * h)) @ y,
            "Your squared gap is divided by 2h. It is measured in bandwidths and then "
            "squared, so it is 2h². At h = 1 nobody sees the difference.",
        ),
        "k-no2": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / h**2) @ y,
            "Your kernel is narrower by √2: the 2 of 2h² is missing.",
        ),
        "k-2h-square": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / (2 * h) ** 2) @ y,
            "Your kernel is wider by √2, as when the 2 is squared as well: (2h)² is "
            "4h².",
        ),
        **{
            f"k-table{variant}": Mistake(
                program,
                "Your whole table of weights sums to 1. Every query has weights of its "
                "own, and a sum of its own: add along the points, with `axis=-1` and "
                "`keepdims=True`.",
            )
            for variant, program in (
                ("", over_the_table),
                ("-shifted", over_the_shifted_table),
            )
        },
        "k-precedence": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / 2 * h**2) @ y,
            "A larger bandwidth smooths less in yours, as it does without brackets: "
            "`/ 2 * h**2` divides by 2 and then multiplies by h². Write "
            "`/ (2 * h**2)`.",
        ),
        "k-axis": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / (2 * h**2), 0) @ y,
            "Each point shares itself out among the queries: your weights sum to 1 "
            "down the columns. Every query has its own set of shares: sum along the "
            "points.",
        ),
        "k-nonorm": Mistake(
            lambda x_query, x, y, h: bell(x_query, x, h) @ y,
            "Your estimate grows with the number of points nearby: the weights are to "
            "be divided by their sum.",
        ),
        "k-gaussnorm": Mistake(
            lambda x_query, x, y, h: bell(x_query, x, h) / np.sqrt(2 * np.pi) / h @ y,
            "Your kernel values are divided by the Gaussian's own constant, h√(2π), "
            "and still do not sum to 1. What makes a mean of them is their sum over "
            "the points.",
        ),
        "k-count": Mistake(
            lambda x_query, x, y, h: bell(x_query, x, h) @ y / len(x),
            "Your sum is divided by the number of points, so far ones count as if they "
            "were there: divide by the sum of the weights.",
        ),
        "k-underflow": Mistake(
            lambda x_query, x, y, h: share(bell(x_query, x, h)) @ y,
            "Right near the points. Sixty away every kernel value is exp of a huge "
            "negative number, which is 0, and 0/0 is nan. Subtract the largest score "
            "before `exp` (of each row, not of the whole table).",
        ),
        **{
            f"k-peak{variant}": Mistake(
                lambda x_query, x, y, h, pick=pick: (
                    share(
                        np.exp(
                            (
                                pick(gap_squares(x_query, x), axis=-1, keepdims=True)
                                - gap_squares(x_query, x)
                            )
                            / (2 * h**2)
                        )
                    )
                    @ y
                ),
                "Right while the points are about equally far from the query. "
                "Subtracting another number, such as the mean of a row or its lowest "
                "score, leaves a point that is much nearer than the others with exp of "
                "a huge number, and inf/inf is nan. Only the largest score is safe.",
            )
            for variant, pick in (("", np.mean), ("-lowest", np.max))
        },
        **{
            f"k-eps{variant}": Mistake(
                lambda x_query, x, y, h, eps=eps: (
                    with_eps(bell(x_query, x, h), eps) @ y
                ),
                "Something in your program hides a 0/0 (a small number in the "
                "denominator, or `nan_to_num`): far from all points the estimate "
                "becomes 0, a number no point has. Subtract the largest score of the "
                "row before `exp` instead.",
            )
            for variant, eps in EPSILONS
        },
        "k-mean": Mistake(
            lambda x_query, x, y, h: np.full(len(x_query), y.mean()),
            "Every query gets the plain mean of y: the gaps have no effect.",
        ),
        "k-nearest": Mistake(
            lambda x_query, x, y, h: y[gap_squares(x_query, x).argmin(-1)],
            "Yours is the y of the nearest point alone. That is the hard lookup; the "
            "estimate is a mean over all points.",
        ),
        "k-no-h": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / 2) @ y,
            "The bandwidth has no effect in your program.",
        ),
        "k-weights": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / (2 * h**2)),
            "These are the weights. One step is left: the mean of y that they make.",
        ),
        "k-x": Mistake(
            lambda x_query, x, y, h: soft(-gap_squares(x_query, x) / (2 * h**2)) @ x,
            "What you average are the x. They decide the weights; the mean is that of "
            "the y.",
        ),
    },
    also_right={
        "one query at a time": one_query_at_a_time,
        "the Gaussian's constant, which cancels": lambda x_query, x, y, h: (
            share(
                np.exp(
                    (
                        gap_squares(x_query, x).min(-1, keepdims=True)
                        - gap_squares(x_query, x)
                    )
                    / (2 * h * h)
                )
                / np.sqrt(2 * np.pi)
                / h
            )
            @ y
        ),
        "gaps in bandwidths": lambda x_query, x, y, h: (
            soft(-0.5 * np.subtract.outer(x_query / h, x / h) ** 2) @ y
        ),
    },
    hints=(
        "The gap of every query to every point is a table: `x_query[:, None] - x` has "
        "one row per query.",
        "The score is -gap² / (2 · bandwidth²); mind the brackets. A softmax along "
        "each row makes the weights.",
        "With rows that sum to 1, the estimates are `weights @ y`, one per query.",
    ),
    question_after=(
        "One question about your estimates: can one of them be larger than every y you "
        "put in? Look at what the weights are before you answer."
    ),
    answer_after=(
        "No. The weights are never negative and sum to 1, so each estimate is a mean "
        "of the y and lies between the smallest and the largest."
    ),
)
