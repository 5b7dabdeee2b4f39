"""Attention forward, as a multiple of torch's fused kernel (CPU time, 1 thread)

The reference counts in float64 and keeps the whole weight matrix: its row says what
clarity costs. The budget of 1.3 is for the torch layer without weights, which does
nothing but check its input and call the kernel.
"""

import numpy as np
import torch
import torch.nn.functional as F

from attn_helpers.layers.attention import attention
from attn_helpers.reference.attention import scaled_dot_product_attention
from benchmarks._ratio import medians

HEADS, D_K = 8, 64


ROWS = {
    "layer": ("layers.attention", "≤ 1.3"),
    "weights": ("layers.attention, weights wanted", ""),
    "float32": ("reference, float32 in", ""),
    "float64": ("reference, float64 in", ""),
}


def measure():
    torch.set_num_threads(1)
    for batch, length in ((8, 128), (4, 512), (2, 1024)):
        took = _forward((batch, HEADS, length, D_K))
        for name, (words, budget) in ROWS.items():
            ratio = took[name] / took["fused"]
            yield f"{words}, length {length}", f"{ratio:.2f}", budget


def _forward(shape):
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape, dtype=np.float32) for _ in range(3)]
    wide = [array.astype(np.float64) for array in arrays]
    q, k, v = map(torch.from_numpy, arrays)
    functions = {
        "fused": lambda: F.scaled_dot_product_attention(q, k, v),
        "layer": lambda: attention(q, k, v),
        "weights": lambda: attention(q, k, v, need_weights=True),
        "float32": lambda: scaled_dot_product_attention(*arrays),
        "float64": lambda: scaled_dot_product_attention(*wide),
    }
    return medians(functions, rounds=5)
