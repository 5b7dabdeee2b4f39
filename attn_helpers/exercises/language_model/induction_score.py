"""Who looks for what came next?"""

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def induction_score(weights, tokens):
    """How much each head reads the token before, and what once followed its own."""
    previous = weights.diagonal(-1, -2, -1).mean(-1)  # (h,)
    earlier = (tokens[:, None] == tokens).tril(-1)  # (t, t), where it stood before
    behind = earlier.roll(1, -1)  # and the place after that
    shares = (weights * behind).sum(-1)  # (h, t)
    return previous, shares[:, behind.any(-1)].mean(-1)


def score_cases(seed):
    import torch

    generator = torch.Generator().manual_seed(seed)

    def case(name, h, tokens, loud=2.0):
        t = len(tokens)
        scores = loud * torch.randn(h, t, t, generator=generator, dtype=torch.float64)
        hidden = torch.ones(t, t, dtype=torch.bool).triu(1)
        weights = scores.masked_fill(hidden, -torch.inf).softmax(-1)
        return Case(name, (weights, torch.tensor(tokens)))

    def drawn(t, vocab):
        tokens = torch.randint(vocab, (t,), generator=generator)
        tokens[-2:] = tokens[0]  # something comes again in any case
        return tokens.tolist()

    once = torch.randperm(19, generator=generator)[:7].tolist()
    perfect = torch.zeros(2, 6, 6, dtype=torch.float64)
    perfect[0, range(1, 6), range(5)] = 1.0
    perfect[1, range(3, 6), range(1, 4)] = 1.0
    perfect[:, 0, 0] = perfect[1, 1, 0] = perfect[1, 2, 0] = 1.0
    return [
        case("3 heads, 7 tokens twice", 3, once * 2),
        case("the same sizes, other numbers", 3, once * 2, loud=1.0),
        case("5 tokens three times", 2, once[:5] * 3),
        case("one token comes again", 3, [*once, once[2]]),
        case("tokens here and there", 3, drawn(11, 5)),
        case("a token twice in a row", 3, [*once[:3], once[2], once[1]]),
        case("as many heads as tokens", 5, [*once[:3], once[0], once[1]]),
        case("11 heads, 17 tokens of 7 words", 11, drawn(17, 7)),
        case("one head, one token twice", 1, [3, 3]),
        case("token 0 comes again", 3, [0, 4, 0, 4, 9, 0]),
        Case(
            "a head for each and no other",
            (perfect, torch.tensor([*once[:3], *once[:3]])),
        ),
    ]


def earlier(tokens):
    return (tokens[:, None] == tokens).tril(-1)


def behind(tokens):
    return earlier(tokens).roll(1, -1)


def previous(weights):
    return weights.diagonal(-1, -2, -1).mean(-1)


def on(pattern, weights, counts=None):
    """The mean share of the weight that lies on the pattern, over the rows it has."""
    counts = pattern.any(-1) if counts is None else counts
    return (weights * pattern).sum(-1)[:, counts].mean(-1)


def looking(pattern):
    """The right first score, and the second on another pattern."""
    return lambda weights, tokens: (previous(weights), on(pattern(tokens), weights))


def before_with(score):
    """Another first score, and the right second."""
    return lambda weights, tokens: (score(weights), on(behind(tokens), weights))


def both(change):
    """Both right scores, changed."""
    return lambda weights, tokens: change(*induction_score(weights, tokens))


def summed_up(weights, tokens):
    pattern = behind(tokens)
    return previous(weights), (weights * pattern).sum((-2, -1))


def over_all_rows(weights, tokens):
    pattern = behind(tokens)
    return previous(weights), (weights * pattern).sum(-1).mean(-1)


def over_all_places(weights, tokens):
    return previous(weights), weights[:, behind(tokens)].mean(-1)


def strongest(weights, tokens):
    pattern = behind(tokens)
    shares = (weights * pattern).amax(-1)
    return previous(weights), shares[:, pattern.any(-1)].mean(-1)


def last_time(tokens):
    """Behind the last time alone."""
    pattern = behind(tokens)
    later = pattern.flip(-1).cumsum(-1).flip(-1) - pattern.int()
    return pattern & (later == 0)


def first_time(tokens):
    pattern = behind(tokens)
    return pattern & (pattern.cumsum(-1) == 1)


def half_a_text_back(tokens):
    """As if the second half repeated the first."""
    t = len(tokens)
    row = tokens.new_ones(t).cumsum(0) - 1
    half = t // 2
    return (row == row[:, None] - half + 1) & (row[:, None] >= half)


def with_itself(tokens):
    return (tokens[:, None] == tokens).tril().roll(1, -1)


def with_later(tokens):
    same = (tokens[:, None] == tokens).fill_diagonal_(False)
    after = same.roll(1, -1)
    after[:, 0] = False
    return after


def row_by_row(weights, tokens):
    h, t, _ = weights.shape
    found, rows = weights.new_zeros(h), 0
    for i in range(1, t):
        places = [j + 1 for j in range(i) if tokens[j] == tokens[i]]
        if places:
            found = found + weights[:, i, places].sum(-1)
            rows += 1
    one_back = sum(weights[:, i, i - 1] for i in range(1, t)) / (t - 1)
    return one_back, found / rows


def by_numpy_and_back(weights, tokens):
    """The pattern by comparing shifted texts."""
    t = len(tokens)
    pattern = weights.new_zeros(t, t)
    pattern[:, 1:] = (tokens[:, None] == tokens[None, :-1]).tril(-1).to(weights)
    rows = pattern.sum(-1) > 0
    shares = (weights * pattern).sum(-1)
    return weights[:, 1:, :-1].diagonal(0, 1, 2).mean(-1), shares[:, rows].mean(-1)


