"""Choosing a bandwidth honestly."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft
from attn_helpers.exercises.soft_lookup.kernel_regression import kernel_regression
from attn_helpers.exercises.soft_lookup.programs import EPSILONS, share, with_eps


def leave_one_out_error(x, y, bandwidth):
    """Mean squared error when every point is estimated from all the others."""
    gaps = x[:, None] - x  # (t, t)
    scores = -(gaps**2) / (2 * bandwidth**2)
    np.fill_diagonal(scores, -np.inf)  # a point may not read its own answer
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = grown / grown.sum(axis=-1, keepdims=True)
    return ((y - weights @ y) ** 2).mean()


def leave_one_out_cases(seed):
    rng = np.random.default_rng(seed)
    x, noise = np.sort(rng.uniform(0, 3, 11)), rng.standard_normal(11)
    alone = np.append(x[:6], 90.0)
    three = np.array([0.0, 1.0, 3.0]), np.array([0.0, 10.0, 20.0])
    twins = np.array([0.0, 1.0, 1.0, 2.0, 3.5])
    apart = np.array([150_000.0, 0.0, 450_000.0, 300_000.0])
    pairs = np.array([0.5, 60.0, 0.0, 60.7])
    return [
        Case("11 points, bandwidth 0.3", (x, np.sin(2 * x) + 0.3 * noise, 0.3)),
        Case("11 points, bandwidth 2", (x.copy(), np.sin(2 * x) + 0.3 * noise, 2.0)),
        Case("three points, bandwidth 1", (*three, 1.0)),
        Case("five points, two at one place", (twins, noise[:5].copy(), 0.7)),
        Case("one point 87 away from the others", (alone, noise[:7].copy(), 0.5)),
        Case("four points, 150 000 apart", (apart, noise[:4].copy(), 1.0)),
        Case("two points, 1e17 apart", (np.array([0.0, 1e17]), noise[:2].copy(), 1.0)),
        Case("two pairs, 60 apart", (pairs, noise[6:10].copy(), 0.7)),
    ]


def gaussian_table(x, h):
    return -((x[:, None] - x) ** 2) / (2 * h**2)


def with_diagonal(x, h, fill):
    return np.where(np.eye(len(x), dtype=bool), fill, gaussian_table(x, h))


def without_self(x, h):
    return with_diagonal(x, h, -np.inf)


def shifted(scores, pick):
    """Exponentials after a number, picked from the finite scores, is taken away."""
    return np.exp(scores - pick(np.where(np.isfinite(scores), scores, np.nan)))


def misses(x, y, h):
    return y - soft(without_self(x, h)) @ y


def zeroed_late(x, y, h):
    weights = soft(gaussian_table(x, h)) * (1 - np.eye(len(x)))
    return ((y - weights @ y) ** 2).mean()


def renormalised_naively(x, y, h):
    weights = np.exp(gaussian_table(x, h)) * (1 - np.eye(len(x)))
    return ((y - share(weights) @ y) ** 2).mean()


def renormalised_with_eps(x, y, h, eps):
    near = np.exp(gaussian_table(x, h)) * (1 - np.eye(len(x)))
    return ((y - with_eps(near, eps) @ y) ** 2).mean()


def without_twins(x, y, h):
    scores = np.where(x[:, None] == x, -np.inf, gaussian_table(x, h))
    return ((y - soft(scores) @ y) ** 2).mean()


def plain_gaps(x, y, h):
    scores = -np.abs(x[:, None] - x) / (2 * h**2)
    np.fill_diagonal(scores, -np.inf)
    return ((y - soft(scores) @ y) ** 2).mean()


def one_point_at_a_time(x, y, h):
    errors = []
    for i in range(len(x)):
        rest = np.arange(len(x)) != i
        estimate = kernel_regression(x[i : i + 1], x[rest], y[rest], h)[0]
        errors.append((y[i] - estimate) ** 2)
    return np.mean(errors)


EXERCISE = Exercise(
    title="Choosing a bandwidth honestly",
    answer=leave_one_out_error,
    returns={"error": "how far off is each point when only the others may speak?"},
    cases=leave_one_out_cases,
    mistakes={
        "lo-self": Mistake(
            lambda x, y, h: ((y - soft(gaussian_table(x, h)) @ y) ** 2).mean(),
            "Each point may read its own answer, so the smallest bandwidth always "
            "looks best: the error goes to 0. Shut the point out with a score of -inf "
            "(a score of 0 does nothing, its own score is 0 already).",
        ),
        "lo-zeroed-late": Mistake(
            zeroed_late,
            "Every estimate of yours is pulled towards 0: a point's own weight is "
            "gone, and the others do not sum to 1, as when it is taken away after the "
            "softmax. Shut the point out before, with a score of -inf.",
        ),
        "lo-underflow": Mistake(
            renormalised_naively,
            "Right while every point has a neighbour. For a point 87 away from all "
            "others no weight is left: their exponentials are all 0, and 0/0 is nan. "
            "Give the point itself a score of -inf, and only then subtract the largest "
            "score of the row and take `exp`.",
        ),
        **{
            f"lo-eps{variant}": Mistake(
                lambda x, y, h, eps=eps: renormalised_with_eps(x, y, h, eps),
                "Something in your program hides a 0/0 (a small number in the "
                "denominator, or `nan_to_num`): a point far from the others is "
                "estimated as 0. Give the point itself a score of -inf, then subtract "
                "the largest score of the row before `exp`.",
            )
            for variant, eps in EPSILONS
        },
        "lo-twins": Mistake(
            without_twins,
            "In yours every point at the same place is shut out, not the point itself. "
            "Two measurements can share an x, and each may speak for the other: "
            "compare positions in the list, not the x.",
        ),
        **{
            f"lo-fill{variant}": Mistake(
                lambda x, y, h, fill=fill: (
                    (y - soft(with_diagonal(x, h, fill)) @ y) ** 2
                ).mean(),
                "A point far from all others reads its own answer in yours: they score "
                "less than what stands on the diagonal. Any number does that, however "
                "low it is; use -inf.",
            )
            for variant, fill in (
                ("", -100.0),
                ("-1000", -1e3),
                ("-1e4", -1e4),
                ("-1e5", -1e5),
                ("-1e6", -1e6),
                ("-1e9", -1e9),
                ("-1e12", -1e12),
                ("-1e30", -1e30),
            )
        },
        **{
            f"lo-peak{variant}": Mistake(
                lambda x, y, h, pick=pick: (
                    (y - share(shifted(without_self(x, h), pick)) @ y) ** 2
                ).mean(),
                "Right while the points lie near each other. Subtracting another "
                "number, such as the mean of a row, its lowest score or the largest of "
                "the whole table, leaves some rows with nothing but 0 or with inf, and "
                "0/0 is nan. Only a row's own largest score is safe.",
            )
            for variant, pick in (
                ("", lambda scores: np.nanmean(scores, axis=-1, keepdims=True)),
                ("-lowest", lambda scores: np.nanmin(scores, axis=-1, keepdims=True)),
                ("-table", np.nanmax),
            )
        },
        "lo-sum": Mistake(
            lambda x, y, h: (misses(x, y, h) ** 2).sum(),
            "This is the sum of the squared errors. With the mean, data sets of "
            "different size can be compared.",
        ),
        "lo-root": Mistake(
            lambda x, y, h: np.sqrt((misses(x, y, h) ** 2).mean()),
            "This is the root of the mean squared error. It has the unit of y, which "
            "is handy; asked for is the mean itself.",
        ),
        "lo-abs": Mistake(
            lambda x, y, h: np.abs(misses(x, y, h)).mean(),
            "This is the mean of the absolute errors. Squared ones are asked for, so "
            "one large miss counts more than two small ones.",
        ),
        "lo-bias": Mistake(
            lambda x, y, h: misses(x, y, h).mean() ** 2,
            "Misses above and below cancel: this is the mean error, squared. Square "
            "each one, then average.",
        ),
        "lo-signed": Mistake(
            lambda x, y, h: misses(x, y, h).mean(),
            "Misses above and below cancel: this is the mean error, with its sign. "
            "Square each one first.",
        ),
        "lo-h": Mistake(
            lambda x, y, h: (misses(x, y, np.sqrt(h)) ** 2).mean(),
            "Your squared gap is divided by 2h where the kernel has 2h². The gap is "
            "measured in bandwidths before it is squared.",
        ),
        "lo-no2": Mistake(
            lambda x, y, h: (misses(x, y, h / np.sqrt(2)) ** 2).mean(),
            "Your kernel is narrower by √2: the 2 of 2h² is missing.",
        ),
        "lo-2h-square": Mistake(
            lambda x, y, h: (misses(x, y, h * np.sqrt(2)) ** 2).mean(),
            "Your kernel is wider by √2, as when the 2 is squared as well: (2h)² is "
            "4h².",
        ),
        "lo-precedence": Mistake(
            lambda x, y, h: (misses(x, y, 1 / h) ** 2).mean(),
            "A larger bandwidth smooths less in yours, as it does without brackets: "
            "`/ 2 * h**2` divides by 2 and then multiplies by h². Write "
            "`/ (2 * h**2)`.",
        ),
        "lo-no-h": Mistake(
            lambda x, y, h: (misses(x, y, 1.0) ** 2).mean(),
            "The bandwidth has no effect in your program, so there is nothing to "
            "choose.",
        ),
        "lo-nosq": Mistake(
            plain_gaps,
            "The gap counts as it is in yours, not squared. That is another kernel, "
            "with a peak at every point (Laplace's); the Gaussian squares the gap.",
        ),
        "lo-n-1": Mistake(
            lambda x, y, h: (misses(x, y, h) ** 2).sum() / (len(x) - 1),
            "Your sum is divided by n - 1. Each of the n points is left out once: n "
            "errors.",
        ),
        "lo-estimates": Mistake(
            lambda x, y, h: y - misses(x, y, h),
            "These are the estimates with each point left out. One number is asked "
            "for: the mean squared distance to the y that were measured.",
        ),
        "lo-mean-of-y": Mistake(
            lambda x, y, h: ((y - y.mean()) ** 2).mean(),
            "This is the variance of y, the error of always guessing the mean. The "
            "bandwidth and the gaps have no effect.",
        ),
    },
    also_right={
        "one point at a time": one_point_at_a_time,
        "np.where for the diagonal": lambda x, y, h: float(
            (misses(x, y, h) ** 2).sum() / len(x)
        ),
    },
    hints=(
        "Let every point be a query and every point a key: the table of gaps is "
        "square. Which of its entries would be cheating?",
        "The diagonal. What must a score be for its weight to be exactly 0?",
        "`np.fill_diagonal(scores, -np.inf)` before the softmax, then the mean of "
        "`(y - weights @ y) ** 2`.",
    ),
    question_after=(
        "One question about your function: as the bandwidth goes to 0, whose value "
        "does each estimate become, and does the error go to 0?"
    ),
    answer_after=(
        "That of the nearest other point. The error goes to the mean squared "
        "difference between such neighbours, which noise keeps above 0."
    ),
)
