"""What heads cost."""

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def head_costs(t, d_model, num_heads, num_kv_heads):
    """Parameters without biases, and multiply-adds, of one layer's forward pass."""
    d = d_model // num_heads
    d_kv = num_kv_heads * d
    parameters = 2 * d_model * d_model + 2 * d_model * d_kv  # q and out, k and v
    projections = t * parameters
    meetings = 2 * num_heads * t * t * d  # scores, and weights times values
    return parameters, projections + meetings


def cost_cases(seed):
    return [
        Case("11 tokens, width 21, 3 heads", (11, 21, 3, 3)),
        Case("11 tokens, width 30, 10 heads, 5 for keys", (11, 30, 10, 5)),
        Case("7 tokens, width 30, 6 heads, 1 for keys", (7, 30, 6, 1)),
        Case("one head", (5, 7, 1, 1)),
        Case("one token", (1, 21, 3, 3)),
    ]


def counted(t, d_model, *, d_kv, keys, tokens, width, wide=2, narrow=2, products=2):
    """Both numbers from what is counted, and how often."""
    parameters = wide * d_model**2 + narrow * d_model * d_kv
    return parameters, tokens * parameters + products * t * keys * width


def counted_with(change):
    """The right count but for what ``change`` says of these sizes."""

    def program(t, d_model, num_heads, num_kv_heads):
        d = d_model // num_heads
        counts = {"d_kv": num_kv_heads * d, "keys": t, "tokens": t, "width": d_model}
        changed = change(t, d_model, num_heads, num_kv_heads)
        return counted(t, d_model, **{**counts, **changed})

    return program


