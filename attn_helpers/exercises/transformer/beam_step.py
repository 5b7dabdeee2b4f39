"""Which of them live on?"""

from functools import partial

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import log_softmax


def beam_step(log_p, scores, width):
    """The best continuations of all beams together, the best one first."""
    total = scores[:, None] + log_p  # (beams, vocab)
    best = np.argsort(-total, axis=None)[:width]  # places in the flattened table
    beam, token = np.divmod(best, log_p.shape[1])
    return beam, token, total[beam, token]


def step_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, beams, vocab, width, spread=1.0, at=-3.0, sure=2.0):
        log_p = log_softmax(sure * rng.normal(size=(beams, vocab)))
        return Case(name, (log_p, at + spread * rng.normal(size=beams), width))

    def first_step(beams, vocab):
        """All beams are alike, and only one of them is alive."""
        log_p = log_softmax(rng.normal(size=vocab)) + np.zeros((beams, 1))
        return log_p, np.where(np.arange(beams) == 0, 0.0, -np.inf)

    sure, after = log_softmax(rng.normal(size=(2, 3, 5)))
    sure[1] = np.where(np.arange(5) == 3, 0.0, -np.inf)
    one_good = np.array([-0.5, -9.0, -20.0])
    return [
        case("3 beams, 7 words, 3 to keep", 3, 7, 3),
        case("the same sizes, other numbers", 3, 7, 3, spread=0.3),
        case("3 beams, 5 words, 2 to keep", 3, 5, 2),
        case("2 beams, 3 words, 5 to keep", 2, 3, 5),
        case("as many beams as words", 5, 5, 5, spread=0.2),
        case("11 beams, 13 words, 10 to keep", 11, 13, 10, spread=0.5),
        case("one beam", 1, 11, 3),
        case("one to keep", 3, 7, 1),
        case("long texts, scores far below 0", 3, 7, 4, at=-2000.0),
        case("scores down to -1e35", 3, 7, 4, spread=1e34, at=-1e35, sure=1e34),
        Case("the first step, with one living beam", (*first_step(3, 7), 3)),
        Case("one word is sure", (sure, np.array([-1.0, 0.0, -2.0]), 3)),
        Case("one beam far better than the others", (after, one_good, 4)),
    ]


def add(log_p, scores):
    return scores[:, None] + log_p


def best_of(total, width):
    """Beam and token of the largest entries; among equal ones the first."""
    order = np.argsort(-total, axis=None, kind="stable")[:width]
    return np.divmod(order, total.shape[1])


def step_with(total=add, pick=best_of, score=lambda total, log_p, scores: total):
    """The step with one of its parts replaced."""

    def program(log_p, scores, width):
        found = total(log_p, scores)
        beam, token = pick(found, width)
        said = np.broadcast_to(score(found, log_p, scores), found.shape)
        return beam, token, said[beam, token]

    return program


def changed(change):
    """The right step, whose three results are changed."""
    return lambda log_p, scores, width: change(
        *beam_step(log_p, scores, width), log_p.shape
    )


def one_of_each_beam(total, width):
    token = total.argmax(axis=1)
    beam = np.arange(len(total))
    order = np.argsort(-total[beam, token], kind="stable")[:width]
    return beam[order], token[order]


def one_of_each_token(total, width):
    beam = total.argmax(axis=0)
    token = np.arange(total.shape[1])
    order = np.argsort(-total[beam, token], kind="stable")[:width]
    return beam[order], token[order]


def best_beam_alone(log_p, scores, width):
    beam = scores.argmax()
    token = np.argsort(-log_p[beam], kind="stable")[:width]
    return np.full(len(token), beam), token, scores[beam] + log_p[beam, token]


def unsorted(total, width):
    order = np.sort(np.argsort(-total, axis=None)[:width])
    return np.divmod(order, total.shape[1])


def by_the_wrong_side(total, width):
    order = np.argsort(-total, axis=None)[:width]
    return np.divmod(order, len(total))


