"""Scores that cannot grow without a gain."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def qk_norm_scores(q, k, q_gain, k_gain, eps):
    """Scores of queries and keys of root mean square 1, times their learnt gains."""
    q = q_gain * q / np.sqrt((q**2).mean(axis=-1, keepdims=True) + eps)
    k = k_gain * k / np.sqrt((k**2).mean(axis=-1, keepdims=True) + eps)
    return q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])


def normed_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, h, t_q, t_k, d, eps=1e-6, loud=1.0, mean=0.0, gains=None):
        q = mean + loud * rng.normal(size=(h, t_q, d))
        k = mean + rng.normal(size=(h, t_k, d))
        q_gain, k_gain = gains or (1 + 0.5 * rng.normal(size=(2, d)))
        return Case(name, (q, k, np.array(q_gain), np.array(k_gain), eps))

    def silent_row():
        q, k = rng.normal(size=(2, 3, 7)), rng.normal(size=(2, 5, 7))
        q[0, 1], k[1, 2] = 0.0, 0.0
        return q, k, *(1 + 0.5 * rng.normal(size=(2, 7))).copy(), 1e-6

    loudness = np.array([[[100.0]], [[1.0]]])
    return [
        case("2 heads, 3 queries, 5 keys, width 7", 2, 3, 5, 7),
        case("the same sizes, other numbers", 2, 3, 5, 7, mean=1.0),
        case("heads, queries, keys and width all 5", 5, 5, 5, 5, mean=0.5),
        case("as many queries as keys", 3, 7, 7, 5),
        case("13 heads, 11 queries, 17 keys, width 19", 13, 11, 17, 19),
        case("one head, one query", 1, 1, 3, 5),
        case("width 1", 2, 3, 5, 1),
        case("one loud head", 2, 3, 5, 7, loud=loudness),
        case("a large eps", 2, 3, 5, 7, eps=0.5),
        case("gains of 1", 2, 3, 5, 7, gains=([1.0] * 7, [1.0] * 7)),
        case("faint queries", 2, 3, 5, 7, loud=1e-3),
        Case("a query and a key of zeros", silent_row()),
    ]


def sized(x, axis=-1):
    """The root of the mean square along these axes."""
    return np.sqrt((x**2).mean(axis=axis, keepdims=True))


def normed_by(size):
    """Divide by what ``size`` finds, then multiply by the gain."""
    return lambda x, gain, eps: gain * x / size(x, eps)


def rms(axis=-1):
    return normed_by(
        lambda x, eps: np.sqrt((x**2).mean(axis=axis, keepdims=True) + eps)
    )


def with_norms(of_q, of_k=None, scale=lambda d: 1 / np.sqrt(d)):
    """The scores, with other norms of queries and keys, or another scale."""

    def program(q, k, q_gain, k_gain, eps):
        q, k = of_q(q, q_gain, eps), (of_k or of_q)(k, k_gain, eps)
        return q @ k.swapaxes(-1, -2) * scale(q.shape[-1])

    return program


def no_norm(x, gain, eps):
    return gain * x


def layer_norm(x, gain, eps):
    centred = x - x.mean(axis=-1, keepdims=True)
    return rms()(centred, gain, eps)


def gain_first(x, gain, eps):
    return rms()(gain * x, 1.0, eps)


def without_gain(x, gain, eps):
    return rms()(x, 1.0, eps)


def gain_moved(x, gain, eps):
    return rms()(x, 1.0 + gain, eps)


def one_gain(x, gain, eps):
    return rms()(x, gain.mean(), eps)


def scores_normed(q, k, q_gain, k_gain, eps):
    scores = (q_gain * q) @ (k_gain * k).swapaxes(-1, -2)
    return scores / np.sqrt((scores**2).mean(axis=-1, keepdims=True) + eps)


def divided_by_the_sizes(q, k, q_gain, k_gain, eps):
    """The product first, then both sizes are taken out of it."""
    scores = (q * (q_gain * k_gain)) @ k.swapaxes(-1, -2)
    q_size = np.sqrt(np.mean(q**2, axis=-1) + eps)[:, :, None]
    k_size = np.sqrt(np.mean(k**2, axis=-1) + eps)[:, None, :]
    return scores / (q_size * k_size * q.shape[-1] ** 0.5)


def pair_by_pair(q, k, q_gain, k_gain, eps):
    scores = np.zeros((len(q), q.shape[1], k.shape[1]))
    for h, i, j in np.ndindex(scores.shape):
        a, b = q[h, i], k[h, j]
        a = a * (a @ a / len(a) + eps) ** -0.5
        b = b * (b @ b / len(b) + eps) ** -0.5
        scores[h, i, j] = sum(a * q_gain * b * k_gain) / len(a) ** 0.5
    return scores


EXERCISE = Exercise(
    title="Scores that cannot grow without a gain",
    answer=qk_norm_scores,
    returns={"scores": "in this head, what is the score of query {1} and key {2}?"},
    cases=normed_cases,
    mistakes={
        "qn-length": Mistake(
            with_norms(
                normed_by(lambda x, eps: np.sqrt((x**2).sum(-1, keepdims=True) + eps))
            ),
            "Your queries and keys have the length 1, so your scores are smaller by "
            "the width: with gains of 1 they stay between -1/√d_k and 1/√d_k, and a "
            "softmax of them is nearly even. The squares are averaged: `mean`.",
        ),
        "qn-tokens": Mistake(
            with_norms(rms(axis=-2)),
            "The mean square runs over the tokens in yours. A query then feels those "
            "that come after it. Each query has its own size: the last axis.",
        ),
        "qn-heads": Mistake(
            with_norms(rms(axis=(0, -1))),
            "All heads of a token share one size in yours, so a loud head makes the "
            "others faint. (Some models do so, as OLMo 2.) Here each head has its own: "
            "the last axis alone.",
        ),
        "qn-all": Mistake(
            with_norms(rms(axis=None)),
            "All queries share one size in yours, and all keys another, as when no "
            "axis is given. Each has its own: `axis=-1, keepdims=True`.",
        ),
        "qn-centred": Mistake(
            with_norms(layer_norm),
            "The mean of each query and key is taken away in yours, as LayerNorm does. "
            "The norm that is asked for only divides.",
        ),
        "qn-no-q-gain": Mistake(
            with_norms(without_gain, rms()),
            "`q_gain` has no effect in yours. Each number of a query is multiplied by "
            "its own, after the norm.",
        ),
        "qn-no-k-gain": Mistake(
            with_norms(rms(), without_gain),
            "`k_gain` has no effect in yours. Each number of a key is multiplied by "
            "its own, after the norm.",
        ),
        "qn-no-gain": Mistake(
            with_norms(without_gain),
            "Neither gain has an effect in yours, as when they are made and never "
            "used. Without them no score could exceed √d_k, and a head could not learn "
            "to be sharper.",
        ),
        "qn-gain-first": Mistake(
            with_norms(gain_first),
            "Your gains come before the norm, which takes most of them away again: "
            "gains twice as large would change next to nothing. First the norm, then "
            "the gain.",
        ),
        "qn-one-more": Mistake(
            with_norms(gain_moved),
            "Each gain of yours is larger by 1, as in models that store it less 1. "
            "Here it multiplies as it is.",
        ),
        "qn-one-gain": Mistake(
            with_norms(one_gain),
            "Your gains are one number for a query and one for a key, their mean. Each "
            "place of the width has a gain of its own.",
        ),
        "qn-gains-twice": Mistake(
            with_norms(lambda x, gain, eps: rms()(x, gain**2, eps)),
            "Each gain comes twice in yours.",
        ),
        "qn-only-q": Mistake(
            with_norms(rms(), no_norm),
            "Your keys are not normalised, so a key that has become loud still makes "
            "the scores large.",
        ),
        "qn-only-k": Mistake(
            with_norms(no_norm, rms()),
            "Your queries are not normalised, so one that has become loud still makes "
            "the scores large.",
        ),
        "qn-neither": Mistake(
            with_norms(no_norm),
            "Neither queries nor keys are normalised in yours: these are the plain "
            "scores, with gains.",
        ),
        "qn-scores": Mistake(
            scores_normed,
            "Your scores have root mean square 1 along each row, as when they are "
            "normalised and not the queries and keys. Then each weight hangs on all "
            "other keys, and no row can be even.",
        ),
        "qn-noscale": Mistake(
            with_norms(rms(), scale=lambda d: 1.0),
            "Your scores are not divided by √d_k. With gains of 1 they can be as large "
            "as d_k, and a query and its own copy among the keys have that score.",
        ),
        "qn-scale-twice": Mistake(
            with_norms(rms(), scale=lambda d: 1 / d),
            "Your scores are divided by d_k, as when √d_k is taken out twice. With "
            "gains of 1 they are cosines, and a softmax of them is nearly even.",
        ),
        "qn-mean-square": Mistake(
            with_norms(normed_by(lambda x, eps: (x**2).mean(-1, keepdims=True) + eps)),
            "Yours divides by the mean square, so a loud query becomes faint. It is "
            "the root of it that makes the size 1.",
        ),
        "qn-largest": Mistake(
            with_norms(
                normed_by(lambda x, eps: np.abs(x).max(-1, keepdims=True) + eps)
            ),
            "Yours divides by the largest number of each query and key. Asked is the "
            "root of the mean square.",
        ),
        "qn-distance": Mistake(
            with_norms(
                normed_by(lambda x, eps: np.abs(x).mean(-1, keepdims=True) + eps)
            ),
            "Yours divides by the mean size of the numbers. Asked is the root of the "
            "mean square.",
        ),
        "qn-eps-out": Mistake(
            with_norms(normed_by(lambda x, eps: sized(x) + eps)),
            "Your numbers are those of eps added to the root. It is added to the mean "
            "square, under the root.",
        ),
        "qn-eps-floor": Mistake(
            with_norms(
                normed_by(lambda x, eps: np.sqrt(np.maximum(sized(x) ** 2, eps)))
            ),
            "In yours eps matters only where the mean square is smaller, as with a "
            "maximum of the two. It is always added.",
        ),
        "qn-noeps": Mistake(
            with_norms(normed_by(lambda x, eps: sized(x))),
            "`eps` has no effect in yours, so a query of zeros becomes 0/0. It is "
            "added to the mean square, under the root.",
        ),
    },
    also_right={
        "both sizes taken out of the product": divided_by_the_sizes,
        "pair by pair": pair_by_pair,
        "both gains on the query": lambda q, k, q_gain, k_gain, eps: qk_norm_scores(
            q, k, q_gain * k_gain, np.ones_like(k_gain), eps
        ),
        "the scale on the query": with_norms(
            lambda x, gain, eps: rms()(x, gain, eps) / x.shape[-1] ** 0.5,
            rms(),
            scale=lambda d: 1.0,
        ),
    },
    hints=(
        "Three steps for queries and for keys alike: the mean of the squares over the "
        "width, the root of it and eps, then the gain. After that the scores are as "
        "ever.",
        "`(q**2).mean(axis=-1, keepdims=True)` has one number for each query of each "
        "head, and keeps an axis of size 1 to divide by.",
    ),
    question_after=(
        "One question about your function: with all gains at 1, what is the largest "
        "score that a query and a key can have, and how do you make it larger?"
    ),
    answer_after=(
        "A query of root mean square 1 has the length √d_k, and so has a key. Their "
        "product is d_k at most, and divided by √d_k that is √d_k: 8 for a width of "
        "64. Only the gains make it larger, and these are few numbers which all "
        "queries share, so scores no longer grow because one token's vector does."
    ),
)
