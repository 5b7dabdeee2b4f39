"""Exercises of chapter 1: attention measured and modelled in people."""

import numpy as np

from attn_helpers.exercises._types import Case, Exercise, Mistake

CHAPTER = "01_attention_in_the_mind"


# ------------------------------------------------------------------ the answers
# [cueing-effect-solution]
def cueing_effect(condition, reaction_time_ms, correct):
    """What a right cue saves and a wrong cue takes, in ms."""
    counts = correct & (reaction_time_ms >= 100)  # faster than 100 ms is a guess
    valid, neutral, invalid = (
        reaction_time_ms[counts & (condition == name)].mean()
        for name in ("valid", "neutral", "invalid")
    )
    benefit = neutral - valid
    cost = invalid - neutral
    return benefit, cost


# [cueing-effect-solution-end]


# [search-slope-solution]
def search_slope(display_size, reaction_time_ms):
    """Milliseconds that each further item adds: the line of least squares."""
    size = display_size - display_size.mean()
    time = reaction_time_ms - reaction_time_ms.mean()
    return (size * time).sum() / (size * size).sum()


# [search-slope-solution-end]


# [tva-weights-solution]
def tva_shares(eta, pertinence):
    """Each object's share of the attentional weight (Bundesen's TVA)."""
    weights = eta @ pertinence  # w_x = sum over j of eta(x, j) * pi_j
    total = weights.sum()
    if total == 0:
        return np.zeros(len(weights))  # nothing on display matters
    return weights / total


# [tva-weights-solution-end]


# [normalization-solution]
def normalized_response(drive, attention, sigma):
    """Responses of neurons that attend and then divide by what all receive."""
    excitation = attention * drive
    suppression = excitation.sum()
    return excitation / (suppression + sigma)


# [normalization-solution-end]


# ---------------------------------------------------------------- cueing effect
def session(rng, counts, wrong, fast):
    """Trials of a made-up session: some errors, some answers before 100 ms."""
    names = ("valid", "neutral", "invalid")
    condition = np.repeat(names, counts)
    means = np.repeat([260.0, 290.0, 330.0], counts)
    times = means + rng.gamma(2.0, 20.0, len(means))
    order = rng.permutation(len(means))
    condition, times = condition[order], times[order]
    correct = np.ones(len(times), dtype=bool)
    # Errors are slow and anticipations early, in every condition alike.
    for name in names:
        own = np.flatnonzero(condition == name)
        correct[own[:wrong]] = False
        times[own[:wrong]] += rng.uniform(100, 200, wrong)
        times[own[wrong : wrong + fast]] = rng.uniform(20, 40, fast)
    if wrong and fast:
        times[np.flatnonzero(~correct)[0]] = 55.0  # a guess that was wrong as well
    return condition, times, correct


def near_the_limit(rng):
    """A session with one answer of 99, one of 130 and one of 170 ms."""
    condition, times, correct = session(rng, (11, 7, 5), 0, 0)
    for name, time in {"valid": 99.0, "neutral": 130.0, "invalid": 170.0}.items():
        times[np.flatnonzero(condition == name)[0]] = time
    return condition, times, correct


def harmful(rng):
    """A session in which a right cue slows and a wrong one helps."""
    condition, times, correct = session(rng, (17, 7, 11), 0, 0)
    return (
        condition,
        times + 100.0 * (condition == "valid") - 90.0 * (condition == "invalid"),
        correct,
    )


def cueing_cases(seed):
    rng = np.random.default_rng(seed)
    small = np.array(["valid", "neutral", "invalid", "valid", "neutral"])
    times = np.array([250.0, 300.0, 340.0, 270.0, 100.0])
    return [
        Case("47 trials with errors and guesses", session(rng, (29, 11, 7), 2, 2)),
        Case("31 trials, some errors", session(rng, (17, 7, 7), 3, 0)),
        Case("31 trials, some guesses", session(rng, (17, 7, 7), 0, 3)),
        Case("31 clean trials", session(rng, (17, 7, 7), 0, 0)),
        Case("23 trials, three of 99, 130 and 170 ms", near_the_limit(rng)),
        Case("35 trials, a cue that does harm", harmful(rng)),
        Case("five trials, one of exactly 100 ms", (small, times, times > 0)),
    ]


