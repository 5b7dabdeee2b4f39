"""All the steps of a descent."""

from dataclasses import dataclass

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def descent(gradient, start, rate, steps):
    """The places visited, the start included, (steps + 1, d)."""
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - rate * gradient(path[-1]))
    return np.array(path)


@dataclass(frozen=True)
class Bowl:
    """The gradient of half the sum of bends times squared distances from a bottom."""

    bends: tuple
    bottom: tuple

    def __call__(self, place):
        return np.array(self.bends) * (place - np.array(self.bottom))

    def __repr__(self):
        return "<the gradient of a bowl>"


def descent_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, d, rate, steps):
        bends = tuple(rng.uniform(0.5, 2.0, d).tolist())
        bowl = Bowl(bends, tuple(rng.uniform(-3.0, 3.0, d).tolist()))
        return Case(name, (bowl, rng.uniform(4.0, 9.0, d), rate, steps))

    return [
        case("2 numbers, 5 steps", 2, 0.3, 5),
        case("one number, 7 steps", 1, 0.2, 7),
        case("3 numbers, 11 steps, a small rate", 3, 0.01, 11),
        case("5 numbers, one step", 5, 0.7, 1),
        case("3 numbers, 2 steps", 3, 0.4, 2),
        case("11 numbers, 13 steps", 11, 0.3, 13),
        case("a rate that is too large", 2, 1.7, 5),
        case("no step", 3, 0.5, 0),
    ]


def with_step(step):
    """A descent whose next place is ``step(place, slope, rate)``."""

    def program(gradient, start, rate, steps):
        path = [start]
        for _ in range(steps):
            path.append(step(path[-1], gradient(path[-1]), rate))
        return np.array(path)

    return program


def in_place(gradient, start, rate, steps):
    place = start.copy()
    path = [place]
    for _ in range(steps):
        place -= rate * gradient(place)
        path.append(place)
    return np.array(path)


def slope_of_the_start(gradient, start, rate, steps):
    return start - rate * np.arange(steps + 1)[:, None] * gradient(start)


def summed_slopes(gradient, start, rate, steps):
    path, total = [start], np.zeros_like(start)
    for _ in range(steps):
        total = total + gradient(path[-1])
        path.append(path[-1] - rate * total)
    return np.array(path)


def one_after_the_other(gradient, start, rate, steps):
    path = [start]
    for _ in range(steps):
        place = path[-1].copy()
        for which in range(len(place)):
            place[which] -= rate * gradient(place)[which] * (which == 0)
        path.append(place)
    return np.array(path)


def shrinking(gradient, start, rate, steps):
    path = [start]
    for step in range(steps):
        path.append(path[-1] - rate / (step + 1) * gradient(path[-1]))
    return np.array(path)


EXERCISE = Exercise(
    title="All the steps of a descent",
    answer=descent,
    returns={"path": "where is parameter {1} after {0} steps?"},
    cases=descent_cases,
    mistakes={
        "de-up": Mistake(
            with_step(lambda place, slope, rate: place + rate * slope),
            "Your path goes up. The gradient points to where the function grows: "
            "subtract it.",
        ),
        "de-no-start": Mistake(
            lambda gradient, start, rate, steps: descent(gradient, start, rate, steps)[
                1:
            ],
            "The start is missing: the path has steps + 1 places, and the first is the "
            "start.",
        ),
        "de-last": Mistake(
            lambda gradient, start, rate, steps: descent(gradient, start, rate, steps)[
                -1
            ],
            "Only the last place comes back. All that were visited are asked for, the "
            "start included.",
        ),
        "de-one-less": Mistake(
            lambda gradient, start, rate, steps: descent(
                gradient, start, rate, max(steps - 1, 0)
            ),
            "One step is missing: there are `steps` steps, and so one place more.",
        ),
        "de-one-more": Mistake(
            lambda gradient, start, rate, steps: descent(
                gradient, start, rate, steps + 1
            ),
            "There is one step too many: with `steps` steps there are steps + 1 "
            "places.",
        ),
        "de-in-place": Mistake(
            in_place,
            "All rows of your path are the last place. `place -= …` changes the one "
            "array that the list holds many times. Make a new array for each step: "
            "`place = place - …`.",
        ),
        "de-slope-of-start": Mistake(
            slope_of_the_start,
            "Your path is a straight line with equal steps, as when the gradient is "
            "taken at the start only. Take it anew at each place.",
        ),
        "de-summed": Mistake(
            summed_slopes,
            "The first step is right, and later ones follow the sum of all gradients "
            "so far, as when old gradients are not removed. Each step follows the "
            "gradient of its own place.",
        ),
        "de-no-rate": Mistake(
            with_step(lambda place, slope, rate: place - slope),
            "`rate` has no effect in yours: it multiplies the gradient.",
        ),
        "de-over-rate": Mistake(
            with_step(lambda place, slope, rate: place - slope / rate),
            "The gradient is divided by the rate in yours, so a small rate makes long "
            "steps. Multiply.",
        ),
        "de-square-rate": Mistake(
            with_step(lambda place, slope, rate: place - rate * rate * slope),
            "The rate is applied twice in yours.",
        ),
        "de-sign": Mistake(
            with_step(lambda place, slope, rate: place - rate * np.sign(slope)),
            "All your steps have the same length: that is the sign of the gradient. "
            "The gradient itself is asked for, so that steps get short near the "
            "bottom.",
        ),
        "de-unit": Mistake(
            with_step(
                lambda place, slope, rate: place - rate * slope / np.linalg.norm(slope)
            ),
            "All your steps have the length `rate`, as when the gradient is divided by "
            "its length. It is asked for as it is.",
        ),
        "de-shrinking": Mistake(
            shrinking,
            "Your rate gets smaller from step to step. Here it stays the same.",
        ),
        "de-first-only": Mistake(
            one_after_the_other,
            "Only the first parameter moves in yours. A step moves all of them.",
        ),
        "de-steps": Mistake(
            lambda gradient, start, rate, steps: np.diff(
                descent(gradient, start, rate, steps + 1), axis=0
            ),
            "These are the steps, from each place to the next. The places are asked "
            "for.",
        ),
        "de-turned": Mistake(
            lambda gradient, start, rate, steps: (
                descent(gradient, start, rate, steps).T
            ),
            "Your path lies on its side, (d, steps + 1). Each place is a row.",
        ),
    },
    also_right={
        "an array made beforehand": lambda gradient, start, rate, steps: filled(
            gradient, np.tile(start, (steps + 1, 1)), rate
        ),
        "by itself": lambda gradient, start, rate, steps: recursive(
            gradient, start, rate, steps
        ),
    },
    hints=(
        "Begin with a list that holds the start. What does the next place need to "
        "know?",
        "`path.append(path[-1] - rate * gradient(path[-1]))`, as often as there are "
        "steps; then `np.array(path)`.",
    ),
    question_after=(
        "One question about your function: a bowl has the gradient 2 · place. From "
        "which rate on does the path no longer come nearer to 0?"
    ),
    answer_after=(
        "From 1 on. A step multiplies the place by 1 - 2 · rate. At 1 the place jumps "
        "between two points, and above 1 it moves away."
    ),
)


def filled(gradient, path, rate):
    for step in range(1, len(path)):
        path[step] = path[step - 1] - rate * gradient(path[step - 1])
    return path


def recursive(gradient, start, rate, steps):
    if steps == 0:
        return start[None].copy()
    onward = start - rate * gradient(start)
    return np.concatenate([start[None], recursive(gradient, onward, rate, steps - 1)])
