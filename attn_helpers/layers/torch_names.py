"""The parameters of a layer with heads, as torch's own module names and stores them."""

from collections.abc import Mapping

import torch
from torch import Tensor

from attn_helpers._checks import complaint

THREE = "q_proj", "k_proj", "v_proj"
KINDS = "weight", "bias"


def as_torch_names(named: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Put what belongs to queries, keys and values into one table, as torch keeps it.

    It takes parameters, or anything that goes by their names, such as gradients.

    Args:
        named: by the names that parameters have in ``MultiHeadAttention``, such as
            ``q_proj.weight``, ``(d_model, d_model)``, and ``q_proj.bias``,
            ``(d_model,)``; biases may be missing, all of them.

    Returns:
        by the names of ``torch.nn.MultiheadAttention``: ``in_proj_weight``,
        ``(3 d_model, d_model)``, with queries above keys above values, and so on.

    Example:
        >>> from attn_helpers.layers.multi_head import MultiHeadAttention
        >>> ours = MultiHeadAttention(d_model=6, num_heads=2).state_dict()
        >>> theirs = torch.nn.MultiheadAttention(6, 2)
        >>> theirs.load_state_dict(as_torch_names(ours))
        <All keys matched successfully>
    """
    kinds = [kind for kind in KINDS if f"out_proj.{kind}" in named]
    names = {f"{part}.{kind}" for part in (*THREE, "out_proj") for kind in kinds}
    if "weight" not in kinds or set(named) != names:
        rule = f"named must hold a weight, and a bias or none, of {', '.join(THREE)}"
        got = ", ".join(sorted(named)) or "nothing"
        raise ValueError(complaint("as_torch_names", f"{rule} and out_proj", got))
    together = {}
    for kind in kinds:
        three = [named[f"{part}.{kind}"] for part in THREE]
        together[f"in_proj_{kind}"] = torch.cat(three)
        together[f"out_proj.{kind}"] = named[f"out_proj.{kind}"]
    return together
