"""From one wide row to several narrow heads, and back."""

from torch import Tensor

from attn_helpers._checks import check_count, check_multiple, check_rank, check_tensor


def split_heads(x: Tensor, num_heads: int) -> Tensor:
    """Cut the last axis into heads: ``(..., t, d)`` -> ``(..., h, t, head_dim)``.

    First the cut, then the swap. A single reshape to the same shape would cut across
    tokens instead.
    """
    check_tensor(x, function="split_heads", argument="x")
    check_rank(x, "(..., t, d_model)", function="split_heads", argument="x")
    width = x.shape[-1]
    names = ("d_model", "num_heads")
    check_multiple(width, num_heads, function="split_heads", arguments=names)
    return x.unflatten(-1, (num_heads, -1)).transpose(-3, -2)


def merge_heads(x: Tensor) -> Tensor:
    """Undo ``split_heads``: ``(..., h, t, head_dim)`` -> ``(..., t, d)``."""
    check_tensor(x, function="merge_heads", argument="x")
    check_rank(x, "(..., h, t, head_dim)", function="merge_heads", argument="x")
    return x.transpose(-3, -2).flatten(-2)


def repeat_kv(x: Tensor, times: int) -> Tensor:
    """Give each key-value head to ``times`` query heads that stand side by side.

    ``(..., g, t, head_dim)`` -> ``(..., g · times, t, head_dim)``; nothing is copied
    where ``times`` is 1.
    """
    check_tensor(x, function="repeat_kv", argument="x")
    check_rank(x, "(..., g, t, head_dim)", function="repeat_kv", argument="x")
    check_count(times, function="repeat_kv", argument="times")
    return x if times == 1 else x.repeat_interleave(times, dim=-3)