EXERCISE = Exercise(
    title="What heads cost",
    answer=head_costs,
    returns={
        "parameters": "how many numbers do the four matrices hold?",
        "multiply-adds": "how many products are added up in one forward pass?",
    },
    cases=cost_cases,
    mistakes={
        "hc-noout": Mistake(
            counted_with(lambda t, d, h, g: {"wide": 1}),
            "The output matrix is missing: there are four matrices, and two of them "
            "are d_model × d_model.",
        ),
        "hc-kv-full": Mistake(
            counted_with(lambda t, d, h, g: {"d_kv": d}),
            "Your key and value matrices are as wide as the query's. With fewer key "
            "heads they have num_kv_heads × d columns.",
        ),
        "hc-times-heads": Mistake(
            counted_with(lambda t, d, h, g: {"wide": 2 * h, "narrow": 2 * h}),
            "You count full matrices for every head. Each head's are narrower by the "
            "number of heads, so together they are as large as one head's would be.",
        ),
        "hc-biases": Mistake(
            lambda t, d_model, num_heads, num_kv_heads: (
                head_costs(t, d_model, num_heads, num_kv_heads)[0]
                + 2 * d_model
                + 2 * num_kv_heads * (d_model // num_heads),
                head_costs(t, d_model, num_heads, num_kv_heads)[1],
            ),
            "You count the biases, one for each column. Here the four matrices have "
            "none.",
        ),
        "hc-biases-in-both": Mistake(
            lambda t, d_model, num_heads, num_kv_heads: tuple(
                number + times * 2 * (d_model + num_kv_heads * (d_model // num_heads))
                for number, times in zip(
                    head_costs(t, d_model, num_heads, num_kv_heads), (1, t), strict=True
                )
            ),
            "You count the biases, in both numbers. Here the four matrices have none.",
        ),
        "hc-novalue": Mistake(
            counted_with(lambda t, d, h, g: {"narrow": 1}),
            "One of the two narrow matrices is missing: keys and values have one each.",
        ),
        "hc-noout-work": Mistake(
            lambda t, d_model, num_heads, num_kv_heads: (
                head_costs(t, d_model, num_heads, num_kv_heads)[0],
                head_costs(t, d_model, num_heads, num_kv_heads)[1] - t * d_model**2,
            ),
            "The parameters are right. In the multiply-adds the output matrix is "
            "missing: it, too, is applied to every token.",
        ),
        "hc-exchanged": Mistake(
            lambda t, d_model, num_heads, num_kv_heads: head_costs(
                t, d_model, num_heads, num_kv_heads
            )[::-1],
            "The two numbers are right, and stand the other way round: the parameters "
            "come first.",
        ),
        "hc-meetings-model": Mistake(
            counted_with(lambda t, d, h, g: {"width": h * d}),
            "In your scores each head works at the full width d_model. A head's dot "
            "products run over d_model / h numbers: all heads together cost as much as "
            "one wide one.",
        ),
        "hc-meetings-one": Mistake(
            counted_with(lambda t, d, h, g: {"width": d // h}),
            "You count the scores and mixtures of one head only.",
        ),
        "hc-scores-only": Mistake(
            counted_with(lambda t, d, h, g: {"products": 1}),
            "Tokens meet twice: in the scores, and when the weights mix the values. "
            "Both cost t² × width.",
        ),
        "hc-nomeetings": Mistake(
            counted_with(lambda t, d, h, g: {"products": 0}),
            "You count the projections alone. The scores, and the mixtures of the "
            "values, are products too: t² × width each.",
        ),
        "hc-nowidth": Mistake(
            counted_with(lambda t, d, h, g: {"width": h}),
            "You count the entries of the tables of weights. A score is a sum of "
            "d_model / h products, so each entry costs that many; likewise the "
            "mixtures.",
        ),
        "hc-softmax": Mistake(
            lambda t, d_model, num_heads, num_kv_heads: (
                head_costs(t, d_model, num_heads, num_kv_heads)[0],
                head_costs(t, d_model, num_heads, num_kv_heads)[1] + num_heads * t * t,
            ),
            "You count one more for each score, perhaps for the scaling or the "
            "softmax. Here the matrix products alone are counted.",
        ),
        "hc-causal": Mistake(
            counted_with(lambda t, d, h, g: {"keys": (t + 1) / 2}),
            "You count each pair of tokens once, as under a causal mask. There is no "
            "mask: every token meets every token, t² times.",
        ),
        "hc-linear": Mistake(
            counted_with(lambda t, d, h, g: {"keys": 1}),
            "Every token meets every token: the scores cost t², not t.",
        ),
        "hc-once": Mistake(
            counted_with(lambda t, d, h, g: {"tokens": 1}),
            "The projections are done for every token: parameters × t.",
        ),
        "hc-noprojections": Mistake(
            counted_with(lambda t, d, h, g: {"tokens": 0}),
            "The projections cost, too: parameters × t. For short texts they are most "
            "of the work.",
        ),
        "hc-kv-meetings": Mistake(
            counted_with(lambda t, d, h, g: {"width": g * d // h}),
            "Shared keys save no meetings: every query head still scores every key. "
            "They save parameters, and memory between tokens.",
        ),
        "hc-flops": Mistake(
            lambda t, d_model, num_heads, num_kv_heads: (
                head_costs(t, d_model, num_heads, num_kv_heads)[0],
                2 * head_costs(t, d_model, num_heads, num_kv_heads)[1],
            ),
            "Those are FLOPs: a multiply-add counts as two. Here it counts as one.",
        ),
    },
    also_right={
        "matrix by matrix": lambda t, d_model, num_heads, num_kv_heads: (
            (q := d_model * d_model)
            + (kv := 2 * d_model * (d_model // num_heads) * num_kv_heads)
            + q,
            t * (2 * q + kv) + t * t * d_model + t * t * d_model,
        ),
        "from the shapes": lambda t, d_model, num_heads, num_kv_heads: (
            sum(
                d_model * (n * d_model // num_heads)
                for n in (num_heads, num_kv_heads, num_kv_heads, num_heads)
            ),
            sum(
                t * d_model * (n * d_model // num_heads)
                for n in (num_heads, num_kv_heads, num_kv_heads, num_heads)
            )
            + num_heads * (2 * t * t * (d_model // num_heads)),
        ),
    },
    hints=(
        "A product of (t, a) and (a, b) matrices costs t × a × b multiply-adds.",
        "Four projections, the scores, and the mixture of the values. Which of them "
        "know about num_kv_heads?",
    ),
    question_after=(
        "One question about your function: at which t do scores and mixtures cost as "
        "much as the projections, with as many key heads as query heads?"
    ),
    answer_after=(
        "At t = 2 d_model: 2 t² d_model = 4 t d_model². The number of heads is in "
        "neither."
    ),
)
