import numpy as np
import pytest
import torch

from attn_helpers.reference.masks import (
    causal_mask,
    padding_mask,
    prefix_mask,
    window_mask,
)


@pytest.mark.parametrize(("t_q", "t_k"), [(7, 7), (3, 7), (7, 3), (1, 5)])
def test_causal_mask_is_the_lower_triangle_that_ends_in_the_last_corner(t_q, t_k):
    ones = torch.ones(t_q, t_k, dtype=torch.bool)
    expected = torch.tril(ones, diagonal=t_k - t_q)
    np.testing.assert_array_equal(causal_mask(t_q, t_k), expected)


def test_causal_mask_written_out():
    np.testing.assert_array_equal(causal_mask(2), [[True, False], [True, True]])


def test_more_queries_than_keys_leaves_the_first_with_nothing():
    np.testing.assert_array_equal(causal_mask(5, 2).any(-1), [0, 0, 0, 1, 1])


@pytest.mark.parametrize(("t_q", "t_k"), [(7, 7), (3, 7), (7, 3)])
@pytest.mark.parametrize("radius", [0, 2, 11])
def test_window_mask_allows_what_is_near(t_q, t_k, radius):
    mask = window_mask(t_q, radius, t_k)
    assert mask.shape == (t_q, t_k)
    for i in range(t_q):
        for j in range(t_k):
            assert mask[i, j] == (abs(i + t_k - t_q - j) <= radius)


def test_window_mask_is_square_unless_told():
    np.testing.assert_array_equal(window_mask(5, 0), np.eye(5, dtype=bool))


@pytest.mark.parametrize(("t_q", "t_k"), [(7, 7), (3, 7), (7, 3)])
@pytest.mark.parametrize("prefix", [0, 1, 3, 11])
def test_prefix_mask_opens_the_prefix_and_is_causal_after_it(t_q, t_k, prefix):
    mask = prefix_mask(t_q, prefix, t_k)
    assert mask.shape == (t_q, t_k)
    assert mask[:, :prefix].all()
    np.testing.assert_array_equal(mask[:, prefix:], causal_mask(t_q, t_k)[:, prefix:])


def test_padding_mask_hides_what_is_past_the_length():
    mask = padding_mask([3, 0, 5], t_k=5)
    assert mask.shape == (3, 1, 5)
    np.testing.assert_array_equal(mask.sum(-1)[:, 0], [3, 0, 5])
    np.testing.assert_array_equal(mask[0, 0], [1, 1, 1, 0, 0])


def test_masks_are_boolean():
    for mask in (
        causal_mask(3),
        prefix_mask(3, 1),
        window_mask(3, 1),
        padding_mask([2], 3),
    ):
        assert mask.dtype == bool


def test_masks_of_causes_and_windows_combine():
    local = causal_mask(5) & window_mask(5, 1)
    np.testing.assert_array_equal(local.sum(-1), [1, 2, 2, 2, 2])


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: causal_mask(0), ValueError, "causal_mask: t_q must be at least 1; "),
        (lambda: causal_mask(0), ValueError, "got t_q=0."),
        (lambda: causal_mask(3, -1), ValueError, "got t_k=-1."),
        (lambda: causal_mask(2.0), TypeError, "got t_q of type float."),
        (lambda: causal_mask(True), TypeError, "got t_q of type bool."),
        (lambda: window_mask(3, -1), ValueError, "window_mask: radius must be at "),
        (lambda: window_mask(3, -1), ValueError, "least 0; got radius=-1."),
        (lambda: prefix_mask(3, -1), ValueError, "prefix_mask: prefix must be at "),
        (lambda: prefix_mask(3, 1.0), TypeError, "got prefix of type float."),
        (lambda: padding_mask([2, 6], 5), ValueError, "from 0 to t_k=5; got 6 at "),
        (lambda: padding_mask([2, -1], 5), ValueError, "got -1 at lengths[1]."),
        (lambda: padding_mask([2.0], 5), TypeError, "got lengths of dtype float64."),
        (lambda: padding_mask([[2]], 5), ValueError, "got lengths (1, 1)."),
        (lambda: padding_mask(2, 5), ValueError, "axes (b,); got lengths ()."),
    ],
)
def test_impossible_masks_are_refused(call, kind, message):
    with pytest.raises(kind) as caught:
        call()
    assert message in str(caught.value)
