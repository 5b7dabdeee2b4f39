"""How many numbers go between slow and fast memory."""

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def numbers_moved(t_q, t_k, d, tile_q):
    """Numbers read and written by attention in tiles, all widths being ``d``."""
    tiles_of_queries = -(-t_q // tile_q)  # rounded up
    queries_and_outputs = 2 * t_q * d
    keys_and_values = tiles_of_queries * 2 * t_k * d
    return queries_and_outputs + keys_and_values


def size_cases(seed):
    sizes = {
        "12 queries and keys, width 5, 4 queries a tile": (12, 12, 5, 4),
        "13 queries, 11 keys, 4 queries a tile": (13, 11, 5, 4),
        "7 queries, 29 keys, 3 queries a tile": (7, 29, 2, 3),
        "one query": (1, 17, 3, 8),
        "one key": (17, 1, 3, 8),
        "all queries in one tile": (16, 23, 4, 16),
        "one query a tile": (6, 10, 4, 1),
        "a real layer": (4096, 4096, 64, 128),
    }
    return [Case(name, args) for name, args in sizes.items()]


def with_parts(
    tiles=lambda t_q, tile_q: -(-t_q // tile_q),
    outer=lambda t_q, d: 2 * t_q * d,
    inner=lambda t_k, d: 2 * t_k * d,
):
    """The count with one of its parts replaced."""
    return lambda t_q, t_k, d, tile_q: (
        outer(t_q, d) + tiles(t_q, tile_q) * inner(t_k, d)
    )


def by_a_loop(t_q, t_k, d, tile_q):
    moved = 0
    for start in range(0, t_q, tile_q):
        rows = min(tile_q, t_q - start)
        moved += rows * d + t_k * d + t_k * d + rows * d
    return moved


def in_one_line(t_q, t_k, d, tile_q):
    return 2 * d * (t_q + (t_q + tile_q - 1) // tile_q * t_k)


EXERCISE = Exercise(
    title="What is moved",
    answer=numbers_moved,
    returns={"moved": "how many numbers are read and written?"},
    cases=size_cases,
    mistakes={
        "nm-once": Mistake(
            with_parts(tiles=lambda t_q, tile_q: 1),
            "Keys and values are read only once in yours. Each tile of queries needs "
            "all of them, and fast memory has long forgotten the first ones.",
        ),
        "nm-per-query": Mistake(
            with_parts(tiles=lambda t_q, tile_q: t_q),
            "Keys and values are read for each query in yours. The queries of a tile "
            "share them: that is what a tile of queries is for.",
        ),
        "nm-floor": Mistake(
            with_parts(tiles=lambda t_q, tile_q: t_q // tile_q),
            "The last tile of queries, which is shorter, reads nothing in yours: the "
            "number of tiles is rounded down. Round it up.",
        ),
        "nm-one-more": Mistake(
            with_parts(tiles=lambda t_q, tile_q: t_q // tile_q + 1),
            "Right where the last tile is short. Where the tile divides the number of "
            "queries, yours counts one tile too many.",
        ),
        "nm-fraction": Mistake(
            with_parts(tiles=lambda t_q, tile_q: t_q / tile_q),
            "Your last tile reads a part of the keys, the part that it is of a full "
            "tile. However few its queries are, it needs all keys.",
        ),
        "nm-no-values": Mistake(
            with_parts(inner=lambda t_k, d: t_k * d),
            "Yours reads keys or values for each tile of queries, not both.",
        ),
        "nm-no-output": Mistake(
            with_parts(outer=lambda t_q, d: t_q * d),
            "Yours reads the queries and never writes the outputs, or the other way "
            "round. Both are t_q × d numbers.",
        ),
        "nm-no-queries": Mistake(
            with_parts(outer=lambda t_q, d: 0),
            "Only keys and values are counted in yours. Queries are read, and outputs "
            "written, once each.",
        ),
        "nm-queries-again": Mistake(
            lambda t_q, t_k, d, tile_q: -(-t_q // tile_q) * (2 * t_q * d + 2 * t_k * d),
            "Yours moves all queries and outputs for each tile. A tile of queries is "
            "read once, stays until its last key has come, and is then written once.",
        ),
        "nm-table": Mistake(
            lambda t_q, t_k, d, tile_q: numbers_moved(t_q, t_k, d, tile_q) + t_q * t_k,
            "The scores are counted in yours. They are made and used up in fast "
            "memory, and never go to slow memory.",
        ),
        "nm-widths": Mistake(
            with_parts(outer=lambda t_q, d: 2 * t_q, inner=lambda t_k, d: 2 * t_k),
            "Yours counts rows. Each row has d numbers.",
        ),
        "nm-bytes": Mistake(
            lambda t_q, t_k, d, tile_q: 4 * numbers_moved(t_q, t_k, d, tile_q),
            "Yours is four times too large, as if bytes of float32 had been counted. "
            "Asked are numbers.",
        ),
    },
    also_right={"by a loop": by_a_loop, "in one line": in_one_line},
    hints=(
        "Follow one tile of queries: what is read when it begins, what while it works, "
        "and what is written at the end?",
        "Each tile of queries reads all keys and all values. How many tiles are there, "
        "if the last one may be shorter?",
    ),
    question_after=(
        "One question about your function: the tile of queries is made twice as "
        "large. What happens to the numbers moved, for a long text?"
    ),
    answer_after=(
        "They fall to about half: keys and values are read half as often, and they are "
        "nearly all that is moved. What limits the tile is the size of fast memory."
    ),
)
