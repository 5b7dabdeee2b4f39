"""Questions to bet on, and challenges in a widget."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="one-matrix-for-two",
        prompt=(
            "Suppose that W_Q = W_K. Which of these can the scores no longer say, "
            "whatever numbers stand in the matrix?"
        ),
        options=(
            Option(
                "Boat asks left strongly, and left asks boat strongly.",
                "They can still say this: the two scores are equal, and W_Q = W_K "
                "makes all scores equal in both directions.",
            ),
            Option(
                "Bank asks river strongly, and river hardly asks bank.",
                "The score of one word for another is then a product of two keys, and "
                "that does not depend on which of the two comes first.",
                right=True,
            ),
            Option(
                "Every word asks river strongly.",
                "They can: let river have a long key, and all keys point more or less "
                "the same way.",
            ),
        ),
    ),
    Question(
        id="exchange-under-a-mask",
        prompt=(
            "The same exchange of the second and the fifth word, now with the causal "
            "mask. Each word looks for its own old output. Which words find it?"
        ),
        options=(
            Option(
                "All six: the outputs move along with their words.",
                "Without a mask they do. Now a word reads only itself and what stands "
                "before it, and for four of the words that has changed.",
            ),
            Option(
                "The first and the last.",
                "The first still reads itself alone. The last still reads all six, and "
                "their order means nothing to it.",
                right=True,
            ),
            Option(
                "The four that stayed where they were.",
                "Two of these stand between the exchanged places, and now have river "
                "before them instead of boat.",
            ),
        ),
    ),
    Question(
        id="too-good-to-be-true",
        prompt=(
            "A model is trained to predict the next token of a text that was drawn at "
            "random. After 200 steps its loss is 0.3. What do you do?"
        ),
        options=(
            Option(
                "Look for a leak.",
                "Nobody can predict what was drawn at random. A loss below what the "
                "data allow means that the answer is visible.",
                right=True,
            ),
            Option(
                "See whether the loss on unseen text is as low.",
                "It will be as low: what shows the answer in training shows it in "
                "unseen text, too.",
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
        prompt=(
            "One query of a hundred may read nothing. Its scores are filled with minus "
            "infinity, and the NaN in its output is replaced by 0 before anything uses "
            "it. For whose input vector is the gradient NaN?"
        ),
        options=(
            Option(
                "Nobody's: the NaN is gone.",
                "Gone on the way forward. On the way back the weights of that row are "
                "still there, and 0 times NaN is NaN.",
            ),
            Option(
                "That of the one query.",
                "It would, if the way back ended at this query. But the way back goes "
                "on to the values, and all queries share those.",
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
        prompt=(
            "A recurrent network, with torch's usual start, is to remember one marked "
            "item for 30 steps. By which sequences does it learn this, in 200 steps "
            "of training?"
        ),
        options=(
            Option(
                "Sequences of 30 steps, as in the test.",
                "At torch's usual start next to nothing of the item reaches the end, "
                "and next to nothing of the gradient comes back. So the training "
                "hardly changes what is kept.",
            ),
            Option(
                "Mostly short sequences, and a few of up to 30 steps.",
                "The short ones teach it to hold an item for a few steps. From there "
                "it needs only small changes to hold it for thirty.",
                right=True,
            ),
            Option(
                "None: its state forgets too fast.",
                "The same network, with the same size of state, does learn to hold it. "
                "What is missing is a start from which it can learn this.",
            ),
        ),
    ),
    Question(
        id="shape-of-cross",
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
        prompt=(
            "A model writes a text. It keeps the keys of seven words, the newest word "
            "included, and only the newest word asks. Its causal mask has one row of "
            "seven columns. The program uses row 0 of the triangle, a row that is "
            "True in column 0 alone. "
            "What does the query see?"
        ),
        options=(
            Option(
                "The oldest key alone.",
                "Row 0 of the triangle has one open cell. The new query is the seventh "
                "of the text, and needs the seventh row: lined up with the last key.",
                right=True,
            ),
            Option(
                "All seven keys.",
                "That is what it should see. Lined up at the top left, its row is that "
                "of the first word.",
            ),
            Option(
                "The newest key alone.",
                "That would be a word that reads itself only. Lined up at the top "
                "left, it sees the other end.",
            ),
        ),
    ),
)

WORDS = ["the", "boat", "left", "that", "river", "bank"]  # each word once
T = len(WORDS)
OWN = [[j == i for j in range(T)] for i in range(T)]
NEIGHBOUR = [False, False, False, False, True, True]
CHAIN = [
    [j == i or (i, j) in ((5, 4), (4, 2), (2, 0)) for j in range(T)] for i in range(T)
]
FLAT = [[0.0] * T for _ in range(T)]

CHALLENGES = (
    Challenge(
        id="three-steps-back",
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
