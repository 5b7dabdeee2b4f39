"""Questions to bet on, and two challenges in the lab of training runs."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="full-rate-at-once",
        prompt=(
            "Eight post-norm blocks learn to predict letters, at a rate of 0.004. "
            "With a warm-up of 80 steps the loss falls. Now the rate stands at its "
            "full height from the first step. What does the loss do?"
        ),
        options=(
            Option(
                "It soon becomes nan: the numbers grow beyond all bounds.",
                "The norms keep every row at one length, and the loss an ordinary "
                "number. Nothing looks broken, which is why this is found late.",
            ),
            Option(
                "It falls to where a model is that only knows how often each letter "
                "comes, and stays there.",
                "The first large steps make the rows all but alike. Then attention has "
                "nothing to tell apart, and only the frequencies of the letters can be "
                "learnt.",
                right=True,
            ),
            Option(
                "It falls faster: no step is wasted on a small rate.",
                "The first gradients come from weights that mean nothing yet, and a "
                "full step along them leads to a place that later steps of this size "
                "do not leave.",
            ),
        ),
    ),
    Question(
        id="gradient-of-the-last-block",
        prompt=(
            "A stack of pre-norm blocks with fresh weights is made deeper: 2 blocks, "
            "6, 12, 24. What happens to the gradient of the last block?"
        ),
        options=(
            Option(
                "It gets smaller.",
                "The stream grows from block to block, and the norm at the end divides "
                "by its length. So the last block counts for less the more stand below "
                "it. With post-norm every block hands on rows of one length, however "
                "many there are.",
                right=True,
            ),
            Option(
                "It stays the same: the last block stands next to the loss.",
                "Between them stands the last norm, and it divides by the length of "
                "the stream, to which all the blocks below have added.",
            ),
            Option(
                "It gets larger: gradients are multiplied from layer to layer.",
                "They are multiplied on the way down, and the last block is the first "
                "on this way. In pre-norm the stream carries them past the blocks, "
                "besides.",
            ),
        ),
    ),
    Question(
        id="twenty-layers-alone",
        prompt=(
            "Eight different rows go through twenty layers of attention with fresh "
            "weights: no skip connection, no feed-forward network. What comes out?"
        ),
        options=(
            Option(
                "Eight rows that differ: each layer has mixed them in another way.",
                "In a layer all rows mix the same values. So they are closer "
                "together afterwards, and ask more alike questions in the next layer.",
            ),
            Option(
                "Eight rows of zeros: each layer makes them shorter.",
                "How long they are hangs on the weights, and a norm would undo it. "
                "What no norm brings back is by how much they differ.",
            ),
            Option(
                "One row eight times, up to rounding.",
                "Each row is a mean of the same values. The closer the rows are, the "
                "more alike are their weights, so the distance falls faster and "
                "faster. After a few layers nothing tells one token from another.",
                right=True,
            ),
        ),
    ),
    Question(
        id="how-to-do-nothing",
        prompt=(
            "In most rows a head finds nothing that it looks for, and had better add "
            "little. The weights of a row sum to 1. How does a trained head "
            "manage?"
        ),
        options=(
            Option(
                "All its scores are low, so all its weights are close to 0.",
                "A softmax compares scores with each other. Low scores that are equal "
                "make the same weights as high ones that are equal, 1/n each.",
            ),
            Option(
                "Nearly all its weight goes to one token whose value is short.",
                "That is an attention sink. Mostly it is the first token of the text, "
                "which every row can see. A learnt sink in the denominator lets a head "
                "do the same without a token.",
                right=True,
            ),
            Option(
                "It spreads its weight evenly, so that no token counts.",
                "Then it adds the mean of all values, and that is not 0: every row "
                "would get it.",
            ),
        ),
    ),
    Question(
        id="seventy-thousand",
        prompt=(
            "Scores are kept in float16. One key of a row has the score 70,000, and "
            "the others about 10. The softmax takes out the maximum first, as a safe "
            "one does. What are the weights of this row?"
        ),
        options=(
            Option(
                "All are nan.",
                "Float16 ends at 65504, so the score is infinite before the softmax "
                "begins. Infinite less infinite is nan, it is in the sum, and so in "
                "every weight of the row.",
                right=True,
            ),
            Option(
                "The key has 1 and the others 0, as they should.",
                "So it would be in float32 or bfloat16, which have room for 70,000. A "
                "maximum that is taken out cannot save a score that was lost before.",
            ),
            Option(
                "The key has 1 and the others 0: the score is cut off at 65504.",
                "Nothing is cut off: a number beyond the range becomes infinite. Where "
                "it is cut off by hand, the key does win here.",
            ),
        ),
    ),
    Question(
        id="what-qk-norm-forgets",
        prompt=(
            "With QK-norm all queries and keys of a head have root mean square 1, and "
            "are then multiplied by the head's learnt gains. What can such a head no "
            "longer do?"
        ),
        options=(
            Option(
                "Be sure: no score can be larger than √d_k.",
                "So it is as long as the gains are 1. They are learnt, and gains of 3 "
                "on both sides make scores nine times as large.",
            ),
            Option(
                "Nothing: the matrices of queries and keys can make up for it.",
                "They can change directions. But they come before the norm, so "
                "whatever length they give to a row is taken away again.",
            ),
            Option(
                "Be surer of one row than of another whose query has the same "
                "direction.",
                "A query twice as long had scores twice as large, and a sharper "
                "softmax. Now its length does not count: the gains are the same for "
                "all rows. It is for this that scores cannot run away.",
                right=True,
            ),
        ),
    ),
)

CHALLENGES = (
    Challenge(
        id="rescue-the-stuck-run",
        widget="StabilityLab",
        state={
            "norm": "post-norm",
            "warmup": 0,
            "layers": 8,
            "rate": 0.004,
            "qk_norm": False,
            "step": 160,
        },
        goal=(
            "All three seeds are stuck: they end where a model ends that only knows "
            "how often each letter comes. Make all three learn more than that, with "
            "this norm, this depth and this rate."
        ),
        conditions=(
            {
                "path": ["learnt"],
                "op": "==",
                "value": 3,
                "hint": (
                    "Not every seed learns. Read the distance of the rows at step 4: "
                    "it is 0.03 at most, so the first steps alone have made the rows "
                    "nearly alike. What would make these steps smaller?"
                ),
            },
        ),
        keep=("norm", "layers", "rate"),
        solved={"warmup": 80},
    ),
    Challenge(
        id="learn-with-small-scores",
        widget="StabilityLab",
        state={
            "norm": "pre-norm",
            "warmup": 0,
            "layers": 8,
            "rate": 0.064,
            "qk_norm": False,
            "step": 160,
        },
        goal=(
            "At the largest rate even pre-norm fails, in another way: scores go into "
            "the hundreds, and the lowest layer gives each query little more than one "
            "key. Make all three seeds learn at this rate, with no score above 100 at "
            "the last step."
        ),
        conditions=(
            {
                "path": ["step"],
                "op": "==",
                "value": 160,
                "hint": "Read at the last step.",
            },
            {
                "path": ["learnt"],
                "op": "==",
                "value": 3,
                "hint": "Not every seed learns more than how often each letter comes.",
            },
            *(
                {
                    "path": ["values", 3, seed],
                    "op": "<=",
                    "value": 100,
                    "hint": (
                        "All seeds learn, and their largest scores are in the "
                        "hundreds. What keeps a score small, whatever the matrices of "
                        "queries and keys become?"
                    ),
                }
                for seed in range(3)
            ),
        ),
        keep=("norm", "layers", "rate"),
        solved={"warmup": 80, "qk_norm": True},
    ),
)
