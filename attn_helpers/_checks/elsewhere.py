"""Checkers that are on their way: beside their only caller, or out of the house."""

import math

import numpy as np

from attn_helpers._checks.arrays import as_array
from attn_helpers._checks.axes import fits
from attn_helpers._checks.message import complaint, shapes
from attn_helpers._checks.numbers import check_number
from attn_helpers._checks.tensors import check_tensor


def _refuse(bad, array, rule, *, function, argument):
    """Raise with the first entry of ``array`` where ``bad`` is True, if any."""
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f"{argument}{list(index)}" if index else argument
        raise ValueError(complaint(function, rule, f"{array[index]} at {place}"))


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
        raise ValueError(complaint(function, rule, shapes(**{argument: value})))
    if 0 in tuple(value.shape)[rank - named :]:
        rule = f"no axis of {argument} {axes} may be empty"
        raise ValueError(complaint(function, rule, shapes(**{argument: value})))


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
        raise TypeError(complaint(function, rule, got))


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
            complaint(function, rule, f"a sum of {totals[index]} at {place}")
        )


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
    raise ValueError(complaint(function, rule, shapes(**{one: first, two: second})))


def check_batch(*, function, **arrays):
    """Require that the axes before the last two broadcast; return their shape."""
    try:
        leading = [tuple(array.shape)[:-2] for array in arrays.values()]
        return np.broadcast_shapes(*leading)
    except ValueError:
        *most, last = arrays
        rule = f"the batch axes of {', '.join(most)} and {last} must be equal or 1"
        raise ValueError(complaint(function, rule, shapes(**arrays))) from None


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
        raise ValueError(complaint(function, rule, shapes(**{argument: value})))


def check_sequences(x, *, function, argument="x"):
    """Require one sequence ``(t, d)`` or a batch of them ``(b, t, d)``."""
    if len(x.shape) not in (2, 3) or 0 in tuple(x.shape):
        rule = f"{argument} must have the axes (t, d) or (b, t, d), none of them empty"
        raise ValueError(complaint(function, rule, shapes(**{argument: x})))


def check_same_samples(x, output, *, function):
    """Require as many axes, and as many samples, in ``output`` as in ``x``."""
    if len(x.shape) != len(output.shape) or x.shape[:-2] != output.shape[:-2]:
        both = "(t_q, d_v) for (t, d), (b, t_q, d_v) for (b, t, d)"
        rule = f"the function must return {both}"
        raise ValueError(complaint(function, rule, shapes(x=x, output=output)))


def check_broadcasts(value, shape, *, axes, function, argument):
    """Require a shape that broadcasts to ``shape``, whose axes are called ``axes``."""
    if not fits(value.shape, shape):
        rule = f"{argument} must broadcast to {axes} = {tuple(shape)}"
        raise ValueError(complaint(function, rule, shapes(**{argument: value})))


def check_width(value, width, axis, *, function, argument):
    """Require the width that a layer was built for; ``axis`` is its name."""
    if value.shape[-1] != width:
        rule = f"{argument} must have {axis}={width}, as the layer, for its last axis"
        raise ValueError(complaint(function, rule, shapes(**{argument: value})))


def check_heads(heads, counts, *, function):
    """Require pairs (layer, head) that exist; ``counts`` are the heads by layer."""
    for layer, head in heads:
        if not (0 <= layer < len(counts) and 0 <= head < counts[layer]):
            rule = f"heads must be pairs (layer, head) of layers with {counts} heads"
            raise ValueError(complaint(function, rule, f"({layer}, {head})"))


def check_mask(mask, shape, *, function, argument="mask"):
    """Require a boolean mask that broadcasts to ``shape``, or None.

    True marks a pair that may attend. ``shape`` is that of the scores.
    """
    if mask is None:
        return
    if not hasattr(mask, "dtype"):
        rule = f"{argument} must be a boolean array or tensor"
        got = f"{argument} of type {type(mask).__name__}"
        raise TypeError(complaint(function, rule, got))
    if str(mask.dtype) not in ("bool", "torch.bool"):
        rule = f"{argument} must be boolean, True where the query may attend"
        fix = (
            f"Write {argument} != 0 for a mask of 0 and 1, "
            f"{argument} == 0 for an additive mask of 0 and -inf."
        )
        got = f"{argument} of dtype {mask.dtype}"
        raise TypeError(complaint(function, rule, got, fix))
    if not fits(mask.shape, shape):
        rule = f"{argument} must broadcast to the scores {tuple(shape)}"
        raise ValueError(complaint(function, rule, shapes(**{argument: mask})))


def as_mask(mask, shape, *, function, argument="mask"):
    """Return a numpy mask that has been checked; None stays None."""
    if mask is None:
        return None
    mask = as_array(mask, function=function, argument=argument)
    check_mask(mask, shape, function=function, argument=argument)
    return mask


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
        raise TypeError(complaint(function, rule, got))


