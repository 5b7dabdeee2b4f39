"""Weights in Bundesen's theory."""

import numpy as np

from attn_helpers.exercises.attention_in_the_mind.programs import share_of_exponentials
from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def tva_shares(eta, pertinence):
    """Each object's share of the attentional weight (Bundesen's TVA)."""
    weights = eta @ pertinence  # w_x = sum over j of eta(x, j) * pi_j
    total = weights.sum()
    if total == 0:
        return np.zeros(len(weights))  # nothing on display matters
    return weights / total


def tva_cases(seed):
    rng = np.random.default_rng(seed)
    letters = np.array([[1.0, 0.0], [1.0, 0.0], [0.25, 0.75]])
    return [
        Case("5 objects, 3 categories", (rng.random((5, 3)), rng.random(3))),
        Case("3 objects, 3 categories", (rng.random((3, 3)), rng.random(3))),
        Case("three letters, red matters", (letters, np.array([1.0, 0.0]))),
        Case("strong evidence", (rng.random((5, 3)) * 400, rng.random(3))),
        Case("nothing matters", (rng.random((5, 3)), np.zeros(3))),
    ]


def safe_share(weights):
    """Shares of the sum; zeros when there is nothing to share."""
    total = weights.sum()
    return weights / (total if total else 1.0)


EXERCISE = Exercise(
    title="Weights in Bundesen's theory",
    answer=tva_shares,
    returns={"shares": "how much of the weight should object {0} get?"},
    cases=tva_cases,
    mistakes={
        "tw-nosum": Mistake(
            lambda eta, pertinence: eta @ pertinence,
            "These are the weights w. Only their ratios count in the theory: divide by "
            "their sum over the display.",
        ),
        "tw-objects": Mistake(
            lambda eta, pertinence: safe_share((eta * pertinence).sum(0)),
            "You summed over the objects and got one number per category. Each object "
            "collects its own evidence: sum along its row.",
        ),
        "tw-transposed": Mistake(
            lambda eta, pertinence: safe_share(eta.T @ pertinence),
            "You used the evidence transposed. Row x belongs to object x, and its "
            "entries meet the pertinence of the categories: `eta @ pertinence`.",
        ),
        "tw-column": Mistake(
            lambda eta, pertinence: safe_share((eta / eta.sum(0)) @ pertinence),
            "You made shares within each category first. A category in which nobody "
            "shows much would then count as much as a clear one. Weigh first, divide "
            "at the end.",
        ),
        "tw-row": Mistake(
            lambda eta, pertinence: safe_share(
                (eta / eta.sum(-1, keepdims=True)) @ pertinence
            ),
            "You made the evidence of each object sum to 1 first. A faint object would "
            "then count as much as a bright one. Divide once, at the end, over "
            "objects.",
        ),
        "tw-softmax": Mistake(
            lambda eta, pertinence: share_of_exponentials(eta @ pertinence),
            "You took a softmax of the weights. That is where the book is going; TVA "
            "divides the weights as they are, without `exp`.",
        ),
        "tw-max": Mistake(
            lambda eta, pertinence: safe_share((eta * pertinence).max(-1)),
            "You kept only the best category of each object. A weight adds up all of "
            "them: what is a little red and a little round gets both.",
        ),
        "tw-product": Mistake(
            lambda eta, pertinence: safe_share((eta * pertinence).prod(-1)),
            "You multiplied over the categories. One category that does not matter "
            "would silence an object: the weight is a sum.",
        ),
        "tw-plus": Mistake(
            lambda eta, pertinence: safe_share((eta + pertinence).sum(-1)),
            "You added pertinence to the evidence, so every object gets it, whatever "
            "it shows. Pertinence multiplies: it decides which evidence counts.",
        ),
        "tw-no-pertinence": Mistake(
            lambda eta, pertinence: safe_share(eta.sum(-1)),
            "The pertinence has no effect in your program: looking for red or for blue "
            "gives the same weights.",
        ),
        "tw-pertinence-only": Mistake(
            lambda eta, pertinence: safe_share(pertinence),
            "These are shares of the categories. The objects and what they show are "
            "missing.",
        ),
        "tw-length": Mistake(
            lambda eta, pertinence: (
                (eta @ pertinence) / (np.linalg.norm(eta @ pertinence) or 1.0)
            ),
            "You divided by the length of the vector of weights, so the squares of "
            "your shares sum to 1. Shares sum to 1 themselves.",
        ),
        "tw-largest": Mistake(
            lambda eta, pertinence: (
                (eta @ pertinence) / ((eta @ pertinence).max() or 1.0)
            ),
            "You divided by the largest weight, so the best object gets 1 and the rest "
            "come on top. Divide by the sum.",
        ),
        "tw-hard": Mistake(
            lambda eta, pertinence: safe_share(
                ((eta @ pertinence) == (eta @ pertinence).max()) * pertinence.any()
            ),
            "Your best object takes everything. In TVA every object runs in the race, "
            "each with its share.",
        ),
        "tw-nan": Mistake(
            lambda eta, pertinence: (eta @ pertinence) / (eta @ pertinence).sum(),
            "Right while something matters. When every pertinence is 0 so is the sum, "
            "and 0/0 is nan. By the rule here a display that does not matter gets "
            "zeros.",
        ),
        "tw-zero": Mistake(
            lambda eta, pertinence: (
                safe_share(eta @ pertinence) if (eta @ pertinence).any() else 0.0
            ),
            "Right while something matters. When nothing does, you return a single 0; "
            "there is one zero per object, as there is one share.",
        ),
        "tw-even": Mistake(
            lambda eta, pertinence: (
                (eta @ pertinence + 1e-300) / (eta @ pertinence + 1e-300).sum()
            ),
            "Right while something matters. When nothing does, yours shares the weight "
            "out evenly; by the rule here a display that does not matter gets zeros.",
        ),
    },
    also_right={
        "a mean instead of a sum, which cancels": lambda eta, pertinence: safe_share(
            (eta * pertinence).mean(-1)
        ),
        "pertinence made to sum to 1 first": lambda eta, pertinence: safe_share(
            eta @ (pertinence / (pertinence.sum() or 1.0))
        ),
        "a loop over the objects": lambda eta, pertinence: safe_share(
            np.array(
                [
                    sum(e * p for e, p in zip(row, pertinence, strict=True))
                    for row in eta
                ]
            )
        ),
    },
    hints=(
        "For each object: multiply its evidence for every category by what that "
        "category matters, and add up. You know this sum of products by another name.",
        "`eta @ pertinence` gives one weight per object. Their sum is what each is "
        "divided by.",
        "When nothing matters the sum is 0. Look at it before you divide.",
    ),
    question_after=(
        "One question about your function: a fourth object joins the display, the old "
        "ones stay as they are. Which shares change, and which ratios of shares?"
    ),
    answer_after=(
        "All old shares shrink, by the same factor, to make room for the new one. "
        "Their ratios stay: each is a ratio of two weights that know nothing of the "
        "new object."
    ),
)
