"""What a multi-head layer costs, by formula."""

from attn_helpers._checks import check_count, check_multiple


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


def _kv_width(d_model, num_heads, num_kv_heads, function):
    num_kv_heads = num_heads if num_kv_heads is None else num_kv_heads
    names = ("d_model", "num_heads", "num_kv_heads")
    check_multiple(d_model, num_heads, function=function, arguments=names[:2])
    check_multiple(num_heads, num_kv_heads, function=function, arguments=names[1:])
    return d_model // num_heads * num_kv_heads
