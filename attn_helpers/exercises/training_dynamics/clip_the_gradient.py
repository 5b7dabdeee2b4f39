"""One length for all gradients."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def clip_the_gradient(table, weight, bias, limit):
    """The three gradients, shortened alike if they are longer than `limit` together."""
    length = np.sqrt((table**2).sum() + (weight**2).sum() + (bias**2).sum())
    share = limit / max(length, limit)
    return share * table, share * weight, share * bias


def gradient_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, vocab, d, d_out, of_limit, parts=(1.0, 1.0, 1.0), loud=1.0):
        """Gradients whose joint length is this much of the limit."""
        shapes = (vocab, d), (d_out, d), (d_out,)
        grads = [
            loud * part * rng.normal(size=shape)
            for part, shape in zip(parts, shapes, strict=True)
        ]
        length = np.sqrt(sum((grad**2).sum() for grad in grads))
        return Case(name, (*grads, float(length / of_limit)))

    def zeros(limit):
        return np.zeros((7, 5)), np.zeros((3, 5)), np.zeros(3), limit

    return [
        case("three times too long", 7, 5, 3, 3.0),
        case("short enough", 7, 5, 3, 0.3),
        case("barely too long", 7, 5, 3, 1.1),
        case("each is short enough, together they are not", 7, 5, 3, 1.2),
        case("a square weight", 11, 5, 5, 7.0),
        case("as many words as numbers", 5, 5, 7, 2.0),
        case("17 words, width 11, 13 rows", 17, 11, 13, 2.0),
        case("one loud bias", 7, 5, 3, 5.0, parts=(1.0, 1.0, 1000.0)),
        case("a loud table", 7, 5, 3, 50.0, parts=(100.0, 1.0, 1.0)),
        case("faint gradients, too long", 7, 5, 3, 2.0, loud=1e-3),
        case("a bias of zeros", 3, 2, 5, 2.0, parts=(1.0, 1.0, 0.0)),
        Case("gradients of zeros", zeros(1.0)),
        Case("a limit below 1, gradients of zeros", zeros(0.25)),
        Case("one number each", (np.ones((1, 1)), np.ones((1, 1)), np.ones(1), 0.5)),
    ]


def joint_length(table, weight, bias):
    return np.sqrt((table**2).sum() + (weight**2).sum() + (bias**2).sum())


def length_of(part):
    return np.sqrt((part**2).sum())


def capped(length, limit):
    return limit / max(length, limit)


def by_length(measure, share=capped):
    """All three times one share, which follows from what ``measure`` finds."""

    def program(table, weight, bias, limit):
        factor = share(measure(table, weight, bias), limit)
        return factor * table, factor * weight, factor * bias

    return program


def each(change):
    """Each array on its own."""
    return lambda table, weight, bias, limit: tuple(
        change(part, limit) for part in (table, weight, bias)
    )


def without(number):
    """One of the three is measured, but stays as it is."""

    def program(table, weight, bias, limit):
        clipped = list(clip_the_gradient(table, weight, bias, limit))
        clipped[number] = (table, weight, bias)[number].copy()
        return tuple(clipped)

    return program


def numbers_of(table, weight, bias):
    return np.concatenate([table.ravel(), weight.ravel(), bias])


def one_long_row(table, weight, bias, limit):
    row = numbers_of(table, weight, bias)
    length = np.sqrt(row @ row)
    if length > limit:
        row = row * (limit / length)
    first, second, third = np.split(row, [table.size, table.size + weight.size])
    return first.reshape(table.shape), second.reshape(weight.shape), third


def lengths_of_lengths(table, weight, bias, limit):
    total = 0.0
    for part in (table, weight, bias):
        total = np.hypot(total, length_of(part))
    if total <= limit:
        return table.copy(), weight.copy(), bias.copy()
    return tuple(part / total * limit for part in (table, weight, bias))


EXERCISE = Exercise(
    title="One length for all gradients",
    answer=clip_the_gradient,
    returns={
        "table": "what is number {1} of row {0} of the table's gradient?",
        "weight": "what is number {1} of row {0} of the weight's gradient?",
        "bias": "what is number {0} of the bias's gradient?",
    },
    cases=gradient_cases,
    mistakes={
        "cg-each-array": Mistake(
            each(lambda part, limit: part * capped(length_of(part), limit)),
            "Each array is clipped on its own in yours, so the step turns: the longest "
            "loses more than the others. And together they may still be longer than "
            "the limit. There is one length for all, and one factor.",
        ),
        "cg-each-number": Mistake(
            each(lambda part, limit: np.clip(part, -limit, limit)),
            "Each number is clipped on its own in yours, as `np.clip` does. The step "
            "turns towards the small ones, and may still be too long. There is one "
            "length for all, and one factor.",
        ),
        "cg-each-row": Mistake(
            each(
                lambda part, limit: (
                    part
                    * (limit / np.maximum(np.sqrt((part**2).sum(-1)), limit))[..., None]
                    if part.ndim > 1
                    else part * capped(length_of(part), limit)
                )
            ),
            "Each row is clipped on its own in yours, as when a length has an axis. "
            "There is one length for all, and one factor.",
        ),
        "cg-always": Mistake(
            by_length(joint_length, lambda length, limit: limit / length),
            "Your gradients always have the length `limit`: short ones are made "
            "longer, and 0 becomes nan. Only what is too long is changed.",
        ),
        "cg-always-safe": Mistake(
            by_length(
                joint_length, lambda length, limit: limit / length if length else 1.0
            ),
            "Your gradients always have the length `limit`: short ones are made "
            "longer, too. Only what is too long is changed.",
        ),
        "cg-nan-at-0": Mistake(
            lambda table, weight, bias, limit: tuple(
                np.minimum(1.0, limit / length) * (length * (part / length))
                for length in [joint_length(table, weight, bias)]
                for part in (table, weight, bias)
            ),
            "Right until all gradients are 0: yours divides them by their length, and "
            "0/0 is nan. A gradient of 0 stays as it is.",
        ),
        "cg-noroot": Mistake(
            by_length(lambda *grads: joint_length(*grads) ** 2),
            "Your length has no root: it is the sum of the squares. So what is too "
            "long becomes too short, or is not found at all.",
        ),
        "cg-sum-of-lengths": Mistake(
            by_length(lambda *grads: sum(map(length_of, grads))),
            "Yours adds up the lengths of the three. They stand at right angles to "
            "each other: it is the squares that add up, and then comes the root.",
        ),
        "cg-mean": Mistake(
            by_length(lambda *grads: np.sqrt((numbers_of(*grads) ** 2).mean())),
            "Yours is the root of the mean square, which does not grow with the number "
            "of parameters. A length is the root of the sum.",
        ),
        "cg-mean-of-lengths": Mistake(
            by_length(lambda *grads: sum(map(length_of, grads)) / 3),
            "Yours is the mean length of the three. It is their squares that add up, "
            "and then comes the root.",
        ),
        "cg-longest": Mistake(
            by_length(lambda *grads: max(map(length_of, grads))),
            "Yours measures the longest of the three alone. All squares count.",
        ),
        "cg-largest": Mistake(
            by_length(lambda *grads: np.abs(numbers_of(*grads)).max()),
            "Yours measures the largest number alone. A length is the root of the sum "
            "of all squares.",
        ),
        "cg-absolute-values": Mistake(
            by_length(lambda *grads: np.abs(numbers_of(*grads)).sum()),
            "Yours adds up absolute values. A length is the root of the sum of all "
            "squares.",
        ),
        "cg-spectral": Mistake(
            by_length(
                lambda table, weight, bias: np.sqrt(
                    np.linalg.norm(table, 2) ** 2
                    + np.linalg.norm(weight, 2) ** 2
                    + (bias**2).sum()
                )
            ),
            "Yours takes the largest singular value for the length of a matrix, as "
            "`np.linalg.norm` with `ord=2` does. Here a matrix is a long row of "
            "numbers: the root of the sum of all squares.",
        ),
        "cg-no-bias": Mistake(
            by_length(
                lambda table, weight, bias: joint_length(table, weight, np.zeros(1))
            ),
            "The bias does not count in your length. All numbers do.",
        ),
        "cg-table-alone": Mistake(
            by_length(lambda table, weight, bias: length_of(table)),
            "Yours measures the table alone. All numbers count.",
        ),
        "cg-bias-stays": Mistake(
            without(2),
            "The bias stays as it was in yours. One factor goes over all three.",
        ),
        "cg-table-stays": Mistake(
            without(0),
            "The table stays as it was in yours. One factor goes over all three.",
        ),
        "cg-zeros": Mistake(
            by_length(
                joint_length, lambda length, limit: 1.0 if length <= limit else 0.0
            ),
            "What is too long becomes 0 in yours: the step is left out. It is to be "
            "made shorter, in the same direction.",
        ),
        "cg-length-1": Mistake(
            by_length(
                joint_length,
                lambda length, limit: 1.0 if length <= limit else 1 / length,
            ),
            "What is too long gets the length 1 in yours, whatever the limit is.",
        ),
        "cg-divided": Mistake(
            by_length(
                joint_length,
                lambda length, limit: 1.0 if length <= limit else 1 / limit,
            ),
            "What is too long is divided by the limit in yours. The factor is limit / "
            "length.",
        ),
        "cg-opposite": Mistake(
            by_length(
                joint_length,
                lambda length, limit: (
                    1.0 if length > limit or not length else limit / length
                ),
            ),
            "Yours changes what is short, and leaves what is too long. The factor is "
            "limit / length where the length is above the limit.",
        ),
        "cg-not-at-all": Mistake(
            lambda table, weight, bias, limit: (
                table.copy(),
                weight.copy(),
                bias.copy(),
            ),
            "Nothing is changed in yours: `limit` has no effect.",
        ),
        "cg-squared-share": Mistake(
            by_length(joint_length, lambda length, limit: capped(length, limit) ** 2),
            "The factor comes twice in yours, so what is too long becomes too short.",
        ),
        **{
            f"cg-eps{variant}": Mistake(
                by_length(
                    joint_length,
                    lambda length, limit, eps=eps: min(1.0, limit / (length + eps)),
                ),
                "Your gradients end a little below the limit, as when a small number "
                "is added to the length against a division by 0. torch does that, "
                "too, with 1e-6. Here no length of 0 is ever divided by, if only what "
                "is too long is.",
            )
            for variant, eps in (("", 1e-6), ("-1e-4", 1e-4))
        },
    },
    also_right={
        "one long row": one_long_row,
        "the length of the lengths": lengths_of_lengths,
        "the smaller of 1 and limit / length": by_length(
            joint_length, lambda length, limit: np.minimum(1.0, limit / length)
        ),
    },
    hints=(
        "Imagine the numbers of all three in one long row. How long is it?",
        "One factor for all three: limit / length where the length is above the limit, "
        "and 1 elsewhere. `limit / max(length, limit)` says both.",
    ),
    question_after=(
        "One question about your function: a batch with a loss of nan comes by. What "
        "does clipping do with its gradient?"
    ),
    answer_after=(
        "Nothing that helps: one nan makes the length nan, and then every number. A "
        "training loop asks whether the length is finite, and leaves the step out if "
        "it is not."
    ),
)
