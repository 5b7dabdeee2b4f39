"""Questions to bet on, and a challenge in the head mixer."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="one-reshape",
        prompt=(
            "x has the shape (2, 5, 21): two samples of five tokens. It is reshaped in "
            "one go to (2, 3, 5, 7), meant as 3 heads. What is [0, 0, 1] of the "
            "result, the second row of head 0?"
        ),
        options=(
            Option(
                "A part of token 0.",
                "A reshape keeps the order of the numbers. The first seven are row 0, "
                "the next seven row 1, and token 0 has twenty-one.",
                right=True,
            ),
            Option(
                "The first third of token 1.",
                "That is what it should be, and takes a transpose. A reshape moves no "
                "number: count from 7 to 13.",
            ),
            Option(
                "Token 1, whole.",
                "A row has 7 numbers now, and a token 21.",
            ),
        ),
    ),
    Question(
        id="as-many-texts-as-heads",
        prompt=(
            "A layer has four heads. A padding mask (b, 1, t_k) meets its scores "
            "(b, 4, t_q, t_k) as it is, without a head axis. For which batch does the "
            "program run without an error, and read padding?"
        ),
        options=(
            Option(
                "One text.",
                "Then the mask has one row, which serves all heads. It is that of the "
                "only text, so it is the right one.",
            ),
            Option(
                "Two texts.",
                "Lined up from the right, the 2 of the mask meets the 4 heads. That "
                "fits nowhere, and the program stops.",
            ),
            Option(
                "Four texts.",
                "Lined up from the right, the 4 texts of the mask meet the 4 heads. "
                "The shapes fit, and each head gets the mask of another text.",
                right=True,
            ),
        ),
    ),
    Question(
        id="heads-and-parameters",
        prompt=(
            "A layer of width 512 has one head of 512. You cut it into eight heads of "
            "64. What happens to the number of parameters?"
        ),
        options=(
            Option(
                "It grows eightfold.",
                "There are eight times as many matrices, each an eighth as wide.",
            ),
            Option(
                "It falls, as each head is narrower.",
                "Narrower, and eight of them. The output matrix still takes all 512.",
            ),
            Option(
                "It stays the same.",
                "Eight matrices of 512 × 64 side by side are one of 512 × 512, and the "
                "output matrix is 512 × 512 as before.",
                right=True,
            ),
        ),
    ),
    Question(
        id="which-test-finds-it",
        prompt=(
            "A model reads texts in which it helps to see the neighbours of a token. "
            "It splits its heads by a reshape without a transpose, and merges them in "
            "the same way. Which of these finds the fault?"
        ),
        options=(
            Option(
                "Check that merging undoes splitting.",
                "It does: the two wrong reshapes undo each other. The harm happens "
                "between them.",
            ),
            Option(
                "Change one token under a causal mask, and see which outputs move.",
                "Later outputs must feel it. Here most of them stay as they are: each "
                "false head holds the pieces of a few neighbouring tokens, and "
                "nobody sees beyond them.",
                right=True,
            ),
            Option(
                "Watch whether the loss falls.",
                "The false heads still see a few neighbours, so it can fall. On this "
                "chapter's task, where neighbours tell nothing, it stays at ln 32 and "
                "you would notice; on another task, do not count on it.",
            ),
        ),
    ),
    Question(
        id="slice-or-projection",
        prompt=(
            "Width 12, 3 heads of 4. Which numbers of a token can head 0 use to "
            "compute its query?"
        ),
        options=(
            Option(
                "All twelve.",
                "Its matrix is 12 × 4: the whole token goes in, four numbers come out.",
                right=True,
            ),
            Option(
                "The first four.",
                "It is the result of the projection that is cut into blocks, after all "
                "twelve have gone through the matrix.",
            ),
            Option(
                "Those that the other heads leave.",
                "Heads take nothing from each other: each reads the same token.",
            ),
        ),
    ),
    Question(
        id="gqa-saves",
        prompt=(
            "A model had 32 heads, each with its own keys and values. Now its 32 "
            "query heads share 8 key-and-value heads. What has become a quarter of "
            "what it was?"
        ),
        options=(
            Option(
                "The scores computed for a token.",
                "Every query head still scores every key: 32 rows, as before.",
            ),
            Option(
                "The keys and values kept while it writes.",
                "They are stored per key head, and there are 8 in place of 32.",
                right=True,
            ),
            Option(
                "All its parameters.",
                "Only the key and value matrices shrink. Query and output matrices, "
                "and all that is not attention, stay as they are.",
            ),
        ),
    ),
)

CHALLENGES = (
    Challenge(
        id="two-cuts",
        widget="HeadMixer",
        state={"widths": [2, 3, 3], "off": [], "split": "transpose"},
        goal=(
            "Two movable cuts part the numbers into three heads. Move the cuts until "
            "the second “the” looks at the nouns, “cat” and “mat”, in head 2 (more "
            "than 0.45 each) and at the first word in head 3 (more than 0.9)."
        ),
        conditions=(
            {
                "path": ["weights", 2, 4, 0],
                "op": ">=",
                "value": 0.9,
                "hint": (
                    "There must be a head 3 in which the second “the” looks at the "
                    "first word. Which columns does that take, and which disturb it?"
                ),
            },
            {
                "path": ["weights", 1, 4, 1],
                "op": ">=",
                "value": 0.45,
                "hint": (
                    "In head 2 the second “the” has another wish beside the nouns. "
                    "Which columns hold it?"
                ),
            },
            {
                "path": ["weights", 1, 4, 5],
                "op": ">=",
                "value": 0.45,
                "hint": "Head 2 finds “cat” and not “mat”.",
            },
        ),
        keep=("off", "split"),
        solved={"widths": [4, 2, 2]},
    ),
)
