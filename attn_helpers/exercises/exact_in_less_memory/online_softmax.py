"""The largest score and the sum of exponentials, from scores that come in pieces."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def online_softmax(scores, size):
    """The largest score, and the sum of exp(score - largest), ``size`` at a time."""
    largest, total = -np.inf, 0.0
    for start in range(0, len(scores), size):
        piece = scores[start : start + size]
        larger = max(largest, piece.max())
        total = total * np.exp(largest - larger) + np.exp(piece - larger).sum()
        largest = larger
    return largest, total


def score_cases(seed):
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=11)
    ends_high = np.append(np.sort(mixed)[:10], 3.0)
    starts_high = np.append(4.0, mixed)
    return [
        Case("11 scores, 3 at a time", (mixed + 0.0, 3)),
        Case("12 scores, 4 at a time", (rng.normal(size=12), 4)),
        Case("the largest score comes last", (ends_high, 2)),
        Case("the largest score comes first", (starts_high, 5)),
        Case("one score at a time", (rng.normal(size=7), 1)),
        Case("one piece", (rng.normal(size=7), 7)),
        Case("fewer scores than a piece has room for", (rng.normal(size=5), 8)),
        Case("scores near 2000", (2000 + rng.normal(size=13), 5)),
        Case("scores near -2000", (-2000 + rng.normal(size=13), 5)),
        Case("scores near -50 000", (-50_000 + rng.normal(size=13), 5)),
        Case("equal scores", (np.full(10, 0.5), 4)),
    ]


def in_pieces(
    start=-np.inf,
    shrink=lambda old, new: np.exp(old - new),
    exponents=lambda piece, old, new: piece - new,
    largest=lambda old, piece: max(old, piece.max()),
    pieces=lambda scores, size: [
        scores[i : i + size] for i in range(0, len(scores), size)
    ],
    join=lambda total, new: total + new,
):
    """The program with one of its parts replaced."""

    def program(scores, size):
        old, total = start, 0.0
        with np.errstate(all="ignore"):
            for piece in pieces(scores, size):
                new = largest(old, piece)
                seen = total * shrink(old, new) if np.isfinite(old) else total
                total = join(seen, np.exp(exponents(piece, old, new)).sum())
                old = new
        return old, total

    return program


def whole_pieces(scores, size):
    return [scores[i : i + size] for i in range(0, len(scores) - size + 1, size)]


def no_maximum(scores, size):
    with np.errstate(over="ignore"):
        return 0.0, np.exp(scores).sum()


def at_once(scores, size):
    return scores.max(), np.exp(scores - scores.max()).sum()


def by_logarithms(scores, size):
    log_total = -np.inf
    for i in range(0, len(scores), size):
        piece = scores[i : i + size]
        log_of_piece = piece.max() + np.log(np.exp(piece - piece.max()).sum())
        log_total = np.logaddexp(log_total, log_of_piece)
    return scores.max(), np.exp(log_total - scores.max())


EXERCISE = Exercise(
    title="A softmax in pieces",
    answer=online_softmax,
    returns={
        "largest": "what is the largest score?",
        "total": "what is the sum of exp(score - largest)?",
    },
    cases=score_cases,
    mistakes={
        "os-norescale": Mistake(
            in_pieces(shrink=lambda old, new: 1.0),
            "Right while no larger score comes later. When one does, your sum so far "
            "is still measured from the old maximum. Every exponential in it is too "
            "large by the same factor: which one?",
        ),
        "os-inverse": Mistake(
            in_pieces(shrink=lambda old, new: np.exp(new - old)),
            "When a larger score comes, your sum so far grows. It must shrink: seen "
            "from a higher maximum, each old score lies lower. The factor is "
            "exp(old - new).",
        ),
        "os-late": Mistake(
            in_pieces(
                exponents=lambda piece, old, new: (
                    piece - (old if np.isfinite(old) else new)
                )
            ),
            "What was there is measured from the new maximum, and the new piece from "
            "the old one. Both need the new one before they are added.",
        ),
        "os-all-shrink": Mistake(
            in_pieces(
                shrink=lambda old, new: 1.0,
                exponents=lambda piece, old, new: (
                    piece - new + (old - new if np.isfinite(old) else 0.0)
                ),
            ),
            "The correction falls on the new piece in yours. The new piece is measured "
            "from the new maximum already; what needs correcting is the sum so far.",
        ),
        "os-piece-maximum": Mistake(
            in_pieces(largest=lambda old, piece: piece.max()),
            "Your maximum is that of the last piece. It must be the larger of that and "
            "of the maximum so far.",
        ),
        "os-m0": Mistake(
            in_pieces(start=0.0),
            "Right while some score is above 0. Your maximum starts at 0, so where all "
            "scores are far below it every exponential is 0, and so is the sum. Which "
            "number is below every score?",
        ),
        "os-no-maximum": Mistake(
            no_maximum,
            "Nothing is subtracted in yours, so 0 stands for the maximum. Near 2000 "
            "the exponentials are infinite.",
        ),
        "os-tail": Mistake(
            in_pieces(pieces=whole_pieces),
            "Right where the size divides the number of scores. In yours the last "
            "piece is left out when it is shorter than the others.",
        ),
        "os-one-piece": Mistake(
            in_pieces(join=lambda total, new: new),
            "Your sum is that of the last piece alone. It is added to what was there.",
        ),
        "os-log": Mistake(
            lambda scores, size: (
                scores.max(),
                np.log(np.exp(scores - scores.max()).sum()),
            ),
            "Your second result is the logarithm of the sum. Asked is the sum itself.",
        ),
        "os-log-sum-exp": Mistake(
            lambda scores, size: (
                scores.max(),
                scores.max() + np.log(np.exp(scores - scores.max()).sum()),
            ),
            "Your second result is the log-sum-exp. It is a good thing to keep, but "
            "asked is the sum of exp(score - largest).",
        ),
        "os-mean": Mistake(
            lambda scores, size: (
                scores.max(),
                np.exp(scores - scores.max()).mean(),
            ),
            "Your sum is divided by the number of scores. Nothing is averaged here.",
        ),
        "os-swapped": Mistake(
            lambda scores, size: online_softmax(scores, size)[::-1],
            "The two results have changed places: the largest score comes first.",
        ),
    },
    also_right={"at once": at_once, "by logarithms": by_logarithms},
    hints=(
        "The sum so far is a sum of exp(score - old maximum). You want a sum of "
        "exp(score - new maximum). By which factor do all its terms differ?",
        "Multiply the sum so far by exp(old - new), and add the sum of "
        "exp(piece - new). Start with -inf and 0: then the factor of the first piece "
        "is exp(-inf), which is 0.",
    ),
    question_after=(
        "One question about your function: how many numbers does it keep between two "
        "pieces, and how does that depend on the number of scores?"
    ),
    answer_after=(
        "Two: the largest score and the sum. They do not become more, however many "
        "scores come."
    ),
)
