"""A softmax that may give less than 1."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def softmax_with_sink(scores, sink, mask):
    """Weights of the keys beside a sink, whose logit each head has learnt."""
    sink = sink[:, None, None]
    scores = np.where(mask, scores, -np.inf)
    top = np.maximum(scores.max(axis=-1, keepdims=True), sink)
    shares = np.exp(scores - top)
    return shares / (shares.sum(axis=-1, keepdims=True) + np.exp(sink - top))


def sink_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, h, t_q, t_k, at=0.0, spread=1.0, mask=None, sink=None):
        scores = at + spread * rng.normal(size=(h, t_q, t_k))
        if sink is None:
            sink = np.ravel(at)[-1] + rng.normal(size=h)
        if mask is None:
            mask = rng.random((t_q, t_k)) < 0.7
            mask[:, 0] |= ~mask.any(-1)
        return Case(name, (scores, np.array(sink, dtype=float), np.array(mask)))

    dead = rng.random((3, 5)) < 0.6
    dead[1] = False
    loud_where_hidden = np.where(np.arange(7) % 3 == 1, 3000.0, 0.0)
    seen = np.tile(np.arange(7) % 3 != 1, (3, 1))
    high_and_low = np.array([[3000.0], [0.0], [-3000.0]])
    return [
        case("2 heads, 3 queries, 5 keys", 2, 3, 5),
        case("the same sizes, nothing hidden", 2, 3, 5, mask=np.ones((3, 5), bool)),
        case("heads, queries and keys all 5", 5, 5, 5),
        case("3 heads under a causal mask", 3, 7, 7, mask=np.tri(7, dtype=bool)),
        case("13 heads, 11 queries, 17 keys", 13, 11, 17),
        case("a query that sees no key", 2, 3, 5, mask=dead),
        case("scores and sinks around 3000", 2, 3, 5, at=3000.0),
        case("scores and sinks around -3000", 2, 3, 5, at=-3000.0),
        case("scores and sinks around -30000", 2, 3, 5, at=-30000.0),
        case("rows at 3000, at 0 and at -3000", 2, 3, 5, at=high_and_low),
        case("a sink far above the scores", 2, 3, 5, sink=[40.0, 1200.0]),
        case("a sink far below the scores", 2, 3, 5, sink=[-40.0, -1200.0]),
        case("a sink at 0", 2, 3, 5, sink=[0.0, 0.0]),
        case("hidden scores far above", 2, 3, 7, at=loud_where_hidden, mask=seen),
        case("scores far apart", 2, 3, 5, spread=3000.0, sink=[0.0, 500.0]),
        case("one key", 3, 2, 1, mask=np.ones((2, 1), bool)),
    ]


def hidden(scores, mask, fill=-np.inf):
    return np.where(mask, scores, fill)


def beside_the_sink(
    *,
    column=lambda sink: sink[:, None, None],
    top=lambda scores, sink: np.maximum(scores.max(-1, keepdims=True), sink),
    term=lambda sink, top: np.exp(sink - top),
    fill=-np.inf,
):
    """The right program with one of its parts replaced."""

    def program(scores, sink, mask):
        scores, sink = hidden(scores, mask, fill), column(sink)
        peak = top(scores, sink)
        shares = np.exp(scores - peak)
        return shares / (shares.sum(-1, keepdims=True) + term(sink, peak))

    return program


def peak_of_scores(scores, sink):
    return scores.max(-1, keepdims=True)


def finite_peak_of_scores(scores, sink):
    """The largest score of each row, or 0 where there is none."""
    peak = scores.max(-1, keepdims=True)
    return np.where(np.isfinite(peak), peak, 0.0)


def with_a_key(scores, sink, mask, seen=True):
    """Softmax over the keys and one more, whose score is the sink's."""
    column = np.broadcast_to(sink[:, None, None], (*scores.shape[:-1], 1))
    shown = np.broadcast_to(mask, scores.shape)
    shown = np.concatenate([shown, np.full(column.shape, seen)], axis=-1)
    return soft(hidden(np.concatenate([scores, column], axis=-1), shown))


def share_of_the_keys(scores, sink, mask):
    """The sigmoid of logsumexp(scores) - sink: what is left for the keys."""
    scores = hidden(scores, mask)
    peak = finite_peak_of_scores(scores, sink)
    total = peak + np.log(np.exp(scores - peak).sum(-1, keepdims=True))
    return (1 + np.tanh((total - sink[:, None, None]) / 2)) / 2


def plain(scores, mask):
    """The softmax without a sink; 0 where a query sees no key."""
    return np.where(mask, soft(hidden(scores, mask)), 0.0)


def plain_times_a_gate(scores, sink, mask):
    return plain(scores, mask) * share_of_the_keys(scores, sink, mask)


