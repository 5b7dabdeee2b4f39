"""Who is missed: switch heads off, or turn them down, and measure again.

All of it acts between the heads and ``out_proj``, so on any ``MultiHeadAttention``:
with grouped heads, with a cache, and whatever its ``attend``.
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from attn_helpers._checks import check_axes, complaint
from attn_helpers.inspection.gradients import check_graph, gradients_on
from attn_helpers.layers.multi_head import MultiHeadAttention


def head_layers(model: nn.Module) -> list[MultiHeadAttention]:
    """The layers of a model that have heads, in the order in which it holds them."""
    return [m for m in model.modules() if isinstance(m, MultiHeadAttention)]


def ablated(
    model: nn.Module,
    heads: Iterable[tuple[int, int]],
    instead: list[Tensor] | None = None,
) -> AbstractContextManager[nn.Module]:
    """Within the block, the ``heads`` named, pairs (layer, head), give something else.

    Args:
        model: any model with ``MultiHeadAttention`` in it.
        heads: which query heads.
        instead: for each layer what its heads give then, ``(..., h, head_dim)``, such
            as ``mean_outputs``; zeros if not given. What it has in front broadcasts to
            ``(..., t)``, so that each place may get something of its own.

    Example:
        >>> layer = MultiHeadAttention(d_model=6, num_heads=2, bias=False)
        >>> with ablated(layer, [(0, 0), (0, 1)]):
        ...     layer(torch.ones(1, 3, 6))[0].abs().max().item()
        0.0
    """
    layers, heads = head_layers(model), list(heads)  # it may be a generator
    _check_heads(heads, [layer.num_heads for layer in layers])
    if instead is None:
        instead = [torch.tensor(0.0)] * len(layers)
    else:
        _check_instead(instead, layers)
    gone = [torch.zeros(layer.num_heads, 1, dtype=torch.bool) for layer in layers]
    for layer, head in heads:
        gone[layer][head] = True
    puts = [partial(_put, *two) for two in zip(instead, gone, strict=True)]
    return _changed(model, puts)


def _put(other, gone, heads):
    return torch.where(gone.to(heads.device), other.to(heads), heads)


def _check_instead(instead, layers):
    """Require for each layer something that its heads could give."""
    for layer, other in zip(layers, instead, strict=True):
        width = layer.out_proj.in_features // layer.num_heads
        sizes = {"h": layer.num_heads, "head_dim": width}
        check_axes("ablated", sizes, instead=(other, "(..., h, head_dim)"))


def _check_heads(heads, counts):
    """Require pairs (layer, head) that exist; ``counts`` are the heads by layer."""
    for layer, head in heads:
        if not (0 <= layer < len(counts) and 0 <= head < counts[layer]):
            rule = f"heads must be pairs (layer, head) of layers with {counts} heads"
            raise ValueError(complaint("ablated", rule, f"({layer}, {head})"))


def mean_outputs(model: nn.Module, run: Callable[[nn.Module], object]) -> list[Tensor]:
    """What each head gives on average, over all rows of all samples.

    Put in place of a head's output, it takes away what the head says about *this* row
    and leaves what it says of every row alike.

    Args:
        model: any model with ``MultiHeadAttention`` in it.
        run: calls the model on the samples to average over.

    Returns:
        for each layer ``(h, head_dim)``.

    Example:
        >>> layer = MultiHeadAttention(d_model=6, num_heads=2)
        >>> [mean] = mean_outputs(layer, lambda m: m(torch.ones(1, 3, 6)))
        >>> mean.shape
        torch.Size([2, 3])
    """
    seen = [[] for _ in head_layers(model)]
    with _changed(model, [partial(_keep, kept) for kept in seen]):
        run(model)
    for layer, kept in enumerate(seen):
        if not kept:
            rule = "run must call every layer that has heads"
            raise ValueError(
                complaint("mean_outputs", rule, f"no call of layer {layer}")
            )
    return [torch.cat(kept).mean(0) for kept in seen]


def _keep(kept, heads):
    kept.append(heads.detach().flatten(end_dim=-3))
    return heads


@contextmanager
def gated(model: nn.Module, gates: list[Tensor]) -> Generator[nn.Module]:
    """Within the block, multiply each head's output by its gate.

    Args:
        model: any model with ``MultiHeadAttention`` in it.
        gates: one tensor for each such layer, ``(h,)`` or ``(b, h)``.
    """
    for layer, gate in zip(head_layers(model), gates, strict=True):
        check_axes("gated", {"h": layer.num_heads}, gate=(gate, "(..., h)"))
    with _changed(model, [partial(_scale, gate) for gate in gates]):
        yield model


def _scale(gate, heads):
    return heads * gate[..., None, :, None]


@contextmanager
def _changed(model, changes):
    """Within the block, what the heads give goes through a function, one a layer.

    Each function takes and returns ``(..., t, h, head_dim)``.
    """
    handles = [
        layer.out_proj.register_forward_pre_hook(
            partial(_change, change, layer.num_heads)
        )
        for layer, change in zip(head_layers(model), changes, strict=True)
    ]
    try:
        yield model
    finally:
        for handle in handles:
            handle.remove()


def _change(change, num_heads, out_proj, inputs):
    """What reaches ``out_proj`` is the merged heads, ``(..., t, d_model)``."""
    return change(inputs[0].unflatten(-1, (num_heads, -1))).flatten(-2)


def head_importance(
    model: nn.Module, losses: Callable[[nn.Module], Tensor], batch: int
) -> Tensor:
    """How much the loss would change, to first order, if a head were turned down.

    Args:
        model: any model with ``MultiHeadAttention`` in it.
        losses: function of the model that returns the loss of each sample, ``(b,)``.
        batch: the number of samples ``b``.

    Returns:
        the mean over samples of the gradient's absolute value, ``(layers, h)``; 0 for
        a layer that the loss does not use.

    Source: Michel, Levy and Neubig (2019), arXiv:1905.10650, section 4.1.
    """
    name = "head_importance"
    with gradients_on(name):
        gates = [
            layer.out_proj.weight.new_ones(batch, layer.num_heads).requires_grad_()
            for layer in head_layers(model)
        ]
        with gated(model, gates):
            each = losses(model)
        check_axes(name, {"b": batch}, losses=(each, "(b,)"))
        check_graph(each, function=name, argument="losses")
        slopes = torch.autograd.grad(each.sum(), gates, materialize_grads=True)
    return torch.stack([slope.abs().mean(0) for slope in slopes])
