"""Questions to bet on, and two challenges in the x-ray of a block."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="who-talks",
        prompt=(
            "A block has a norm, attention, a second norm and a feed-forward network. "
            "You change one word of the text. Through which of them can another token "
            "notice it?"
        ),
        options=(
            Option(
                "Through the norms, since they average.",
                "A norm averages over the numbers of one token. No other token comes "
                "in.",
            ),
            Option(
                "Through attention alone.",
                "Norm and feed-forward network work on each token by itself. Only "
                "attention takes from one token and gives to another.",
                right=True,
            ),
            Option(
                "Through attention and the feed-forward network.",
                "The feed-forward network has the same matrices for all tokens, but "
                "each token goes through them by itself.",
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
                "There are norms, but each stands in front of a part, beside the "
                "stream. The stream itself goes past them and is only added to.",
            ),
            Option(
                "It grows by about the same factor in each block.",
                "It would if the parts read the stream as it is: then a longer vector "
                "would get a longer addition. But they read normalised vectors.",
            ),
            Option(
                "It grows, and by a smaller factor from block to block.",
                "The additions are nearly equally long in all blocks, and each has a "
                "new direction. So each block adds a similar amount to the square of "
                "the length, and this is a smaller and smaller share of what is there. "
                "A last norm behind the stack takes the length away.",
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
                "The mask hides what comes later. But each place may look at itself, "
                "and without the move it holds the very word that is to be predicted.",
            ),
            Option(
                "A loss near 0, and a model that cannot write.",
                "At each place the decoder reads the very word that it has to predict. "
                "So it learns to copy this word. When the model writes, there is "
                "nothing to copy.",
                right=True,
            ),
            Option(
                "A loss that does not fall.",
                "The loss falls much faster than usual. This is how one can notice the "
                "fault: nobody learns to translate in a few steps.",
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
                "Each of the other nine words has a hundredth of the target. A model "
                "that gives them the probability 0 has an infinite loss.",
            ),
            Option(
                "To 0.09, which is -ln 0.91.",
                "This is what the right word alone would cost. Each of the other nine "
                "costs -ln 0.01 = 4.6, and a hundredth of that counts in the loss.",
            ),
            Option(
                "To 0.50, when the model is as unsure as the target.",
                "The right word has 0.91 of the target, each of the other nine 0.01. "
                "The loss is lowest when the model has the same probabilities: "
                "-0.91 ln 0.91 - 9 · 0.01 ln 0.01 = 0.50. So a smoothed loss must not "
                "be compared with a plain one.",
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
                "With the power 1 the scores are -4/4 = -1 and -5/10 = -0.5. To have "
                "no penalty one must set the power to 0, and then -4 wins.",
                right=True,
            ),
            Option(
                "The short one, for -4 is more than -5.",
                "This is the order with the power 0, where the length does not count. "
                "With the power 1 each log-probability is divided by the length.",
            ),
            Option(
                "The short one: a penalty on length punishes the long.",
                "Logarithms of probabilities are negative, and a larger divisor brings "
                "them nearer to 0. So a larger `length_penalty` helps long texts.",
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
                "After the first step the beginning of greedy's text is among the two. "
                "At a later step both may be continuations of the other text.",
            ),
            Option(
                "Yes, if the beginning of greedy's text is dropped on the way.",
                "Two likelier beginnings can take both places and then have only "
                "unlikely ends, while the dropped one had a likely end.",
                right=True,
            ),
            Option(
                "Only by a tie.",
                "No tie is needed: a beginning that is dropped at one step never comes "
                "back, even if it had the likeliest end of all.",
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
            "Switch on one part, and only one, so that “fall” leaves the block "
            "knowing that its noun is a plural: more than 1 in “of a plural”."
        ),
        conditions=(
            {
                "path": ["stations", 6, 5, 6],
                "op": ">=",
                "value": 1,
                "hint": (
                    "“fall” has nothing there: “plural” is written at “keys”. Which "
                    "part reads other words?"
                ),
            },
            {
                "path": ["feed_forward"],
                "op": "==",
                "value": False,
                "hint": (
                    "“fall” knows it, but both parts are on. Which of the two can be "
                    "switched off again?"
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
            "2.83. Bring it below 3, with both parts on."
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
