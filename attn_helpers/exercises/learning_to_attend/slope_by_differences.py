"""The slope, measured."""

import math
from dataclasses import dataclass

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def slope_by_differences(function, at, eps):
    """The slope of a function of one number, by a central difference."""
    return (function(at + eps) - function(at - eps)) / (2 * eps)


CURVES = {
    "a wave": lambda x: math.sin(x) + 2,
    "a parabola": lambda x: 3 * x * x - x,
    "a cubic": lambda x: x**3 - 4 * x,
    "a power of e": lambda x: math.exp(-x),
    "a line": lambda x: 5 - 7 * x,
}


@dataclass(frozen=True)
class Curve:
    """A function of one number, with a name."""

    name: str

    def __call__(self, x):
        return CURVES[self.name](x)

    def __repr__(self):
        return f"<{self.name}>"


def slope_cases(seed):
    return [
        Case("a wave at 0.5, eps 0.1", (Curve("a wave"), 0.5, 0.1)),
        Case("a parabola at -2, eps 0.25", (Curve("a parabola"), -2.0, 0.25)),
        Case("a cubic at 3, eps 1", (Curve("a cubic"), 3.0, 1.0)),
        Case("a cubic at 0, eps 0.5", (Curve("a cubic"), 0.0, 0.5)),
        Case("a power of e at 1, eps 0.01", (Curve("a power of e"), 1.0, 0.01)),
        Case("a line at 2, eps 0.5", (Curve("a line"), 2.0, 0.5)),
    ]


def over(width, ahead=1.0, behind=1.0):
    """The rise from a place behind to one ahead, over a width that eps gives."""
    return lambda function, at, eps: (
        (function(at + ahead * eps) - function(at - behind * eps)) / width(eps)
    )


EXERCISE = Exercise(
    title="The slope, measured",
    answer=slope_by_differences,
    returns={"slope": "how fast does the function grow there?"},
    cases=slope_cases,
    mistakes={
        "sd-eps": Mistake(
            over(lambda eps: eps),
            "Your slope is twice as large as it should be. The two places are 2 eps "
            "apart, not eps.",
        ),
        "sd-precedence": Mistake(
            lambda function, at, eps: (
                (function(at + eps) - function(at - eps)) / 2 * eps
            ),
            "Your slope is the right one times eps². Without brackets `/ 2 * eps` "
            "divides by 2 and then multiplies by eps: write `/ (2 * eps)`.",
        ),
        "sd-rise": Mistake(
            over(lambda eps: 1.0),
            "This is the rise between the two places. A slope is the rise divided by "
            "the distance.",
        ),
        "sd-half": Mistake(
            over(lambda eps: 2.0),
            "The rise is divided by 2 in yours, and not by eps.",
        ),
        "sd-forward": Mistake(
            over(lambda eps: eps, behind=0.0),
            "Your slope is measured on one side: from `at` to `at + eps`. That is "
            "right for a line, and off by half the bend times eps for a curve. Go to "
            "both sides.",
        ),
        "sd-backward": Mistake(
            over(lambda eps: eps, ahead=0.0),
            "Your slope is measured on one side: from `at - eps` to `at`. That is "
            "right for a line, and off by half the bend times eps for a curve. Go to "
            "both sides.",
        ),
        "sd-sign": Mistake(
            over(lambda eps: -2 * eps),
            "The sign is the wrong way round: a function that grows has a slope above "
            "0. Take the place on the right first.",
        ),
        "sd-narrow": Mistake(
            over(lambda eps: eps, ahead=0.5, behind=0.5),
            "Your two places are eps apart, half of eps to either side. The task puts "
            "them at `at + eps` and `at - eps`.",
        ),
        "sd-relative": Mistake(
            lambda function, at, eps: (
                slope_by_differences(function, at, eps * abs(at)) if at else 0.0
            ),
            "Your step is eps times the place. At 0 there is no step at all then; eps "
            "is the step itself.",
        ),
        "sd-at-zero": Mistake(
            lambda function, at, eps: slope_by_differences(function, 0.0, eps),
            "The place has no effect in yours: this is the slope at 0.",
        ),
        "sd-over-at": Mistake(
            lambda function, at, eps: function(at) / at if at else math.inf,
            "This is the value divided by the place, which is the slope of a line from "
            "the origin. Compute the function at two places near `at`.",
        ),
        "sd-value": Mistake(
            lambda function, at, eps: function(at),
            "This is the value of the function, not its slope.",
        ),
        "sd-second": Mistake(
            lambda function, at, eps: (
                (function(at + eps) - 2 * function(at) + function(at - eps)) / eps**2
            ),
            "This is the second difference. It measures how the slope changes, and is "
            "0 for a line.",
        ),
    },
    also_right={
        "the mean of both sides": lambda function, at, eps: (
            (
                (function(at + eps) - function(at)) / eps
                + (function(at) - function(at - eps)) / eps
            )
            / 2
        ),
        "the distance as it is": lambda function, at, eps: (
            (function(at + eps) - function(at - eps)) / ((at + eps) - (at - eps))
        ),
    },
    hints=(
        "Compute the function at `at + eps` and at `at - eps`. How far apart are "
        "these places?",
        "Rise over distance: the difference of the two values, divided by `(2 * eps)`.",
    ),
    question_after=(
        "One question about your function: for x³ - 4x at 3 with eps 1 it gives 24, "
        "and the true slope is 23. What becomes of the difference when eps is 0.1?"
    ),
    answer_after=(
        "It becomes a hundredth, 0.01: the error of a central difference falls with "
        "the square of eps. That of a one-sided difference falls with eps. Too small "
        "an eps is no good either: then rounding is divided by nearly nothing."
    ),
)
