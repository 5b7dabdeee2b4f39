"""How far from all alike?"""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def distance_from_rank_one(x):
    """What is left of each layer without its mean row, as a share of it: (layers,)."""
    apart = x - x.mean(axis=-2, keepdims=True)
    return np.sqrt((apart**2).sum(axis=(-2, -1)) / (x**2).sum(axis=(-2, -1)))


def stream_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, layers, t, d, common=1.0, apart=1.0, loud=1.0):
        rows = common * rng.normal(size=(layers, 1, d))
        rows = rows + apart * rng.normal(size=(layers, t, d))
        return Case(name, (np.reshape(loud, (-1, 1, 1)) * rows,))

    multiples = rng.normal(size=(2, 5, 1)) * rng.normal(size=(2, 1, 3))
    alike = np.tile([[[3.0, -2.0, 5.0]], [[1.0, 0.0, -1.0]]], (1, 4, 1))
    opposite = np.stack([np.eye(3)[0], -np.eye(3)[0]])[None]
    return [
        case("2 layers, 5 tokens, width 7", 2, 5, 7),
        case("layers, tokens and width all 5", 5, 5, 5),
        case("13 layers, 11 tokens, width 17", 13, 11, 17),
        case("tokens nearly alike", 3, 5, 7, apart=1e-3),
        case("tokens alike but for a billionth", 2, 5, 7, apart=1e-9),
        case("layers that grow", 3, 5, 7, loud=[0.01, 1.0, 100.0]),
        case("a large number in common", 2, 7, 3, common=30.0),
        case("nothing in common", 2, 7, 11, common=0.0),
        Case("rows that are multiples of one", (multiples,)),
        Case("rows that are all alike", (alike,)),
        Case("two rows that cancel out", (opposite,)),
        case("one token", 2, 1, 5),
        case("width 1", 3, 5, 1),
    ]


def size(x, axis=(-2, -1)):
    """The root of the sum of the squares."""
    return np.sqrt((x**2).sum(axis=axis))


def less(x, axis):
    return x - x.mean(axis=axis, keepdims=True)


def singular_values(x):
    return np.linalg.svd(x, compute_uv=False)


def cosines(x):
    """The mean cosine of two rows, each with itself included."""
    units = x / np.sqrt((x**2).sum(-1, keepdims=True))
    return (units @ units.swapaxes(-1, -2)).mean((-2, -1))


def layer_by_layer(x):
    found = []
    for layer in x:
        mean = sum(layer) / len(layer)
        apart = sum(np.dot(row - mean, row - mean) for row in layer)
        found.append((apart / sum(np.dot(row, row) for row in layer)) ** 0.5)
    return np.array(found)


def by_a_projection(x):
    t = x.shape[-2]
    return size((np.eye(t) - np.ones((t, t)) / t) @ (x - x[:, :1])) / size(x)


def by_differences_of_rows(x):
    """Over all pairs, the mean squared difference is twice the variance."""
    gaps = x[:, :, None] - x[:, None]
    return np.sqrt((gaps**2).sum((1, 2, 3)) / (2 * x.shape[1])) / size(x)


