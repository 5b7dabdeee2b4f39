"""Guess first, then ask the large model once."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake
from attn_helpers.exercises.programs import soft


def speculative_step(p, q, drafts, u):
    """How many drafts are accepted, and the distribution of the next token."""
    for i, token in enumerate(drafts):
        if u[i] >= p[i, token] / q[i, token]:
            rest = np.maximum(p[i] - q[i], 0)
            return i, rest / rest.sum()
    return len(drafts), p[-1]


def draft_cases(seed):
    rng = np.random.default_rng(seed)

    def distributions(n, vocab):
        p, q = rng.dirichlet(np.ones(vocab), size=(2, n + 1))
        return p, q[:n]

    def case(name, n, vocab, stand):
        """So many drafts stand; the one after them does not, and others would again."""
        p, q = distributions(n, vocab)
        drafts = np.array([rng.choice(vocab, p=row) for row in q], dtype=int)
        if stand < n:
            drafts[stand] = (p[stand] / q[stand]).argmin()
        chosen = np.arange(n), drafts
        chance = np.minimum(p[:-1][chosen] / q[chosen], 1)
        u = 0.9 * chance * rng.random(n)
        if stand < n:
            u[stand] = 1 - 0.9 * (1 - chance[stand]) * rng.random()
        return Case(name, (p, q, drafts, u))

    def one_draft(name, token, u):
        """The small model offers token 0 too often, and tokens 1 and 2 too rarely."""
        order = rng.permutation(4)
        p, q = np.array([[0.4, 0.3, 0.2, 0.1], [0.6, 0.2, 0.1, 0.1]])[:, order]
        after = rng.dirichlet(np.ones(4))
        draft = np.array([order.tolist().index(token)])
        return Case(name, (np.stack([p, after]), q[None], draft, np.array([u])))

    p, q = distributions(3, 7)
    p[0, 3] = 0.0
    p[0] /= p[0].sum()
    return [
        case("3 drafts, the second is rejected", 3, 7, 1),
        case("3 drafts, the first is rejected", 3, 7, 0),
        case("3 drafts, the last is rejected", 3, 7, 2),
        case("3 drafts, all are accepted", 3, 7, 3),
        case("5 drafts, 5 tokens, the third is rejected", 5, 5, 2),
        case("4 drafts, 5 tokens, the third is rejected", 4, 5, 2),
        case("11 drafts, 13 tokens, the tenth is rejected", 11, 13, 9),
        case("11 drafts, 13 tokens, the fourth is rejected", 11, 13, 3),
        case("11 drafts, 13 tokens, all are accepted", 11, 13, 11),
        case("one draft, and it is accepted", 1, 5, 1),
        case("one draft, and it is rejected", 1, 5, 0),
        case("no draft", 0, 5, 0),
        one_draft("one draft, offered too often, u = 0.5", 0, 0.5),
        one_draft("one draft, offered too often, u = 0.3", 0, 0.3),
        one_draft("one draft, offered too often, u = 0.7", 0, 0.7),
        one_draft("one draft, offered too rarely, u = 0.9", 1, 0.9),
        Case(
            "a draft that the large model rules out, and a draw of 0",
            (p, q, np.array([3, 1, 0]), np.zeros(3)),
        ),
    ]


def residual(p, q):
    rest = np.maximum(p - q, 0)
    return rest / rest.sum()


def step_with(
    stands=lambda p, q, token, u: u < p[token] / q[token],
    after=lambda p, q, token: residual(p, q),
    end=lambda p, q: p[-1],
):
    """The step with one of its parts replaced."""

    def program(p, q, drafts, u):
        for i, token in enumerate(drafts):
            if not stands(p[i], q[i], token, u[i]):
                return i, after(p[i], q[i], token)
        return len(drafts), end(p, q)

    return program


def changed(change):
    """The right two results, changed."""
    return lambda p, q, drafts, u: change(*speculative_step(p, q, drafts, u), p, q)


def without_the_draft(p, q, token):
    rest = np.where(np.arange(len(p)) == token, 0.0, p)
    return rest / rest.sum()


def by_distance(p, q, token):
    return abs(p - q) / abs(p - q).sum()


def against_the_next(p, q, drafts, u):
    """A refused draft is made good by what comes after it."""
    stand, following = speculative_step(p, q, drafts, u)
    if stand < len(drafts):
        following = residual(p[stand + 1], q[stand])
    return stand, following


def one_row_late(p, q, drafts, u):
    """The large model's rows are read one place too far, and the last twice."""
    return speculative_step(np.concatenate([p[1:], p[-1:]]), q, drafts, u)


def first_unchecked(p, q, drafts, u):
    if not len(drafts):
        return 0, p[-1]
    stand, following = speculative_step(p[1:], q[1:], drafts[1:], u[1:])
    return stand + 1, following


