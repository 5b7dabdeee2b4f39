import pytest
import torch

from attn_helpers.efficient.tiles import Tiling, part_of, whole_mask
from attn_helpers.reference.masks import causal_mask


def tiling(mask=None, causal=False, first=0, tile_q=2, tile_k=3):
    return Tiling("test", mask, causal, first, tile_q, tile_k)


def corners(tiles, t_q, t_k):
    return [
        (rows.start, rows.stop, keys.start, keys.stop)
        for rows in tiles.rows(t_q)
        for keys in tiles.keys(rows, t_k)
    ]


def test_tiles_cover_each_pair_once():
    seen = torch.zeros(5, 7)
    for top, bottom, left, right in corners(tiling(), 5, 7):
        seen[top:bottom, left:right] += 1
    assert (seen == 1).all()


@pytest.mark.parametrize("first", [-3, 0, 2])
def test_causal_tiles_are_those_with_a_pair_that_is_allowed(first):
    mask = torch.from_numpy(causal_mask(5, 7, first))
    got = {corner[::2] for corner in corners(tiling(causal=True, first=first), 5, 7)}
    want = {
        (top, left)
        for top, bottom, left, right in corners(tiling(), 5, 7)
        if mask[top:bottom, left:right].any()
    }
    assert got == want


def test_hidden_scores_of_a_tile_are_minus_infinity():
    mask = torch.rand(5, 7, generator=torch.Generator().manual_seed(0)) < 0.5
    tiles, rows, keys = tiling(mask, causal=True, first=1), slice(2, 4), slice(3, 6)
    scores = torch.zeros(2, 3)
    tiles.hide(scores, rows, keys)
    may = mask & torch.from_numpy(causal_mask(5, 7, 1))
    assert torch.equal(scores == 0, may[2:4, 3:6])


def test_an_axis_of_one_serves_all():
    rows, keys = slice(2, 4), slice(3, 6)
    assert part_of(torch.ones(7) > 0, rows, keys).shape == (1, 3)
    assert part_of(torch.ones(5, 1) > 0, rows, keys).shape == (2, 1)
    assert part_of(torch.tensor(True), rows, keys).shape == (1, 1)


def test_the_whole_mask_joins_both():
    q, k = torch.ones(5, 2), torch.ones(7, 2)
    mask = torch.arange(7) != 1
    past = torch.from_numpy(causal_mask(5, 7, 2))
    assert whole_mask(None, False, 2, q, k) is None
    assert whole_mask(mask, False, 2, q, k) is mask
    assert torch.equal(whole_mask(None, True, 2, q, k), past)
    assert torch.equal(whole_mask(mask, True, 2, q, k), past & mask)
