"""What the questions of the page claim, and that the challenge takes thinking."""

import torch

from attn_helpers.data.scripture import scripture
from attn_helpers.reference.attention_cost import (
    BlockShape,
    block_flops,
    crossing_length,
    pair_flops,
    token_flops,
)
from attn_helpers.reference.attention_memory import attention_traffic, parameter_bytes
from attn_helpers.widgets.cost_dial import CostDial
from attn_helpers.widgets.cost_dial.widget import BATCHES, WIDTHS


def test_genesis_is_368_times_as_long():
    genesis = scripture().train.partition("Now these are the names of the sons of")[0]
    assert round(len(genesis) / 512) == 368
    assert round(len(genesis) ** 2 * 4 / 2**30) == 132


def test_twice_the_tokens_take_a_little_more_than_twice_the_flops():
    once, twice = (
        BlockShape(t_q=n, t_k=n, d_model=512, num_heads=8) for n in (512, 1024)
    )
    assert 2 < block_flops(twice) / block_flops(once) < 2.5
    parts = token_flops(once), pair_flops(once)
    assert [round(part / 1e9, 1) for part in parts] == [3.2, 0.5]


def test_at_500_tokens_the_projections_of_width_768_are_the_larger_part():
    assert crossing_length(768, d_ff=0) == 1536


def test_the_backward_of_a_softmax_keeps_its_result_alone():
    scores = torch.ones(3, 5, requires_grad=True)
    weights = scores.softmax(-1)
    assert weights.grad_fn._saved_result.data_ptr() == weights.data_ptr()
    assert not hasattr(weights.grad_fn, "_saved_self")


def test_a_batch_raises_the_intensity_of_the_matrices_and_not_of_the_cache():
    one, many = (
        BlockShape(t_q=1, t_k=4096, d_model=512, num_heads=8, batch=b) for b in (1, 64)
    )
    of_pairs = [
        pair_flops(s) / attention_traffic(s, 2, fused=True) for s in (one, many)
    ]
    of_matrices = [token_flops(s) / parameter_bytes(s, 2) for s in (one, many)]
    assert of_pairs[0] == of_pairs[1] and of_matrices[1] == 64 * of_matrices[0]


def test_neither_width_nor_batch_alone_keeps_the_arithmetic_busy():
    start = {"phase": "decode", "dtype": "float16", "length": 512, "heads": 16}

    def solved(width, batch):
        dial = CostDial(**start, width=width, batch=batch)
        return dial.wall >= 512 and dial.intensity >= 60

    assert not any(solved(2048, batch) for batch in BATCHES)
    assert not any(solved(width, 1) for width in WIDTHS)
    assert not solved(WIDTHS[-1], BATCHES[-1])
    assert sum(solved(w, b) for w in WIDTHS for b in BATCHES) == 8
