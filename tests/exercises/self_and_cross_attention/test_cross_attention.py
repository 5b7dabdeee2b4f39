"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.self_and_cross_attention.cross_attention import (
    EXERCISE,
    cross_attention,
)
from attn_helpers.reference.attention import scaled_dot_product_attention

CASES = [case.args for case in EXERCISE.cases(0)]


def test_cross_attention_agrees_with_the_reference():
    for x, source, real, w_q, w_k, w_v in CASES:
        got = cross_attention(x, source, real, w_q, w_k, w_v)
        q, k, v = x @ w_q, source @ w_k, source @ w_v
        want, _ = scaled_dot_product_attention(q, k, v, real)
        assert np.abs(want).max() < 100  # however loud the padding may be
        np.testing.assert_allclose(got, want, atol=1e-12)


def test_cross_attention_is_tried_with_more_and_with_fewer_keys_than_queries():
    sizes = [(len(x), len(source)) for x, source, *_ in CASES]
    assert any(t_q < t_k for t_q, t_k in sizes)
    assert any(t_q > t_k for t_q, t_k in sizes)
    assert any(w_k.shape[1] != w_v.shape[1] for *_, w_k, w_v in CASES)
    assert any(not real.all() for _, _, real, *_ in CASES)


def test_attention_is_tried_on_sizes_that_hide_nothing():
    shapes = [[a.shape for a in args] for args in CASES]
    assert any(len({n for shape in all for n in shape}) >= 4 for all in shapes)
    assert any(len({n for shape in all for n in shape}) == 1 for all in shapes)


def test_every_size_is_tried_with_padding_that_no_count_describes():
    ordinary = [
        args for args in CASES if np.abs(args[0]).max() < 100 > np.abs(args[1]).max()
    ]
    sizes = {(len(x), len(source)) for x, source, *_ in ordinary}
    assert len(sizes) >= 6
    assert sizes == {
        (len(x), len(source)) for x, source, real, *_ in ordinary if not real[0]
    }
