"""The cost of a block must be the same in the page and in the reference."""

import numpy as np

from attn_helpers.reference.attention_cost import (
    BlockShape,
    crossing_length,
    pair_flops,
    score_flops,
    token_flops,
    training_flops,
)
from attn_helpers.reference.attention_memory import (
    block_traffic,
    held_bytes,
    score_bytes,
)
from attn_helpers.reference.roofline import roofline


def random_shape(rng):
    heads, each, groups = rng.integers(1, 9, 3).tolist()
    t_q, more = rng.integers(1, 5000, 2).tolist()
    d_ff, ff_matrices, batch = rng.integers(1, 999), rng.integers(2, 4), rng.integers(9)
    return BlockShape(
        t_q=t_q,
        t_k=t_q + more * int(rng.integers(2)),
        d_model=heads * each * groups,
        num_heads=heads * groups,
        num_kv_heads=heads,
        d_ff=int(d_ff),
        ff_matrices=int(ff_matrices),
        batch=int(batch) + 1,
    )


def for_the_page(shape):
    return {
        "tQ": shape.t_q,
        "tK": shape.t_k,
        "dModel": shape.d_model,
        "numHeads": shape.num_heads,
        "kvWidth": shape.kv_width,
        "dFf": shape.ff_width,
        "ffMatrices": shape.ff_matrices,
        "batch": shape.batch,
    }


def test_flops_and_bytes_of_100_random_blocks(js):
    rng = np.random.default_rng(3)
    for _ in range(100):
        shape, itemsize = random_shape(rng), int(rng.choice([1, 2, 4]))
        page = for_the_page(shape)
        assert js("tokenFlops", page) == token_flops(shape)
        assert js("scoreFlops", page) == score_flops(shape)
        assert js("pairFlops", page) == pair_flops(shape)
        assert js("scoreBytes", page, itemsize) == score_bytes(shape, itemsize)
        sizes = shape.d_model, shape.kv_width, shape.ff_width, shape.ff_matrices
        assert js("crossingLength", page) == crossing_length(*sizes)
        for fused in (False, True):
            assert js("trainingFlops", page, fused) == training_flops(shape, fused)
            moved = block_traffic(shape, itemsize, fused)
            assert js("blockTraffic", page, itemsize, fused) == moved
            for training in (False, True):
                held = held_bytes(shape, itemsize, fused, training)
                assert js("heldBytes", page, itemsize, fused, training) == held


def test_the_roofline_on_100_random_operations(js):
    rng = np.random.default_rng(5)
    bounds = set()
    for _ in range(100):
        operation = (10.0 ** rng.uniform(0, 9, 4)).tolist()
        expected = roofline(*operation)
        assert js("roofline", *operation) == expected._asdict()
        bounds.add(expected.bound)
    assert bounds == {"compute", "memory"}
