"""A window with a learned centre."""

from functools import partial

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import WEIGHTS, soft
from attn_helpers.exercises.soft_hard_local.programs import OVERFLOW


def local_weights(scores, z, reach):
    """Softmax inside a window around a learned centre, then fade towards its edge."""
    t_k = scores.shape[-1]
    centre = t_k / (1 + np.exp(-z))[:, None]  # (t_q, 1), between 0 and t_k
    distance = np.arange(t_k) - centre  # (t_q, t_k)
    inside = np.where(np.abs(distance) <= reach, scores, -np.inf)
    grown = np.exp(inside - inside.max(axis=-1, keepdims=True))
    align = grown / grown.sum(axis=-1, keepdims=True)
    return align * np.exp(-(distance**2) / (2 * (reach / 2) ** 2))


def local_cases(seed):
    rng = np.random.default_rng(seed)
    return [
        Case("3 queries, 7 keys", (rng.normal(size=(3, 7)), rng.normal(size=3), 3.0)),
        Case(
            "5 queries, 5 keys",
            (rng.normal(size=(5, 5)), 0.5 * rng.normal(size=5), 2.0),
        ),
        Case(
            "centre between two keys",
            (np.zeros((1, 7)), np.array([0.3]), 2.0),
        ),
        Case(
            "scores near 1000",
            (rng.normal(size=(2, 7)) + 1000.0, 0.3 * rng.normal(size=2), 2.0),
        ),
        Case(
            "scores near -1000",
            (rng.normal(size=(2, 7)) - 1000.0, 0.3 * rng.normal(size=2), 2.0),
        ),
        Case(
            "the best key lies outside",
            (np.array([[1e12, 0.5, 1.0, 0.2, 0.4, 0.1, 8.0]]), np.array([0.1]), 2.0),
        ),
        Case("a window over everything", (rng.normal(size=(2, 5)), np.zeros(2), 50.0)),
        Case(
            "13 queries, 11 keys",
            (rng.normal(size=(13, 11)), rng.normal(size=13), 3.3),
        ),
        Case(
            "centres at both ends",
            (rng.normal(size=(3, 7)), np.array([-30.0, 30.0, 1.0]), 2.5),
        ),
        Case(
            "scores down to -30 000 inside, near 0 outside",
            (
                rng.normal(size=(4, 6))
                - np.outer([300.0, 3000.0, 30_000.0, 0.0], [0, 0, 1, 1, 1, 0]),
                np.zeros(4),
                1.0,
            ),
        ),
        Case(
            "one key inside, with scores down to -10 000 000 000",
            (np.outer([1e10, 1e6, 1e4, 30.0], [0, 0, -1, 0]), np.zeros(4), 0.5),
        ),
        Case("all scores -1e35", (np.full((2, 7), -1e35), np.zeros(2), 0.5)),
        Case(
            "scores 3000 apart inside",
            (
                np.array([[0, 3000, -3000, 2999.5, 0, -3000, -3000]]) + np.eye(2, 7),
                np.zeros(2),
                4.0,
            ),
        ),
        Case(
            "rows of scores 3000 apart",
            (
                rng.normal(size=(3, 5)) + np.array([[3000.0], [0.0], [-3000.0]]),
                0.3 * rng.normal(size=3),
                2.0,
            ),
        ),
        Case(
            "keys on the edge of the window",
            (rng.normal(size=(1, 4)), np.zeros(1), 1.0),
        ),
    ]


def product(scores, inside, fade):
    return soft(np.where(inside, scores, -np.inf)) * fade


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def local(
    scores,
    z,
    reach,
    *,
    centre=lambda z, t_k: t_k * sigmoid(z),
    near=np.less_equal,
    fade=lambda d, D: np.exp(-(d**2) / (2 * (D / 2) ** 2)),
    mix=product,
):
    """Local attention with one step replaced."""
    t_k = scores.shape[-1]
    distance = np.arange(t_k) - centre(z, t_k)[:, None]
    return mix(scores, near(np.abs(distance), reach), fade(distance, reach))


