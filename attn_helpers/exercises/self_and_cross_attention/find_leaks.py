"""Find the leak without a gradient."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.self_and_cross_attention.programs import causal, soft


def my_leaks(layer, x, mask):
    """Which pairs that the mask forbids are felt all the same."""
    before, rng = layer(x), np.random.default_rng(0)
    felt = np.zeros(mask.shape, dtype=bool)
    for j in range(len(x)):
        nudged = x.copy()
        nudged[j] += rng.standard_normal(x.shape[1])
        felt[:, j] = (layer(nudged) != before).any(axis=-1)
    return felt & ~mask


def rounded(x, decimals=9):
    """Without the crumbs of a sum, which no change of the summands should leave."""
    return np.round(x, decimals)


READS = {  # what a layer takes from its tokens
    "feature 0": lambda x: x[:, [0]],
    "feature 1": lambda x: x[:, [1]],
    "feature 2": lambda x: x[:, [2]],
    "the sum of the features": lambda x: rounded(x.sum(axis=-1, keepdims=True)),
    # one number added to every feature leaves no trace at all
    "how features differ from their mean": lambda x: rounded(
        x - x.mean(axis=-1, keepdims=True)
    )[:, 1:],
    "hundredths": lambda x: rounded(x, 2),
}
SAYS = {  # what it hands on of its three numbers
    "component 0": lambda output: output * [1.0, 0.0, 0.0] + [0.0, 9.0, -9.0],
    "component 1": lambda output: output * [0.0, 1.0, 0.0] - [9.0, 0.0, 9.0],
    "component 2": lambda output: output * [0.0, 0.0, 1.0] + [9.0, 9.0, 0.0],
    "a number beside nine billion": lambda output: (
        output * [1.0, 0.0, 0.0] + [0.0, 9e9, 0.0]
    ),
    "a number and its opposite": lambda output: output[:, :1] * [1.0, -1.0],
}


@dataclass(frozen=True)
class Layer:
    """Self-attention with a mask that is right or wrong, as a function of x."""

    fault: str
    mask: tuple
    reads: str = "everything"
    says: str = "everything"

    def __call__(self, x):
        x = READS.get(self.reads, np.copy)(x)
        return SAYS.get(self.says, np.copy)(self.weights(x) @ x)

    def weights(self, x):
        mask = np.array(self.mask)
        scores = x @ x[:, ::-1].T / np.sqrt(x.shape[1])
        if self.fault == "after":
            return soft(scores) * mask
        if self.fault == "signalled":
            mask = mask | (x[0, -1] > 0 > x[-1, 0])
        fill = {"zero": 0.0, "weak": -21.0}.get(self.fault, -np.inf)
        return soft(np.where(mask, scores, fill))

    def __repr__(self):
        return "<a layer of self-attention>"


def leak_cases(seed):
    rng = np.random.default_rng(seed)
    past, ahead, own = causal(5), causal(5, shift=1), np.eye(5, dtype=bool)
    padding = (np.arange(5) < 3) | own
    window = causal(5) & ~causal(5, shift=-2)

    def case(name, fault, used, meant, x=None, **form):
        x = rng.standard_normal((len(meant), 3)) if x is None else x
        return Case(name, (layer_of(fault, used, **form), x, meant.copy()))

    small = rng.standard_normal((5, 3)) / 2
    plain = np.array([[0.5], [1.0], [1.0], [0.0], [-1.0]]) * np.ones((5, 3))
    eighths = rng.integers(-16, 17, (5, 4)) / 8  # their means are exact
    wide = rng.standard_normal((11, 10)) / 2

    def signalled(t, d, last):
        """Only token 2 is hidden, from token 0; a signal lets it through."""
        mask = np.ones((t, t), dtype=bool)
        mask[0, 2] = False
        x = rng.standard_normal((t, d)) / 2
        x[0, -1], x[-1, 0] = 9.0, last
        name = f"{t} tokens of {d}, {'a' if last < 0 else 'no'} signal to leak"
        return case(name, "signalled", mask, mask, x)

    return [
        case("a right layer", "none", past, past),
        case("the softmax before the mask", "after", past, past),
        case("a mask that is hardly one", "weak", past, past, small),
        case("padding that scores 0", "zero", padding, padding),
        case("a mask upside down", "none", past.T, past),
        case("a window that is too wide", "none", past, window),
        case("tokens of zeros, of ones, and twice the same", "zero", past, past, plain),
        case("7 tokens, one stray cell", "none", stray(7), causal(7)),
        case("11 tokens of 10 numbers", "none", causal(11, shift=2), causal(11), wide),
        case("a token that reads nothing, another out of reach", "none", cut(), past),
        case("a token that must not read itself", "none", past, past & ~own),
        signalled(11, 10, -9.0),
        signalled(11, 10, 9.0),
        signalled(7, 7, -9.0),
        case(
            "a layer that centres each token",
            "none",
            ahead,
            past,
            eighths,
            reads="how features differ from their mean",
        ),
        *(
            case(f"a layer that reads {reads}", "none", ahead, past, small, reads=reads)
            for reads in READS
            if "mean" not in reads
        ),
        *(
            case(f"a layer whose output is {says}", "none", ahead, past, says=says)
            for says in SAYS
        ),
    ]


def layer_of(fault, mask, **form):
    return Layer(fault, tuple(map(tuple, mask.tolist())), **form)


def stray(t):
    mask = causal(t)
    mask[1, 4] = True
    return mask


def cut():
    """A mask where token 0 reads nothing, and token 4 neither reads nor is read."""
    mask = causal(5)
    mask[0] = mask[4] = False
    return mask


def nudging(change, moved=None):
    """A leak test that changes a token so, and calls so what has moved."""
    moved = moved or (lambda after, before: (after != before).any(axis=-1))

    def program(layer, x, mask):
        before = layer(x)
        felt = np.zeros(mask.shape, dtype=bool)
        for j in range(len(x)):
            nudged = x.copy()
            change(nudged, j)
            felt[:, j] = moved(layer(nudged), before)
        return felt & ~mask

    return program


def stir(x, j):
    x[j] += np.random.default_rng(j).standard_normal(x.shape[1])


def add_one(x, j):
    x[j] += 1.0


def add_one_draw(x, j):
    x[j] += np.random.default_rng(j).standard_normal()


def one_feature(x, j, at):
    x[j, at] += np.random.default_rng(j).standard_normal()


def set_to(x, j, number):
    x[j] = number


def add_little(x, j, size):
    x[j] += size * np.random.default_rng(j).standard_normal(x.shape[1])


def change_rest(x, j):
    x[j:] += np.random.default_rng(j).standard_normal(x[j:].shape)


def felt_by(layer, x):
    """Who feels whom, by nudging one token after another."""
    nothing = np.zeros((len(x), len(x)), dtype=bool)
    return nudging(stir)(layer, x, nothing)


def alone(x, j):
    """A step for token j and none for the others."""
    step = np.zeros_like(x)
    stir(step, j)
    return step


def growing(layer, x, mask):
    """The nudges are never taken back."""
    x, felt = x.copy(), np.zeros(mask.shape, dtype=bool)
    before = layer(x)
    for j in range(len(x)):
        stir(x, j)
        felt[:, j] = (layer(x) != before).any(axis=-1)
    return felt & ~mask


def put_back(layer, x, mask):
    """Each nudge is taken away again, but for a crumb that rounding leaves."""
    x, felt = x.copy(), np.zeros(mask.shape, dtype=bool)
    before = layer(x)
    for j in range(len(x)):
        step = alone(x, j)
        x += step
        felt[:, j] = (layer(x) != before).any(axis=-1)
        x -= step
    return felt & ~mask


ONE_NUMBER = (
    "A layer that first subtracts each token's mean (a later chapter has them) feels "
    "none of your nudges, as if each added the same number to every feature of a "
    "token. Add a vector of different numbers."
)


ONE_FEATURE = (
    "A layer that looks at one feature of a token alone does not always feel your "
    "nudge, as if you changed some features and left others. Change them all, each by "
    "another number."
)


ONE_COMPONENT = (
    "A leak that shows in one component of the output alone escapes you, depending on "
    "which. Look at all of them, and ask whether any has moved: `.any(axis=-1)`."
)


SMALL_STEP = (
    "A layer that rounds its numbers does not feel your nudges: they are too small. "
    "Numbers about as large as 1 are good steps."
)


EXERCISE = Exercise(
    title="Find the leak without a gradient",
    answer=my_leaks,
    returns={"leaks": "does output {0} move when token {1} does, and may it not?"},
    cases=leak_cases,
    mistakes={
        "l-felt": Mistake(
            lambda layer, x, mask: felt_by(layer, x),
            "You report every pair that is felt. A leak is a pair that is felt and "
            "that the mask forbids.",
        ),
        "l-allowed": Mistake(
            lambda layer, x, mask: felt_by(layer, x) & mask,
            "You report the pairs that are felt and allowed. A leak is felt and "
            "forbidden: `~mask`.",
        ),
        "l-cut": Mistake(
            lambda layer, x, mask: mask & ~felt_by(layer, x),
            "You report what is allowed and not felt. Those pairs are cut, which is "
            "worth knowing too; a leak is felt and forbidden.",
        ),
        "l-differ": Mistake(
            lambda layer, x, mask: mask ^ felt_by(layer, x),
            "You report every difference between mask and effect. That holds two kinds "
            "of fault: leaks, and pairs that are cut though allowed. Leaks alone are "
            "asked for.",
        ),
        "l-transposed": Mistake(
            lambda layer, x, mask: felt_by(layer, x).T & ~mask,
            "Your table of who feels whom lies on its side. Nudging token j shows who "
            "feels j, which is column j: rows are outputs, columns are tokens.",
        ),
        "l-forbidden": Mistake(
            lambda layer, x, mask: ~mask,
            "You report every forbidden pair, whether anything comes through or not. "
            "Nudge a token and see which outputs move.",
        ),
        "l-growing": Mistake(
            growing,
            "From the second token on you report what earlier ones did, as if several "
            "had moved at once. Start each time from a copy of the untouched x.",
        ),
        "l-put-back": Mistake(
            put_back,
            "You report a few pairs too many, as if a crumb of an earlier nudge were "
            "left: x + n - n is not always x. Start each time from a copy of the "
            "untouched x.",
        ),
        "l-rest": Mistake(
            nudging(change_rest),
            "You report an output for token j that moves because of a later one, as if "
            "all tokens from j on were nudged. Nudge one at a time.",
        ),
        "l-close": Mistake(
            nudging(
                stir, lambda after, before: ~np.isclose(after, before).all(axis=-1)
            ),
            "Small changes pass in yours, as `np.isclose` and `np.allclose` let them. "
            "A mask that hides nearly everything still leaks; a weight of exactly 0 "
            "moves nothing at all, so compare with `!=`.",
        ),
        "l-zero": Mistake(
            nudging(partial(set_to, number=0.0)),
            "A token of zeros moves nothing in yours, as if each token were set to 0, "
            "or scaled. Add something to it.",
        ),
        "l-one": Mistake(
            nudging(partial(set_to, number=1.0)),
            "A token of ones moves nothing in yours, as if each token were set to 1. "
            "Add something to it.",
        ),
        "l-constant": Mistake(nudging(add_one), ONE_NUMBER),
        "l-constant-random": Mistake(nudging(add_one_draw), ONE_NUMBER),
        "l-one-feature": Mistake(nudging(partial(one_feature, at=0)), ONE_FEATURE),
        **{
            f"l-one-feature-{at}": Mistake(
                nudging(partial(one_feature, at=at)), ONE_FEATURE
            )
            for at in (1, -1)
        },
        "l-one-feature-half": Mistake(
            nudging(lambda x, j: one_feature(x, j, slice(0, 2))), ONE_FEATURE
        ),
        "l-component": Mistake(
            nudging(stir, lambda after, before: (after != before)[:, 0]),
            ONE_COMPONENT,
        ),
        "l-component-last": Mistake(
            nudging(stir, lambda after, before: (after != before)[:, -1]),
            ONE_COMPONENT,
        ),
        "l-every-component": Mistake(
            nudging(stir, lambda after, before: (after != before).all(axis=-1)),
            "An output counts in yours when every component has moved. One is enough: "
            "`.any(axis=-1)`.",
        ),
        "l-sum": Mistake(
            nudging(
                stir,
                lambda after, before: rounded((after - before).sum(axis=-1)) != 0,
            ),
            "What goes up in one component and down in another cancels in yours. Ask "
            "whether any has moved: `.any(axis=-1)`.",
        ),
        "l-lengths": Mistake(
            nudging(
                stir,
                lambda after, before: (
                    np.linalg.norm(after, axis=-1) != np.linalg.norm(before, axis=-1)
                ),
            ),
            "A change in a small component escapes you where another is large, as if "
            "the lengths of the outputs were compared. Ask whether any component has "
            "moved: `.any(axis=-1)`.",
        ),
        "l-crumb": Mistake(
            nudging(partial(add_little, size=1e-18)),
            "None of your nudges moves anything. One that is lost in rounding does "
            "that, x + 1e-18 is x, and so does one that lands on a copy and is never "
            "used. Numbers about as large as 1 are good steps.",
        ),
        "l-little": Mistake(nudging(partial(add_little, size=1e-3)), SMALL_STEP),
        "l-little-millionth": Mistake(
            nudging(partial(add_little, size=1e-6)), SMALL_STEP
        ),
        "l-all-move": Mistake(
            nudging(stir, lambda after, before: (after != before).all()),
            "Each column of yours is all alike, and True only where the whole output "
            "has moved. Ask each row: `.any(axis=-1)`.",
        ),
        "l-any-move": Mistake(
            nudging(stir, lambda after, before: (after != before).any()),
            "Each column of yours is marked as a whole when anything has moved "
            "anywhere. Ask each row: `.any(axis=-1)`.",
        ),
        "l-future": Mistake(
            lambda layer, x, mask: felt_by(layer, x) & ~causal(len(x)),
            "You look only at the future, above the diagonal. The mask says what is "
            "forbidden, and padding or a window forbid other pairs.",
        ),
        "l-future-forbidden": Mistake(
            lambda layer, x, mask: felt_by(layer, x) & ~causal(len(x)) & ~mask,
            "You report leaks from the future alone, above the diagonal. Padding or a "
            "window forbid pairs below it, too.",
        ),
        "l-diagonal": Mistake(
            lambda layer, x, mask: (
                felt_by(layer, x) & ~mask & ~np.eye(len(x), dtype=bool)
            ),
            "You never report the diagonal. A mask may forbid a token to read itself, "
            "and then that is a leak like any other.",
        ),
        "l-blind-row": Mistake(
            lambda layer, x, mask: (
                felt_by(layer, x) & ~mask & (np.arange(len(x)) == len(x) - 1)
            ),
            "You report leaks from the last token alone. A leak may start anywhere: "
            "nudge each of them in turn.",
        ),
    },
    also_right={
        "steps of different length": nudging(
            lambda x, j: np.subtract.at(x, j, np.arange(1, x.shape[1] + 1) / 3)
        ),
        "a vector in place of the token": nudging(
            lambda x, j: set_to(x, j, np.random.default_rng(j).normal(size=x.shape[1]))
        ),
        "a tolerance far below the leak": nudging(
            stir, lambda after, before: (np.abs(after - before) > 1e-11).any(axis=-1)
        ),
        "forbidden pairs alone": lambda layer, x, mask: np.array(
            [
                [
                    not mask[i, j]
                    and bool((layer(x + alone(x, j)) != layer(x))[i].any())
                    for j in range(len(x))
                ]
                for i in range(len(x))
            ]
        ),
    },
    hints=(
        "If output i moves when token j is changed, then i feels j, by whatever way.",
        "For each j: copy x, add a random vector to row j, run the layer, and compare "
        "with its first output, row by row. That fills column j.",
        "Felt and forbidden: `felt & ~mask`. Which comparison notices even a weight of "
        "a millionth?",
    ),
    question_after=(
        "One question about your test: it runs the layer t + 1 times for t tokens. How "
        "many backward passes does the gradient test need?"
    ),
    answer_after=(
        "One for each number of the output, t times d_v: each gives a whole row of "
        "the Jacobian. The nudges find the columns, and need no gradient."
    ),
)
