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
            "the best key lies outside",
            (np.array([[1009.0, 0.5, 1.0, 0.2, 0.4, 0.1, 8.0]]), np.array([0.1]), 2.0),
        ),
        Case("a window over everything", (rng.normal(size=(2, 5)), np.zeros(2), 50.0)),
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


def overflowing(scores, inside, fade):
    grown = np.where(inside, np.exp(scores), 0.0)
    return grown / grown.sum(axis=-1, keepdims=True) * fade


def log_inside(scores, inside, fade):
    return soft(np.where(inside, scores + np.log(fade), -np.inf))


def cut_after(scores, inside, fade):
    return np.where(inside, soft(scores), 0.0) * fade


RENORMALISED = (
    "You make the weights sum to 1 again after the Gaussian. Here, as in Luong, Pham "
    "and Manning (2015), they are left as they are: a query whose best key lies far "
    "from the centre gets a shorter output. (To add the Gaussian's logarithm to the "
    "scores before the softmax is to divide again, too.)"
)


DENSITY = (
    "You multiply by the density of a normal distribution. Local-p takes its "
    "exponential alone, which is 1 at the centre."
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
            "The 2 is missing below: a Gaussian is exp(-distance² / (2 σ²)).",
        ),
        "lo-brackets": Mistake(
            partial(local, fade=lambda d, D: np.exp(-(d**2) / 2 * (D / 2) ** 2)),
            "You multiply by σ² where you mean to divide: `a / 2 * b` is (a / 2) · b. "
            "Put brackets around the `2 * b`.",
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
            "You count the keys from 1. Key j stands at place j, and the first is 0.",
        ),
        "lo-tanh": Mistake(
            partial(local, centre=lambda z, t_k: t_k * np.tanh(z)),
            "Your centre can be negative: tanh goes from -1 to 1. The sigmoid, "
            "1 / (1 + exp(-z)), goes from 0 to 1.",
        ),
        "lo-edge": Mistake(
            partial(local, near=np.less),
            "You leave out a key that lies exactly `reach` from the centre. The window "
            "takes in its edges: `<=`.",
        ),
        "lo-narrow": Mistake(
            partial(local, near=lambda d, D: d <= D / 2),
            "Your window is half as wide as it should be. Keys up to `reach` from the "
            "centre compete; only σ is half of that.",
        ),
        "lo-nomax": Mistake(partial(local, mix=overflowing), OVERFLOW),
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
            "Any number may come as z. The sigmoid brings it between 0 and 1; clipping "
            "does too, but leaves no slope to learn from outside.",
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
            "You cut the window out of a softmax over all keys. A strong key outside "
            "has then already taken its share. Cut first, with -inf, then share out.",
        ),
        "lo-round": Mistake(
            partial(local, centre=lambda z, t_k: np.round(t_k * sigmoid(z))),
            "You round the centre to a key. It is a real number: rounding takes away "
            "the slope by which it learns.",
        ),
        "lo-noscores": Mistake(
            lambda scores, z, reach: local(0 * scores, z, reach),
            "The scores have no effect in yours: only the place counts. Local "
            "attention multiplies both, what a key is and where it stands.",
        ),
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
