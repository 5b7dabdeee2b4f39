import numpy as np
import pytest
import torch

from attn_helpers.reference.masks import (
    causal_mask,
    padding_mask,
    prefix_mask,
    window_mask,
)

SIZES = [(7, 7), (3, 7), (7, 3), (1, 5)]
each_size = pytest.mark.parametrize(("t_q", "t_k"), SIZES)
each_place = pytest.mark.parametrize("first", [0, 2, 11, -3])


@each_size
@each_place
def test_causal_mask_is_the_lower_triangle_that_begins_at_the_first_query(
    t_q, t_k, first
):
    ones = torch.ones(t_q, t_k, dtype=torch.bool)
    expected = torch.tril(ones, diagonal=first)
    np.testing.assert_array_equal(causal_mask(t_q, t_k, first), expected)


MAKERS = {
    "causal": causal_mask,
    "window": lambda t_q, *rest, **at: window_mask(t_q, 2, *rest, **at),
    "prefix": lambda t_q, *rest, **at: prefix_mask(t_q, 3, *rest, **at),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_the_newest_queries_have_the_last_rows_of_the_whole_mask(make):
    for first in range(7):
        newest = make(7 - first, 7, first=first)
        np.testing.assert_array_equal(newest, make(7)[first:])


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_queries_and_keys_start_together_unless_told(make):
    np.testing.assert_array_equal(make(3, 7), make(7)[:3])
    np.testing.assert_array_equal(make(7, 3), make(7)[:, :3])


def test_causal_mask_written_out():
    np.testing.assert_array_equal(causal_mask(2), [[True, False], [True, True]])


def test_queries_that_stand_before_every_key_see_nothing():
    np.testing.assert_array_equal(causal_mask(5, 2, -3).any(-1), [0, 0, 0, 1, 1])


@each_size
@each_place
@pytest.mark.parametrize("radius", [0, 2, 11])
def test_window_mask_allows_what_is_near(t_q, t_k, radius, first):
    mask = window_mask(t_q, radius, t_k, first)
    assert mask.shape == (t_q, t_k)
    for i in range(t_q):
        for j in range(t_k):
            assert mask[i, j] == (abs(i + first - j) <= radius)


def test_window_mask_is_square_unless_told():
    np.testing.assert_array_equal(window_mask(5, 0), np.eye(5, dtype=bool))


@each_size
@each_place
@pytest.mark.parametrize("prefix", [0, 1, 3, 11])
def test_prefix_mask_opens_the_prefix_and_is_causal_after_it(t_q, t_k, prefix, first):
    mask = prefix_mask(t_q, prefix, t_k, first)
    assert mask.shape == (t_q, t_k)
    assert mask[:, :prefix].all()
    causal = causal_mask(t_q, t_k, first)
    np.testing.assert_array_equal(mask[:, prefix:], causal[:, prefix:])


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
        (lambda: causal_mask(3, 5, 2.0), TypeError, "got first of type float."),
        (lambda: window_mask(3, 1, 5, None), TypeError, "first of type NoneType."),
        (lambda: window_mask(3, -1), ValueError, "window_mask: radius must be at "),
        (lambda: window_mask(3, -1), ValueError, "least 0; got radius=-1."),
        (lambda: prefix_mask(3, -1), ValueError, "prefix_mask: prefix must be at "),
        (lambda: prefix_mask(3, 1.0), TypeError, "got prefix of type float."),
        (lambda: padding_mask([2, 6], 5), ValueError, "from 0 to 5; got 6 at "),
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


@pytest.mark.parametrize("narrow", [np.int8, np.uint8, np.uint16, np.uint64])
def test_sizes_and_places_from_narrow_integers_are_numbers_like_others(narrow):
    places = narrow(100), narrow(101), narrow(99)
    np.testing.assert_array_equal(causal_mask(*places), causal_mask(100, 101, 99))
    near = window_mask(narrow(100), narrow(90), narrow(101), narrow(99))
    np.testing.assert_array_equal(near, window_mask(100, 90, 101, 99))
    lengths = np.array([100, 127], narrow)
    np.testing.assert_array_equal(
        padding_mask(lengths, narrow(127)), padding_mask([100, 127], 127)
    )
