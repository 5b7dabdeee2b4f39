"""What a layer costs: by formula, and by a meter that watches it run.

A FLOP here is one addition or one multiplication; a multiply-add is two. Only matrix
products are counted, as usual: biases, softmax and copies are left out.
"""

from collections.abc import Callable

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from attn_helpers._checks import check_callable, check_count, check_multiple


def count_parameters(module: nn.Module) -> int:
    """How many numbers a module learns.

    Example:
        >>> count_parameters(nn.Linear(3, 5))
        20
    """
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def count_flops(function: Callable[[], object]) -> int:
    """Run ``function`` once and count the FLOPs of its matrix products.

    torch's own counter overlooks the fused attention of a CPU; it is counted here as
    the two products that it replaces, over all pairs, whatever a mask hides.

    Example:
        >>> x = torch.ones(3, 5)
        >>> count_flops(lambda: x @ x.T)  # 3 · 3 entries of 5 multiply-adds
        90
    """
    check_callable(function, function="count_flops", argument="function")
    meter = FlopCounterMode(display=False, custom_mapping=_FUSED_ON_CPU)
    with meter:
        function()
    return meter.get_total_flops()


def _forward(q, k, v, *rest, out_shape=None, **named):
    return sdpa_flop_count(q, k, v)


def _backward(grad, q, k, v, *rest, out_shape=None, **named):
    """Five products to the forward's two: the scores again, and four gradients."""
    return 5 * sdpa_flop_count(q, k, v) // 2


_FUSED_ON_CPU = {
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _forward,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward: _backward,
}


def multi_head_parameters(d_model, num_heads, num_kv_heads=None, bias=True):
    """Parameters of ``MultiHeadAttention``, by formula: 4 · d_model² and the biases.

    Fewer key-value heads make two of the four matrices narrower.

    Example:
        >>> [multi_head_parameters(512, heads, bias=False) for heads in (1, 8)]
        [1048576, 1048576]
    """
    kv_width = _kv_width(d_model, num_heads, num_kv_heads, "multi_head_parameters")
    widths = (d_model, kv_width, kv_width, d_model)
    return sum(d_model * width + (width if bias else 0) for width in widths)


def multi_head_flops(t_q, t_k, d_model, num_heads, num_kv_heads=None):
    """FLOPs of one forward pass for one sequence, by formula.

    Example:
        >>> [multi_head_flops(100, 100, 512, heads) for heads in (1, 8)]
        [230195200, 230195200]
    """
    name = "multi_head_flops"
    check_count(t_q, function=name, argument="t_q")
    check_count(t_k, function=name, argument="t_k")
    kv_width = _kv_width(d_model, num_heads, num_kv_heads, name)
    projections = 2 * t_q * d_model * d_model + 2 * t_k * d_model * kv_width
    scores_and_mixing = 2 * t_q * t_k * d_model
    return 2 * (projections + scores_and_mixing)


def _kv_width(d_model, num_heads, num_kv_heads, function):
    num_kv_heads = num_heads if num_kv_heads is None else num_kv_heads
    names = ("d_model", "num_heads", "num_kv_heads")
    check_multiple(d_model, num_heads, function=function, arguments=names[:2])
    check_multiple(num_heads, num_kv_heads, function=function, arguments=names[1:])
    return d_model // num_heads * num_kv_heads
