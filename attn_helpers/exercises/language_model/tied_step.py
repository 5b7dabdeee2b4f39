"""One table, two gradients."""

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def tied_step(table, tokens, targets, rate):
    """The table of both ends after one step down the gradient of the mean loss."""
    table = table.clone().requires_grad_()
    logits = table[tokens].tanh() @ table.T  # (t, vocab)
    chosen = logits.log_softmax(-1).gather(-1, targets[:, None])
    loss = -chosen.mean()
    loss.backward()
    return table.detach() - rate * table.grad


def step_cases(seed):
    import torch

    generator = torch.Generator().manual_seed(seed)

    def case(name, vocab, d, t, rate, loud=1.0):
        table = torch.randn(vocab, d, generator=generator, dtype=torch.float64)
        tokens, targets = torch.randint(vocab, (2, t), generator=generator)
        targets[-1] = (tokens[0] + 1) % vocab  # not all targets are their tokens
        return Case(name, (loud * table, tokens.clone(), targets.clone(), rate))

    def token_of_all(vocab, d, token):
        table = torch.randn(vocab, d, generator=generator, dtype=torch.float64)
        tokens, targets = torch.full((5,), token), torch.arange(5) % vocab
        return table, tokens, targets, 0.5

    return [
        case("7 words of 5 numbers, 11 pairs", 7, 5, 11, 0.1),
        case("the same sizes, a larger step", 7, 5, 11, 1.0),
        case("as many words as numbers", 5, 5, 3, 0.3),
        case("17 words of 13 numbers, 11 pairs", 17, 13, 11, 0.2),
        case("one pair", 7, 3, 1, 0.5),
        case("words of one number", 5, 1, 7, 0.2),
        case("loud rows", 7, 5, 11, 0.1, loud=30.0),
        case("many pairs", 3, 2, 53, 0.7),
        Case("all pairs read one word", token_of_all(7, 3, 2)),
    ]


def slopes(table, tokens, targets, reduce=lambda loss: loss.mean(), curve=None):
    """The gradient at either end, as if there were two tables, and the loss."""
    curve = curve or (lambda rows: rows.tanh())
    embed, head = (table.clone().requires_grad_() for _ in range(2))
    logits = curve(embed[tokens]) @ head.T
    losses = -logits.log_softmax(-1).gather(-1, targets[:, None])[:, 0]
    loss = reduce(losses)
    loss.backward()
    return embed.grad, head.grad


def step_along(join, **how):
    """A step along the two gradients, joined in another way."""

    def program(table, tokens, targets, rate):
        embed, head = slopes(table, tokens, targets, **how)
        return table - rate * join(embed, head)

    return program


def both(embed, head):
    return embed + head


def one_after_the_other(table, tokens, targets, rate):
    """A step at the lower end, then a step at the upper with a new gradient."""
    table = table - rate * slopes(table, tokens, targets)[0]
    return table - rate * slopes(table, tokens, targets)[1]


def by_hand(table, tokens, targets, rate):
    """The gradient on paper."""
    hidden = table[tokens].tanh()
    wrong = (hidden @ table.T).softmax(-1)
    wrong[range(len(targets)), targets] -= 1
    wrong = wrong / len(targets)
    slope = wrong.T @ hidden
    slope.index_add_(0, tokens, wrong @ table * (1 - hidden**2))
    return table - rate * slope


def pair_by_pair(table, tokens, targets, rate):
    slope = table.new_zeros(table.shape)
    for token, target in zip(tokens, targets, strict=True):
        leaf = table.clone().requires_grad_()
        logits = leaf @ leaf[token].tanh()
        (logits.logsumexp(-1) - logits[target]).backward()
        slope += leaf.grad / len(tokens)
    return table - rate * slope


ONE_END = (
    "The table feels one of its two ends in yours, as when the other has a copy, or is "
    "detached. A row is read as a token and compared as an answer, and the gradients "
    "of both uses add up."
)


