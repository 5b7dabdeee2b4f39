"""What did the cue do?"""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


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


def with_a_slow_answer(rng):
    """A session in which one right answer took nearly two seconds."""
    condition, times, correct = session(rng, (11, 7, 5), 1, 1)
    slow = np.flatnonzero(correct & (times >= 100) & (condition == "invalid"))[0]
    times[slow] = 1900.0
    return condition, times, correct


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
        Case("23 trials, a right answer after 1900 ms", with_a_slow_answer(rng)),
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


EXERCISE = Exercise(
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
            "The cost comes first and the benefit second in yours. Nothing in two "
            "numbers tells which is which: keep the order benefit, cost.",
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
            "Your baseline is the mean of all trials. Most of them are valid, so it "
            "has the benefit in it. Neutral trials are the baseline.",
        ),
        "ce-median": Mistake(
            effects(centre=np.median),
            "Your numbers are differences of medians. They are a good choice against "
            "slow outliers, but here the mean is asked for, so that your numbers can "
            "be compared.",
        ),
        "ce-slow": Mistake(
            effects(
                counts=lambda time, correct: correct & (time >= 100) & (time < 1e3)
            ),
            "A right answer of nearly two seconds is missing from your means. Dropping "
            "slow answers is a rule too, to be settled before the data are seen; here "
            "there is none.",
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
            "Your means hold the wrong answers and none of the right ones. `correct` "
            "is True where the answer counts.",
        ),
        "ce-or": Mistake(
            effects(counts=lambda time, correct: correct | (time >= 100)),
            "A trial that meets one of the two conditions stays in yours, as when they "
            "are joined with or. It must be right and not too fast: `&`.",
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
                "Where a cue does harm a minus sign is lost in yours, as an absolute "
                "value loses it. A negative benefit is a result too: keep its sign.",
            )
            for variant, combine in (
                ("", lambda v, n, i: (abs(n - v), abs(i - n))),
                ("-benefit", lambda v, n, i: (abs(n - v), i - n)),
                ("-cost", lambda v, n, i: (n - v, abs(i - n))),
            )
        },
        "ce-sum": Mistake(
            effects(centre=np.sum),
            "Your numbers are differences of sums. There are several times as many "
            "valid trials as invalid ones, so that compares counts, not speed. Take "
            "means.",
        ),
        "ce-divided-by-all": Mistake(
            shares_of_all_trials,
            "Each sum is divided by the number of all trials in yours. A mean divides "
            "by the number of trials that went into the sum.",
        ),
        "ce-ratio": Mistake(
            effects(combine=lambda v, n, i: (n / v, i / n)),
            "Your numbers are ratios of means. Benefit and cost are differences, in "
            "ms.",
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
