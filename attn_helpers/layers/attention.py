"""Attention in torch, with gradients."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from attn_helpers._checks import (
    check_batch,
    check_count,
    check_kv,
    check_mask,
    check_multiple,
    check_qk,
    check_qkv,
    check_rank,
    check_tensor,
    check_tensors,
    check_width,
)


def attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, need_weights=False
) -> tuple[Tensor, Tensor | None]:
    """Mix the rows of ``v`` by how well each query matches each key.

    Without weights, torch's fused kernel does the work and never stores the scores.
    Masks come from ``attn_helpers.reference.masks``, by way of ``torch.from_numpy``.

    Args:
        q: queries, ``(..., t_q, d_k)``.
        k: keys, ``(..., t_k, d_k)``.
        v: values, ``(..., t_k, d_v)``.
        mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.
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
    check_tensors(function="attention", q=q, k=k, v=v)
    shape = check_qkv(q, k, v, function="attention")
    if mask is not None:
        check_tensor(mask, function="attention", argument="mask")
    check_mask(mask, shape, function="attention")
    q = q.expand(*shape[:-2], *q.shape[-2:])  # v, too, may bring batch axes
    if need_weights:
        return _explicit(q, k, v, mask)
    if mask is not None:
        mask = torch.atleast_2d(mask)  # the fused kernel wants (t_q, t_k) or more
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask), None


class Score(nn.Module):
    """How well each query matches each key: what ``ScoreAttention`` shares out.

    A score has its formula in ``over``, which does the work on the keys only once.
    """

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone, to ask the same keys many times."""
        raise NotImplementedError

    def forward(self, q: Tensor, k: Tensor) -> Tensor:
        """``(..., t_q, d_q)`` and ``(..., t_k, d_k)`` -> ``(..., t_q, t_k)``."""
        return self.over(k)(q)


class AdditiveScore(Score):
    """Score with a small network of one hidden layer: tanh(q W_q + k W_k) · w_out.

    Args:
        d_q: width of the queries.
        d_k: width of the keys, which may differ.
        d_hidden: width of the hidden layer.

    Source: Bahdanau, Cho and Bengio (2014), arXiv:1409.0473, appendix A.1.2.
    """

    def __init__(self, d_q: int, d_k: int, d_hidden: int):
        super().__init__()
        self.q_proj = nn.Linear(d_q, d_hidden, bias=False)
        self.k_proj = nn.Linear(d_k, d_hidden, bias=False)
        self.out_proj = nn.Linear(d_hidden, 1, bias=False)

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone; what depends on the keys is computed once."""
        check_width(
            k, self.k_proj.in_features, "d_k", function="AdditiveScore", argument="k"
        )
        keys = self.k_proj(k)[..., None, :, :]  # (..., 1, t_k, d_hidden)

        def scores(q):
            check_width(
                q,
                self.q_proj.in_features,
                "d_q",
                function="AdditiveScore",
                argument="q",
            )
            pairs = torch.tanh(self.q_proj(q)[..., :, None, :] + keys)
            return self.out_proj(pairs).squeeze(-1)  # (..., t_q, t_k)

        return scores


class DotScore(Score):
    """Score by the dot product, without a scale and without parameters.

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.1.
    """

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone."""

        def scores(q):
            check_qk(q, k, function="DotScore")
            return q @ k.transpose(-2, -1)  # (..., t_q, t_k)

        return scores


class GeneralScore(Score):
    """Score by q W kᵀ: a learnt matrix says which parts of q and k should agree.

    Args:
        d_q: width of the queries.
        d_k: width of the keys, which may differ.

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.1.
    """

    def __init__(self, d_q: int, d_k: int):
        super().__init__()
        self.k_proj = nn.Linear(d_k, d_q, bias=False)

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone; what depends on the keys is computed once."""
        check_width(
            k, self.k_proj.in_features, "d_k", function="GeneralScore", argument="k"
        )
        keys = self.k_proj(k).transpose(-2, -1)  # (..., d_q, t_k)

        def scores(q):
            check_width(
                q,
                self.k_proj.out_features,
                "d_q",
                function="GeneralScore",
                argument="q",
            )
            return q @ keys  # (..., t_q, t_k)

        return scores