EXERCISE = Exercise(
    title="One table, two gradients",
    answer=tied_step,
    returns={"table": "what is number {1} of the row of word {0} after the step?"},
    cases=step_cases,
    mistakes={
        "ts-head": Mistake(step_along(lambda embed, head: head), ONE_END),
        "ts-head-missing": Mistake(step_along(lambda embed, head: embed), ONE_END),
        "ts-mean": Mistake(
            step_along(lambda embed, head: (embed + head) / 2),
            "Your step is half as long: it is the mean of what two separate tables "
            "would do. In one table the gradients of both uses add up.",
        ),
        "ts-difference": Mistake(
            step_along(lambda embed, head: head - embed),
            "The gradient of the rows that are read has the wrong sign in yours. Both "
            "uses of the table add up.",
        ),
        "ts-twice": Mistake(
            step_along(lambda embed, head: 2 * (embed + head)),
            "Your step is twice as long as asked, as when `backward` was called twice: "
            "gradients are added to those that are there.",
        ),
        "ts-in-turn": Mistake(
            one_after_the_other,
            "Your table takes two steps, one for each of its uses, and the second "
            "begins where the first ended. One loss has one gradient, with both uses "
            "in it.",
        ),
        "ts-up": Mistake(
            step_along(lambda embed, head: -(embed + head)),
            "Your step goes up the gradient, and makes the loss larger: subtract it.",
        ),
        "ts-sum": Mistake(
            step_along(both, reduce=lambda loss: loss.sum()),
            "Your step grows with the number of pairs: it follows the sum of their "
            "losses. Take the mean.",
        ),
        "ts-gradient": Mistake(
            lambda table, tokens, targets, rate: sum(slopes(table, tokens, targets)),
            "Yours is the gradient. Asked is the table after the step.",
        ),
        "ts-change": Mistake(
            lambda table, tokens, targets, rate: (
                -rate * sum(slopes(table, tokens, targets))
            ),
            "Yours is the step alone. Asked is the table after it.",
        ),
        "ts-still": Mistake(
            lambda table, tokens, targets, rate: table.clone(),
            "Your table is the old one: nothing was learnt.",
        ),
        "ts-norate": Mistake(
            lambda table, tokens, targets, rate: tied_step(table, tokens, targets, 1.0),
            "`rate` has no effect in yours: it multiplies the gradient.",
        ),
        "ts-straight": Mistake(
            step_along(both, curve=lambda rows: rows),
            "The tanh is missing in yours: a row is compared as it stands.",
        ),
        "ts-exchanged": Mistake(
            lambda table, tokens, targets, rate: tied_step(
                table, targets, tokens, rate
            ),
            "Tokens and targets have changed places: `tokens` is what is read.",
        ),
        "ts-copying": Mistake(
            lambda table, tokens, targets, rate: tied_step(table, tokens, tokens, rate),
            "Yours asks each token for itself: `targets` has no effect.",
        ),
        "ts-signs": Mistake(
            step_along(lambda embed, head: (embed + head).sign()),
            "Every number moves by the same in yours, up or down: that is the sign of "
            "the gradient. The gradient itself is asked for.",
        ),
        "ts-unit": Mistake(
            step_along(lambda embed, head: (embed + head) / (embed + head).norm()),
            "Your gradient has the length 1. It is asked for as it is.",
        ),
    },
    library="torch",
    also_right={
        "by hand": by_hand,
        "pair by pair": pair_by_pair,
        "two ends added up": step_along(both),
    },
    hints=(
        "`table.clone().requires_grad_()` is a copy that collects a gradient, and the "
        "argument stays as it is. Use this one copy at both ends.",
        "`table[tokens].tanh() @ table.T` are the logits. The loss is the mean of "
        "minus the log-softmax at the targets; then `loss.backward()`.",
        "After that `table.grad` has both uses in it. Return "
        "`table.detach() - rate * table.grad`.",
    ),
    question_after=(
        "One question about your function: which rows of the table move if all tokens "
        "that are read are the same, with one table and with two?"
    ),
    answer_after=(
        "With one table all of them: every row is compared with what was read, and "
        "moves a little. With two, one row of the lower table moves, and all of the "
        "upper. Copied tables that begin alike are different after one step."
    ),
)
