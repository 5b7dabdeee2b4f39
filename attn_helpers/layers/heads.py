"""From one wide row to several narrow heads, and back."""

from torch import Tensor

from attn_helpers._checks import anything, check_axes, check_count, check_multiple

WHOLE, CUT = anything("(..., t, d_model)"), anything("(..., h, t, head_dim)")
GROUPS = anything("(..., g, t, head_dim)")


def split_heads(x: Tensor, num_heads: int) -> Tensor:
    """Cut the last axis into heads: ``(..., t, d)`` -> ``(..., h, t, head_dim)``.

    First the cut, then the swap. A single reshape to the same shape would cut across
    tokens instead.
    """
    width = check_axes("split_heads", x=(x, WHOLE))["d_model"]
    names = ("d_model", "num_heads")
    check_multiple(width, num_heads, function="split_heads", arguments=names)
    return split(x, num_heads)


def merge_heads(x: Tensor) -> Tensor:
    """Undo ``split_heads``: ``(..., h, t, head_dim)`` -> ``(..., t, d)``."""
    check_axes("merge_heads", x=(x, CUT))
    return merge(x)


def repeat_kv(x: Tensor, times: int) -> Tensor:
    """Give each key-value head to ``times`` query heads that stand side by side.

    ``(..., g, t, head_dim)`` -> ``(..., g · times, t, head_dim)``; nothing is copied
    where ``times`` is 1.
    """
    check_axes("repeat_kv", x=(x, GROUPS))
    check_count(times, function="repeat_kv", argument="times")
    return x if times == 1 else repeat(x, times)


# --- the same for a caller that has checked ------------------------------------------


def split(x: Tensor, num_heads: int) -> Tensor:
    """The bare ``split_heads``."""
    return x.unflatten(-1, (num_heads, -1)).transpose(-3, -2)


def merge(x: Tensor) -> Tensor:
    """The bare ``merge_heads``."""
    return x.transpose(-3, -2).flatten(-2)


def repeat(x: Tensor, times: int) -> Tensor:
    """The bare ``repeat_kv``."""
    return x.repeat_interleave(times, dim=-3)
