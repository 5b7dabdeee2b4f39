"""Right programs made from an answer by rule: the same in another hand.

A rule takes an exercise and gives programs by name; none where it does not apply.
"""

import inspect
import math
from functools import partial

import numpy as np
import torch

from tests.exercises.core.rewriting import (
    Calls,
    axes,
    lifted,
    parameters,
    results,
    rewritten,
    with_results,
)


# ---------------------------------------------------------------------- the source
def loops(exercise):
    """Products, exponentials and sums, one number at a time."""
    return by_other_means(
        exercise,
        "loops",
        matmul_instead=matmul_by_loops,
        exp_instead=exp_by_loops,
        sum_instead=sum_by_loops,
    )


def einsum(exercise):
    """Products and sums by einsum."""
    return by_other_means(
        exercise, "einsum", matmul_instead=matmul_by_einsum, sum_instead=sum_by_einsum
    )


def torch_inside(exercise):
    """Products, exponentials and sums by torch, handed back as arrays."""
    return by_other_means(
        exercise,
        "torch inside",
        matmul_instead=in_torch(torch.matmul),
        exp_instead=in_torch(torch.exp),
        sum_instead=sum_by_torch,
    )


def by_other_means(exercise, name, **means):
    names = [mean.removesuffix("_instead") for mean in means]
    program = rewritten(exercise, Calls(*names), **means)
    return {name: program} if program and exercise.library == "numpy" else {}


def matmul_by_loops(a, b):
    rows, columns = np.atleast_2d(a), b if np.ndim(b) > 1 else np.reshape(b, (-1, 1))
    batch = np.broadcast_shapes(rows.shape[:-2], columns.shape[:-2])
    rows = np.broadcast_to(rows, batch + rows.shape[-2:])
    columns = np.broadcast_to(columns, batch + columns.shape[-2:])
    out = np.zeros((*batch, rows.shape[-2], columns.shape[-1]), np.result_type(a, b))
    for *where, i, k in np.ndindex(out.shape):
        for j in range(rows.shape[-1]):
            out[(*where, i, k)] += rows[(*where, i, j)] * columns[(*where, j, k)]
    dropped = (-2,) * (np.ndim(a) == 1) + (-1,) * (np.ndim(b) == 1)
    return out.squeeze(dropped)[()]


def exp_by_loops(x):
    numbers = [math.exp(v) if v < 709 else math.inf for v in np.ravel(x).tolist()]
    return np.reshape(numbers, np.shape(x))


def sum_by_loops(x, axis=None, keepdims=False):
    x = np.asarray(x)
    for each in summed(x, axis):
        added = 0
        for part in np.moveaxis(x, each, 0):
            added = added + part
        x = np.expand_dims(added, each) if keepdims else np.asarray(added)
    return x[()]


def summed(x, axis):
    """The axes that are summed, the last first."""
    chosen = range(x.ndim) if axis is None else np.atleast_1d(axis) % x.ndim
    return sorted(map(int, chosen), reverse=True)


def matmul_by_einsum(a, b):
    i, k = "i" * (np.ndim(a) > 1), "k" * (np.ndim(b) > 1)
    before = ["..." if np.ndim(x) > 2 else "" for x in (a, b)]
    both = "..." if any(before) else ""
    return np.einsum(f"{before[0]}{i}j,{before[1]}j{k}->{both}{i}{k}", a, b)


def sum_by_einsum(x, axis=None, keepdims=False):
    x = np.asarray(x)
    if x.dtype == bool:  # einsum would only say whether there is any
        x = x.astype(int)
    gone = summed(x, axis)
    kept = [n for n in range(x.ndim) if n not in gone]
    added = np.einsum(x, list(range(x.ndim)), kept)
    return np.expand_dims(added, tuple(gone)) if keepdims else added


def in_torch(operation):
    def program(*arrays):
        dtype = np.result_type(*arrays)
        tensors = [torch.from_numpy(np.array(a, dtype=dtype)) for a in arrays]
        return operation(*tensors).numpy()[()]

    return program


def sum_by_torch(x, axis=None, keepdims=False):
    x = torch.from_numpy(np.array(x))
    gone = tuple(summed(x, axis))
    return x.sum(gone, keepdim=keepdims).numpy()[()] if gone else x.numpy()[()]


# ---------------------------------------------------------------------- the results
def memory(exercise):
    """Results that lie in memory in other ways."""

    def strided(part):
        wide = np.zeros((*part.shape[:-1], 2 * part.shape[-1]), part.dtype)
        wide[..., ::2] = part
        return wide[..., ::2]

    def backwards(part):
        return part[..., ::-1].copy()[..., ::-1]

    def locked(part):
        part = part.copy()
        part.flags.writeable = False
        return part

    if not any(part.ndim for part in results(exercise)):
        return {}
    return {
        change.__name__: with_results(exercise, partial(on_arrays, change=change))
        for change in (strided, backwards, locked, np.asfortranarray)
    }


def on_arrays(part, change):
    return change(part) if axes(part) else part


def buffer(exercise):
    """All results are written into one piece of memory."""
    room = {}

    def into_the_room(part):
        part = np.asarray(part)
        kept = room.setdefault(part.dtype, np.empty(100_000, part.dtype))
        out = kept[: part.size].reshape(part.shape)
        out[...] = part
        return out

    if len(exercise.returns) > 1:  # two results would lie in the same place
        return {}
    return {"one buffer": with_results(exercise, into_the_room)}


# -------------------------------------------------------------------- the arguments
def layout(exercise):
    """The answer, which first makes copies of its arguments that lie otherwise."""

    def program(*args):
        return exercise.answer(*(lifted(elsewhere, a) for a in args))

    def elsewhere(value):
        return np.asfortranarray(value) if axes(value) > 1 else value

    arrays = any(max(map(axes, values)) > 1 for *_, values in parameters(exercise))
    return {"arguments in Fortran order": program} if arrays else {}


def calls(exercise):
    """What can be called without being a plain function."""
    names = tuple(inspect.signature(exercise.answer).parameters)

    class Answer:
        def __call__(self, *args):
            return exercise.answer(*args)

        def method(self, *args):
            return exercise.answer(*args)

    def by_keyword(*args):
        return exercise.answer(**dict(zip(names, args, strict=True)))

    def with_more(*args, eps=0.0, **more):
        return exercise.answer(*args)

    return {
        "an object": Answer(),
        "a method": Answer().method,
        "a partial": partial(with_more, eps=1.0),
        "by keyword": by_keyword,
    }


RULES = {
    rule.__name__: rule
    for rule in (loops, einsum, torch_inside, memory, buffer, layout, calls)
}
