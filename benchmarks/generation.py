"""Writing on with a cache, as a multiple of ours (CPU time, 1 thread)

4 layers, d_model 128, 4 heads, 256 tokens, greedy from a prompt of 16. Hugging Face's
GPT-2 has the same sizes and weights of its own; it needs requirements-bench.txt.
"""

from functools import partial
from importlib.util import find_spec

import torch

from attn_helpers.models.generation import generate
from attn_helpers.models.language_model import gpt
from attn_helpers.training import seeded
from benchmarks._ratio import medians

VOCAB, LONGEST, D_MODEL, HEADS, LAYERS = 256, 512, 128, 4, 4
BUDGETS = {  # (what, tokens written): how many times our time it may take
    ("without a cache", 64): "",
    ("without a cache", 256): "≥ 3",
    ("without a cache", 480): "≥ 8",
    ("Hugging Face, cached", 64): "≥ 2",
    ("Hugging Face, cached", 480): "≥ 2",
}


def measure():
    torch.set_num_threads(1)
    for new in sorted({new for _, new in BUDGETS}):
        took = medians(_functions(new), rounds=3)
        yield f"ours, cached, {new} tokens", f"{new / took['ours']:.0f}/s", ""
        for (what, tokens), budget in BUDGETS.items():
            if tokens == new and what in took:
                yield (
                    f"{what}, {new} tokens",
                    f"{took[what] / took['ours']:.2f}",
                    budget,
                )


def _functions(new):
    """Each way to write as a function without arguments."""
    with seeded(0):
        model = gpt(VOCAB, LONGEST, D_MODEL, HEADS, LAYERS).eval()
        prompt = torch.randint(VOCAB, (1, 16))
    write = partial(generate, model, prompt, new, lambda logits: logits.argmax(-1))
    functions = {"ours": write, "without a cache": partial(write, cached=False)}
    if find_spec("transformers"):
        functions["Hugging Face, cached"] = _hugging_face(prompt, new)
    return functions


def _hugging_face(prompt, new):
    from transformers import GPT2Config, GPT2LMHeadModel

    no_end = {"bos_token_id": None, "eos_token_id": None}
    sizes = {"n_positions": LONGEST, "n_embd": D_MODEL, "n_layer": LAYERS}
    config = GPT2Config(vocab_size=VOCAB, n_head=HEADS, **sizes, **no_end)
    model = GPT2LMHeadModel(config).eval()
    how = {"do_sample": False, "use_cache": True, "pad_token_id": 0}
    mask = torch.ones_like(prompt)
    return partial(
        model.generate, prompt, attention_mask=mask, max_new_tokens=new, **how
    )
