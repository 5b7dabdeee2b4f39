import gguf
import numpy as np
import pytest

from attn_helpers.pretrained.formats.gguf import read_gguf
from tests.widgets.language_model_explorer.conftest import as_text


def read(page, content):
    """Entries and tensors as the page has them."""
    return page.evaluate(
        "(text) => { const { entries, tensors } = readGguf(bufferOf(text));"
        " return [Object.fromEntries(entries), Object.fromEntries(tensors)]; }",
        as_text(content),
    )


def test_entries_and_tensors_are_those_that_python_reads(page, small_file):
    entries, tensors = read(page, small_file.read_bytes())
    stored, expected = read_gguf(small_file)
    ours = {k: v for k, v in expected.items() if not k.startswith("GGUF.")}
    assert entries.keys() == ours.keys()
    for name, value in ours.items():
        number = isinstance(value, float)
        assert entries[name] == (pytest.approx(value) if number else value)
    shapes = {name: tuple(each["shape"][::-1]) for name, each in tensors.items()}
    assert shapes == {name: tuple(each.shape) for name, each in stored.items()}


def test_a_tensor_begins_where_the_library_finds_it(page, small_file):
    _, tensors = read(page, small_file.read_bytes())
    for each in gguf.GGUFReader(small_file).tensors:
        place = tensors[each.name]
        assert (place["at"], place["kind"]) == (each.data_offset, each.tensor_type)


def test_every_kind_of_entry_is_read(page, tmp_path):
    path = tmp_path / "kinds.gguf"
    writer = gguf.GGUFWriter(path, "none")
    writer.add_custom_alignment(64)
    values = {
        "uint8": 251, "int8": -113, "uint16": 65_521, "int16": -32_749,
        "uint32": 4_294_967_291, "int32": -2_147_483_647, "float32": 0.625,
        "uint64": 2**53 - 111, "int64": 111 - 2**53, "float64": 1 / 3,
        "bool": True, "string": "été 漢字", "array": [["a", "é"], ["漢"]],
    }  # fmt: skip
    for kind, value in values.items():
        getattr(writer, f"add_{kind}")(kind, value)
    writer.add_tensor("t", np.arange(7, dtype=np.float32))
    writer.add_tensor("u", np.arange(5, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    content = path.read_bytes()
    entries, tensors = read(page, content)
    assert {kind: entries[kind] for kind in values} == values
    assert tensors["u"]["at"] == tensors["t"]["at"] + 64
    start = tensors["u"]["at"]
    assert np.frombuffer(content, np.float32, 5, start).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("size", [0, 3, 7, 11, 29, 200])
def test_a_file_that_is_cut_off_is_refused(page, small_file, size):
    with pytest.raises(Exception, match="This is not a whole GGUF file: "):
        read(page, small_file.read_bytes()[:size])


def test_another_file_is_refused(page):
    with pytest.raises(Exception, match="it does not begin with GGUF"):
        read(page, b"<!doctype html><title>404</title>")
