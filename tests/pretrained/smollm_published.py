"""Make smollm_published.npz: what the published programs give for SmolLM2's numbers.

transformers and tokenizers are no dependencies of this book; in an environment that has
them beside it: ``python -m tests.pretrained.smollm_published``. The model is their
``LlamaForCausalLM``, the rows of whose queries and keys are put back where they were
before the file was written. The tokenizer is theirs, too, with the vocabulary and the
merges of the file and the two steps that SmolLM2's own tokenizer.json cuts a text with.

Before that, the two tokenizers read every sign that Unicode has assigned, in several
places of a text, and 20 000 texts put together at random. All must agree.
"""

import random
import sys
import unicodedata
from pathlib import Path

import jinja2
import numpy as np
import torch
from tokenizers import AddedToken, Tokenizer, pre_tokenizers
from tokenizers.models import BPE
from transformers import LlamaConfig, LlamaForCausalLM

from attn_helpers._checks import check_package
from attn_helpers.pretrained.formats.gguf import read_gguf
from attn_helpers.pretrained.smollm import FILE, MODULE, PACKAGE, as_chat, tokenizer_of

PROMPT = as_chat("What is attention in a neural network? Answer in one sentence.")
TEXTS = [
    "The capital of France is Paris, and the capital of Italy is",
    "def mean(x):\n    return sum(x) / len(x)\n\n\nprint(mean([1, 2, 3.5]))",
]
STRINGS = [
    # digits, of other scripts, too, and numbers that are no digits
    "0", "7 8", "1,250.75", "3.14159", "x2y3", "2026-11-29", "a  5", "  12  34 ",
    "1e-5",
    "٣٤٥", "१२३", "½ cup", "x²+y³", "Ⅷ", "①②", "12345678901234567890",
    # contractions, with both apostrophes, in capitals and alone
    "don't", "I'll", "we've", "they're", "he's", "I'd", "I'm", "DON'T", "I'LL", "'s",
    "'",
    "rock 'n' roll", "it’s", "''ll", "d'accord", "o'clock's",
    # spaces
    "", " ", "  ", "   a", "a   ", "a  b", "\n", "\n\n\n", "a\n b", "\ta\t\tb",
    "\r\n",
    " \n \n", "a\u00a0b", "\u3000漢", "a\u2028b", "a \t\nb", "\x0b\x0c", "\x1c\x1f x",
    # code
    "for i in range(10):\n\tprint(i)\n", "if (a != b && c <= d) { return !e; }",
    "x_1 = 0xFF",
    "https://example.org/a?b=c&d=%20", "#include <stdio.h>\n",
    "SELECT * FROM t WHERE a='b';",
    "$\\frac{1}{2}$", "--flag=value", "{{}}[[]](())", "a->b::c", "camelCaseName",
    "snake_case",
    # other scripts
    "Äpfel und Öl", "naïve café", "ĄĘŁŻ", "Привет, мир!", "Γειά σου", "שלום",
    "مرحبا بالعالم",
    "नमस्ते", "สวัสดี", "漢字かなカナ", "한국어", "ខ្មែរ", "ⴰⵎⴰⵣⵉⵖ", "e\u0301", "ﬁn",
    "İstanbul", "ß",
    # emoji, joined and coloured
    "😀", "👩‍👩‍👧‍👦 family", "👍🏽", "🇫🇷🇩🇪", "☀️", "a😀b 😀", "🏳️‍🌈",
    # signs, and those that no one sees
    "...", "—“quoted”—", "¿Qué?", "€ 5", "™®", "\u200b", "\ufeffa", "a\x00b",
    "!!!???", "~`^",
    # of these the vocabulary has no byte
    "a\x04b", "\x06", ".\x13.", "\x1d\x14", "\U00046131",
    # special pieces, whole and broken
    "<|im_start|>user\nhi<|im_end|>\n", "<|endoftext|>", "a <|im_end|> b",
    "<|im_end|>'s",
    "<|im_start|", "|>", "<repo_name>x<file_sep>", "  <|im_end|>  ", "<|IM_END|>",
    PROMPT, *TEXTS,
]  # fmt: skip
MIX = [
    *"a the Paris 's 'S 'll ' 1 23 ² Ⅷ é ß 漢字 かな Привет 😀 { () == _ 👍🏽".split(),
    *" |  |\n|\t|\r\n|\u00a0|\x1c|\x04|\x00|\u200d|\u0301|<".split("|"),
    *["<|im_start|>", "<|im_", "|>", "a" * 15],
]
COLUMNS = np.arange(0, 49_152, 509)  # of the logits, which would be megabytes
LAYER, NEW = 18, 40
TURNS = ["What is two plus two?", "Four.", "And\nthree?"]