def effects(counts=None, centre=np.mean, combine=None):
    """A cueing effect from other trials, another average or other differences."""
    counts = counts or (lambda time, correct: correct & (time >= 100))
    combine = combine or (
        lambda valid, neutral, invalid: (neutral - valid, invalid - neutral)
    )

    def program(condition, time, correct):
        kept = counts(time, correct)
        return combine(
            *(
                centre(time[kept & (condition == name)])
                for name in ("valid", "neutral", "invalid")
            )
        )

    return program


def against_all_trials(condition, time, correct):
    kept = correct & (time >= 100)
    average = time[kept].mean()
    valid, invalid = (
        time[kept & (condition == c)].mean() for c in ("valid", "invalid")
    )
    return average - valid, invalid - average


def shares_of_all_trials(condition, time, correct):
    kept = correct & (time >= 100)
    valid, neutral, invalid = (
        (time * (kept & (condition == name))).sum() / len(time)
        for name in ("valid", "neutral", "invalid")
    )
    return neutral - valid, invalid - neutral


def trial_by_trial(condition, time, correct):
    kept = {"valid": [], "neutral": [], "invalid": []}
    for name, t, ok in zip(condition, time, correct, strict=True):
        if ok and t >= 100:
            kept[str(name)].append(t)
    means = {name: sum(times) / len(times) for name, times in kept.items()}
    return means["neutral"] - means["valid"], means["invalid"] - means["neutral"]


