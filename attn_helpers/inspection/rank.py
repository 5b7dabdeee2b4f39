"""How far the rows of a stream are apart, and how far a layer can leave them apart.

Rows that are all alike are a matrix of rank one, ``1 xᵀ``: whatever each token was, the
stream does not tell it any more.
"""

import torch
from torch import Tensor

from attn_helpers._checks import check_axes
from attn_helpers.layers.heads import repeat
from attn_helpers.layers.multi_head import MultiHeadAttention

ROWS = "(..., t, d_model)"


def distance_from_rank_one(x: Tensor) -> Tensor:
    """The part of ``x`` by which its rows differ from their mean, as a share of ``x``.

    ‖x - 1 mean‖ / ‖x‖, with roots of sums of squares for sizes: 0 if all rows are
    alike, 1 if they cancel out. Of all matrices of rank one with equal rows the mean is
    the closest.

    Args:
        x: ``(..., t, d_model)``.

    Returns:
        ``(...)``.

    Example:
        >>> distance_from_rank_one(torch.tensor([[1.0, 1.0], [1.0, -1.0]]))
        tensor(0.7071)

    Source: Dong, Cordonnier and Loukas (2021), arXiv:2103.03404, section 2, who measure
    the size by the root of the largest sum down a column times that along a row.
    """
    check_axes("distance_from_rank_one", x=(x, ROWS))
    apart = x - x.mean(dim=-2, keepdim=True)
    return apart.norm(dim=(-2, -1)) / x.norm(dim=(-2, -1))


def diameter(x: Tensor) -> Tensor:
    """The distance of the two rows that are farthest apart.

    Args:
        x: ``(..., t, d_model)``.

    Returns:
        ``(...)``.

    Example:
        >>> diameter(torch.tensor([[0.0, 0.0], [1.0, 1.0], [3.0, 4.0]]))
        tensor(5.)
    """
    check_axes("diameter", x=(x, ROWS))
    gaps = x[..., :, None, :] - x[..., None, :, :]  # (..., t, t, d_model)
    return gaps.norm(dim=-1).amax(dim=(-2, -1))


def diameter_bound(layer: MultiHeadAttention, before: Tensor) -> Tensor:
    """The largest diameter of what comes out, if ``before`` is that of what goes in.

    Call it D. The scores of two queries differ, but for what is the same for all keys,
    by at most D² ‖W_q W_kᵀ‖ / √head_dim. So of the weight of one query at most a share
    tanh(that / 4) lies elsewhere than that of the other, and moving a share among rows
    at most D apart moves their mean by at most that share of D. The values and
    ``out_proj`` stretch it by at most ‖W_v W_o‖. The heads add up. For small D this is
    a multiple of D³, so that the digits that rows have in common triple from layer to
    layer.

    Args:
        layer: scaled dot-product attention without a mask and blind to places. Its
            biases play no part: they are the same for all rows.
        before: ``(...)``.

    Returns:
        ``(...)``.

    Example:
        >>> layer = MultiHeadAttention(d_model=12, num_heads=3)
        >>> x = 0.1 * torch.randn(5, 12)
        >>> (diameter(layer(x)[0]) <= diameter_bound(layer, diameter(x))).item()
        True

    Source: after Dong, Cordonnier and Loukas (2021), arXiv:2103.03404, theorem 2.2,
    whose bound has the same power of three.
    """
    q, k, v, out = _by_head(layer)
    match = torch.linalg.matrix_norm(q.mT @ k, 2)  # (h,)
    stretch = torch.linalg.matrix_norm(out @ v, 2)
    apart = before[..., None] ** 2 * match / q.shape[-2] ** 0.5
    return before * ((apart / 4).tanh() * stretch).sum(-1)


def _by_head(layer):
    """Weights by query head: three ``(h, head_dim, d_model)``, and the last turned."""
    width = layer.out_proj.in_features // layer.num_heads
    times = layer.num_heads // layer.num_kv_heads
    q, k, v = (
        p.weight.unflatten(0, (-1, width))
        for p in (layer.q_proj, layer.k_proj, layer.v_proj)
    )
    out = layer.out_proj.weight.unflatten(1, (-1, width)).movedim(1, 0)
    return q, repeat(k, times), repeat(v, times), out
