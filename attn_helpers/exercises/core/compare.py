"""Read what a function returned, and compare it with what was wanted.

Everything is compared as numpy arrays; a tensor is read into one. torch is only looked
at where a tensor has come, and then its reader has imported it already.
"""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

TOLERANCE = 1e-9  # of the largest entry; right programs differ by less than 1e-13
LOOSE = 1e-7  # the same, for the likeness of two programs
ZERO = 1e-12  # what is wanted to be exactly 0 may be so large
ROUGHER = 30  # how much rougher single precision may be in one program than in another
MOST_ENTRIES = 1_000_000
PLAIN = (np.ndarray, np.generic, int, float)
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class WrongKind(Exception):
    """The value is not of a kind that can be compared; the text says why."""


# ------------------------------------------------------------------------- reading
def read_parts(value: Any, names: Sequence[str], library: str = "numpy") -> list:
    """The returned value as a list of arrays of its own, one for each name.

    Raises:
        WrongKind: with a sentence for the reader.
    """
    if value is None:
        raise WrongKind("Your function returns None. Did you forget the `return` line?")
    if len(names) == 1:
        return [_as_array(value, f"`{names[0]}`", library)]
    if is_array(value) and tuple(value.shape) == (len(names),):
        value = tuple(value)  # plain numbers, packed into one array
    if not isinstance(value, tuple | list) or len(value) != len(names):
        raise WrongKind(
            f"Your function returns {describe(value)}; this exercise wants "
            f"{count(len(names))} things, `return {', '.join(names)}`."
        )
    return [
        _as_array(part, f"`{name}`", library)
        for part, name in zip(value, names, strict=True)
    ]


def _as_array(value, name, library):
    if value is None:
        raise WrongKind(f"{name} is None; give it a value before you return it.")
    if is_tensor(value):
        return _from_tensor(value, name, library)
    if isinstance(value, np.matrix | np.ma.MaskedArray) or not isinstance(value, PLAIN):
        wanted = "a torch tensor" if library == "torch" else "a numpy array"
        raise WrongKind(
            f"{name} is {describe(value)}; return {wanted} (or a plain number where "
            "one number is asked for)."
        )
    if library == "torch" and isinstance(value, np.ndarray):
        raise WrongKind(
            f"{name} is a numpy array. This exercise is in torch: the arguments are "
            "tensors, and the result should be one too."
        )
    return _numbers(value, name)


def _from_tensor(tensor, name, library):
    if library != "torch":
        raise WrongKind(
            f"{name} is a torch tensor. This exercise is in numpy alone: the arguments "
            "are numpy arrays, and the result should be one too."
        )
    try:
        array = tensor.detach().cpu().resolve_conj().resolve_neg().numpy()
    except (RuntimeError, TypeError):  # sparse, on no device, or of a type of its own
        raise WrongKind(
            f"{name} is a tensor of dtype {tensor.dtype} and layout {tensor.layout} on "
            f"the device {tensor.device}; a dense one of real numbers is wanted, in "
            "the dtype of the arguments."
        ) from None
    return _numbers(array, name)


def _numbers(value, name):
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise WrongKind(
            f"{name} holds entries of type {array.dtype}; real numbers are wanted."
        )
    if array.size > MOST_ENTRIES:
        raise WrongKind(
            f"{name} has shape {array.shape}, which is {array.size:,} entries: far "
            "more than any case asks for."
        )
    return np.array(array)  # a copy: the reader may go on writing into the old one


def is_tensor(value: Any) -> bool:
    """Whether it is a tensor of torch, asked without importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) or is_tensor(value)


def unchanged(before: Any, after: Any) -> bool:
    """Whether an argument holds what it held, nan counting as equal to nan."""
    if is_tensor(before):
        before, after = (value.detach().cpu().numpy() for value in (before, after))
    if isinstance(before, np.ndarray):
        real = before.dtype.kind == "f"
        return np.array_equal(before, after, equal_nan=real)
    return bool(np.all(before == after))


def describe(value: Any) -> str:
    """A few words for what a value is: 'a list', 'a tuple of 3'."""
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if type(value) is np.ndarray or is_tensor(value):
        word = "array" if type(value) is np.ndarray else "tensor"
        return f"one {word} of shape {tuple(value.shape)}"
    name = type(value).__name__
    return f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"


def count(number: int) -> str:
    """A small number in words."""
    return COUNTS[number] if number < len(COUNTS) else str(number)


# ----------------------------------------------------------------------- comparing
def off(got: ArrayLike, want: ArrayLike, tolerance: float = TOLERANCE) -> np.ndarray:
    """Where two arrays of one shape differ, as a boolean array; nan always does."""
    return _apart(got, want, tolerance) | leaks(got, want)


def leaks(got: ArrayLike, want: ArrayLike) -> np.ndarray:
    """Where something stands in place of an exact 0."""
    with np.errstate(all="ignore"):
        return (np.asarray(want) == 0) & ~(np.abs(np.asarray(got, float)) <= ZERO)


def right(got: list, want: list, tolerance: float = TOLERANCE) -> bool:
    """Whether all parts have the wanted shape and numbers."""
    return _all(got, want, lambda g, w: ~off(g, w, tolerance))


def nearly(got: list, want: list) -> bool:
    """Whether all parts are as wanted if a little is allowed where 0 is."""
    return _all(got, want, lambda g, w: ~_apart(g, w, LOOSE))


def as_in_single(got: list, want: list, single: list) -> bool:
    """Whether all parts are about as near as ``single``, the answer in float32, is."""
    return all(
        g.shape == w.shape == s.shape and _as_rough(g, w, s)
        for g, w, s in zip(got, want, single, strict=True)
    )


def alike(one: list | None, other: list | None) -> bool:
    """Whether two programs gave the same: same shapes, numbers, nan and inf."""
    if one is None or other is None:  # None stands for a program that stopped
        return one is other
    return _all(one, other, _same)


def finite(parts: list | None) -> bool:
    """Whether a program returned, and returned numbers only."""
    return parts is not None and all(np.isfinite(part).all() for part in parts)


def _all(got, want, true):
    return all(
        g.shape == w.shape and true(g, w).all() for g, w in zip(got, want, strict=True)
    )


def _same(one, other):
    one, other = one.astype(float), other.astype(float)
    same = (np.isnan(one) & np.isnan(other)) | (np.isinf(one) & (one == other))
    return ~_apart(np.where(same, 0.0, one), np.where(same, 0.0, other), LOOSE)


def _apart(got, want, tolerance):
    """Where the gap is more than this part of the largest entry, or is nan."""
    return ~(_gap(got, want) <= max(_fitting(tolerance, want) * _scale(want), ZERO))


def _as_rough(got, want, single):
    """Whether the gaps are not much larger than those of single precision."""
    held = np.isfinite(single)
    gaps = _gap(single, want)[held]
    allowed = ROUGHER * gaps.max(initial=0.0) + 1e-6 * _scale(want)
    return bool(np.all(_gap(got, want)[held] <= allowed))


def _gap(got, want):
    got, want = np.asarray(got, float), np.asarray(want, float)
    with np.errstate(all="ignore"):
        return np.where(got == want, 0.0, np.abs(got - want))


def _scale(want):
    finite = np.abs(np.asarray(want, float)[np.isfinite(want)])
    return finite.max(initial=0.0)


def _fitting(tolerance, want):
    """The tolerance, or what the dtype of ``want`` can hold if that is coarser."""
    dtype = np.asarray(want).dtype
    return max(tolerance, 50 * np.finfo(dtype).eps) if dtype.kind == "f" else tolerance
