"""One half opens the other."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def swiglu(x, w_gate, w_up, w_down):
    """A feed-forward network in which one product, through SiLU, gates the other."""
    gate = x @ w_gate
    silu = gate / (1 + np.exp(-gate))  # gate times its sigmoid
    return (silu * (x @ w_up)) @ w_down


def swiglu_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, shape, d_ff, loud=1.0):
        d = shape[-1]
        sizes = (d, d_ff), (d, d_ff), (d_ff, d)
        w_gate, w_up, w_down = (rng.normal(size=s) / np.sqrt(s[0]) for s in sizes)
        return Case(name, (rng.normal(size=shape), loud * w_gate, w_up, w_down))

    def one_gate(number):
        """A token of 1 and -1, whose gates are this number and its opposite."""
        x, w_gate = np.array([[1.0], [-1.0]]), np.full((1, 2), number)
        return x, w_gate, rng.normal(size=(1, 2)), rng.normal(size=(2, 1))

    zeros = rng.normal(size=(3, 5)) * np.array([[1.0], [0.0], [2.0]])
    weights = [rng.normal(size=size) for size in ((5, 7), (5, 7), (7, 5))]
    return [
        case("2 samples of 3 tokens, width 5, 11 inside", (2, 3, 5), 11),
        case("the same sizes, other numbers", (2, 3, 5), 11, loud=2.0),
        case("every size 5", (5, 5), 5),
        case("every size 5, loud gates", (5, 5), 5, loud=7.0),
        case("11 tokens of 13, 17 inside", (11, 13), 17),
        case("one token alone, 2 inside", (7,), 2),
        Case("a token of zeros among others", (zeros, *weights)),
        Case("gates of 3 and -3", one_gate(3.0)),
        Case("gates of 30 and -30", one_gate(30.0)),
        Case("gates of 80 and -80", one_gate(80.0)),
        Case(
            "gates of 2000",
            (np.ones((1, 2)), np.full((2, 3), 1e3), np.eye(2, 3), np.ones((3, 2))),
        ),
    ]


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -z))


def silu(z):
    return z * sigmoid(z)


def gelu(z):
    """The usual approximation with tanh."""
    return z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))) / 2


def swiglu_with(join):
    """The network with another way to join gate and content."""

    def program(x, w_gate, w_up, w_down):
        return join(x @ w_gate, x @ w_up) @ w_down

    return program


def gated_by(function):
    return swiglu_with(lambda gate, up: function(gate) * up)


def large_over_large(z):
    return z * np.exp(z) / (1 + np.exp(z))


def with_tanh(x, w_gate, w_up, w_down):
    gate = x @ w_gate
    return (0.5 * gate * (1 + np.tanh(gate / 2)) * (x @ w_up)) @ w_down


def both_at_once(x, w_gate, w_up, w_down):
    gate, up = np.split(x @ np.concatenate([w_gate, w_up], axis=1), 2, axis=-1)
    return silu(gate) * up @ w_down


def unit_by_unit(x, w_gate, w_up, w_down):
    total = np.zeros(x.shape)
    for g, u, down in zip(w_gate.T, w_up.T, w_down, strict=True):
        total = total + (silu(x @ g) * (x @ u))[..., None] * down
    return total


GELU = (
    "Your gate goes through GELU, a neighbour of SiLU that falls off faster. (That is "
    "GEGLU, from the same paper.) SiLU is z times the sigmoid of z."
)


EXERCISE = Exercise(
    title="One half opens the other",
    answer=swiglu,
    returns={"output": "what do the gated numbers give here, after `w_down`?"},
    cases=swiglu_cases,
    mistakes={
        "sw-exchanged": Mistake(
            swiglu_with(lambda gate, up: gate * silu(up)),
            "Your SiLU sits on the other half: `x @ w_up` opens, and `x @ w_gate` is "
            "let through. Trained weights know which is which: SiLU goes over "
            "`x @ w_gate`.",
        ),
        "sw-nosilu": Mistake(
            swiglu_with(lambda gate, up: gate * up),
            "Gate and content are multiplied as they are: a gate of -3 turns what it "
            "should all but close. SiLU goes over the gate first.",
        ),
        "sw-sigmoid": Mistake(
            gated_by(sigmoid),
            "Your gate lies between 0 and 1, a sigmoid: that is GLU, the older one. "
            "SiLU is z times the sigmoid of z.",
        ),
        "sw-relu": Mistake(
            gated_by(lambda z: np.maximum(z, 0)),
            "Your gate is 0 wherever its number is negative: that is ReGLU. SiLU is "
            "smooth, and a little below 0 there.",
        ),
        "sw-gelu": Mistake(gated_by(gelu), GELU),
        "sw-gelu-quick": Mistake(gated_by(lambda z: z * sigmoid(1.702 * z)), GELU),
        "sw-tanh": Mistake(
            gated_by(np.tanh),
            "Your gate goes through tanh, between -1 and 1. SiLU is z times the "
            "sigmoid of z, and has no upper end.",
        ),
        "sw-softmax": Mistake(
            gated_by(soft),
            "Your gates share out a sum of 1, as after a softmax, so they compete. "
            "Each opens by its own number: SiLU, one by one.",
        ),
        "sw-sign": Mistake(
            gated_by(lambda z: z * sigmoid(-z)),
            "Your gates close where they should open, as with exp(z) for exp(-z): the "
            "sigmoid is 1 / (1 + exp(-z)).",
        ),
        "sw-sum": Mistake(
            swiglu_with(lambda gate, up: silu(gate) + up),
            "Gate and content are added in yours, so nothing is ever shut. A gate "
            "multiplies.",
        ),
        "sw-after": Mistake(
            swiglu_with(lambda gate, up: silu(gate * up)),
            "SiLU goes over the product in yours. It goes over the gate alone, before "
            "the product.",
        ),
        "sw-both": Mistake(
            swiglu_with(lambda gate, up: silu(gate) * silu(up)),
            "SiLU goes over both halves in yours. The content stays as it is: "
            "`x @ w_up`.",
        ),
        "sw-noup": Mistake(
            swiglu_with(lambda gate, up: silu(gate)),
            "`w_up` has no effect in yours: that is a plain feed-forward network with "
            "SiLU. What is gated is `x @ w_up`.",
        ),
        "sw-nogate": Mistake(
            swiglu_with(lambda gate, up: up),
            "`w_gate` has no effect in yours, and two matrices with nothing between "
            "them are one: the network is linear.",
        ),
        "sw-own-gate": Mistake(
            swiglu_with(lambda gate, up: silu(gate) * gate),
            "Each number is gated by itself in yours, and `w_up` has no effect. What "
            "is gated is `x @ w_up`.",
        ),
        "sw-up-gates-itself": Mistake(
            swiglu_with(lambda gate, up: silu(up) * up),
            "Each number is gated by itself in yours, and `w_gate` has no effect. The "
            "gate is `x @ w_gate`, through SiLU.",
        ),
        "sw-nodown": Mistake(
            lambda x, w_gate, w_up, w_down: silu(x @ w_gate) * (x @ w_up),
            "Your tokens are still d_ff wide. `w_down` brings them back to the width "
            "of the stream.",
        ),
        "sw-end": Mistake(
            lambda x, w_gate, w_up, w_down: silu((x @ w_gate) * (x @ w_up) @ w_down),
            "SiLU comes at the very end in yours, behind `w_down`. It goes over the "
            "gate.",
        ),
        "sw-end-too": Mistake(
            lambda x, w_gate, w_up, w_down: silu(swiglu(x, w_gate, w_up, w_down)),
            "Your output goes through SiLU once more. What is added to the stream must "
            "be free to have either sign: `w_down` comes last.",
        ),
        "sw-shortcut": Mistake(
            lambda x, w_gate, w_up, w_down: x + swiglu(x, w_gate, w_up, w_down),
            "Your output has x in it. The block adds the shortcut; this function gives "
            "only what is to be added.",
        ),
        "sw-down-T": Mistake(
            lambda x, w_gate, w_up, w_down: silu(x @ w_gate) * (x @ w_up) @ w_down.T,
            "`w_down` acts transposed in yours; it fits only where it is square. It "
            "has the axes (d_ff, d) and stands on the right: `@ w_down`.",
        ),
        "sw-overflow": Mistake(
            gated_by(large_over_large),
            "Right until a gate is large: exp of a large number is inf, and inf/inf "
            "is nan. With a minus sign it cannot happen: z / (1 + exp(-z)).",
        ),
    },
    also_right={
        "with tanh": with_tanh,
        "both products at once": both_at_once,
        "one unit after another": unit_by_unit,
    },
    hints=(
        "Three products. Two start from x, side by side; the third brings back the "
        "width.",
        "SiLU of z is z times its sigmoid: `z / (1 + np.exp(-z))`.",
    ),
    question_after=(
        "One question about your function: a plain feed-forward network has two "
        "matrices of d × 4 d. How wide may d_ff be here for as many parameters?"
    ),
    answer_after=(
        "8/3 d: three matrices of d × d_ff are 3 d d_ff, and two of d × 4 d are 8 d². "
        "That is where widths such as 11008 for d = 4096 come from: 8/3 of it, "
        "rounded up to a multiple of 256."
    ),
)