class ConcatScore(Score):
    """Score with a small network that reads query and key side by side.

    The same function as ``AdditiveScore``, whose two matrices are the halves of this
    one; written as in the paper it does the work of each half for every pair.

    Args:
        d_q: width of the queries.
        d_k: width of the keys, which may differ.
        d_hidden: width of the hidden layer.

    Source: Luong, Pham and Manning (2015), arXiv:1508.04025, section 3.1.
    """

    def __init__(self, d_q: int, d_k: int, d_hidden: int):
        super().__init__()
        self.widths = d_q, d_k
        self.pair_proj = nn.Linear(d_q + d_k, d_hidden, bias=False)
        self.out_proj = nn.Linear(d_hidden, 1, bias=False)

    def over(self, k: Tensor) -> Callable[[Tensor], Tensor]:
        """A function of ``q`` alone."""
        check_width(k, self.widths[1], "d_k", function="ConcatScore", argument="k")
        keys = k[..., None, :, :]  # (..., 1, t_k, d_k)

        def scores(q):
            check_width(q, self.widths[0], "d_q", function="ConcatScore", argument="q")
            queries = q[..., :, None, :]  # (..., t_q, 1, d_q)
            batch = torch.broadcast_shapes(queries.shape[:-1], keys.shape[:-1])
            sides = [x.expand(*batch, x.shape[-1]) for x in (queries, keys)]
            pairs = torch.tanh(self.pair_proj(torch.cat(sides, dim=-1)))
            return self.out_proj(pairs).squeeze(-1)  # (..., t_q, t_k)

        return scores


