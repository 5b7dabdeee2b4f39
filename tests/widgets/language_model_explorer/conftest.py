"""What the worker of the figure computes, called from Python in a page of its own."""

import base64
import importlib.util
import threading
from contextlib import contextmanager
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch

from attn_helpers.book.large_model import put_beside_the_pages
from attn_helpers.book.serve import open_server
from attn_helpers.book.sphinxext import data_of, scripts_of, styles_of
from attn_helpers.models.language_model import llama
from attn_helpers.pretrained.formats.gguf import read_gguf
from attn_helpers.pretrained.smollm import (
    FILE,
    MODULE,
    SPECIAL,
    rename,
    shape_of,
    tokenizer_of,
)
from attn_helpers.widgets.kit import bundle
from attn_helpers.widgets.language_model_explorer import LanguageModelExplorer

ENGINE = "language_model_explorer/smol_engine.js"
NAMES = ["LanguageModelExplorer"]
DONE = "document.querySelector('[aria-busy]').getAttribute('aria-busy') === 'false'"
Q4, Q8 = gguf.GGMLQuantizationType.Q4_1, gguf.GGMLQuantizationType.Q8_0
SIZES = {
    "block_count": 3,
    "context_length": 89,
    "embedding_length": 96,
    "feed_forward_length": 160,
    "head_count": 6,
    "head_count_kv": 2,
    "layer_norm_rms_eps": 1e-5,
    "rope_freq_base": 1000.0,
    "vocab_size": 38,
}
WIDTH = SIZES["embedding_length"] // SIZES["head_count"]
PIECES = ["<|im_start|>", "<|im_end|>", *map(chr, range(97, 123)), "Ġ", "é", "漢"]
MERGES = ["Ġ t", "h e", "Ġt he"]
PIECES += [pair.replace(" ", "") for pair in MERGES]
PIECES += [f"[{i}]" for i in range(SIZES["vocab_size"] - len(PIECES))]


@pytest.fixture(scope="module")
def page(browser):
    """A page with the functions of the engine under their names, and `bufferOf`."""
    with browser.new_context() as context:
        page = context.new_page()
        page.evaluate(f"() => {{ {functions()} }}")
        yield page


def functions():
    script = bundle.joined(ENGINE)
    return (
        f"{script} "
        " for (const module of Object.values(modules))"
        " Object.assign(window, module);"
        "window.bufferOf = (text) => Uint8Array.fromBase64(text).buffer;"
    )


def as_text(content):
    return base64.b64encode(content).decode()


@pytest.fixture(scope="session")
def small_file(tmp_path_factory):
    """A GGUF file of the same form as SmolLM's, with little in it."""
    path = tmp_path_factory.mktemp("gguf") / "small.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    for name, value in SIZES.items():
        getattr(writer, f"add_{name}")(value)
    writer.add_token_list(PIECES)
    writer.add_token_merges(MERGES)
    writer.add_token_types([SPECIAL, SPECIAL] + [1] * (len(PIECES) - 2))
    for name, numbers, kind in tensors():
        if kind is None:
            writer.add_tensor(name, numbers)
        else:
            stored = gguf.quantize(numbers, kind)
            writer.add_tensor(name, stored, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def tensors():
    """Name, numbers and kind of each tensor; the numbers tell all places apart."""
    rng = np.random.default_rng(0)
    wide, inner = SIZES["embedding_length"], SIZES["feed_forward_length"]
    shared = SIZES["head_count_kv"] * WIDTH
    shapes = {
        "attn_q": (wide, wide),
        "attn_k": (shared, wide),
        "attn_v": (shared, wide),
        "attn_output": (wide, wide),
        "ffn_gate": (inner, wide),
        "ffn_up": (inner, wide),
        "ffn_down": (wide, inner),
    }

    def numbers(*shape):
        return rng.normal(size=shape).astype(np.float32)

    yield "token_embd.weight", numbers(SIZES["vocab_size"], wide), Q8
    yield "output_norm.weight", 1 + 0.3 * numbers(wide), None
    for layer in range(SIZES["block_count"]):
        for norm in ("attn_norm", "ffn_norm"):
            yield f"blk.{layer}.{norm}.weight", 1 + 0.3 * numbers(wide), None
        for name, shape in shapes.items():
            scale = 2 / np.sqrt(shape[1])
            yield f"blk.{layer}.{name}.weight", scale * numbers(*shape), Q4


@pytest.fixture(scope="module")
def smollm(browser):
    """A page with the published file in `file` and its engine in `smollm`."""
    folder = Path(importlib.util.find_spec(MODULE).origin).parent
    with browser.new_context() as context, served(folder) as address:
        page = context.new_page()
        page.goto(address)
        page.evaluate(
            f"async () => {{ {functions()}"
            f"window.file = await (await fetch('{FILE}')).arrayBuffer();"
            "window.smollm = makeSmolEngine(file); }"
        )
        yield page


@contextmanager
def served(folder):
    """The address at which the files of a folder can be fetched for a while."""
    with open_server(0, folder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


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


@pytest.fixture(scope="session")
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
