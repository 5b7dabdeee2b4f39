"""Many heads of keys become few."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def pool_heads(w, num_heads, num_kv_heads):
    """(d_model, h · d) to (d_model, h_kv · d): each new head is the mean of a group."""
    d = w.shape[1] // num_heads
    groups = w.reshape(len(w), num_kv_heads, num_heads // num_kv_heads, d)
    return groups.mean(axis=2).reshape(len(w), -1)


def pool_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, d_model, num_heads, num_kv_heads, d):
        w = rng.normal(size=(d_model, num_heads * d))
        return Case(name, (w, num_heads, num_kv_heads))

    return [
        case("6 heads of 5 become 2", 11, 6, 2, 5),
        case("6 heads of 5 become 3", 11, 6, 3, 5),
        case("the same sizes, other numbers", 11, 6, 2, 5),
        case("8 heads of 3 become 2", 7, 8, 2, 3),
        case("12 heads of 2 become 6", 5, 12, 6, 2),
        case("all become one", 7, 6, 1, 5),
        case("every head stays", 7, 3, 3, 5),
        case("4 heads of 4 become 2, from 16 numbers", 16, 4, 2, 4),
        case("heads of one number", 3, 6, 2, 1),
        case("6 heads of 2 become 3, from 6 numbers", 6, 6, 3, 2),
        case("9 heads of 9 become 3", 81, 9, 3, 9),
        case("one number in", 1, 4, 2, 3),
    ]


def as_heads(w, num_heads):
    """(d_model, h, d)"""
    return w.reshape(len(w), num_heads, -1)


def pool_with(mean):
    """Another way from (d_model, h, d) to (d_model, h_kv, d)."""
    return lambda w, num_heads, num_kv_heads: mean(
        as_heads(w, num_heads), num_kv_heads
    ).reshape(len(w), -1)


def grouped(heads, count):
    """(d_model, h_kv, h / h_kv, d)"""
    return heads.reshape(len(heads), count, -1, heads.shape[-1])


def by_remainder(heads, count):
    """Head i goes to group i % count."""
    return heads.reshape(len(heads), -1, count, heads.shape[-1])


def group_size_for_number(heads, count):
    """As many in a group as there should be groups; what is over is left out."""
    h = heads.shape[1]
    size, number = count, max(h // count, 1)
    return grouped(heads[:, : size * number], number).mean(axis=2)


def interleaved(w, num_heads, num_kv_heads):
    """Heads that take every h-th column."""
    heads = w.reshape(len(w), -1, num_heads).swapaxes(1, 2)
    return grouped(heads, num_kv_heads).mean(axis=2).reshape(len(w), -1)


def interleaved_result(w, num_heads, num_kv_heads):
    pooled = grouped(as_heads(w, num_heads), num_kv_heads).mean(axis=2)
    return pooled.swapaxes(1, 2).reshape(len(w), -1)


def neighbouring_columns(w, num_heads, num_kv_heads):
    return w.reshape(len(w), -1, num_heads // num_kv_heads).mean(axis=-1)


def by_rows(w, num_heads, num_kv_heads):
    """Groups along the input's axis, where its size allows it."""
    rows = w.reshape(num_kv_heads, -1, len(w) // num_heads, w.shape[1])
    return rows.mean(axis=1).reshape(-1, w.shape[1])


def group_by_group(w, num_heads, num_kv_heads):
    d, size = w.shape[1] // num_heads, num_heads // num_kv_heads
    heads = [w[:, i * d : (i + 1) * d] for i in range(num_heads)]
    pooled = [sum(heads[g * size : (g + 1) * size]) / size for g in range(num_kv_heads)]
    return np.concatenate(pooled, axis=1)


def by_a_matrix(w, num_heads, num_kv_heads):
    """The mean is a product with a matrix of groups."""
    size = num_heads // num_kv_heads
    group = np.arange(num_heads) // size == np.arange(num_kv_heads)[:, None]
    return np.einsum("mhd,gh->mgd", as_heads(w, num_heads), group / size).reshape(
        len(w), -1
    )


EXERCISE = Exercise(
    title="Many heads of keys become few",
    answer=pool_heads,
    returns={"w": "of which heads is this column the mean?"},
    cases=pool_cases,
    mistakes={
        "ph-remainder": Mistake(
            pool_with(lambda heads, count: by_remainder(heads, count).mean(axis=1)),
            "Heads that stand far apart are joined in yours: head i goes to group "
            "i % h_kv. Neighbours share a head of keys, so head i goes to group "
            "i // (h / h_kv).",
        ),
        "ph-size": Mistake(
            pool_with(group_size_for_number),
            "As many heads are joined in yours as should be left over: the number of "
            "groups was taken for their size. h_kv groups have h / h_kv heads each.",
        ),
        "ph-sum": Mistake(
            pool_with(lambda heads, count: grouped(heads, count).sum(axis=2)),
            "The heads of a group are added up, so scores become larger with every "
            "head. Take their mean.",
        ),
        "ph-all": Mistake(
            pool_with(
                lambda heads, count: grouped(heads, count).sum(axis=2) / heads.shape[1]
            ),
            "The sum of a group is divided by the number of all heads. Divide by how "
            "many it has.",
        ),
        "ph-count": Mistake(
            pool_with(lambda heads, count: grouped(heads, count).sum(axis=2) / count),
            "The sum of a group is divided by the number of groups. Divide by how many "
            "heads it has.",
        ),
        "ph-root": Mistake(
            pool_with(
                lambda heads, count: (
                    grouped(heads, count).sum(axis=2) / np.sqrt(heads.shape[1] // count)
                )
            ),
            "The sum of a group is divided by the root of how many heads it has. The "
            "mean divides by the number itself.",
        ),
        "ph-first": Mistake(
            pool_with(lambda heads, count: grouped(heads, count)[:, :, 0]),
            "The first head of each group is kept in yours, and the others are lost. "
            "Their mean keeps something of each.",
        ),
        "ph-last": Mistake(
            pool_with(lambda heads, count: grouped(heads, count)[:, :, -1]),
            "The last head of each group is kept in yours, and the others are lost. "
            "Their mean keeps something of each.",
        ),
        "ph-cut": Mistake(
            pool_with(lambda heads, count: heads[:, :count]),
            "The first h_kv heads are kept in yours, and the others are lost. Each new "
            "head is the mean of a group.",
        ),
        "ph-largest": Mistake(
            pool_with(lambda heads, count: grouped(heads, count).max(axis=2)),
            "Each number is the largest of its group. Asked is the mean.",
        ),
        "ph-one": Mistake(
            pool_with(
                lambda heads, count: np.repeat(
                    heads.mean(axis=1, keepdims=True), count, axis=1
                )
            ),
            "Each new head is the mean of all heads. It is that of its own group.",
        ),
        "ph-everywhere": Mistake(
            pool_with(
                lambda heads, count: np.repeat(
                    grouped(heads, count).mean(axis=2), heads.shape[1] // count, axis=1
                )
            ),
            "The mean of each group stands there once for each of its heads, so the "
            "matrix is as wide as before and the cache as large. Once is enough.",
        ),
        "ph-columns": Mistake(
            neighbouring_columns,
            "Neighbouring columns of one head are joined in yours, so heads become "
            "narrower and stay as many. A head is a block of d columns: cut the blocks "
            "first, then join block with block.",
        ),
        "ph-interleaved": Mistake(
            interleaved,
            "Your heads take every h-th column of w. A head is a block of neighbouring "
            "columns: `w.reshape(d_model, num_heads, d)`.",
        ),
        "ph-interleaved-result": Mistake(
            interleaved_result,
            "Your new heads are shuffled like cards: number 0 of each, then number 1 "
            "of each. They stand one behind the other, each as a block.",
        ),
        "ph-rows": Mistake(
            by_rows,
            "Rows of w are joined in yours. They belong to the numbers of the input; "
            "heads are blocks of columns.",
        ),
        "ph-axes": Mistake(
            lambda w, num_heads, num_kv_heads: grouped(
                as_heads(w, num_heads), num_kv_heads
            ).mean(axis=2),
            "The heads still have an axis of their own in yours. Asked is a matrix, "
            "(d_model, h_kv · d): the last two axes become one.",
        ),
        "ph-nothing": Mistake(
            lambda w, num_heads, num_kv_heads: w.copy(),
            "All heads stay as they are in yours.",
        ),
    },
    also_right={
        "group by group": group_by_group,
        "by a matrix of groups": by_a_matrix,
    },
    hints=(
        "With 6 heads and 2 to be left, heads 0, 1, 2 become head 0. How wide is a "
        "head?",
        "One reshape shows all axes: (d_model, h_kv, h / h_kv, d). Which of them does "
        "the mean run along?",
    ),
    question_after=(
        "One question about your function: for which model does pooling change nothing "
        "that it computes?"
    ),
    answer_after=(
        "For one in which the heads of each group are equal, such as one that comes "
        "from repeating shared heads. Any other model gets worse and is trained on for "
        "a while: about 5 % of its training were enough in the paper that proposed "
        "this (Ainslie and others, 2023)."
    ),
)
