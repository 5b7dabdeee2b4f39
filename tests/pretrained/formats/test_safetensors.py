import json

import numpy as np
import pytest
import torch

from attn_helpers.pretrained.formats.safetensors import read_safetensors

WIDE = np.arange(6, dtype="<f4").reshape(2, 3)
ARRAYS = {
    "wide": ("F32", WIDE),
    "deep": ("F64", WIDE[..., None].astype("<f8") / 7),
    "half": ("F16", WIDE[1].astype("<f2")),
    "whole": ("I64", np.array([2**40, -1], dtype="<i8")),
    "single": ("F32", np.array(0.5, dtype="<f4")),
}


def write(path, change=lambda header: None):
    """A file by the published description of the format, without its program."""
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, (kind, array) in ARRAYS.items():
        span = [len(body), len(body) + array.nbytes]
        header[name] = {"dtype": kind, "shape": array.shape, "data_offsets": span}
        body += array.tobytes()
    change(header)
    words = json.dumps(header).encode()
    path.write_bytes(len(words).to_bytes(8, "little") + words + body)
    return path


def test_every_tensor_comes_back(tmp_path):
    found = read_safetensors(write(tmp_path / "model.safetensors"))
    assert set(found) == set(ARRAYS)
    for name, (_, array) in ARRAYS.items():
        assert torch.equal(found[name], torch.from_numpy(array.copy()))


def test_tensors_may_be_written_to(tmp_path):
    path = write(tmp_path / "model.safetensors")
    read_safetensors(path)["wide"].zero_()
    assert read_safetensors(path)["wide"].sum() == 15


@pytest.mark.parametrize(
    ("entry", "kind", "message"),
    [
        (
            {"dtype": "BF16"},
            TypeError,
            "wide must hold numbers of a kind in F64, F32, F16, I64, I32; got BF16.",
        ),
        ({"data_offsets": [0, 9999]}, ValueError, "wide must lie within the "),
        ({"data_offsets": [-8, 16]}, ValueError, "wide must lie within the "),
        (
            {"shape": [2, 4]},
            ValueError,
            r"wide must fill its place; got numbers of 32 bytes in bytes 0 to 24\.",
        ),
        ({"data_offsets": [0, 32]}, ValueError, "wide must fill its place; got"),
        *(
            (entry, ValueError, "wide must have a dtype, a shape and two data_offsets;")
            for entry in (
                {"shape": [-2, -1]},
                {"shape": "23"},
                {"shape": [2.0, 3]},
                {"data_offsets": [0.0, 24]},
                {"data_offsets": [0]},
                {"dtype": None},
            )
        ),
    ],
)
def test_a_header_that_cannot_be_true_is_refused(tmp_path, entry, kind, message):
    path = write(tmp_path / "bad.safetensors", lambda h: h["wide"].update(entry))
    with pytest.raises(kind, match=f"^read_safetensors: {message}"):
        read_safetensors(path)


@pytest.mark.parametrize("words", [b"[1]", b"{", b"\xff\xfe", b"[" * 99_999])
def test_a_header_that_is_no_table_is_refused(tmp_path, words):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(len(words).to_bytes(8, "little") + words)
    message = "^read_safetensors: header must be a JSON object; got "
    with pytest.raises(ValueError, match=message):
        read_safetensors(path)


def test_an_entry_that_is_no_table_is_refused(tmp_path):
    path = write(tmp_path / "bad.safetensors", lambda h: h.update(wide=[24]))
    with pytest.raises(ValueError, match=r"wide must be a JSON object; got \[24\]\."):
        read_safetensors(path)


def test_a_tensor_without_numbers_comes_back_too(tmp_path):
    def none(header):
        header["wide"] = {"dtype": "F32", "shape": [3, 0], "data_offsets": [24, 24]}

    path = write(tmp_path / "model.safetensors", none)
    assert read_safetensors(path)["wide"].shape == (3, 0)


def test_a_file_may_end_with_its_header_and_no_byte_before(tmp_path):
    path = tmp_path / "empty.safetensors"
    path.write_bytes((2).to_bytes(8, "little") + b"{}")
    assert read_safetensors(path) == {}
    path.write_bytes((3).to_bytes(8, "little") + b"{}")
    with pytest.raises(ValueError, match=r"within the 10 bytes .* bytes 8 to 11\."):
        read_safetensors(path)


def test_a_file_cut_short_is_refused(tmp_path):
    path = write(tmp_path / "short.safetensors")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ValueError, match="header must lie within the 40 bytes"):
        read_safetensors(path)
