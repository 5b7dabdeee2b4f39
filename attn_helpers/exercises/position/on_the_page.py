"""Questions to bet on, and a challenge in the position dial."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="swap-two-words",
        prompt=(
            "Self-attention with no positions and no mask reads seven different words. "
            "You swap words 2 and 5 and run it again. What happens to its output, "
            "seven rows?"
        ),
        options=(
            Option(
                "Nothing changes.",
                "As a set the rows are the same. But row 2 is now the row that stood "
                "at 5: look at which row a number stands in.",
            ),
            Option(
                "All rows change a little.",
                "They would if a row's sum ran in an order that mattered. Sums do not "
                "care for order.",
            ),
            Option(
                "Rows 2 and 5 are swapped, and no number changes.",
                "Each word meets the same set of words as before. The output moves "
                "along with its word: that is equivariance.",
                right=True,
            ),
        ),
    ),
    Question(
        id="rope-offset",
        prompt=(
            "A model with RoPE reads a text whose positions are counted from 100 "
            "instead of 0. What happens to its attention scores?"
        ),
        options=(
            Option(
                "They become useless: it never saw such positions.",
                "That is so for a learned table, whose rows out there are missing or "
                "untrained. Two hands that have both turned further keep their angle.",
            ),
            Option(
                "They stay as they are.",
                "A score depends on the difference of two positions, and 105 − 102 is "
                "5 − 2.",
                right=True,
            ),
            Option(
                "They shrink, as the words lie further from the start.",
                "A rotation shrinks nothing, and no score knows where the start is.",
            ),
        ),
    ),
    Question(
        id="sum-or-beside",
        prompt=(
            "A position vector is added to a word vector of width 512. Does the sum "
            "destroy the word?"
        ),
        options=(
            Option(
                "Hardly: two such directions are nearly at right angles.",
                "In 512 dimensions two unrelated vectors have a cosine near 0, and a "
                "matrix can pick out one of the two. In 6 dimensions you would be "
                "right to worry.",
                right=True,
            ),
            Option(
                "Yes: from a sum one cannot tell the parts.",
                "From a sum of two numbers one cannot. Here a matrix can read the word "
                "along some directions and the position along others.",
            ),
            Option(
                "No, because positions are integers.",
                "What is added are vectors, of sines or of learned numbers.",
            ),
        ),
    ),
    Question(
        id="if-values-turned",
        prompt="RoPE turns queries and keys. What if it turned the values, too?",
        options=(
            Option(
                "Nothing: two hands that turn alike keep their angle.",
                "That is so for a product of two turned vectors. A value is summed, "
                "and meets no second hand that would undo its turn.",
            ),
            Option(
                "The scores would depend on where the text stands.",
                "Values have no part in the scores: they are what is read once the "
                "scores have decided.",
            ),
            Option(
                "The output would depend on where the text stands.",
                "Each value would arrive turned by the place it came from. Positions "
                "should decide who reads whom, which is the score. What is read stays "
                "as it is.",
                right=True,
            ),
        ),
    ),
    Question(
        id="gpt-without-positions",
        prompt=(
            "A decoder with a causal mask has no position vectors at all. Can the "
            "output of its last token depend on the order of the tokens before it?"
        ),
        options=(
            Option(
                "With two layers or more, yes.",
                "In the first layer the last token sees a set. But token 3 saw fewer "
                "tokens than token 4, so what the second layer reads does depend on "
                "the order.",
                right=True,
            ),
            Option(
                "Never: attention sees a set.",
                "Without a mask that is so. The mask gives every position another set.",
            ),
            Option(
                "Yes, already with one layer.",
                "The last token attends to all the others, and for it alone one layer "
                "is a weighted sum over a set: swap two of them and nothing moves.",
            ),
        ),
    ),
)

CHALLENGES = (
    Challenge(
        id="same-score-elsewhere",
        widget="PositionDial",
        state={
            "query_position": 12,
            "key_position": 9,
            "base": 10_000.0,
            "method": "rope",
        },
        goal=(
            "The score is 0.25. Bring the query to position 30 or later and make the "
            "score 0.25 again, without changing the method or the base."
        ),
        conditions=(
            {
                "path": ["query_position"],
                "op": ">=",
                "value": 30,
                "hint": "The query should stand at 30 or later.",
            },
            {
                "path": ["score"],
                "op": "within",
                "value": [0.245, 0.255],
                "hint": "The score is another one. How far apart were the two before?",
            },
        ),
        keep=("base", "method"),
        solved={"query_position": 33, "key_position": 30},
    ),
)