def counting_on(p, q, drafts, u):
    """All drafts that stand, whether one before them fell or not."""
    chosen = np.arange(len(drafts)), drafts
    stands = u < p[:-1][chosen] / q[chosen]
    return stands.sum(), speculative_step(p, q, drafts, u)[1]


def one_draw_for_all(p, q, drafts, u):
    return speculative_step(p, q, drafts, np.full_like(u, u[0]) if len(u) else u)


def all_or_nothing(p, q, drafts, u):
    stand, following = speculative_step(p, q, drafts, u)
    if stand == len(drafts):
        return stand, following
    return 0, residual(p[0], q[0])


def all_at_once(p, q, drafts, u):
    chosen = np.arange(len(drafts)), drafts
    stands = np.append(u * q[chosen] < p[:-1][chosen], False)
    stand = stands.argmin()
    if stand == len(drafts):
        return stand, p[stand]
    rest = p[stand] - np.minimum(p[stand], q[stand])
    return stand, rest / rest.sum()


def with_a_row_of_zeros(p, q, drafts, u):
    """If the small model gave 0 to all behind the drafts, the rest is p itself."""
    q = np.concatenate([q, np.zeros_like(p[:1])])
    stand = 0
    while stand < len(drafts):
        token = drafts[stand]
        if u[stand] >= min(1.0, p[stand, token] / q[stand, token]):
            break
        stand += 1
    rest = np.where(p[stand] > q[stand], p[stand] - q[stand], 0.0)
    return stand, rest / rest.sum()


NEGATIVE = (
    "Some chances are below 0 in yours, or nan: where the small model gave a token "
    "more than the large one, the difference is negative. Such a token has been "
    "offered often enough; its chance is 0: `np.maximum(p - q, 0)`."
)


