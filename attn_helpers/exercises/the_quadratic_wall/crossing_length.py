"""Where the pairs overtake the matrices."""

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def crossing_length(d_model, kv_width, d_ff, ff_matrices):
    """The smallest length at which the pairs cost more than the matrices."""
    projections = 2 * d_model * d_model + 2 * d_model * kv_width
    numbers = projections + ff_matrices * d_model * d_ff
    return numbers // (2 * d_model) + 1


def block_cases(seed):
    del seed  # sizes, not numbers: nothing here is random
    return [
        Case("width 8, the usual block", (8, 8, 32, 2)),
        Case("width 12, keys of width 4", (12, 4, 48, 2)),
        Case("width 6, three matrices", (6, 6, 16, 3)),
        Case("width 7, odd sizes", (7, 3, 13, 3)),
        Case("width 5, a narrow feed-forward network", (5, 5, 3, 2)),
        Case("no feed-forward network", (16, 16, 0, 2)),
        Case("the first Transformer", (512, 512, 2048, 2)),
        Case("SmolLM2-135M", (576, 192, 1536, 3)),
        Case("width 11, keys of width 1", (11, 1, 29, 2)),
    ]


def length_with(
    numbers=lambda d, kv, ff, m: 2 * d * d + 2 * d * kv + m * d * ff,
    first=lambda numbers, d: numbers // (2 * d) + 1,
):
    """The length with a part replaced."""
    return lambda d, kv, ff, m: first(numbers(d, kv, ff, m), d)


def by_counting(d_model, kv_width, d_ff, ff_matrices):
    n = 0
    while True:
        n += 1
        pairs = 4 * n * n * d_model
        each = d_model + d_model + kv_width + kv_width + ff_matrices * d_ff
        if pairs > 2 * n * d_model * each:
            return n


def per_token(d_model, kv_width, d_ff, ff_matrices):
    n = d_model + kv_width + ff_matrices * d_ff / 2
    return int(n) + 1


EXERCISE = Exercise(
    title="Where the pairs overtake the matrices",
    answer=crossing_length,
    returns={"n": "which is the smallest length at which the pairs cost more?"},
    cases=block_cases,
    mistakes={
        "cl-equal": Mistake(
            length_with(first=lambda numbers, d: -(-numbers // (2 * d))),
            "At your length the two parts are equal, or nearly so: where the division "
            "leaves no rest, the pairs do not cost *more* yet.",
        ),
        "cl-last-before": Mistake(
            length_with(first=lambda numbers, d: numbers // (2 * d)),
            "At your length the pairs do not cost more yet. It is one token too short.",
        ),
        "cl-only-scores": Mistake(
            length_with(first=lambda numbers, d: numbers // d + 1),
            "Your length is about twice as large as it should be, as when only the "
            "scores are counted. The values are mixed as well, and this costs as much.",
        ),
        "cl-counted-twice": Mistake(
            length_with(first=lambda numbers, d: numbers // (4 * d) + 1),
            "Your length is about half as large as it should be. The factor 2 of a "
            "multiply-add is on both sides, with the pairs and with the matrices.",
        ),
        "cl-six": Mistake(
            lambda d, kv, ff, m: 6 * d + 1,
            "Yours is six times the width. This holds for a hidden width of 4 d in two "
            "matrices, and with keys as wide as the queries; other blocks have "
            "another number.",
        ),
        "cl-attention-alone": Mistake(
            length_with(lambda d, kv, ff, m: 2 * d * d + 2 * d * kv),
            "The feed-forward network is missing in yours: this is where the pairs "
            "overtake the projections.",
        ),
        "cl-feed-forward-alone": Mistake(
            length_with(lambda d, kv, ff, m: m * d * ff),
            "The projections are missing in yours: this is where the pairs overtake "
            "the feed-forward network.",
        ),
        "cl-full-keys": Mistake(
            length_with(lambda d, kv, ff, m: 4 * d * d + m * d * ff),
            "All four projections are square in yours. Those of keys and values have "
            "`kv_width` columns, which is less where heads share keys.",
        ),
        "cl-narrow-pairs": Mistake(
            lambda d, kv, ff, m: (2 * d * d + 2 * d * kv + m * d * ff) // (d + kv) + 1,
            "Shared keys make your pairs cheaper. They are compared with all query "
            "heads, so scores and mix still take d_model multiply-adds a pair each.",
        ),
        "cl-two-matrices": Mistake(
            length_with(lambda d, kv, ff, m: 2 * d * d + 2 * d * kv + 2 * d * ff),
            "The feed-forward network always has two matrices in yours. With a gate it "
            "has three.",
        ),
        "cl-one-matrix": Mistake(
            length_with(lambda d, kv, ff, m: 2 * d * d + 2 * d * kv + d * ff),
            "The feed-forward network has one matrix in yours. It has one to widen the "
            "row and one to narrow it, and with a gate a third one.",
        ),
        "cl-keys-alone": Mistake(
            length_with(lambda d, kv, ff, m: 2 * d * d + d * kv + m * d * ff),
            "One of the two narrow projections is missing in yours. Keys and values "
            "have a matrix each.",
        ),
        "cl-three-projections": Mistake(
            length_with(lambda d, kv, ff, m: d * d + 2 * d * kv + m * d * ff),
            "There are three projections in yours. The output of the heads goes "
            "through a fourth one.",
        ),
    },
    also_right={"by counting": by_counting, "for one token": per_token},
    hints=(
        "Look at one token. For how many multiply-adds does it use the matrices, and "
        "for how many its n pairs?",
        "Each number of a matrix is used once for each token. A pair takes d_model "
        "multiply-adds for the score and as many for the mix.",
    ),
    question_after=(
        "One question about your function: does the crossing move when the batch "
        "becomes larger?"
    ),
    answer_after=(
        "No: both parts are multiplied by the batch. Nor does it move with the number "
        "of heads or layers."
    ),
)