CUEING_EFFECT = Exercise(
    id="cueing-effect",
    chapter=CHAPTER,
    title="What did the cue do?",
    answer=cueing_effect,
    returns={
        "benefit": "how many ms does a valid cue save against a neutral one?",
        "cost": "how many ms does an invalid cue take against a neutral one?",
    },
    cases=cueing_cases,
    mistakes={
        "ce-benefit-sign": Mistake(
            effects(combine=lambda v, n, i: (v - n, i - n)),
            "Your benefit has the wrong sign: valid minus neutral is negative when the "
            "cue helps. A benefit is time saved, neutral minus valid.",
        ),
        "ce-cost-sign": Mistake(
            effects(combine=lambda v, n, i: (n - v, n - i)),
            "Your cost has the wrong sign: neutral minus invalid is negative when the "
            "cue misleads. A cost is time lost, invalid minus neutral.",
        ),
        "ce-both-signs": Mistake(
            effects(combine=lambda v, n, i: (v - n, n - i)),
            "Both signs are turned round: the slower condition stands first in each "
            "difference, so that benefit and cost come out positive.",
        ),
        "ce-swapped": Mistake(
            effects(combine=lambda v, n, i: (i - n, n - v)),
            "You return the cost first and the benefit second. Nothing in two numbers "
            "tells which is which: keep the order benefit, cost.",
        ),
        "ce-total": Mistake(
            effects(combine=lambda v, n, i: (n - v, i - v)),
            "Your cost is invalid minus valid, which holds the benefit as well. The "
            "neutral trials are there to tell the two apart: invalid minus neutral.",
        ),
        "ce-total-benefit": Mistake(
            effects(combine=lambda v, n, i: (i - v, i - n)),
            "Your benefit is invalid minus valid, which holds the cost as well. "
            "Measure what the cue saves from the neutral trials.",
        ),
        "ce-all-trials": Mistake(
            against_all_trials,
            "You compared with the mean of all trials. Most of them are valid, so your "
            "baseline has the benefit in it. Neutral trials are the baseline.",
        ),
        "ce-median": Mistake(
            effects(centre=np.median),
            "You took medians. They are a good choice against slow outliers, but here "
            "the mean is asked for, so that your numbers can be compared.",
        ),
        "ce-errors": Mistake(
            effects(counts=lambda time, correct: time >= 100),
            "Wrong answers are in your means. They tell how long a mistake takes; drop "
            "trials where `correct` is False.",
        ),
        "ce-fast": Mistake(
            effects(counts=lambda time, correct: correct),
            "Answers before 100 ms are in your means. Nobody sees and presses that "
            "fast: they were started before the target came. Drop them.",
        ),
        "ce-everything": Mistake(
            effects(counts=lambda time, correct: time > 0),
            "Every trial is in your means: wrong answers, and answers before 100 ms. "
            "Neither measures how fast the target was found.",
        ),
        "ce-errors-only": Mistake(
            effects(counts=lambda time, correct: ~correct & (time >= 100)),
            "You kept the wrong answers and dropped the right ones. `correct` is True "
            "where the answer counts.",
        ),
        "ce-or": Mistake(
            effects(counts=lambda time, correct: correct | (time >= 100)),
            "You joined the two conditions with or, so a trial that meets one of them "
            "stays. It must be right and not too fast: `&`.",
        ),
        "ce-hundred": Mistake(
            effects(counts=lambda time, correct: correct & (time > 100)),
            "A trial of exactly 100 ms is missing from your means. The rule keeps "
            "100 ms and more: `>=`.",
        ),
        "ce-limit-low": Mistake(
            effects(counts=lambda time, correct: correct & (time >= 70)),
            "Your limit is not 100 ms but less: a trial of 99 ms is in your means. "
            "What counts as a guess is settled before the data are seen.",
        ),
        **{
            f"ce-limit{variant}": Mistake(
                effects(counts=lambda time, correct, ms=ms: correct & (time >= ms)),
                "Your limit is not 100 ms but more: quick answers that count, of 130 "
                "ms and the like, are missing from your means.",
            )
            for variant, ms in (("", 200), ("-150", 150))
        },
        "ce-empty": Mistake(
            effects(counts=lambda time, correct: correct & False),
            "Both numbers are nan, which is the mean of nothing: it looks as if no "
            'trial is left. `condition == "valid"` compares trial by trial; `is` asks '
            "whether two names stand for one object. Look at the spelling of the names "
            "too.",
        ),
        **{
            f"ce-abs{variant}": Mistake(
                effects(combine=combine),
                "You took absolute values. A negative benefit is a result too, of a "
                "cue that does harm: keep its sign.",
            )
            for variant, combine in (
                ("", lambda v, n, i: (abs(n - v), abs(i - n))),
                ("-benefit", lambda v, n, i: (abs(n - v), i - n)),
                ("-cost", lambda v, n, i: (n - v, abs(i - n))),
            )
        },
        "ce-sum": Mistake(
            effects(centre=np.sum),
            "You subtracted sums. There are several times as many valid trials as "
            "invalid ones, so that compares counts, not speed. Take means.",
        ),
        "ce-divided-by-all": Mistake(
            shares_of_all_trials,
            "You divided each sum by the number of all trials. A mean divides by the "
            "number of trials that went into the sum.",
        ),
        "ce-ratio": Mistake(
            effects(combine=lambda v, n, i: (n / v, i / n)),
            "You divided the means. Benefit and cost are differences, in ms.",
        ),
    },
    also_right={
        "trial by trial": trial_by_trial,
        "np.average with weights": effects(centre=lambda times: np.average(times)),
        "both numbers in one array": lambda condition, time, correct: np.array(
            trial_by_trial(condition, time, correct)
        ),
    },
    hints=(
        "First decide which trials count: answered correctly, and no sooner than 100 "
        "ms.",
        "Then three means, one per condition: "
        '`reaction_time_ms[counts & (condition == "valid")].mean()`.',
        "Benefit is neutral minus valid, cost is invalid minus neutral: both positive "
        "when the cue matters.",
    ),
    question_after=(
        "One question about your function: what would it return for a person who never "
        "looked at the cue?"
    ),
    answer_after=(
        "Two numbers near 0. The three means are then alike up to noise, which may "
        "leave either of them below 0."
    ),
)


