"""The training runs of the stability lab: 288 of them, as they were measured."""

import functools
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

NORMS = ["post-norm", "pre-norm"]
WARMUPS = [0, 80]  # steps
LAYERS = [2, 4, 8]
RATES = [0.001, 0.004, 0.016, 0.064]
STEPS, EVERY = 160, 4  # of a run, and from one point of a series to the next
SERIES = ["loss", "entropy", "distance", "score", "gradient"]
STORED = ["loss", "gradient", "score", "entropy", "distance"]  # the order in the file
LINEAR = "entropy"  # all others have a log scale
TOP = 254  # the code of a scale's upper end; one more: the number is not finite


class Runs(NamedTuple):
    """What ``runs.npz`` holds, the series in the order of ``SERIES``.

    ``codes`` is ``(norms, warmups, layers, rates, 2, seeds, series, points)``, without
    and with QK-norm on the fifth axis, ``validation`` ends with the seeds, and
    ``scales`` is ``(series, 2)``.
    """

    codes: np.ndarray
    validation: np.ndarray
    scales: np.ndarray
    unigram: float


@functools.cache
def stored_runs() -> Runs:
    """The runs that come with the package, as ``stability_runs.py`` has made them."""
    order = [STORED.index(name) for name in SERIES]
    with np.load(Path(__file__).with_name("runs.npz")) as file:
        return Runs(
            file["runs"][..., order, :],
            file["validation"],
            file["scales"][order],
            float(file["unigram"]),
        )


def decoded(codes: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """The numbers of ``(..., series, points)`` codes; NaN where one is not finite.

    Example:
        >>> codes = np.array([[0, 254]] * 5)
        >>> decoded(codes, np.array([[1, 100]] * 5))[:2].tolist()
        [[1.0, 100.0], [1.0, 100.0]]
    """
    share = np.where(codes > TOP, np.nan, codes / TOP)
    values = np.empty(codes.shape)
    for n, (low, high) in enumerate(scales):
        part = share[..., n, :]
        is_linear = SERIES[n] == LINEAR
        values[..., n, :] = (
            low + (high - low) * part if is_linear else low * (high / low) ** part
        )
    return values


@functools.cache
def packed() -> bytes:
    """All runs for the page, compressed: ``runs.js`` unpacks them.

    The scales and the unigram loss as float64, the validation losses as float32, and
    the codes, of which each is written as the difference from the one before it.
    """
    codes, validation, scales, unigram = stored_runs()
    steps = np.diff(codes, axis=-1, prepend=np.uint8(0))
    numbers = np.append(scales, unigram).astype("<f8")
    parts = (numbers, validation.astype("<f4"), steps)
    return zlib.compress(b"".join(part.tobytes() for part in parts), 9)
