"""Read the file format in which most language models for small machines come.

A GGUF file holds what it says of itself, the tokenizer included, and then tensors. Most
are quantised: their numbers lie there in blocks of 32 or more, as whole numbers of few
bits beside a scale that the block shares. They come back as float32.

The package ``gguf``, by the authors of the format, does the reading.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFReader, dequantize
from torch import Tensor

from attn_helpers._checks import complaint


def read_gguf(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return every tensor of the file, and every entry about it, under its name.

    The rows of a matrix that multiplies queries or keys may stand in another order
    than in the file that it was made from. Programs that write GGUF put the two numbers
    that RoPE turns together beside each other, as ``rope`` wants them, and not half a
    vector apart, as ``rope_half_split`` does. They do so for Llama, not for all models.

    Args:
        path: a file in the format; see github.com/ggml-org/ggml, docs/gguf.md.

    Returns:
        tensors in float32, ``(d_out, d_in)`` for a matrix; and entries: numbers, texts,
        or lists of these.

    Raises:
        ValueError: what lies there is no such file, or not the whole of one.
    """
    try:
        reader = _Reader(path)
    except (ValueError, IndexError, KeyError) as error:
        rule = "path must lead to a whole GGUF file"
        got = f"{path}, of which the library says: {error}"
        raise ValueError(complaint("read_gguf", rule, got)) from error
    entries = {name: field.contents() for name, field in reader.fields.items()}
    return {each.name: _numbers(each) for each in reader.tensors}, entries


class _Reader(GGUFReader):
    """The library's reader, on a plain array of the file's bytes.

    It cuts slices for each of 100,000 texts, and those of a ``memmap`` take three times
    as long.
    """

    @property
    def data(self):
        return self._bytes

    @data.setter
    def data(self, mapped):
        self._bytes = np.asarray(mapped)


def _numbers(stored):
    """A tensor in memory that may be written to, as the file may not."""
    at_once = stored.data.reshape(1, -1)  # the library reads 16 rows at a time
    numbers = dequantize(at_once, stored.tensor_type).reshape(stored.shape[::-1])
    return torch.from_numpy(np.require(numbers, requirements=["W", "E"]))
