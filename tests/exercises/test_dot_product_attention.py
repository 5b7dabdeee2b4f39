"""The answers against the book's own definitions, and the cases that must be there."""

import numpy as np
import pytest

from attn_helpers.exercises import registry
from attn_helpers.reference.attention import scaled_dot_product_attention
from attn_helpers.reference.masks import causal_mask, padding_mask
from attn_helpers.reference.softmax import entropy, softmax

EXERCISES = registry()


def cases(id):
    return [case.args for case in EXERCISES[id].cases(0)]


@pytest.mark.parametrize("id", ["softmax", "temperature"])
def test_softmax_agrees_with_the_reference(id):
    for args in cases(id):
        np.testing.assert_allclose(EXERCISES[id].answer(*args), softmax(*args), 1e-12)


@pytest.mark.parametrize("id", ["attention", "masked-attention"])
def test_attention_agrees_with_the_reference(id):
    for args in cases(id):
        output, weights = EXERCISES[id].answer(*args)
        wanted, wanted_weights = scaled_dot_product_attention(*args)
        np.testing.assert_allclose(output, wanted, atol=1e-12)
        np.testing.assert_allclose(weights, wanted_weights, atol=1e-12)


def test_masks_agree_with_the_reference():
    for t_q, t_k, num_real in cases("causal-mask"):
        causal = causal_mask(t_q, t_k, first=t_k - t_q)
        wanted = causal & padding_mask([num_real], t_k)[0]
        got = EXERCISES["causal-mask"].answer(t_q, t_k, num_real)
        np.testing.assert_array_equal(got, wanted)


def test_entropy_agrees_with_the_reference():
    for (weights,) in cases("entropy"):
        got = EXERCISES["entropy"].answer(weights)
        np.testing.assert_allclose(got, entropy(weights), atol=1e-12)


def test_softmax_is_tried_on_large_scores_and_on_a_row_far_below():
    tables = [scores for (scores,) in cases("softmax")]
    assert any(scores.min() > 900 for scores in tables)
    assert any(scores.max() < -900 for scores in tables)
    assert any(np.ptp(scores.max(-1)) > 700 for scores in tables)
    assert any(((s > 900).any(-1) & (s < -900).any(-1)).any() for s in tables)
    assert any(np.array_equal(s, s.T) for s in tables if s.shape[0] == s.shape[-1])


def test_attention_is_tried_on_sizes_that_hide_nothing():
    shapes = [(q.shape[0], *k.shape, v.shape[-1]) for q, k, v in cases("attention")]
    assert (5, 7, 3, 2) in shapes  # distinct primes
    assert any(len(set(shape)) == 1 for shape in shapes)  # all equal, for programs
    assert any(d_k != 4 and t_k != d_k for _, t_k, d_k, _ in shapes)  # that stop


def test_masks_are_tried_on_a_dead_row_and_on_a_very_low_score():
    masks = [mask for *_, mask in cases("masked-attention")]
    assert any((~mask).all(-1).any() for mask in masks)
    lowest = min(
        (q @ k.T / np.sqrt(3))[mask].min()
        for q, k, _, mask in cases("masked-attention")
        if np.ptp(q, axis=-1).max() == 0
    )
    assert lowest < -10_000


def test_causal_masks_are_tried_with_old_keys_and_with_padding():
    sizes = cases("causal-mask")
    assert any(1 < t_q < t_k for t_q, t_k, _ in sizes)
    assert any(t_q == t_k > num_real for t_q, t_k, num_real in sizes)


def test_entropy_is_tried_on_weights_of_zero():
    assert any((weights == 0).any() for (weights,) in cases("entropy"))
    small = [
        weights[(weights > 0) & (weights < 1e-5)] for (weights,) in cases("entropy")
    ]
    assert any(len(weights) for weights in small)


def test_temperature_is_tried_away_from_one():
    assert {t for _, t in cases("temperature")} >= {0.3, 3.0, 1e-3}
    gaps = [np.diff(np.sort(s)) / t for s, t in cases("temperature") if t == 1e-3]
    assert any((gap < 3).all() for gap in gaps)
