"""What heads do, in numbers: how much of a head follows a pattern, and who is missed.

A pattern is a table of booleans like a mask, True where a head with that habit would
look. A score says where weight goes; only a head taken away says what it was good for.
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from attn_helpers._checks import check_axes, complaint
from attn_helpers._checks import mask as broadcasts
from attn_helpers.inspection.gradients import check_graph, gradients_on
from attn_helpers.layers.multi_head import MultiHeadAttention

WEIGHTS = "(b, h, t_q, t_k)"
PAIRS, ASKED = broadcasts("(b, t_q, t_k)"), broadcasts("(b, t_q)")

# --- patterns: (t, t) or (b, t, t), a row for each query ------------------------------


def at_offset(
    t: int, offset: int, *, device: torch.device | str | None = None
) -> Tensor:
    """The key ``offset`` places from the query: -1 the previous, 0 itself, 1 the next.

    Example:
        >>> at_offset(3, -1).int().tolist()
        [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    """
    places = torch.arange(t, device=device)
    return places == places[:, None] + offset


def same_token(ids: Tensor) -> Tensor:
    """The other places that hold the query's own token; ids ``(b, t)``.

    Example:
        >>> same_token(torch.tensor([[7, 8, 7]]))[0].int().tolist()
        [[0, 0, 1], [0, 0, 0], [1, 0, 0]]
    """
    itself = at_offset(ids.shape[1], 0, device=ids.device)
    return (ids[:, :, None] == ids[:, None]) & ~itself


def after_same_token(ids: Tensor) -> Tensor:
    """The places right after an earlier token like the query's own; ids ``(b, t)``.

    Who looks there sees what came next the last time: an induction head.

    Example:
        >>> after_same_token(torch.tensor([[7, 8, 7]]))[0].int().tolist()
        [[0, 0, 0], [0, 0, 0], [0, 1, 0]]
    """
    found = same_token(ids).tril()
    return torch.nn.functional.pad(found[..., :-1], (1, 0))


def of_tokens(ids: Tensor, chosen: Iterable[int]) -> Tensor:
    """Every place that holds one of the ``chosen`` tokens, such as delimiters.

    Example:
        >>> of_tokens(torch.tensor([[7, 8, 7]]), [8])[0].int().tolist()
        [[0, 1, 0], [0, 1, 0], [0, 1, 0]]
    """
    here = torch.isin(ids, torch.tensor(list(chosen), device=ids.device))
    return here.unsqueeze(1).expand(-1, ids.shape[1], -1)


def head_scores(
    weights: list[Tensor], pattern: Tensor, queries: Tensor | None = None
) -> Tensor:
    """The share of each head's weight that falls on a pattern.

    Queries for which the pattern has no key do not count.

    Args:
        weights: one tensor for each layer, ``(b, h, t_q, t_k)``.
        pattern: boolean, broadcasts to ``(b, t_q, t_k)``.
        queries: boolean, broadcasts to ``(b, t_q)``; which queries count, if not all.

    Returns:
        scores from 0 to 1, ``(layers, h)``.

    Example:
        >>> weights = torch.tensor([[1.0, 0.0], [0.75, 0.25]]).expand(1, 1, 2, 2)
        >>> head_scores([weights], at_offset(2, -1))
        tensor([[0.7500]])
    """
    layers = {f"weights[{i}]": (w, WEIGHTS) for i, w in enumerate(weights)}
    masks = {"pattern": (pattern, PAIRS), "queries": (queries, ASKED)}
    check_axes("head_scores", **layers, **masks)
    b, _, t_q, t_k = weights[0].shape
    pattern = pattern.expand(b, t_q, t_k)
    counts = pattern.any(-1) if queries is None else pattern.any(-1) & queries
    shares = [(w * pattern[:, None]).sum(-1) for w in weights]  # (b, h, t_q)
    return torch.stack([s.transpose(0, 1)[:, counts].mean(-1) for s in shares])


# --- gates: every head's output times a number ----------------------------------------


def head_layers(model: nn.Module) -> list[MultiHeadAttention]:
    """The layers of a model that have heads, in the order in which it holds them."""
    return [m for m in model.modules() if isinstance(m, MultiHeadAttention)]


@contextmanager
def gated(model: nn.Module, gates: list[Tensor]) -> Generator[nn.Module]:
    """Within the block, multiply each head's output by its gate.

    Args:
        model: any model with ``MultiHeadAttention`` in it.
        gates: one tensor for each such layer, ``(h,)`` or ``(b, h)``.
    """
    layers = head_layers(model)
    for layer, gate in zip(layers, gates, strict=True):
        check_axes("gated", {"h": layer.num_heads}, gate=(gate, "(..., h)"))
    handles = [
        layer.out_proj.register_forward_pre_hook(partial(_scale_heads, gate))
        for layer, gate in zip(layers, gates, strict=True)
    ]
    try:
        yield model
    finally:
        for handle in handles:
            handle.remove()


def _scale_heads(gate, out_proj, inputs):
    """What reaches ``out_proj`` is the merged heads, ``(..., t, d_model)``."""
    heads = inputs[0].unflatten(-1, (gate.shape[-1], -1))  # (..., t, h, head_dim)
    gate = gate[..., None, :, None]
    return (heads * gate).flatten(-2)


def ablated(
    model: nn.Module, heads: Iterable[tuple[int, int]]
) -> AbstractContextManager[nn.Module]:
    """Within the block, the ``heads`` named, pairs (layer, head), give zeros.

    Example:
        >>> layer = MultiHeadAttention(d_model=6, num_heads=2, bias=False)
        >>> with ablated(layer, [(0, 0), (0, 1)]):
        ...     layer(torch.ones(1, 3, 6))[0].abs().max().item()
        0.0
    """
    layers, heads = head_layers(model), list(heads)  # it may be a generator
    gates = [layer.out_proj.weight.new_ones(layer.num_heads) for layer in layers]
    _check_heads(heads, [len(gate) for gate in gates])
    for layer, head in heads:
        gates[layer][head] = 0.0
    return gated(model, gates)


def _check_heads(heads, counts):
    """Require pairs (layer, head) that exist; ``counts`` are the heads by layer."""
    for layer, head in heads:
        if not (0 <= layer < len(counts) and 0 <= head < counts[layer]):
            rule = f"heads must be pairs (layer, head) of layers with {counts} heads"
            raise ValueError(complaint("ablated", rule, f"({layer}, {head})"))


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