EXERCISE = Exercise(
    title="Guess first, then ask the large model once",
    answer=speculative_step,
    returns={
        "accepted": "how many drafts are accepted before the first rejected one?",
        "following": "with which chance is token {0} drawn behind those drafts?",
    },
    cases=draft_cases,
    mistakes={
        "ss-target": Mistake(
            step_with(after=lambda p, q, token: p),
            "Behind a rejected draft yours draws from p. What the small "
            "model offers often was then given its chance twice, and the text is no "
            "longer the large model's. Draw from what q has left of p: max(0, p - q), "
            "made to sum to 1.",
        ),
        "ss-without-draft": Mistake(
            step_with(after=without_the_draft),
            "Behind a rejected draft yours draws from p without that token. "
            "Other tokens, too, were offered more often than p says. What is left is "
            "max(0, p - q), made to sum to 1.",
        ),
        "ss-draft-model": Mistake(
            step_with(after=lambda p, q, token: q),
            "Behind a rejected draft yours draws from q, so the small model "
            "decides after all.",
        ),
        "ss-unnormalised": Mistake(
            step_with(after=lambda p, q, token: np.maximum(p - q, 0)),
            "Behind a rejected draft your chances do not sum to 1. Divide "
            "what is left by its sum.",
        ),
        "ss-negative": Mistake(step_with(after=lambda p, q, token: p - q), NEGATIVE),
        "ss-negative-shared": Mistake(
            step_with(after=lambda p, q, token: (p - q) / (p - q).sum()), NEGATIVE
        ),
        "ss-distance": Mistake(
            step_with(after=by_distance),
            "Behind a rejected draft yours draws tokens, too, that q gave more than p, "
            "as with `abs(p - q)`. These were offered often enough: where q is larger, "
            "nothing is left.",
        ),
        "ss-turned-round": Mistake(
            step_with(after=lambda p, q, token: residual(q, p)),
            "Behind a rejected draft yours draws the very tokens that q "
            "gave too much: p and q have changed places in the difference.",
        ),
        "ss-softmax": Mistake(
            step_with(after=lambda p, q, token: soft(np.maximum(p - q, 0))),
            "Behind a rejected draft every token has a chance in yours, as when the "
            "differences go through a softmax. Divide them by their sum: what is 0 "
            "stays 0.",
        ),
        "ss-next-row": Mistake(
            against_the_next,
            "Behind a rejected draft yours compares q with the row of p "
            "after it. Row i of both is about draft i.",
        ),
        "ss-row-late": Mistake(
            one_row_late,
            "Each draft is rated in yours by the row of p after its own, which was "
            "made with the draft in view. Row i of p is about draft i, as row i of q.",
        ),
        "ss-likelier": Mistake(
            step_with(lambda p, q, token, u: p[token] >= q[token]),
            "A draft is accepted in yours only where p gives it at least what q does; "
            "`u` has no effect. One that p gives half as much is accepted half of the "
            "time.",
        ),
        "ss-greedy": Mistake(
            step_with(lambda p, q, token, u: p.argmax() == token),
            "A draft is accepted in yours only if it is the large model's best token, "
            "as in greedy decoding. When tokens are drawn, others have their chance: u "
            "< p / q.",
        ),
        "ss-max": Mistake(
            step_with(lambda p, q, token, u: u < p[token] / p.max()),
            "A draft is rated in yours by p beside the largest p; what q gave it has "
            "no effect. A token that q offers too often must be rejected more often: p "
            "/ q.",
        ),
        "ss-p": Mistake(
            step_with(lambda p, q, token, u: u < p[token]),
            "A draft is accepted in yours with the chance p, whatever q gave it. It "
            "was drawn with the chance q already, so it is accepted with p / q: "
            "together p.",
        ),
        "ss-q": Mistake(
            step_with(lambda p, q, token, u: u < q[token]),
            "A draft is accepted in yours with the chance q: the large model is not "
            "asked.",
        ),
        "ss-inverse": Mistake(
            step_with(lambda p, q, token, u: u * p[token] < q[token]),
            "Drafts that p finds unlikely are accepted in yours: the ratio is upside "
            "down. It is p / q.",
        ),
        "ss-flipped": Mistake(
            step_with(lambda p, q, token, u: u >= p[token] / q[token]),
            "Drafts are rejected in yours where they should be accepted. One is "
            "accepted where u lies below p / q.",
        ),
        "ss-edge": Mistake(
            step_with(lambda p, q, token, u: u * q[token] <= p[token]),
            "A draft that p rules out is accepted in yours when the draw is 0. With a "
            "chance of 0 it is never accepted: u < p / q, and not `<=`.",
        ),
        "ss-all": Mistake(
            step_with(lambda p, q, token, u: True),
            "Every draft is accepted in yours, so the small model writes the text.",
        ),
        "ss-first-unchecked": Mistake(
            first_unchecked,
            "The first draft is always accepted in yours. It is rated like the others: "
            "row 0 of p is about it.",
        ),
        "ss-one-draw": Mistake(
            one_draw_for_all,
            "All drafts are rated with the first number of `u` in yours, so they "
            "are accepted together more often than they should be. Each has its own.",
        ),
        "ss-counts-on": Mistake(
            counting_on,
            "Yours counts all drafts that would be accepted. What comes behind a "
            "rejected one was made with it in view, and is thrown away with it.",
        ),
        "ss-one-more": Mistake(
            changed(lambda stand, rest, p, q: (min(stand + 1, len(q)), rest)),
            "Yours counts the rejected draft. It is replaced by the token "
            "that is drawn next.",
        ),
        "ss-and-the-drawn": Mistake(
            changed(lambda stand, rest, p, q: (stand + 1, rest)),
            "Yours counts the token that is drawn next, too. Asked are the accepted "
            "drafts.",
        ),
        "ss-all-or-nothing": Mistake(
            all_or_nothing,
            "If one draft is rejected, those before it are thrown away as well in "
            "yours. They were accepted, and stay.",
        ),
        "ss-no-bonus": Mistake(
            step_with(end=lambda p, q: p[-2] if len(q) else p[-1]),
            "If all drafts are accepted yours draws from the row of p about the last "
            "of them. There is one row more, about the token behind: p[-1].",
        ),
        "ss-rest-at-the-end": Mistake(
            step_with(end=lambda p, q: residual(p[-1], q[-1]) if len(q) else p[-1]),
            "If all drafts are accepted yours still takes away what q has. Nothing was "
            "offered for the place behind them: the next token is drawn from p[-1] as "
            "it is.",
        ),
        "ss-exchanged": Mistake(
            changed(lambda stand, rest, p, q: (rest, stand)),
            "The two results have changed places: the number comes first.",
        ),
    },
    also_right={
        "all at once": all_at_once,
        "with a row of zeros": with_a_row_of_zeros,
    },
    hints=(
        "A draft was drawn with the chance q. Suppose that it is accepted with the "
        "chance p / q, or surely where that is above 1. With which chance is a token "
        "drawn and accepted?",
        "Which tokens come too rarely then? Those that p gives more than q. What is "
        "missing is p - q, and that is what is drawn from after a rejection.",
        "Go through the drafts in order, and return at the first one that is rejected. "
        "If there is none, the last row of p is about the token behind them.",
    ),
    question_after=(
        "One question about your function: with which chance is one draft "
        "accepted, all tokens taken together?"
    ),
    answer_after=(
        "The sum of min(p, q) over all tokens: 1 less half of the sum of |p - q|. A "
        "token is drafted with the chance q and accepted with min(1, p / q), which "
        "makes min(p, q). The better the small model knows the large one, the more "
        "drafts are accepted, and the text has the large model's distribution in any "
        "case."
    ),
)
