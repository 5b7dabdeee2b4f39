import gc

import pytest
import torch
from torch import nn

from attn_helpers.cost import count_flops, peak_bytes
from attn_helpers.layers.attention import attention
from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.layers.multi_head import MultiHeadAttention
from attn_helpers.reference.attention_cost import BlockShape
from attn_helpers.reference.attention_memory import (
    cache_bytes,
    hidden_bytes,
    query_bytes,
    score_bytes,
)

B, H, T_Q, T_K, D_K, D_V = 2, 3, 5, 7, 11, 13
FLOAT = 4
X = torch.ones(3, 5)


def in_the_open(q, k, v):
    return (q @ k.mT).softmax(-1) @ v


@pytest.mark.parametrize(
    ("function", "numbers"),
    [
        (lambda: X @ X.T, 9),
        (lambda: (X @ X.T, X @ X.T), 18),  # both are returned, so both are alive
        (lambda: [(X @ X.T).sum() for _ in range(3)], 3 + 9),  # one after another
        (lambda: (X @ X.T + 1).exp(), 18),  # the first is gone when the third comes
        (lambda: torch.cat([X, X]), 30),
        (lambda: nn.Linear(5, 7), 42),
        (lambda: torch.tensor([1.0, 2.0]), 2),
    ],
    ids=["one", "two", "a loop", "a chain", "joined", "a layer", "a constant"],
)
def test_numbers_that_are_alive_at_the_same_time_are_counted(function, numbers):
    assert peak_bytes(function) == numbers * FLOAT


@pytest.mark.parametrize(
    "function",
    [
        lambda: X.T[1:],
        lambda: X.expand(7, 3, 5),
        lambda: X.view(-1)[2:].view(13, 1),
        lambda: X.mul_(1).T.add_(0),
        lambda: None,
    ],
)
def test_views_and_what_is_written_in_place_take_nothing(function):
    assert peak_bytes(function) == 0


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("t_k", [T_K, 17])
def test_attention_in_the_open_holds_its_weights_and_more(dtype, t_k):
    """First beside the scores, then beside the output: the larger of both counts."""
    q = torch.ones(B, H, T_Q, D_K, dtype=dtype)
    k = torch.ones(B, H, t_k, D_K, dtype=dtype)
    v = torch.ones(B, H, t_k, D_V, dtype=dtype)
    numbers = B * H * T_Q * (t_k + max(t_k, D_V))
    assert peak_bytes(lambda: in_the_open(q, k, v)) == numbers * dtype.itemsize


def test_the_fused_kernel_holds_its_output_and_a_number_a_query():
    q, k, v = (torch.ones(B, H, t, D_K) for t in (T_Q, T_K, T_K))
    taken = peak_bytes(lambda: attention(q, k, v))
    assert taken == B * H * T_Q * (D_K + 1) * FLOAT


def test_without_gradients_only_two_tables_of_a_chain_live_at_once():
    w = torch.ones(5, 7, requires_grad=True)
    chain = lambda: (X @ w).exp().exp().exp()  # noqa: E731
    table = 3 * 7
    assert peak_bytes(chain) == 3 * table * FLOAT  # exp keeps its result
    with torch.no_grad():
        assert peak_bytes(chain) == 2 * table * FLOAT


@pytest.mark.parametrize("rows", [3, 17])
def test_the_way_back_is_counted_with_all_that_autograd_keeps(rows):
    """At the end of the way back, beside the loss and its gradient, both of one number:
    first the result of exp and the gradient of x · w, then the latter and that of w."""
    x, w = torch.ones(rows, 5), torch.ones(5, 7, requires_grad=True)
    table = rows * 7
    taken = peak_bytes(lambda: (x @ w).exp().sum().backward())
    assert taken == (2 + table + max(table, 5 * 7)) * FLOAT


def test_one_meter_inside_another_one_is_seen_by_both():
    inside = []

    def function():
        kept = X + 1
        inside.append(peak_bytes(lambda: kept @ kept.T))
        return count_flops(lambda: kept @ kept.T)

    assert peak_bytes(function) == (15 + 9) * FLOAT
    assert inside == [9 * FLOAT]


def test_after_an_error_no_meter_runs_and_the_collector_does():
    def breaks():
        X.exp()
        raise KeyError

    with pytest.raises(KeyError):
        peak_bytes(breaks)
    assert gc.isenabled()
    assert torch.utils._python_dispatch._get_current_dispatch_mode() is None


def test_the_garbage_collector_has_no_say_and_stays_off_if_it_was():
    def in_a_circle():
        for _ in range(3):
            circle = [X.exp()]
            circle.append(circle)
            del circle
            gc.isenabled() and gc.collect()

    gc.disable()
    try:
        assert peak_bytes(in_a_circle) == 45 * FLOAT
        assert not gc.isenabled()
    finally:
        gc.enable()
    assert peak_bytes(in_a_circle) == 45 * FLOAT


def test_what_stood_before_is_not_counted_when_it_goes():
    kept = [torch.ones(7)]

    def function():
        torch.exp(kept.pop())
        return X.exp()

    assert peak_bytes(function) == 15 * FLOAT


def test_a_second_run_counts_the_same():
    function = lambda: attention(X, X, X, need_weights=True)  # noqa: E731
    assert peak_bytes(function) == peak_bytes(function) > 0


def test_what_is_no_function_is_refused():
    message = "peak_bytes: function must be a function; got function of type Tensor."
    with pytest.raises(TypeError) as caught:
        peak_bytes(X @ X.T)
    assert str(caught.value) == message


# --- the formulas of a block --------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_scores_rows_and_hidden_units_take_what_the_formulas_say(dtype):
    sizes = {"d_model": H * D_K, "num_heads": H, "d_ff": 17}
    shape = BlockShape(t_q=T_Q, t_k=T_K, batch=B, **sizes)
    q, k = (torch.ones(B, H, t, D_K, dtype=dtype) for t in (T_Q, T_K))
    x = torch.ones(B, T_Q, H * D_K, dtype=dtype)
    widen = torch.ones(H * D_K, 17, dtype=dtype)
    size = dtype.itemsize
    assert peak_bytes(lambda: q @ k.mT) == score_bytes(shape, size)
    assert peak_bytes(lambda: q.clone()) == query_bytes(shape, size)
    assert peak_bytes(lambda: x @ widen) == hidden_bytes(shape, size)


@pytest.mark.parametrize("num_kv_heads", [3, 1])
def test_a_cache_takes_what_the_formula_says(num_kv_heads):
    sizes = {"d_model": H * D_K, "num_heads": H, "num_kv_heads": num_kv_heads}
    shape = BlockShape(t_q=T_K, t_k=T_K, batch=B, **sizes)
    layer, cache = MultiHeadAttention(**sizes), KVCache()
    with torch.no_grad():
        layer(torch.ones(B, T_K, H * D_K), cache=cache)
    assert cache.nbytes == cache_bytes(shape, FLOAT)


def test_a_training_step_of_attention_holds_three_tables_the_output_and_two_numbers():
    """Where the way back has come to the scores: weights, their gradient and that of
    the scores, the gradient of the values, and the loss with its own."""
    q, k, v = (torch.ones(B, H, 29, D_K, requires_grad=True) for _ in range(3))
    shape = BlockShape(t_q=29, t_k=29, d_model=H * D_K, num_heads=H, batch=B)
    taken = peak_bytes(lambda: in_the_open(q, k, v).sum().backward())
    assert taken == 3 * score_bytes(shape, 4) + query_bytes(shape, 4) + 2 * FLOAT
