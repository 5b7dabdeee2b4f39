"""The matrix changes sides."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def absorbed_scores(q, q_rope, w_k, latent, k_rope):
    """Scores of the new row with all rows, (h, t), out of latent rows and no keys."""
    asked = np.einsum("hd,hrd->hr", q, w_k)  # each query, in the latent's numbers
    scores = asked @ latent.T + q_rope @ k_rope.T
    return scores / np.sqrt(q.shape[-1] + q_rope.shape[-1])


def latent_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, h, t, d, d_rope, r, loud=1.0):
        shapes = (h, d), (h, d_rope), (h, r, d), (t, r), (t, d_rope)
        q, *rest = (rng.normal(size=shape) for shape in shapes)
        return Case(name, (loud * q, *rest))

    return [
        case("3 heads, 5 rows, latent rows of 11 numbers", 3, 5, 7, 2, 11),
        case("the same sizes, other numbers", 3, 5, 7, 2, 11, loud=3.0),
        case("a latent row narrower than a head", 5, 7, 13, 4, 3),
        case("a rotated part wider than the rest", 2, 3, 3, 8, 5),
        case("every size 4", 4, 4, 4, 4, 4),
        case("latent rows and heads of one width", 3, 7, 5, 2, 5),
        case("one head", 1, 5, 7, 2, 3),
        case("one row", 3, 1, 7, 2, 11),
        case("11 heads, 13 rows, all widths above 8", 11, 13, 10, 12, 17),
    ]


def scores_with(
    scale=lambda d, d_rope, r, h: np.sqrt(d + d_rope),
    asked=lambda q, w_k: np.einsum("hd,hrd->hr", q, w_k),
    content=lambda asked, latent: asked @ latent.T,
    place=lambda q_rope, k_rope: q_rope @ k_rope.T,
):
    """The scores with one of their parts replaced."""

    def program(q, q_rope, w_k, latent, k_rope):
        h, r, d = w_k.shape
        total = content(asked(q, w_k), latent) + place(q_rope, k_rope)
        return total / scale(d, q_rope.shape[-1], r, h)

    return program


def after(change):
    """The right scores, changed."""
    return lambda *args: change(absorbed_scores(*args))


def each_scaled(q, q_rope, w_k, latent, k_rope):
    asked = np.einsum("hd,hrd->hr", q, w_k)
    content = asked @ latent.T / np.sqrt(q.shape[-1])
    return content + q_rope @ k_rope.T / np.sqrt(q_rope.shape[-1])


def content_alone_scaled(q, q_rope, w_k, latent, k_rope):
    asked = np.einsum("hd,hrd->hr", q, w_k)
    content = asked @ latent.T / np.sqrt(q.shape[-1] + q_rope.shape[-1])
    return content + q_rope @ k_rope.T


def with_keys(q, q_rope, w_k, latent, k_rope):
    """The plain way: a key for each head and row, and the rotated part behind it."""
    keys = np.einsum("tr,hrd->htd", latent, w_k)
    shared = np.broadcast_to(k_rope, (len(q), *k_rope.shape))
    keys = np.concatenate([keys, shared], axis=-1)
    queries = np.concatenate([q, q_rope], axis=-1)
    return (keys @ queries[..., None])[..., 0] / np.sqrt(keys.shape[-1])


def head_by_head(q, q_rope, w_k, latent, k_rope):
    width = (q.shape[1] + q_rope.shape[1]) ** 0.5
    found = np.empty((len(q), len(latent)))
    for head, (query, turned, matrix) in enumerate(zip(q, q_rope, w_k, strict=True)):
        found[head] = latent @ (matrix @ query) + k_rope @ turned
    return found / width


EXERCISE = Exercise(
    title="The matrix changes sides",
    answer=absorbed_scores,
    returns={"scores": "how well does the query of head {0} fit row {1}?"},
    cases=latent_cases,
    mistakes={
        "as-latent-scale": Mistake(
            scores_with(lambda d, d_rope, r, h: np.sqrt(r + d_rope)),
            "Your scores are divided by the root of r + d_rope, the width of what is "
            "multiplied now. It is still the score of a query and a key of d + d_rope "
            "numbers, and theirs is the root.",
        ),
        "as-latent-scale-alone": Mistake(
            scores_with(lambda d, d_rope, r, h: np.sqrt(r)),
            "Your scores are divided by the root of the latent row's width. It is "
            "still the score of a query and a key of d + d_rope numbers, and theirs is "
            "the root.",
        ),
        "as-scale-d": Mistake(
            scores_with(lambda d, d_rope, r, h: np.sqrt(d)),
            "Your scores are divided by the root of d alone. The rotated part belongs "
            "to the same query and key: they have d + d_rope numbers.",
        ),
        "as-scale-rope": Mistake(
            scores_with(lambda d, d_rope, r, h: np.sqrt(d_rope)),
            "Your scores are divided by the root of d_rope alone. Query and key have "
            "d + d_rope numbers.",
        ),
        "as-scale-heads": Mistake(
            scores_with(lambda d, d_rope, r, h: np.sqrt(h * (d + d_rope))),
            "Your scores are divided by the root of the width of all heads. A score is "
            "that of one head: d + d_rope numbers.",
        ),
        "as-scale-square": Mistake(
            scores_with(lambda d, d_rope, r, h: d + d_rope),
            "Your scores are divided by d + d_rope itself, as when they are scaled "
            "twice, once with the query and once more. The root is enough.",
        ),
        "as-noscale": Mistake(
            scores_with(lambda d, d_rope, r, h: 1.0),
            "Your scores are not scaled. Divide them by the root of d + d_rope.",
        ),
        "as-each-scaled": Mistake(
            each_scaled,
            "Each part of yours has a scale of its own, so the narrower one counts "
            "more than it should. Add first, then divide by the root of d + d_rope.",
        ),
        "as-content-scaled": Mistake(
            content_alone_scaled,
            "The rotated part is not scaled in yours. Add first, then divide.",
        ),
        "as-norope": Mistake(
            scores_with(place=lambda q_rope, k_rope: 0.0),
            "The rotated part is missing, so no score of yours knows of places.",
        ),
        "as-rope-alone": Mistake(
            scores_with(content=lambda asked, latent: 0.0),
            "The latent rows have no effect in yours: the scores know of places and "
            "nothing else.",
        ),
        "as-rope-heads": Mistake(
            scores_with(place=lambda q_rope, k_rope: q_rope.sum(axis=0) @ k_rope.T),
            "The rotated parts of all heads are added up in yours. The rotated key is "
            "shared, and each head asks it with a query of its own.",
        ),
        "as-rope-first": Mistake(
            scores_with(place=lambda q_rope, k_rope: q_rope[:1] @ k_rope.T),
            "All heads ask the rotated key with the query of head 0 in yours. The key "
            "is shared; each head has its own query.",
        ),
        "as-first-matrix": Mistake(
            scores_with(asked=lambda q, w_k: q @ w_k[0].T),
            "All heads go through the matrix of head 0 in yours. Each has its own.",
        ),
        "as-mean-matrix": Mistake(
            scores_with(asked=lambda q, w_k: q @ w_k.mean(axis=0).T),
            "All heads go through the mean of the matrices in yours. Each has its own.",
        ),
        "as-turned": Mistake(
            scores_with(asked=lambda q, w_k: np.einsum("hd,hdr->hr", q, w_k)),
            "Your matrices act the wrong way round, which fits only where r is d. "
            "`w_k[head]` is (r, d) and makes a key of a latent row: `latent @ w_k`. "
            "The query goes through it backwards: `w_k @ q`.",
        ),
        "as-one-query": Mistake(
            scores_with(asked=lambda q, w_k: np.einsum("hd,grd->gr", q, w_k)),
            "The queries of all heads are added up before they meet the latent rows. "
            "Head h has its own query and its own matrix.",
        ),
        "as-no-matrix": Mistake(
            scores_with(asked=lambda q, w_k: q),
            "Your queries meet the latent rows as they are, which fits only where r is "
            "d. Each goes through its head's matrix first.",
        ),
        "as-weights": Mistake(
            after(soft),
            "Those are weights. The scores are asked for, before the softmax.",
        ),
        "as-columns": Mistake(
            after(lambda scores: scores.T),
            "Heads and rows have changed axes: (h, t) is asked for.",
        ),
        "as-sum": Mistake(
            after(lambda scores: scores.sum(axis=0)),
            "The scores of all heads are added up. Each head has its own, (h, t).",
        ),
    },
    also_right={
        "with a key for each head and row": with_keys,
        "head by head": head_by_head,
        "in one sum": scores_with(),
    },
    hints=(
        "The key of head h for a row is `latent @ w_k[h]`. Its product with the query "
        "is `latent @ (w_k[h] @ q[h])`: the brackets may be moved.",
        '`np.einsum("hd,hrd->hr", q, w_k)` takes each query through the matrix of '
        "its head, once for all rows.",
        "Add the products with the rotated keys. The root is that of the width a plain "
        "key would have, both parts together.",
    ),
    question_after=(
        "One question about your function: why is the rotated part not taken through "
        "the same matrix?"
    ),
    answer_after=(
        "A rotation that depends on the row would stand between `w_k` and the latent "
        "row, and another one for each row: the brackets could not be moved. So the "
        "places have a small key of their own, and the matrix stays free of them."
    ),
)