EXERCISE = Exercise(
    title="How far from all alike?",
    answer=distance_from_rank_one,
    returns={"distance": "how far are the rows of layer {0} from being all alike?"},
    cases=stream_cases,
    mistakes={
        "dr-features": Mistake(
            lambda x: size(less(x, -1)) / size(x),
            "Each row loses the mean of its own numbers in yours, as in LayerNorm. "
            "What the rows have in common is a row: the mean over the tokens.",
        ),
        "dr-one-number": Mistake(
            lambda x: size(less(x, (-2, -1))) / size(x),
            "Yours takes one number away from a whole layer, the mean of all its "
            "numbers. What the rows have in common is a row: the mean over the tokens.",
        ),
        "dr-layers": Mistake(
            lambda x: size(x - x.mean(0, keepdims=True)) / size(x),
            "Yours takes away the mean over the layers. It is the tokens of one layer "
            "that are compared.",
        ),
        "dr-absolute": Mistake(
            lambda x: size(less(x, -2)),
            "Yours is not relative: a stream that grows by 100 would be 100 times as "
            "far from all alike. Divide by the size of the layer.",
        ),
        "dr-per-number": Mistake(
            lambda x: size(less(x, -2)) / np.sqrt(x[0].size),
            "Yours is divided by the root of how many numbers there are, so it still "
            "grows with the stream. Divide by the size of the layer.",
        ),
        "dr-squared": Mistake(
            lambda x: (size(less(x, -2)) / size(x)) ** 2,
            "Yours is squared, as when no root is taken. Sizes are roots of sums of "
            "squares.",
        ),
        "dr-half-squared": Mistake(
            lambda x: size(less(x, -2)) ** 2 / size(x),
            "The root is missing above the line in yours, and not below it.",
        ),
        "dr-centred-below": Mistake(
            lambda x: size(less(x, -2)) / size(less(x, -2)),
            "Yours is 1, or nan where the rows are all alike: what is left is divided "
            "by itself. It is divided by the size of the layer as it came.",
        ),
        "dr-by-the-mean": Mistake(
            lambda x: size(less(x, -2)) / size(x - less(x, -2)),
            "Yours is divided by what the rows have in common, and has no upper end. "
            "Divide by the size of the layer as it came.",
        ),
        "dr-common": Mistake(
            lambda x: size(x - less(x, -2)) / size(x),
            "Yours is 1 where the rows are all alike: it measures what they have in "
            "common, not what is left without it.",
        ),
        "dr-one-minus": Mistake(
            lambda x: 1 - size(x - less(x, -2)) / size(x),
            "Yours is 1 less the share of what is in common. These are two legs of a "
            "right angle: their squares add up to 1, not they themselves.",
        ),
        "dr-svd": Mistake(
            lambda x: size(singular_values(x)[:, 1:], -1) / size(x),
            "Yours is the distance from the nearest matrix of rank one, of any kind. "
            "Its rows may be multiples of each other, and such rows are not alike. "
            "Here all rows have to be the same: subtract their mean.",
        ),
        "dr-rank": Mistake(
            lambda x: np.linalg.matrix_rank(less(x, -2)).astype(float),
            "Yours counts, as a numerical rank does: it is as large for rows that "
            "differ by a millionth as for others. Asked is how far they differ.",
        ),
        "dr-spectral": Mistake(
            lambda x: singular_values(less(x, -2))[:, 0] / singular_values(x)[:, 0],
            "Yours takes the largest singular value for the size of a matrix. Asked is "
            "the root of the sum of all squares, the Frobenius norm. (`np.linalg.norm` "
            "with `ord=2` is the other one.)",
        ),
        "dr-largest": Mistake(
            lambda x: np.abs(less(x, -2)).max((-2, -1)) / np.abs(x).max((-2, -1)),
            "Yours compares the largest numbers. The size that is asked for is the "
            "root of the sum of all squares, the Frobenius norm.",
        ),
        "dr-absolute-values": Mistake(
            lambda x: np.abs(less(x, -2)).sum((-2, -1)) / np.abs(x).sum((-2, -1)),
            "Yours adds up absolute values. The size that is asked for is the root of "
            "the sum of all squares, the Frobenius norm.",
        ),
        "dr-row-by-row": Mistake(
            lambda x: (size(less(x, -2), -1) / size(x, -1)).mean(-1),
            "Yours divides row by row, and then takes the mean. A layer is measured as "
            "a whole: all its squares go into one size.",
        ),
        "dr-each-row": Mistake(
            lambda x: size(less(x, -2), -1) / size(x, -1),
            "You have one number for each row. Asked is one for each layer.",
        ),
        "dr-together": Mistake(
            lambda x: size(less(x, -2)) / size(x, None),
            "Each layer is divided by the size of all layers together in yours. It is "
            "divided by its own.",
        ),
        "dr-all": Mistake(
            lambda x: size(less(x, -2), None) / size(x, None),
            "You have one number for all layers. Asked is one for each.",
        ),
        "dr-first-row": Mistake(
            lambda x: size(x - x[:, :1]) / size(x),
            "Yours measures how far the rows are from the first. The row that all of "
            "them are closest to is their mean.",
        ),
        "dr-sum": Mistake(
            lambda x: size(x - x.sum(-2, keepdims=True)) / size(x),
            "Yours subtracts the sum of the rows. Subtract their mean.",
        ),
        "dr-cancelled": Mistake(
            lambda x: np.sqrt(
                np.maximum((x**2).sum((1, 2)) - x.shape[1] * (x.mean(1) ** 2).sum(1), 0)
                / (x**2).sum((1, 2))
            ),
            "Right until the rows are nearly alike: there yours loses all digits, as "
            "when the squares of the mean are taken from those of the rows, a small "
            "difference of large numbers. Subtract the mean row first, then square.",
        ),
        "dr-cosine": Mistake(
            lambda x: 1 - cosines(x),
            "Yours is 1 less the mean cosine between rows, in which their lengths do "
            "not count. Asked is a distance: rows of one direction and of different "
            "lengths are not alike.",
        ),
    },
    also_right={
        "layer by layer": layer_by_layer,
        "by a projection": by_a_projection,
        "by differences of rows": by_differences_of_rows,
        "with numpy's norm": lambda x: (
            np.linalg.norm(x - x.mean(1)[:, None], axis=(1, 2))
            / np.linalg.norm(x, axis=(1, 2))
        ),
    },
    hints=(
        "If all rows were alike, they would be their mean. Subtract it from each row: "
        "what is left, and how large is it?",
        "`x.mean(axis=-2, keepdims=True)` has one row for each layer. The size of a "
        "layer is `np.sqrt((x**2).sum(axis=(-2, -1)))`.",
    ),
    question_after=(
        "One question about your function: rows that are multiples of one row are a "
        "matrix of rank one. What does your function say of them?"
    ),
    answer_after=(
        "They are not alike, and their distance is not 0. The name comes from matrices "
        "whose rows are all the same: those have rank one, but not every matrix of "
        "rank one has equal rows. With fresh weights attention without a skip soon "
        "makes rows equal: each row that it returns is a mean of the same values."
    ),
)
