"""The kernels of FlashAttention, in Triton; ``triton_flash`` runs them.

A kernel is a function that a GPU runs many times at once. Each run, a *program*, owns
one tile of rows, of one head. It walks over the rows of the other side in steps, holds
what it needs of them in the fast memory of the chip, and writes its own rows alone. No
tile of scores or weights ever goes to the large memory.

``forward`` owns queries and walks over keys: this is the online softmax. ``backward_q``
does the same for the gradient of the queries. ``backward_kv`` owns keys and walks over
queries, for the gradients of keys and values. Both make the weights anew, from the
scores and from one number that was kept of each query, the logarithm of its sum.

Arguments that end in ``_at`` say where an array begins; all of them have the axes
``(n, t, d)``, with n heads, or ``(n, t)``. Names in capitals are known when a kernel is
compiled. ``rules`` are the mask, where that of each head begins in it, its steps from
row to row and from column to column, t_q, t_k, the place of query 0, and 1/√d_k. GPUs
have an instruction for 2^x, so that logarithms are to the base 2.

Source: Dao (2023), arXiv:2307.08691, algorithms 1 and 2; Tillet, Kung and Cox (2019),
doi:10.1145/3315508.3329973.
"""

import triton
import triton.language as tl


@triton.jit
def forward(
    q_at, k_at, v_at, output_at, log_sums_at, rules,
    CAUSAL: tl.constexpr, D_K: tl.constexpr, D_V: tl.constexpr,
    OWN: tl.constexpr, STEP: tl.constexpr,
):  # fmt: skip
    """Output, and the logarithm of each query's sum."""
    _, _, _, _, t_q, t_k, first, _ = rules
    head, begin = tl.program_id(1), tl.program_id(0) * OWN
    rows, stop = begin + tl.arange(0, OWN), t_k
    if CAUSAL:
        stop = tl.minimum(t_k, first + begin + OWN)
    q = _load(q_at, head, rows, t_q, D_K)
    peak = tl.full([OWN], float("-inf"), tl.float32)
    total = tl.zeros([OWN], tl.float32)
    output = tl.zeros([OWN, D_V], tl.float32)
    for step in range(0, stop, STEP):
        columns = step + tl.arange(0, STEP)
        k = _load(k_at, head, columns, t_k, D_K)
        v = _load(v_at, head, columns, t_k, D_V)
        scores = _scores(q, k, head, rows[:, None], columns[None, :], rules, CAUSAL)
        new_peak = tl.maximum(peak, tl.max(scores, 1))
        base = tl.where(new_peak == float("-inf"), 0.0, new_peak)  # nothing seen yet
        shrink = tl.exp2(peak - base)
        weights = tl.exp2(scores - base[:, None])
        total = total * shrink + tl.sum(weights, 1)
        output = output * shrink[:, None] + _dot(weights.to(v.dtype), v)
        peak = new_peak
    alive = total > 0
    total = tl.where(alive, total, 1.0)
    _store(output_at, output / total[:, None], head, rows, t_q, D_V)
    log_sums = tl.where(alive, peak, 0.0) + tl.log2(total)
    tl.store(log_sums_at + head * t_q + rows, log_sums, mask=rows < t_q)


@triton.jit
def backward_q(
    q_at, k_at, v_at, output_grad_at, log_sums_at, row_sums_at, q_grad_at, rules,
    CAUSAL: tl.constexpr, D_K: tl.constexpr, D_V: tl.constexpr,
    OWN: tl.constexpr, STEP: tl.constexpr,
):  # fmt: skip
    """Gradient of the queries, ``row_sums`` being those of output · its gradient."""
    _, _, _, _, t_q, t_k, first, scale = rules
    head, begin = tl.program_id(1), tl.program_id(0) * OWN
    rows, stop = begin + tl.arange(0, OWN), t_k
    if CAUSAL:
        stop = tl.minimum(t_k, first + begin + OWN)
    q = _load(q_at, head, rows, t_q, D_K)
    output_grad = _load(output_grad_at, head, rows, t_q, D_V)
    log_sums = tl.load(log_sums_at + head * t_q + rows, mask=rows < t_q, other=0.0)
    row_sums = tl.load(row_sums_at + head * t_q + rows, mask=rows < t_q, other=0.0)
    q_grad = tl.zeros([OWN, D_K], tl.float32)
    for step in range(0, stop, STEP):
        columns = step + tl.arange(0, STEP)
        k = _load(k_at, head, columns, t_k, D_K)
        v = _load(v_at, head, columns, t_k, D_V)
        scores = _scores(q, k, head, rows[:, None], columns[None, :], rules, CAUSAL)
        weights = tl.exp2(scores - log_sums[:, None])
        weights_grad = _dot(output_grad, tl.trans(v))
        scores_grad = weights * (weights_grad - row_sums[:, None])
        q_grad += _dot(scores_grad.to(k.dtype), k)
    _store(q_grad_at, q_grad * scale, head, rows, t_q, D_K)


