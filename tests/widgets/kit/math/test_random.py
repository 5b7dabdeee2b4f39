"""Chance in the page: fair, and the same again for the same seed."""

import numpy as np
import pytest

MASK = 2**32 - 1


def mulberry32(seed, count):
    """The published recipe, in whole numbers of Python."""
    numbers = []
    for _ in range(count):
        seed = (seed + 0x6D2B79F5) & MASK
        t = (seed ^ (seed >> 15)) * (seed | 1) & MASK
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & MASK)) & MASK
        numbers.append((t ^ (t >> 14)) / 2**32)
    return numbers


@pytest.mark.parametrize("seed", [0, 1, 237, 2**32 - 1])
def test_numbers_are_those_of_the_published_recipe(js, seed):
    draw = "((seed, n) => Array.from({ length: n }, random(seed)))"
    assert js(draw, seed, 50) == mulberry32(seed, 50)


def test_every_order_comes_equally_often(js):
    orders = "((seed, n) => { const r = random(seed); "
    orders += "return Array.from({ length: n }, () => shuffled([0, 1, 2], r)); })"
    drawn = js(orders, 3, 6000)
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert counts.size == 6
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(1000)
