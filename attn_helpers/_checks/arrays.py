"""One reader of arrays: what comes back can be computed with as its axes promise.

An argument is described by its axes, as in ``"(..., t_q, d_k)"``, which stands for
finite numbers, or by one of the functions below that say more than that::

    q, k = read_arrays("dot_score", q=(q, "(..., t_q, d_k)"), k=(k, "(..., t_k, d_k)"))
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from attn_helpers._checks.axes import Spec, match, read_spec
from attn_helpers._checks.message import complaint, not_boolean, not_whole

PLAIN = (np.ndarray, np.memmap)
INT64 = int(np.iinfo(np.int64).max)

# --- what may stand in an array ------------------------------------------------------


class Rule(NamedTuple):
    """What each entry of an array must be.

    Args:
        sentence: the rule, with ``{name}`` for the argument.
        bad: from the array to True where it is broken.
        shown: from the array to what is shown of it there.
        words: how that is said.
    """

    sentence: str
    bad: Callable
    shown: Callable = lambda array: array
    words: str = "{}"


FINITE = Rule("{name} must be finite", lambda array: ~np.isfinite(array))
SCORE = Rule(
    "{name} must be finite, or -inf for weight 0",
    lambda array: np.isnan(array) | np.isposinf(array),
)
NOT_NEGATIVE = Rule("{name} must not be negative", lambda array: array < 0)
RISING = Rule(
    "{name} must rise from entry to entry",
    lambda row: np.append(False, np.diff(row) <= 0),
)
AT_MOST_INT64 = Rule(f"{{name}} must be at most {INT64}", lambda array: array > INT64)


def _between(low, high):
    return Rule(
        f"{{name}} must be from {low} to {high}",
        lambda array: (array < low) | (array > high),
    )


def _totals(weights):
    return weights.sum(axis=-1, dtype=np.float64)


def _no_share(weights):
    totals = _totals(weights)
    slack = max(1e-6, 4 * float(np.finfo(weights.dtype).eps))
    return (np.abs(totals - 1) > slack) & (totals != 0)


SUM_TO_ONE = Rule(
    "each row of {name} must sum to 1, or to 0 if it attends to nothing",
    _no_share,
    _totals,
    "a sum of {}",
)


def minus_inf(axes):
    """Scores: finite, or -inf for weight 0."""
    return Spec(axes, rules=(SCORE,))


def not_negative(axes):
    """Quantities that have no meaning below 0."""
    return Spec(axes, rules=(FINITE, NOT_NEGATIVE))


def within(low, high, axes):
    """Finite numbers from ``low`` to ``high``."""
    return Spec(axes, rules=(FINITE, _between(low, high)))


def rising(axes):
    """A row that rises from entry to entry."""
    return Spec(axes, rules=(FINITE, RISING))


def shares(axes):
    """Attention weights: never negative, each row summing to 1, or to 0."""
    return Spec(axes, rules=(FINITE, NOT_NEGATIVE, SUM_TO_ONE))


def whole(axes, low=None, high=None):
    """Whole numbers, from ``low`` to ``high`` if given; they come back as int64."""
    rules = () if low is None else (_between(low, high),)
    return Spec(axes, kind="whole", rules=rules)


def mask(axes):
    """A boolean mask that broadcasts to the axes; True = may attend."""
    return Spec(axes, kind="boolean", broadcasts=True)


def boolean(axes):
    """True and False, with exactly the axes."""
    return Spec(axes, kind="boolean")


def anything(axes):
    """Entries of any kind, texts for example."""
    return Spec(axes, kind="anything")


def spread(spec):
    """The same, but it is enough to broadcast to the axes."""
    spec = read_spec(spec)
    return Spec(spec.axes, spec.kind, spec.rules, broadcasts=True)


# --- reading -------------------------------------------------------------------------


def read_arrays(function, fixed=None, /, **arrays):
    """Return arrays that have been checked against each other, in the order given.

    Args:
        function: the public name that the reader called.
        fixed: sizes that are given beforehand, by name.
        arrays: argument to ``(value, axes)``; no mask, None, stays None.

    Returns:
        a list of plain numpy arrays: floats in their own width (whole numbers as
        float64), int64 for ``whole``, bool for ``mask``. Where a mask that is among
        them hides a row from everybody, the row may hold anything and comes back as
        zeros.
    """
    read = {}
    for name, (value, spec) in arrays.items():
        spec = read_spec(spec)
        if value is not None or not spec.is_mask:
            read[name] = _kinds(value, spec, function, name), spec
    sizes = match(function, read, fixed)
    for name, (array, spec) in read.items():
        array = _without_hidden(array, spec, read, sizes)
        for rule in spec.rules or (FINITE,) * (spec.kind == "numbers"):
            _obey(rule, array, function, name)
        read[name] = array, spec
    return [read[name][0] if name in read else None for name in arrays]


def check_array(value, axes, fixed=None, *, function, argument):
    """Return one array that has been checked against its axes."""
    (array,) = read_arrays(function, fixed, **{argument: (value, axes)})
    return array


def as_array(value, *, function, argument):
    """``np.asarray`` that says in words why something is no plain array.

    A masked array, a matrix or a quantity with a unit would lose what it means.
    """
    foreign = _foreign(value)
    if foreign is not None:
        rule = f"{argument} must be a plain numpy array, as its mask or unit would be "
        got = f"{argument} of type {type(foreign).__name__}"
        fix = "Say by np.asarray what the numbers are, after filling what is masked."
        raise TypeError(complaint(function, rule + "lost", got, fix))
    try:
        return np.asarray(value)
    except ValueError:
        rule = f"{argument} must be rectangular"
        got = f"{argument} with rows of different lengths"
        raise ValueError(complaint(function, rule, got)) from None
    except (RuntimeError, TypeError) as error:  # a tensor with a gradient, say
        rule = f"{argument} must be readable as a numpy array"
        got = f"{argument} of type {type(value).__name__} ({error})"
        raise TypeError(complaint(function, rule, got)) from None


def as_numbers(value, *, function, argument):
    """Return ``value`` as an array of real floats; integers become float64."""
    array = as_array(value, function=function, argument=argument)
    if array.dtype.kind not in "iuf":
        rule = f"{argument} must hold real numbers"
        got = f"{argument} of dtype {array.dtype}"
        raise TypeError(complaint(function, rule, got))
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _foreign(value):
    """What in ``value`` gives numpy's functions another meaning, or None."""
    if isinstance(value, (list, tuple)):
        return next((x for x in map(_foreign, value) if x is not None), None)
    own_functions = hasattr(type(value), "__array_function__")
    return value if own_functions and type(value) not in PLAIN else None


