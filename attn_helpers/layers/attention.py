"""Attention in torch, with gradients."""

from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from attn_helpers._checks import boolean, check_axes
from attn_helpers._checks import mask as broadcasts
from attn_helpers.layers.hidden import shielded
from attn_helpers.layers.precision import widened, without_autocast
from attn_helpers.layers.scoring import Score, scaled_dot
from attn_helpers.layers.softmax import masked_softmax
from attn_helpers.layers.values import known_small, readable, transformed

Q, K, V = "(..., t_q, d_k)", "(..., t_k, d_k)", "(..., t_k, d_v)"
MASK = broadcasts("(..., t_q, t_k)")


class Attend(Protocol):
    """What attends: a function or a module with the first arguments of ``attention``.

    It returns the output and, if it can and they are wanted, the weights. By keyword it
    may take ``need_weights``, and ``first``, the place of query 0 among the keys: who
    has no such argument is blind to where the queries stand.
    """

    def __call__(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]: ...


def attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None = None,
    *,
    need_weights: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Mix the rows of ``v`` by how well each query matches each key.

    Without weights, torch's fused kernel does the work and never stores the scores.
    Masks come from ``attn_helpers.reference.masks``, by way of ``torch.from_numpy``.
    What a mask hides has no influence, not even if it is NaN.

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend. Axes are
            counted from the right: for queries ``(b, h, t_q, d_k)`` a mask of three
            axes is ``(h, t_q, t_k)``, and one for each sample is ``(b, 1, t_q, t_k)``.
        need_weights: whether to form the weights, which costs ``t_q`` × ``t_k`` memory.

    Returns:
        output ``(..., t_q, d_v)`` and weights ``(..., t_q, t_k)`` or None; both are
        zero, and so are their gradients, for a query that may attend to nothing.

    Example:
        >>> q, k, v = (torch.eye(2) for _ in range(3))
        >>> output, weights = attention(q, k, v, need_weights=True)
        >>> [[round(w, 2) for w in row] for row in weights.tolist()]
        [[0.67, 0.33], [0.33, 0.67]]

    Source: Vaswani et al. (2017), arXiv:1706.03762, equation 1.
    """
    check_axes("attention", q=(q, Q), k=(k, K), v=(v, V), mask=(mask, MASK))
    return _unchecked(q, k, v, mask, need_weights=need_weights)


def _unchecked(q, k, v, mask=None, *, need_weights=False):
    """``attention`` for a caller that has checked."""
    batch = q.shape[:-2]
    if k.shape[:-2] != batch or v.shape[:-2] != batch:
        batch = torch.broadcast_shapes(batch, k.shape[:-2], v.shape[:-2])
        q = q.expand(*batch, *q.shape[-2:])
    # torch's kernel has rules neither for vmap nor for a second derivative
    attend = _in_the_open if need_weights or transformed() else _fused
    if mask is None or known_small(q, k, v):
        output, weights = attend(q, k, v, mask)
    else:
        ask = shielded(lambda k, v: partial(_large, attend, k, v, mask), k, v, mask)
        output, weights = ask(q)
    return output, weights if need_weights else None


def _fused(q, k, v, mask):
    if mask is not None and mask.ndim < 2:
        mask = torch.atleast_2d(mask)  # the kernel wants (t_q, t_k) or more
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask), None


def _large(attend, k, v, mask, q):
    """``attend`` for numbers that may be large: scores may overflow where hidden.

    The kernel adds -inf to what is hidden, which is NaN if that is infinite.
    """
    overflows = readable(q) and not known_small(q, k)
    return (_in_the_open if overflows else attend)(q, k, v, mask)


def _in_the_open(q, k, v, mask):
    return mix(masked_softmax(scaled_dot(q, k), mask), v)


def mix(weights: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """The values mixed by the weights, and the weights, both in the dtype of ``v``."""
    with without_autocast(v):
        output = weights @ v.to(weights.dtype)
    return output.to(v.dtype), weights.to(v.dtype)


class ScoreAttention(nn.Module):
    """Attention with any score module: score, normalise, mix.

    Args:
        score: a ``Score``, such as ``DotScore()``.

    Example:
        >>> from attn_helpers.layers.scoring import DotScore
        >>> q, k = torch.tensor([[2.0]]), torch.tensor([[-1.0], [1.0]])
        >>> output, weights = ScoreAttention(DotScore())(q, k, v=10 * k)
        >>> [round(w, 3) for w in weights[0].tolist()], round(output.item(), 2)
        ([0.018, 0.982], 9.64)
    """

    def __init__(self, score: Score):
        super().__init__()
        self.score = score

    def forward(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        mask: Tensor | None = None,
        *,
        need_weights: bool = True,
        first: int = 0,
    ) -> tuple[Tensor, Tensor | None]:
        """Mix the rows of ``v`` by how well each query matches each key.

        Args:
            q: queries, ``(..., t_q, d_q)``.
            k: keys, ``(..., t_k, d_k)``.
            v: values, ``(..., t_k, d_v)``.
            mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.
            need_weights: whether to return the weights, which are formed anyway.
            first: the place of query 0 among the keys, if the score minds.

        Returns:
            output ``(..., t_q, d_v)`` and weights ``(..., t_q, t_k)`` or None; both are
            zero for a query that may attend to nothing.
        """
        output, weights = self.prepare(k, v, mask)(q, first=first)
        return output, weights if need_weights else None

    def prepare(
        self, k: Tensor, v: Tensor, mask: Tensor | None = None
    ) -> Callable[..., tuple[Tensor, Tensor]]:
        """Do what depends on the keys once, for a decoder that asks many times.

        Args:
            k: keys, ``(..., t_k, d_k)``.
            v: values, ``(..., t_k, d_v)``.
            mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.

        Returns:
            function of queries, ``(..., t_q, d_q)``, and of ``first``; it returns what
            ``forward`` does.
        """
        name = type(self).__name__
        check_axes(name, k=(k, K), v=(v, V))
        if mask is not None:
            check_axes(name, mask=(mask, boolean("(...)")))

        def ready(k, v):
            scores_of = self.score.prepare(k)

            def attend(q, first=0):
                scores = widened(scores_of(q, first=first))
                return mix(self.normalise(scores, q, mask, first), v)

            return attend

        attend = shielded(ready, k, v, mask)

        def ask(q, first=0):
            queries = q, "(..., t_q, d_q)"
            check_axes(name, q=queries, k=(k, K), v=(v, V), mask=(mask, MASK))
            return attend(q, first=first)

        return ask

    def normalise(
        self, scores: Tensor, q: Tensor, mask: Tensor | None, first: int
    ) -> Tensor:
        """Make weights, ``(..., t_q, t_k)``, of the scores of the queries ``q``."""
        return masked_softmax(scores, mask)


class Attending(nn.Module):
    """A module that hands queries, keys and values on to an ``Attend``.

    Args:
        attend: such as ``attention``.
    """

    def __init__(self, attend: Attend):
        super().__init__()
        self.attend = attend
        taken = signature(getattr(attend, "forward", attend)).parameters.values()
        names = {"need_weights", "first"} & {p.name for p in taken}
        if any(p.kind is p.VAR_KEYWORD for p in taken):
            names = {"need_weights", "first"}
        self.takes_need_weights, self.takes_first = (
            name in names for name in ("need_weights", "first")
        )
        self.call = _unchecked if attend is attention else None

    def ask(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        mask: Tensor | None,
        need_weights: bool,
        first: int,
    ) -> tuple[Tensor, Tensor | None]:
        """Call ``attend``, saying ``need_weights`` and ``first`` if it takes them.

        The tensors must have been checked.
        """
        how = {}
        if self.takes_need_weights:
            how["need_weights"] = need_weights
        if self.takes_first:
            how["first"] = first
        return (self.call or self.attend)(q, k, v, mask, **how)
