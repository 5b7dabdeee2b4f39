"""Questions to bet on, and challenges in its widgets."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="argmax-in-one-line",
        prompt=(
            "A model with soft attention is trained by gradient descent. You replace "
            "`softmax(scores)` by a one-hot row at `scores.argmax()` and train on. "
            "Some parameters serve only to compute the scores. What do they learn?"
        ),
        options=(
            Option(
                "The same, only faster.",
                "The forward pass is indeed cheaper. Backwards there is nothing: "
                "argmax is flat wherever it does not jump.",
            ),
            Option(
                "Nothing at all.",
                "A small change of a score leaves the winner what it is, so the loss "
                "does not move and the slope is 0: not small, exactly 0.",
                right=True,
            ),
            Option(
                "Only the winner's score learns.",
                "That would need a slope of the output by the winner's score, but the "
                "output is the winner's value whatever that score is.",
            ),
        ),
    ),
    Question(
        id="linear-loss",
        prompt=(
            "The loss is linear in the value that attention hands on. Soft attention "
            "hands on the mean; hard attention draws one value with the same "
            "probabilities. How do the loss of the one and the expected loss of the "
            "other compare?"
        ),
        options=(
            Option(
                "They are equal, and so are their gradients.",
                "The mean of a linear function is the function of the mean. Bend the "
                "loss, with a square for instance, and they part.",
                right=True,
            ),
            Option(
                "The hard one pays more.",
                "The picks pay more where the loss bends upwards, as a square does, "
                "and the more the values are spread. A line does not bend.",
            ),
            Option(
                "Hard attention has no gradient, so they cannot be compared.",
                "One draw has none. The expected loss is a smooth function of the "
                "probabilities, and this question asks about it.",
            ),
        ),
    ),
    Question(
        id="baseline-bias",
        prompt=(
            "REINFORCE subtracts a baseline of 0.6 from every reward, where the mean "
            "reward is 0.9. What happens to the estimated gradient?"
        ),
        options=(
            Option(
                "It becomes wrong, as 0.6 is not the mean reward.",
                "0.9 would give less scatter. But no constant can shift the mean: it "
                "is multiplied by something that averages to 0.",
            ),
            Option(
                "It shrinks by the factor 0.3 / 0.9.",
                "Each reward does shrink. What decides is which choices get more than "
                "others, and a constant does not touch that.",
            ),
            Option(
                "Its mean stays, its scatter changes.",
                "A constant times the mean of (one-hot - p) is 0, so any baseline that "
                "does not look at the draw leaves the mean alone.",
                right=True,
            ),
        ),
    ),
    Question(
        id="sparsemax-shift",
        prompt=(
            "Sparsemax of the scores 1.0, 0.8, 0.1 gives 0.6, 0.4, 0. Now every score "
            "rises by 10. What are the weights?"
        ),
        options=(
            Option(
                "All of them positive now.",
                "That would be so if the cut stood at 0. It stands where the rest "
                "sums to 1, so it moves along.",
            ),
            Option(
                "The same.",
                "The threshold rises by 10 with them. Like the softmax, sparsemax "
                "sees only differences.",
                right=True,
            ),
            Option(
                "1, 0, 0.",
                "That is what multiplying by 10 does: then the lead is 2, more than 1.",
            ),
        ),
    ),
    Question(
        id="local-cost",
        prompt=(
            "Luong's local attention looks at 21 keys around a centre. The source has "
            "50 words at first, then 5,000. What happens to the cost of one query?"
        ),
        options=(
            Option(
                "It grows a hundredfold.",
                "That is global attention, which scores every key.",
            ),
            Option(
                "It grows tenfold, with the square root.",
                "The length has an effect on one thing only, the scale of the centre.",
            ),
            Option(
                "It stays the same.",
                "21 scores, 21 weights, whatever the length. The centre costs one "
                "small network. What may be lost is a word outside the window.",
                right=True,
            ),
        ),
    ),
)

CHALLENGES = (
    Challenge(
        id="three-to-two",
        widget="SoftmaxDial",
        state={
            "scores": [2.0, 1.5, 1.0, 0.0],
            "temperature": 2.0,
            "normaliser": "sparsemax",
        },
        goal=(
            "Sparsemax keeps three keys here. With the temperature alone, make exactly "
            "two keep a weight, and the second of them at least 0.3."
        ),
        conditions=(
            {
                "path": ["support"],
                "op": "==",
                "value": 2,
                "hint": "Exactly two bars should be above 0. Cooler drops keys.",
            },
            {
                "path": ["weights", 1],
                "op": ">=",
                "value": 0.3,
                "hint": "The second key has less than 0.3: that was too cold.",
            },
        ),
        keep=("scores", "normaliser"),
        solved={"temperature": 1.5},
    ),
    Challenge(
        id="between-soft-and-sparse",
        widget="SoftmaxDial",
        state={
            "scores": [1.5, 1.0, 0.0],
            "temperature": 1.0,
            "normaliser": "entmax",
            "alpha": 1.0,
        },
        goal=(
            "At α = 1 every key has a weight. Turn α until the last key has exactly "
            "none, while the second keeps at least 0.28."
        ),
        conditions=(
            {
                "path": ["weights", 2],
                "op": "==",
                "value": 0.0,
                "hint": "The last key still has a weight above 0. Turn α up.",
            },
            {
                "path": ["weights", 1],
                "op": ">=",
                "value": 0.28,
                "hint": "The second key has less than 0.28. Turn α down a little.",
            },
        ),
        keep=("scores", "temperature", "normaliser"),
        solved={"alpha": 1.75},
    ),
)
