"""How much arithmetic a Transformer block takes, and which part of it overtakes.

Whole numbers of Python, exact at any size. A FLOP is one addition or one
multiplication, so that a multiply-add counts as 2. Only matrix products are counted:
softmax, norms, biases and activations are left out. A causal mask changes nothing here,
as dense attention computes every pair and hides some of them afterwards.
"""

from dataclasses import dataclass

from attn_helpers._checks import (
    check_count,
    check_multiple,
    check_natural,
)


@dataclass(frozen=True, kw_only=True)
class BlockShape:
    """The sizes that decide what one block of self-attention costs.

    ``t_q`` tokens are new, and each attends to ``t_k`` tokens. All tokens are new
    (``t_q`` = ``t_k``) in training and when a prompt is read (prefill). One is new when
    a cache holds the keys and values of the others (decode): it alone is projected.

    Args:
        t_q: new tokens, the queries, in one sequence.
        t_k: tokens that a query attends to, the new ones among them.
        d_model: numbers that stand for a token.
        num_heads: heads, which share ``d_model`` among them.
        num_kv_heads: heads of keys and values; as many as ``num_heads`` if not given.
        d_ff: units of the feed-forward layer; 4 · ``d_model`` if not given.
        ff_matrices: its matrices: 2, or 3 with a gate (SwiGLU).
        batch: sequences computed together.

    Example:
        >>> decode = BlockShape(t_q=1, t_k=512, d_model=768, num_heads=12)
        >>> decode.kv_width, decode.ff_width
        (768, 3072)
    """

    t_q: int
    t_k: int
    d_model: int
    num_heads: int
    num_kv_heads: int | None = None
    d_ff: int | None = None
    ff_matrices: int = 2
    batch: int = 1

    def __post_init__(self):
        counts = {"t_q": self.t_q, "ff_matrices": self.ff_matrices, "batch": self.batch}
        for argument, value in counts.items():
            check_count(value, function="BlockShape", argument=argument)
        check_count(self.t_k, function="BlockShape", argument="t_k", least=self.t_q)
        check_count(self.ff_width, function="BlockShape", argument="d_ff")
        heads = ("num_heads", "num_kv_heads")
        check_multiple(
            self.d_model,
            self.num_heads,
            function="BlockShape",
            arguments=("d_model", "num_heads"),
        )
        check_multiple(
            self.num_heads, self.kv_heads, function="BlockShape", arguments=heads
        )

    @property
    def kv_heads(self) -> int:
        """Heads of keys and values."""
        return self.num_heads if self.num_kv_heads is None else self.num_kv_heads

    @property
    def kv_width(self) -> int:
        """Numbers in the keys of one token, over all heads; its values have as many."""
        return self.d_model // self.num_heads * self.kv_heads

    @property
    def ff_width(self) -> int:
        """Units of the feed-forward layer."""
        return 4 * self.d_model if self.d_ff is None else self.d_ff


def projection_flops(shape: BlockShape) -> int:
    """FLOPs of the four projections: queries, keys, values and output.

    Args:
        shape: the sizes of the block.

    Returns:
        2 FLOPs for each new token and each number in the four matrices.

    Example:
        >>> projection_flops(BlockShape(t_q=3, t_k=3, d_model=4, num_heads=2))
        384
    """
    queries_and_output = 2 * shape.d_model * shape.d_model
    keys_and_values = 2 * shape.d_model * shape.kv_width
    return 2 * shape.batch * shape.t_q * (queries_and_output + keys_and_values)


def score_flops(shape: BlockShape) -> int:
    """FLOPs of all scores: a dot product of a query and a key for each pair and head.

    The heads share ``d_model``, so their number does not matter.

    Args:
        shape: the sizes of the block.

    Returns:
        2 · ``d_model`` for each pair of a query and a key.

    Example:
        >>> score_flops(BlockShape(t_q=3, t_k=3, d_model=4, num_heads=2))
        72
    """
    pairs = shape.batch * shape.t_q * shape.t_k
    return 2 * pairs * shape.d_model


def mix_flops(shape: BlockShape) -> int:
    """FLOPs of the weighted sums: each value times its weight, for each pair and head.

    Args:
        shape: the sizes of the block.

    Returns:
        2 · ``d_model`` for each pair, as many as the scores take.

    Example:
        >>> mix_flops(BlockShape(t_q=3, t_k=3, d_model=4, num_heads=2))
        72
    """
    pairs = shape.batch * shape.t_q * shape.t_k
    return 2 * pairs * shape.d_model


