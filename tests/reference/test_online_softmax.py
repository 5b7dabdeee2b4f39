import numpy as np
import pytest
import torch

from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.reference.masks import causal_mask
from attn_helpers.reference.online_softmax import (
    Running,
    finish,
    merge,
    start,
    tiled_attention,
    update,
)

B, H, T_Q, T_K, D_K, D_V = 2, 3, 5, 7, 11, 13
TILES = [(1, 1), (2, 3), (3, 2), (5, 7), (4, 1), (1, 6), (17, 19)]


def qkv(dtype=np.float64, scale=1.0):
    rng = np.random.default_rng(0)
    sizes = (T_Q, D_K), (T_K, D_K), (T_K, D_V)
    q, k, v = (rng.normal(size=(B, H, *size)) for size in sizes)
    return [x.astype(dtype) for x in (scale * q, k, v)]


def with_dead_rows():
    mask = causal_mask(T_Q, T_K)
    mask[[0, 3]] = False
    return mask


MASKS = {
    "none": None,
    "causal": causal_mask(T_Q, T_K),
    "dead rows": with_dead_rows(),
    "late keys": np.arange(T_K) >= 5,
    "of each head": np.random.default_rng(1).random((H, T_Q, T_K)) < 0.4,
    "all hidden": np.zeros((T_Q, T_K), bool),
}


def pieces(seed, count=4):
    """Scores, some hidden, and values: of ``count`` pieces of different lengths."""
    rng = np.random.default_rng(seed)
    for size in rng.integers(1, T_K, count):
        scores = 5 * rng.normal(size=(T_Q, size))
        scores[rng.random(scores.shape) < 0.3] = -np.inf
        scores[2] = -np.inf  # this query sees nothing
        yield scores, rng.normal(size=(size, D_V))


def after(parts):
    state = start(T_Q, D_V)
    for scores, v_tile in parts:
        state = update(state, scores, v_tile)
    return state


