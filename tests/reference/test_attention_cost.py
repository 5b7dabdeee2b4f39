import itertools

import pytest

from attn_helpers.cost import multi_head_flops, multi_head_parameters
from attn_helpers.reference.attention_cost import (
    BlockShape,
    block_flops,
    causal_pairs,
    crossing_length,
    feed_forward_flops,
    mix_flops,
    pair_flops,
    projection_flops,
    score_flops,
    token_flops,
    training_flops,
)
from attn_helpers.reference.attention_memory import parameter_bytes, score_bytes

SHAPE = BlockShape(
    t_q=3, t_k=5, d_model=14, num_heads=2, num_kv_heads=1, d_ff=11, batch=13
)


def product(rows, inner, columns):
    """FLOPs of a matrix product, counted one by one."""
    count = 0
    for _ in range(rows):
        for _ in range(columns):
            for _ in range(inner):
                count += 2  # a multiplication and an addition
    return count


def test_every_product_of_a_block_counts_as_a_loop_counts_it():
    b, t_q, t_k, d, heads, kv_width, d_ff = 13, 3, 5, 14, 2, 7, 11
    each = d // heads
    queries, output = product(t_q, d, d), product(t_q, d, d)
    keys, values = product(t_q, d, kv_width), product(t_q, d, kv_width)
    assert projection_flops(SHAPE) == b * (queries + keys + values + output)
    assert score_flops(SHAPE) == b * heads * product(t_q, each, t_k)
    assert mix_flops(SHAPE) == b * heads * product(t_q, t_k, each)
    there, back = product(t_q, d, d_ff), product(t_q, d_ff, d)
    assert feed_forward_flops(SHAPE) == b * (there + back)


def test_a_block_is_its_tokens_and_its_pairs():
    pairs = score_flops(SHAPE) + mix_flops(SHAPE)
    tokens = projection_flops(SHAPE) + feed_forward_flops(SHAPE)
    assert (pair_flops(SHAPE), token_flops(SHAPE)) == (pairs, tokens)
    assert block_flops(SHAPE) == pairs + tokens


def test_a_gate_is_a_third_matrix():
    plain = BlockShape(t_q=3, t_k=3, d_model=4, num_heads=2)
    gated = BlockShape(t_q=3, t_k=3, d_model=4, num_heads=2, ff_matrices=3)
    assert 2 * feed_forward_flops(gated) == 3 * feed_forward_flops(plain)


@pytest.mark.parametrize("num_kv_heads", [None, 1, 2, 3])
def test_attention_costs_what_the_formula_for_heads_says(num_kv_heads):
    shape = BlockShape(t_q=7, t_k=7, d_model=42, num_heads=6, num_kv_heads=num_kv_heads)
    attention = projection_flops(shape) + pair_flops(shape)
    assert attention == multi_head_flops(7, 7, 42, 6, num_kv_heads)
    heads = multi_head_parameters(42, 6, num_kv_heads, bias=False)
    assert parameter_bytes(shape, 5) == 5 * (heads + 2 * 42 * 4 * 42)


def test_a_token_costs_two_flops_for_each_parameter_beside_its_pairs():
    assert token_flops(SHAPE) == 2 * 13 * 3 * parameter_bytes(SHAPE, 1)


def test_training_is_three_passes_and_the_scores_again_if_fused():
    assert training_flops(SHAPE) == 3 * block_flops(SHAPE)
    again = training_flops(SHAPE, fused=True) - training_flops(SHAPE)
    assert again == score_flops(SHAPE)


@pytest.mark.parametrize("num_kv_heads", [7, 1])
@pytest.mark.parametrize("d_ff", [11, None])
@pytest.mark.parametrize("ff_matrices", [2, 3])
def test_pairs_overtake_the_rest_at_the_crossing(num_kv_heads, d_ff, ff_matrices):
    sizes = {"d_model": 14, "num_heads": 7, "num_kv_heads": num_kv_heads}
    sizes |= {"d_ff": d_ff, "ff_matrices": ff_matrices}
    crossing = crossing_length(14, 2 * num_kv_heads, d_ff, ff_matrices)
    for n in range(1, 200):
        shape = BlockShape(t_q=n, t_k=n, **sizes)
        assert (pair_flops(shape) > token_flops(shape)) == (n > crossing)
        newest = BlockShape(t_q=1, t_k=n, **sizes)
        assert (pair_flops(newest) > token_flops(newest)) == (n > crossing)


def test_the_crossing_of_the_usual_block_and_of_attention_alone():
    assert crossing_length(768) == 6 * 768
    assert crossing_length(768, d_ff=0) == 2 * 768


@pytest.mark.parametrize(("t_q", "t_k"), [(1, 1), (7, 7), (3, 11), (1, 5)])
def test_causal_pairs_are_those_that_a_loop_finds(t_q, t_k):
    pairs = itertools.product(range(t_k - t_q, t_k), range(t_k))
    assert causal_pairs(t_q, t_k) == sum(key <= query for query, key in pairs)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"t_q": 0}, "BlockShape: t_q must be at least 1; got t_q=0"),
        ({"t_k": 2}, "BlockShape: t_k must be at least 3; got t_k=2"),
        ({"batch": 0}, "batch must be at least 1; got batch=0"),
        ({"d_ff": 0}, "d_ff must be at least 1; got d_ff=0"),
        ({"ff_matrices": 0}, "ff_matrices must be at least 1"),
        ({"num_heads": 4}, "d_model must be a multiple of num_heads; got d_model=14"),
        ({"num_kv_heads": 3}, "num_heads must be a multiple of num_kv_heads"),
    ],
)
def test_sizes_that_fit_no_block_are_refused(sizes, message):
    good = {"t_q": 3, "t_k": 5, "d_model": 14, "num_heads": 7}
    with pytest.raises(ValueError, match=message):
        BlockShape(**good | sizes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: score_bytes(SHAPE, 0), "score_bytes: itemsize must be at least 1"),
        (lambda: causal_pairs(3, 2), "causal_pairs: t_k must be at least 3"),
        (lambda: crossing_length(0), "crossing_length: d_model must be at least 1"),
        (lambda: crossing_length(5, d_ff=-1), "d_ff must be at least 0; got d_ff=-1"),
    ],
)
def test_sizes_that_mean_nothing_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