def feed_forward_flops(shape: BlockShape) -> int:
    """FLOPs of the feed-forward layer, which has no pairs.

    Args:
        shape: the sizes of the block.

    Returns:
        2 FLOPs for each new token and each number in its matrices.

    Example:
        >>> feed_forward_flops(BlockShape(t_q=3, t_k=3, d_model=4, num_heads=2))
        768
    """
    weights = shape.ff_matrices * shape.d_model * shape.ff_width
    return 2 * shape.batch * shape.t_q * weights


def pair_flops(shape: BlockShape) -> int:
    """The part that grows with the pairs: scores and weighted sums.

    Args:
        shape: the sizes of the block.

    Returns:
        FLOPs of both.

    Example:
        >>> pair_flops(BlockShape(t_q=3, t_k=3, d_model=4, num_heads=2))
        144
    """
    return score_flops(shape) + mix_flops(shape)


def token_flops(shape: BlockShape) -> int:
    """The part that grows with the new tokens: projections and feed-forward.

    Args:
        shape: the sizes of the block.

    Returns:
        FLOPs of both.

    Example:
        >>> token_flops(BlockShape(t_q=3, t_k=3, d_model=4, num_heads=2))
        1152
    """
    return projection_flops(shape) + feed_forward_flops(shape)


def block_flops(shape: BlockShape) -> int:
    """FLOPs of the whole block, forward.

    Args:
        shape: the sizes of the block.

    Returns:
        what grows with the tokens and what grows with the pairs, together.

    Example:
        >>> block_flops(BlockShape(t_q=3, t_k=3, d_model=4, num_heads=2))
        1296
    """
    return token_flops(shape) + pair_flops(shape)


def training_flops(shape: BlockShape, fused: bool = False) -> int:
    """FLOPs of a forward and a backward pass.

    For each product of the forward pass the backward pass has two, a gradient for
    either factor. Fused attention kept no weights and computes the scores once more.

    Args:
        shape: the sizes of the block.
        fused: whether attention is fused.

    Returns:
        three times the forward pass, and once more the scores if fused.

    Example:
        >>> shape = BlockShape(t_q=3, t_k=3, d_model=4, num_heads=2)
        >>> training_flops(shape), training_flops(shape, fused=True)
        (3888, 3960)
    """
    recomputed = score_flops(shape) if fused else 0
    return 3 * block_flops(shape) + recomputed


def crossing_length(
    d_model: int,
    kv_width: int | None = None,
    d_ff: int | None = None,
    ff_matrices: int = 2,
) -> float:
    """The number of keys from which pairs cost more than all else in the block.

    Per new token, pairs cost 2 · n · ``d_model`` multiply-adds and the rest costs as
    many as its matrices have numbers. Where the two are equal,
    n = numbers in the matrices / (2 · ``d_model``).

    Args:
        d_model: numbers that stand for a token.
        kv_width: numbers in the keys of a token; ``d_model`` if not given.
        d_ff: units of the feed-forward layer; 4 · ``d_model`` if not given, 0 for none.
        ff_matrices: its matrices.

    Returns:
        the length n, forward: 6 · ``d_model`` for the usual block, and 2 · ``d_model``
        for attention alone.

    Example:
        >>> crossing_length(512), crossing_length(512, d_ff=0)
        (3072.0, 1024.0)
    """
    check_count(d_model, function="crossing_length", argument="d_model")
    kv_width = d_model if kv_width is None else kv_width
    d_ff = 4 * d_model if d_ff is None else d_ff
    check_count(kv_width, function="crossing_length", argument="kv_width")
    check_natural(d_ff, function="crossing_length", argument="d_ff")
    weights = 2 * d_model * (d_model + kv_width) + ff_matrices * d_model * d_ff
    return weights / (2 * d_model)


def causal_pairs(t_q: int, t_k: int) -> int:
    """Pairs that a causal mask allows, for the last ``t_q`` of ``t_k`` tokens.

    Args:
        t_q: queries, the newest tokens.
        t_k: keys, at least as many.

    Returns:
        how many of the ``t_q`` · ``t_k`` pairs are needed, about half of them when all
        tokens ask. Dense attention computes all.

    Example:
        >>> causal_pairs(4, 4), causal_pairs(1, 4)
        (10, 4)
    """
    check_count(t_q, function="causal_pairs", argument="t_q")
    check_count(t_k, function="causal_pairs", argument="t_k", least=t_q)
    return t_q * (t_k - t_q) + t_q * (t_q + 1) // 2