def _kinds(value, spec, function, argument):
    """The array, widened where its kind may be narrow."""
    if spec.kind == "numbers":
        return as_numbers(value, function=function, argument=argument)
    array = as_array(value, function=function, argument=argument)
    if spec.kind == "boolean" and array.dtype.kind != "b":
        raise TypeError(not_boolean(function, argument, array.dtype))
    return _as_whole(array, function, argument) if spec.kind == "whole" else array


def _as_whole(array, function, argument):
    """The same as int64: uint8 would forget everything above 255."""
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(not_whole(function, argument, array.dtype))
    _obey(AT_MOST_INT64, array, function, argument)
    return array.astype(np.int64)


def _without_hidden(array, spec, read, sizes):
    """Zeros for what a mask hides from everybody: a NaN there has no influence."""
    for other, its in read.values():
        shared = set(its.names) & set(spec.names)
        if its.is_mask and shared and its is not spec:
            seen = _seen(other, its.names, array, spec.names, sizes)
            array = np.where(seen, array, array.dtype.type(0))
    return array


def _seen(mask, pair, array, names, sizes):
    """Whether anybody may see each entry, in a shape that broadcasts to ``array``."""
    batch = sizes["..."]
    full = np.broadcast_to(mask, (*batch, *(sizes[name] for name in pair)))
    others = [len(batch) + i for i, name in enumerate(pair) if name not in names]
    seen = full.any(axis=tuple(others))
    fresh = [len(batch) + i for i, name in enumerate(names) if name not in pair]
    seen = np.expand_dims(seen, fresh)  # (..., names)
    seen = np.any(seen, axis=tuple(range(np.ndim(seen) - array.ndim)))
    shared = [i for i, size in enumerate(array.shape) if size == 1]
    return np.any(seen, axis=tuple(shared), keepdims=True)


def _obey(rule, array, function, argument):
    """Raise with the first place where the rule is broken, if there is one."""
    bad = rule.bad(array)
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f"{argument}{list(index)}" if index else argument
        got = f"{rule.words.format(rule.shown(array)[index])} at {place}"
        sentence = rule.sentence.format(name=argument)
        raise ValueError(complaint(function, sentence, got))
