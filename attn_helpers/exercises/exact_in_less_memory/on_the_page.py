"""Questions to bet on, and a challenge in the stepper of tiles."""

from attn_helpers.exercises.core.types import Option, Question

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
                "good, and both are about 1e-7 away from float64.",
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
                "back will need. What does the gradient of exp need?",
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

CHALLENGES = ()
