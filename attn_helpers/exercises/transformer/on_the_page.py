"""Questions to bet on, and two challenges in the x-ray of a block."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="who-talks",
        prompt=(
            "A block has a norm, attention, a second norm and a feed-forward network. "
            "You change one word of the text. Through which of them can another token "
            "feel it?"
        ),
        options=(
            Option(
                "Through the norms, since they average.",
                "They average over the numbers of one token. No other token comes in.",
            ),
            Option(
                "Through attention alone.",
                "Norm and feed-forward do the same to every token, and each for "
                "itself. Only attention takes from one and gives to another.",
                right=True,
            ),
            Option(
                "Through attention and the feed-forward network.",
                "The same matrices serve all tokens, which is not the same as joining "
                "them: each row goes through by itself.",
            ),
        ),
    ),
    Question(
        id="where-the-parameters-are",
        prompt=(
            "An encoder block of the first paper: width 512, eight heads, and a "
            "feed-forward network that is 2048 wide inside. How much of its weight "
            "matrices belongs to attention?"
        ),
        options=(
            Option(
                "A third.",
                "Four matrices of 512 × 512 against two of 512 × 2048, which are as "
                "large as eight of 512 × 512: four of twelve.",
                right=True,
            ),
            Option(
                "Half.",
                "Attention has more matrices, four against two. But each of the two is "
                "four times as large as one of the four.",
            ),
            Option(
                "Most: there are eight heads.",
                "Heads share out the columns of the four matrices and add none. With "
                "one head there would be as many parameters.",
            ),
        ),
    ),
    Question(
        id="length-of-the-stream",
        prompt=(
            "A token goes up through 24 pre-norm blocks with fresh weights. What "
            "happens to the length of its vector in the stream?"
        ),
        options=(
            Option(
                "It stays the same: there are two norms in every block.",
                "A norm stands before what a sub-layer reads. The stream itself goes "
                "past it, and is only added to.",
            ),
            Option(
                "It grows by about the same factor in each block.",
                "It would if a sub-layer read the stream as it is: then a longer "
                "vector would get a longer addition. It reads a normalised one.",
            ),
            Option(
                "It grows, and by a smaller factor from block to block.",
                "Every addition is about as long as the one before, in a new "
                "direction, so the square of the length grows about evenly, which is "
                "less and less of what is there. A last norm behind the stack takes "
                "the length away.",
                right=True,
            ),
        ),
    ),
    Question(
        id="without-the-shift",
        prompt=(
            "In training the decoder reads the target moved on by one place: first a "
            "start sign, then the words. Somebody forgets to move it. The causal mask "
            "is as it should be. What do they see?"
        ),
        options=(
            Option(
                "Nothing: the mask hides the word that is to be predicted.",
                "The mask hides what comes later. A place may look at itself, and the "
                "very word stands there.",
            ),
            Option(
                "A loss near 0, and a model that cannot write.",
                "Each place holds its own answer, so copying is all that is learnt. "
                "When the model writes, no answer stands there.",
                right=True,
            ),
            Option(
                "A loss that does not fall.",
                "It falls faster than ever. That is what gives it away: no translation "
                "is learnt in a few steps.",
            ),
        ),
    ),
    Question(
        id="smoothed-and-sure",
        prompt=(
            "There are ten words, and label smoothing gives 0.1 of each target evenly "
            "to all of them. How low can the loss of one target go?"
        ),
        options=(
            Option(
                "To 0, when the model is quite sure of the right word.",
                "The other nine have a hundredth of the target each. Whoever holds "
                "them to be impossible pays without end.",
            ),
            Option(
                "To 0.09, the surprise of 0.91.",
                "That is the price of the right word alone. The other nine cost 4.6 "
                "each, and a hundredth of that is counted for every one.",
            ),
            Option(
                "To 0.50, when the model is as unsure as the target.",
                "The lowest cross-entropy is the entropy of the target: 0.91 once and "
                "0.01 nine times. So a smoothed loss and a plain one are not to be "
                "compared.",
                right=True,
            ),
        ),
    ),
    Question(
        id="length-penalty-of-1",
        prompt=(
            "A library divides the log-probability of a finished text by its length to "
            "the power of `length_penalty`. Somebody sets it to 1, to have no penalty. "
            "One text has 4 tokens and -4, the other 10 tokens and -5. Which wins?"
        ),
        options=(
            Option(
                "The long one.",
                "With 1 the scores are -1 and -0.5, the mean of a token. No penalty is "
                "the power 0, and there -4 wins.",
                right=True,
            ),
            Option(
                "The short one, for -4 is more than -5.",
                "That is the order with the power 0, where the length does not count. "
                "With 1 each is divided by its length.",
            ),
            Option(
                "The short one: a penalty on length punishes the long.",
                "Logarithms of probabilities are negative, and a larger divisor brings "
                "them nearer to 0. The larger this number, the better for long texts.",
            ),
        ),
    ),
    Question(
        id="beam-below-greedy",
        prompt=(
            "Greedy search keeps one text, beam search with width 2 keeps two. Can the "
            "beam end with a less probable text than greedy search?"
        ),
        options=(
            Option(
                "No: greedy's text is always among the two.",
                "It is after the first step. At any later one, two continuations of "
                "the other text may push it out.",
            ),
            Option(
                "Yes, if the beginning of greedy's text is dropped on the way.",
                "Two better beginnings can take both places and go on badly, while the "
                "one that was dropped would have gone on well.",
                right=True,
            ),
            Option(
                "Only by a tie.",
                "No tie is needed: what is dropped at one step never comes back, "
                "however well it would have gone on.",
            ),
        ),
    ),
)

CHALLENGES = (
    Challenge(
        id="one-sub-layer",
        widget="BlockXray",
        state={
            "attention": False,
            "feed_forward": False,
            "order": "pre-norm",
            "norm": "RMSNorm",
        },
        goal=(
            "Switch on one sub-layer, and only one, so that “fall” leaves the block "
            "knowing that its noun is a plural: more than 1 in “of a plural”."
        ),
        conditions=(
            {
                "path": ["stations", 6, 5, 6],
                "op": ">=",
                "value": 1,
                "hint": (
                    "“fall” has nothing there: “plural” is written at “keys”. Which "
                    "sub-layer reads other words?"
                ),
            },
            {
                "path": ["feed_forward"],
                "op": "==",
                "value": False,
                "hint": (
                    "It knows, but both are on. Which of the two can be switched off "
                    "again?"
                ),
            },
        ),
        keep=("order", "norm"),
        solved={"attention": True},
    ),
    Challenge(
        id="hold-the-length",
        widget="BlockXray",
        state={
            "order": "pre-norm",
            "block": 3,
            "attention": True,
            "feed_forward": True,
        },
        goal=(
            "After three blocks the vector of “fall” is 6.38 long, and it came in with "
            "2.83. Bring it below 3, with both sub-layers on."
        ),
        conditions=(
            {
                "path": ["growth", 3, 5],
                "op": "<=",
                "value": 3,
                "hint": (
                    "Each block adds to the stream, and nothing makes the stream "
                    "shorter. Where would a norm have to stand for that?"
                ),
            },
        ),
        keep=("attention", "feed_forward"),
        solved={"order": "post-norm"},
    ),
)
