"""A loop in torch."""

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def zeroed_gradients(weights, x, y, rate):
    """The weights after one step for each batch, (d,)."""
    import torch

    weights = weights.clone().requires_grad_()
    for inputs, wanted in zip(x, y, strict=True):
        weights.grad = None
        ((inputs @ weights - wanted) ** 2).mean().backward()
        with torch.no_grad():
            weights -= rate * weights.grad
    return weights.detach()


def loop_cases(seed):
    import torch

    generator = torch.Generator().manual_seed(seed)

    def case(name, steps, b, d, rate, loud=1.0):
        def draw(*size):
            return torch.randn(size, generator=generator, dtype=torch.float64)

        return Case(name, (loud * draw(d), draw(steps, b, d), draw(steps, b), rate))

    return [
        case("5 batches of 7 rows, 3 numbers", 5, 7, 3, 0.1),
        case("the same sizes, a larger rate", 5, 7, 3, 0.3),
        case("two batches of 3 rows, 2 numbers", 2, 3, 2, 0.2),
        case("one batch", 1, 5, 3, 0.1),
        case("9 batches of 13 rows, 11 numbers", 9, 13, 11, 0.05),
        case("11 batches of one row", 11, 1, 3, 0.05),
        case("3 batches of 3 rows, 3 numbers", 3, 3, 3, 0.2),
        case("7 batches of 13 rows, one number", 7, 13, 1, 0.15),
        case("weights far away", 5, 7, 2, 0.1, loud=100.0),
    ]


def slope(weights, inputs, wanted):
    """The gradient of the mean squared error, by the formula."""
    return 2 * inputs.T @ (inputs @ weights - wanted) / len(wanted)


def with_step(step):
    """The loop with another step: the weights, their gradient and the rate."""

    def program(weights, x, y, rate):
        for inputs, wanted in zip(x, y, strict=True):
            weights = step(weights, slope(weights, inputs, wanted), rate)
        return weights

    return program


def with_slope(of_batch):
    """The loop with another gradient of a batch."""

    def program(weights, x, y, rate):
        for inputs, wanted in zip(x, y, strict=True):
            weights = weights - rate * of_batch(weights, inputs, wanted)
        return weights

    return program


def never_zeroed(weights, x, y, rate):
    total = 0
    for inputs, wanted in zip(x, y, strict=True):
        total = total + slope(weights, inputs, wanted)
        weights = weights - rate * total
    return weights


def step_first(weights, x, y, rate):
    """Each step follows the gradient of the batch before."""
    late = 0
    for inputs, wanted in zip(x, y, strict=True):
        ahead = slope(weights, inputs, wanted)
        weights = weights - rate * late
        late = ahead
    return weights.clone()


def from_the_start(weights, x, y, rate):
    total = sum(slope(weights, *batch) for batch in zip(x, y, strict=True))
    return weights - rate * total


def mean_of_all(weights, x, y, rate):
    total = sum(slope(weights, *batch) for batch in zip(x, y, strict=True))
    return weights - rate * total / len(x)


def twice_each(weights, x, y, rate):
    for inputs, wanted in zip(x, y, strict=True):
        for _ in range(2):
            weights = weights - rate * slope(weights, inputs, wanted)
    return weights


def built_in(weights, x, y, rate):
    import torch

    weights = torch.nn.Parameter(weights.clone())
    optimizer = torch.optim.SGD([weights], lr=rate)
    for inputs, wanted in zip(x, y, strict=True):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(inputs @ weights, wanted).backward()
        optimizer.step()
    return weights.detach()


