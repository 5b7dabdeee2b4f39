"""Several attentions side by side, each in a narrow projection of its own."""

from collections.abc import Callable

from torch import Tensor, nn

from attn_helpers._checks import check_axes, check_multiple, complaint
from attn_helpers._checks import mask as broadcasts
from attn_helpers.layers.attention import Attend, Attending, attention
from attn_helpers.layers.heads import merge, repeat, split
from attn_helpers.layers.hidden import careful
from attn_helpers.layers.kv_cache import Cache, for_rows_held

X, MEMORY, NEW = (f"(..., {t}, d_model)" for t in ("t_q", "t_k", "t_new"))
FOR_ALL, BY_HEAD = broadcasts("(..., t_q, t_k)"), broadcasts("(..., h, t_q, t_k)")


class MultiHeadAttention(Attending):
    """Several attentions side by side, each in its own narrow projection of ``x``.

    With fewer key-value heads than query heads, neighbouring query heads share one:
    grouped-query attention, and with a single one multi-query attention.

    Args:
        d_model: width of what comes in and goes out.
        num_heads: query heads, each ``head_dim = d_model / num_heads`` wide.
        num_kv_heads: key-value heads, a divisor of ``num_heads``; as many by default.
        bias: whether the four projections add a bias.
        attend: how the heads attend, ``(..., h, t, head_dim)``: a function or module
            called as ``attention`` is, such as ``ScoreAttention(DotScore())``.

    Example:
        >>> import torch
        >>> layer = MultiHeadAttention(d_model=12, num_heads=3)
        >>> output, weights = layer(torch.ones(2, 5, 12), need_weights=True)
        >>> output.shape, weights.shape
        (torch.Size([2, 5, 12]), torch.Size([2, 3, 5, 5]))

    Source: Vaswani et al. (2017), arXiv:1706.03762, section 3.2.2; Shazeer (2019),
    arXiv:1911.02150; Ainslie et al. (2023), arXiv:2305.13245.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        num_kv_heads: int | None = None,
        bias: bool = True,
        attend: Attend = attention,
    ):
        super().__init__(attend)
        num_kv_heads = num_heads if num_kv_heads is None else num_kv_heads
        name = "MultiHeadAttention"
        names = ("d_model", "num_heads", "num_kv_heads")
        check_multiple(d_model, num_heads, function=name, arguments=names[:2])
        check_multiple(num_heads, num_kv_heads, function=name, arguments=names[1:])
        self.sizes = {"d_model": d_model, "h": num_heads}
        self.num_heads, self.num_kv_heads = num_heads, num_kv_heads
        kv_width = d_model // num_heads * num_kv_heads
        self.q_proj = nn.Linear(d_model, d_model, bias=bias)
        self.k_proj = nn.Linear(d_model, kv_width, bias=bias)
        self.v_proj = nn.Linear(d_model, kv_width, bias=bias)
        self.out_proj = nn.Linear(d_model, d_model, bias=bias)

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        mask: Tensor | None = None,
        need_weights: bool = False,
        cache: Cache | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """Let every row of ``x`` ask, and the rows of ``memory`` answer.

        Args:
            x: who asks, ``(..., t_q, d_model)``.
            memory: who is asked, ``(..., t_k, d_model)``; ``x`` itself by default.
            mask: boolean, True = may attend. With as many axes as ``x``, or fewer, it
                broadcasts to ``(..., t_q, t_k)`` and is the same for all heads; with
                one more, it broadcasts to ``(..., h, t_q, t_k)``.
            need_weights: whether to form the weights, as in ``attention``.
            cache: what the layer keeps of the rows before ``x``, which answer, too; it
                takes in those of ``x``. Then ``t_k`` counts them all.

        Returns:
            output ``(..., t_q, d_model)``; weights ``(..., h, t_q, t_k)`` or None.
        """
        mask = self._read_mask(x, memory, mask, cache)
        apply = careful(mask)
        k, v = self._project(x if memory is None else memory, apply)
        first = 0
        if cache is not None:
            k, v, first = cache.append(k, v)
            mask = for_rows_held(mask, k)
        k, v = self._for_each_head(k), self._for_each_head(v)
        return self._answer(x, k, v, mask, need_weights, first, apply)

    def prepare(
        self, memory: Tensor, mask: Tensor | None = None
    ) -> Callable[..., tuple[Tensor, Tensor | None]]:
        """Do what depends on the memory once, for a decoder that asks many times.

        Args:
            memory: who is asked, ``(..., t_k, d_model)``.
            mask: as in ``forward``.

        Returns:
            function of ``x``, ``(..., t_q, d_model)``, of ``need_weights``, and of
            ``first``, the place of row 0 among the keys; it returns what ``forward``
            does.
        """
        check_axes("MultiHeadAttention", self.sizes, memory=(memory, MEMORY))
        k, v = map(self._for_each_head, self._project(memory, careful(mask)))

        def ask(x, need_weights=False, first=0):
            read = self._read_mask(x, memory, mask, None)
            return self._answer(x, k, v, read, need_weights, first, careful(mask))

        return ask

    def _project(self, memory, apply):
        """Keys and values in heads, each ``(..., g, t_k, head_dim)``."""
        layers = self.k_proj, self.v_proj
        return [split(apply(layer, memory), self.num_kv_heads) for layer in layers]

    def _for_each_head(self, x):
        """``(..., g, t_k, head_dim)`` -> ``(..., h, t_k, head_dim)``."""
        times = self.num_heads // self.num_kv_heads
        return x if times == 1 else repeat(x, times)

    def _answer(self, x, k, v, mask, need_weights, first, apply):
        q = split(apply(self.q_proj, x), self.num_heads)  # (..., h, t_q, head_dim)
        heads, weights = self.ask(q, k, v, mask, need_weights, first)
        return apply(self.out_proj, self._merge(heads, x, apply)), weights

    def _merge(self, heads, x, apply):
        """From what the heads give, ``(..., h, t_q, head_dim)``, to ``out_proj``."""
        return merge(heads)

    def _read_mask(self, x, memory, mask, cache):
        """Check the input, and return the mask with an axis for the heads."""
        name, sizes, axes = "MultiHeadAttention", self.sizes, {"x": (x, X)}
        if memory is not None:
            _require_no(cache, name)
            axes["memory"] = memory, MEMORY
        check_axes(name, sizes, **axes)
        if mask is None:
            return None
        if memory is None:
            kept = 0 if cache is None else len(cache)
            sizes = {**sizes, "t_k": kept + x.shape[-2]}
        rank = getattr(mask, "ndim", 0)
        by_head = rank > max(value.ndim for value, _ in axes.values())
        check_axes(name, sizes, **axes, mask=(mask, BY_HEAD if by_head else FOR_ALL))
        return mask if by_head or rank < 3 else mask.unsqueeze(-3)


def _require_no(cache, function):
    if cache is not None:
        rule = "a cache holds the rows of x itself, so memory must be None"
        raise ValueError(complaint(function, rule, "both a memory and a cache"))
