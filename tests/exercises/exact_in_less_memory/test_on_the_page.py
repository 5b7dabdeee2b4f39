"""What the questions of the page claim."""

import math

import numpy as np
import torch

from attn_helpers.cost import count_flops, peak_bytes
from attn_helpers.efficient.tiled import tiled_attention
from attn_helpers.exercises.exact_in_less_memory.on_the_page import CHALLENGES
from attn_helpers.widgets.tile_stepper import TileStepper


def qkv(length):
    torch.manual_seed(0)
    return [torch.randn(1, 1, length, 16, requires_grad=True) for _ in range(3)]


def by_autograd(q, k, v):
    largest, total, mixed = torch.full((1, 1, len(q[0, 0]), 1), -torch.inf), 0.0, 0.0
    for k_tile, v_tile in zip(k.split(32, -2), v.split(32, -2), strict=True):
        scores = q @ k_tile.mT / 4
        larger = torch.maximum(largest, scores.amax(-1, keepdim=True))
        correction, weights = (largest - larger).exp(), (scores - larger).exp()
        total = total * correction + weights.sum(-1, keepdim=True)
        mixed = mixed * correction + weights @ v_tile
        largest = larger
    return mixed / total


def test_tiles_by_autograd_grow_as_the_square():
    def peak(length):
        x = qkv(length)
        return peak_bytes(lambda: by_autograd(*x).sum().backward())

    few, many = peak(256), peak(512)
    assert 1.8 < math.log2(many / few) < 2.1


def test_tiles_do_not_save_multiplications_and_change_only_the_last_digits():
    q, k, v = qkv(64)

    def plain(q, k, v):
        return (q @ k.mT / 4).softmax(-1) @ v

    def tiles(q, k, v):
        return tiled_attention(q, k, v, tile_q=16, tile_k=16)[0]

    assert count_flops(lambda: tiles(q, k, v)) == count_flops(lambda: plain(q, k, v))
    exact = plain(*(x.double() for x in (q, k, v)))
    errors = [(way(q, k, v) - exact).abs().max().item() for way in (plain, tiles)]
    assert 0 < max(errors) < 2e-6
    assert max(errors) < 4 * min(errors)


def test_float_addition_depends_on_the_order():
    a, b, c = map(np.float32, (1e8, -1e8, 1.0))
    assert (a + b) + c != a + (b + c)


def test_the_challenges_are_not_solved_at_the_start_and_can_be():
    hides, wide = CHALLENGES
    assert TileStepper(**hides.state).error > 0.1
    solved = TileStepper(**{**hides.state, **hides.solved})
    assert (solved.finished, solved.error < 1e-6) == (8, True)
    assert TileStepper(**wide.state).moved == 240
    solved = TileStepper(**{**wide.state, **wide.solved})
    assert (solved.finished, solved.held, solved.moved) == (8, 8, 144)
