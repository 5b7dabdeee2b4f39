"""What a layer costs: by formula, and by a meter that watches it run.

A FLOP here is one addition or one multiplication; a multiply-add is two. Only matrix
products are counted, as usual: biases, softmax and copies are left out.
"""

import math
from collections.abc import Callable
from contextlib import contextmanager

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from attn_helpers._checks import check_callable, check_count, check_multiple, complaint


def count_parameters(module: nn.Module) -> int:
    """How many numbers a module learns.

    Example:
        >>> count_parameters(nn.Linear(3, 5))
        20
    """
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def count_flops(function: Callable[[], object]) -> int:
    """Run ``function`` once and count the FLOPs of its matrix products.

    torch's own counter overlooks the fused attention of a CPU, which is counted here as
    the two products that it replaces, over all pairs, whatever a mask hides; and so
    are products with one vector, and layers of torch that would run as one operation.
    A product that cannot be counted is refused.

    Example:
        >>> x = torch.ones(3, 5)
        >>> count_flops(lambda: x @ x.T)  # 3 · 3 entries of 5 multiply-adds
        90
    """
    check_callable(function, function="count_flops", argument="function")
    meter = FlopCounterMode(display=False, custom_mapping=_ALSO_COUNTED)
    with _no_short_cut(), meter:
        function()
    return meter.get_total_flops()


@contextmanager
def _no_short_cut():
    """Without the kernel that runs a whole layer of torch as one operation."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def _attention(q, k, v, *rest, out_shape=None, **named):
    return sdpa_flop_count(q, k, v)


def _attention_backward(grad, q, k, v, *rest, out_shape=None, **named):
    """Five products to the forward's two: the scores again, and four gradients."""
    return 5 * sdpa_flop_count(q, k, v) // 2


def _matrix_vector(matrix, vector, *rest, out_shape=None, **named):
    return 2 * math.prod(matrix)


def _added_matrix_vector(bias, matrix, vector, *rest, out_shape=None, **named):
    return 2 * math.prod(matrix)


def _summed_products(bias, left, right, *rest, out_shape=None, **named):
    return 2 * math.prod(left) * right[-1]


def _lstm(x, w_x, w_h, *rest, out_shape=None, **named):
    return 2 * math.prod(x[:2]) * (math.prod(w_x) + math.prod(w_h))


def _lstm_backward(x, w_x, w_h, *rest, out_shape=None, **named):
    return 2 * _lstm(x, w_x, w_h)


def _uncounted(*_, out_shape=None, **named):
    rule = "every product must be one that can be counted"
    got = "a product of three tensors, of sparse ones or a distance"
    raise ValueError(complaint("count_flops", rule, got))


_ATEN = torch.ops.aten
_ALSO_COUNTED = {
    _ATEN._scaled_dot_product_flash_attention_for_cpu: _attention,
    _ATEN._scaled_dot_product_flash_attention_for_cpu_backward: _attention_backward,
    _ATEN.mv: _matrix_vector,
    _ATEN.dot: _matrix_vector,
    _ATEN.vdot: _matrix_vector,
    _ATEN.addmv: _added_matrix_vector,
    _ATEN.addbmm: _summed_products,
    _ATEN.mkldnn_rnn_layer: _lstm,
    _ATEN.mkldnn_rnn_layer_backward: _lstm_backward,
    _ATEN._trilinear: _uncounted,
    _ATEN._sparse_addmm: _uncounted,
    _ATEN._cdist_forward: _uncounted,
}


def multi_head_parameters(
    d_model: int, num_heads: int, num_kv_heads: int | None = None, bias: bool = True
) -> int:
    """Parameters of ``MultiHeadAttention``, by formula: 4 · d_model² and the biases.

    Fewer key-value heads make two of the four matrices narrower.

    Example:
        >>> [multi_head_parameters(512, heads, bias=False) for heads in (1, 8)]
        [1048576, 1048576]
    """
    kv_width = _kv_width(d_model, num_heads, num_kv_heads, "multi_head_parameters")
    widths = (d_model, kv_width, kv_width, d_model)
    return sum(d_model * width + (width if bias else 0) for width in widths)


def multi_head_flops(
    t_q: int, t_k: int, d_model: int, num_heads: int, num_kv_heads: int | None = None
) -> int:
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


def cache_bytes_per_token(
    num_layers: int,
    num_kv_heads: int,
    head_dim: int,
    dtype: torch.dtype = torch.bfloat16,
) -> int:
    """What caches of keys and values grow by with each token, by formula.

    A key and a value for each key-value head of each layer: as many as there are query
    heads in multi-head attention, fewer in grouped-query and one in multi-query
    attention.

    Example:
        >>> [cache_bytes_per_token(32, heads, 128) for heads in (32, 8, 1)]
        [524288, 131072, 16384]
    """
    sizes = {"num_layers": num_layers, "num_kv_heads": num_kv_heads}
    _check_counts("cache_bytes_per_token", **sizes, head_dim=head_dim)
    return 2 * num_layers * num_kv_heads * head_dim * dtype.itemsize


def latent_cache_bytes_per_token(
    num_layers: int, d_latent: int, d_rope: int, dtype: torch.dtype = torch.bfloat16
) -> int:
    """The same for ``LatentAttention``: a latent and a key that tells the place.

    Example:
        >>> latent_cache_bytes_per_token(60, d_latent=512, d_rope=64)
        69120
    """
    sizes = {"num_layers": num_layers, "d_latent": d_latent, "d_rope": d_rope}
    _check_counts("latent_cache_bytes_per_token", **sizes)
    return num_layers * (d_latent + d_rope) * dtype.itemsize


def _check_counts(function, **sizes):
    for argument, value in sizes.items():
        check_count(value, function=function, argument=argument)


def _kv_width(d_model, num_heads, num_kv_heads, function):
    num_kv_heads = num_heads if num_kv_heads is None else num_kv_heads
    names = ("d_model", "num_heads", "num_kv_heads")
    check_multiple(d_model, num_heads, function=function, arguments=names[:2])
    check_multiple(num_heads, num_kv_heads, function=function, arguments=names[1:])
    return d_model // num_heads * num_kv_heads
