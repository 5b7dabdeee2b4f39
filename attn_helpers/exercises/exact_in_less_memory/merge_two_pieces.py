"""Joining what two pieces of the keys have given."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def merge_two_pieces(m_a, l_a, o_a, m_b, l_b, o_b):
    """Maximum, sum and output of queries after both pieces of the keys."""
    m = np.maximum(m_a, m_b)
    base = np.where(np.isfinite(m), m, 0.0)
    part_a, part_b = l_a * np.exp(m_a - base), l_b * np.exp(m_b - base)
    total = part_a + part_b
    share_a = part_a / np.where(total == 0, 1.0, total)
    share_b = part_b / np.where(total == 0, 1.0, total)
    return m, total, share_a[:, None] * o_a + share_b[:, None] * o_b


def piece(rng, t, keys, d_v, high=0.0):
    """Maximum, sum and output of ``t`` queries after some keys."""
    scores, values = high + 2 * rng.normal(size=(t, keys)), rng.normal(size=(keys, d_v))
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    total = grown.sum(axis=1)
    return scores.max(axis=1), total, grown @ values / total[:, None]


def piece_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, t, keys, d_v, high=(0.0, 0.0), empty=()):
        a, b = (piece(rng, t, n, d_v, up) for n, up in zip(keys, high, strict=True))
        for part, row in empty:
            m, total, o = (a, b)[part]
            m[row], total[row], o[row] = -np.inf, 0.0, 0.0
        return Case(name, (*a, *b))

    return [
        case("5 queries, 3 and 7 keys", 5, (3, 7), 2),
        case("the second piece scores higher", 5, (4, 4), 3, high=(0.0, 3.0)),
        case("the first piece scores higher", 5, (4, 4), 3, high=(3.0, 0.0)),
        case("11 queries, 13 columns", 11, (3, 7), 13),
        case("one query, one key each", 1, (1, 1), 3),
        case("as many queries as columns", 3, (5, 2), 3),
        case("scores near 2000", 7, (3, 5), 2, high=(2000.0, 2000.0)),
        case("scores near -2000", 7, (3, 5), 2, high=(-2000.0, -2000.0)),
        case("query 1 saw nothing in the first piece", 3, (4, 2), 5, empty=[(0, 1)]),
        case("query 2 saw nothing in the second", 3, (4, 2), 5, empty=[(1, 2)]),
        case("query 0 saw nothing", 3, (4, 2), 5, empty=[(0, 0), (1, 0)]),
        case("pieces 40 apart", 2, (4, 5), 3, high=(0.0, 40.0)),
    ]


def joined(
    largest=np.maximum,
    factor=lambda part, m: np.exp(part - np.where(np.isfinite(m), m, 0.0)),
    output=lambda a, b, o_a, o_b: share(a, a + b) * o_a + share(b, a + b) * o_b,
    total=lambda a, b: a + b,
):
    """The program with one of its parts replaced."""

    def program(m_a, l_a, o_a, m_b, l_b, o_b):
        with np.errstate(all="ignore"):
            m = largest(m_a, m_b)
            a, b = l_a * factor(m_a, m), l_b * factor(m_b, m)
            return m, total(a, b), output(a, b, o_a, o_b)

    return program


def share(part, total):
    return (part / np.where(total == 0, 1.0, total))[:, None]


def output_only(change):
    """The right maximum and sum, and another output."""

    def program(m_a, l_a, o_a, m_b, l_b, o_b):
        m, total, _ = merge_two_pieces(m_a, l_a, o_a, m_b, l_b, o_b)
        with np.errstate(all="ignore"):
            return m, total, change(m_a, l_a, o_a, m_b, l_b, o_b)

    return program


def unguarded(m_a, l_a, o_a, m_b, l_b, o_b):
    with np.errstate(all="ignore"):
        m = np.maximum(m_a, m_b)
        a, b = l_a * np.exp(m_a - m), l_b * np.exp(m_b - m)
        o = (a[:, None] * o_a + b[:, None] * o_b) / (a + b)[:, None]
    return m, a + b, o


def by_logarithms(m_a, l_a, o_a, m_b, l_b, o_b):
    with np.errstate(divide="ignore", invalid="ignore"):
        log_a, log_b = m_a + np.log(l_a), m_b + np.log(l_b)
        both = np.logaddexp(log_a, log_b)
        a, b = np.exp(log_a - both)[:, None], np.exp(log_b - both)[:, None]
        m = np.maximum(m_a, m_b)
        total = np.nan_to_num(np.exp(both - m))
    return m, total, np.nan_to_num(a) * o_a + np.nan_to_num(b) * o_b


def query_by_query(m_a, l_a, o_a, m_b, l_b, o_b):
    m, total, o = np.maximum(m_a, m_b), np.zeros(len(m_a)), np.zeros_like(o_a)
    for i in range(len(m)):
        for m_p, l_p, o_p in ((m_a, l_a, o_a), (m_b, l_b, o_b)):
            if l_p[i] > 0:
                total[i] += l_p[i] * np.exp(m_p[i] - m[i])
                o[i] += l_p[i] * np.exp(m_p[i] - m[i]) * o_p[i]
        o[i] /= total[i] or 1.0
    return m, total, o


EXERCISE = Exercise(
    title="Join two pieces",
    answer=merge_two_pieces,
    returns={
        "m": "what is the largest score of query {0}?",
        "l": "what is the sum of query {0}, measured from its largest score?",
        "o": "what is the output of query {0} in column {1}?",
    },
    cases=piece_cases,
    mistakes={
        "mp-norescale": Mistake(
            joined(factor=lambda part, m: 1.0),
            "Your sums are added as they are. Each is measured from the maximum of its "
            "own piece, and so they are in two measures. Bring both to the common "
            "maximum first.",
        ),
        "mp-inverse": Mistake(
            joined(factor=lambda part, m: np.exp(m - part)),
            "The piece with the lower maximum counts more in yours. Seen from the "
            "common maximum its sum must shrink: exp(own maximum - common maximum).",
        ),
        "mp-first-maximum": Mistake(
            joined(largest=lambda a, b: a),
            "Your maximum is that of the first piece, even where the second one has a "
            "larger score.",
        ),
        "mp-one-maximum": Mistake(
            joined(largest=lambda a, b: np.full(len(a), max(a.max(), b.max()))),
            "All queries share one maximum in yours. Each query has its own.",
        ),
        "mp-mean": Mistake(
            output_only(lambda m_a, l_a, o_a, m_b, l_b, o_b: (o_a + o_b) / 2),
            "Maximum and sum are right. Both outputs count the same in yours, however "
            "much of the whole sum each piece holds.",
        ),
        "mp-sum": Mistake(
            output_only(lambda m_a, l_a, o_a, m_b, l_b, o_b: o_a + o_b),
            "Maximum and sum are right. Your outputs are added up: each is a mean "
            "already, and the sum of two means is no mean.",
        ),
        "mp-by-sums": Mistake(
            output_only(
                lambda m_a, l_a, o_a, m_b, l_b, o_b: (
                    share(l_a, l_a + l_b) * o_a + share(l_b, l_a + l_b) * o_b
                )
            ),
            "Maximum and sum are right. Your outputs are weighted with the old sums, "
            "which are in two measures. Take the rescaled ones.",
        ),
        "mp-winner": Mistake(
            output_only(
                lambda m_a, l_a, o_a, m_b, l_b, o_b: np.where(
                    (m_a >= m_b)[:, None], o_a, o_b
                )
            ),
            "Maximum and sum are right. Your output is that of the piece with the "
            "larger score, as if the other one did not count.",
        ),
        "mp-undivided": Mistake(
            joined(output=lambda a, b, o_a, o_b: a[:, None] * o_a + b[:, None] * o_b),
            "Maximum and sum are right. Your output is not divided by the new sum: the "
            "two parts it is made of are shares only then.",
        ),
        "mp-swapped-shares": Mistake(
            joined(
                output=lambda a, b, o_a, o_b: (
                    share(b, a + b) * o_a + share(a, a + b) * o_b
                )
            ),
            "Maximum and sum are right. Each output gets the share of the other one.",
        ),
        "mp-nan": Mistake(
            unguarded,
            "Right where a query has seen some key. A query that has seen nothing in "
            "either piece gets nan: -inf - (-inf) and 0 / 0 are. Its output is 0 here, "
            "and so is its sum.",
        ),
        "mp-share-as-sum": Mistake(
            joined(total=lambda a, b: np.where(a + b == 0, 0.0, 1.0)),
            "The output is right, but your sum is 1, as after a division. Keep the sum "
            "itself: a third piece could not be joined without it.",
        ),
    },
    also_right={"by logarithms": by_logarithms, "query by query": query_by_query},
    hints=(
        "A sum is measured from the maximum of its own piece. Which factor brings it "
        "to the common maximum?",
        "The new output is a mean of the two old ones. Each counts by its share of the "
        "new sum.",
        "For a query that has seen nothing, -inf - (-inf) is nan. Subtract 0 there in "
        "place of -inf, and divide by 1 in place of 0.",
    ),
    question_after=(
        "One question about your function: three pieces are joined, first a and b and "
        "then c, or first b and c and then a. Do you get the same?"
    ),
    answer_after=(
        "Yes, up to rounding. The result is the maximum, the sum and the mean over the "
        "keys of all three pieces, whichever way they came together. So pieces can "
        "be computed at the same time, on different machines."
    ),
)
