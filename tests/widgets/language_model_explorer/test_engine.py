"""The language model of the page must equal the one of ``models``, written in torch."""

import base64
import json

import numpy as np
import pytest
import torch
from py_mini_racer import MiniRacer

from attn_helpers.data.characters import Characters
from attn_helpers.models.language_model import llama
from attn_helpers.training import seeded
from attn_helpers.widgets.kit import bundle
from attn_helpers.widgets.language_model_explorer.model import (
    TinyLlama,
    of_llama,
    stored_model,
)

FOLDER = "language_model_explorer"
LETTERS = "abcdefghijk"
# Sizes that differ from each other, with shared keys and without: heads, kv heads,
# layers, d_model, d_ff.
SIZES = [(3, 1, 2, 12, 7), (6, 3, 1, 12, 5), (5, 5, 3, 10, 13), (4, 2, 2, 24, 11)]
# MiniRacer has no base64 and no clock of its own.
PRELUDE = """
const bytes = (all) => new Uint8Array(all).buffer;
const plain = (_, x) => ArrayBuffer.isView(x) ? [...x] : x;
const queue = [];
globalThis.setTimeout = (run, _, job) => queue.push(() => run(job));
globalThis.engine = null;
globalThis.said = [];
"""


class Page:
    """The page's modules in an engine of JavaScript without a page."""

    def __init__(self):
        self.context = MiniRacer()
        self.context.eval(bundle.joined(f"{FOLDER}/worker.js") + PRELUDE)
        self.context.eval("Object.assign(globalThis, ...Object.values(modules));")

    def __call__(self, code, *arguments):
        literals = ", ".join(map(json.dumps, arguments))
        return json.loads(
            self.context.eval(f"JSON.stringify(({code})({literals}), plain) ?? 'null'")
        )

    def load(self, model: TinyLlama):
        self(
            "(all, sizes) => { engine = makeTinyEngine(bytes(all), sizes); }",
            list(model.packed()),
            model.sizes,
        )
        return self

    def read(self, ids, lens=True):
        """The answer of each step."""
        return self("(ids, lens) => ids.map((id) => engine.step(id, lens))", ids, lens)


@pytest.fixture(scope="module")
def page():
    return Page()


def random_llama(sizes, seed=0):
    """A model of torch whose numbers are float16's, gains and all, and its twin."""
    heads, kv_heads, layers, d_model, d_ff = sizes
    with seeded(seed):
        model = llama(len(LETTERS), d_model, heads, kv_heads, layers, d_ff).eval()
        few = {
            name: (value + 0.3 * torch.randn(value.shape)).half()
            for name, value in model.state_dict().items()
        }
    few["out_proj.weight"] = few["embed.tokens.weight"]
    model.load_state_dict(few)
    return model, of_llama(model, Characters(LETTERS))


def in_torch(twin: TinyLlama):
    """The model of torch that holds the numbers of ``twin``."""
    sizes = twin.sizes
    model = llama(
        len(twin.letters),
        sizes["dModel"],
        twin.heads,
        sizes["kvHeads"],
        sizes["layers"],
        sizes["dFf"],
    )
    numbers = torch.from_numpy(np.frombuffer(twin.packed(), "<f2").astype(np.float32))
    order = ["embed.tokens.weight"]
    for name in model.state_dict():
        order += [name] * (name not in {"out_proj.weight", *order})
    block = "around_attention.norm attention.q_proj attention.k_proj attention.v_proj "
    block += "attention.out_proj around_feed_forward.norm feed_forward.gate "
    block += "feed_forward.widen feed_forward.narrow"
    names = ["embed.tokens.weight"]
    for n in range(sizes["layers"]):
        names += [f"blocks.{n}.{part}.weight" for part in block.split()]
    names.append("norm.weight")
    assert sorted(names) == sorted(order)
    shapes = model.state_dict()
    parts = numbers.split([shapes[name].numel() for name in names])
    state = {n: p.view_as(shapes[n]) for n, p in zip(names, parts, strict=True)}
    state["out_proj.weight"] = state["embed.tokens.weight"]
    model.load_state_dict(state)
    return model.eval()


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


@pytest.mark.parametrize("sizes", SIZES)
def test_numpy_reads_as_torch_does(sizes):
    model, twin = random_llama(sizes, seed=2)
    text = "bakedbeachhead"
    weights, odds = twin.read(text)
    tokens = torch.tensor([twin.encode(text)])
    with torch.no_grad():
        rows, its = model.read(tokens, need_weights=True)
        wanted = model.out_proj(rows)[0].softmax(-1)
    np.testing.assert_allclose(odds[-1], wanted, atol=1e-5)
    np.testing.assert_allclose(weights, torch.cat(its), atol=1e-5)


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
    page("() => engine.keep(1)")
    assert page("() => engine.cacheBytes()") == about["bytesPerToken"]


