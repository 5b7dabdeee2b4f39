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
    blank, seen = rng.random((5, 3)), np.array([0.0, 0.7, 0.3])
    blank[[1, 4], 1:] = 0.0
    letters = np.array([[1.0, 0.0], [1.0, 0.0], [0.25, 0.75]])
    return [
        Case("5 objects, 3 categories", (rng.random((5, 3)), rng.random(3))),
        Case("3 objects, 3 categories", (rng.random((3, 3)), rng.random(3))),
        Case("three letters, red matters", (letters, np.array([1.0, 0.0]))),
        Case("strong evidence", (rng.random((5, 3)) * 400, rng.random(3))),
        Case("faint evidence", (rng.random((5, 3)) * 1e-9, rng.random(3) * 1e-6)),
        Case("13 objects, 11 categories", (rng.random((13, 11)), rng.random(11))),
        Case("one object", (rng.random((1, 3)), rng.random(3))),
        Case("two objects show nothing of what matters", (blank, seen)),
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
            "You have one number per category, as when the sum runs over the objects. "
            "Each object collects its own evidence: sum along its row.",
        ),
        "tw-transposed": Mistake(
            lambda eta, pertinence: safe_share(eta.T @ pertinence),
            "The evidence acts transposed in yours, or does not fit. Row x belongs to "
            "object x, and its entries meet the pertinence of the categories: "
            "`eta @ pertinence`.",
        ),
        "tw-column": Mistake(
            lambda eta, pertinence: safe_share((eta / eta.sum(0)) @ pertinence),
            "A category in which nobody shows much counts as much as a clear one in "
            "yours, as when shares are made within each category first. Weigh first, "
            "divide at the end.",
        ),
        "tw-row": Mistake(
            lambda eta, pertinence: safe_share(
                (eta / eta.sum(-1, keepdims=True)) @ pertinence
            ),
            "A faint object counts as much as a bright one in yours, as when the "
            "evidence of each is made to sum to 1 first. Divide once, at the end, over "
            "objects.",
        ),
        "tw-softmax": Mistake(
            lambda eta, pertinence: share_of_exponentials(eta @ pertinence),
            "Your shares are a softmax of the weights. That is where the book is "
            "going; TVA divides the weights as they are, without `exp`.",
        ),
        "tw-max": Mistake(
            lambda eta, pertinence: safe_share((eta * pertinence).max(-1)),
            "Only the best category of each object counts in yours. A weight adds up "
            "all of them: what is a little red and a little round gets both.",
        ),
        "tw-product": Mistake(
            lambda eta, pertinence: safe_share((eta * pertinence).prod(-1)),
            "One category that does not matter silences an object in yours, as a "
            "product over the categories does. The weight is a sum.",
        ),
        "tw-plus": Mistake(
            lambda eta, pertinence: safe_share((eta + pertinence).sum(-1)),
            "Every object gets the pertinence in yours, whatever it shows, as when it "
            "is added to the evidence. Pertinence multiplies: it decides which "
            "evidence counts.",
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
            "The squares of your shares sum to 1: the weights are divided by the "
            "length of their vector. Shares sum to 1 themselves.",
        ),
        "tw-largest": Mistake(
            lambda eta, pertinence: (
                (eta @ pertinence) / ((eta @ pertinence).max() or 1.0)
            ),
            "The best object gets 1 in yours and the rest come on top, as when the "
            "largest weight divides. Divide by the sum.",
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
        **{
            f"tw-eps{variant}": Mistake(
                lambda eta, pertinence, eps=eps: (
                    eta @ pertinence / ((eta @ pertinence).sum() + eps)
                ),
                "Your shares of faint evidence do not sum to 1, as when a small number "
                "is added to the sum. Only ratios count in the theory, however small "
                "the weights are: treat a sum of exactly 0 by itself.",
            )
            for variant, eps in (("", 1e-12), ("-1e-9", 1e-9), ("-1e-6", 1e-6))
        },
        "tw-limit": Mistake(
            lambda eta, pertinence: safe_share(
                eta @ pertinence * ((eta @ pertinence).sum() > 1e-12)
            ),
            "Faint evidence gets no share at all in yours. Only ratios count in the "
            "theory, however small the weights are: compare the sum with 0 itself.",
        ),
        "tw-zero": Mistake(
            lambda eta, pertinence: (
                safe_share(eta @ pertinence) if (eta @ pertinence).any() else 0.0
            ),
            "Right while something matters. When nothing does, a single 0 comes back; "
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
