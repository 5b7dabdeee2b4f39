"""The small Llama that runs in the page: its numbers in few bytes, read by numpy.

``model.npz`` holds a language model of letters. It was trained by
``tests/widgets/language_model_explorer/trained_model.py``, and can be again: by the
recipe of the chapter on language models, 32 windows of 64 letters at each of 6,000
steps, seed 0. It has a loss of 1.218 nats a letter on the held-out text, in float32
and, as it is stored, in float16.
"""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from attn_helpers._checks import complaint
from attn_helpers.data.characters import Characters
from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.reference.masks import causal_mask
from attn_helpers.reference.norm import rms_norm
from attn_helpers.reference.positions import rope
from attn_helpers.reference.softmax import softmax

FILE = Path(__file__).with_name("model.npz")
NAME = "LanguageModelExplorer"
LENGTH = 64  # letters of the windows that the model was trained on
BLOCK = {  # the tables of a block in the order in which they are packed
    "gain": "around_attention.norm",
    "q": "attention.q_proj",
    "k": "attention.k_proj",
    "v": "attention.v_proj",
    "out": "attention.out_proj",
    "feed_gain": "around_feed_forward.norm",
    "gate": "feed_forward.gate",
    "widen": "feed_forward.widen",
    "narrow": "feed_forward.narrow",
}
EMBED, GAIN = "embed.tokens.weight", "norm.weight"


class TinyLlama(NamedTuple):
    """A Llama's letters, heads and tables, in float16."""

    letters: str
    heads: int
    embed: np.ndarray
    blocks: list[dict[str, np.ndarray]]
    gain: np.ndarray

    @property
    def sizes(self) -> dict[str, int | str]:
        """What an engine has to know to cut the tables out of ``packed``."""
        block, d_model = self.blocks[0], self.embed.shape[1]
        return {
            "letters": self.letters,
            "layers": len(self.blocks),
            "heads": self.heads,
            "kvHeads": len(block["k"]) * self.heads // d_model,
            "dModel": d_model,
            "dFf": len(block["gate"]),
            "maxLength": LENGTH,
        }

    def packed(self) -> bytes:
        """All numbers, one table after the other, in the order of the layers."""
        tables = [self.embed]
        for block in self.blocks:
            tables += [block[name] for name in BLOCK]
        return b"".join(table.astype("<f2").tobytes() for table in [*tables, self.gain])

    def encode(self, text: str) -> list[int]:
        """The number of each letter; one that the model has not is refused."""
        for place, letter in enumerate(text):
            if letter not in self.letters:
                rule = f"text must be of the model's {len(self.letters)} letters"
                raise ValueError(complaint(NAME, rule, f"{letter!r} at text[{place}]"))
        return [self.letters.index(letter) for letter in text]

    def read(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Read a text, in float64, all rows at once.

        Args:
            text: ``t`` of the model's letters.

        Returns:
            the weights of each head, ``(layers, heads, t, t)``, and the odds of the
            letter after each letter, ``(layers + 1, t, vocab)``: read off the stream
            before the first layer and after each one, through the last norm and the
            unembedding. The last of them are what the model says.

        Example:
            >>> weights, odds = stored_model().read("In the beginning God ")
            >>> weights.shape, odds.shape
            ((2, 4, 21, 21), (3, 21, 64))

        Source: nostalgebraist (2020), *Interpreting GPT: the logit lens*, for the
        reading of earlier layers.
        """
        stream, weights = [self.embed[self.encode(text)].astype(float)], []
        for block in self.blocks:
            x = stream[-1]
            found, its_weights = self._attended(rms_norm(x, block["gain"]), block)
            between = x + found @ block["out"].T
            read = rms_norm(between, block["feed_gain"])
            gate = read @ block["gate"].T
            hidden = gate / (1 + np.exp(-gate)) * (read @ block["widen"].T)
            stream.append(between + hidden @ block["narrow"].T)
            weights.append(its_weights)
        rows = rms_norm(np.array(stream), self.gain)
        return np.array(weights), softmax(rows @ self.embed.T)

    def _attended(self, x, block):
        """What all heads find, side by side, ``(t, d_model)``, and their weights."""
        t, width = len(x), self.embed.shape[1] // self.heads
        q, k, v = (
            (x @ block[name].T).reshape(t, -1, width).swapaxes(0, 1) for name in "qkv"
        )
        share = self.heads // len(k)
        q, k = (rope(each, np.arange(t)) for each in (q, k))
        k, v = (each.repeat(share, axis=0) for each in (k, v))
        mixed, weights = scaled_dot_product_attention(q, k, v, causal_mask(t))
        return mixed.swapaxes(0, 1).reshape(t, -1), weights


@functools.cache
def stored_model() -> TinyLlama:
    """The model that the page has."""
    with np.load(FILE) as file:
        arrays = dict(file)
    letters, heads = str(arrays.pop("letters")), int(arrays.pop("heads"))
    return _from_tables(arrays, heads, letters)


def of_llama(model: Any, letters: Characters) -> TinyLlama:
    """The tables of a model that ``models.language_model.llama`` has made."""
    names, text = set(model.state_dict()), "".join(letters.tokens)
    wanted = {f"blocks.0.{name}.weight" for name in BLOCK.values()} | {EMBED, GAIN}
    if not wanted <= names or any(name.endswith("bias") for name in names):
        rule = "model must be one that `llama` has made"
        raise ValueError(complaint(NAME, rule, type(model).__name__))
    state = model.state_dict()
    tables = {name: table.numpy(force=True) for name, table in state.items()}
    if len(tables[EMBED]) != len(text):
        rule = "model and letters must have as many tokens"
        raise ValueError(complaint(NAME, rule, f"{len(tables[EMBED])} and {len(text)}"))
    return _from_tables(tables, model.blocks[0].attention.num_heads, text)


def _from_tables(tables: Mapping[str, np.ndarray], heads, letters):
    few = {name: table.astype(np.float16) for name, table in tables.items()}
    layers = sum(name.endswith("q_proj.weight") for name in few)
    blocks = [
        {own: few[f"blocks.{n}.{name}.weight"] for own, name in BLOCK.items()}
        for n in range(layers)
    ]
    return TinyLlama(letters, heads, few[EMBED], blocks, few[GAIN])
