"""Questions to bet on, and a challenge in the valley."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="which-way-to-step",
        prompt=(
            "At some parameter the loss is 140 and its slope is -2. One training step "
            "is taken, with a small learning rate. What happens?"
        ),
        options=(
            Option(
                "The parameter gets larger, and the loss smaller.",
                "The step goes against the slope: minus the rate times -2 is above 0. "
                "The loss falls in that direction.",
                right=True,
            ),
            Option(
                "The parameter gets smaller, and the loss smaller.",
                "A slope below 0 says that the loss falls where the parameter grows. "
                "Going to the left would raise it.",
            ),
            Option(
                "The parameter gets larger, and the loss larger.",
                "The first half is right. With a slope of -2 a larger parameter has a "
                "smaller loss, as long as the step is small.",
            ),
            Option(
                "It depends on whether 140 is much.",
                "The value of the loss has no part in a step. Only its slope has.",
            ),
        ),
    ),
    Question(
        id="not-zeroed",
        prompt=(
            "The line that removes the old slope is left out, and backward adds each "
            "new slope to those before. What does the bandwidth do from 20 on, at the "
            "rate of 0.05 that was right?"
        ),
        options=(
            Option(
                "It goes down into the valley, only more slowly.",
                "On the way down all slopes have the same sign, so their sum grows and "
                "the steps get longer.",
            ),
            Option(
                "It goes through the valley and out on the other side.",
                "At the bottom the new slope is 0, but the sum of the old ones is "
                "large and pushes on.",
                right=True,
            ),
            Option(
                "PyTorch stops with an error message.",
                "Adding is what backward is meant to do: a parameter that is used in "
                "two places needs the sum of both slopes. Nothing complains.",
            ),
        ),
    ),
    Question(
        id="first-loss",
        prompt=(
            "The untrained model gives each of the eight letters nearly the same "
            "probability. About how large is its cross-entropy?"
        ),
        options=(
            Option(
                "0.125, which is 1/8.",
                "That is the probability of the right letter. The loss is minus its "
                "logarithm.",
            ),
            Option(
                "2.08, the logarithm of 8.",
                "-ln(1/8) = ln 8. A first loss far above ln of the number of answers "
                "is a sign of a mistake.",
                right=True,
            ),
            Option(
                "0.875, the share of wrong answers.",
                "About that share of its guesses is wrong. The loss does not count "
                "guesses, it looks at the probability of the right letter.",
            ),
        ),
    ),
    Question(
        id="learnt-by-heart",
        prompt=(
            "A model was trained on some deals, and its loss on these very deals is "
            "0.00. What do you know about new deals?"
        ),
        options=(
            Option(
                "It will do nearly as well there.",
                "That holds if it found the rule. If it found a way to recognise each "
                "deal, it may do worse than a model that knows nothing.",
            ),
            Option(
                "Nothing yet.",
                "A rule and a list of answers both give 0.00 on what was practised. "
                "They differ on deals that were not.",
                right=True,
            ),
            Option(
                "It has overfitted, since 0.00 is too good.",
                "It may have found the rule. A small loss alone is no sign of either.",
            ),
        ),
    ),
    Question(
        id="partner-cards",
        prompt=(
            "In the task partner, circle and triangle ask for each other, and so do "
            "the other two pairs. The six cards on the table include the asker's own "
            "shape. Can a model with one matrix for queries and keys learn it?"
        ),
        options=(
            Option(
                "Yes: the wishes are mutual, and its scores are symmetric.",
                "Symmetric is not enough. A row's score with itself is the square of "
                "its length. For one of the two that is at least as high as its "
                "score with the partner.",
            ),
            Option(
                "No: of each pair, one at least scores itself as high as its partner.",
                "The shape with the longer row scores itself highest. If both rows "
                "are equal, each shape gives itself and its partner the same weight.",
                right=True,
            ),
            Option(
                "No: every shape scores itself highest.",
                "Not every one. If the row of the triangle is long and points the same "
                "way, the circle scores it higher than itself.",
            ),
        ),
    ),
)

CHALLENGES = (
    Challenge(
        id="five-steps",
        widget="ValleyWalker",
        state={"start": 20.0, "rate": 0.05, "momentum": 0.0, "steps": 0},
        goal=(
            "Arrive in five steps: let the ball go at 20 years, without momentum, and "
            "bring the loss to 131.8 or less in at most five steps. You may choose the "
            "learning rate."
        ),
        conditions=(
            {
                "path": ["loss"],
                "op": "<=",
                "value": 131.8,
                "hint": (
                    "The loss is still above 131.8. Did the ball stop short of the "
                    "bottom, or did it jump across?"
                ),
            },
            {
                "path": ["steps"],
                "op": "<=",
                "value": 5,
                "hint": "More than five steps. Choose another rate, and start again.",
            },
        ),
        keep=("start", "momentum"),
        solved={"rate": 0.08, "steps": 5},
    ),
)
