"""Read the file format in which most published weights come, in the open.

A file begins with the length of its header, eight bytes; the header is JSON and says
for each tensor its kind of number, its shape, and where its bytes lie in what follows.
Unlike a pickle, such a file holds nothing that could be run.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from attn_helpers._checks import complaint

NAME = "read_safetensors"
KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Return every tensor of the file under its name.

    Args:
        path: a file in the format; see github.com/huggingface/safetensors.
    """
    content = Path(path).read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    _check_span(8, start, len(content), what="header")
    header, body = _header(content[8:start]), content[start:]
    header.pop("__metadata__", None)
    return {name: _tensor(name, entry, body) for name, entry in header.items()}


def _header(content):
    try:
        header = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):  # no text, no JSON, or brackets without end
        header = content
    _check_table(header, what="header")
    return header


def _tensor(name, entry, body):
    _check_entry(entry, what=name)
    dtype, count = np.dtype(KINDS[entry["dtype"]]), math.prod(entry["shape"])
    first, last = entry["data_offsets"]
    _check_span(first, last, len(body), what=name)
    if last - first != count * dtype.itemsize:
        got = f"numbers of {count * dtype.itemsize} bytes in bytes {first} to {last}"
        raise ValueError(complaint(NAME, f"{name} must fill its place", got))
    numbers = np.frombuffer(body, dtype, count, first).reshape(entry["shape"])
    return torch.from_numpy(numbers.astype(dtype.newbyteorder("=")))


def _check_table(value, *, what):
    """Require what JSON calls an object, a table from names."""
    if not isinstance(value, dict):
        rule = f"{what} must be a JSON object"
        raise ValueError(complaint(NAME, rule, f"{value!r:.40}"))


def _check_entry(entry, *, what):
    """Require a kind that we read, a shape and a place."""
    _check_table(entry, what=what)
    sizes = entry.get("shape"), entry.get("data_offsets")
    whole = all(
        isinstance(row, list) and all(type(size) is int for size in row)
        for row in sizes
    )
    kind = entry.get("dtype")
    named = isinstance(kind, str)
    if not (named and whole and len(sizes[1]) == 2 and min(sizes[0], default=0) >= 0):
        rule = f"{what} must have a dtype, a shape and two data_offsets"
        raise ValueError(complaint(NAME, rule, f"{entry!r:.200}"))
    if kind not in KINDS:
        rule = f"{what} must hold numbers of a kind in {', '.join(KINDS)}"
        raise TypeError(complaint(NAME, rule, kind))


def _check_span(first, last, size, *, what):
    """Require that bytes ``first`` to ``last`` lie within ``size`` bytes."""
    if not 0 <= first <= last <= size:
        rule = f"{what} must lie within the {size} bytes that there are"
        raise ValueError(complaint(NAME, rule, f"bytes {first} to {last}"))