def check_graph(tensor, *, function, argument):
    """Require a tensor that remembers how it was computed."""
    if tensor.grad_fn is None:
        rule = f"{argument} must be computed from a tensor that requires a gradient"
        raise ValueError(complaint(function, rule, f"{argument} with no grad_fn"))


def check_shares(shares, *, function, argument="scores"):
    """Refuse NaN among the shares that a softmax made, naming the first row."""
    bad = (shares != shares).any(-1)
    if bad.any():
        index = [int(i) for i in np.argwhere(np.asarray(bad))[0]]
        rule = f"each row of {argument} must hold a number above -inf, no NaN, no +inf"
        row = f"{argument}{index}" if index else argument
        raise ValueError(complaint(function, rule, f"shares of NaN for {row}"))


def check_kept_share(value, *, function, argument):
    """Return a number in [0, 1), the share that a running mean keeps, as a float."""
    number = check_number(value, function=function, argument=argument)
    if not 0 <= number < 1:
        rule = f"{argument} must be at least 0 and below 1"
        raise ValueError(complaint(function, rule, f"{argument}={value}"))
    return number


def check_lengths(value, t_k, *, function, argument="lengths", least=0):
    """Return ``(b,)`` whole numbers from ``least`` to ``t_k``."""
    lengths = as_array(value, function=function, argument=argument)
    check_whole(lengths, function=function, argument=argument)
    check_rank(lengths, "(b,)", function=function, argument=argument)
    rule = f"{argument} must be from {least} to t_k={t_k}"
    bad = (lengths < least) | (lengths > t_k)
    _refuse(bad, lengths, rule, function=function, argument=argument)
    return lengths


def check_tokens(value, axes="(b, t)", *, function, argument):
    """Require a tensor of whole numbers with the axes named, none of them empty."""
    check_tensor(value, function=function, argument=argument)
    if value.is_floating_point() or str(value.dtype) == "torch.bool":
        rule = f"{argument} must hold token numbers"
        got = f"{argument} of dtype {value.dtype}"
        raise TypeError(complaint(function, rule, got))
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
    raise FloatingPointError(complaint(function, rule, got, fix))


def check_same_seed(saved, seed, *, function):
    """Refuse to go on from a checkpoint that was begun with another seed."""
    if saved != seed:
        rule = "seed must be the one that the checkpoint was begun with"
        raise ValueError(complaint(function, rule, f"seed={seed}, not {saved}"))


def check_batch_left(batch, step, steps, *, function):
    """Refuse None, which stands for a batch that did not come."""
    if batch is None:
        rule = "batches must yield one for every step"
        got = f"{step} batches for {steps} steps"
        raise ValueError(complaint(function, rule, got))


def check_word(value, longest, *, function, argument):
    """Return a text of 1 to ``longest`` letters from a to z, in lower case."""
    if not isinstance(value, str):
        rule = f"{argument} must be a text"
        got = f"{argument} of type {type(value).__name__}"
        raise TypeError(complaint(function, rule, got))
    word = value.lower()
    if not (word.isascii() and word.isalpha() and len(word) <= longest):
        rule = f"{argument} must be 1 to {longest} letters from a to z"
        raise ValueError(complaint(function, rule, f"{argument}={value!r}"))
    return word


def check_joins(pieces, word, *, function):
    """Require pieces that make up a word without a rest."""
    if "".join(pieces) != word:
        rule = "the pieces must join to the word"
        raise ValueError(complaint(function, rule, f"{pieces} for {word!r}"))


def check_table(value, *, what, function):
    """Require what JSON calls an object, a table from names."""
    if not isinstance(value, dict):
        rule = f"{what} must be a JSON object"
        raise ValueError(complaint(function, rule, f"{value!r:.40}"))


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
        raise ValueError(complaint(function, rule, f"{entry!r:.200}"))


def check_filled(first, last, size, *, what, function):
    """Require that ``size`` bytes of numbers fill those from ``first`` to ``last``."""
    if last - first != size:
        rule = f"{what} must fill its place"
        got = f"numbers of {size} bytes in bytes {first} to {last}"
        raise ValueError(complaint(function, rule, got))


def check_stored_kind(kind, kinds, *, what, function):
    """Require a kind of number that a reader of files knows."""
    if kind not in kinds:
        rule = f"{what} must hold numbers of a kind in {', '.join(kinds)}"
        raise TypeError(complaint(function, rule, kind))


def check_span(first, last, size, *, what, function):
    """Require that bytes ``first`` to ``last`` lie within a file of ``size`` bytes."""
    if not 0 <= first <= last <= size:
        rule = f"{what} must lie within the {size} bytes that there are"
        raise ValueError(complaint(function, rule, f"bytes {first} to {last}"))
