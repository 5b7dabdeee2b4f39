"""Questions to bet on, and challenges in a widget."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="wide-bandwidth",
        prompt=(
            "You move the slider of the bandwidth to the right, without end. What does "
            "the curve of the answers become?"
        ),
        options=(
            Option(
                "A staircase: each question gets the flow of the nearest year.",
                "That is the other end, a bandwidth near 0. There the nearest year "
                "takes everything.",
            ),
            Option(
                "The straight line that fits the dots best.",
                "A line that rises or falls would need weights that depend on the "
                "question. With equal weights there is only one mean, the same "
                "everywhere.",
            ),
            Option(
                "A level line at the mean of all flows.",
                "If the bandwidth is much wider than the record, all years count as "
                "near, and equally so. Then every question gets the same plain mean.",
                right=True,
            ),
            Option(
                "Zero: in the end each year counts for too little.",
                "Each of the hundred weights gets small, but they are divided by their "
                "sum and still add up to 1.",
            ),
        ),
    ),
    Question(
        id="equal-values",
        prompt=(
            "All values are 4. The keys differ, and so do the weights. What does a "
            "lookup return?"
        ),
        options=(
            Option(
                "It depends on the query.",
                "The weights do. But any weighted mean of equal things is that thing.",
            ),
            Option(
                "4, whatever the query.",
                "The weights sum to 1, so they share out the number 4 and put it "
                "together again.",
                right=True,
            ),
            Option(
                "Nearly 0, far from all keys.",
                "Closeness falls to 0 out there, but weights are shares of the total: "
                "they still sum to 1.",
            ),
        ),
    ),
    Question(
        id="far-query",
        prompt=(
            "With a Gaussian kernel the query moves far to the right, beyond all keys. "
            "What does the estimate approach?"
        ),
        options=(
            Option(
                "The value of the last key on the right.",
                "The last key is always one step nearer than the key before it. In "
                "the square, this step counts more the farther away the query is. So "
                "the last key takes all in the end.",
                right=True,
            ),
            Option(
                "The mean of all values, since all keys are far.",
                "All are far, but not equally. Squares grow so fast that a key one "
                "step nearer gains more and more: the ratio of the weights goes to "
                "infinity.",
            ),
            Option(
                "0, as every kernel value goes to 0.",
                "They do, and a program that divides them as they are stops at 0/0. "
                "The shares themselves are well defined at any distance.",
            ),
        ),
    ),
    Question(
        id="beyond-the-values",
        prompt=(
            "The values lie between 3 and 8 and rise steeply at the right edge. Can "
            "the soft lookup return 9?"
        ),
        options=(
            Option(
                "Yes, a little beyond the right edge.",
                "A straight line would go on rising. A weighted mean cannot: out there "
                "it levels off at the last value.",
            ),
            Option(
                "Yes, with a small enough bandwidth.",
                "A small bandwidth brings the estimate to single values, at most to 8.",
            ),
            Option(
                "No.",
                "Weights that are never negative and sum to 1 make a mean, and a mean "
                "lies among what it is made of.",
                right=True,
            ),
        ),
    ),
)


POINTS = {
    "x": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
    "y": [2.1, 3.0, 3.4, 2.8, 1.9, 1.2, 1.0, 1.6, 2.7],
    "kernel": "gaussian",
}

CHALLENGES = (
    Challenge(
        id="two-voices",
        widget="SoftLookup",
        state={**POINTS, "query": 1.2, "bandwidth": 1.5},
        goal=(
            "Let only two points speak: bring the points at 3 and at 4 to at least "
            "40 % of the weight each. You may move the query and the bandwidth."
        ),
        conditions=(
            {
                "path": ["weights", 3],
                "op": ">=",
                "value": 0.4,
                "hint": "The point at 3 has less than 40 %.",
            },
            {
                "path": ["weights", 4],
                "op": ">=",
                "value": 0.4,
                "hint": "The point at 4 has less than 40 %. Who takes its share?",
            },
        ),
        keep=("x", "y", "kernel"),
        solved={"query": 3.5, "bandwidth": 0.4},
    ),
    Challenge(
        id="everyone-speaks",
        widget="SoftLookup",
        state={**POINTS, "query": 4.0, "bandwidth": 0.7},
        goal=(
            "Let everyone speak, and the nearest loudest: find a bandwidth at which "
            "the two farthest points have at least 6 % of the weight each, and the "
            "point at 4 still has at least 14 %. Leave the query where it is."
        ),
        conditions=(
            {
                "path": ["weights", 0],
                "op": ">=",
                "value": 0.06,
                "hint": "The point at 0 has less than 6 %. An even share is 11 %.",
            },
            {
                "path": ["weights", 8],
                "op": ">=",
                "value": 0.06,
                "hint": "The point at 8 has less than 6 %. An even share is 11 %.",
            },
            {
                "path": ["weights", 4],
                "op": ">=",
                "value": 0.14,
                "hint": "The point at 4 has less than 14 %: too wide a bandwidth hears "
                "all alike.",
            },
        ),
        keep=("x", "y", "kernel", "query"),
        solved={"bandwidth": 3.0},
    ),
)
