"""Chapter 6 on the page: questions to bet on, and challenges in a widget."""

from attn_helpers.exercises._types import Challenge, Option, Question

CHAPTER = "06_self_and_cross_attention"

QUESTIONS = (
    Question(
        id="how-many-queries",
        chapter=CHAPTER,
        prompt="Seven tokens read themselves. How many queries does that make?",
        options=(
            Option(
                "One: what the sentence asks.",
                "A sentence does not ask; each of its tokens does, with a query of "
                "its own.",
            ),
            Option(
                "Seven, and also seven keys and seven values.",
                "Query, key and value are three roles, and every token plays all "
                "three.",
                right=True,
            ),
            Option(
                "Forty-nine, one for each pair.",
                "That is the number of scores. A query is asked once and meets all "
                "seven keys.",
            ),
        ),
    ),
    Question(
        id="two-words-swap",
        chapter=CHAPTER,
        prompt=(
            "No mask, no positions. The second and the fifth word of the sentence "
            "change places. What happens to the six outputs?"
        ),
        options=(
            Option(
                "Nothing: a sum has no order.",
                "Each sum is what it was. But look at which row it stands in: the "
                "second row now asks with the other word's query.",
            ),
            Option(
                "All of them change.",
                "They would if a word knew where it stands. Every query still meets "
                "the same keys, with the same values behind them.",
            ),
            Option(
                "The second and the fifth output change places.",
                "The outputs move along with the words, and no number changes. That "
                "is called equivariance.",
                right=True,
            ),
        ),
    ),
    Question(
        id="too-good-to-be-true",
        chapter=CHAPTER,
        prompt=(
            "A model is trained to predict the next token of a text that was drawn at "
            "random. After 200 steps its loss is 0.02. What do you do?"
        ),
        options=(
            Option(
                "Look for a leak.",
                "Nobody can predict a fair die. A loss below what the data allow means "
                "that the answer is visible.",
                right=True,
            ),
            Option(
                "Celebrate.",
                "Random tokens cannot be predicted, by no model and from no past. It "
                "must be reading the answer somewhere.",
            ),
            Option(
                "Raise the learning rate.",
                "It learns already, and far too well. The first question is what it "
                "can see.",
            ),
        ),
    ),
    Question(
        id="one-empty-row",
        chapter=CHAPTER,
        prompt=(
            "One query of a hundred may read nothing. Its scores are filled with minus "
            "infinity, and the NaN in its output is replaced by 0 before anything uses "
            "it. Whose gradient is NaN?"
        ),
        options=(
            Option(
                "Nobody's: the NaN is gone.",
                "Gone on the way forward. On the way back the weights of that row are "
                "still there, and 0 times NaN is NaN.",
            ),
            Option(
                "That of the one query.",
                "It would be if the way back ended there. It goes on to the values, "
                "and all queries share those.",
            ),
            Option(
                "That of every token.",
                "On the way back every value collects from all rows, weight times "
                "gradient, and the empty row adds NaN times 0 to each.",
                right=True,
            ),
        ),
    ),
    Question(
        id="train-on-far-only",
        chapter=CHAPTER,
        prompt=(
            "A recurrent network is to remember one marked item for 50 steps. Which "
            "training teaches it to, in a few hundred steps?"
        ),
        options=(
            Option(
                "Sequences of 50 steps, as in the test.",
                "The gradient has to come back through 50 steps and is nearly nothing "
                "when it arrives. The network never hears what it did wrong.",
            ),
            Option(
                "Sequences of all lengths up to 50.",
                "The short ones teach it to hold an item, and what holds for four "
                "steps can be stretched.",
                right=True,
            ),
            Option(
                "None: its state forgets too fast.",
                "Its state can hold one item for as long as you like. What is missing "
                "is the gradient that teaches it to.",
            ),
        ),
    ),
    Question(
        id="shape-of-cross",
        chapter=CHAPTER,
        prompt=(
            "Five words of German read six words of English. Which shape has the table "
            "of weights?"
        ),
        options=(
            Option(
                "Six rows, five columns.",
                "Rows belong to those who ask. Here the German words ask.",
            ),
            Option(
                "Eleven rows, eleven columns.",
                "That is one sequence made of both, where each word may read all "
                "others.",
            ),
            Option(
                "Five rows, six columns.",
                "A row for each word that asks, a column for each that is asked.",
                right=True,
            ),
        ),
    ),
    Question(
        id="one-new-query",
        chapter=CHAPTER,
        prompt=(
            "A model that writes keeps seven old keys and asks with one new query. Its "
            "causal mask is the lower left triangle, lined up at the first query and "
            "the first key. What does the query see?"
        ),
        options=(
            Option(
                "The oldest key alone.",
                "The first row of that triangle has one cell. The new query stands "
                "last in the text and must be lined up with the last key.",
                right=True,
            ),
            Option(
                "All seven keys.",
                "That is what it should see. Lined up at the first key, row 0 of the "
                "triangle is its own.",
            ),
            Option(
                "The newest key alone.",
                "That would be a window of one. Lined up at the first key, it sees the "
                "other end.",
            ),
        ),
    ),
)

