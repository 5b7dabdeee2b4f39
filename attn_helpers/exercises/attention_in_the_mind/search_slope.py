"""Milliseconds per item."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def search_slope(display_size, reaction_time_ms):
    """Milliseconds that each further item adds: the line of least squares."""
    size = display_size - display_size.mean()
    time = reaction_time_ms - reaction_time_ms.mean()
    return (size * time).sum() / (size * size).sum()


def search_cases(seed):
    rng = np.random.default_rng(seed)
    sizes = np.repeat([1.0, 5.0, 15.0, 30.0], [3, 5, 7, 11])
    rng.shuffle(sizes[1:-1])  # from 1 item to 30, the ends are set apart below
    sizes[[0, -1]] = sizes[[np.argmax(sizes == 5), np.argmax(sizes == 15)]]
    noise = rng.normal(0, 40, len(sizes))
    few, many = np.array([8.0, 4.0, 16.0, 8.0]), np.array([100.0, 300.0, 200.0])
    return [
        Case("26 trials of 1 to 30 items", (sizes, 450 + 28 * sizes + noise)),
        Case("a search that pops out", (sizes.copy(), 430 + 2 * sizes + noise)),
        Case("target absent", (sizes.copy(), 400 + 60 * sizes - noise)),
        Case("more items, less time", (sizes.copy(), 900 - 11 * sizes + noise)),
        Case("three trials, 3 seconds an item", (many, 400 + 3000 * many)),
        Case("four trials", (few, np.array([580.0, 500.0, 900.0, 620.0]))),
    ]


def fit(size, time):
    return np.polyfit(size, time, 1)


def from_end_to_end(size, time):
    small, large = size.min(), size.max()
    rise = time[size == large].mean() - time[size == small].mean()
    return rise / (large - small)


def from_first_to_last(size, time):
    return np.divide(time[-1] - time[0], size[-1] - size[0])


def through_the_means(size, time):
    sizes = np.unique(size)
    return fit(sizes, np.array([time[size == s].mean() for s in sizes]))[0]


def by_matrix(size, time):
    columns = np.stack([size, np.ones_like(size)], axis=1)
    return np.linalg.lstsq(columns, time, rcond=None)[0][0]


EXERCISE = Exercise(
    title="Milliseconds per item",
    answer=search_slope,
    returns={"slope": "how many ms does one more item add?"},
    cases=search_cases,
    mistakes={
        "ss-intercept": Mistake(
            lambda size, time: fit(size, time)[1],
            "This is the intercept: the time that does not depend on the number of "
            "items. The slope is what each further item adds.",
        ),
        "ss-both": Mistake(
            fit,
            "Slope and intercept come back together. The slope alone is asked for: "
            "`np.polyfit` gives it first.",
        ),
        "ss-ratio": Mistake(
            lambda size, time: time.mean() / size.mean(),
            "This is mean time divided by mean size. It charges the items for seeing, "
            "deciding and pressing the key, which take their time with one item too.",
        ),
        "ss-mean-ratio": Mistake(
            lambda size, time: (time / size).mean(),
            "This is the mean of time divided by size. A trial with one item then says "
            "450 ms per item, nearly all of it the time to press a key. Fit a line "
            "instead.",
        ),
        "ss-origin": Mistake(
            lambda size, time: (size * time).sum() / (size * size).sum(),
            "Your line goes through the origin, as if no items took no time. Let it "
            "have an intercept: subtract both means before you multiply.",
        ),
        "ss-swapped": Mistake(
            lambda size, time: fit(time, size)[0],
            "The axes are exchanged: yours is in items per ms. Time depends on the "
            "number of items, so size goes along x, and what divides the covariance is "
            "the variance of size.",
        ),
        "ss-inverse": Mistake(
            lambda size, time: 1 / fit(time, size)[0],
            "Your line is that of size against time, turned over. With noise that is "
            "another line, and a steeper one: fit time against size.",
        ),
        "ss-corr": Mistake(
            lambda size, time: np.corrcoef(size, time)[0, 1],
            "This is the correlation, how well a line fits, between -1 and 1. A slope "
            "has a unit: multiply by the spread of the times, divide by that of the "
            "sizes.",
        ),
        "ss-cov": Mistake(
            lambda size, time: np.cov(size, time)[0, 1],
            "This is the covariance, in ms times items. One step is left: divide by "
            "the variance of the sizes.",
        ),
        "ss-ddof": Mistake(
            lambda size, time: np.cov(size, time)[0, 1] / np.var(size),
            "Your slope is too large by n/(n - 1), as when `np.cov` divides by n - 1 "
            "and `np.var` by n. Use one rule for both, or sums, where it cancels.",
        ),
        "ss-endpoints": Mistake(
            from_end_to_end,
            "Your line joins the smallest and the largest display, and the trials in "
            "between have no effect. The line of least squares uses them all.",
        ),
        "ss-first-last": Mistake(
            from_first_to_last,
            "Your line joins the first and the last trial. They come in random order, "
            "so these are any two trials and mostly noise. The line of least squares "
            "uses them all.",
        ),
        "ss-means": Mistake(
            through_the_means,
            "Each display size counts once in yours, however many trials it has, as in "
            "a line through their means. Fit the trials themselves.",
        ),
        "ss-std": Mistake(
            lambda size, time: time.std() / size.std(),
            "This is the spread of the times over the spread of the sizes. Noise adds "
            "to the first, so yours is too steep, and it can never be negative. Their "
            "correlation is the missing factor.",
        ),
        "ss-sign": Mistake(
            lambda size, time: -fit(size, time)[0],
            "The sign is turned round: where more items take more time, the slope is "
            "positive.",
        ),
        "ss-seconds": Mistake(
            lambda size, time: fit(size, time)[0] / 1000,
            "This is in seconds per item. The times come in ms, and so should the "
            "slope.",
        ),
        "ss-swapped-both": Mistake(
            lambda size, time: fit(time, size),
            "Two things: the axes are exchanged, and slope and intercept come back "
            "together. Size goes along x, as the first argument of `np.polyfit`, and "
            "the slope is the first of the two numbers.",
        ),
        "ss-half": Mistake(
            lambda size, time: fit(size, time)[0] / 2,
            "This is half the slope. In a serial search the target is found half-way "
            "on average, but that is a way to explain a slope, not to measure it.",
        ),
        "ss-rate": Mistake(
            lambda size, time: 1000 / fit(size, time)[0],
            "This is a rate, in items per second. Asked for is ms per item.",
        ),
    },
    also_right={
        "np.polyfit": lambda size, time: fit(size, time)[0],
        "least squares with a matrix": by_matrix,
        "covariance over variance": lambda size, time: (
            np.cov(size, time)[0, 1] / np.var(size, ddof=1)
        ),
    },
    hints=(
        "Least squares: the slope is the covariance of size and time, divided by the "
        "variance of size.",
        "Subtract the mean from both first; then sums of products are all you need, "
        "and n cancels.",
        "`(size * time).sum() / (size * size).sum()` with both centred. `np.polyfit` "
        "does the same and gives the slope first.",
    ),
    question_after=(
        "One question about your function: you add 100 ms to every time, for a slower "
        "key. What does the slope do?"
    ),
    answer_after=(
        "Nothing. The mean time rises by 100 ms as well, and only distances from the "
        "mean go into a slope. The intercept takes the 100 ms."
    ),
)
