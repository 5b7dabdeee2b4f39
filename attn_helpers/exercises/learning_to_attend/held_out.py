"""A fair exam."""

import numpy as np

from attn_helpers.exercises.core.types import Case, Exercise, Mistake


def held_out(x, y, order, held):
    """Train and held-out parts: x_train, y_train, x_held, y_held."""
    exam, practice = order[:held], order[held:]
    return x[practice], y[practice], x[exam], y[exam]


def split_cases(seed):
    rng = np.random.default_rng(seed)

    def case(name, n, d, held):
        order = rng.permutation(n)
        while n > 2 and (order[order] == np.arange(n)).all():  # its own opposite
            order = rng.permutation(n)
        return Case(name, (rng.normal(size=(n, d)), rng.normal(size=n), order, held))

    return [
        case("17 rows of 3, 5 held out", 17, 3, 5),
        case("11 rows of 2, 7 held out", 11, 2, 7),
        case("7 rows of 5, one held out", 7, 5, 1),
        case("13 rows of 2, 12 held out", 13, 2, 12),
        case("5 rows of 5, 2 held out", 5, 5, 2),
        case("6 rows of 3, half held out", 6, 3, 3),
        case("29 rows of 11, 13 held out", 29, 11, 13),
        case("17 rows of 3 again, 5 held out", 17, 3, 5),
    ]


def split_by(exam, practice):
    """A split by two lists of rows, each from ``order`` and ``held``."""
    return lambda x, y, order, held: (
        x[practice(order, held)],
        y[practice(order, held)],
        x[exam(order, held)],
        y[exam(order, held)],
    )


def first(order, held):
    return order[:held]


def rest(order, held):
    return order[held:]


EXERCISE = Exercise(
    title="A fair exam",
    answer=held_out,
    returns={
        "x_train": "which row should stand at place {0} of the training part?",
        "y_train": "which y belongs to row {0} of the training part?",
        "x_held": "which row should stand at place {0} of the held-out part?",
        "y_held": "which y belongs to row {0} of the held-out part?",
    },
    cases=split_cases,
    mistakes={
        "ho-not-shuffled": Mistake(
            lambda x, y, order, held: (x[held:], y[held:], x[:held], y[:held]),
            "`order` has no effect in yours: the first rows are held out as they "
            "stand. If they are sorted, the exam is about another kind of row than the "
            "training.",
        ),
        "ho-overlap": Mistake(
            split_by(first, lambda order, held: order),
            "The held-out rows are in your training part as well. An exam with "
            "practised questions cannot tell learning from learning by heart.",
        ),
        "ho-all-rows": Mistake(
            lambda x, y, order, held: (x, y, x[order[:held]], y[order[:held]]),
            "Your training part is the whole data as it came, with the held-out rows "
            "in it. An exam with practised questions cannot tell learning from "
            "learning by heart.",
        ),
        "ho-y-not-shuffled": Mistake(
            lambda x, y, order, held: (
                x[order[held:]],
                y[held:],
                x[order[:held]],
                y[:held],
            ),
            "Your x is shuffled and your y is not, so the rows have the answers of "
            "other rows. The shapes are right, and a model trained on this learns "
            "next to nothing.",
        ),
        "ho-x-not-shuffled": Mistake(
            lambda x, y, order, held: (
                x[held:],
                y[order[held:]],
                x[:held],
                y[order[:held]],
            ),
            "Your y is shuffled and your x is not, so the rows have the answers of "
            "other rows. The shapes are right, and a model trained on this learns "
            "next to nothing.",
        ),
        "ho-exchanged": Mistake(
            split_by(rest, first),
            "The two parts have changed places: you train on `held` rows and hold out "
            "the rest.",
        ),
        "ho-last": Mistake(
            split_by(
                lambda order, held: order[len(order) - held :],
                lambda order, held: order[: len(order) - held],
            ),
            "You hold out the last `held` rows of `order`. That is as fair; the task "
            "asks for the first.",
        ),
        "ho-opposite": Mistake(
            split_by(
                lambda order, held: np.argsort(order)[:held],
                lambda order, held: np.argsort(order)[held:],
            ),
            "Your order is the opposite of `order`: it says to which place a row goes, "
            "and `order` says which row comes.",
        ),
        "ho-sorted": Mistake(
            split_by(
                lambda order, held: np.sort(order[:held]),
                lambda order, held: np.sort(order[held:]),
            ),
            "The right rows are in each part, and stand in their old order. The task "
            "asks for the order of `order`.",
        ),
        "ho-sorted-training": Mistake(
            split_by(first, lambda order, held: np.sort(order[held:])),
            "The right rows are in each part, and those for training stand in their "
            "old order. The task asks for the order of `order`.",
        ),
        "ho-one-in-both": Mistake(
            split_by(first, lambda order, held: order[held - 1 :]),
            "One row is in both parts. The training part begins at `order[held]`.",
        ),
        "ho-one-lost": Mistake(
            split_by(first, lambda order, held: order[held + 1 :]),
            "One row is in neither part. The training part begins at `order[held]`.",
        ),
        "ho-grouped": Mistake(
            lambda x, y, order, held: tuple(
                held_out(x, y, order, held)[i] for i in (0, 2, 1, 3)
            ),
            "The four parts are right and come in another order: first both training "
            "parts, x and y, then both that are held out.",
        ),
    },
    also_right={
        "shuffled first": lambda x, y, order, held: (
            x[order][held:],
            y[order][held:],
            x[order][:held],
            y[order][:held],
        ),
        "row by row": lambda x, y, order, held: tuple(
            np.array([part[row] for row in rows])
            for rows in (order[held:], order[:held])
            for part in (x, y)
        ),
    },
    hints=(
        "`x[order[:3]]` are the three rows of x whose numbers stand first in `order`.",
        "Name the two lists, `order[:held]` and `order[held:]`, and use each of them "
        "for x and for y.",
    ),
    question_after=(
        "One question about your function: 200 recordings come from ten speakers, "
        "twenty of each. Is a shuffled split of the recordings a fair exam for new "
        "speakers?"
    ),
    answer_after=(
        "No. Every speaker of the exam has been heard in training. Hold out whole "
        "speakers: what is new in the exam must be new in the way that matters later."
    ),
)
