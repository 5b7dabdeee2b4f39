"""A meter that counts the arithmetic of a function while it runs.

A FLOP here is one addition or one multiplication; a multiply-add is two. Only matrix
products are counted, as usual: biases, softmax and copies are left out.
"""

import math
from collections.abc import Callable
from contextlib import contextmanager

import torch
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from attn_helpers._checks import check_callable, complaint


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
    _ATEN.addmm_: _summed_products,
    _ATEN.baddbmm_: _summed_products,
    _ATEN.mkldnn_rnn_layer: _lstm,
    _ATEN.mkldnn_rnn_layer_backward: _lstm_backward,
    _ATEN._trilinear: _uncounted,
    _ATEN._sparse_addmm: _uncounted,
    _ATEN._cdist_forward: _uncounted,
}