EXERCISE = Exercise(
    title="A loop in torch",
    answer=zeroed_gradients,
    returns={"weights": "what is weight {0} after all batches?"},
    cases=loop_cases,
    mistakes={
        "zg-never": Mistake(
            never_zeroed,
            "The first step is right, and later ones follow the sum of all gradients "
            "so far: `backward` adds to what lies in `.grad`. Remove the old gradient "
            "before each `backward`.",
        ),
        "zg-late": Mistake(
            lambda weights, x, y, rate: weights.clone(),
            "The weights never move, as when the gradient is removed between "
            "`backward` and the step. Remove the old one before `backward`.",
        ),
        "zg-step-first": Mistake(
            step_first,
            "Each of your steps follows the gradient of the batch before, as when the "
            "step comes before `backward`; the last batch teaches nothing. First go "
            "back, then step.",
        ),
        "zg-up": Mistake(
            with_step(lambda weights, slope, rate: weights + rate * slope),
            "Your steps go up the gradient and make the loss larger: subtract it.",
        ),
        "zg-rate-twice": Mistake(
            with_step(lambda weights, slope, rate: weights - rate * rate * slope),
            "The rate is applied twice, as when both the loss and the step are "
            "multiplied by it.",
        ),
        "zg-no-rate": Mistake(
            with_step(lambda weights, slope, rate: weights - slope),
            "`rate` has no effect in yours: it multiplies the gradient.",
        ),
        "zg-sum": Mistake(
            with_slope(lambda w, x, y: slope(w, x, y) * len(y)),
            "Your steps grow with the size of the batch: they follow the sum of the "
            "squared errors. Take their mean.",
        ),
        "zg-half": Mistake(
            with_slope(lambda w, x, y: slope(w, x, y) / 2),
            "Your steps are half as long: they follow half the squared error. Here the "
            "loss is the mean squared error itself.",
        ),
        "zg-absolute": Mistake(
            with_slope(lambda w, x, y: x.T @ (x @ w - y).sign() / len(y)),
            "Your steps follow the mean of the absolute errors. Squared ones are asked "
            "for.",
        ),
        "zg-root": Mistake(
            with_slope(
                lambda w, x, y: slope(w, x, y) / (2 * ((x @ w - y) ** 2).mean().sqrt())
            ),
            "Your steps follow the root of the mean squared error. The mean itself is "
            "the loss here.",
        ),
        "zg-first-batch": Mistake(
            lambda weights, x, y, rate: zeroed_gradients(
                weights, x[:1].expand_as(x), y[:1].expand_as(y), rate
            ),
            "All your steps are taken on the first batch.",
        ),
        "zg-one-step": Mistake(
            lambda weights, x, y, rate: zeroed_gradients(weights, x[:1], y[:1], rate),
            "Yours stops after the first batch, as with a `return` inside the loop.",
        ),
        "zg-last-only": Mistake(
            lambda weights, x, y, rate: zeroed_gradients(weights, x[-1:], y[-1:], rate),
            "Only the last batch has an effect, as when each step starts from the "
            "first weights.",
        ),
        "zg-from-start": Mistake(
            from_the_start,
            "All gradients are taken at the first weights, and added up. Each step "
            "starts where the last one ended.",
        ),
        "zg-one-mean": Mistake(
            mean_of_all,
            "There is one step on all batches together. Each batch has a step of its "
            "own.",
        ),
        "zg-twice": Mistake(
            twice_each,
            "Each batch gets two steps in yours.",
        ),
        "zg-signs": Mistake(
            with_step(lambda weights, slope, rate: weights - rate * slope.sign()),
            "Every weight moves by the same in yours: that is the sign of the "
            "gradient.",
        ),
        "zg-change": Mistake(
            lambda weights, x, y, rate: zeroed_gradients(weights, x, y, rate) - weights,
            "Yours is how far the weights have moved. The weights themselves are asked "
            "for.",
        ),
    },
    library="torch",
    also_right={
        "with an optimiser": built_in,
        "by the formula": with_slope(slope),
    },
    hints=(
        "`weights.clone().requires_grad_()` is a copy that collects a gradient, and "
        "the argument stays as it is.",
        "In the loop: `weights.grad = None`, the loss, `backward()`, and then the "
        "step.",
        "The step changes the weights, and must not be recorded: "
        "`with torch.no_grad(): weights -= rate * weights.grad`.",
    ),
    question_after=(
        "One question about your loop: it changes the order of nothing. If the batches "
        "came in another order, would the weights in the end be the same?"
    ),
    answer_after=(
        "No. Each gradient is taken where the steps before have led. This is why a "
        "run has a seed for the order of its batches."
    ),
)
