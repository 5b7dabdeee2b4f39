"""Attention in tiles and blocks, as a multiple of torch's fused kernel (CPU time)

One thread, the ways in turns. Memory is the most bytes at once beyond the inputs: of
numpy by tracemalloc, of torch by the meter of the book. Scratch is what is held beyond
the output for a head of 64 columns; at 32,768 tokens it is the scratch at 1024 and what
each further token added up to 8192.
"""

import tracemalloc
from functools import partial

import torch
from torch.nn.functional import scaled_dot_product_attention

from attn_helpers.cost import peak_bytes
from attn_helpers.efficient.chunked import chunked_attention
from attn_helpers.efficient.tiled import tiled_attention
from attn_helpers.reference.blocked_attention import blocked_attention
from benchmarks._ratio import medians

D = 64
MIB = 2**20


def measure():
    torch.set_num_threads(1)
    yield from _numpy()
    yield from _forward()
    yield from _training()
    yield from _scratch()


def _qkv(batch, heads, length, needs_slope=False):
    torch.manual_seed(0)
    shape = batch, heads, length, D
    return [torch.randn(shape, requires_grad=needs_slope) for _ in range(3)]


def _numpy():
    for batch, length in ((4, 512), (2, 1024), (1, 2048)):
        x = _qkv(batch, 8, length)
        arrays = [part.numpy() for part in x]
        took = medians(
            {
                "fused": lambda x=x: scaled_dot_product_attention(*x),
                "blocks": lambda a=arrays: blocked_attention(*a),
            },
            rounds=7,
        )
        ratio = took["blocks"] / took["fused"]
        yield f"blocks in numpy, length {length}", f"{ratio:.2f}", "≤ 1.5"
    for length in (1024, 2048):
        arrays = [part.numpy() for part in _qkv(8, 8, length)]
        tracemalloc.start()
        blocked_attention(*arrays)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        memory = f"{peak / arrays[0].nbytes:.2f}"
        yield f"  bytes at once / output, 8 texts, length {length}", memory, "≤ 1.1"


def _forward():
    for length in (1024, 2048, 4096):
        x = _qkv(1, 4, length)
        took = medians(
            {
                "fused": lambda x=x: scaled_dot_product_attention(*x),
                "tiles": lambda x=x: tiled_attention(*x),
                "fused, causal": lambda x=x: scaled_dot_product_attention(
                    *x, is_causal=True
                ),
                "tiles, causal": lambda x=x: tiled_attention(*x, causal=True),
            },
            rounds=7,
        )
        goal = "≤ 1.4" if length >= 2048 else ""
        ratio = took["tiles"] / took["fused"]
        yield f"tiles, forward, length {length}", f"{ratio:.2f}", goal
        ratio = took["tiles, causal"] / took["fused, causal"]
        yield f"tiles, forward, causal, length {length}", f"{ratio:.2f}", ""


def _training():
    x = _qkv(1, 4, 2048, needs_slope=True)
    ways = {
        "fused": scaled_dot_product_attention,
        "tiles": lambda *x: tiled_attention(*x)[0],
        "chunks, made anew": lambda *x: chunked_attention(*x, recompute=True)[0],
    }
    took = medians(
        {name: partial(_step, way, x) for name, way in ways.items()}, rounds=7
    )
    peaks = {name: peak_bytes(partial(_step, way, x)) for name, way in ways.items()}
    for name, goal in {"tiles": "≤ 1.3", "chunks, made anew": ""}.items():
        ratio, memory = took[name] / took["fused"], peaks[name] / peaks["fused"]
        yield f"{name}, forward and backward, length 2048", f"{ratio:.2f}", goal
        goal = "≤ 1.6" if goal else ""
        yield f"  bytes at once / fused, {name}", f"{memory:.2f}", goal


def _step(way, x):
    for part in x:
        part.grad = None
    way(*x).sum().backward()


def _scratch():
    def beyond_output(length):
        x = _qkv(1, 1, length)
        return peak_bytes(lambda: tiled_attention(*x)) - 4 * length * D

    few, many = beyond_output(1024), beyond_output(8192)
    per_token = (many - few) / 7168
    at_32k = few + per_token * (32768 - 1024)
    yield "tiles, scratch a head at 32,768, in MiB", f"{at_32k / MIB:.2f}", "≤ 1"
    growth = (per_token + 4 * D) / (4 * D)
    yield "  bytes a further token / its output", f"{growth:.2f}", "1.0"
