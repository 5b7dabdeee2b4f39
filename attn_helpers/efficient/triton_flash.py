"""FlashAttention on a GPU, by kernels of our own: those of ``_triton_kernels.py``."""

from functools import partial
from importlib.util import find_spec

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import pad

from attn_helpers._checks import check_axes, check_integer, complaint
from attn_helpers.layers.attention import MASK, K, Q, V
from attn_helpers.layers.hidden import shielded

if find_spec("triton"):
    import triton

    from attn_helpers.efficient._triton_kernels import backward_kv, backward_q, forward

NAME, WIDEST = "flash_attention", 128


def flash_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None = None,
    *,
    causal: bool = False,
    first: int = 0,
) -> tuple[Tensor, None]:
    """Mix the rows of ``v`` by how well each query matches each key, on a GPU.

    Exact, forward and backward, with memory that grows with ``t_q`` + ``t_k``. A mask
    is read where it lies. ``causal`` needs none, and spares the tiles in which there is
    nothing to see. On a CPU it runs, slowly, in Triton's interpreter: set
    ``TRITON_INTERPRET=1`` before Python is started. ``MultiHeadAttention`` takes it as
    ``attend``.

    Args:
        q: queries, ``(..., t_q, d_k)``, in float16, float32 or, on a GPU, bfloat16.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``; both widths are 128 at most.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend. What it
            hides has no influence, not even if it is NaN.
        causal: whether a query sees only its own place and what came before it. This
            alone keeps a NaN from no query, if there is one that sees it.
        first: the place of query 0 among the keys.

    Returns:
        output ``(..., t_q, d_v)``, zero for a query that may attend to nothing; and
        None, as the weights are never stored.

    Raises:
        ModuleNotFoundError: where Triton is not installed.
        TypeError: for numbers, or on a device, that the kernels do not work with.

    Source: Dao (2023), arXiv:2307.08691, algorithms 1 and 2; Tillet, Kung and Cox
    (2019), doi:10.1145/3315508.3329973.
    """
    sizes = check_axes(NAME, q=(q, Q), k=(k, K), v=(v, V), mask=(mask, MASK))
    first = check_integer(first, function=NAME, argument="first")
    _check_that_it_runs(q, sizes)
    if causal and mask is None:  # keys that nobody sees are not even read
        k, v = (x[..., : max(first + sizes["t_q"], 1), :] for x in (k, v))

    def prepare(k, v):
        return partial(_attend, k, v, mask, sizes["..."], causal, first)

    return shielded(prepare, k, v, mask)(q)[0], None


def _check_that_it_runs(q, sizes):
    """Something is there that runs the kernels, and they are made for such numbers."""
    if find_spec("triton") is None:
        raise ModuleNotFoundError(
            f"{NAME}: the kernels are written in Triton, which is not installed; get "
            "it with `pip install triton`, or call tiled_attention."
        )
    interpreted = not isinstance(forward, triton.JITFunction)
    if not (interpreted or q.is_cuda):
        rule, got = "the kernels run on a GPU", f"q on {q.device.type}"
        fix = (
            "Set TRITON_INTERPRET=1 before Python is started, or call tiled_attention."
        )
        raise TypeError(complaint(NAME, rule, got, fix))
    takes = [torch.float32, torch.float16]
    if not interpreted:  # the interpreter multiplies the bits of bfloat16
        takes.append(torch.bfloat16)
    if q.dtype not in takes:
        where = "in the interpreter" if interpreted else "on a GPU"
        rule = f"{where} q, k and v must be of dtype {', '.join(map(str, takes))}"
        raise TypeError(complaint(NAME, rule, f"q of dtype {q.dtype}"))
    for name in ("d_k", "d_v"):
        if sizes[name] > WIDEST:
            rule = f"{name} must be at most {WIDEST}, so that tiles fit on the chip"
            raise ValueError(complaint(NAME, rule, f"{name}={sizes[name]}"))


def _attend(k, v, mask, batch, causal, first, q):
    """Put all heads in one row, run the kernels, and undo it."""
    scale, d_v = q.shape[-1] ** -0.5, v.shape[-1]
    q, k, v = (_in_one_row(x, batch) for x in (q, k, v))
    t_q, t_k = q.shape[1], k.shape[1]
    rules = *_read(mask, batch, t_q, t_k), t_q, t_k, first, scale
    output = _Flash.apply(q, k, v, rules, causal)[..., :d_v]
    return output.reshape(*batch, t_q, d_v), None


def _in_one_row(x, batch):
    """``(..., t, d)`` -> ``(n, t, width)``; the width is a power of 2, at least 16."""
    width = max(16, triton.next_power_of_2(x.shape[-1]))
    if width > x.shape[-1]:
        x = pad(x, (0, width - x.shape[-1]))  # zeros change no dot product
    return x.expand(*batch, *x.shape[-2:]).reshape(-1, *x.shape[-2:]).contiguous()


def _read(mask, batch, t_q, t_k):
    """The mask, where that of each head begins, and its steps along both axes."""
    if mask is None:
        return None, None, 0, 0
    mask = torch.atleast_2d(mask)
    mask = mask.expand(*mask.shape[:-2], t_q, t_k)  # a step of 0 where it broadcasts
    sheets = mask.reshape(-1, t_q, t_k)
    begins = torch.arange(len(sheets), device=mask.device) * sheets.stride(0)
    begins = begins.view(mask.shape[:-2]).expand(batch).reshape(-1)  # (n,)
    return sheets.view(torch.uint8), begins.contiguous(), *sheets.stride()[1:]


class _Flash(torch.autograd.Function):
    """``(n, t_q, d_k), (n, t_k, d_k), (n, t_k, d_v)`` -> ``(n, t_q, d_v)``."""

    @staticmethod
    def forward(ctx, q, k, v, rules, causal):
        output = torch.empty(*q.shape[:2], v.shape[-1], dtype=q.dtype, device=q.device)
        log_sums = torch.empty(q.shape[:2], device=q.device, dtype=torch.float32)
        _run(forward, q, causal, q, k, v, output, log_sums, rules)
        ctx.save_for_backward(q, k, v, output, log_sums)
        ctx.rules, ctx.causal = rules, causal
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx, output_grad):
        q, k, v, output, log_sums = ctx.saved_tensors
        output_grad = output_grad.contiguous()
        row_sums = (output_grad.float() * output.float()).sum(-1)  # (n, t_q)
        known = q, k, v, output_grad, log_sums, row_sums
        q_grad, k_grad, v_grad = (torch.empty_like(x) for x in (q, k, v))
        _run(backward_q, q, ctx.causal, *known, q_grad, ctx.rules)
        _run(backward_kv, k, ctx.causal, *known, k_grad, v_grad, ctx.rules)
        return q_grad, k_grad, v_grad, None, None


def _run(program, owned, causal, *arguments):
    """Start a program for each tile of the rows that are ``owned``, for each head."""
    q, _, v, *_ = arguments
    wide = q.dtype is torch.float32  # which takes twice the room
    own, step, stages = (64, 32, 2) if wide else (128, 64, 3)
    sizes = {"D_K": q.shape[-1], "D_V": v.shape[-1], "OWN": own, "STEP": step}
    how = {"CAUSAL": causal, "num_warps": 8, "num_stages": stages}
    with torch.cuda.device_of(q):
        grid = triton.cdiv(owned.shape[1], own), owned.shape[0]
        program[grid](*arguments, **sizes, **how)