@triton.jit
def backward_kv(
    q_at, k_at, v_at, output_grad_at, log_sums_at, row_sums_at,
    k_grad_at, v_grad_at, rules,
    CAUSAL: tl.constexpr, D_K: tl.constexpr, D_V: tl.constexpr,
    OWN: tl.constexpr, STEP: tl.constexpr,
):  # fmt: skip
    """Gradients of keys and values; scores lie with a key in each row."""
    _, _, _, _, t_q, t_k, first, scale = rules
    head, begin = tl.program_id(1), tl.program_id(0) * OWN
    columns, start = begin + tl.arange(0, OWN), 0
    if CAUSAL:  # queries before the first key of the tile see nothing of it
        start = tl.maximum(0, begin - first) // STEP * STEP
    k = _load(k_at, head, columns, t_k, D_K)
    v = _load(v_at, head, columns, t_k, D_V)
    k_grad = tl.zeros([OWN, D_K], tl.float32)
    v_grad = tl.zeros([OWN, D_V], tl.float32)
    for step in range(start, t_q, STEP):
        rows = step + tl.arange(0, STEP)
        q = _load(q_at, head, rows, t_q, D_K)
        output_grad = _load(output_grad_at, head, rows, t_q, D_V)
        log_sums = tl.load(log_sums_at + head * t_q + rows, mask=rows < t_q, other=0.0)
        row_sums = tl.load(row_sums_at + head * t_q + rows, mask=rows < t_q, other=0.0)
        scores = _scores(k, q, head, rows[None, :], columns[:, None], rules, CAUSAL)
        weights = tl.exp2(scores - log_sums[None, :])  # (OWN, STEP)
        v_grad += _dot(weights.to(v.dtype), output_grad)
        weights_grad = _dot(v, tl.trans(output_grad))
        scores_grad = weights * (weights_grad - row_sums[None, :])
        k_grad += _dot(scores_grad.to(q.dtype), q)
    _store(k_grad_at, k_grad * scale, head, columns, t_k, D_K)
    _store(v_grad_at, v_grad, head, columns, t_k, D_V)


@triton.jit
def _scores(one, other, head, rows, columns, rules, CAUSAL: tl.constexpr):
    """Scores to the base 2, of queries and keys or of keys and queries.

    They are -inf where a query, one of the ``rows``, may not attend to a key, one of
    the ``columns``.
    """
    mask_at, begins_at, row_step, column_step, t_q, t_k, first, scale = rules
    seen = columns < t_k
    if CAUSAL:
        seen = seen & (columns <= first + rows)
    if mask_at is not None:
        mask_at += tl.load(begins_at + head)
        places = rows.to(tl.int64) * row_step + columns * column_step
        seen = seen & (tl.load(mask_at + places, mask=seen & (rows < t_q)) != 0)
    scores = _dot(one, tl.trans(other)) * (scale * 1.4426950408889634)  # by log2(e)
    return tl.where(seen, scores, float("-inf"))


@triton.jit
def _dot(a, b):
    return tl.dot(a, b, input_precision="ieee")  # float32 is not rounded to TF32


@triton.jit
def _load(at, head, rows, t, WIDTH: tl.constexpr):
    """The rows of a head, ``(rows, WIDTH)``, with zeros for those beyond its end."""
    at += head.to(tl.int64) * t * WIDTH
    places = rows[:, None] * WIDTH + tl.arange(0, WIDTH)[None, :]
    return tl.load(at + places, mask=rows[:, None] < t, other=0.0)


@triton.jit
def _store(at, tile, head, rows, t, WIDTH: tl.constexpr):
    at += head.to(tl.int64) * t * WIDTH
    places = rows[:, None] * WIDTH + tl.arange(0, WIDTH)[None, :]
    tl.store(at + places, tile.to(at.dtype.element_ty), mask=rows[:, None] < t)