# ----------------------------------------------------------------- search slope
def search_cases(seed):
    rng = np.random.default_rng(seed)
    sizes = np.repeat([1.0, 5.0, 15.0, 30.0], [3, 5, 7, 11])
    rng.shuffle(sizes[1:-1])  # from 1 item to 30, the ends are set apart below
    sizes[[0, -1]] = sizes[[np.argmax(sizes == 5), np.argmax(sizes == 15)]]
    noise = rng.normal(0, 40, len(sizes))
    few = np.array([8.0, 4.0, 16.0, 8.0])
    return [
        Case("26 trials of 1 to 30 items", (sizes, 450 + 28 * sizes + noise)),
        Case("a search that pops out", (sizes.copy(), 430 + 2 * sizes + noise)),
        Case("target absent", (sizes.copy(), 400 + 60 * sizes - noise)),
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


SEARCH_SLOPE = Exercise(
    id="search-slope",
    chapter=CHAPTER,
    title="Milliseconds per item",
    answer=search_slope,
    returns={"slope": "how many ms does one more item add?"},
    cases=search_cases,
    mistakes={
        "ss-intercept": Mistake(
            lambda size, time: fit(size, time)[1],
            "You return the intercept: the time that does not depend on the number of "
            "items. The slope is what each further item adds.",
        ),
        "ss-both": Mistake(
            fit,
            "You return slope and intercept together. The slope alone is asked for: "
            "`np.polyfit` gives it first.",
        ),
        "ss-ratio": Mistake(
            lambda size, time: time.mean() / size.mean(),
            "You divided mean time by mean size. That charges the items for seeing, "
            "deciding and pressing the key, which take their time with one item too.",
        ),
        "ss-mean-ratio": Mistake(
            lambda size, time: (time / size).mean(),
            "You averaged time divided by size. A trial with one item then says 450 ms "
            "per item, nearly all of it the time to press a key. Fit a line instead.",
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
            "You fitted size against time and turned the result over. With noise that "
            "is another line, and a steeper one: fit time against size.",
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
            "`np.cov` divides by n - 1 and `np.var` by n, so your slope is too large "
            "by n/(n - 1). Use one rule for both, or sums, where it cancels.",
        ),
        "ss-endpoints": Mistake(
            from_end_to_end,
            "You joined the smallest and the largest display and threw the trials in "
            "between away. The line of least squares uses them all.",
        ),
        "ss-first-last": Mistake(
            from_first_to_last,
            "You joined the first and the last trial. They come in random order, so "
            "these are any two trials and mostly noise. The line of least squares uses "
            "them all.",
        ),
        "ss-means": Mistake(
            through_the_means,
            "You fitted the means of the display sizes. Each size counts once in "
            "yours, however many trials it has; fit the trials themselves.",
        ),
        "ss-std": Mistake(
            lambda size, time: time.std() / size.std(),
            "You divided the spread of the times by the spread of the sizes. Noise "
            "adds to the first, so yours is too steep, and it can never be negative. "
            "Their correlation is the missing factor.",
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
            "Two things: the axes are exchanged, and you return slope and intercept "
            "together. Size goes along x, as the first argument of `np.polyfit`, and "
            "the slope is the first of the two numbers.",
        ),
        "ss-half": Mistake(
            lambda size, time: fit(size, time)[0] / 2,
            "You halved the slope. In a serial search the target is found half-way on "
            "average, but that is a way to explain a slope, not to measure it.",
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


# ------------------------------------------------------------------ TVA weights
def tva_cases(seed):
    rng = np.random.default_rng(seed)
    letters = np.array([[1.0, 0.0], [1.0, 0.0], [0.25, 0.75]])
    return [
        Case("5 objects, 3 categories", (rng.random((5, 3)), rng.random(3))),
        Case("3 objects, 3 categories", (rng.random((3, 3)), rng.random(3))),
        Case("three letters, red matters", (letters, np.array([1.0, 0.0]))),
        Case("strong evidence", (rng.random((5, 3)) * 400, rng.random(3))),
        Case("nothing matters", (rng.random((5, 3)), np.zeros(3))),
    ]


def safe_share(weights):
    """Shares of the sum; zeros when there is nothing to share."""
    total = weights.sum()
    return weights / (total if total else 1.0)


def share_of_exponentials(weights):
    grown = np.exp(weights - weights.max())
    return grown / grown.sum()


TVA_WEIGHTS = Exercise(
    id="tva-weights",
    chapter=CHAPTER,
    title="Weights in Bundesen's theory",
    answer=tva_shares,
    returns={"shares": "how much of the weight should object {0} get?"},
    cases=tva_cases,
    mistakes={
        "tw-nosum": Mistake(
            lambda eta, pertinence: eta @ pertinence,
            "These are the weights w. Only their ratios count in the theory: divide by "
            "their sum over the display.",
        ),
        "tw-objects": Mistake(
            lambda eta, pertinence: safe_share((eta * pertinence).sum(0)),
            "You summed over the objects and got one number per category. Each object "
            "collects its own evidence: sum along its row.",
        ),
        "tw-transposed": Mistake(
            lambda eta, pertinence: safe_share(eta.T @ pertinence),
            "You used the evidence transposed. Row x belongs to object x, and its "
            "entries meet the pertinence of the categories: `eta @ pertinence`.",
        ),
        "tw-column": Mistake(
            lambda eta, pertinence: safe_share((eta / eta.sum(0)) @ pertinence),
            "You made shares within each category first. A category in which nobody "
            "shows much would then count as much as a clear one. Weigh first, divide "
            "at the end.",
        ),
        "tw-row": Mistake(
            lambda eta, pertinence: safe_share(
                (eta / eta.sum(-1, keepdims=True)) @ pertinence
            ),
            "You made the evidence of each object sum to 1 first. A faint object would "
            "then count as much as a bright one. Divide once, at the end, over "
            "objects.",
        ),
        "tw-softmax": Mistake(
            lambda eta, pertinence: share_of_exponentials(eta @ pertinence),
            "You took a softmax of the weights. That is where the book is going; TVA "
            "divides the weights as they are, without `exp`.",
        ),
        "tw-max": Mistake(
            lambda eta, pertinence: safe_share((eta * pertinence).max(-1)),
            "You kept only the best category of each object. A weight adds up all of "
            "them: what is a little red and a little round gets both.",
        ),
        "tw-product": Mistake(
            lambda eta, pertinence: safe_share((eta * pertinence).prod(-1)),
            "You multiplied over the categories. One category that does not matter "
            "would silence an object: the weight is a sum.",
        ),
        "tw-plus": Mistake(
            lambda eta, pertinence: safe_share((eta + pertinence).sum(-1)),
            "You added pertinence to the evidence, so every object gets it, whatever "
            "it shows. Pertinence multiplies: it decides which evidence counts.",
        ),
        "tw-no-pertinence": Mistake(
            lambda eta, pertinence: safe_share(eta.sum(-1)),
            "The pertinence has no effect in your program: looking for red or for blue "
            "gives the same weights.",
        ),
        "tw-pertinence-only": Mistake(
            lambda eta, pertinence: safe_share(pertinence),
            "These are shares of the categories. The objects and what they show are "
            "missing.",
        ),
        "tw-length": Mistake(
            lambda eta, pertinence: (
                (eta @ pertinence) / (np.linalg.norm(eta @ pertinence) or 1.0)
            ),
            "You divided by the length of the vector of weights, so the squares of "
            "your shares sum to 1. Shares sum to 1 themselves.",
        ),
        "tw-largest": Mistake(
            lambda eta, pertinence: (
                (eta @ pertinence) / ((eta @ pertinence).max() or 1.0)
            ),
            "You divided by the largest weight, so the best object gets 1 and the rest "
            "come on top. Divide by the sum.",
        ),
        "tw-hard": Mistake(
            lambda eta, pertinence: safe_share(
                ((eta @ pertinence) == (eta @ pertinence).max()) * pertinence.any()
            ),
            "Your best object takes everything. In TVA every object runs in the race, "
            "each with its share.",
        ),
        "tw-nan": Mistake(
            lambda eta, pertinence: (eta @ pertinence) / (eta @ pertinence).sum(),
            "Right while something matters. When every pertinence is 0 so is the sum, "
            "and 0/0 is nan. By the rule here a display that does not matter gets "
            "zeros.",
        ),
        "tw-zero": Mistake(
            lambda eta, pertinence: (
                safe_share(eta @ pertinence) if (eta @ pertinence).any() else 0.0
            ),
            "Right while something matters. When nothing does, you return a single 0; "
            "there is one zero per object, as there is one share.",
        ),
        "tw-even": Mistake(
            lambda eta, pertinence: (
                (eta @ pertinence + 1e-300) / (eta @ pertinence + 1e-300).sum()
            ),
            "Right while something matters. When nothing does, yours shares the weight "
            "out evenly; by the rule here a display that does not matter gets zeros.",
        ),
    },
    also_right={
        "a mean instead of a sum, which cancels": lambda eta, pertinence: safe_share(
            (eta * pertinence).mean(-1)
        ),
        "pertinence made to sum to 1 first": lambda eta, pertinence: safe_share(
            eta @ (pertinence / (pertinence.sum() or 1.0))
        ),
        "a loop over the objects": lambda eta, pertinence: safe_share(
            np.array(
                [
                    sum(e * p for e, p in zip(row, pertinence, strict=True))
                    for row in eta
                ]
            )
        ),
    },
    hints=(
        "For each object: multiply its evidence for every category by what that "
        "category matters, and add up. You know this sum of products by another name.",
        "`eta @ pertinence` gives one weight per object. Their sum is what each is "
        "divided by.",
        "When nothing matters the sum is 0. Look at it before you divide.",
    ),
    question_after=(
        "One question about your function: a fourth object joins the display, the old "
        "ones stay as they are. Which shares change, and which ratios of shares?"
    ),
    answer_after=(
        "All old shares shrink, by the same factor, to make room for the new one. "
        "Their ratios stay: each is a ratio of two weights that know nothing of the "
        "new object."
    ),
)


# ---------------------------------------------------------------- normalization
def normalization_cases(seed):
    rng = np.random.default_rng(seed)
    focus = np.array([1.0, 1.0, 3.0, 1.0, 1.0])
    return [
        Case("7 neurons", (rng.uniform(1, 9, 7), rng.uniform(1, 3, 7), 1.7)),
        Case("attention on the third of five", (rng.uniform(1, 9, 5), focus, 0.5)),
        Case("two neurons", (np.array([2.0, 4.0]), np.array([2.0, 1.0]), 2.0)),
        Case("nothing to see", (np.zeros(5), focus.copy(), 0.5)),
    ]


def squared_response(drive, attention, sigma):
    excitation = (attention * drive) ** 2
    return excitation / (excitation.sum() + sigma**2)


def divided_by_the_others(drive, attention, sigma):
    excitation = attention * drive
    return excitation / (excitation.sum() - excitation + sigma)


def attended_after_all(drive, attention, sigma):
    return attention * normalized_response(drive, attention, sigma)


def attended_twice(drive, attention, sigma):
    return normalized_response(drive, attention**2, sigma)


def attended_twice_below(drive, attention, sigma):
    return attention * drive / ((attention**2 * drive).sum() + sigma)


NORMALIZATION = Exercise(
    id="normalization",
    chapter=CHAPTER,
    title="Attend, then divide",
    answer=normalized_response,
    returns={"response": "what drives neuron {0}, and what is it divided by?"},
    cases=normalization_cases,
    mistakes={
        "nr-late": Mistake(
            lambda drive, attention, sigma: attention * drive / (drive.sum() + sigma),
            "Attention acts only above the fraction bar in yours, as if it came after "
            "the division. What is attended to also suppresses more: the pool sums "
            "attention times drive.",
        ),
        "nr-below-only": Mistake(
            lambda drive, attention, sigma: drive / ((attention * drive).sum() + sigma),
            "Attention acts only below the fraction bar in yours: it makes everything "
            "weaker and nothing stronger. It multiplies the neuron's own drive too.",
        ),
        "nr-no-attention": Mistake(
            lambda drive, attention, sigma: drive / (drive.sum() + sigma),
            "Attention has no effect in your program.",
        ),
        "nr-no-sigma": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / (attention * drive).sum()
            ),
            "Sigma is missing. It keeps weak input weak, and without it an empty "
            "picture is 0/0.",
        ),
        "nr-plus": Mistake(
            lambda drive, attention, sigma: (
                (attention + drive) / ((attention + drive).sum() + sigma)
            ),
            "You added attention to the drive, so a neuron that sees nothing responds. "
            "Attention multiplies.",
        ),
        "nr-sigma-outside": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / ((attention * drive).sum() or 1.0) + sigma
            ),
            "Sigma is added to the response. It belongs below the fraction bar, beside "
            "the sum: look at your brackets.",
        ),
        "nr-sigma-each": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / (attention * drive + sigma).sum()
            ),
            "Sigma is inside the sum, so it is added once per neuron. It is added "
            "once.",
        ),
        "nr-mean": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / ((attention * drive).mean() + sigma)
            ),
            "You divided by the mean of the pool. Here the pool is a sum: every neuron "
            "that joins takes something from the others.",
        ),
        "nr-alone": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / (attention * drive + sigma)
            ),
            "Each neuron is divided by itself alone, so none takes anything from "
            "another. The pool is the sum over all of them.",
        ),
        "nr-others": Mistake(
            divided_by_the_others,
            "You left each neuron out of its own pool. Here the pool is the whole "
            "population, the neuron itself included.",
        ),
        "nr-largest": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / ((attention * drive).max() + sigma)
            ),
            "You divided by the largest excitation. The pool is the sum.",
        ),
        "nr-softmax": Mistake(
            lambda drive, attention, sigma: share_of_exponentials(attention * drive),
            "You took a softmax. It divides by a pool too, but of exponentials, and it "
            "has no sigma. Here the numbers are divided as they are.",
        ),
        "nr-product-of-sums": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / (attention.sum() * drive.sum() + sigma)
            ),
            "Your pool is the sum of attention times the sum of drive. A product of "
            "sums is not the sum of products: multiply neuron by neuron, then add.",
        ),
        **{
            f"nr-twice{variant}": Mistake(
                program,
                "Attention multiplies twice in yours. It amplifies the drive once, and "
                "what it has amplified goes above the bar and into the pool.",
            )
            for variant, program in (
                ("", attended_after_all),
                ("-pool", attended_twice),
                ("-below", attended_twice_below),
            )
        },
        "nr-sigma-above": Mistake(
            lambda drive, attention, sigma: (
                (attention * drive + sigma) / ((attention * drive).sum() + sigma)
            ),
            "Sigma stands above the fraction bar as well, so neurons respond to an "
            "empty picture. It belongs below only.",
        ),
        "nr-brackets": Mistake(
            lambda drive, attention, sigma: attention * drive / drive.sum() + sigma,
            "Two things: without brackets sigma is added after the division, and the "
            "pool leaves attention out. Below the bar stands the sum of attention "
            "times drive, plus sigma.",
        ),
        "nr-square": Mistake(
            squared_response,
            "You squared drive and sigma. Many models of neurons do; this one is asked "
            "for without exponents.",
        ),
        "nr-sigma-square": Mistake(
            lambda drive, attention, sigma: (
                attention * drive / ((attention * drive).sum() + sigma**2)
            ),
            "You squared sigma. Here it is added as it is, in the unit of the drive.",
        ),
    },
    also_right={
        "numerator and denominator scaled alike": lambda drive, attention, sigma: (
            attention * drive / sigma / (1 + attention @ drive / sigma)
        ),
        "a loop over the neurons": lambda drive, attention, sigma: np.array(
            [
                a * d / (sum(attention * drive) + sigma)
                for a, d in zip(attention, drive, strict=True)
            ]
        ),
    },
    hints=(
        "First multiply every drive by its attention. The result stands above the "
        "fraction bar, and once more below it.",
        "Below the bar: the sum over all neurons, and sigma, added once.",
        "`excitation / (excitation.sum() + sigma)`; mind the brackets.",
    ),
    question_after=(
        "One question about your function: attention to neuron 2 doubles. Which "
        "responses rise, which fall, and is their sum the same as before?"
    ),
    answer_after=(
        "Neuron 2 rises, to less than twice what it was, and all others fall. The sum "
        "of the responses is S / (S + sigma), with S the pool: it rises a little, and "
        "would stay at 1 if sigma were 0."
    ),
)

EXERCISES = (CUEING_EFFECT, SEARCH_SLOPE, TVA_WEIGHTS, NORMALIZATION)
