"""Two lines that make a block."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft
from attn_helpers.exercises.transformer.layer_norm import layer_norm


def pre_norm_block(x, norm, attend, feed):
    """Add to each token what attention finds, then what the feed-forward makes."""
    x = x + attend(norm(x))
    return x + feed(norm(x))


@dataclass(frozen=True)
class Norm:
    """Layer norm with one gain for all numbers, or the root mean square alone."""

    gain: float = 1.0
    centred: bool = True

    def __call__(self, x):
        if self.centred:
            return layer_norm(x, self.gain, 0.0, 1e-5)
        return self.gain * x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-5)

    def __repr__(self):
        return "<a norm>"


@dataclass(frozen=True)
class Attend:
    """Each token reads those before it and itself."""

    seed: int
    strength: float = 1.0

    def __call__(self, x):
        scores = x @ x.swapaxes(-1, -2) / x.shape[-1]
        past = np.tri(x.shape[-2], dtype=bool)
        read = soft(np.where(past, scores, -np.inf)) @ x
        return self.strength * read @ matrix(self.seed, x.shape[-1])

    def __repr__(self):
        return "<a layer of attention>"


@dataclass(frozen=True)
class Feed:
    """Each token for itself, through a layer that is not linear."""

    seed: int
    strength: float = 1.0

    def __call__(self, x):
        return self.strength * np.tanh(x @ matrix(self.seed, x.shape[-1]) / 2)

    def __repr__(self):
        return "<a feed-forward network>"


def matrix(seed, d):
    return np.random.default_rng(seed).normal(size=(d, d)) / np.sqrt(d)


def block_cases(seed):
    rng = np.random.default_rng(seed)
    a, f = (int(number) for number in rng.integers(1000, size=2))

    def case(name, x, norm, attend=1.0, feed=1.0):
        return Case(name, (x, norm, Attend(a, attend), Feed(a + f + 1, feed)))

    plain, louder, root = Norm(), Norm(gain=3.0), Norm(gain=0.5, centred=False)
    draw = rng.normal
    return [
        case("5 tokens of 7 numbers", 1 + 2 * draw(size=(5, 7)), plain),
        case("2 samples of 5 tokens", 2 + 3 * draw(size=(2, 5, 7)), plain),
        case("the same sizes, a norm with a gain", draw(size=(2, 5, 7)), louder),
        case("a norm that leaves the mean", 1 + draw(size=(3, 11)), root),
        case("as many tokens as numbers", 3 * draw(size=(5, 5)), louder),
        case("a norm that makes tokens loud", draw(size=(11, 13)), Norm(gain=20.0)),
        case("a long stream", 100 * draw(size=(3, 5)), plain),
        case("a stream of zeros", np.zeros((3, 5)), louder),
        case("one token", 1 + draw(size=(1, 7)), root),
        case("attention that adds nothing", 1 + draw(size=(5, 7)), plain, attend=0.0),
        case("a feed-forward that adds nothing", draw(size=(5, 7)), louder, feed=0.0),
    ]


def post_norm(x, norm, attend, feed):
    x = norm(x + attend(x))
    return norm(x + feed(x))


def post_norm_attention(x, norm, attend, feed):
    x = norm(x + attend(x))
    return x + feed(norm(x))


def post_norm_feed(x, norm, attend, feed):
    x = x + attend(norm(x))
    return norm(x + feed(x))


def block_with(first=None, second=None, order=lambda attend, feed: (attend, feed)):
    """The block with one or both of its steps, or their order, replaced."""
    first, second = first or pre, second or pre

    def program(x, norm, attend, feed):
        one, other = order(attend, feed)
        return second(first(x, norm, one), norm, other)

    return program


def pre(x, norm, layer):
    return x + layer(norm(x))


def no_shortcut(x, norm, layer):
    return layer(norm(x))


def normed_shortcut(x, norm, layer):
    normed = norm(x)
    return normed + layer(normed)


def no_norm(x, norm, layer):
    return x + layer(x)


def norm_behind(x, norm, layer):
    return x + norm(layer(x))


def norm_on_both_sides(x, norm, layer):
    return x + norm(layer(norm(x)))


def nothing(x, norm, layer):
    return x


def in_step(step):
    """Both steps so."""
    return block_with(step, step)


def over_both(x, norm, attend, feed, between):
    """One shortcut, from the first token to the last sum."""
    return x + feed(between(norm, attend(norm(x))))


def in_a_loop(x, norm, attend, feed):
    for layer in (attend, feed):
        x = x + layer(norm(x))
    return x


def in_one_line(x, norm, attend, feed):
    return x + (found := attend(norm(x))) + feed(norm(x + found))


def token_by_token_feed(x, norm, attend, feed):
    x = x + attend(norm(x))
    made = [feed(norm(x[..., i : i + 1, :])) for i in range(x.shape[-2])]
    return x + np.concatenate(made, axis=-2)


NO_SHORTCUT = (
    "A shortcut is missing: where it should be added to, the stream is replaced by "
    "what a part gives. Twice the same line: `x = x + layer(norm(x))`."
)


NORMED_SHORTCUT = (
    "The shortcut carries the normalised x, so the stream is cut back to the norm's "
    "length. What is added to is x itself; only the part reads `norm(x)`."
)


NORM_MISSING = (
    "A part reads the stream as it is, however long it has become. In pre-norm "
    "both read `norm(x)`: one norm before attention, one before the feed-forward."
)


ONE_SHORTCUT = (
    "There is one shortcut over both parts: the feed-forward reads only what "
    "attention found, and that never stands in the stream itself. Each part has "
    "a shortcut of its own."
)


BEHIND = (
    "In yours a norm comes behind a part and before the sum. In pre-norm it "
    "stands in front of the part alone: `x + layer(norm(x))`."
)


POST = (
    "This is post-norm, the order of the first paper: norm(x + layer(x)), for one "
    "part or both. In pre-norm the part reads `norm(x)`, and the sum is left "
    "as it is."
)


EXERCISE = Exercise(
    title="Two lines that make a block",
    answer=pre_norm_block,
    returns={"x": "what is in the stream here after both parts have added?"},
    cases=block_cases,
    mistakes={
        "bl-post": Mistake(post_norm, POST),
        "bl-post-attention": Mistake(post_norm_attention, POST),
        "bl-post-feed": Mistake(post_norm_feed, POST),
        "bl-nores": Mistake(in_step(no_shortcut), NO_SHORTCUT),
        "bl-nores-attention": Mistake(block_with(no_shortcut), NO_SHORTCUT),
        "bl-nores-feed": Mistake(block_with(second=no_shortcut), NO_SHORTCUT),
        "bl-res-norm": Mistake(in_step(normed_shortcut), NORMED_SHORTCUT),
        "bl-res-norm-attention": Mistake(block_with(normed_shortcut), NORMED_SHORTCUT),
        "bl-res-norm-feed": Mistake(
            block_with(second=normed_shortcut), NORMED_SHORTCUT
        ),
        "bl-swapped": Mistake(
            in_step(lambda x, norm, layer: norm(x) + layer(x)),
            "The norm is on the wrong way: the shortcut carries `norm(x)`, and the "
            "part reads x. It is the other way round.",
        ),
        "bl-nonorm": Mistake(in_step(no_norm), NORM_MISSING),
        "bl-nonorm-attention": Mistake(block_with(no_norm), NORM_MISSING),
        "bl-nonorm-feed": Mistake(block_with(second=no_norm), NORM_MISSING),
        "bl-behind": Mistake(in_step(norm_behind), BEHIND),
        "bl-behind-attention": Mistake(block_with(norm_behind), BEHIND),
        "bl-behind-feed": Mistake(block_with(second=norm_behind), BEHIND),
        "bl-behind-too": Mistake(in_step(norm_on_both_sides), BEHIND),
        "bl-parallel": Mistake(
            lambda x, norm, attend, feed: x + attend(norm(x)) + feed(norm(x)),
            "Your feed-forward reads the tokens as they were before attention: both "
            "read one norm of the same x, side by side. Some models do so (GPT-J, "
            "PaLM). Here the feed-forward reads what attention has added to.",
        ),
        "bl-lost": Mistake(
            lambda x, norm, attend, feed: x + feed(norm(x + attend(norm(x)))),
            "What attention found reaches your feed-forward and not the stream: the "
            "last sum starts from the first x again. It starts from x plus what "
            "attention found.",
        ),
        "bl-found-alone": Mistake(
            lambda x, norm, attend, feed: (
                x + (found := attend(norm(x))) + feed(norm(found))
            ),
            "Your feed-forward reads only what attention found. It reads the whole "
            "stream, the token and what was added to it.",
        ),
        "bl-one-shortcut": Mistake(
            partial(over_both, between=lambda norm, found: norm(found)), ONE_SHORTCUT
        ),
        "bl-one-shortcut-one-norm": Mistake(
            partial(over_both, between=lambda norm, found: found), ONE_SHORTCUT
        ),
        "bl-twice": Mistake(
            lambda x, norm, attend, feed: x + in_a_loop(x, norm, attend, feed),
            "The first x is in your result twice: it came through both shortcuts and "
            "was added once more. A sum that has x in it needs no second one.",
        ),
        "bl-normed-end": Mistake(
            lambda x, norm, attend, feed: norm(in_a_loop(x, norm, attend, feed)),
            "Your result is normalised once more. A pre-norm model does that once, "
            "behind its last block; a block hands on the sum as it is.",
        ),
        "bl-normed-sums": Mistake(
            in_step(lambda x, norm, layer: norm(x + layer(norm(x)))),
            "Both sums are normalised once more, so no addition outlasts the next norm "
            "at its full size. What a part reads is normalised; the sum is left "
            "as it is.",
        ),
        "bl-normed-start": Mistake(
            lambda x, norm, attend, feed: in_a_loop(norm(x), norm, attend, feed),
            "The stream is normalised on its way into the block, shortcut included, "
            "and the parts do it again. Only what they read is normalised.",
        ),
        "bl-order": Mistake(
            block_with(order=lambda attend, feed: (feed, attend)),
            "Your feed-forward comes first. Attention brings together, and then the "
            "feed-forward works on what was brought.",
        ),
        "bl-noattention": Mistake(
            block_with(nothing),
            "`attend` has no effect in yours, so no token learns of any other.",
        ),
        "bl-nofeed": Mistake(
            block_with(second=nothing),
            "`feed` has no effect in yours. The block has two lines: one for "
            "attention, one for the feed-forward.",
        ),
        "bl-twice-attention": Mistake(
            block_with(order=lambda attend, feed: (attend, attend)),
            "Both steps of yours are attention. The second is the feed-forward.",
        ),
    },
    also_right={
        "in a loop": in_a_loop,
        "in one line": in_one_line,
        "the feed-forward token by token": token_by_token_feed,
    },
    hints=(
        "Each part reads a normalised copy, and what it gives is added to x itself.",
        "`x = x + attend(norm(x))` is the first line. The second has the same form, "
        "and begins from the new x.",
    ),
    question_after=(
        "One question about your function: let `attend` and `feed` return nothing but "
        "zeros. What is left, and what is left of a post-norm block?"
    ),
    answer_after=(
        "The whole x, to the last digit: a pre-norm block that has learnt nothing lets "
        "its input through, and the gradient, too. A post-norm block leaves norm(x), "
        "so nothing passes it unchanged."
    ),
)
