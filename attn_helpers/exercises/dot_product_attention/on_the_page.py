"""Questions to bet on, and challenges in a widget."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="shift-scores",
        prompt="All five scores of a query rise by 10. What do its weights do?",
        options=(
            Option(
                "They stay as they are.",
                "A softmax sees only differences of scores. That is why the largest "
                "score may be subtracted before `exp`.",
                right=True,
            ),
            Option(
                "They rise.",
                "They are shares of 1, so not all of them can rise. exp(10) multiplies "
                "every term above and below the fraction bar, and cancels.",
            ),
            Option(
                "They get sharper.",
                "That is what multiplying the scores does. Adding keeps every lead the "
                "same.",
            ),
        ),
    ),
    Question(
        id="doubled-scores",
        prompt=(
            "Scores 2, 1, 0 give the largest weight 0.67. The scores are doubled to "
            "4, 2, 0. What does it become?"
        ),
        options=(
            Option(
                "0.67 still.",
                "That would be right if the same number had been added to all. "
                "Doubling doubles the leads.",
            ),
            Option(
                "0.87.",
                "The leads are now 2 and 4: 1 / (1 + exp(-2) + exp(-4)) = 0.87.",
                right=True,
            ),
            Option(
                "1.33.",
                "A weight is a share of 1 and cannot pass it. Doubled scores do not "
                "make doubled weights.",
            ),
        ),
    ),
    Question(
        id="hot-softmax",
        prompt=(
            "The temperature of a softmax over 7 keys goes from 1 to 1000. What do the "
            "weights become?"
        ),
        options=(
            Option(
                "One key takes all.",
                "That is what happens towards temperature 0. Scores are divided by the "
                "temperature, so a hot softmax hardly tells them apart.",
            ),
            Option(
                "About 1/7 each.",
                "Divided by 1000, all scores are nearly 0 and exp(0) = 1 for each.",
                right=True,
            ),
            Option(
                "The last become first.",
                "No temperature above 0 changes the order. The leads shrink and stay "
                "leads.",
            ),
        ),
    ),
    Question(
        id="nothing-fits",
        prompt=(
            "A query stands at right angles to every key, so all its scores are 0. "
            "What does attention return?"
        ),
        options=(
            Option(
                "Zeros: nothing fits, so nothing is read.",
                "Scores of 0 are equal scores, and exp(0) = 1. A softmax always gives "
                "away the whole weight; only a mask can withhold it.",
            ),
            Option(
                "nan, from 0/0.",
                "The denominator is the number of keys. It would be 0/0 if every score "
                "were -inf.",
            ),
            Option(
                "The plain mean of the values.",
                "Equal scores give equal weights. Not knowing where to look, it looks "
                "everywhere.",
                right=True,
            ),
        ),
    ),
    Question(
        id="masked-with-zero",
        prompt=(
            "A query has seven keys. Six score -3; the seventh is padding, and a "
            "program masks it by setting its score to 0. What weight does it get?"
        ),
        options=(
            Option(
                "None.",
                "exp(0) = 1, so a score of 0 is an ordinary score, and here it is the "
                "best. Only -inf becomes a weight of 0.",
            ),
            Option(
                "An equal share, 0.14.",
                "Only if all scores were 0. Here the others are lower, so the padding "
                "wins.",
            ),
            Option(
                "The largest of all, 0.77.",
                "1 / (1 + 6 · exp(-3)) = 0.77. The padding takes three quarters of the "
                "attention.",
                right=True,
            ),
        ),
    ),
)


HALF = {
    "path": ["weights", 0],
    "op": "within",
    "value": [0.49, 0.51],
    "hint": "The largest weight is not yet between 0.49 and 0.51.",
}
OVERFLOW = {
    "path": ["largest"],
    "op": "==",
    "value": None,
    "hint": "The weights are still numbers. Where does exp leave float16?",
}

CHALLENGES = (
    Challenge(
        id="loud-key",
        widget="QueryKeyPlayground",
        state={
            "Q": [[1.8, 0.0]],
            "K": [[0.2, 1.4], [0.1, -1.2], [0.5, 0.0]],
            "V": [[1.8, -0.4], [-0.8, 1.6], [-1.2, -1.4]],
            "score": "dot",
            "temperature": 1.0,
            "mask": [],
        },
        goal=(
            "Let key 3 win at least 90 % of the weight by changing nothing but its "
            "length: it stays on the horizontal line, and all else stays as it is."
        ),
        conditions=(
            {
                "path": ["weights", 0, 2],
                "op": ">=",
                "value": 0.9,
                "hint": "Key 3 has less than 90 %. A dot product grows with the "
                "length.",
            },
            {
                "path": ["K", 2, 1],
                "op": "within",
                "value": [-0.1, 0.1],
                "hint": "Key 3 has left the horizontal line: its direction changed "
                "too.",
            },
            {
                "path": ["K", 0],
                "op": "==",
                "value": [0.2, 1.4],
                "hint": "Key 1 has moved. Press Reset to start again.",
            },
            {
                "path": ["K", 1],
                "op": "==",
                "value": [0.1, -1.2],
                "hint": "Key 2 has moved. Press Reset to start again.",
            },
        ),
        keep=("Q", "V", "score", "temperature", "mask"),
        solved={"K": [[0.2, 1.4], [0.1, -1.2], [2.0, 0.0]]},
    ),
    Challenge(
        id="half-for-the-best",
        widget="SoftmaxDial",
        state={"scores": [2.0, 1.0, 0.0], "temperature": 1.0, "offset": 0.0},
        goal=(
            "Find the temperature at which the best key gets half of the weight, to "
            "within 0.01."
        ),
        conditions=(HALF,),
        keep=("scores", "offset"),
        solved={"temperature": 2.09},
    ),
    Challenge(
        id="break-it",
        widget="SoftmaxDial",
        state={
            "scores": [2.0, 1.0, 0.0, -1.0],
            "temperature": 1.0,
            "offset": 0.0,
            "precision": "float16",
            "subtract_max": False,
        },
        goal=(
            "Break this softmax by adding one number to all its scores, which should "
            "change nothing. Then let it subtract the largest score and see it mended."
        ),
        conditions=(OVERFLOW,),
        keep=("scores", "temperature", "precision"),
        solved={"offset": 12.1},
    ),
)
