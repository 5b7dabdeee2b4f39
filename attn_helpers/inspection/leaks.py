"""Ask the gradient who can feel whom, and compare the answer with a mask.

A mask says which inputs may reach which outputs. The gradient says which do. Where the
two differ there is a fault, whatever the loss may look like.
"""

from dataclasses import dataclass
from functools import partial
from textwrap import fill

import torch

from attn_helpers._checks import (
    check_callable,
    check_mask,
    check_same_samples,
    check_sequences,
    check_tensors,
)
from attn_helpers.naming import told_apart

MOST_NAMED = 6  # findings of one kind that a report spells out
WIDTH = 72  # of its lines


@dataclass(frozen=True)
class LeakReport:
    """Where a program and its mask differ; every finding is a tuple of whole numbers.

    Attributes:
        leaks: pairs (query, key) that the mask forbids and the gradient sees. In a
            batch each pair has the number of its sample in front, here and below.
        cut: pairs that the mask allows and the gradient does not see.
        lost: queries whose output is NaN or infinite.
        broken: pairs whose gradient is. One lost query is enough to break them all, as
            0 · NaN is NaN on the way back.
        across: pairs (sample, other sample) where the first feels the second.
    """

    leaks: tuple[tuple[int, ...], ...]
    cut: tuple[tuple[int, ...], ...]
    lost: tuple[tuple[int, ...], ...]
    broken: tuple[tuple[int, ...], ...]
    across: tuple[tuple[int, int], ...]

    @property
    def clean(self):
        """Whether nothing was found."""
        found = self.leaks, self.cut, self.lost, self.broken, self.across
        return not any(found)

    def in_words(self, queries=None, keys=None):
        """The report as text; ``queries`` and ``keys`` are words for the positions.

        Words that come more than once are numbered: the₁, the₂.
        """
        if self.clean:
            return "clean: every pair that may flow does, and no other"
        keys = queries if keys is None else keys
        queries, keys = (words and told_apart(words) for words in (queries, keys))
        pair = partial(_pair, queries=queries, keys=keys)
        lines = [
            _line("leak", self.leaks, partial(pair, verb="feels")),
            _line("cut", self.cut, partial(pair, verb="does not feel")),
            _line("output not finite", self.lost, partial(_place, words=queries)),
            f"gradient not finite: {len(self.broken)} pairs" if self.broken else "",
            _line("samples mix", self.across, partial(_pair, verb="feels")),
        ]
        return "\n".join(
            fill(line, WIDTH, subsequent_indent="  ") for line in lines if line
        )

    __str__ = in_words


def find_leaks(function, x, mask):
    """Name every pair that leaks, and every pair that is cut by mistake.

    Put a layer into ``eval()`` first: dropout cuts pairs at random.

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
    flow, lost = gradient_flow(function, x), ~function(x).isfinite().all(-1)
    if x.dim() == 2:
        flow = flow[None, :, None]
    samples = range(flow.shape[0])
    own = torch.stack([flow[b, :, b] for b in samples])  # (b, t_q, t_k)
    if x.dim() == 2:
        own = own[0]
    mask = torch.as_tensor(mask, device=own.device)
    check_mask(mask, own.shape, function="find_leaks")
    mixed = [(a, b) for a in samples for b in samples if a != b and flow[a, :, b].any()]
    felt, finite = own != 0, own.isfinite()
    return LeakReport(
        leaks=_indices(felt & ~mask & finite),
        cut=_indices(~felt & mask),
        lost=_indices(lost),
        broken=_indices(~finite),
        across=tuple(mixed),
    )


def gradient_flow(function, x):
    """How strongly each row of the output feels each row of the input.

    Args:
        function: takes ``x`` and returns a tensor ``(..., t_q, d_v)``.
        x: a floating tensor, ``(t_k, d)`` or ``(b, t_k, d)``.

    Returns:
        The largest absolute entry of each block of the Jacobian, ``(t_q, t_k)`` or
        ``(b, t_q, b, t_k)``. Exactly 0 means: no small change of this
        key reaches this query, here and with these weights.

    Example:
        >>> gradient_flow(lambda x: x.cumsum(0), torch.zeros(3, 2))
        tensor([[1., 0., 0.],
                [1., 1., 0.],
                [1., 1., 1.]])
    """
    name = "gradient_flow"
    check_callable(function, function=name, argument="function")
    check_tensors(function=name, x=x)
    check_sequences(x, function=name)
    x = x.detach()
    output = function(x)
    check_tensors(function=name, output=output)
    check_same_samples(x, output, function=name)
    jacobian = torch.autograd.functional.jacobian(function, x)
    # (b, t_q, d_v, b, t_k, d) -> (b, t_q, b, t_k)
    return jacobian.abs().amax(dim=(x.dim() - 1, 2 * x.dim() - 1))


def _indices(found):
    return tuple(tuple(index) for index in found.nonzero().tolist())


def _line(kind, found, in_words):
    if not found:
        return ""
    named = ", ".join(in_words(one) for one in found[:MOST_NAMED])
    rest = len(found) - MOST_NAMED
    return f"{kind}: {named}" + (f" and {rest} more" if rest > 0 else "")


def _pair(pair, verb, queries=None, keys=None):
    *query, key = pair
    key = key if keys is None else keys[key]
    return f"{_place(query, queries)} {verb} {key}"


def _place(query, words):
    """A query by its word or number, after the number of its sample in a batch."""
    *sample, position = query
    name = position if words is None else words[position]
    return f"sample {sample[0]}: {name}" if sample else f"{name}"
