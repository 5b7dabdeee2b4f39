"""FlashAttention in Triton on a GPU, as a share of the speed of torch's kernels

16,384 tokens 2,048 wide, in bfloat16: the longer a text, the fewer of them. 60 % means
that torch's flash kernel takes 60 % of our time. Beside it stand the shares of torch's
other two kernels, where they run, what our own reaches, and how much of a large product
in bfloat16 that is. Times are those of CUDA events, medians of 20, taken in turns.
Scores and mixing count 4 L² d for a head, half of it if causal; the way back counts 2.5
times as much. First come errors against float64, as shares of the largest number.
"""

import statistics
from functools import partial

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention

from attn_helpers.efficient.triton_flash import flash_attention
from attn_helpers.layers.attention import attention

TOKENS, WIDTH, ROUNDS = 16384, 2048, 20
LENGTHS = 512, 1024, 2048, 4096, 8192, 16384
NEAR = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 2e-2}
PEERS = {
    "flash": SDPBackend.FLASH_ATTENTION,
    "cuDNN": SDPBackend.CUDNN_ATTENTION,
    "efficient": SDPBackend.EFFICIENT_ATTENTION,
}


def measure():
    if not torch.cuda.is_available():
        print("  There is no GPU here, so nothing was measured.")
        return
    product = _product()
    yield torch.cuda.get_device_name(), f"torch {torch.__version__}", ""
    yield "product of two matrices, 8192 × 8192", f"{product / 1e12:.0f} TFLOP/s", ""
    for dtype, near in NEAR.items():
        for d in (64, 128):
            yield (
                f"largest error, {dtype}, d {d}",
                f"{_error(dtype, d):.1e}",
                f"≤ {near}",
            )
    for d in (64, 128):
        for causal in (False, True):
            for length in LENGTHS:
                yield from _rows(length, d, causal, product)


def _rows(length, d, causal, product):
    """Forward, then forward and backward, beside what torch's kernels take."""
    q, k, v, steps = _heads(TOKENS // length, WIDTH // d, length, d)
    attends = {"ours": lambda q, k, v: flash_attention(q, k, v, causal=causal)[0]}
    for name, backend in PEERS.items():
        attends[name] = partial(_torch, backend, causal)
    flops = 4 * TOKENS * length * WIDTH * (0.5 if causal else 1)
    words = f"d {d}, length {length}{', causal' * causal}"
    for back, share, goal in ((False, 1, "≥ 60 %"), (True, 3.5, "≥ 50 %")):
        step = _forward_and_backward if back else _forward
        took = _seconds(
            {n: partial(step, f, q, k, v, steps) for n, f in attends.items()}
        )
        of = {name: f"{took[name] / took['ours']:.0%}" for name in took}
        reached = share * flops / took["ours"]
        beside = [f"{name} {of[name]}" for name in ("cuDNN", "efficient") if name in of]
        beside += [
            f"{reached / 1e12:.0f} TFLOP/s",
            f"{reached / product:.0%} of product",
        ]
        what = f"{words}, {'forward + backward' if back else 'forward'}"
        yield what, of.get("flash", "no flash"), f"{goal}; {', '.join(beside)}"


def _heads(*shape, dtype=torch.bfloat16):
    generator = torch.Generator("cuda").manual_seed(0)
    how = {"dtype": dtype, "device": "cuda", "generator": generator}
    q, k, v, steps = (torch.randn(shape, **how) for _ in range(4))
    return *(x.requires_grad_() for x in (q, k, v)), steps


def _torch(backend, causal, q, k, v):
    with sdpa_kernel(backend):
        return scaled_dot_product_attention(q, k, v, is_causal=causal)


def _forward(attend, q, k, v, steps):
    with torch.no_grad():
        return attend(q, k, v)


def _forward_and_backward(attend, q, k, v, steps):
    return torch.autograd.grad(attend(q, k, v), (q, k, v), steps)


def _seconds(functions):
    """Median seconds of each that runs here; every round calls each in turn."""
    seconds = {}
    for name, function in functions.items():
        try:
            for _ in range(3):
                function()
            seconds[name] = []
        except RuntimeError as error:
            print(f"  {name} does not run here: {str(error).splitlines()[0]}")
    for _ in range(ROUNDS):
        for name, times in seconds.items():
            start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            start.record()
            functions[name]()
            end.record()
            end.synchronize()
            times.append(start.elapsed_time(end) / 1000)
    return {name: statistics.median(times) for name, times in seconds.items()}


def _product():
    """FLOP/s of a large product in bfloat16."""
    one, other = (torch.randn(8192, 8192, device="cuda").bfloat16() for _ in range(2))
    took = _seconds({"product": lambda: one @ other})["product"]
    return 2 * 8192**3 / took


def _error(dtype, d):
    """The worst of output and gradients, with dead rows and a rest of a tile."""
    q, k, v, steps = _heads(2, 3, 331, d, dtype=dtype)
    mask = torch.rand(331, 331, device="cuda") > 0.5
    mask[7] = False
    wide = [x.detach().double().requires_grad_() for x in (q, k, v)]
    worst = []
    for how in ({"causal": True}, {"mask": mask}):
        found = flash_attention(q, k, v, **how)[0]
        seen = how.get("mask", torch.ones_like(mask).tril())
        wanted = attention(*wide, seen)[0]
        grads = torch.autograd.grad(found, (q, k, v), steps)
        wide_grads = torch.autograd.grad(wanted, wide, steps.double())
        pairs = zip((found, *grads), (wanted, *wide_grads), strict=True)
        worst += [
            ((one - other).abs().max() / other.abs().max()) for one, other in pairs
        ]
    return max(worst).item()
