"""Every token on its own."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def layer_norm(x, gain, shift, eps):
    """Each token with mean 0 and variance 1, then a learnt gain and shift."""
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1, keepdims=True)
    return gain * centred / np.sqrt(variance + eps) + shift


def norm_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, *shape, eps=1e-5, mean=0.0, spread=1.0):
        x = mean + spread * rng.normal(size=shape)
        gain, shift = rng.normal(size=(2, shape[-1]))
        return Case(name, (x, gain.copy(), shift.copy(), eps))

    level = np.repeat([[3.0], [-2.0], [0.0]], 7, axis=1)
    loud_and_faint = np.array([[1e3], [1.0], [1e-3]])
    return [
        case("2 samples of 5 tokens, width 7", 2, 5, 7),
        case("the same sizes, other numbers", 2, 5, 7, eps=1e-3),
        case("as many tokens as numbers in one", 7, 7, mean=2.0),
        case("samples, tokens and numbers all 5", 5, 5, 5, spread=3.0),
        case("one token alone", 7, mean=-1.0),
        case("11 tokens, width 13, a large eps", 11, 13, eps=0.5),
        case("nearly constant tokens", 3, 5, spread=1e-3),
        Case("constant tokens and no shift", (level, level[0] - 1, np.zeros(7), 1e-5)),
        case("a loud, a middling and a faint token", 3, 7, spread=loud_and_faint),
        case("one number far above the rest", 2, 29, mean=1e3 * np.eye(29)[11]),
        case("tokens far from 0", 3, 5, mean=1e5),
        case("one number a token", 3, 1),
        case("four axes", 2, 3, 2, 5),
    ]


def gain_then_shift(normed, gain, shift):
    return gain * normed + shift


def norm_with(
    divisor=lambda variance, eps: np.sqrt(variance + eps),
    *,
    axis=-1,
    kept=lambda x, centred: centred,
    learnt=gain_then_shift,
):
    """Layer norm with one of its parts replaced."""

    def program(x, gain, shift, eps):
        centred = x - x.mean(axis=axis, keepdims=True)
        variance = (centred**2).mean(axis=axis, keepdims=True)
        normed = kept(x, centred) / divisor(variance, eps)
        return learnt(normed, gain, shift)

    return program


def root_mean_square(x, gain, shift, eps):
    return gain * x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps) + shift


def one_less_and_eps_out(x, gain, shift, eps):
    spread = x.std(axis=-1, ddof=1, keepdims=True)
    return gain * (x - x.mean(axis=-1, keepdims=True)) / (spread + eps) + shift


def one_less(x, gain, shift, eps):
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = x.var(axis=-1, ddof=1, keepdims=True)
    return gain * centred / np.sqrt(variance + eps) + shift


def mean_of_squares(x, gain, shift, eps):
    mean = x.mean(axis=-1, keepdims=True)
    variance = (x**2).mean(axis=-1, keepdims=True) - mean**2
    return gain * (x - mean) / np.sqrt(variance + eps) + shift


def length_one(x, gain, shift, eps):
    centred = x - x.mean(axis=-1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=-1, keepdims=True) + eps)
    return gain * centred / length + shift


def mean_distance(x, gain, shift, eps):
    centred = x - x.mean(axis=-1, keepdims=True)
    distance = np.abs(centred).mean(axis=-1, keepdims=True)
    return gain * centred / (distance + eps) + shift


def between_0_and_1(x, gain, shift, eps):
    low, high = x.min(axis=-1, keepdims=True), x.max(axis=-1, keepdims=True)
    return gain * (x - low) / (high - low + eps) + shift


def token_by_token(x, gain, shift, eps):
    out = np.empty_like(x)
    for place in np.ndindex(x.shape[:-1]):
        token = x[place]
        mean = sum(token) / len(token)
        variance = sum((number - mean) ** 2 for number in token) / len(token)
        out[place] = (token - mean) * (variance + eps) ** -0.5 * gain + shift
    return out


def centred_by_a_matrix(x, gain, shift, eps):
    d = x.shape[-1]
    less_the_mean = np.eye(d) - np.ones((d, d)) / d
    centred = (x - x[..., :1]) @ less_the_mean
    scale = gain / np.sqrt(np.mean(centred**2, axis=-1)[..., None] + eps)
    return centred * scale + shift


TOKENS = (
    "Each number is measured against the same number of the other tokens, as with "
    "`axis=-2`, or `axis=1` where there are samples. A token is normalised over its "
    "own numbers, the last axis; yours also lets it feel what stands after it."
)


EXERCISE = Exercise(
    title="Every token on its own",
    answer=layer_norm,
    returns={
        "normed": "what does this number become, measured against its own token's mean "
        "and spread?"
    },
    cases=norm_cases,
    mistakes={
        "n-tokens": Mistake(
            norm_with(axis=-2),
            TOKENS,
        ),
        "n-tokens-axis-1": Mistake(norm_with(axis=1), TOKENS),
        "n-first-axis": Mistake(
            norm_with(axis=0),
            "Your means run along the first axis, so samples, or tokens, mix with each "
            "other. A token is normalised over its own numbers, the last axis.",
        ),
        "n-sample": Mistake(
            lambda x, gain, shift, eps: norm_with(axis=(-2, -1)[-x.ndim :])(
                x, gain, shift, eps
            ),
            "The tokens of a sample share one mean and one variance in yours. Each "
            "token has its own: the last axis alone.",
        ),
        "n-all": Mistake(
            norm_with(axis=None),
            "There is one mean and one variance for everything in yours, as when no "
            "axis is given. Each token has its own: `axis=-1, keepdims=True`.",
        ),
        "n-ddof": Mistake(
            one_less,
            "Your variance is divided by d - 1, as statisticians do for a sample and "
            "`torch.std` does unasked. LayerNorm divides by d.",
        ),
        "n-ddof-eps-out": Mistake(
            one_less_and_eps_out,
            "Your numbers are those of two differences at once: the variance is "
            "divided by d - 1, and eps is added to its root, as the Annotated "
            "Transformer has it. LayerNorm divides by d, and adds eps under the root.",
        ),
        "n-eps-out": Mistake(
            norm_with(lambda variance, eps: np.sqrt(variance) + eps),
            "Your numbers are those of eps added to the standard deviation. It is "
            "added to the variance, under the root: `np.sqrt(variance + eps)`.",
        ),
        "n-eps-squared": Mistake(
            norm_with(lambda variance, eps: np.sqrt(variance + eps**2)),
            "Your numbers are those of the square of eps under the root. It stands "
            "there as it is: `np.sqrt(variance + eps)`.",
        ),
        "n-eps-floor": Mistake(
            norm_with(lambda variance, eps: np.sqrt(np.maximum(variance, eps))),
            "In yours eps matters only where the variance is smaller, as with a "
            "maximum of the two. It is always added: `variance + eps`.",
        ),
        "n-noeps": Mistake(
            norm_with(lambda variance, eps: np.sqrt(variance)),
            "`eps` has no effect in yours, so a token whose numbers are all equal "
            "becomes 0/0, and nearly equal ones are blown up. It is added to the "
            "variance, under the root.",
        ),
        "n-noeps-fixed": Mistake(
            norm_with(lambda variance, eps: np.sqrt(variance + 1e-5)),
            "Yours has the eps of 0.00001 that many libraries set, whatever comes in. "
            "Here `eps` is an argument.",
        ),
        "n-rms": Mistake(
            root_mean_square,
            "The mean is still there: yours is RMSNorm, which divides by the root of "
            "the mean square alone. LayerNorm subtracts the token's mean first.",
        ),
        "n-uncentred": Mistake(
            norm_with(kept=lambda x, centred: x),
            "Your spread is right and the mean is still in the result: what is divided "
            "is x less its mean.",
        ),
        "n-spread-about-0": Mistake(
            lambda x, gain, shift, eps: (
                gain
                * (x - x.mean(axis=-1, keepdims=True))
                / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)
                + shift
            ),
            "Your mean is taken away, and not before the squares are: yours divides by "
            "the root of the mean of x², and the variance is measured from the mean.",
        ),
        "n-centred-only": Mistake(
            norm_with(lambda variance, eps: 1.0),
            "Your tokens have mean 0, and their spread is what it was. Divide by the "
            "root of the variance.",
        ),
        "n-variance": Mistake(
            norm_with(lambda variance, eps: variance + eps),
            "Your tokens are divided by the variance, so a loud one becomes faint. "
            "Divide by its root, the standard deviation.",
        ),
        "n-length": Mistake(
            length_one,
            "Your tokens have length 1 before the gain, so the wider they are the "
            "smaller is each number. The squares are averaged, not added up: `mean`.",
        ),
        "n-distance": Mistake(
            mean_distance,
            "Yours divides by the mean distance from the mean. Asked is the root of "
            "the mean squared distance.",
        ),
        "n-range": Mistake(
            between_0_and_1,
            "Your tokens run from 0 to 1 before the gain. They should have mean 0 and "
            "variance 1.",
        ),
        "n-nogain": Mistake(
            norm_with(learnt=lambda normed, gain, shift: normed + shift),
            "`gain` has no effect in yours. Each number is multiplied by its own.",
        ),
        "n-noshift": Mistake(
            norm_with(learnt=lambda normed, gain, shift: gain * normed),
            "`shift` has no effect in yours. Each number has its own added at the end.",
        ),
        "n-neither": Mistake(
            norm_with(learnt=lambda normed, gain, shift: normed),
            "Mean 0 and variance 1, and there it stops: the learnt gain is missing, "
            "and the shift.",
        ),
        "n-exchanged": Mistake(
            norm_with(learnt=lambda normed, gain, shift: shift * normed + gain),
            "Gain and shift have changed places: the gain multiplies, the shift is "
            "added.",
        ),
        "n-shift-first": Mistake(
            norm_with(learnt=lambda normed, gain, shift: gain * (normed + shift)),
            "In yours the gain multiplies the shift, too. First the gain, then the "
            "shift is added.",
        ),
        "n-one-more": Mistake(
            norm_with(learnt=lambda normed, gain, shift: (1 + gain) * normed + shift),
            "Each gain of yours is larger by 1, as in models that store it less 1. "
            "Here it multiplies as it is.",
        ),
        "n-gain-first": Mistake(
            lambda x, gain, shift, eps: layer_norm(gain * x, 1.0, shift, eps),
            "Your gain comes before the norm, and the norm takes most of it away "
            "again. It multiplies what has been normalised.",
        ),
        "n-cancelled": Mistake(
            mean_of_squares,
            "Right until a token lies far from 0: there yours loses digits, as when "
            "the variance is the mean of the squares less the square of the mean, a "
            "small difference of large numbers. Subtract the mean first, then square.",
        ),
    },
    also_right={
        "token by token": token_by_token,
        "centred by a matrix": centred_by_a_matrix,
        "with numpy's variance": lambda x, gain, shift, eps: (
            (x - x.mean(-1)[..., None])
            * gain
            / np.sqrt(np.var(x, axis=-1)[..., None] + eps)
            + shift
        ),
    },
    hints=(
        "For each token: subtract its mean, divide by the root of its variance and "
        "eps. Which axis holds the numbers of one token?",
        "`x.mean(axis=-1, keepdims=True)` has one mean for each token, and keeps an "
        "axis of size 1 to line up with x.",
    ),
    question_after=(
        "One question about your function: multiply a token by 1000, or add 1000 to "
        "each of its numbers. What happens to the result?"
    ),
    answer_after=(
        "Next to nothing, both times: what is left of a token is its direction away "
        "from its own mean. (eps makes the small difference.) So a block that reads "
        "normalised tokens cannot tell how long they had become."
    ),
)
