import struct

import numpy as np
import pytest
import torch

from attn_helpers.pretrained.formats.gguf import read_gguf

RNG = np.random.default_rng(0)
PLAIN = RNG.normal(size=(3, 5)).astype("<f4")
HALF = RNG.normal(size=7).astype("<f2")
KINDS = {"F32": 0, "F16": 1, "Q4_1": 3, "Q8_0": 8}


def text(words):
    return struct.pack("<Q", len(words.encode())) + words.encode()


def entry(name, kind, value):
    return text(name) + struct.pack("<I", kind) + value


def texts(words):
    return struct.pack("<IQ", 8, len(words)) + b"".join(map(text, words))


ENTRIES = [
    entry("general.name", 8, text("Père Ubu")),
    entry("llama.block_count", 4, struct.pack("<I", 30)),
    entry("llama.rope.freq_base", 6, struct.pack("<f", 1e5)),
    entry("tokenizer.add", 7, b"\1"),
    entry("tokenizer.tokens", 9, texts(["Ġthe", "", "é"])),
    entry("tokenizer.kinds", 9, struct.pack("<IQ3i", 5, 3, 3, -1, 7)),
]


def blocks_of_four_bits(rows):
    """Rows of 32 numbers, and the bytes that hold them: scale, least value, nibbles.

    The low halves of the 16 bytes are the first 16 numbers, the high halves the rest.
    """
    numbers, content = [], b""
    for _ in range(rows):
        scale, least = np.float16(RNG.uniform(0.1, 1)), np.float16(RNG.normal())
        steps = RNG.integers(16, size=32).tolist()
        numbers.append([float(scale) * step + float(least) for step in steps])
        pairs = [
            low + 16 * high for low, high in zip(steps[:16], steps[16:], strict=True)
        ]
        content += struct.pack("<ee16B", scale, least, *pairs)
    return np.array(numbers, dtype="f4"), content


def blocks_of_eight_bits(rows):
    numbers, content = [], b""
    for _ in range(rows):
        scale = np.float16(RNG.uniform(0.1, 1))
        steps = RNG.integers(-127, 128, size=32).tolist()
        numbers.append([float(scale) * step for step in steps])
        content += struct.pack("<e32b", scale, *steps)
    return np.array(numbers, dtype="f4"), content


FOUR, EIGHT = blocks_of_four_bits(6), blocks_of_eight_bits(5)
TENSORS = {  # name: (kind, numbers in the shape they should have, content)
    "plain": ("F32", PLAIN, PLAIN.tobytes()),
    "half": ("F16", HALF.astype("f4"), HALF.tobytes()),
    "four": ("Q4_1", FOUR[0].reshape(3, 64), FOUR[1]),
    "eight": ("Q8_0", EIGHT[0], EIGHT[1]),
}


def write(path):
    """A file by the published description of the format, without its program."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(TENSORS), len(ENTRIES))
    head += b"".join(ENTRIES)
    body = b""
    for name, (kind, numbers, content) in TENSORS.items():
        sizes = numbers.shape[::-1]  # the last axis comes first
        head += text(name) + struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes)
        head += struct.pack("<IQ", KINDS[kind], len(body))
        body += content + bytes(-len(content) % 32)
    path.write_bytes(head + bytes(-len(head) % 32) + body)
    return path


@pytest.fixture
def file(tmp_path):
    return write(tmp_path / "model.gguf")


@pytest.mark.parametrize("name", TENSORS)
def test_every_tensor_comes_back_in_single_precision(file, name):
    tensors, _ = read_gguf(file)
    assert list(tensors) == list(TENSORS)
    expected = torch.from_numpy(TENSORS[name][1].copy())
    assert tensors[name].dtype == torch.float32
    torch.testing.assert_close(tensors[name], expected, atol=1e-6, rtol=1e-6)


def test_every_entry_comes_back(file):
    _, entries = read_gguf(file)
    assert entries["general.name"] == "Père Ubu"
    assert entries["llama.block_count"] == 30
    assert entries["llama.rope.freq_base"] == 1e5
    assert entries["tokenizer.add"] is True
    assert entries["tokenizer.tokens"] == ["Ġthe", "", "é"]
    assert entries["tokenizer.kinds"] == [3, -1, 7]


def test_tensors_may_be_written_to_and_the_file_stays(file):
    for tensor in read_gguf(file)[0].values():
        tensor.zero_()
    for name, tensor in read_gguf(file)[0].items():
        assert tensor.abs().sum() > 0, name


@pytest.mark.parametrize("kept", [0, 3, 30, 200, -1000, -30])
def test_what_is_no_whole_file_is_refused(file, kept):
    file.write_bytes(file.read_bytes()[:kept])
    rule = "^read_gguf: path must lead to a whole GGUF file; got .*model.gguf, of which"
    with pytest.raises(ValueError, match=rule):
        read_gguf(file)


def test_another_format_is_refused(file):
    file.write_bytes(b"PK\3\4" + file.read_bytes()[4:])
    with pytest.raises(ValueError, match="path must lead to a whole GGUF file"):
        read_gguf(file)


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_gguf(tmp_path / "none.gguf")
