"""One training step of a language model, as a multiple of nanoGPT's way (CPU time)

4 layers, d_model 128, 4 heads, 256 tokens, 16 texts of 128; forward, backward and the
same AdamW for all. "as in nanoGPT" is the same network with queries, keys and values in
one matrix and no checks. Two peers need requirements-bench.txt.
"""

from importlib.util import find_spec

import torch
from torch import nn
from torch.nn import functional

from attn_helpers.models.language_model import gpt, llama
from attn_helpers.optim import AdamW
from benchmarks._ratio import medians

VOCAB, D_MODEL, HEADS, LAYERS, BATCH, LENGTH = 256, 128, 4, 4, 16, 128
BUDGETS = {
    "gpt": "≤ 1.05",
    "llama": "",
    "x-transformers, flash": "",
    "Hugging Face GPT-2": "",
}


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(D_MODEL), nn.LayerNorm(D_MODEL)
        self.c_attn = nn.Linear(D_MODEL, 3 * D_MODEL)
        self.c_proj = nn.Linear(D_MODEL, D_MODEL)
        self.c_fc = nn.Linear(D_MODEL, 4 * D_MODEL)
        self.c_out = nn.Linear(4 * D_MODEL, D_MODEL)

    def forward(self, x):
        parts = self.c_attn(self.ln_1(x)).split(D_MODEL, dim=2)
        q, k, v = (p.unflatten(2, (HEADS, -1)).transpose(1, 2) for p in parts)
        heads = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.c_proj(heads.transpose(1, 2).flatten(2))
        inside = functional.gelu(self.c_fc(self.ln_2(x)), approximate="tanh")
        return x + self.c_out(inside)


class NanoGPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(VOCAB, D_MODEL)
        self.wpe = nn.Embedding(LENGTH, D_MODEL)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.ln_f = nn.LayerNorm(D_MODEL)

    def forward(self, tokens):
        places = torch.arange(tokens.shape[1])
        x = self.blocks(self.wte(tokens) + self.wpe(places))
        return functional.linear(self.ln_f(x), self.wte.weight)


def measure():
    torch.set_num_threads(1)
    models = {
        "as in nanoGPT": NanoGPT(),
        "gpt": gpt(VOCAB, LENGTH, D_MODEL, HEADS, LAYERS),
        "llama": llama(VOCAB, D_MODEL, HEADS, HEADS, LAYERS, d_ff=8 * D_MODEL // 3),
        **_peers(),
    }
    took = medians({name: _step(model) for name, model in models.items()}, rounds=7)
    for name in models:
        ratio = took[name] / took["as in nanoGPT"]
        yield name, f"{ratio:.2f}", BUDGETS.get(name, "")


def _step(model):
    """Forward, backward and update as a function without arguments."""
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(VOCAB, (BATCH, LENGTH + 1), generator=generator)
    optimizer = AdamW(model.parameters())

    def step():
        optimizer.zero_grad()
        logits = model(tokens[:, :-1])
        logits = getattr(logits, "logits", logits)
        wanted = tokens[:, 1:].flatten()
        functional.cross_entropy(logits.flatten(0, 1), wanted).backward()
        optimizer.step()

    return step


def _peers():
    peers = {}
    if find_spec("x_transformers"):
        from x_transformers import Decoder, TransformerWrapper

        peers["x-transformers, flash"] = TransformerWrapper(
            num_tokens=VOCAB,
            max_seq_len=LENGTH,
            attn_layers=Decoder(
                dim=D_MODEL,
                depth=LAYERS,
                heads=HEADS,
                attn_dim_head=32,
                attn_flash=True,
            ),
        )
    if find_spec("transformers"):
        from transformers import GPT2Config, GPT2LMHeadModel

        sizes = {"n_embd": D_MODEL, "n_layer": LAYERS, "n_head": HEADS}
        none = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
        no_end = {"bos_token_id": None, "eos_token_id": None}
        config = GPT2Config(
            vocab_size=VOCAB, n_positions=LENGTH, **sizes, **none, **no_end
        )
        peers["Hugging Face GPT-2"] = GPT2LMHeadModel(config)
    return peers