EXERCISE = Exercise(
    title="Who looks for what came next?",
    answer=induction_score,
    returns={
        "previous": "how much does head {0} read the token before, on average?",
        "induction": "how much does head {0} read what followed its token before?",
    },
    cases=score_cases,
    mistakes={
        "is-same": Mistake(
            looking(earlier),
            "Your second score counts the earlier places of the token itself. An "
            "induction head looks one place further: at what followed it then.",
        ),
        "is-before": Mistake(
            looking(lambda tokens: earlier(tokens).roll(-1, -1)),
            "Your second score counts the place before an earlier one of the token. "
            "What followed it stands behind: one place further to the right.",
        ),
        "is-two-behind": Mistake(
            looking(lambda tokens: behind(tokens).roll(1, -1).tril()),
            "Your second score counts the place two behind an earlier one of the "
            "token. What followed it stands one place behind.",
        ),
        "is-half": Mistake(
            looking(half_a_text_back),
            "Your second score takes the second half of each text for a copy of the "
            "first. Where a token stood before is seen from `tokens`.",
        ),
        "is-with-itself": Mistake(
            looking(with_itself),
            "Each token counts as an earlier one of itself in yours, so rows count "
            "whose token is new. Earlier means before: `tril(-1)`.",
        ),
        "is-with-later": Mistake(
            looking(with_later),
            "Rows count in yours whose token comes again only later. Nothing is to be "
            "found there yet: earlier places alone.",
        ),
        "is-last": Mistake(
            looking(last_time),
            "Right where each token has stood once before. Where it stood several "
            "times, what followed counts each time.",
        ),
        "is-first": Mistake(
            looking(first_time),
            "Right where each token has stood once before. Where it stood several "
            "times, what followed counts each time, and not the first alone.",
        ),
        "is-strongest": Mistake(
            strongest,
            "Where several places count, your second score takes the strongest. Their "
            "weights add up: it is the share of a row that lies on any of them.",
        ),
        "is-all-rows": Mistake(
            over_all_rows,
            "Rows whose token is new count as 0 in yours. They have nowhere to look: "
            "the mean goes over rows whose token has stood before.",
        ),
        "is-all-places": Mistake(
            over_all_places,
            "Your second score is the mean over places, so a row with three of them "
            "counts three times and can reach a third in each. Add up a row first, "
            "then take the mean over rows.",
        ),
        "is-sum": Mistake(
            summed_up,
            "Your second score grows with the text: rows are added up. Take their "
            "mean, over those that have a place to look at.",
        ),
        "is-turned": Mistake(
            lambda weights, tokens: induction_score(weights.mT, tokens),
            "Rows and columns have changed places: a row of weights belongs to the "
            "token that reads.",
        ),
        "is-heads": Mistake(
            both(
                lambda one, other: (
                    one.mean() + 0 * one,
                    other.mean() + 0 * other,
                )
            ),
            "All heads have the same scores in yours, the means over heads. Each head "
            "has its own: that is how one finds it.",
        ),
        "is-heads-gone": Mistake(
            both(lambda one, other: (one.mean(), other.mean())),
            "Yours has one number for all heads. Each has its own, (h,): that is how "
            "one finds it.",
        ),
        "is-itself": Mistake(
            before_with(lambda weights: weights.diagonal(0, -2, -1).mean(-1)),
            "Your first score is the weight on the token itself. The one before stands "
            "one column to the left.",
        ),
        "is-next": Mistake(
            before_with(lambda weights: weights.diagonal(1, -2, -1).mean(-1)),
            "Your first score is the weight on the next token, which a causal head "
            "does not have. The one before stands one column to the left: -1.",
        ),
        "is-previous-all-rows": Mistake(
            before_with(
                lambda weights: weights.diagonal(-1, -2, -1).sum(-1) / weights.shape[-1]
            ),
            "Your first score is divided by all rows. Row 0 has no token before it: "
            "there are t - 1 that have.",
        ),
        "is-previous-sum": Mistake(
            before_with(lambda weights: weights.diagonal(-1, -2, -1).sum(-1)),
            "Your first score grows with the text. Take the mean over rows.",
        ),
        "is-first-token": Mistake(
            before_with(lambda weights: weights[:, 1:, 0].mean(-1)),
            "Your first score is the weight on the first token of the text. The one "
            "before moves along with the row.",
        ),
        "is-exchanged": Mistake(
            both(lambda one, other: (other, one)),
            "The two scores have changed places: the token before comes first.",
        ),
    },
    library="torch",
    also_right={
        "row by row": row_by_row,
        "the text beside itself, shifted": by_numpy_and_back,
        "by patterns": looking(behind),
    },
    hints=(
        "The weights on the token before stand on a diagonal: "
        "`weights.diagonal(-1, -2, -1)` is (h, t - 1).",
        "`tokens[:, None] == tokens` says where the token of a row stands; `tril(-1)` "
        "leaves the earlier places. Shift each row by one place to the right.",
        "Add up each row of `weights` on this pattern. Then the mean over the rows "
        "that the pattern has a place in: `pattern.any(-1)`.",
    ),
    question_after=(
        "One question about your function: a text has no repetition, and a model of "
        "one layer. Which of the two scores can be high all the same?"
    ),
    answer_after=(
        "The first: the token before is found by its place alone. The second has no "
        "row to be taken of. And in one layer it stays low on any text: a key would "
        "have to know which token stands before it, and that is what a head in an "
        "earlier layer brings."
    ),
)
