import math

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from attn_helpers.inspection.rank import (
    diameter,
    diameter_bound,
    distance_from_rank_one,
)
from attn_helpers.layers.multi_head import MultiHeadAttention

B, T, D_MODEL, H = 2, 7, 12, 3


def rows(size=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return size * torch.randn(B, T, D_MODEL, generator=generator, dtype=torch.float64)


# --- distances -----------------------------------------------------------------------


def test_the_distance_is_that_of_the_best_common_row():
    """Least squares find it: ``1 · row`` is fitted to each column."""
    x = rows()
    for one, got in zip(x.numpy(), distance_from_rank_one(x), strict=True):
        best = np.linalg.lstsq(np.ones((T, 1)), one, rcond=None)[0]
        expected = np.linalg.norm(one - best) / np.linalg.norm(one)
        np.testing.assert_allclose(got, expected)


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_equal_rows_have_none_rows_that_cancel_out_have_all(size):
    row = torch.arange(1.0, 6.0)
    alike, opposite = row.expand(T, 5), torch.stack([row, -row])
    assert distance_from_rank_one(size * alike) < 1e-6
    assert_close(distance_from_rank_one(size * opposite), torch.tensor(1.0))


def test_the_distance_tells_equal_rows_from_proportional_ones():
    """Both have rank one. What collapses is the difference between the rows."""
    x = torch.tensor([[1.0, 2.0], [2.0, 4.0]])
    assert torch.linalg.matrix_rank(x) == 1
    assert_close(distance_from_rank_one(x).item(), math.sqrt(2.5 / 25))


def test_the_diameter_is_the_largest_of_all_distances():
    x = rows()
    far = [max(math.dist(i, j) for i in one for j in one) for one in x.tolist()]
    assert_close(diameter(x), torch.tensor(far, dtype=torch.float64))
    assert diameter(x[:, :1]).eq(0).all()


# --- the bound -----------------------------------------------------------------------


def layer_with(num_kv_heads=3, match=1.0, stretch=1.0, num_heads=H, width=D_MODEL):
    torch.manual_seed(0)
    layer = MultiHeadAttention(width, num_heads, num_kv_heads).double()
    layer.q_proj.weight.data *= match
    layer.v_proj.weight.data *= stretch
    return layer


@pytest.mark.parametrize("num_kv_heads", [1, 3])
@pytest.mark.parametrize("match", [0.1, 1.0, 30.0, 1000.0])
@pytest.mark.parametrize("stretch", [0.1, 10.0])
@pytest.mark.parametrize("size", [1e-3, 0.1, 1.0, 10.0])
def test_no_layer_leaves_rows_farther_apart(num_kv_heads, match, stretch, size):
    layer = layer_with(num_kv_heads, match, stretch)
    common = 100 * torch.randn(B, 1, D_MODEL, dtype=torch.float64)
    x = torch.stack([rows(size, seed) + common for seed in range(11)])
    after, most = diameter(layer(x)[0]), diameter_bound(layer, diameter(x))
    assert (after <= most + 1e-10 * stretch).all()


@pytest.mark.parametrize("gap", [0.01, 1.0, 3.0])
def test_two_rows_and_one_head_reach_it(gap):
    """So no smaller bound holds for all layers: this one is exact here."""
    layer = layer_with(num_heads=1, num_kv_heads=1, width=1)
    for projection in (layer.q_proj, layer.k_proj, layer.v_proj, layer.out_proj):
        projection.weight.data.fill_(1.0)
    x = torch.tensor([[gap / 2], [-gap / 2]], dtype=torch.float64)
    layer.q_proj.bias.data.zero_()
    layer.k_proj.bias.data.zero_()
    after, most = diameter(layer(x)[0]), diameter_bound(layer, diameter(x))
    assert_close(after, most)
    assert_close(most.item(), gap * math.tanh(gap**2 / 4))


def test_for_rows_that_are_close_it_falls_with_the_third_power():
    near = torch.tensor([1e-3, 1e-4, 1e-5], dtype=torch.float64)
    bound = diameter_bound(layer_with(), near)
    expected = torch.full((2,), 1000.0, dtype=torch.float64)
    assert_close(bound[:-1] / bound[1:], expected, atol=0.0, rtol=1e-4)


def test_it_is_worked_out_head_by_head():
    layer = layer_with(num_kv_heads=2, num_heads=4)
    expected, d = 0.0, torch.tensor(0.5, dtype=torch.float64)
    q, k, v, out = (
        getattr(layer, name).weight.detach().numpy()
        for name in ("q_proj", "k_proj", "v_proj", "out_proj")
    )
    for head in range(4):
        here, shared = (slice(3 * i, 3 * i + 3) for i in (head, head // 2))
        match = np.linalg.svd(q[here].T @ k[shared])[1].max()
        stretch = np.linalg.svd(out[:, here] @ v[shared])[1].max()
        expected += 0.5 * math.tanh(0.25 * match / math.sqrt(3) / 4) * stretch
    assert_close(diameter_bound(layer, d).item(), expected)


@pytest.mark.parametrize("function", [distance_from_rank_one, diameter])
def test_a_single_row_vector_is_refused(function):
    with pytest.raises(ValueError, match=rf"{function.__name__}: x must have the axes"):
        function(torch.ones(5))
