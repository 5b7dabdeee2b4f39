"""What a token weighs."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def cache_bytes(num_layers, num_heads, num_kv_heads, head_dim, latent, rope_dim):
    """Bytes that one token adds to the caches of MHA, GQA and MLA, at two a number."""
    mha = 2 * num_heads * head_dim  # a key and a value for each head
    gqa = 2 * num_kv_heads * head_dim
    mla = latent + rope_dim  # one row for all heads
    return tuple(2 * num_layers * numbers for numbers in (mha, gqa, mla))


def byte_cases(seed):
    del seed  # sizes, not numbers: nothing here is random
    return [
        Case("3 layers, 10 heads of 7, 5 for keys", (3, 10, 5, 7, 13, 11)),
        Case("5 layers, 12 heads of 11, 2 for keys", (5, 12, 2, 11, 17, 3)),
        Case("one head of keys for all", (7, 6, 1, 5, 19, 2)),
        Case("a head of keys for each", (2, 9, 9, 13, 23, 5)),
        Case("one layer", (1, 15, 3, 17, 29, 7)),
        Case("the sizes of SmolLM-135M, and a latent row", (30, 9, 3, 64, 128, 32)),
        Case("the sizes of DeepSeek-V2, and shared heads", (60, 128, 8, 128, 512, 64)),
    ]


def bytes_with(
    mha=lambda h, g, d: 2 * h * d,
    gqa=lambda h, g, d: 2 * g * d,
    mla=lambda latent, rope, h: latent + rope,
    each=lambda layers: 2 * layers,
):
    """The three counts with a part replaced."""

    def program(num_layers, num_heads, num_kv_heads, head_dim, latent, rope_dim):
        per_layer = (
            mha(num_heads, num_kv_heads, head_dim),
            gqa(num_heads, num_kv_heads, head_dim),
            mla(latent, rope_dim, num_heads),
        )
        return tuple(each(num_layers) * numbers for numbers in per_layer)

    return program


def with_queries(num_layers, num_heads, num_kv_heads, head_dim, latent, rope_dim):
    mha, gqa, mla = cache_bytes(
        num_layers, num_heads, num_kv_heads, head_dim, latent, rope_dim
    )
    queries = 2 * num_layers * num_heads * head_dim
    return mha + queries, gqa + queries, mla


def added_up(num_layers, num_heads, num_kv_heads, head_dim, latent, rope_dim):
    mha = gqa = mla = 0
    for _ in range(num_layers):
        mha += sum(2 * 2 * head_dim for _ in range(num_heads))
        gqa += sum(2 * 2 * head_dim for _ in range(num_kv_heads))
        mla += 2 * latent + 2 * rope_dim
    return mha, gqa, mla


def of_arrays(num_layers, num_heads, num_kv_heads, head_dim, latent, rope_dim):
    """Measured on arrays of the caches' shapes."""
    shapes = (
        (num_layers, 2, num_heads, 1, head_dim),
        (num_layers, 2, num_kv_heads, 1, head_dim),
        (num_layers, 1, latent + rope_dim),
    )
    return tuple(np.zeros(shape, np.float16).nbytes for shape in shapes)


