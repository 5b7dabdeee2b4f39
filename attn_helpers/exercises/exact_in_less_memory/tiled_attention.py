"""Attention that sees the keys tile by tile."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def tiled_attention(q, k, v, tile):
    """Attention for all queries, with ``tile`` keys and values at a time."""
    largest, total = np.full((len(q), 1), -np.inf), np.zeros((len(q), 1))
    mixed = np.zeros((len(q), v.shape[1]))
    for start in range(0, len(k), tile):
        k_tile, v_tile = k[start : start + tile], v[start : start + tile]
        scores = q @ k_tile.T / np.sqrt(q.shape[1])  # (t_q, tile)
        larger = np.maximum(largest, scores.max(axis=1, keepdims=True))
        shrink, weights = np.exp(largest - larger), np.exp(scores - larger)
        total = total * shrink + weights.sum(axis=1, keepdims=True)
        mixed = mixed * shrink + weights @ v_tile
        largest = larger
    return mixed / total


def tile_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, t_q, t_k, tile, d_k=5, d_v=2, slope=0.0, shift=0.0):
        q, k = 2 * rng.normal(size=(t_q, d_k)), rng.normal(size=(t_k, d_k))
        q[:, 0] = np.sqrt(d_k)  # column 0 of a key is added to all its scores
        k[:, 0] += shift + slope * np.arange(t_k) / t_k
        return Case(name, (q, k, rng.normal(size=(t_k, d_v)), tile))

    q, k, v = (rng.normal(size=shape) for shape in ((5, 3), (9, 3), (9, 2)))
    q[:, 0], k[:, 0] = np.sqrt(3) * np.array([1.0, 400.0, -400.0, 800.0, 2.0]), 1.0
    return [
        case("7 queries, 12 keys, tiles of 4", 7, 12, 4),
        case("7 queries, 11 keys, tiles of 4", 7, 11, 4),
        case("the last tile has one key", 5, 13, 3),
        case("one key at a time", 5, 7, 1),
        case("all keys in one tile", 5, 7, 7),
        case("a tile larger than there are keys", 5, 7, 11),
        case("scores rise from key to key", 5, 12, 4, slope=5.0),
        case("scores fall from key to key", 5, 12, 4, slope=-5.0),
        case("scores fall by thousands", 5, 12, 4, slope=-20000.0),
        case("scores near 2000", 5, 11, 3, shift=2000.0),
        case("scores near -2000", 5, 11, 3, shift=-2000.0),
        case("one query", 1, 11, 4),
        case("11 queries, 13 keys, widths 11 and 13", 11, 13, 5, d_k=11, d_v=13),
        case("scores near -50 000", 5, 11, 3, shift=-50_000.0),
        case("as many queries as keys and columns", 5, 5, 2, d_v=5),
        Case("rows far apart", (q, k, v, 4)),
    ]


def tiles_of(k, v, tile):
    starts = range(0, len(k), tile)
    return [(k[i : i + tile], v[i : i + tile]) for i in starts]


def scores_of(q, k):
    return q @ k.T / np.sqrt(q.shape[1])


def row_peak(table):
    return table.max(axis=1, keepdims=True)


def running(
    start=-np.inf,
    largest=lambda old, scores: np.maximum(old, row_peak(scores)),
    shrink=lambda old, new: (np.exp(old - new),) * 2,
    scores=scores_of,
    tiles=tiles_of,
    divide=lambda mixed, total: mixed / total,
):
    """The program with one of its parts replaced; ``shrink`` for sum and mixture."""

    def program(q, k, v, tile):
        old = np.full((len(q), 1), start)
        total, mixed = np.zeros((len(q), 1)), np.zeros((len(q), v.shape[1]))
        with np.errstate(all="ignore"):
            for k_tile, v_tile in tiles(k, v, tile):
                table = scores(q, k_tile)
                new = largest(old, table)
                of_total, of_mixed = shrink(old, new)
                if np.isinf(old).all():
                    of_total = of_mixed = 0.0
                weights = np.exp(table - new)
                total = total * of_total + weights.sum(axis=1, keepdims=True)
                mixed = mixed * of_mixed + weights @ v_tile
                old = new
            return divide(mixed, total)

    return program


def whole_tiles(k, v, tile):
    return [pair for pair in tiles_of(k, v, tile) if len(pair[0]) == tile]


def per_tile(q, k, v, tile):
    """An output and a number of keys for each tile."""
    parts = tiles_of(k, v, tile)
    return [(soft(scores_of(q, k)) @ v, len(k)) for k, v in parts]


def mean_of_tiles(q, k, v, tile):
    return np.mean([output for output, _ in per_tile(q, k, v, tile)], axis=0)


def mean_by_size(q, k, v, tile):
    return sum(output * n for output, n in per_tile(q, k, v, tile)) / len(k)


def sum_of_tiles(q, k, v, tile):
    return sum(output for output, _ in per_tile(q, k, v, tile))


def last_tile(q, k, v, tile):
    return per_tile(q, k, v, tile)[-1][0]


def own_maxima(q, k, v, tile):
    mixed, total = 0.0, 0.0
    for k_tile, v_tile in tiles_of(k, v, tile):
        table = scores_of(q, k_tile)
        weights = np.exp(table - row_peak(table))
        mixed = mixed + weights @ v_tile
        total = total + weights.sum(axis=1, keepdims=True)
    return mixed / total


def divided_each_round(q, k, v, tile):
    old, total, output = np.full((len(q), 1), -np.inf), 0.0, 0.0
    for k_tile, v_tile in tiles_of(k, v, tile):
        table = scores_of(q, k_tile)
        new = np.maximum(old, row_peak(table))
        weights = np.exp(table - new)
        total = total * np.exp(old - new) + weights.sum(axis=1, keepdims=True)
        output = (output * np.exp(old - new) + weights @ v_tile) / total
        old = new
    return output


def by_merging(q, k, v, tile):
    log_total, output = np.full((len(q), 1), -np.inf), 0.0
    for k_tile, v_tile in tiles_of(k, v, tile):
        table = scores_of(q, k_tile)
        top = row_peak(table)
        log_new = top + np.log(np.exp(table - top).sum(axis=1, keepdims=True))
        both = np.logaddexp(log_total, log_new)
        part = np.exp(table - both) @ v_tile
        output = output * np.exp(log_total - both) + part
        log_total = both
    return output


def two_passes(q, k, v, tile):
    tiles = tiles_of(k, v, tile)
    top = np.max([row_peak(scores_of(q, k)) for k, _ in tiles], axis=0)
    parts = [np.exp(scores_of(q, k) - top) for k, _ in tiles]
    total = sum(part.sum(axis=1, keepdims=True) for part in parts)
    return sum(p @ v for p, (_, v) in zip(parts, tiles, strict=True)) / total


def one_for_all(old, scores):
    return np.maximum(old, scores.max())


NOT_RESCALED = (
    "Right while the largest score comes in the first tile. When a larger one comes "
    "later, {} is still measured from the old maximum in yours."
)

EXERCISE = Exercise(
    title="Attention in tiles",
    answer=tiled_attention,
    returns={"output": "what is the output of query {0} in column {1}?"},
    cases=tile_cases,
    mistakes={
        "fl-norescale": Mistake(
            running(shrink=lambda old, new: (1.0, 1.0)),
            NOT_RESCALED.format("what was there, the sum and the mixture,"),
        ),
        "fl-norescale-mixture": Mistake(
            running(shrink=lambda old, new: (np.exp(old - new), 1.0)),
            NOT_RESCALED.format("the mixture of values")
            + " The sum has been corrected. Both need the same factor.",
        ),
        "fl-norescale-sum": Mistake(
            running(shrink=lambda old, new: (1.0, np.exp(old - new))),
            NOT_RESCALED.format("the sum")
            + " The mixture of values has been corrected. Both need the same factor.",
        ),
        "fl-inverse": Mistake(
            running(shrink=lambda old, new: (np.exp(new - old),) * 2),
            "When a larger score comes, what was there grows in yours. It must shrink: "
            "the factor is exp(old maximum - new maximum).",
        ),
        "fl-mean": Mistake(
            mean_of_tiles,
            "Every tile counts the same in yours: each has its own softmax, and the "
            "outputs are averaged. A tile with large scores must count more than one "
            "with small scores.",
        ),
        "fl-size": Mistake(
            mean_by_size,
            "A tile counts in yours by how many keys it has. It must count by its part "
            "of the sum of exponentials.",
        ),
        "fl-sum": Mistake(
            sum_of_tiles,
            "Your weights sum to 1 in each tile, so over all keys they sum to the "
            "number of tiles.",
        ),
        "fl-max": Mistake(
            own_maxima,
            "Each tile is measured from its own maximum in yours, and then all are "
            "added. Sums in different measures cannot be added: bring them to one "
            "maximum.",
        ),
        "fl-piece-maximum": Mistake(
            running(largest=lambda old, scores: row_peak(scores)),
            "Your maximum is that of the newest tile. Where an old tile scored a "
            "thousand more, the factor for what was there is infinite.",
        ),
        "fl-one-maximum": Mistake(
            running(largest=one_for_all),
            "All queries share one maximum in yours. Where the rows lie far apart, all "
            "exponentials of a low row are 0, and 0 / 0 is nan.",
        ),
        "fl-tail": Mistake(
            running(tiles=whole_tiles),
            "Right where the tile divides the number of keys. In yours the last tile "
            "is left out when it is shorter than the others.",
        ),
        "fl-m0": Mistake(
            running(start=0.0),
            "Right while some score of a row is above 0, or not far below. Your "
            "maximum starts at 0: near -2000 every exponential is 0, and 0 / 0 is nan.",
        ),
        "fl-nomax": Mistake(
            running(start=0.0, largest=lambda old, scores: old),
            "No maximum is subtracted in yours. Near 2000 the exponentials are "
            "infinite, and near -2000 they are all 0.",
        ),
        "fl-last": Mistake(
            last_tile,
            "Your output knows the last tile alone.",
        ),
        "fl-each-round": Mistake(
            divided_each_round,
            "Right for one tile. Your mixture is divided by the sum after every tile, "
            "and is then no longer in the measure of what is added to it. Divide once, "
            "at the end.",
        ),
        "fl-undivided": Mistake(
            running(divide=lambda mixed, total: mixed),
            "Your mixture is never divided by the sum: the weights do not sum to 1.",
        ),
        "fl-noscale": Mistake(
            running(scores=lambda q, k: q @ k.T),
            "Your scores are not divided by the root of the width of a key.",
        ),
    },
    also_right={"by merging": by_merging, "two passes": two_passes},
    hints=(
        "Keep three things for each query: the largest score so far, the sum, and the "
        "mixture of the values. What happens to the last two when a larger score "
        "comes?",
        "Both are multiplied by exp(old maximum - new maximum). Then the new tile is "
        "added, measured from the new maximum.",
        "`range(0, len(k), tile)` gives the starts of all tiles, also of a short last "
        "one. Divide once, after the loop.",
    ),
    question_after=(
        "One question about your function: which of its arrays grows with the number "
        "of keys?"
    ),
    answer_after=(
        "None that it makes. The sum and the maximum have one number for each query, "
        "the mixture d_v, and the scores of a tile have `tile` of them. Only keys and "
        "values themselves, which it is given, are as long as the text."
    ),
)
