from attn_helpers.reference.attention_cost import BlockShape
from attn_helpers.reference.attention_memory import (
    attention_traffic,
    block_traffic,
    cache_bytes,
    held_bytes,
    hidden_bytes,
    parameter_bytes,
    query_bytes,
    score_bytes,
)

SHAPE = BlockShape(
    t_q=3, t_k=5, d_model=14, num_heads=2, num_kv_heads=1, d_ff=11, batch=13
)


def test_bytes_are_numbers_in_each_array_times_their_size():
    assert score_bytes(SHAPE, 4) == 13 * 2 * 3 * 5 * 4
    assert cache_bytes(SHAPE, 4) == 13 * 5 * (7 + 7) * 4
    assert query_bytes(SHAPE, 4) == 13 * 3 * 14 * 4
    assert hidden_bytes(SHAPE, 4) == 13 * 3 * 11 * 4
    assert parameter_bytes(SHAPE, 4) == (2 * 14 * 14 + 2 * 14 * 7 + 2 * 14 * 11) * 4


def test_a_block_holds_what_it_makes_and_in_training_the_gradients():
    scores = score_bytes(SHAPE, 4)
    rows = 13 * 4 * (3 * 14 * 3 + 5 * 14 + 3 * 11)  # x, q and output; k and v; hidden
    matrices = parameter_bytes(SHAPE, 4)
    assert held_bytes(SHAPE, 4, fused=True) == rows + matrices
    assert held_bytes(SHAPE, 4) == rows + matrices + 2 * scores
    fused_training = held_bytes(SHAPE, 4, fused=True, training=True)
    assert fused_training == 2 * (rows + matrices)
    assert held_bytes(SHAPE, 4, training=True) == fused_training + 3 * scores


def test_attention_moves_its_ends_and_if_plain_four_score_matrices():
    ends = 13 * 2 * (3 * 14 + 5 * 7 + 5 * 7 + 3 * 14)  # q, k, v and the output
    assert attention_traffic(SHAPE, 2, fused=True) == ends
    assert attention_traffic(SHAPE, 2) == ends + 4 * score_bytes(SHAPE, 2)


def test_a_block_moves_the_factors_and_the_result_of_every_product():
    tokens, d, kv_width, d_ff = 13 * 3, 14, 7, 11
    matrices = 2 * d * d + 2 * d * kv_width + 2 * d * d_ff
    to_qkv = tokens * (d + d + kv_width + kv_width)
    out = tokens * (d + d)
    feed_forward = tokens * (d + d_ff) + tokens * (d_ff + d)
    rest = 2 * (matrices + to_qkv + out + feed_forward)
    for fused in (False, True):
        attention = attention_traffic(SHAPE, 2, fused)
        assert block_traffic(SHAPE, 2, fused) == rest + attention


def test_a_batch_shares_the_matrices_and_never_the_cache():
    one, many = (
        BlockShape(t_q=1, t_k=97, d_model=14, num_heads=2, batch=batch)
        for batch in (1, 1000)
    )
    shared = parameter_bytes(one, 2)
    own = block_traffic(one, 2) - shared
    assert block_traffic(many, 2) == shared + 1000 * own
    assert own > cache_bytes(one, 2)