def by_columns(total, width):
    return best_of(total.T, width)[::-1]


def one_after_another(log_p, scores, width, taken=-np.inf):
    total = scores[:, None] + log_p
    found = []
    for _ in range(width):
        beam, token = np.unravel_index(total.argmax(), total.shape)
        found.append((beam, token, total[beam, token]))
        total[beam, token] = taken
    beam, token, score = map(np.array, zip(*found, strict=True))
    return beam, token, score


def of_the_best_of_each(log_p, scores, width):
    """From each beam its best few; then the best of these."""
    found = sorted(
        (-(scores[beam] + log_p[beam, token]), beam, token)
        for beam in range(len(scores))
        for token in np.argsort(-log_p[beam])[:width]
    )[:width]
    worst, beam, token = map(np.array, zip(*found, strict=True))
    return beam, token, -worst


ONE_OF_EACH = (
    "Each beam hands on one continuation in yours, its best. All of them compete: a "
    "good beam may hand on several, and a bad one none."
)


SCORE = (
    "The right beams and tokens; the scores beside them are others. Asked is that of "
    "the longer text: the old score of its beam plus the log-probability of the token."
)


EXERCISE = Exercise(
    title="Which of them live on?",
    answer=beam_step,
    returns={
        "beam": "which beam does continuation {0} grow from?",
        "token": "with which token does continuation {0} end?",
        "score": "what is the score of continuation {0}, old and new together?",
    },
    cases=step_cases,
    mistakes={
        "bs-each": Mistake(step_with(pick=one_of_each_beam), ONE_OF_EACH),
        "bs-each-token": Mistake(
            step_with(pick=one_of_each_token),
            "No token is handed on twice in yours. Two beams may well go on with the "
            "same word: they are different texts.",
        ),
        "bs-best-beam": Mistake(
            best_beam_alone,
            "All your continuations grow from the beam that was best so far. Another "
            "may overtake it with a likelier word: that is why it was kept.",
        ),
        "bs-first-beam": Mistake(
            lambda log_p, scores, width: beam_step(log_p[:1], scores[:1], width),
            "All your continuations grow from beam 0. All beams compete: one table "
            "with a row for each, and its best entries, wherever they stand.",
        ),
        "bs-forgets": Mistake(
            step_with(lambda log_p, scores: log_p),
            "The old scores have no effect in yours, so a bad beginning is forgiven "
            "with the next word. Add them: `scores[:, None] + log_p`.",
        ),
        "bs-forgets-order": Mistake(
            lambda log_p, scores, width: (
                *(found := best_of(log_p, width)),
                add(log_p, scores)[found],
            ),
            "Your scores are sums, and your choice is not made by them: it looks at "
            "the new log-probability alone. Choose by the sum.",
        ),
        "bs-multiplies": Mistake(
            step_with(lambda log_p, scores: scores[:, None] * log_p),
            "Old score and new log-probability are multiplied in yours, so two bad "
            "ones make a good one. Probabilities multiply; their logarithms add.",
        ),
        "bs-probability": Mistake(
            step_with(lambda log_p, scores: scores[:, None] + np.exp(log_p)),
            "A probability is added to a logarithm in yours, so an impossible word "
            "costs nothing. `log_p` is what is added to a score, as it is.",
        ),
        "bs-twice-log": Mistake(
            step_with(lambda log_p, scores: scores[:, None] + np.log(log_p)),
            "Your table is nan, as when the logarithm of `log_p` is taken. It holds "
            "logarithms already.",
        ),
        "bs-product": Mistake(
            step_with(
                lambda log_p, scores: np.log(np.exp(scores)[:, None] * np.exp(log_p))
            ),
            "Right on paper: the product of the probabilities of a long text is 0 in a "
            "computer, and its order is lost. Add the logarithms instead.",
        ),
        "bs-p": Mistake(
            step_with(lambda log_p, scores: np.exp(scores[:, None] + log_p)),
            "Your scores are probabilities, and 0 for a long text, where the order is "
            "lost. A score stays a logarithm.",
        ),
        "bs-mean": Mistake(
            step_with(lambda log_p, scores: (scores[:, None] + log_p) / 2),
            "The right beams and tokens; the score is halved, the mean of old and new. "
            "They add up: a score is the log-probability of the whole text.",
        ),
        "bs-worst": Mistake(
            step_with(pick=lambda total, width: best_of(-total, width)),
            "Yours hands on the worst. `np.argsort` puts the smallest first: sort "
            "`-total`.",
        ),
        "bs-ascending": Mistake(
            changed(
                lambda beam, token, score, _: (beam[::-1], token[::-1], score[::-1])
            ),
            "The right ones, in the wrong order: the best comes first.",
        ),
        "bs-unsorted": Mistake(
            step_with(pick=unsorted),
            "The right ones, in the order of beams and tokens. The best comes first.",
        ),
        "bs-flat": Mistake(
            changed(
                lambda beam, token, score, shape: (beam, beam * shape[1] + token, score)
            ),
            "Your `token` is a place in the flattened table. Its remainder by the size "
            "of the vocabulary is the token: `np.divmod`, or `np.unravel_index`.",
        ),
        "bs-divisor": Mistake(
            lambda log_p, scores, width: (
                *by_the_wrong_side(add(log_p, scores), width),
                beam_step(log_p, scores, width)[2],
            ),
            "Your flat places are divided by the number of beams. A row of the table "
            "is a beam and has one entry for each word: divide by the size of the "
            "vocabulary.",
        ),
        "bs-exchanged": Mistake(
            changed(lambda beam, token, score, _: (token, beam, score)),
            "Beam and token have changed places: the row of the table is the beam.",
        ),
        "bs-score-new": Mistake(
            step_with(pick=best_of, score=lambda total, log_p, scores: log_p),
            SCORE,
        ),
        "bs-score-new-only-old": Mistake(
            step_with(score=lambda total, log_p, scores: scores[:, None]), SCORE
        ),
        "bs-as-many-as-beams": Mistake(
            lambda log_p, scores, width: beam_step(log_p, scores, len(scores)),
            "Yours hands on as many as there were beams. How many are kept is `width`: "
            "at the first step there may be one beam and several to keep.",
        ),
        "bs-one-short": Mistake(
            changed(lambda beam, token, score, _: (beam[:-1], token[:-1], score[:-1])),
            "One continuation is missing, the last of those to keep: `[:width]` has "
            "`width` entries.",
        ),
        "bs-taken": Mistake(
            partial(one_after_another, taken=-1e9),
            "Where all scores lie below -1e9 the best continuation comes again and "
            "again in yours, as if one that is taken got -1e9. Only -inf is below "
            "every score.",
        ),
        "bs-same-best": Mistake(
            changed(
                lambda beam, token, score, _: (
                    beam * 0 + beam[0],
                    token * 0 + token[0],
                    score * 0 + score[0],
                )
            ),
            "The best continuation comes again and again in yours. Each is handed on "
            "once.",
        ),
    },
    also_right={
        "one after another": one_after_another,
        "the best of each beam's best": of_the_best_of_each,
        "the table turned, then its columns": step_with(pick=by_columns),
    },
    hints=(
        "First one table, (beams, vocab): the score of each beam with each word added "
        "to it.",
        "Its largest entries, wherever they stand: `np.argsort(-total, axis=None)` "
        "sorts the flattened table.",
        "Place 16 in a table with 7 columns is row 2, column 2: `np.divmod(16, 7)`.",
    ),
    question_after=(
        "One question about your function: which width makes it greedy search, and "
        "which width misses nothing?"
    ),
    answer_after=(
        "1, and as many as there are texts: vocab to the power of the length. In "
        "between, the text with the best score may be lost at a step where its "
        "beginning was not among the best."
    ),
)
