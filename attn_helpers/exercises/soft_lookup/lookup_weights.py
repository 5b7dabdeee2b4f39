"""Shares that survive a long journey."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft
from attn_helpers.exercises.soft_lookup.programs import (
    EPSILONS,
    share,
    squares,
    with_eps,
)


def lookup_weights(query, keys, temperature):
    """Share out one query's attention: the nearer the key, the larger its share."""
    scores = -((keys - query) ** 2).sum(axis=-1)  # (t_k,)
    scaled = scores / temperature
    grown = np.exp(scaled - scaled.max())  # the nearest becomes exp(0) = 1
    return grown / grown.sum()


def lookup_cases(seed):
    rng = np.random.default_rng(seed)
    query, keys = rng.standard_normal(3), rng.standard_normal((7, 3))
    line, far = np.array([[0.0], [1.0], [3.0]]), np.array([[0.0], [0.004], [-1.0]])
    hair = np.array([[0.03, 0.0], [0.0, -0.02], [0.03, 0.03]])
    wide = np.array([[60.0, 0.0], [0.0, -60.0], [0.5, 0.5], [0.0, 60.0], [-60.0, 1.0]])
    return [
        Case("7 keys of 3 entries, temperature 0.7", (query, keys, 0.7)),
        Case(
            "5 keys of 5 entries", (rng.standard_normal(5), rng.normal(size=(5, 5)), 3)
        ),
        Case("temperature 1", (query.copy(), keys.copy(), 1.0)),
        Case("three keys on a line", (np.array([1.0]), line, 2.0)),
        Case("one key", (rng.standard_normal(2), rng.normal(size=(1, 2)), 0.7)),
        Case(
            "13 keys of 11 entries, temperature 7",
            (rng.standard_normal(11), rng.normal(size=(13, 11)), 7.0),
        ),
        Case("temperature 0.001", (np.zeros(2), hair, 0.001)),
        Case("one key near, four 60 away", (np.zeros(2), wide, 0.7)),
        Case("two keys alike, 100 away", (np.array([100.0]), far, 0.7)),
        Case("a query 60 away from all keys", (query + 60.0, keys.copy(), 0.7)),
    ]


def nearest_share(query, keys, temperature):
    distances = squares(query, keys)
    return (distances == distances.min()).astype(float)


def inverse_squares(query, keys, temperature):
    return share(1 / (squares(query, keys) + 1e-12))


