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

from attn_helpers._checks import (
    check_entry,
    check_filled,
    check_span,
    check_stored_kind,
    check_table,
)

KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Return every tensor of the file under its name.

    Args:
        path: a file in the format; see github.com/huggingface/safetensors.
    """
    content = Path(path).read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    check_span(8, start, len(content), what="header", function="read_safetensors")
    header, body = _header(content[8:start]), content[start:]
    header.pop("__metadata__", None)
    return {name: _tensor(name, entry, body) for name, entry in header.items()}


def _header(content):
    try:
        header = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):  # no text, no JSON, or brackets without end
        header = content
    check_table(header, what="header", function="read_safetensors")
    return header


def _tensor(name, entry, body):
    place = {"what": name, "function": "read_safetensors"}
    check_entry(entry, **place)
    check_stored_kind(entry["dtype"], KINDS, **place)
    dtype, count = np.dtype(KINDS[entry["dtype"]]), math.prod(entry["shape"])
    first, last = entry["data_offsets"]
    check_span(first, last, len(body), **place)
    check_filled(first, last, count * dtype.itemsize, **place)
    numbers = np.frombuffer(body, dtype, count, first).reshape(entry["shape"])
    return torch.from_numpy(numbers.astype(dtype.newbyteorder("=")))