def test_letters_become_numbers_and_back(page):
    _, twin = random_llama(SIZES[0])
    page.load(twin)
    assert page("(text) => engine.encode(text)", "badge") == [1, 0, 3, 6, 4]
    assert page("(ids) => engine.decode(ids)", [1, 0, 3, 6, 4]) == "badge"
    assert page("(id) => engine.piece(id)", 6) == "g"
    with pytest.raises(Exception, match="“é” is not one of"):
        page("(text) => engine.encode(text)", "café")


def test_numbers_are_stored_one_after_the_other_in_few_bytes():
    twin = stored_model()
    assert len(twin.packed()) == 2 * 104_768
    assert len(base64.b64encode(twin.packed())) <= 400_000
    state = in_torch(twin).state_dict()
    numbers = np.frombuffer(twin.packed(), "<f2").astype(float)
    np.testing.assert_array_equal(
        numbers[:4096], state["embed.tokens.weight"].flatten()
    )
    np.testing.assert_array_equal(numbers[-64:], state["norm.weight"])


# --- what is served to the page ---

SERVE = """(sizes, all) => {
  queue.length = 0;
  said.length = 0;
  const scope = { postMessage: (message) => said.push(message) };
  globalThis.handle = (data) => scope.onmessage({ data });
  modules["language_model_explorer/worker.js"].default(scope);
  handle({ do: "load", buffer: bytes(all), options: sizes });
}"""
RUN = "() => { while (queue.length) queue.shift()(); }"


@pytest.fixture
def served(page):
    _, twin = random_llama(SIZES[0])
    page(SERVE, twin.sizes, list(twin.packed()))
    return page


def answers(page):
    page(RUN)
    return page("() => said.splice(0)")


def test_a_text_is_answered_row_by_row(served):
    (ready,) = answers(served)
    assert ready["is"] == "ready" and ready["about"]["vocab"] == 11
    served("() => handle({ do: 'read', run: 1, text: 'cab', lens: true })")
    text, *rows, done = answers(served)
    assert (text["ids"], text["pieces"], text["kept"]) == (
        [2, 0, 1],
        ["c", "a", "b"],
        0,
    )
    assert [(row["is"], row["place"]) for row in rows] == [("row", n) for n in range(3)]
    assert (done["is"], done["length"], done["cacheBytes"]) == ("read", 3, 3 * 64)
    best = rows[2]["best"]
    np.testing.assert_allclose(np.exp(best["logp"]).sum(), 1, atol=1e-6)
    assert best["pieces"] == [LETTERS[i] for i in best["ids"]]
    assert rows[0]["lens"]["pieces"] == [LETTERS[i] for i in rows[0]["lens"]["ids"]]


def test_only_what_is_new_is_read_again(served):
    for run, text in enumerate(["badge", "badgeh", "bad", "bead"]):
        served(f"() => handle({{ do: 'read', run: {run}, text: '{text}' }})")
    text, *_, done = [m for m in answers(served) if m.get("run") == 3]
    assert text["kept"] == 1 and done["length"] == 4
    served("() => handle({ do: 'read', run: 9, ids: [1, 4, 0, 3, 5] })")
    text, row, done = answers(served)
    assert (text["kept"], row["place"], done["length"]) == (4, 4, 5)


def test_a_newer_text_ends_an_older_one(served):
    slow = "() => { let now = 0; Date.now = () => (now += 5); }"
    served(slow)
    served("() => handle({ do: 'read', run: 1, text: 'abcdefgh' })")
    served("() => handle({ do: 'read', run: 2, text: 'ab' })")
    said = answers(served)
    assert max(m["place"] for m in said if m.get("run") == 1 and "place" in m) < 7
    assert said[-1] == said[-1] | {"is": "read", "run": 2, "length": 2}


def test_what_cannot_be_read_is_refused_in_words(served):
    served("() => handle({ do: 'read', run: 1, text: 'x' })")
    served("() => handle({ do: 'read', run: 2, text: 'a'.repeat(65) })")
    _, letter, length = answers(served)
    assert (letter["is"], letter["why"]) == (
        "refused",
        "“x” is not one of this model's letters.",
    )
    assert length["why"] == "The model reads at most 64 tokens; these are 65."


def test_a_model_that_cannot_be_made_is_told(page):
    _, twin = random_llama(SIZES[0])
    page(SERVE, twin.sizes | {"layers": 1}, list(twin.packed()))
    (failed,) = answers(page)
    assert failed == {
        "is": "failed",
        "why": "These sizes ask for 804 numbers; the model has 1464.",
    }
