"""What a head asks and what it writes, read off its weights: no sequence is run.

A head's four matrices act in two pairs. Queries and keys decide where it reads; values
and ``out_proj`` decide what it adds to the row that reads.
"""

from torch import Tensor
from torch.nn import functional

from attn_helpers._checks import check_axes, complaint
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.layers.scoring import scaled_dot


def matched(layer: MultiHeadAttention, head: int, x: Tensor, memory: Tensor) -> Tensor:
    """How well what each row asks matches what each row of the memory offers.

    These are the scores before the softmax, for scaled dot products in which places
    play no part: of ``attend=Rotary(attention)`` those of two rows at one place.

    Args:
        layer: whose head it is.
        head: which query head.
        x: who asks, as the layer reads it, ``(..., t_q, d_model)``.
        memory: who is asked, ``(..., t_k, d_model)``.

    Returns:
        ``(..., t_q, t_k)``.

    Example:
        >>> import torch
        >>> layer = MultiHeadAttention(d_model=12, num_heads=3)
        >>> matched(layer, 1, torch.ones(5, 12), torch.ones(7, 12)).shape
        torch.Size([5, 7])

    Source: Elhage et al. (2021), *A mathematical framework for transformer circuits*,
    which calls it the QK circuit.
    """
    sizes = {"d_model": layer.sizes["d_model"]}
    axes = "(..., t_q, d_model)", "(..., t_k, d_model)"
    check_axes("matched", sizes, x=(x, axes[0]), memory=(memory, axes[1]))
    query, key_value = _rows(layer, head, "matched")
    return scaled_dot(
        _part(layer.q_proj, query, x), _part(layer.k_proj, key_value, memory)
    )


def written(layer: MultiHeadAttention, head: int, x: Tensor) -> Tensor:
    """What a head adds to a row that attends to one row alone.

    Args:
        layer: whose head it is.
        head: which query head.
        x: the row attended to, as the layer reads it, ``(..., d_model)``.

    Returns:
        ``(..., d_model)``; the bias of ``out_proj`` belongs to no head and is left out.

    Example:
        >>> import torch
        >>> layer = MultiHeadAttention(d_model=12, num_heads=3)
        >>> x, one_row = torch.ones(1, 12), torch.ones(1, 1) > 0
        >>> by_head = sum(written(layer, head, x) for head in range(3))
        >>> whole, _ = layer(x, mask=one_row)
        >>> torch.allclose(by_head + layer.out_proj.bias, whole, atol=1e-6)
        True

    Source: Elhage et al. (2021), *A mathematical framework for transformer circuits*,
    which calls it the OV circuit.
    """
    sizes = {"d_model": layer.sizes["d_model"]}
    check_axes("written", sizes, x=(x, "(..., d_model)"))
    query, key_value = _rows(layer, head, "written")
    return functional.linear(
        _part(layer.v_proj, key_value, x), layer.out_proj.weight[:, query]
    )


def _rows(layer, head, function):
    """Which outputs of the projections are those of a head: queries, and the others."""
    if not 0 <= head < layer.num_heads:
        rule = f"head must be one of the layer's {layer.num_heads}"
        raise ValueError(complaint(function, rule, f"head={head}"))
    width = layer.sizes["d_model"] // layer.num_heads
    shared = head // (layer.num_heads // layer.num_kv_heads)
    return tuple(slice(i * width, (i + 1) * width) for i in (head, shared))


def _part(projection, rows, x):
    bias = projection.bias
    bias = None if bias is None else bias[rows]
    return functional.linear(x, projection.weight[rows], bias)
