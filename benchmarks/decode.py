"""One step of decoding, as a multiple of the same arithmetic unchecked (CPU time)

d_model 64, 4 heads, one sentence, one new token: so little arithmetic that what the
layer does besides, checks above all, shows. The other rows say what a mask, a cache of
256 rows and rotations ask on top of that.
"""

import torch
from torch.nn import functional

from attn_helpers.layers.attention import attention
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.positions import Rotary
from benchmarks._ratio import medians

D_MODEL, HEADS, KEPT = 64, 4, 256
ROWS = {
    "layer": ("MultiHeadAttention", "≤ 1.3"),
    "mask": ("with a mask", ""),
    "cache": (f"with a cache of {KEPT} rows", ""),
    "rotary": (f"Rotary, with a cache of {KEPT} rows", ""),
}


def measure():
    torch.set_num_threads(1)
    with torch.inference_mode():
        took = medians(_steps(), rounds=25, at_least=0.02)
    for name, (words, budget) in ROWS.items():
        yield words, f"{took[name] / took['bare']:.2f}", budget


def _steps():
    """Each step as a function without arguments, all on the same numbers."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1, 1, D_MODEL, generator=generator)
    read = torch.randn(1, KEPT, D_MODEL, generator=generator)
    mask = torch.ones(1, 1) > 0
    layer, rotary = (
        MultiHeadAttention(D_MODEL, HEADS, attend=attend)
        for attend in (attention, Rotary(attention))
    )
    return {
        "bare": lambda: _bare(layer, x),
        "layer": lambda: layer(x),
        "mask": lambda: layer(x, mask=mask),
        "cache": _with_cache(layer, read, x),
        "rotary": _with_cache(rotary, read, x),
    }


def _bare(layer, x):
    """What the layer computes, and nothing else."""
    q, k, v = (
        proj(x).unflatten(-1, (HEADS, -1)).transpose(-3, -2)
        for proj in (layer.q_proj, layer.k_proj, layer.v_proj)
    )
    heads = functional.scaled_dot_product_attention(q, k, v)
    return layer.out_proj(heads.transpose(-3, -2).flatten(-2))


def _with_cache(layer, read, x):
    full = KVCache()
    layer(read, cache=full)

    def step():
        cache = KVCache()
        cache.append(full.k, full.v)
        return layer(x, cache=cache)

    return step
