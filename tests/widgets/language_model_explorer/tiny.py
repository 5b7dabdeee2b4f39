"""Small models in torch and in the page, and the page's modules without a page."""

import json

import numpy as np
import torch
from py_mini_racer import MiniRacer

from attn_helpers.data.characters import Characters
from attn_helpers.models.language_model import llama
from attn_helpers.training import seeded
from attn_helpers.widgets.kit import bundle
from attn_helpers.widgets.language_model_explorer.model import TinyLlama, of_llama

FOLDER = "language_model_explorer"
LETTERS = "abcdefghijk"
# Sizes that differ from each other, with shared keys and without: heads, kv heads,
# layers, d_model, d_ff.
SIZES = [(3, 1, 2, 12, 7), (6, 3, 1, 12, 5), (5, 5, 3, 10, 13), (4, 2, 2, 24, 11)]
# MiniRacer has no base64 and no clock of its own.
# The tables of a block in the order of the bytes.
BLOCK = ["around_attention.norm"]
BLOCK += [f"attention.{name}_proj" for name in ("q", "k", "v", "out")]
BLOCK += ["around_feed_forward.norm"]
BLOCK += [f"feed_forward.{name}" for name in ("gate", "widen", "narrow")]
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
    """The model of torch that holds the numbers of ``twin``, read from its bytes."""
    sizes = twin.sizes
    heads = (twin.heads, sizes["kvHeads"])
    model = llama(
        len(twin.letters), sizes["dModel"], *heads, sizes["layers"], sizes["dFf"]
    )
    names = ["embed.tokens"]
    for n in range(sizes["layers"]):
        names += [f"blocks.{n}.{part}" for part in BLOCK]
    shapes = {name: model.get_parameter(f"{name}.weight") for name in [*names, "norm"]}
    numbers = torch.from_numpy(np.frombuffer(twin.packed(), "<f2").astype(np.float32))
    parts = numbers.split([shape.numel() for shape in shapes.values()])
    with torch.no_grad():
        for shape, part in zip(shapes.values(), parts, strict=True):
            shape.copy_(part.view_as(shape))
    assert len(shapes) == len(list(model.parameters()))
    return model.eval()