WORDS = ["the", "boat", "left", "that", "river", "bank"]  # each word once
T = len(WORDS)
CAUSAL = [[j <= i for j in range(T)] for i in range(T)]
STRAY = [
    [may or (i, j) == (1, 3) for j, may in enumerate(row)]
    for i, row in enumerate(CAUSAL)
]
OWN = [[j == i for j in range(T)] for i in range(T)]
NEIGHBOUR = [False, False, False, False, True, True]
CHAIN = [
    [j == i or (i, j) in ((5, 4), (4, 2), (2, 0)) for j in range(T)] for i in range(T)
]
FLAT = [[0.0] * T for _ in range(T)]

CHALLENGES = (
    Challenge(
        id="close-one-cell",
        chapter=CHAPTER,
        widget="MaskPainter",
        state={
            "tokens": WORDS,
            "mask": STRAY,
            "scores": FLAT,
            "layers": 2,
            "selected": 2,
        },
        goal=(
            "Two outputs feel a word of the future. Close one cell so that nothing "
            "leaks and every word still reads all of its past."
        ),
        conditions=(
            {
                "path": ["leaks"],
                "op": "==",
                "value": [],
                "hint": "Something still leaks. All of it comes through one open cell, "
                "some of it a layer later.",
            },
            {
                "path": ["mask"],
                "op": "==",
                "value": CAUSAL,
                "hint": "Nothing leaks, but a word has lost part of its past. Press "
                "Reset and close one cell only.",
            },
        ),
        keep=("tokens", "scores", "layers"),
        solved={"mask": CAUSAL},
    ),
    Challenge(
        id="three-steps-back",
        chapter=CHAPTER,
        widget="MaskPainter",
        state={
            "tokens": WORDS,
            "mask": [*OWN[:5], NEIGHBOUR],
            "scores": FLAT,
            "layers": 3,
            "selected": 5,
        },
        goal=(
            "Bank may read river and itself, no more. Let it hear the first word all "
            "the same, after exactly three layers and with no leak."
        ),
        conditions=(
            {
                "path": ["mask", 5],
                "op": "==",
                "value": NEIGHBOUR,
                "hint": "The last row has changed: bank may read river and itself, no "
                "more.",
            },
            {
                "path": ["leaks"],
                "op": "==",
                "value": [],
                "hint": "Something comes through that must not. Which open cell lies "
                "above the diagonal?",
            },
            {
                "path": ["reach", 5, 0],
                "op": ">=",
                "value": 0,
                "hint": "The first word does not reach bank yet. Who could pass it on "
                "to river?",
            },
            {
                "path": ["reach", 5, 0],
                "op": "==",
                "value": 3,
                "hint": "The first word arrives after two layers. Let it make one more "
                "stop on the way.",
            },
        ),
        keep=("tokens", "scores", "layers"),
        solved={"mask": CHAIN},
    ),
)