class ScoreAttention(nn.Module):
    """Attention with any score module: score, share out, mix.

    The scores are computed in the precision of the input: in float16 those past 65504
    overflow, unlike in ``attention``.

    Args:
        score: a ``Score``, such as ``DotScore()``.

    Example:
        >>> q, k = torch.tensor([[2.0]]), torch.tensor([[-1.0], [1.0]])
        >>> output, weights = ScoreAttention(DotScore())(q, k, v=10 * k)
        >>> [round(w, 3) for w in weights[0].tolist()], round(output.item(), 2)
        ([0.018, 0.982], 9.64)
    """

    def __init__(self, score: Score):
        super().__init__()
        self.score = score

    def forward(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Mix the rows of ``v`` by how well each query matches each key.

        Args:
            q: queries, ``(..., t_q, d_q)``.
            k: keys, ``(..., t_k, d_k)``.
            v: values, ``(..., t_k, d_v)``.
            mask: boolean, broadcasts to ``(..., t_q, t_k)``; True = may attend.

        Returns:
            output ``(..., t_q, d_v)`` and weights ``(..., t_q, t_k)``; both are zero
            for a query that may attend to nothing.
        """
        return self.over(k, v, mask)(q)

    def over(self, k: Tensor, v: Tensor, mask: Tensor | None = None):
        """The same as a function of ``q`` alone, for a decoder that asks many times."""
        name = type(self).__name__
        check_tensors(function=name, k=k, v=v)
        check_kv(k, v, function=name)
        if mask is not None:
            check_tensor(mask, function=name, argument="mask")
        scores_of = self.score.over(k)

        def attend(q):
            check_tensors(function=name, q=q, k=k, v=v)
            scores = scores_of(q)
            check_mask(mask, scores.shape, function=name)
            weights = self.share_out(scores, q, mask)
            weights = weights.to(v.dtype)  # a score may add a bias of higher precision
            return weights @ v, weights

        return attend

    def share_out(self, scores: Tensor, q: Tensor, mask: Tensor | None) -> Tensor:
        """The weights, ``(..., t_q, t_k)``, where every key in the mask has a share."""
        return masked_softmax(scores, mask)


def _explicit(q, k, v, mask):
    """The same in the open; half precisions compute in float32, as the kernel does."""
    dtype = q.dtype
    q, k, v = (x.to(torch.promote_types(dtype, torch.float32)) for x in (q, k, v))
    scores = (q / math.sqrt(q.shape[-1])) @ k.transpose(-2, -1)  # (..., t_q, t_k)
    weights = masked_softmax(scores, mask)
    return (weights @ v).to(dtype), weights.to(dtype)


def masked_softmax(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Share out each row among the keys that the mask allows; zeros if it allows none.

    Args:
        scores: ``(..., t_q, t_k)``.
        mask: boolean, broadcasts to ``scores``; True = may attend.

    Returns:
        weights, ``(..., t_q, t_k)``.

    Example:
        >>> mask = torch.tensor([[True, True, False], [False, False, False]])
        >>> masked_softmax(torch.zeros(2, 3), mask)
        tensor([[0.5000, 0.5000, 0.0000],
                [0.0000, 0.0000, 0.0000]])
    """
    if mask is None:
        return scores.softmax(-1)
    # The softmax of a row of -inf is NaN, and so is its gradient. A row with nothing to
    # attend to gets zeros for scores; then its weights are set to 0.
    alive = mask.any(-1, keepdim=True)
    hidden = torch.where(alive, -math.inf, 0.0).to(scores.dtype)
    weights = torch.where(mask, scores, hidden).softmax(-1)
    return weights * alive.to(scores.dtype)


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


class MultiHeadAttention(nn.Module):
    """Several attentions side by side, each in its own narrow projection of ``x``.

    With fewer key-value heads than query heads, neighbouring query heads share one:
    grouped-query attention, and with a single one multi-query attention.

    Args:
        d_model: width of what comes in and goes out.
        num_heads: query heads, each ``head_dim = d_model / num_heads`` wide.
        num_kv_heads: key-value heads, a divisor of ``num_heads``; as many by default.
        bias: whether the four projections add a bias.

    Example:
        >>> layer = MultiHeadAttention(d_model=12, num_heads=3)
        >>> output, weights = layer(torch.ones(2, 5, 12), need_weights=True)
        >>> output.shape, weights.shape
        (torch.Size([2, 5, 12]), torch.Size([2, 3, 5, 5]))

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.2.2; Shazeer (2019),
    arXiv:1911.02150; Ainslie et al. (2023), arXiv:2305.13245.
    """

    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        super().__init__()
        num_kv_heads = num_heads if num_kv_heads is None else num_kv_heads
        name = "MultiHeadAttention"
        names = ("d_model", "num_heads", "num_kv_heads")
        check_multiple(d_model, num_heads, function=name, arguments=names[:2])
        check_multiple(num_heads, num_kv_heads, function=name, arguments=names[1:])
        self.num_heads, self.num_kv_heads = num_heads, num_kv_heads
        kv_width = d_model // num_heads * num_kv_heads
        self.q_proj = nn.Linear(d_model, d_model, bias=bias)
        self.k_proj = nn.Linear(d_model, kv_width, bias=bias)
        self.v_proj = nn.Linear(d_model, kv_width, bias=bias)
        self.out_proj = nn.Linear(d_model, d_model, bias=bias)

    def forward(self, x, memory=None, mask=None, need_weights=False):
        """Let every row of ``x`` ask, and the rows of ``memory`` answer.

        Args:
            x: who asks, ``(..., t_q, d_model)``.
            memory: who is asked, ``(..., t_k, d_model)``; ``x`` itself by default.
            mask: boolean, broadcasts to ``(..., t_q, t_k)``, the same for all heads;
                True = may attend.
            need_weights: whether to form the weights, as in ``attention``.

        Returns:
            output ``(..., t_q, d_model)``; weights ``(..., h, t_q, t_k)`` or None.
        """
        memory = x if memory is None else memory
        self._check(x, memory, mask)
        q = split_heads(self.q_proj(x), self.num_heads)  # (..., h, t_q, head_dim)
        k = split_heads(self.k_proj(memory), self.num_kv_heads)  # (..., g, t_k, ...)
        v = split_heads(self.v_proj(memory), self.num_kv_heads)
        k, v = (repeat_kv(z, self.num_heads // self.num_kv_heads) for z in (k, v))
        if mask is not None and mask.dim() > 2:
            mask = mask.unsqueeze(-3)  # (..., 1, t_q, t_k)
        output, weights = attention(q, k, v, mask, need_weights)
        return self.out_proj(merge_heads(output)), weights

    def _check(self, x, memory, mask):
        name = "MultiHeadAttention"
        check_tensors(function=name, x=x, memory=memory)
        width = self.q_proj.in_features
        for argument, value in {"x": x, "memory": memory}.items():
            check_rank(value, "(..., t, d_model)", function=name, argument=argument)
            check_width(value, width, "d_model", function=name, argument=argument)
        batch = check_batch(function=name, x=x, memory=memory)
        if mask is not None:
            check_tensor(mask, function=name, argument="mask")
        check_mask(mask, (*batch, x.shape[-2], memory.shape[-2]), function=name)
