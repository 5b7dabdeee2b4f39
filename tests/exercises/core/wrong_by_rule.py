"""Wrong programs made from an answer by rule.

A rule takes an exercise and gives programs by name; none where it does not apply.
"""

from functools import partial

import numpy as np

from attn_helpers.exercises.core.compare import is_array
from tests.exercises.core.rewriting import (
    Calls,
    Number,
    axes,
    lifted,
    parameters,
    parts_of,
    results,
    rewritten,
    with_argument,
    with_results,
)

FILLS = -1e3, -1e4, -1e9, -1e30
PREFIXES = 2, 8


# ---------------------------------------------------------------------- the values
def leak(exercise):
    """A little where the answer is exactly 0."""

    def leaking(part, size):
        return np.where(np.asarray(part) == 0, size, part)

    if not any((part == 0).any() for part in results(exercise) if part.dtype == float):
        return {}
    return {
        f"{size:g} for 0": with_results(exercise, partial(leaking, size=size))
        for size in (1e-9, 1e-8)
    }


def fill(exercise):
    """A finite number in place of -inf."""
    programs = {number: rewritten(exercise, Number(number)) for number in FILLS}
    return {f"{n:g} for -inf": p for n, p in programs.items() if p}


def mean(exercise):
    """The mean of a row in place of its maximum."""

    def max_instead(x, axis=None, keepdims=False, initial=0.0):
        seen = np.isfinite(x)
        totals = np.where(seen, x, 0.0).sum(axis=axis, keepdims=keepdims)
        return totals / np.maximum(seen.sum(axis=axis, keepdims=keepdims), 1)

    program = rewritten(exercise, Calls("max"), max_instead=max_instead)
    return {"the mean for the maximum": program} if program else {}


def half(exercise):
    """Half the maximum of a row in its place."""

    def max_instead(x, axis=None, keepdims=False, initial=-np.inf):
        return np.max(x, axis=axis, keepdims=keepdims, initial=initial) / 2

    program = rewritten(exercise, Calls("max"), max_instead=max_instead)
    return {"half the maximum": program} if program else {}


def table(exercise):
    """One maximum for all rows."""

    def max_instead(x, axis=None, keepdims=False, initial=-np.inf):
        return np.asarray(x)[np.isfinite(x)].max(initial=initial)

    program = rewritten(exercise, Calls("max"), max_instead=max_instead)
    rows = any(part.ndim > 1 for part in results(exercise))
    return {"one maximum for the table": program} if program and rows else {}


def single(exercise):
    """The answer in single precision, handed over in double."""

    def narrow(value):
        real = is_array(value) and np.asarray(value).dtype == np.float64
        return lifted(lambda array: array.astype(np.float32), value) if real else value

    def wide(value):
        part = np.asarray(value)
        return part.astype(np.float64) if part.dtype == np.float32 else value

    def program(*args):
        parts = parts_of(exercise, exercise.answer(*map(narrow, args)))
        widened = tuple(lifted(wide, part) for part in parts)
        return widened if len(exercise.returns) > 1 else widened[0]

    same = [
        np.array_equal(a, b)
        for case in exercise.cases(0)
        for a, b in zip(
            parts_of(exercise, program(*case.args)),
            parts_of(exercise, exercise.answer(*case.args)),
            strict=True,
        )
    ]
    return {} if all(same) else {"single precision inside": program}


# ------------------------------------------------------------------- the arguments
def first(exercise):
    """Only a beginning of an argument is read, along its last axis or its first."""
    return {
        f"the first {k} of {name}, axis {axis}": with_argument(
            exercise, number, partial(beginning, k=k, axis=axis)
        )
        for name, number, values in parameters(exercise)
        for axis in {0: (), 1: (-1,)}.get(max(map(axes, values)), (-1, 0))
        for k in PREFIXES
    }


def beginning(array, k, axis):
    """After the first ``k`` comes 0 or False; among whole numbers the first again."""
    kept = np.swapaxes(array.copy(), axis, -1)
    kept[..., k:] = kept[..., :1] if kept.dtype.kind in "iu" else 0
    return np.swapaxes(kept, axis, -1)


def ignored(exercise):
    """An argument is that of the first case, cut or repeated to the size it needs."""

    def always(value, own):
        return np.resize(own, value.shape) if is_array(value) else own

    return {
        f"{name} of the first case": with_argument(
            exercise, number, partial(always, own=np.asarray(values[0]).copy())
        )
        for name, number, values in parameters(exercise)
        if not callable(values[0])
        and not all(np.array_equal(values[0], value) for value in values)
    }


def square(exercise):
    """An argument, or a result, is turned where its last two axes are equal."""

    def turned(array):
        equal = axes(array) > 1 and array.shape[-1] == array.shape[-2]
        return np.swapaxes(array, -1, -2) if equal else array

    programs = {
        f"{name} turned where it is square": with_argument(exercise, number, turned)
        for name, number, values in parameters(exercise)
        if max(map(axes, values)) > 1
    }
    if any(part.ndim > 1 for part in results(exercise)):
        name = "results turned where they are square"
        programs[name] = with_results(exercise, turned)
    return programs


def padding(exercise):
    """What is True is taken to stand in front, or at the end."""

    def in_front(array):
        return np.sort(array, axis=-1)[..., ::-1]

    return {
        f"{name} True {where}": with_argument(exercise, number, change)
        for name, number, values in parameters(exercise)
        if all(is_array(v) and np.asarray(v).dtype == bool for v in values)
        for where, change in (("in front", in_front), ("at the end", np.sort))
    }


# ------------------------------------------------------------------ from call to call
def stateful(exercise):
    """Something is kept from call to call, or drawn."""
    cases = len(exercise.cases(0))
    return {
        "the first result for ever": keeps_the_first(exercise),
        "one result for each shape": keeps_by_shape(exercise),
        "wrong from the second call on": wrong_after(exercise, 1),
        "wrong when all cases have come": wrong_after(exercise, cases),
        "a little noise": noisy(exercise),
    }


def keeps_the_first(exercise):
    kept = []

    def program(*args):
        kept.append(exercise.answer(*args))
        return kept[0]

    return program


def keeps_by_shape(exercise):
    kept = {}

    def program(*args):
        shapes = str([np.shape(argument) for argument in args])
        return kept.setdefault(shapes, exercise.answer(*args))

    return program


def wrong_after(exercise, calls):
    made = []

    def wrong(part):
        part = np.asarray(part)
        return ~part if part.dtype == bool else part + 1

    def program(*args):
        made.append(args)
        late = len(made) > calls
        return (with_results(exercise, wrong) if late else exercise.answer)(*args)

    return program


def noisy(exercise):
    rng = np.random.default_rng(0)

    def disturbed(part):
        part = np.asarray(part)
        if part.dtype == bool:
            return part ^ (rng.random(part.shape) < 0.2)
        return part + 1e-6 * rng.normal(size=part.shape)

    return with_results(exercise, disturbed)


RULES = {
    rule.__name__: rule
    for rule in (
        leak,
        fill,
        mean,
        half,
        table,
        single,
        first,
        ignored,
        square,
        padding,
        stateful,
    )
}
