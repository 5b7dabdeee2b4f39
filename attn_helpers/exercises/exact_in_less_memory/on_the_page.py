"""Questions to bet on, and two challenges in the stepper of tiles."""

from attn_helpers.exercises.core.types import Challenge, Option, Question

QUESTIONS = (
    Question(
        id="what-is-left-in-memory",
        prompt=(
            "A list of a million scores comes in pieces of a thousand. You want the "
            "sum of the exponentials, safe from overflow. How many numbers must you "
            "keep from one piece to the next?"
        ),
        options=(
            Option(
                "A million: the largest score may come last, and then all change.",
                "All exponentials do change then, but by one and the same factor. So "
                "their sum changes by it, too, and the sum is all that is needed.",
            ),
            Option(
                "A thousand, the last piece.",
                "Nothing in a piece is needed once it has been summed.",
            ),
            Option(
                "Two.",
                "The largest score so far, and the sum measured from it. When a larger "
                "score comes, the sum is multiplied by one factor.",
                right=True,
            ),
        ),
    ),
    Question(
        id="exact-or-not",
        prompt=(
            "Attention is computed in tiles, and by the plain formula, both in "
            "float32. What do you expect of the outputs?"
        ),
        options=(
            Option(
                "Those in tiles are a little less exact: something is left out.",
                "Nothing is left out: the same exponentials are summed, in another "
                "order. Compare both with float64 before you decide.",
            ),
            Option(
                "They differ in the last digits, and neither is the better one.",
                "A sum of rounded numbers depends on their order. Both orders are as "
                "good: both are less than a millionth away from float64.",
                right=True,
            ),
            Option(
                "They are equal bit by bit.",
                "Additions of rounded numbers may not be regrouped: (a + b) + c and "
                "a + (b + c) can differ in the last digit.",
            ),
        ),
    ),
    Question(
        id="fewer-products",
        prompt="Attention in tiles can be much faster on a GPU. What does it save?",
        options=(
            Option(
                "Multiplications: a tile is small.",
                "There are more tiles, and together they have all scores. There are "
                "even a few multiplications more, for the corrections.",
            ),
            Option(
                "Reading and writing: the scores never go to slow memory.",
                "The plain way writes the table of scores, reads it for the softmax, "
                "writes the weights and reads them again. Here none of this is done.",
                right=True,
            ),
            Option(
                "Exponentials: masked tiles are skipped.",
                "With a causal mask, tiles are skipped, which the plain way could do, "
                "too. It is also faster where there is no mask.",
            ),
        ),
    ),
    Question(
        id="tiled-forward-alone",
        prompt=(
            "You write the forward pass in tiles, in plain torch, and let autograd "
            "find the gradient. How does the memory of a training step grow with the "
            "length n?"
        ),
        options=(
            Option(
                "As n: no tile is larger than before.",
                "So it is without a gradient. With one, autograd keeps what the way "
                "back will need. The gradient of exp needs its result.",
            ),
            Option(
                "As n²: autograd keeps every tile.",
                "The gradient of exp is exp itself, so the weights of each tile are "
                "kept until the way back. All tiles together are the whole table.",
                right=True,
            ),
            Option(
                "As n · log n.",
                "Count what is kept: a tile of weights for each tile of scores.",
            ),
        ),
    ),
)

CHALLENGES = (
    Challenge(
        id="a-mistake-that-hides",
        widget="TileStepper",
        state={
            "corrected": False,
            "backwards": False,
            "last_score": 1.0,
            "step": 16,
            "row": 1,
        },
        goal=(
            "The correction is forgotten, and rows of the output come out wrong. Leave "
            "the mistake in, and find settings with which all eight rows are right all "
            "the same."
        ),
        conditions=(
            {
                "path": ["finished"],
                "op": "==",
                "value": 8,
                "hint": "Go to the last tile: all eight rows count.",
            },
            {
                "path": ["error"],
                "op": "<=",
                "value": 1e-6,
                "hint": (
                    "Rows are still wrong. A correction is needed where a larger score "
                    "comes late. Which score would have to come first, for every "
                    "query, so that none is needed?"
                ),
            },
        ),
        keep=("corrected",),
        solved={"backwards": True, "last_score": 2.0},
    ),
    Challenge(
        id="tall-or-wide",
        widget="TileStepper",
        state={"tile_q": 2, "tile_k": 4, "step": 16, "row": 1, "causal": False},
        goal=(
            "Hold at most 8 scores at a time, and move at most 150 numbers until the "
            "last row is finished."
        ),
        conditions=(
            {
                "path": ["held"],
                "op": "<=",
                "value": 8,
                "hint": "Too many scores are held at a time.",
            },
            {
                "path": ["finished"],
                "op": "==",
                "value": 8,
                "hint": "Go to the last tile: all eight rows count.",
            },
            {
                "path": ["moved"],
                "op": "<=",
                "value": 150,
                "hint": (
                    "Too many numbers are moved. Keys and values go by once for each "
                    "tile of queries: how many such tiles are there?"
                ),
            },
        ),
        keep=("causal",),
        solved={"tile_q": 4, "tile_k": 2, "step": 8},
    ),
)