EXERCISE = Exercise(
    title="Shares that survive a long journey",
    answer=lookup_weights,
    returns={"weights": "how much of the answer should come from key {0}?"},
    cases=lookup_cases,
    mistakes={
        "lw-sign": Mistake(
            lambda query, keys, temperature: soft(squares(query, keys) / temperature),
            "The farthest key gets the largest share in yours. A distance must count "
            "against a key: the score is minus the squared distance.",
        ),
        "lw-nosquare": Mistake(
            lambda query, keys, temperature: soft(
                -np.sqrt(squares(query, keys)) / temperature
            ),
            "Your score is minus the distance, not minus its square. That is a lookup "
            "too, with a sharp peak at each key.",
        ),
        "lw-l1": Mistake(
            lambda query, keys, temperature: soft(
                -np.abs(keys - query).sum(-1) / temperature
            ),
            "Your scores are sums of absolute differences. The score is minus the sum "
            "of their squares.",
        ),
        "lw-mul": Mistake(
            lambda query, keys, temperature: soft(-squares(query, keys) * temperature),
            "Hot comes out sharp, as when scores are multiplied by the temperature. "
            "They are divided by it: the higher, the more evenly the keys share.",
        ),
        "lw-none": Mistake(
            lambda query, keys, temperature: soft(-squares(query, keys)),
            "The temperature has no effect in your program.",
        ),
        "lw-square-T": Mistake(
            lambda query, keys, temperature: soft(
                -squares(query, keys) / (2 * temperature**2)
            ),
            "Your temperature acts as the bandwidth of a Gaussian, 2 · temperature² "
            "below the scores. The two are related, temperature = 2 · bandwidth², but "
            "here the temperature divides as it is.",
        ),
        "lw-after": Mistake(
            lambda query, keys, temperature: soft(-squares(query, keys)) / temperature,
            "Your weights no longer sum to 1, and their ratios are the same at every "
            "temperature: it divides the weights, not the scores.",
        ),
        "lw-nosum": Mistake(
            lambda query, keys, temperature: np.exp(
                -squares(query, keys) / temperature
            ),
            "These are closenesses, not shares: they do not sum to 1. A key's share "
            "depends on who else is near. Divide by the sum.",
        ),
        "lw-largest": Mistake(
            lambda query, keys, temperature: (
                lambda scores: np.exp(scores - scores.max())
            )(-squares(query, keys) / temperature),
            "The nearest key gets 1 in yours, and the rest come on top. Shares sum to "
            "1: divide by their sum, also after the largest score is subtracted.",
        ),
        "lw-noexp": Mistake(
            lambda query, keys, temperature: share(-squares(query, keys)),
            "Your shares are the squared distances over their sum: the farthest key "
            "gets the largest, and the temperature cancels. So it is without `exp`, "
            "for minus over minus is plus.",
        ),
        "lw-2T": Mistake(
            lambda query, keys, temperature: soft(
                -squares(query, keys) / (2 * temperature)
            ),
            "Your temperature counts twice as much as it should. A 2 belongs to a "
            "Gaussian with a bandwidth; here the temperature divides as it is.",
        ),
        "lw-mean": Mistake(
            lambda query, keys, temperature: soft(
                -((keys - query) ** 2).mean(-1) / temperature
            ),
            "Your scores are smaller by the number of entries of a key, as a mean of "
            "squares is. A squared distance is their sum; with one entry the two are "
            "the same.",
        ),
        "lw-underflow": Mistake(
            lambda query, keys, temperature: share(
                np.exp(-squares(query, keys) / temperature)
            ),
            "Right near the keys. For a query far from all of them yours is 0/0 or "
            "inf/inf, which is nan, though one key is still the nearest. Subtract the "
            "largest score before `exp`, and at the same scale: divide both by the "
            "temperature, or neither.",
        ),
        **{
            f"lw-peak{variant}": Mistake(
                lambda query, keys, temperature, pick=pick: share(
                    np.exp(
                        (pick(squares(query, keys)) - squares(query, keys))
                        / temperature
                    )
                ),
                "Right while all keys are about equally far. Subtracting another "
                "number, such as the mean or the lowest score, leaves a key that is "
                "much nearer than the others with exp of a huge number, and inf/inf is "
                "nan. Only the largest score is safe.",
            )
            for variant, pick in (("", np.mean), ("-lowest", np.max))
        },
        **{
            f"lw-eps{variant}": Mistake(
                lambda query, keys, temperature, eps=eps: with_eps(
                    np.exp(-squares(query, keys) / temperature), eps
                ),
                "Something in your program hides a 0/0 (a small number in the "
                "denominator, or `nan_to_num`): for a query far from all keys the "
                "shares sum to 0 instead of 1. Subtract the largest score before `exp` "
                "and nothing needs hiding.",
            )
            for variant, eps in EPSILONS
        },
        "lw-inverse": Mistake(
            inverse_squares,
            "Your shares go by one over the squared distance. A query that stands on a "
            "key then divides by 0, and the temperature has no say. Use `exp` of minus "
            "the squared distance.",
        ),
        "lw-dot": Mistake(
            lambda query, keys, temperature: soft(keys @ query / temperature),
            "Your scores are dot products. They come with dot-product attention, and "
            "reward long keys, however far away they are.",
        ),
        "lw-hard": Mistake(
            nearest_share,
            "All goes to the nearest key, whatever the temperature. That is the hard "
            "lookup; the soft one leaves a share to every key.",
        ),
        "lw-axis": Mistake(
            lambda query, keys, temperature: soft(
                -((keys - query) ** 2).sum(0) / temperature
            ),
            "You have one weight per entry, as when the sum runs over the keys. There "
            "is one weight per key: sum along the last axis.",
        ),
    },
    also_right={
        "the square multiplied out": lambda query, keys, temperature: soft(
            (2 * keys @ query - (keys**2).sum(-1)) / temperature
        ),
        "the smallest distance taken off": lambda query, keys, temperature: share(
            np.exp((squares(query, keys).min() - squares(query, keys)) / temperature)
        ),
        "base 2": lambda query, keys, temperature: share(
            2.0
            ** (
                (squares(query, keys).min() - squares(query, keys))
                / (temperature * np.log(2))
            )
        ),
    },
    hints=(
        "First a score per key, high where the key is near: minus the squared "
        "distance. Then shares.",
        "`exp` makes every score positive and keeps their order; dividing by the sum "
        "makes shares of them. The temperature divides the scores, before `exp`.",
        "Far from all keys `exp` of every score is 0. Subtract the largest score from "
        "all of them first: the ratios stay, and one `exp` is exactly 1.",
    ),
    question_after=(
        "One question about your weights: a new key arrives far from everything. Which "
        "of the old shares change, and by how much?"
    ),
    answer_after=(
        "All of them shrink by one factor, 1 minus the share of the new key. Far from "
        "everything that share is nearly 0, so they hardly move."
    ),
)