def divided_again(scores, inside, fade):
    weights = product(scores, inside, fade)
    return weights / weights.sum(axis=-1, keepdims=True)


def with_peak(peak):
    """A softmax in which this is subtracted from the scores, not the row's largest."""

    def mix(scores, inside, fade):
        grown = np.where(inside, np.exp(scores - peak(scores, inside)), 0.0)
        return grown / grown.sum(axis=-1, keepdims=True) * fade

    return mix


def with_outside(number):
    """A softmax in which the scores outside are this number."""

    def mix(scores, inside, fade):
        return soft(np.where(inside, scores, number)) * fade

    return mix


def lowered_by(number):
    """A softmax in which the scores outside are lowered by this number."""

    def mix(scores, inside, fade):
        return soft(scores - number * ~inside) * fade

    return mix


def log_inside(scores, inside, fade):
    return soft(np.where(inside, scores + np.log(fade), -np.inf))


def cut_after(scores, inside, fade):
    return np.where(inside, soft(scores), 0.0) * fade


RENORMALISED = (
    "Your weights sum to 1 after the Gaussian, too. Here, as in Luong, Pham and "
    "Manning (2015), they are left as they are: a query whose best key lies far from "
    "the centre gets a shorter output. (To add the Gaussian's logarithm to the scores "
    "before the softmax is to divide again.)"
)


DENSITY = (
    "At the centre your factor is not 1: it is the density of a normal distribution. "
    "Local-p takes its exponential alone, which is 1 there."
)


FINITE = (
    "Keys outside the window still get something in yours, and where all scores inside "
    "are low they get most. Any number in place of -inf does that, however low it is: "
    "only -inf has the exponential 0."
)


NOT_THE_PEAK = (
    "Right while scores lie near each other. Where the mean or the smallest of a row, "
    "or a number that other rows decide, is subtracted, some rows hold nothing but 0 "
    "or inf after `exp`, and 0/0 and inf/inf are nan. Only a row's own largest score "
    "is safe."
)


def _cut_out(row, u, reach):
    centre = len(row) * sigmoid(u)
    near = np.flatnonzero(np.abs(np.arange(len(row)) - centre) <= reach)
    weights = np.zeros(len(row))
    fade = np.exp(-2 * (near - centre) ** 2 / reach**2)
    weights[near] = soft(row[near]) * fade
    return weights


