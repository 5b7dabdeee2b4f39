"""Count the products of attention."""

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def attention_flops(t_q, t_k, d_k, d_v, num_heads):
    """FLOPs of the scores and of the mix, a multiply-add being two."""
    pairs = num_heads * t_q * t_k
    return 2 * pairs * d_k, 2 * pairs * d_v


def size_cases(seed):
    del seed  # sizes, not numbers: nothing here is random
    return [
        Case("5 queries, 7 keys, 3 heads", (5, 7, 11, 13, 3)),
        Case("7 queries, 5 keys, 2 heads", (7, 5, 13, 3, 2)),
        Case("one head", (3, 11, 5, 7, 1)),
        Case("one query, as in decode", (1, 53, 17, 19, 5)),
        Case("one key", (13, 1, 7, 2, 3)),
        Case("one number a key", (5, 3, 1, 11, 7)),
        Case("the first Transformer", (512, 512, 64, 64, 8)),
    ]


def flops_with(
    pairs=lambda q, k, h: h * q * k, scores=lambda d: 2 * d, mix=lambda d, d_k: 2 * d
):
    """Both counts with a part replaced."""

    def program(t_q, t_k, d_k, d_v, num_heads):
        number = pairs(t_q, t_k, num_heads)
        return number * scores(d_k), number * mix(d_v, d_k)

    return program


def entry_by_entry(t_q, t_k, d_k, d_v, num_heads):
    scores = mix = 0
    for _ in range(num_heads):
        for _ in range(t_q):
            scores += t_k * 2 * d_k
            mix += d_v * 2 * t_k
    return scores, mix


def by_the_rule(t_q, t_k, d_k, d_v, num_heads):
    product = lambda m, k, p: 2 * m * k * p  # noqa: E731
    scores, mix = product(t_q, d_k, t_k), product(t_q, t_k, d_v)
    return num_heads * scores, num_heads * mix


EXERCISE = Exercise(
    title="Count the products of attention",
    answer=attention_flops,
    returns={
        "scores": "how many FLOPs do the scores of all heads take?",
        "mix": "how many FLOPs does mixing the values take?",
    },
    cases=size_cases,
    mistakes={
        "af-multiply-adds": Mistake(
            flops_with(scores=lambda d: d, mix=lambda d, d_k: d),
            "Both of yours are half as large as they should be: these are "
            "multiply-adds, and each of them is two FLOPs.",
        ),
        "af-one-head": Mistake(
            flops_with(lambda q, k, h: q * k),
            "Yours does not depend on the number of heads. Here d_k and d_v are the "
            "widths of one head, and each head has a product of its own.",
        ),
        "af-heads-twice": Mistake(
            flops_with(lambda q, k, h: h * h * q * k),
            "The number of heads is in yours twice. Each head compares its own queries "
            "with its own keys, and with those of no other head.",
        ),
        "af-heads-share": Mistake(
            flops_with(lambda q, k, h: q * k, lambda d: 2 * d, lambda d, d_k: 2 * d_k),
            "Yours has one head, and the width of a key in both counts. There are "
            "several heads, and what is mixed has the width of a value.",
        ),
        "af-only-queries": Mistake(
            flops_with(lambda q, k, h: h * q * q),
            "Yours has as many keys as queries. There are t_k keys for each of t_q "
            "queries.",
        ),
        "af-only-keys": Mistake(
            flops_with(lambda q, k, h: h * k * k),
            "Yours has as many queries as keys. There are t_q queries, and each is "
            "compared with t_k keys.",
        ),
        "af-added": Mistake(
            flops_with(lambda q, k, h: h * (q + k)),
            "Queries and keys are added in yours. Each query is compared with each "
            "key, so there are t_q times t_k pairs.",
        ),
        "af-width-of-keys": Mistake(
            flops_with(mix=lambda d, d_k: 2 * d_k),
            "The scores are right. What is mixed are values, and they have the width "
            "d_v.",
        ),
        "af-width-of-values": Mistake(
            lambda q, k, d_k, d_v, h: (2 * h * q * k * d_v, 2 * h * q * k * d_v),
            "The mix is right. A score compares a query with a key, and both have the "
            "width d_k.",
        ),
        "af-exchanged": Mistake(
            lambda q, k, d_k, d_v, h: attention_flops(q, k, d_v, d_k, h),
            "The two counts have changed places: scores come from queries and keys, "
            "the mix from the values.",
        ),
        "af-softmax": Mistake(
            flops_with(scores=lambda d: 2 * d + 1),
            "Yours has one operation more for each score, as for the scaling or the "
            "exponential. By convention only products of matrices are counted.",
        ),
        "af-one-less": Mistake(
            flops_with(lambda q, k, h: h * q * k, lambda d: 2 * d - 1),
            "For the scores you count one addition less for each sum. A sum of d "
            "numbers does need only d - 1, but by convention each multiplication "
            "comes with an addition.",
        ),
        "af-no-pairs": Mistake(
            lambda q, k, d_k, d_v, h: (2 * h * q * d_k, 2 * h * q * d_v),
            "The keys are missing in yours: a query has a score for each of t_k keys, "
            "and mixes as many values.",
        ),
    },
    also_right={"entry by entry": entry_by_entry, "by the rule": by_the_rule},
    hints=(
        "A product of an (m, k) and a (k, p) matrix takes 2 m k p FLOPs. Which two "
        "products does one head have?",
        "The scores are (t_q, d_k) times (d_k, t_k), and the mix is (t_q, t_k) times "
        "(t_k, d_v). Then all heads.",
    ),
    question_after=(
        "One question about your function: the width of a layer is shared among its "
        "heads, d_k = d_model / h. What does the number of heads change?"
    ),
    answer_after=(
        "Nothing: h · d_k is d_model, however many heads there are. What does grow "
        "with the heads is the number of scores that have to be kept."
    ),
)
