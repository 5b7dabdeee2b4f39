"""The bytes that a Transformer block holds, and those that it moves.

Whole numbers of Python, exact at any size. ``itemsize`` is the bytes of one number: 4
in float32, 2 in float16 and bfloat16, 1 in int8.
"""

from attn_helpers._checks import check_count
from attn_helpers.reference.attention_cost import BlockShape


def score_bytes(shape: BlockShape, itemsize: int) -> int:
    """Bytes of one score matrix of each head, as plain attention writes it.

    The weights have the same shape, so plain attention holds two of these at once.

    Args:
        shape: the sizes of the block.
        itemsize: bytes of a number: 4 for float32, 2 for float16, 1 for int8.

    Returns:
        a number for each head and each pair.

    Example:
        >>> shape = BlockShape(t_q=1024, t_k=1024, d_model=768, num_heads=12)
        >>> score_bytes(shape, itemsize=4) / 2**20
        48.0
    """
    numbers = shape.batch * shape.num_heads * shape.t_q * shape.t_k
    return _bytes(numbers, itemsize, "score_bytes")


def cache_bytes(shape: BlockShape, itemsize: int) -> int:
    """Bytes of the keys and values of all tokens: what a cache holds for this block.

    Args:
        shape: the sizes of the block.
        itemsize: bytes of a number.

    Returns:
        two rows of ``kv_width`` numbers for each of the ``t_k`` tokens.

    Example:
        >>> shape = BlockShape(t_q=1, t_k=1024, d_model=768, num_heads=12)
        >>> cache_bytes(shape, itemsize=2) / 2**20
        3.0
    """
    numbers = 2 * shape.batch * shape.t_k * shape.kv_width
    return _bytes(numbers, itemsize, "cache_bytes")


def query_bytes(shape: BlockShape, itemsize: int) -> int:
    """Bytes of the queries; the output of attention takes as many.

    Args:
        shape: the sizes of the block.
        itemsize: bytes of a number.

    Returns:
        ``d_model`` numbers for each new token.

    Example:
        >>> shape = BlockShape(t_q=1024, t_k=1024, d_model=768, num_heads=12)
        >>> query_bytes(shape, itemsize=4) / 2**20
        3.0
    """
    numbers = shape.batch * shape.t_q * shape.d_model
    return _bytes(numbers, itemsize, "query_bytes")


def hidden_bytes(shape: BlockShape, itemsize: int) -> int:
    """Bytes of the hidden units of the feed-forward layer.

    Args:
        shape: the sizes of the block.
        itemsize: bytes of a number.

    Returns:
        ``d_ff`` numbers for each new token.

    Example:
        >>> shape = BlockShape(t_q=1024, t_k=1024, d_model=768, num_heads=12)
        >>> hidden_bytes(shape, itemsize=4) / 2**20
        12.0
    """
    numbers = shape.batch * shape.t_q * shape.ff_width
    return _bytes(numbers, itemsize, "hidden_bytes")


def parameter_bytes(shape: BlockShape, itemsize: int) -> int:
    """Bytes of the block's matrices, whatever the length; biases are left out.

    Args:
        shape: the sizes of the block.
        itemsize: bytes of a number.

    Returns:
        four projections and the feed-forward layer.

    Example:
        >>> shape = BlockShape(t_q=1, t_k=1, d_model=768, num_heads=12)
        >>> parameter_bytes(shape, itemsize=4) / 2**20
        27.0
    """
    projections = 2 * shape.d_model * (shape.d_model + shape.kv_width)
    feed_forward = shape.ff_matrices * shape.d_model * shape.ff_width
    return _bytes(projections + feed_forward, itemsize, "parameter_bytes")


def held_bytes(
    shape: BlockShape, itemsize: int, fused: bool = False, training: bool = False
) -> int:
    """Bytes that one block holds when nothing is thrown away before it is done.

    Forward: the matrices, the input, queries, keys, values, attention's output, the
    hidden units, and in plain attention the scores and the weights. Training adds a
    gradient beside each of these but the scores: their place is taken by theirs, and
    so weights, their gradient and that of the scores are held at once.

    Args:
        shape: the sizes of the block.
        itemsize: bytes of a number.
        fused: whether attention is fused: no score or weight is written to memory.
        training: whether gradients are held, too.

    Returns:
        bytes of all of them.

    Example:
        >>> shape = BlockShape(t_q=8192, t_k=8192, d_model=512, num_heads=8)
        >>> [held_bytes(shape, 4, fused) / 2**20 for fused in (False, True)]
        [4252.0, 156.0]
    """
    rows = 3 * query_bytes(shape, itemsize) + cache_bytes(shape, itemsize)
    rows += hidden_bytes(shape, itemsize)
    once = parameter_bytes(shape, itemsize) + rows
    score_matrices = 0 if fused else (3 if training else 2)
    copies = 2 if training else 1
    return copies * once + score_matrices * score_bytes(shape, itemsize)


def attention_traffic(shape: BlockShape, itemsize: int, fused: bool = False) -> int:
    """Bytes that attention reads from memory and writes to it, forward.

    Fused attention reads queries, keys and values and writes its output. Plain
    attention also writes the scores, reads them, writes the weights and reads those.

    Args:
        shape: the sizes of the block.
        itemsize: bytes of a number.
        fused: whether attention is fused.

    Returns:
        bytes moved, if each matrix is read once for each product that it enters.

    Example:
        >>> shape = BlockShape(t_q=1024, t_k=1024, d_model=768, num_heads=12)
        >>> [attention_traffic(shape, 4, fused) / 2**20 for fused in (False, True)]
        [204.0, 12.0]
    """
    ends = 2 * query_bytes(shape, itemsize) + cache_bytes(shape, itemsize)
    return ends if fused else ends + 4 * score_bytes(shape, itemsize)


def block_traffic(shape: BlockShape, itemsize: int, fused: bool = False) -> int:
    """Bytes that the whole block moves, forward: each product's factors and result.

    The matrices are read once for all tokens and all sequences of a batch; the keys
    and values of a sequence serve that sequence alone.

    Args:
        shape: the sizes of the block.
        itemsize: bytes of a number.
        fused: whether attention is fused.

    Returns:
        bytes of the matrices, of attention, and of what the other products read and
        write.

    Example:
        >>> shape = BlockShape(t_q=1, t_k=1024, d_model=768, num_heads=12)
        >>> round(block_traffic(shape, 4, fused=True) / 2**20, 2)
        33.05
    """
    rows = query_bytes(shape, itemsize)
    new_keys = cache_bytes(shape, itemsize) // shape.t_k * shape.t_q
    projections = (rows + rows + new_keys) + (rows + rows)
    feed_forward = (rows + hidden_bytes(shape, itemsize)) * 2
    attention = attention_traffic(shape, itemsize, fused)
    return parameter_bytes(shape, itemsize) + projections + attention + feed_forward


def _bytes(numbers, itemsize, function):
    return numbers * check_count(itemsize, function=function, argument="itemsize")