EXERCISE = Exercise(
    title="A window with a learned centre",
    answer=local_weights,
    returns={"weights": WEIGHTS},
    cases=local_cases,
    mistakes={
        "lo-sigma": Mistake(
            partial(local, fade=lambda d, D: np.exp(-(d**2) / (2 * D**2))),
            "Your Gaussian is twice too wide: σ is half the reach, D/2.",
        ),
        "lo-half": Mistake(
            partial(local, fade=lambda d, D: np.exp(-(d**2) / (D / 2) ** 2)),
            "Your Gaussian is too narrow by √2, as when the 2 is missing below: it is "
            "exp(-distance² / (2 σ²)).",
        ),
        "lo-brackets": Mistake(
            partial(local, fade=lambda d, D: np.exp(-(d**2) / 2 * (D / 2) ** 2)),
            "The wider your window, the faster your Gaussian falls: σ² multiplies "
            "where it should divide. `a / 2 * b` is (a / 2) · b; put brackets round "
            "the `2 * b`.",
        ),
        "lo-density": Mistake(
            partial(
                local,
                fade=lambda d, D: (
                    np.exp(-(d**2) / (2 * (D / 2) ** 2)) / (D / 2 * np.sqrt(2 * np.pi))
                ),
            ),
            DENSITY,
        ),
        "lo-density-one": Mistake(
            partial(
                local,
                fade=lambda d, D: (
                    np.exp(-(d**2) / (2 * (D / 2) ** 2)) / np.sqrt(2 * np.pi)
                ),
            ),
            DENSITY,
        ),
        "lo-linear": Mistake(
            partial(local, fade=lambda d, D: np.exp(-np.abs(d) / (2 * (D / 2) ** 2))),
            "The distance enters unsquared: yours has a peak like a tent, a Gaussian "
            "is flat on top.",
        ),
        "lo-noS": Mistake(
            partial(local, centre=lambda z, t_k: sigmoid(z)),
            "Your centre stays between 0 and 1, at the first two keys. The sigmoid "
            "says which part of the sentence; multiply by its length t_k.",
        ),
        "lo-last": Mistake(
            partial(local, centre=lambda z, t_k: (t_k - 1) * sigmoid(z)),
            "Your centre goes from 0 to t_k - 1. That puts it on a key at both ends, "
            "which is sensible; Luong, Pham and Manning (2015) multiply by the length "
            "t_k.",
        ),
        "lo-from1": Mistake(
            partial(local, centre=lambda z, t_k: t_k * sigmoid(z) - 1),
            "Your centre lies one place too far in front, as when keys are counted "
            "from 1. Key j stands at place j, and the first is 0.",
        ),
        "lo-tanh": Mistake(
            partial(local, centre=lambda z, t_k: t_k * np.tanh(z)),
            "Your centre can be negative: tanh goes from -1 to 1. The sigmoid, "
            "1 / (1 + exp(-z)), goes from 0 to 1.",
        ),
        "lo-edge": Mistake(
            partial(local, near=np.less),
            "A key that lies exactly `reach` from the centre is left out in yours. The "
            "window takes in its edges: `<=`.",
        ),
        "lo-narrow": Mistake(
            partial(local, near=lambda d, D: d <= D / 2),
            "Your window is half as wide as it should be. Keys up to `reach` from the "
            "centre compete; only σ is half of that.",
        ),
        "lo-whole-sigma": Mistake(
            partial(local, fade=lambda d, D: np.exp(-(d**2) / (2 * (D // 2) ** 2))),
            "Your σ is cut down to a whole number, as by `//`. It is half the reach, "
            "which may lie in between.",
        ),
        "lo-nomax": Mistake(
            partial(local, mix=with_peak(lambda scores, inside: 0.0)), OVERFLOW
        ),
        **{
            f"lo-peak{variant}": Mistake(
                partial(
                    local,
                    mix=with_peak(
                        lambda scores, inside, pick=pick, axis=axis: pick(
                            np.where(inside, scores, np.nan), axis=axis, keepdims=True
                        )
                    ),
                ),
                NOT_THE_PEAK,
            )
            for variant, pick, axis in (
                ("", np.nanmean, -1),
                ("-smallest", np.nanmin, -1),
                ("-table", np.nanmax, None),
                ("-table-mean", np.nanmean, None),
            )
        },
        "lo-loud-peak": Mistake(
            partial(
                local,
                mix=with_peak(lambda scores, inside: scores.max(-1, keepdims=True)),
            ),
            "Right while scores outside the window are ordinary. The largest score "
            "that is subtracted may stand there; beside it `exp` is 0 for all inside, "
            "and 0/0 is nan. Hide first, then look for the largest.",
        ),
        "lo-table": Mistake(
            partial(
                local,
                mix=lambda s, inside, fade: (
                    soft(np.where(inside, s, -np.inf), axis=None) * fade
                ),
            ),
            "One sum serves your whole table. Each query has one whole to share out: "
            "divide each row by its own sum.",
        ),
        "lo-axis0": Mistake(
            partial(
                local,
                mix=lambda s, inside, fade: (
                    soft(np.where(inside, s, -1e9), axis=0) * fade
                ),
            ),
            "Your softmax runs down the columns. It is the query that shares out its "
            "attention: sum along the last axis.",
        ),
        "lo-nosigmoid": Mistake(
            partial(local, centre=lambda z, t_k: t_k * np.clip(z, 0, 1)),
            "Your centre stays at an end as soon as z is not between 0 and 1. The "
            "sigmoid brings every number there; clipping does too, but leaves no slope "
            "to learn from outside.",
        ),
        "lo-renorm": Mistake(partial(local, mix=divided_again), RENORMALISED),
        "lo-log": Mistake(partial(local, mix=log_inside), RENORMALISED),
        "lo-nogauss": Mistake(
            partial(local, fade=lambda d, D: np.ones_like(d)),
            "The Gaussian is missing: inside your window all distances count alike. "
            "Then nothing tells the centre which way to move.",
        ),
        "lo-nowindow": Mistake(
            partial(local, near=lambda d, D: d < np.inf),
            "Keys outside the window still take part in your softmax, and take weight "
            "from those inside. Only keys at most `reach` from the centre compete.",
        ),
        "lo-after": Mistake(
            partial(local, mix=cut_after),
            "A strong key outside has taken its share in yours, though nothing is read "
            "there, as when the window is cut out of a softmax over all keys. Cut "
            "first, with -inf, then share out.",
        ),
        "lo-round": Mistake(
            partial(local, centre=lambda z, t_k: np.round(t_k * sigmoid(z))),
            "Your centre always lies on a key. It is a real number: rounding takes "
            "away the slope by which it learns.",
        ),
        "lo-noscores": Mistake(
            lambda scores, z, reach: local(0 * scores, z, reach),
            "The scores have no effect in yours: only the place counts. Local "
            "attention multiplies both, what a key is and where it stands.",
        ),
        "lo-finite": Mistake(partial(local, mix=with_outside(-1e9)), FINITE),
        **{
            f"lo-finite{number:.0f}": Mistake(
                partial(local, mix=with_outside(number)), FINITE
            )
            for number in (-10.0, -20.0, -100.0, -1e3, -1e4, -1e5, -1e6, -1e30)
        },
        "lo-finite-lowest": Mistake(
            partial(
                local,
                mix=lambda scores, inside, fade: (
                    soft(np.where(inside, scores, scores.min() - 50.0)) * fade
                ),
            ),
            "Where all scores are -1e35, keys outside the window get as much as those "
            "inside, as if they stood 50 below the lowest: beside 1e35 a 50 is lost in "
            "rounding. Only -inf lies below every score.",
        ),
        **{
            f"lo-finite-lowered-{number:.0f}": Mistake(
                partial(local, mix=lowered_by(number)), FINITE
            )
            for number in (1e3, 1e4, 1e6, 1e9)
        },
        "lo-zeroed": Mistake(
            partial(
                local, mix=lambda s, inside, fade: soft(np.where(inside, s, 0.0)) * fade
            ),
            "A score of 0 outside the window is still a score: exp(0) = 1. Put -inf "
            "there.",
        ),
    },
    also_right={
        "query by query": lambda scores, z, reach: np.concatenate(
            [
                local(row[None], np.array([u]), reach)
                for row, u in zip(scores, z, strict=True)
            ]
        ),
        "with a window cut out": lambda scores, z, reach: np.stack(
            [_cut_out(row, u, reach) for row, u in zip(scores, z, strict=True)]
        ),
    },
    hints=(
        "Three steps: the centre t_k · sigmoid(z), a softmax among the keys at most "
        "`reach` away from it, and the Gaussian.",
        "Put -inf on the scores outside the window, and the softmax gives them 0.",
        "The σ is reach / 2, and nothing is divided by a sum after the Gaussian.",
    ),
    question_after=(
        "One question about your function: what do the weights of a row sum to when "
        "all scores are equal?"
    ),
    answer_after=(
        "To the mean of the Gaussian over the window, which is less than 1. Attention "
        "that is unsure where to look, or whose best key stands far from the centre, "
        "hands on less."
    ),
)
