"""The language model of the page must equal the one of ``models``, written in torch."""

import numpy as np
import pytest
import torch

from attn_helpers.widgets.language_model_explorer.model import stored_model
from tests.widgets.language_model_explorer.tiny import (
    LETTERS,
    SIZES,
    Page,
    in_torch,
    random_llama,
)


@pytest.fixture(scope="module")
def page():
    return Page()


@torch.no_grad()
def assert_as_in_torch(steps, model, ids, first=0):
    """Logits, weights and readings of the last ``steps``, of a text read at once."""
    tokens = torch.tensor([ids])
    rows, weights = model.read(tokens, need_weights=True)
    logits = model.out_proj(rows)[0]
    stream = [model.embed(tokens)]
    mask = torch.ones(len(ids), len(ids)).tril() > 0
    for block in model.blocks:
        stream.append(block(stream[-1], mask)[0])
    readings = model.out_proj(model.norm(torch.cat(stream))).softmax(-1)
    for n, step in enumerate(steps, start=first):
        np.testing.assert_allclose(step["logits"], logits[n], atol=1e-4, rtol=0)
        its = torch.cat([each[0, :, n, : n + 1] for each in weights])
        np.testing.assert_allclose(step["weights"], its.flatten(), atol=1e-5, rtol=0)
        shape = (len(stream), model.out_proj.weight.shape[0])
        order = np.array(step["lens"]["ids"]).reshape(shape)
        p = np.array(step["lens"]["p"]).reshape(shape)
        wanted = np.take_along_axis(readings[:, n].numpy(), order, axis=1)
        np.testing.assert_allclose(p, wanted, atol=1e-5, rtol=0)
        assert (np.diff(p, axis=1) <= 1e-9).all()  # best first
        assert [set(row) for row in order.tolist()] == [set(range(shape[1]))] * shape[0]


@pytest.mark.parametrize("sizes", SIZES)
def test_on_random_texts_it_is_what_torch_computes(page, sizes):
    rng = np.random.default_rng(len(sizes))
    model, twin = random_llama(sizes)
    page.load(twin)
    for length in (1, 2, 17):
        ids = rng.integers(len(LETTERS), size=length).tolist()
        page("() => engine.keep(0)")
        assert_as_in_torch(page.read(ids), model, ids)


def test_the_stored_model_is_what_torch_computes(page):
    twin = stored_model()
    model = in_torch(twin)
    page.load(twin)
    rng = np.random.default_rng(5)
    for ids in (
        twin.encode("And God said, “Let there be light,”".replace("“", '"')[:34]),
        rng.integers(64, size=64).tolist(),
    ):
        page("() => engine.keep(0)")
        assert_as_in_torch(page.read(ids), model, ids)


@pytest.mark.parametrize("sizes", SIZES)
def test_a_text_that_is_changed_behind_its_beginning_reads_on_from_there(page, sizes):
    model, twin = random_llama(sizes, seed=1)
    page.load(twin)
    old, new = [3, 1, 4, 1, 5, 9, 2], [3, 1, 4, 6, 6]
    page.read(old)
    page("() => engine.keep(3)")
    assert_as_in_torch(page.read(new[3:]), model, new, first=3)
    assert page("() => engine.length") == len(new)


def test_readings_and_weights_are_left_out_where_nobody_asks(page):
    _, twin = random_llama(SIZES[0])
    (step,) = page.load(twin).read([2], lens=False)
    assert step["lens"] is None and len(step["weights"]) == 6


def test_all_numbers_of_float16_are_read(page):
    bits = np.arange(2**16, dtype="<u2")
    bits = bits[np.isfinite(bits.view("<f2"))]
    got = page("(all) => halves(bytes(all))", list(bits.tobytes()))
    np.testing.assert_array_equal(got, bits.view("<f2").astype(float))


def test_it_describes_itself_and_counts_its_bytes(page):
    heads, kv_heads, layers, d_model, _ = SIZES[3]
    _, twin = random_llama(SIZES[3])
    page.load(twin)
    about = page("() => engine.describe()")
    width = d_model // heads
    assert (about["layers"], about["heads"], about["kvHeads"]) == (layers, heads, 2)
    assert about["bytesPerToken"] == layers * 2 * kv_heads * width * 4
    page.read([1, 2, 3])
    assert page("() => engine.cacheBytes()") == 3 * about["bytesPerToken"]
    for n in (1, 5):  # it cannot keep what it has not read
        page("(n) => engine.keep(n)", n)
        assert page("() => engine.cacheBytes()") == about["bytesPerToken"]


def test_letters_become_numbers_and_back(page):
    _, twin = random_llama(SIZES[0])
    page.load(twin)
    assert page("(text) => engine.encode(text)", "badge") == [1, 0, 3, 6, 4]
    assert page("(ids) => engine.decode(ids)", [1, 0, 3, 6, 4]) == "badge"
    assert page("(id) => engine.piece(id)", 6) == "g"
    with pytest.raises(Exception, match="“é” is not one of"):
        page("(text) => engine.encode(text)", "café")