def assert_same(a, b):
    for one, other in zip(a, b, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_three_scores_worked_by_hand():
    # 1, then 3, then 2: exp(1 - 3) of what was there, and 1; then exp(2 - 3) more.
    values = [[10.0], [20.0], [40.0]]
    state = start(1, 1)
    for score, value in zip((1.0, 3.0, 2.0), values, strict=True):
        state = update(state, [[score]], [value])
    total = np.exp(-2) + 1 + np.exp(-1)
    mixture = 10 * np.exp(-2) + 20 + 40 * np.exp(-1)
    assert_same(state, ([3.0], [total], [[mixture]]))
    assert_same(finish(state), ([[mixture / total]], [3 + np.log(total)]))


@pytest.mark.parametrize("seed", range(5))
def test_pieces_give_the_softmax_of_the_whole(seed):
    parts = list(pieces(seed))
    scores = torch.from_numpy(np.concatenate([scores for scores, _ in parts], axis=1))
    values = torch.from_numpy(np.concatenate([v_tile for _, v_tile in parts]))
    output, log_sum_exp = finish(after(parts))
    np.testing.assert_allclose(log_sum_exp, scores.logsumexp(1), rtol=1e-12)
    expected = scores.softmax(1).nan_to_num() @ values
    np.testing.assert_allclose(output, expected, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_pieces_changes_nothing(seed):
    parts = list(pieces(seed, count=5))
    shuffled = [parts[i] for i in np.random.default_rng(seed).permutation(5)]
    assert_same(after(shuffled), after(parts))


@pytest.mark.parametrize("seed", range(5))
def test_merge_joins_pieces_wherever_they_are_cut(seed):
    parts = list(pieces(seed, count=5))
    a, b, c = after(parts[:2]), after(parts[2:3]), after(parts[3:])
    whole = after(parts)
    assert_same(merge(merge(a, b), c), whole)
    assert_same(merge(a, merge(b, c)), whole)
    assert_same(merge(c, merge(a, b)), whole)
    assert_same(merge(whole, start(T_Q, D_V)), whole)


def test_a_state_is_not_changed_by_what_comes_after_it():
    first = after(pieces(0, count=1))
    before = [part.copy() for part in first]
    after_all = [update(first, *next(pieces(1))), merge(first, first)]
    assert len(after_all) == 2
    for part, copy in zip(first, before, strict=True):
        np.testing.assert_array_equal(part, copy)


def test_a_query_that_has_seen_nothing_has_no_nan():
    hidden = np.full((T_Q, T_K), -np.inf)
    state = update(start(T_Q, D_V), hidden, np.ones((T_K, D_V)))
    assert_same(merge(state, state), start(T_Q, D_V))
    output, log_sum_exp = finish(state)
    assert (output == 0).all() and (log_sum_exp == -np.inf).all()


def test_a_piece_without_keys_is_refused_and_no_piece_at_all_gives_zeros():
    with pytest.raises(ValueError, match=r"no axis of scores .* empty; got .*\(5, 0\)"):
        update(start(T_Q, D_V), np.zeros((T_Q, 0)), np.zeros((0, D_V)))
    output, log_sum_exp = finish(start(T_Q, D_V))
    np.testing.assert_array_equal(output, np.zeros((T_Q, D_V)))
    np.testing.assert_array_equal(log_sum_exp, np.full(T_Q, -np.inf))


@pytest.mark.parametrize("huge", [1e4, -1e4, 1e300])
def test_scores_far_outside_exp_neither_overflow_nor_vanish(huge):
    scores = [[huge, huge]], [[-1e300]], [[huge]]
    state = start(1, 1)
    for row in scores:
        state = update(state, row, np.full((len(row[0]), 1), 2.0))
    expected = 3.0 if huge > -1e300 else 1.0
    assert_same(state, ([huge], [expected], [[2 * expected]]))


@pytest.mark.parametrize("tiles", TILES)
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_tiles_of_any_size_agree_with_the_definition(mask, tiles):
    tile_q, tile_k = tiles
    output, weights = tiled_attention(*qkv(), mask, tile_q=tile_q, tile_k=tile_k)
    expected, _ = scaled_dot_product_attention(*qkv(), mask)
    np.testing.assert_allclose(output, expected, atol=1e-14)
    assert weights is None


def test_huge_scores_agree_with_the_definition():
    q, k, v = qkv(scale=1e4)
    output, _ = tiled_attention(q, k, v, tile_q=2, tile_k=3)
    np.testing.assert_allclose(output, scaled_dot_product_attention(q, k, v)[0])


def test_dead_rows_are_exact_zeros():
    output, _ = tiled_attention(*qkv(), with_dead_rows(), tile_q=2, tile_k=3)
    np.testing.assert_array_equal(output[..., [0, 3], :], 0.0)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_dtype_is_kept(dtype):
    output, _ = tiled_attention(*qkv(dtype), tile_q=2, tile_k=3)
    assert output.dtype == dtype
    expected, _ = scaled_dot_product_attention(*qkv())
    tolerance = 8 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(output, expected, atol=tolerance)


def test_float16_scores_past_65504_keep_the_winner():
    q = np.full((1, D_K), 200, dtype=np.float16)
    k = np.stack([-q[0], q[0]])
    output, _ = tiled_attention(q, k, np.eye(2, dtype="float16"), tile_q=1, tile_k=1)
    np.testing.assert_array_equal(output, [[0, 1]])


def test_integers_become_float64():
    output, _ = tiled_attention([[1, 2]], [[3, 4]], [[5, 6]], tile_q=1, tile_k=1)
    assert output.dtype == np.float64


def test_what_the_mask_hides_may_be_anything():
    q, k, v = qkv()
    mask = np.arange(T_K) != 4
    expected, _ = tiled_attention(q, k, v, mask, tile_q=2, tile_k=3)
    k[..., 4, :], v[..., 4, :] = np.nan, np.inf
    output, _ = tiled_attention(q, k, v, mask, tile_q=2, tile_k=3)
    np.testing.assert_array_equal(output, expected)


def test_batch_axes_broadcast():
    q, k, v = qkv()
    output, _ = tiled_attention(q, k[:1, :1], v[0], tile_q=2, tile_k=3)
    expected, _ = scaled_dot_product_attention(q, k[:1, :1], v[0])
    np.testing.assert_allclose(output, expected, atol=1e-14)


def test_tiles_must_hold_something():
    with pytest.raises(ValueError, match="tile_q must be at least 1; got tile_q=0"):
        tiled_attention(*qkv(), tile_q=0, tile_k=3)
    with pytest.raises(ValueError, match="tile_k must be at least 1; got tile_k=-2"):
        tiled_attention(*qkv(), tile_q=1, tile_k=-2)
    with pytest.raises(TypeError, match="tile_k must be a whole number"):
        tiled_attention(*qkv(), tile_q=1, tile_k=2.5)


def test_errors_name_the_axes_and_the_shapes():
    q, k, v = qkv()
    with pytest.raises(ValueError, match=r"share d_k.*5, 11.*7, 10"):
        tiled_attention(q, k[..., 1:], v, tile_q=1, tile_k=1)
    with pytest.raises(ValueError, match=r"update: .*share t_k.*5, 7.*6, 13"):
        update(start(T_Q, D_V), np.zeros((T_Q, T_K)), np.zeros((6, D_V)))
    with pytest.raises(ValueError, match=r"nan at scores\[0, 3\]"):
        update(start(1, 1), [[0, 1, 2, np.nan]], np.ones((4, 1)))


def test_a_state_is_about_the_same_queries():
    with pytest.raises(TypeError, match="state must be what start, update or merge"):
        update((0.0, 1.0), [[0.0]], [[0.0]])
    with pytest.raises(ValueError, match=r"update: .*share t_q.*\(5,\).*\(3, 7\)"):
        update(start(T_Q, D_V), np.zeros((3, T_K)), np.zeros((T_K, D_V)))
    with pytest.raises(ValueError, match=r"update: .*share d_v.*\(5, 13\).*\(7, 2\)"):
        update(start(T_Q, D_V), np.zeros((T_Q, T_K)), np.zeros((T_K, 2)))
    with pytest.raises(ValueError, match=r"merge: .*share t_q.*\(5,\).*\(3,\)"):
        merge(start(T_Q, D_V), start(3, D_V))


def test_a_state_is_three_arrays():
    assert Running._fields == ("maximum", "total", "mixture")
