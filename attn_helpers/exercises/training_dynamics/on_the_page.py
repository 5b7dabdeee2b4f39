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
                "The norms keep every row at one length, so the loss stays an ordinary "
                "number. Nothing looks broken, which is why this is found late.",
            ),
            Option(
                "It falls to where a model is that only knows how often each letter "
                "comes, and stays there.",
                "The first large steps make the rows nearly alike. Then attention has "
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
                "by its length. So the more blocks stand below the last one, the less "
                "it counts. With post-norm every block hands on rows of one length, "
                "however many blocks there are.",
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
                "on this way. In pre-norm, moreover, the stream carries gradients past "
                "the blocks.",
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
                "together afterwards, and their queries in the next layer are more "
                "alike.",
            ),
            Option(
                "Eight rows of zeros: each layer makes them shorter.",
                "How long they are depends on the weights, and a norm would undo it. "
                "But no norm makes rows differ again that have become the same.",
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
                "A softmax compares scores with each other. If all n scores are equal, "
                "each weight is 1/n, whether the scores are low or high.",
            ),
            Option(
                "Nearly all its weight goes to one token whose value is short.",
                "That is an attention sink. Mostly it is the first token of the text, "
                "which every row can see. With a learnt sink in the denominator a head "
                "can add little without such a token.",
                right=True,
            ),
            Option(
                "It spreads its weight evenly, so that no token counts.",
                "Then it adds the mean of all values to every row, and in general that "
                "mean is not 0.",
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
                "begins. Infinite minus infinite is nan (not a number). The nan gets "
                "into the sum, and so into every weight of the row.",
                right=True,
            ),
            Option(
                "The key has 1 and the others 0, as they should.",
                "That is what happens in float32 or bfloat16, which have room for "
                "70,000. To take out the maximum does not help once the score itself "
                "is infinite.",
            ),
            Option(
                "The key has 1 and the others 0: the score is cut off at 65504.",
                "Nothing is cut off: a number beyond the range becomes infinite. If a "
                "program cuts it off at 65504, the key does win.",
            ),
        ),
    ),
    Question(
        id="what-qk-norm-forgets",
        prompt=(
            "With QK-norm all queries and keys of a head have root mean square 1, and "
            "are then multiplied by learnt gains, which are the same for all tokens. "
            "What can such a head no longer do?"
        ),
        options=(
            Option(
                "Be sure: no score can be larger than √d_k.",
                "That holds while all gains are 1. But they are learnt, and with gains "
                "of 3 for queries and for keys all scores are nine times as large.",
            ),
            Option(
                "Nothing: the matrices of queries and keys can make up for it.",
                "They can change directions. But they come before the norm, which "
                "takes away whatever length they give to a row.",
            ),
            Option(
                "Be surer of one row than of another whose query has the same "
                "direction.",
                "Without the norm, a query twice as long has scores twice as large, "
                "and a sharper softmax. With it, the length does not count. For the "
                "same reason large projections cannot make scores large.",
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
                    "Not every seed learns. Without a slow start the distance of the "
                    "rows is 0.03 at most at step 4, so the first steps alone have "
                    "made the rows nearly alike. What would make these steps smaller?"
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
            "the hundreds, and in the surest layer nearly all of the weight of a query "
            "is on one key. Make all three seeds learn at this rate, with no score "
            "above 100 at the last step."
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
