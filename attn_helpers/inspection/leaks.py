"""Ask the gradient who can feel whom, and compare the answer with a mask.

A mask says which inputs may reach which outputs. The gradient says which do. Where the
two differ there is a fault, whatever the loss may look like. What a ``detach`` hides
from the gradient shows when a key is changed outright.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from attn_helpers._checks import boolean, check_axes, check_callable, complaint
from attn_helpers._checks import mask as broadcasts
from attn_helpers.inspection.gradients import gradients_on
from attn_helpers.inspection.leak_report import LeakReport

AXES = "(..., t_q, t_k)"
FELT, MASK = boolean(AXES), broadcasts(AXES)


def find_leaks(
    function: Callable[[Tensor], Tensor], x: Tensor, mask: np.ndarray | Tensor
) -> LeakReport:
    """Name every pair that leaks, and every pair that is cut by mistake.

    Put a layer into ``eval()`` first: dropout cuts pairs at random, and is refused.

    Args:
        function: takes ``x`` and returns one row for each query, ``(..., t_q, d_v)``.
            In self-attention a position usually feels itself through its query, even
            where the mask hides its key; hold the queries still,
            ``lambda z: layer(x, z)``, to see the mask alone.
        x: a floating tensor, ``(t_k, d)`` or ``(b, t_k, d)``. Random numbers do; what
            a mask hides must stay hidden for any input.
        mask: the mask that ought to hold, array or tensor; broadcasts to
            ``(..., t_q, t_k)``; True = this query may feel this key.

    Returns:
        A ``LeakReport``; ``print`` it.

    Example:
        >>> from attn_helpers.layers.attention import attention
        >>> x = torch.randn(3, 2, generator=torch.Generator().manual_seed(0))
        >>> may = torch.ones(3, 3).tril() > 0  # nobody may look ahead
        >>> peek = torch.ones(3, 3).tril(1) > 0  # off by one
        >>> print(find_leaks(lambda z: attention(x, z, z, peek)[0], x, may))
        leak: 0 feels 1, 1 feels 2
    """
    flow, moved = gradient_flow(function, x), _moved(function, x)
    lost = ~_outcome(function, x).isfinite().all(-1)
    if x.dim() == 2:
        flow, moved = flow[None, :, None], moved[None, :, None]
    felt = (flow != 0) | moved
    samples = range(felt.shape[0])
    mixed = [(a, b) for a in samples for b in samples if a != b and felt[a, :, b].any()]
    felt, finite = (
        torch.stack([pairs[b, :, b] for b in samples])  # (b, t_q, t_k)
        for pairs in (felt, flow.isfinite())
    )
    if x.dim() == 2:
        felt, finite = felt[0], finite[0]
    mask = torch.as_tensor(mask, device=felt.device)
    check_axes("find_leaks", felt=(felt, FELT), mask=(mask, MASK))
    return LeakReport(
        leaks=_indices(felt & ~mask & finite),
        cut=_indices(~felt & mask),
        lost=_indices(lost),
        broken=_indices(~finite),
        across=tuple(mixed),
    )


def gradient_flow(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """How strongly each row of the output feels each row of the input.

    Args:
        function: takes ``x`` and returns a tensor ``(..., t_q, d_v)``.
        x: a floating tensor, ``(t_k, d)`` or ``(b, t_k, d)``.

    Returns:
        The largest absolute entry of each block of the Jacobian, ``(t_q, t_k)`` or
        ``(b, t_q, b, t_k)``. Exactly 0 means: no small change of this
        key reaches this query, here and with these weights. An output that changes
        with ``x`` though its gradient was switched off is refused.

    Example:
        >>> gradient_flow(lambda x: x.cumsum(0), torch.zeros(3, 2))
        tensor([[1., 0., 0.],
                [1., 1., 0.],
                [1., 1., 1.]])
    """
    name = "gradient_flow"
    check_callable(function, function=name, argument="function")
    batched = "b, " if np.ndim(x) == 3 else ""
    sizes = check_axes(name, x=(x, f"({batched}t_k, d)"))

    def afresh(x):
        return function(x.clone())  # it may write into it

    with gradients_on(name):
        x = x.detach().clone()
        output = afresh(x.clone().requires_grad_())
        check_axes(name, sizes, output=(output, f"({batched}t_q, d_v)"))
        if not output.requires_grad:
            _check_constant(function, x, output)
        jacobian = torch.autograd.functional.jacobian(afresh, x)
    # (b, t_q, d_v, b, t_k, d) -> (b, t_q, b, t_k)
    return jacobian.abs().amax(dim=(x.dim() - 1, 2 * x.dim() - 1))


def _moved(function, x):
    """Which rows of the output change at all when one row of the input does."""
    output = _outcome(function, x)
    if not _same(_outcome(function, x), output).all():
        rule = "function must return the same output twice"
        fix = "Put a layer with dropout into eval()."
        raise ValueError(complaint("find_leaks", rule, "two that differ", fix))
    noise = _noise(x)
    rows = []
    for place in np.ndindex(*x.shape[:-1]):
        changed = x.detach().clone()
        changed[place] += noise[place]
        rows.append(~_same(_outcome(function, changed), output).all(-1))
    return torch.stack(rows, dim=-1).unflatten(-1, x.shape[:-1])


def _outcome(function, x):
    """The output alone; the function may write into its own copy."""
    with torch.no_grad():
        return function(x.detach().clone())


def _noise(x):
    return torch.randn(x.shape, generator=torch.Generator().manual_seed(0)).to(x)


def _same(one, other):
    return (one == other) | (one.isnan() & other.isnan())


def _check_constant(function, x, output):
    """Refuse an output without a gradient that hears the input all the same."""
    if not _same(_outcome(function, x + _noise(x)), output).all():
        rule = "function must compute with gradients on"
        got = "an output that changes with x and has no grad_fn"
        fix = "Take away the torch.no_grad() or detach() within it."
        raise ValueError(complaint("gradient_flow", rule, got, fix))


def _indices(found):
    return tuple(tuple(index) for index in found.nonzero().tolist())
