"""Questions to bet on, and challenges in a widget."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="without-tanh",
        prompt=(
            "You take the tanh out of the additive score, so that it is "
            "(q w_q + k w_k) w_out. Two different queries now look at the same eight "
            "keys. How do their weights compare?"
        ),
        options=(
            Option(
                "They differ, as before; the scores are larger.",
                "The scores do differ. But look along a row: the query adds to "
                "the score of the first key what it adds to that of the last.",
            ),
            Option(
                "They are identical.",
                "Without the tanh the score is a sum of two parts. The query's part "
                "is the same for every key of its row, and softmax does not notice a "
                "number added to all scores.",
                right=True,
            ),
            Option(
                "They are nan: nothing bounds the scores any more.",
                "A sum of products of finite numbers is finite, and softmax takes "
                "scores of any size once the largest is subtracted.",
            ),
            Option(
                "They are uniform: each key gets an eighth.",
                "The keys' part of the score is still there and differs from key to "
                "key. It is the query's part that is lost.",
            ),
        ),
    ),
    Question(
        id="which-state-asks",
        prompt=(
            "Bahdanau's decoder is about to write its i-th word. Which of its states "
            "is the query?"
        ),
        options=(
            Option(
                "sᵢ, the state of this step.",
                "It is not there yet: what attention reads goes into computing it. "
                "A later section shows a decoder that steps first and asks then.",
            ),
            Option(
                "sᵢ₋₁, the state before the step.",
                "First ask, then step: what is read with sᵢ₋₁ is an input of the step "
                "that makes sᵢ.",
                right=True,
            ),
            Option(
                "The last state of the encoder, at every step.",
                "That is the fixed vector that attention was to replace. A query that "
                "never changes would read the same at every word.",
            ),
            Option(
                "The vector of the word written last.",
                "That word is an input of the step itself. The state before the step "
                "has not read it yet, so the score does not contain it.",
            ),
        ),
    ),
    Question(
        id="fake-attention",
        prompt=(
            "For years a well-known tutorial computed its weights from the decoder's "
            "state and its last word, with a linear layer and a softmax over places. "
            "The source sentence is scrambled, the state and the word kept. What do "
            "these weights do?"
        ),
        options=(
            Option(
                "They follow the words to their new places.",
                "To follow a word they would have to look at it, and the source does "
                "not come into the formula.",
            ),
            Option(
                "They spread out, as nothing fits any more.",
                "Fitting is a matter of query and key. No key is asked here, so none "
                "can fail to fit.",
            ),
            Option(
                "They stay as they are.",
                "There is no key in the score. The weights say which place to read, "
                "whatever word stands there. A network with such weights can still "
                "learn to translate, if words stand in nearly fixed places.",
                right=True,
            ),
        ),
    ),
    Question(
        id="mask-afterwards",
        prompt=(
            "A published model was trained with words filled up to 25 places, and "
            "without a mask. When it ends a word, most of its weight lies on "
            "padding. You add the mask that was forgotten. What becomes of its "
            "output?"
        ),
        options=(
            Option(
                "It gets better: no weight is wasted any more.",
                "So it would, had the model been trained with the mask. It was not, "
                "and it has learnt to use what it found in those places.",
            ),
            Option(
                "It stays as it is: padding carries no information.",
                "Every padded place tells one thing, that the word is over. A model "
                "that may read it will use it.",
            ),
            Option(
                "Most words no longer end.",
                "The padding tells this model that the word is over. With the mask "
                "only letters are left to look at, and it goes on writing.",
                right=True,
            ),
        ),
    ),
    Question(
        id="not-an-alignment",
        prompt=(
            "The trained translator is right on nearly every number. While it writes "
            "tausend, much of its weight lies on three, the word after thousand. Is "
            "that an error?"
        ),
        options=(
            Option(
                "Yes: the weights should have learnt the true alignment.",
                "Nobody asked them to. The loss looks at the words that are written, "
                "and those are right.",
            ),
            Option(
                "No: what is written is right, and the loss asks for nothing else.",
                "The loss looks at the pieces, not at the places. Whether tausend "
                "needs what is read at three is another question, and the next cell "
                "asks it.",
                right=True,
            ),
            Option(
                "No: tausend really is a translation of three.",
                "It is not; drei is. What is read at a place and what stands at it "
                "are two things.",
            ),
            Option(
                "It shows that tausend needs the word three.",
                "A large weight says where the network read, not what it needed. For "
                "that one has to take the word away and ask again.",
            ),
        ),
    ),
    Question(
        id="same-for-all-lengths",
        prompt=(
            "An encoder without attention hands on one vector of 64 numbers. The "
            "sentence grows from 4 words to 40. What does attention change in what "
            "the decoder may read?"
        ),
        options=(
            Option(
                "It gets a longer vector.",
                "The context is as long as one annotation, whatever the sentence. It "
                "is chosen anew at each step.",
            ),
            Option(
                "It gets as many annotations as there are words, and chooses at each "
                "step.",
                "What is stored grows with the sentence, and so does the work: one "
                "score for every pair of a target and a source word.",
                right=True,
            ),
            Option(
                "Nothing, if the vector is trained long enough.",
                "Training decides what the 64 numbers hold, and more can be pressed "
                "into them than one might think. But there are 64, for 4 words and "
                "for 40.",
            ),
        ),
    ),
)


# The published model of pretrained/transliteration.py on one word, to three decimals;
# its fifteen padded places are added up in the last column.
PUBLISHED = {
    "source": [*"battambang", "15 padded"],
    "target": "ប ba,◌ា aa,ត ta,◌់ bantoc,ត ta,◌ំ nikahit,ប ba,ង ngo,(end)".split(","),
    "axes": ["Khmer", "romanised"],
    "weights": [
        [0.987, 0.009, 0.002, 0.002, 0, 0, 0, 0, 0, 0, 0],
        [0.012, 0.533, 0.452, 0.003, 0, 0, 0, 0, 0, 0, 0],
        [0.003, 0.176, 0.804, 0.015, 0, 0.001, 0, 0, 0, 0, 0],
        [0.001, 0.002, 0.008, 0.915, 0.032, 0.041, 0.001, 0, 0, 0, 0],
        [0.001, 0.001, 0.003, 0.938, 0.017, 0.038, 0.001, 0, 0, 0, 0],
        [0.004, 0.002, 0, 0.034, 0.164, 0.71, 0.012, 0.046, 0.023, 0.002, 0.005],
        [0, 0, 0, 0, 0, 0.002, 0.971, 0.002, 0.001, 0.007, 0.017],
        [0, 0, 0, 0, 0, 0.004, 0.002, 0.605, 0.192, 0.021, 0.176],
        [0, 0, 0, 0, 0, 0, 0.019, 0.014, 0.003, 0.032, 0.932],
    ],
}

# The first map of the chapter: its translator on a number that it had never seen.
TRAINED = {
    "source": "forty seven thousand three hundred and eighty one".split(),
    "target": "sieben und vierzig tausend drei hundert ein und achtzig".split(),
    "axes": ["German", "English"],
    "weights": [
        [0.059, 0.939, 0.001, 0, 0, 0, 0, 0],
        [0.873, 0.083, 0.026, 0.016, 0.001, 0, 0, 0.001],
        [0.945, 0.031, 0.006, 0.011, 0, 0, 0.002, 0.004],
        [0.023, 0.011, 0.154, 0.776, 0.031, 0, 0.002, 0.003],
        [0.027, 0.005, 0.046, 0.879, 0.028, 0, 0.005, 0.01],
        [0.028, 0.046, 0.071, 0.41, 0.38, 0.001, 0.035, 0.029],
        [0.004, 0, 0.001, 0.001, 0.001, 0, 0.23, 0.763],
        [0.003, 0, 0.001, 0.006, 0.001, 0, 0.931, 0.057],
        [0.001, 0, 0, 0.001, 0, 0, 0.983, 0.014],
    ],
}

CHALLENGES = (
    Challenge(
        id="full-stop",
        widget="AlignmentViewer",
        state={**PUBLISHED, "side": "target", "chosen": 0},
        goal=(
            "A published model writes battambang in Khmer script, and nobody masked "
            "its padding: the last source token stands for all fifteen padded places. "
            "Find the step that reads them more than any letter."
        ),
        conditions=(
            {
                "path": ["side"],
                "op": "==",
                "value": "target",
                "hint": "Choose a step of the writer, on the Khmer side.",
            },
            {
                "path": ["strongest"],
                "op": "==",
                "value": 10,
                "hint": "This step reads a letter most. Where has the writer no letter "
                "left to read?",
            },
        ),
        keep=("source", "target", "weights"),
        solved={"chosen": 8},
    ),
    Challenge(
        id="read-twice",
        widget="AlignmentViewer",
        state={**TRAINED, "side": "target", "chosen": 0},
        goal=(
            "Turn the question round, from who reads what to who is read. Which "
            "English word in the second half of the sentence do two German pieces "
            "read with more than 80 % each? Choose it."
        ),
        conditions=(
            {
                "path": ["side"],
                "op": "==",
                "value": "source",
                "hint": "You see what a German piece reads. Choose an English word.",
            },
            {
                "path": ["shares", 8],
                "op": ">=",
                "value": 0.8,
                "hint": "The last German piece hardly reads this word. Which one "
                "of the second half does it read?",
            },
            {
                "path": ["shares", 7],
                "op": ">=",
                "value": 0.8,
                "hint": "One of the two readers is there; the piece before it reads "
                "something else.",
            },
        ),
        keep=("source", "target", "weights"),
        solved={"side": "source", "chosen": 6},
    ),
)