def less_the_sink(scores, sink, mask):
    """The sink's logit is taken from the scores, so that its own term is exp(0)."""
    scores = hidden(scores - sink[:, None, None], mask)
    top = np.maximum(scores.max(-1, keepdims=True), 0.0)
    shares = np.exp(scores - top)
    return shares / (np.exp(-top) + shares.sum(-1, keepdims=True))


def query_by_query(scores, sink, mask):
    weights = np.zeros(scores.shape)
    for h, i in np.ndindex(scores.shape[:2]):
        logits = np.array([sink[h], *scores[h, i, mask[i]]])
        shares = np.exp(logits - max(logits))
        weights[h, i, mask[i]] = shares[1:] / sum(shares)
    return weights


PLAIN = (
    "The sink has no effect in yours: each row of weights sums to 1. So it is when the "
    "logit is added to every score, or when the weights are divided by their sum "
    "afterwards. The sink stands in the denominator alone."
)
LATE = (
    "Your sink counts for more or less according to how large the scores are, as when "
    "its term is added after the maximum has been taken out of the scores. The "
    "maximum leaves both: the term is `np.exp(sink - top)`."
)


EXERCISE = Exercise(
    title="A softmax that may give less than 1",
    answer=softmax_with_sink,
    returns={"weights": "in this head, how much does query {1} give to key {2}?"},
    cases=sink_cases,
    mistakes={
        "sk-plain": Mistake(
            lambda scores, sink, mask: soft(hidden(scores, mask)),
            PLAIN,
        ),
        "sk-plain-renormalised": Mistake(
            lambda scores, sink, mask: (
                softmax_with_sink(scores, sink, mask)
                / softmax_with_sink(scores, sink, mask).sum(-1, keepdims=True)
            ),
            PLAIN,
        ),
        "sk-plain-or-0": Mistake(
            lambda scores, sink, mask: plain(scores, mask),
            PLAIN,
        ),
        "sk-plain-even": Mistake(
            lambda scores, sink, mask: soft(hidden(scores, mask, -1e9)), PLAIN
        ),
        "sk-late": Mistake(
            beside_the_sink(top=peak_of_scores, term=lambda sink, top: np.exp(sink)),
            LATE,
        ),
        "sk-late-both": Mistake(
            beside_the_sink(term=lambda sink, top: np.exp(sink)), LATE
        ),
        "sk-late-even": Mistake(
            beside_the_sink(
                top=peak_of_scores, term=lambda sink, top: np.exp(sink), fill=-1e9
            ),
            LATE,
        ),
        "sk-plus-one-late": Mistake(
            beside_the_sink(top=peak_of_scores, term=lambda sink, top: 1.0),
            "Yours adds 1 to the denominator after the maximum has been taken out, so "
            "the best key of a row never has more than a half, however good it is. And "
            "`sink` has no effect. The term is `np.exp(sink - top)`.",
        ),
        "sk-plus-one": Mistake(
            beside_the_sink(
                top=lambda scores, sink: np.maximum(scores.max(-1, keepdims=True), 0.0),
                term=lambda sink, top: np.exp(-top),
            ),
            "Yours adds 1 to the denominator, the softmax plus one: a sink whose logit "
            "is always 0. Here each head has learnt its own.",
        ),
        "sk-nomax": Mistake(
            beside_the_sink(top=lambda scores, sink: 0.0),
            "Right until scores are large: exp overflows above 709, and where all are "
            "far below 0 it is 0/0. Take the maximum of a row and its sink out of both "
            "first.",
        ),
        "sk-top-of-nothing": Mistake(
            beside_the_sink(top=peak_of_scores),
            "Right until a query sees no key: then the largest score is -inf, and "
            "-inf less -inf is nan. Let the sink take part in the maximum. (With keys "
            "to see it can be left out: what is far below the sink is 0 anyway.)",
        ),
        "sk-one-top": Mistake(
            beside_the_sink(
                top=lambda scores, sink: np.maximum(scores.max(), sink.max())
            ),
            "Yours takes one maximum out of all rows. A row whose scores lie 800 lower "
            "has only zeros then. Each row has its own maximum.",
        ),
        "sk-column": Mistake(
            with_a_key,
            "The sink's own share is the last column of yours. It has no value to be "
            "mixed, so its column is left out: `[..., :-1]`.",
        ),
        "sk-column-first": Mistake(
            lambda scores, sink, mask: np.roll(with_a_key(scores, sink, mask), 1, -1),
            "The sink's own share is the first column of yours. It has no value to be "
            "mixed, so its column is left out.",
        ),
        "sk-keys": Mistake(
            beside_the_sink(column=lambda sink: sink),
            "`sink` lines up with the keys in yours, or with nothing, as numpy does "
            "with the last axis. It belongs to the heads: `sink[:, None, None]`.",
        ),
        "sk-queries": Mistake(
            beside_the_sink(column=lambda sink: sink[:, None]),
            "`sink` lines up with the queries in yours, or with nothing. It belongs to "
            "the heads: `sink[:, None, None]`.",
        ),
        "sk-shared": Mistake(
            beside_the_sink(column=lambda sink: sink.mean()),
            "All heads share one sink in yours, the mean of theirs. Each has its own.",
        ),
        "sk-added-up": Mistake(
            beside_the_sink(
                column=lambda sink: sink.max() + np.log(np.exp(sink - sink.max()).sum())
            ),
            "The sinks of all heads stand in each denominator of yours. A head has its "
            "own alone.",
        ),
        "sk-noexp": Mistake(
            beside_the_sink(term=lambda sink, top: sink * np.exp(-top)),
            "Yours adds the logit itself to the denominator. It is a score like the "
            "others: its exponential is added.",
        ),
        "sk-noexp-late": Mistake(
            beside_the_sink(top=peak_of_scores, term=lambda sink, top: sink),
            "Yours adds the logit itself to the denominator. It is a score like the "
            "others: its exponential is added, with the maximum taken out.",
        ),
        "sk-sign": Mistake(
            lambda scores, sink, mask: softmax_with_sink(scores, -sink, mask),
            "Your sink takes more the lower its logit is. It is a score like the "
            "others: `np.exp(sink)`.",
        ),
        "sk-gate": Mistake(
            lambda scores, sink, mask: (
                plain(scores, mask) * (1 - np.tanh(sink[:, None, None] / 2)) / 2
            ),
            "Your sink takes the same share of every row, as a gate does that knows "
            "the head alone. What it takes depends on the scores: little where a key "
            "fits well.",
        ),
        "sk-sigmoid": Mistake(
            lambda scores, sink, mask: np.where(
                mask, (1 + np.tanh((scores - sink[:, None, None]) / 2)) / 2, 0.0
            ),
            "Each key of yours competes with the sink alone, as in a sigmoid. All keys "
            "of a row and the sink share one denominator.",
        ),
        "sk-mask-after": Mistake(
            lambda scores, sink, mask: np.where(
                mask, softmax_with_sink(scores, sink, np.ones_like(mask)), 0.0
            ),
            "Hidden keys stand in your denominator and take a share that nobody gets, "
            "as when the mask comes after the softmax. It comes before.",
        ),
        "sk-nomask": Mistake(
            lambda scores, sink, mask: softmax_with_sink(
                scores, sink, np.ones_like(mask)
            ),
            "`mask` has no effect in yours: hidden keys have weights.",
        ),
        "sk-opposite": Mistake(
            lambda scores, sink, mask: softmax_with_sink(scores, sink, ~mask),
            "Yours hides the keys that may be seen. True means that a key may be seen.",
        ),
        "sk-fill-0": Mistake(
            beside_the_sink(fill=0.0),
            "Hidden keys have the score 0 in yours, which is not low: exp(0) is 1. "
            "Only -inf has no share.",
        ),
        **{
            f"sk-fill{variant}": Mistake(
                beside_the_sink(fill=fill),
                "Hidden keys have a low score in yours. Where all scores are lower "
                "still, they win. Only -inf has no share.",
            )
            for variant, fill in (("-1e3", -1e3), ("-1e3-and-4", -1e4))
        },
        "sk-over-queries": Mistake(
            lambda scores, sink, mask: softmax_with_sink(
                scores.swapaxes(-1, -2), sink, mask.T
            ).swapaxes(-1, -2),
            "The queries compete for each key in yours. It is the keys that compete "
            "for a query: the last axis.",
        ),
        "sk-left-for-the-sink": Mistake(
            lambda scores, sink, mask: (
                1 - share_of_the_keys(scores, sink, mask)[..., 0]
            ),
            "Yours is the share of the sink. Asked are the weights of the keys.",
        ),
    },
    also_right={
        "one more key, left out at the end": lambda scores, sink, mask: with_a_key(
            scores, sink, mask
        )[..., :-1],
        "plain softmax times sigmoid(logsumexp - sink)": plain_times_a_gate,
        "the sink taken from the scores": less_the_sink,
        "query by query": query_by_query,
        "the maximum of the scores alone": beside_the_sink(top=finite_peak_of_scores),
        "-1e9 for what is hidden": beside_the_sink(fill=-1e9),
    },
    hints=(
        "Think of one more key that every query sees. Its score is the head's logit, "
        "and its weight is left out at the end.",
        "`sink[:, None, None]` has one number for each head and lines up with the "
        "scores.",
        "`top` is the larger of a row's largest score and the sink. The denominator is "
        "the sum of `np.exp(scores - top)` and `np.exp(sink - top)`.",
    ),
    question_after=(
        "One question about your function: a query fits no key, and all its scores are "
        "-10. What do 5 keys get if the sink is at 0, and what without a sink?"
    ),
    answer_after=(
        "With the sink 0.00005 each, so the head adds next to nothing. Without it a "
        "fifth each: a softmax always gives 1, and a head that has nothing to say must "
        "find a key that does no harm."
    ),
)
