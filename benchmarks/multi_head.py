"""Multi-head attention, as a multiple of torch's module (CPU time, 1 thread)

d_model 256, 8 heads, 8 sequences. Training is forward and backward; torch's module is
asked for no weights. The rows "as in tutorials" are the same layer as most tutorials
write it, with the table of weights in the open.
"""

import math

import torch
from torch import nn

from attn_helpers.layers.multi_head import MultiHeadAttention
from benchmarks._ratio import medians

BATCH, D_MODEL, HEADS = 8, 256, 8
BUDGETS = {
    ("ours", "train"): "≤ 1.0",
    ("ours", "infer"): "≤ 0.7 at 512",
    ("ours, weights wanted", "train"): "",
    ("ours, weights wanted", "infer"): "",
    ("as in tutorials", "train"): "ours ≤ half at 512",
    ("as in tutorials", "infer"): "ours ≤ half at 512",
}


class TutorialAttention(nn.Module):
    """The table in the open, a dropout of rate 0, and view, transpose, contiguous."""

    def __init__(self, d_model, num_heads):
        super().__init__()
        self.num_heads, self.d_k = num_heads, d_model // num_heads
        self.linears = nn.ModuleList(nn.Linear(d_model, d_model) for _ in range(4))
        self.dropout = nn.Dropout(0.0)

    def forward(self, query, key, value):
        b = query.size(0)
        query, key, value = (
            linear(x).view(b, -1, self.num_heads, self.d_k).transpose(1, 2)
            for linear, x in zip(self.linears, (query, key, value), strict=False)
        )
        scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(self.d_k)
        x = torch.matmul(self.dropout(scores.softmax(dim=-1)), value)
        x = x.transpose(1, 2).contiguous().view(b, -1, self.num_heads * self.d_k)
        return self.linears[-1](x)


def measure():
    torch.set_num_threads(1)
    for length in (128, 512):
        for use, run in {"train": _training, "infer": _inference}.items():
            took = medians(_functions(length, run), rounds=7)
            for (name, which), budget in BUDGETS.items():
                if which == use:
                    ratio = took[name] / took["torch"]
                    what = f"{name}, {use}, length {length}"
                    yield what, f"{ratio:.2f}", budget


def _functions(length, run):
    """Each layer as a function without arguments, all on the same numbers."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(BATCH, length, D_MODEL, generator=generator)
    theirs = nn.MultiheadAttention(D_MODEL, HEADS, batch_first=True)
    ours = MultiHeadAttention(D_MODEL, HEADS)
    tutorial = TutorialAttention(D_MODEL, HEADS)
    calls = {
        "torch": (theirs, lambda x: theirs(x, x, x, need_weights=False)[0]),
        "ours": (ours, lambda x: ours(x)[0]),
        "ours, weights wanted": (ours, lambda x: ours(x, need_weights=True)[0]),
        "as in tutorials": (tutorial, lambda x: tutorial(x, x, x)),
    }
    return {name: run(module, call, x) for name, (module, call) in calls.items()}


def _training(module, call, x):
    x = x.clone().requires_grad_()

    def once():
        module.train()
        module.zero_grad()
        call(x).sum().backward()

    return once


def _inference(module, call, x):
    def once():
        module.eval()
        with torch.inference_mode():
            call(x)

    return once