def main():
    folder = check_package(MODULE, install=PACKAGE, function="smollm_published")
    tensors, entries = read_gguf(folder / FILE)
    ours, theirs = tokenizer_of(entries), their_tokenizer(entries)
    compare(ours.encode, lambda text: theirs.encode(text).ids)
    model = their_model(tensors, entries)
    ids = [theirs.encode(text).ids for text in STRINGS]
    batches = [torch.tensor([theirs.encode(text).ids]) for text in TEXTS]
    said = [model(batch, output_attentions=True) for batch in batches]
    logits = torch.cat([each.logits[0] for each in said])
    prompt = torch.tensor([theirs.encode(PROMPT).ids])
    written = model.generate(
        prompt, max_new_tokens=NEW, do_sample=False, eos_token_id=2
    )
    np.savez_compressed(
        Path(__file__).with_suffix(".npz"),
        strings=np.array(STRINGS),
        ids=np.concatenate(ids).astype(np.uint16),
        counts=np.array([len(row) for row in ids]),
        texts=np.array(TEXTS),
        logits=logits[:, COLUMNS].numpy(),
        all_logits=logits.logsumexp(-1).numpy(),
        weights=said[0].attentions[LAYER][0].numpy(),
        prompt=np.array(PROMPT),
        turns=np.array(TURNS),
        chats=np.array(chats(entries["tokenizer.chat_template"])),
        written=written[0, prompt.shape[1] :].numpy(),
    )


def chats(template):
    """A conversation without and with a system's turn, by the file's template."""
    template = jinja2.Environment().from_string(template)
    roles = ["user", "assistant", "user"]
    turns = [
        {"role": role, "content": text} for role, text in zip(roles, TURNS, strict=True)
    ]
    system = {"role": "system", "content": "You are kind."}
    return [
        template.render(messages=messages, add_generation_prompt=True)
        for messages in (turns, [system, *turns])
    ]


def their_tokenizer(entries):
    pieces = entries["tokenizer.ggml.tokens"]
    merges = [tuple(pair.split(" ")) for pair in entries["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(BPE({piece: i for i, piece in enumerate(pieces)}, merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    words = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, words])
    kinds = entries["tokenizer.ggml.token_type"]
    special = [p for p, kind in zip(pieces, kinds, strict=True) if kind == 3]
    tokenizer.add_special_tokens([AddedToken(p, normalized=False) for p in special])
    return tokenizer


def their_model(tensors, entries):
    heads, kv_heads = 9, 3
    config = LlamaConfig(
        vocab_size=49_152, hidden_size=576, intermediate_size=1536,
        num_hidden_layers=30, num_attention_heads=heads, num_key_value_heads=kv_heads,
        rms_norm_eps=1e-5, max_position_embeddings=8192, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 100_000.0},
        attn_implementation="eager",
        bos_token_id=1, eos_token_id=2, pad_token_id=2,
    )  # fmt: skip
    names = {
        "token_embd": "embed_tokens", "output_norm": "norm",
        "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
        "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
        "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj",
    }  # fmt: skip
    state = {"lm_head.weight": tensors["token_embd.weight"]}
    for name, tensor in tensors.items():
        *block, place, kind = name.removeprefix("blk.").split(".")
        if place in ("attn_q", "attn_k"):
            tensor = halves(tensor, heads if place == "attn_q" else kv_heads)
        layer = [f"layers.{number}" for number in block]
        state[".".join(["model", *layer, names[place], kind])] = tensor
    model = LlamaForCausalLM(config).eval().requires_grad_(False)
    model.load_state_dict(state)
    return model


def halves(rows, heads):
    """The two rows of each pair half a head apart, which the file has side by side."""
    width = rows.shape[0] // heads
    pairs = rows.view(heads, width // 2, 2, -1)
    return pairs.transpose(1, 2).reshape(rows.shape)


def compare(ours, theirs):
    signs = [chr(code) for code in range(sys.maxunicode + 1)]
    signs = [c for c in signs if unicodedata.category(c) not in ("Cn", "Co", "Cs")]
    rng = random.Random(0)
    texts = [f"a {c}b{c}{c} {c}1  {c}" for c in signs]
    texts += ["".join(rng.choices(MIX, k=rng.randrange(1, 14))) for _ in range(20_000)]
    for text in texts:
        assert ours(text) == theirs(text), text
    print(f"{len(signs)} signs and {len(texts) - len(signs)} texts are cut alike")


if __name__ == "__main__":
    with torch.inference_mode():
        main()
