import pytest
import torch
from playwright.sync_api import expect

from attn_helpers.pretrained.smollm import as_chat
from tests.widgets.language_model_explorer.conftest import (
    DONE,
    SIZES,
    bring,
    offer,
    write,
)

LAYERS = SIZES["block_count"]


def test_the_large_model_reads_a_text_of_ones_own(opened, in_torch):
    expect(offer(opened)).to_have_text("Bring in a real model, 0 MB, from this site")
    bring(opened)
    assert opened.evaluate("liveWidgets[0].model.get('text')") == (
        "The capital of France is"
    )
    write(opened, "the cat in the hat")
    model, tokenizer = in_torch
    ids = tokenizer.encode("the cat in the hat")
    pieces = opened.locator(".bw-passage span").all_text_contents()
    assert pieces == [tokenizer.decode([i]).replace(" ", "␣") for i in ids]
    odds = model(torch.tensor([ids]))[0, -1].softmax(-1)
    best = int(odds.argmax())
    shown = opened.locator(".bw-next .bw-odds").first
    name = tokenizer.decode([best]).replace(" ", "␣")
    assert shown.locator(".bw-letter").inner_text() == name
    share = float(shown.locator(".bw-number").inner_text().removesuffix(" %"))
    assert share == pytest.approx(100 * odds[best].item(), abs=0.51)
    said = f"After “{'…' if len(ids) > 8 else ''}"
    assert opened.inner_text(".bw-status").startswith(said)
    assert f"the model expects “{name}” (" in opened.inner_text(".bw-status")
    assert opened.locator(".bw-strip").is_hidden()


def test_bytes_of_the_cache_grow_with_the_text(opened, in_torch):
    bring(opened)
    for text in ("the", "the cat in"):
        write(opened, text)
        t = len(in_torch[1].encode(text))
        numbers = SIZES["head_count_kv"] * 16
        assert opened.inner_text(".bw-cache") == (
            f"Cache: {t} tokens × {LAYERS} layers × ({numbers} numbers of a key + "
            f"{numbers} of a value) × 4 bytes = {t * LAYERS * 2 * numbers * 4:,} bytes"
        )


def test_a_text_is_put_into_a_conversation_which_can_end(opened):
    bring(opened)
    write(opened, "hi")
    talk = opened.get_by_role("button", name="Put the text into a conversation")
    talk.click()
    assert opened.evaluate("liveWidgets[0].model.get('text')") == as_chat("hi")
    expect(talk).to_be_disabled()
    go = opened.locator(".bw-go")
    expect(go).to_be_enabled()
    write(opened, "hi<|im_end|>")
    expect(go).to_be_disabled()


def test_the_small_model_comes_back_to_its_text(opened):
    bring(opened)
    write(opened, "漢")
    opened.get_by_role("button", name="Back to the small model").click()
    opened.wait_for_function(DONE)
    assert opened.evaluate("liveWidgets[0].model.get('text')") == "the q"
    assert opened.inner_text(".bw-status").startswith(
        "After “the␣q” the model expects “u”"
    )
    assert opened.locator(".bw-grid").is_hidden()
    assert opened.locator(".bw-strip").is_visible()
