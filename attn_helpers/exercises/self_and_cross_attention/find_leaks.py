"""Find the leak without a gradient."""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Layer:
    """Self-attention with a mask that is right or wrong, as a function of x."""

    fault: str
    mask: tuple
    form: str = "whole"  # of what it reads, or of what it says

    def __call__(self, x):
        if self.form == "centred":
            # rounded: one number added to every feature leaves no trace at all
            x = np.round(x - x.mean(axis=-1, keepdims=True), 9)
        if self.form in ("centred", "all but the first"):
            x = x[:, 1:]
        output = self.weights(x) @ x
        if self.form == "opposites":
            return output[:, :1] * [1.0, -1.0]
        if self.form == "one component":
            return output * [1.0, 0.0, 0.0]
        return output

    def weights(self, x):
        mask = np.array(self.mask)
        scores = x @ x[:, ::-1].T / np.sqrt(x.shape[1])
        if self.fault == "after":
            return soft(scores) * mask
        fill = {"none": -np.inf, "zero": 0.0, "weak": -21.0}[self.fault]
        return soft(np.where(mask, scores, fill))

    def __repr__(self):
        return "<a layer of self-attention>"


def leak_cases(seed):
    rng = np.random.default_rng(seed)
    past, own = causal(5), np.eye(5, dtype=bool)
    padding = (np.arange(5) < 3) | own
    window = causal(5) & ~causal(5, shift=-2)

    def case(name, fault, used, meant, x=None, form="whole"):
        x = rng.standard_normal((len(meant), 3)) if x is None else x
        layer = Layer(fault, tuple(map(tuple, used.tolist())), form)
        return Case(name, (layer, x, meant.copy()))

    small = rng.standard_normal((5, 3)) / 2
    empty = rng.standard_normal((5, 3)) * [[1], [1], [1], [0], [1]]
    eighths = rng.integers(-16, 17, (5, 4)) / 8  # their means are exact
    ahead, seen = causal(5, shift=1), "all but the first"
    return [
        case("a right layer", "none", past, past),
        case("the softmax before the mask", "after", past, past),
        case("off by one", "none", causal(5, shift=1), past),
        case("a mask that is hardly one", "weak", past, past, small),
        case("padding that scores 0", "zero", padding, padding),
        case("a mask upside down", "none", past.T, past),
        case("a window that is too wide", "none", past, window),
        case("a token of zeros", "zero", past, past, empty),
        case("7 tokens, one stray cell", "none", stray(7), causal(7)),
        case("a token that reads nothing, another out of reach", "none", cut(), past),
        case(
            "a layer that centres each token", "none", ahead, past, eighths, "centred"
        ),
        case("a layer blind to feature 0", "none", ahead, past, form=seen),
        case("outputs that sum to 0", "none", ahead, past, form="opposites"),
        case("two components at rest", "none", ahead, past, form="one component"),
    ]


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


def first_feature(x, j):
    x[j, 0] += 1.0


def set_zero(x, j):
    x[j] = 0.0


def add_crumb(x, j):
    x[j] += 1e-18 * np.arange(1, x.shape[1] + 1)


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


ONE_NUMBER = (
    "You add the same number to every feature of a token. A layer that first subtracts "
    "each token's mean (chapter 9 has them) does not notice. Add a vector of different "
    "numbers."
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
            "Your table lies on its side. Nudging token j shows who feels j, which is "
            "column j: rows are outputs, columns are tokens.",
        ),
        "l-forbidden": Mistake(
            lambda layer, x, mask: ~mask,
            "You report every forbidden pair, whether anything comes through or not. "
            "Nudge a token and see which outputs move.",
        ),
        "l-growing": Mistake(
            growing,
            "You never take a nudge back, so from the second token on several tokens "
            "have moved at once. Start each time from a copy of the untouched x.",
        ),
        "l-rest": Mistake(
            nudging(change_rest),
            "You nudge token j and all that follow it. Then an output may move because "
            "of a later token: nudge one token at a time.",
        ),
        "l-close": Mistake(
            nudging(
                stir, lambda after, before: ~np.isclose(after, before).all(axis=-1)
            ),
            "You let small changes pass, as np.isclose and np.allclose do. A mask that "
            "hides nearly everything still leaks; a weight of exactly 0 moves nothing "
            "at all, so compare with `!=`.",
        ),
        "l-zero": Mistake(
            nudging(set_zero),
            "You set a token to 0, or scale it. A token that is 0 already does not "
            "change by that: add something to it.",
        ),
        "l-constant": Mistake(
            nudging(add_one),
            ONE_NUMBER,
        ),
        "l-constant-random": Mistake(nudging(add_one_draw), ONE_NUMBER),
        "l-one-feature": Mistake(
            nudging(first_feature),
            "You change one feature of a token, and a layer need not look at that one. "
            "Change them all, each by another number.",
        ),
        "l-every-component": Mistake(
            nudging(stir, lambda after, before: (after != before).all(axis=-1)),
            "You ask whether every component of an output has moved. One is enough: "
            "`.any(axis=-1)`.",
        ),
        "l-sum": Mistake(
            nudging(stir, lambda after, before: (after - before).sum(axis=-1) != 0),
            "You add up how far the components have moved, and what goes up in one may "
            "go down in another. Ask whether any has moved: `.any(axis=-1)`.",
        ),
        "l-crumb": Mistake(
            nudging(add_crumb),
            "Your nudge is so small that it is lost in rounding: x + 1e-18 is x. "
            "Numbers about as large as 1 are good steps.",
        ),
        "l-all-move": Mistake(
            nudging(stir, lambda after, before: (after != before).all()),
            "You ask whether the whole output has moved, which gives the same answer "
            "for every query. Ask each row: `.any(axis=-1)`.",
        ),
        "l-any-move": Mistake(
            nudging(stir, lambda after, before: (after != before).any()),
            "You ask whether anything has moved anywhere, and mark the whole column. "
            "Ask each row: `.any(axis=-1)`.",
        ),
        "l-future": Mistake(
            lambda layer, x, mask: felt_by(layer, x) & ~causal(len(x)),
            "You look only at the future, above the diagonal. The mask says what is "
            "forbidden, and padding or a window forbid other pairs.",
        ),
        "l-blind-row": Mistake(
            lambda layer, x, mask: (
                felt_by(layer, x) & ~mask & (np.arange(len(x)) == len(x) - 1)
            ),
            "You nudge only the last token. A leak may start anywhere: nudge each of "
            "them in turn.",
        ),
    },
    also_right={
        "steps of different length": nudging(
            lambda x, j: np.subtract.at(x, j, np.arange(1, x.shape[1] + 1) / 3)
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
