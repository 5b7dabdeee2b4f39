"""The answers against independent definitions, and the cases that must be there."""

import numpy as np
import torch
from rotary_embedding_torch import RotaryEmbedding

from attn_helpers.exercises import check, registry
from attn_helpers.reference import positions as reference

EXERCISES = registry()


def cases(id):
    return [case.args for case in EXERCISES[id].cases(0)]


def test_sinusoids_agree_with_the_reference():
    for length, d_model in cases("sinusoidal"):
        wanted = reference.sinusoidal_positions(length, d_model)
        got = EXERCISES["sinusoidal"].answer(length, d_model)
        np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_positions_are_added_token_by_token():
    for x, table, start in cases("add-position"):
        got = EXERCISES["add-position"].answer(x, table, start)
        for b, t in np.ndindex(x.shape[:2]):
            np.testing.assert_array_equal(got[b, t], x[b, t] + table[start + t])


def test_rotations_agree_with_a_published_implementation():
    wide = [args for args in cases("rope") if args[0].shape[-1] > 2]
    assert len(wide) >= 4  # with a single pair the published one divides by 0
    for x, positions in wide:
        published = RotaryEmbedding(dim=x.shape[-1], cache_if_possible=False)
        angles = published(torch.tensor(positions, dtype=torch.float32))
        angles = angles.double().numpy()  # (t, d), each twice
        crossed = np.stack([-x[..., 1::2], x[..., 0::2]], axis=-1).reshape(x.shape)
        wanted = x * np.cos(angles) + crossed * np.sin(angles)
        got = EXERCISES["rope"].answer(x, positions)
        np.testing.assert_allclose(got, wanted, atol=1e-5)
        np.testing.assert_allclose(got, reference.rope(x, positions), atol=1e-12)


def test_alibi_by_hand():
    bias = EXERCISES["alibi"].answer(4, 3)
    np.testing.assert_allclose(bias[:, 2, 0], [-2 / 4, -2 / 16, -2 / 64, -2 / 256])
    np.testing.assert_array_equal(bias[:, 0], 0)


def test_stretching_agrees_with_the_reference():
    for length, trained, d in cases("stretch"):
        squeezed, rebased = EXERCISES["stretch"].answer(length, trained, d)
        places = reference.interpolated_positions(length, trained)
        plain = reference.frequencies(d)
        np.testing.assert_allclose(squeezed, np.outer(places, plain), atol=1e-12)
        base = reference.ntk_base(d, length / trained)
        slowed = reference.frequencies(d, base)
        np.testing.assert_allclose(rebased, np.outer(np.arange(length), slowed), 1e-12)


def test_both_ways_slow_the_last_hand_alike_and_only_one_the_first():
    squeezed, rebased = EXERCISES["stretch"].answer(11, 5, 6)
    np.testing.assert_allclose(squeezed[:, -1], rebased[:, -1])
    np.testing.assert_allclose(rebased[:, 0], np.arange(11))
    np.testing.assert_allclose(squeezed[:, 0], np.arange(11) * 5 / 11)


def test_tables_are_tried_with_more_than_one_pair_and_with_a_start():
    assert any(d > 4 for _, d in cases("sinusoidal"))
    assert any(start > 0 and x.shape[0] > 1 for x, _, start in cases("add-position"))
    assert any(x.shape[0] == x.shape[1] for x, _, _ in cases("add-position"))


def test_rotations_are_tried_away_from_0_and_with_heads():
    assert any(positions[0] > 1 for _, positions in cases("rope"))
    assert any(x.ndim == 3 and x.shape[0] != x.shape[1] for x, _ in cases("rope"))


def test_alibi_is_tried_where_8_heads_hide_nothing():
    assert {num_heads for num_heads, _ in cases("alibi")} >= {1, 2, 4}


def test_zero_is_told_without_a_sign():
    message = check("alibi", lambda num_heads, t: -np.zeros((num_heads, t, t))).message
    assert "`bias[0, 1, 0]` is 0 in yours." in message
    message = check(
        "alibi", lambda num_heads, t: np.full((num_heads, t, t), 1.5)
    ).message
    assert message.endswith("The answer has 0.")