EXERCISE = Exercise(
    title="What a token weighs",
    answer=cache_bytes,
    returns={
        "mha": "how many bytes does a token add where each head has its own keys?",
        "gqa": "how many bytes does a token add where groups of heads share keys?",
        "mla": "how many bytes does a token add where all heads read one latent row?",
    },
    cases=byte_cases,
    mistakes={
        "cb-novalues": Mistake(
            bytes_with(lambda h, g, d: h * d, lambda h, g, d: g * d),
            "Your first two counts are half as large as they should be: keys and "
            "values are kept, so a head keeps two rows for each token.",
        ),
        "cb-three": Mistake(
            bytes_with(lambda h, g, d: 3 * h * d, lambda h, g, d: 3 * g * d),
            "Your first two counts are half as large again as they should be, as when "
            "queries are kept, too. Nobody asks with an old query again.",
        ),
        "cb-queries": Mistake(
            with_queries,
            "You count the queries, and those of all heads. Nobody asks with an old "
            "query again: keys and values alone are kept.",
        ),
        "cb-onelayer": Mistake(
            bytes_with(each=lambda layers: 2),
            "You count one layer. Each has a cache of its own.",
        ),
        "cb-numbers": Mistake(
            bytes_with(each=lambda layers: layers),
            "All your counts are half as large as they should be: these are numbers, "
            "and each takes two bytes.",
        ),
        "cb-single": Mistake(
            bytes_with(each=lambda layers: 4 * layers),
            "All your counts are twice as large as they should be, as with four bytes "
            "a number. In half precision a number takes two.",
        ),
        "cb-bits": Mistake(
            bytes_with(each=lambda layers: 16 * layers),
            "All your counts are eight times as large as they should be: those are "
            "bits.",
        ),
        "cb-query-heads": Mistake(
            bytes_with(gqa=lambda h, g, d: 2 * h * d),
            "Sharing saves nothing in yours: the second count has the query heads. "
            "Heads of keys are kept; they are repeated, if at all, only to attend.",
        ),
        "cb-group-size": Mistake(
            bytes_with(gqa=lambda h, g, d: 2 * (h // g) * d),
            "Your second count has the size of a group, h / h_kv: how many query heads "
            "share one head of keys. Kept are as many heads as there are groups, h_kv.",
        ),
        "cb-one-head": Mistake(
            bytes_with(gqa=lambda h, g, d: 2 * d),
            "Your second count has one head for all, as in multi-query attention. "
            "There are h_kv of them.",
        ),
        "cb-heads-exchanged": Mistake(
            bytes_with(lambda h, g, d: 2 * g * d, lambda h, g, d: 2 * h * d),
            "The first two counts have changed places: with a head of keys for each "
            "query head more is kept.",
        ),
        "cb-latent-heads": Mistake(
            bytes_with(mla=lambda latent, rope, h: h * (latent + rope)),
            "Your third count grows with the heads. They all read one latent row, and "
            "one key for the places: each makes its own keys and values of them when "
            "it attends.",
        ),
        "cb-rope-heads": Mistake(
            bytes_with(mla=lambda latent, rope, h: latent + h * rope),
            "The rotated part of your third count grows with the heads. One rotated "
            "key serves them all.",
        ),
        "cb-latent-twice": Mistake(
            bytes_with(mla=lambda latent, rope, h: 2 * (latent + rope)),
            "Your third count is twice as large as it should be. Keys and values are "
            "both made of the one latent row: no second one is kept.",
        ),
        "cb-latent-twice-alone": Mistake(
            bytes_with(mla=lambda latent, rope, h: 2 * latent + rope),
            "The latent row is counted twice in yours, as if keys and values had one "
            "each. Both are made of the same.",
        ),
        "cb-rope-twice": Mistake(
            bytes_with(mla=lambda latent, rope, h: latent + 2 * rope),
            "The rotated part is counted twice in yours. It belongs to the keys alone: "
            "values have no place.",
        ),
        "cb-norope": Mistake(
            bytes_with(mla=lambda latent, rope, h: latent),
            "The rotated key is missing in your third count. The latent row knows "
            "nothing of its place; the key that does is kept beside it.",
        ),
        "cb-width-without-heads": Mistake(
            bytes_with(lambda h, g, d: 2 * d),
            "Your first count has one head. Each of them keeps a key and a value.",
        ),
        "cb-square": Mistake(
            bytes_with(lambda h, g, d: 2 * h * d * h * d),
            "Your first count has the square of the width, which is the size of a "
            "matrix of weights. A token adds one row to each cache.",
        ),
    },
    also_right={
        "added up": added_up,
        "measured on arrays": of_arrays,
        "in one sum": bytes_with(),
    },
    hints=(
        "What does one layer keep of one token? With heads: a key and a value for each "
        "head of keys. With a latent row: that row and one rotated key.",
        "Then times the layers, and times two bytes.",
    ),
    question_after=(
        "One question about your function: DeepSeek-V2 has 128 heads of 128 numbers, "
        "60 layers, a latent row of 512 and a rotated key of 64. To how many heads of "
        "keys is its cache equal?"
    ),
    answer_after=(
        "To 2.25: a head of keys keeps 2 · 128 numbers, and the latent row with its "
        "rotated key has 576. A token takes 69,120 bytes, and with 128 heads of keys "
        "of its own it would take 3.9 million."
    ),
)
