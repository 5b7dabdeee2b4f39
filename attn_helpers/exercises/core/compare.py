"""Read what a function returned, and compare it with what was wanted."""

import numpy as np

TOLERANCE = 1e-7  # of the largest entry; a small number added to hide a 0/0 is larger
FLOOR = 1e-12  # below this two numbers are equal whatever the scale
PLAIN = (np.ndarray, np.generic, int, float)
COUNTS = {2: "two", 3: "three", 4: "four"}


class WrongKind(Exception):
    """The value is not of a kind that can be compared; the text says why."""


def read_parts(value, names):
    """The returned value as a list of arrays, one for each name.

    Raises:
        WrongKind: with a sentence for the reader.
    """
    if value is None:
        raise WrongKind("Your function returns None. Did you forget the `return` line?")
    if len(names) == 1:
        return [_as_array(value, f"`{names[0]}`")]
    if isinstance(value, np.ndarray) and value.shape == (len(names),):
        value = tuple(value)  # plain numbers, packed into one array
    count, listed = COUNTS[len(names)], ", ".join(names)
    if not isinstance(value, tuple | list) or len(value) != len(names):
        raise WrongKind(
            f"Your function returns {describe(value)}; this exercise wants {count} "
            f"things, `return {listed}`."
        )
    return [
        _as_array(part, f"`{name}`") for part, name in zip(value, names, strict=True)
    ]


def _as_array(value, name):
    if value is None:
        raise WrongKind(f"{name} is None; give it a value before you return it.")
    if type(value).__module__.partition(".")[0] == "torch":
        raise WrongKind(
            f"{name} is a torch tensor. This exercise is in numpy alone: the arguments "
            "are numpy arrays, and the result should be one too."
        )
    if isinstance(value, np.matrix | np.ma.MaskedArray) or not isinstance(value, PLAIN):
        raise WrongKind(
            f"{name} is {describe(value)}; return a numpy array (or a plain number "
            "where one number is asked for)."
        )
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise WrongKind(
            f"{name} holds entries of type {array.dtype}; real numbers are wanted."
        )
    return array


def describe(value):
    """A few words for what a value is: 'a list', 'a tuple of 3'."""
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if isinstance(value, np.ndarray) and type(value) is np.ndarray:
        return f"one array of shape {value.shape}"
    name = type(value).__name__
    return f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"


def off(got, want):
    """Where two arrays of one shape differ, as a boolean array; nan always does."""
    got, want = np.asarray(got, float), np.asarray(want, float)
    finite = np.abs(want[np.isfinite(want)])
    scale = finite.max() if finite.size else 0.0
    with np.errstate(all="ignore"):
        near = np.abs(got - want) <= max(TOLERANCE * scale, FLOOR)
    return ~near


def right(got, want):
    """Whether all parts have the wanted shape and numbers."""
    return all(
        g.shape == w.shape and not off(g, w).any()
        for g, w in zip(got, want, strict=True)
    )


def alike(one, other):
    """Whether two programs gave the same: same shapes, numbers, nan and inf."""
    if one is None or other is None:  # None stands for a program that stopped
        return one is other
    for a, b in zip(one, other, strict=True):
        if a.shape != b.shape:
            return False
        a, b = a.astype(float), b.astype(float)
        same = (np.isnan(a) & np.isnan(b)) | (np.isinf(a) & (a == b))
        if (off(np.where(same, 0.0, a), np.where(same, 0.0, b))).any():
            return False
    return True


def finite(parts):
    """Whether a program returned, and returned numbers only."""
    return parts is not None and all(np.isfinite(part).all() for part in parts)
