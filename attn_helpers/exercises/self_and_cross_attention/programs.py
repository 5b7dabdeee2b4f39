"""What several of these exercises are built from."""

import numpy as np

FINITE = (
    "What the mask hides is still read in yours, a little, and where all the other "
    "scores of a row are low it is read most. Any number in place of -inf does that, "
    "however low it is: only -inf has the exponential 0."
)


WHOLE_SUM = (
    "Your whole table of weights sums to 1. Each token that asks has one whole to "
    "share out: every row must sum to 1, so divide it by its own sum."
)


NO_PEAK = (
    "Right while scores are ordinary. Where all those of a row lie far below 0 each "
    "exponential is 0, where they are large it is inf, and 0/0 and inf/inf are nan. "
    "Subtract the row's largest score before `exp`."
)


NOT_THE_PEAK = (
    "Right while the scores of a row lie near each other. Subtracting their mean, or a "
    "number that other rows decide, leaves some rows with nothing but 0 or with inf, "
    "and 0/0 is nan. Only a row's own largest score is safe."
)


LOUD_PEAK = (
    "Right while hidden scores are ordinary. The largest score that you subtract may "
    "be a hidden one; beside it all exponentials that count are 0, and 0/0 is nan. "
    "Hide first, then look for the largest."
)


HALF_D = (
    "Your scores are divided by d_k / 2, as `/ (d_k ** 1/2)` would: the power comes "
    "before the division. The root is `d_k ** 0.5` or `np.sqrt(d_k)`."
)


TWICE_D = (
    "Your scores are divided by 2 d_k, as `/ d_k ** 1/2` would: that is, by d_k and "
    "then by 2. The root is `d_k ** 0.5` or `np.sqrt(d_k)`."
)


def soft(scores, axis=-1):
    """The softmax that the wrong programs below are built from; a dead row is 0."""
    peak = scores.max(axis=axis, keepdims=True)
    grown = np.exp(scores - np.where(np.isfinite(peak), peak, 0.0))
    total = grown.sum(axis=axis, keepdims=True)
    return grown / np.where(total == 0.0, 1.0, total)


def attend(q, k, v, mask):
    scores = q @ k.T / np.sqrt(k.shape[-1])
    return soft(np.where(mask, scores, -np.inf)) @ v


def causal(t_q, t_k=None, shift=0):
    return np.tril(np.ones((t_q, t_k or t_q), dtype=bool), shift)


PADDING = {  # which places of t hold a word
    "all real": lambda place, t: place >= 0,
    "padding at the end": lambda place, t: place < (t + 1) // 2,
    "padding in front": lambda place, t: place >= t // 2,
    "padding in the middle": lambda place, t: (place == 0) | (place >= t - t // 3),
    "padding here and there": lambda place, t: (
        np.isin(place % 5, (1, 3)) & (place < max(t - 1, 2))
    ),
    "nothing but padding": lambda place, t: place < 0,
}
ALL, END, FRONT, MIDDLE, HERE_AND_THERE, NOTHING = PADDING


def real_in(t, *kinds):
    """A row for each sentence of ``t`` places: which of them hold a word."""
    return np.array([PADDING[kind](np.arange(t), t) for kind in kinds])


def real_places(t):
    """The real places of ``t``, by every kind of padding that leaves a word."""
    return {kind: real_in(t, kind)[0] for kind in PADDING if kind != NOTHING}


def counted(real):
    """As many places as are real, and always the first."""
    return np.arange(real.shape[1]) < real.sum(axis=1, keepdims=True)


def flipped(real):
    """As many places as are real, and always the last."""
    return counted(real)[:, ::-1]


def between(rng, t_q, t_k, widths):
    """Two sequences, the second ``real`` as far as said, and their three matrices."""
    d, d_source, d_k, d_v = widths
    shapes = (t_q, d), (t_k, d_source), (d, d_k), (d_source, d_k), (d_source, d_v)
    x, source, *matrices = (rng.standard_normal(shape) for shape in shapes)
    return x, source, *(w / np.sqrt(len(w)) for w in matrices)


def steered(rng, asks, answers, loud, d_v=2):
    """Two sequences with scores near ``asks[i] * answers[j]``, give or take about 1.

    ``loud`` stands in the values of the second alone: the scores know nothing of it.
    """
    x, source, w_q, w_k, w_v = between(rng, len(asks), len(answers), (4, 5, 3, d_v))
    x[:, 0], source[:, 0], source[:, 1] = asks, answers, loud
    w_q[0] = w_q[1:, 0] = w_k[:2] = w_k[2:, 0] = w_v[0] = 0.0
    w_q[0, 0], w_k[0, 0] = np.sqrt(3), 1.0
    return x, source, w_q, w_k, w_v


LOUD = 1e30  # what a hidden token hands over: a weight of 1e-30 would be seen


def extremes(rng):
    """Sequences that show a hidden token read a little, and an `exp` out of range.

    By name: x, source, the real places of source, and the three matrices.
    """
    hidden = np.array([True, False, False, True, False])
    lone = np.array([False, False, True, False])
    wide = np.array([0.0, 2000.0, 0.0, 1999.0, 1998.0, 0.0])
    low = np.array([-1.0, -1.001, -0.999, -1.002, -1.0])
    cases = {
        "scores down to -30 000, loud padding": (
            (300.0, 3000.0, 30_000.0, 3000.0, 0.0),
            np.where(hidden, 0.0, low),
            np.where(hidden, LOUD, 1.0),
            ~hidden,
        ),
        "one real token, with scores down to -1e35": (
            (1e35, 1e10, 200.0, 0.0),
            np.where(lone, -1.0, 0.0),
            np.where(lone, 1.0, LOUD),
            lone,
        ),
        "padding that scores a billion": (
            (1.0, -1.0, 1.0, 0.0, -1.0),
            np.where(hidden, 1e9, 0.0),
            np.where(hidden, LOUD, 1.0),
            ~hidden,
        ),
        "two tokens that score 2000 more than others": (
            (1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
            wide,
            np.where(wide > 0, 1.0, LOUD),
            wide < 9999,
        ),
        "one row of scores 3000 above the others": (
            (0.0, 3000.0, 0.0, 0.0),
            np.array([1.0, 1.0, 1.0, 1.0]),
            np.ones(4),
            np.ones(4, dtype=bool),
        ),
    }
    found = {}
    for name, (asks, answers, loud, real) in cases.items():
        x, source, *matrices = steered(rng, asks, answers, loud)
        found[name] = x, source, real, *matrices
    return found


def wholly_normalised(scores):
    """Each row from its own peak, and all divided by one sum."""
    grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return grown / grown.sum()


def plain(scores, peak=lambda scores: scores.max(axis=-1, keepdims=True)):
    """A softmax that subtracts this peak, and makes nan of a row of -inf."""
    grown = np.exp(scores - peak(scores))
    return grown / grown.sum(axis=-1, keepdims=True)
